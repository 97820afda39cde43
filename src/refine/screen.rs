//! An article of an archive, made as safe as one that was pushed: an archive may come from anybody.

use super::html;
use crate::model::Article;
use crate::text::one_line;
use url::Url;

/// Cleans an article's texts and takes away addresses that are not http or https. An article of ours stays as it is.
pub fn screen(article: &mut Article) {
    let limits = html::Limits::default();
    article.title = one_line(&article.title);
    article.summary = article.summary.take().map(|summary| one_line(&summary));
    article.content =
        article.content.take().map(|html| html::clean(&html, html::Place::default(), &limits).html);
    article.url = article.url.take().filter(|url| is_web(url));
    article.image = article.image.take().filter(|image| is_web(&image.url));
    article.enclosures.retain(|file| is_web(&file.url));
    for author in &mut article.authors {
        author.uri = author.uri.take().filter(|uri| is_web(uri));
    }
    if let Some(origin) = &mut article.origin {
        origin.url = origin.url.take().filter(|url| is_web(url));
    }
}

fn is_web(address: &str) -> bool {
    Url::parse(address).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::samples;
    use crate::model::{Enclosure, Image, Timestamp};

    #[test]
    fn what_an_archive_brings_is_as_safe_as_what_is_pushed() {
        let ours = samples::article("cms", 1, Timestamp::from_secs(1_795_000_000));
        let mut same = ours.clone();
        screen(&mut same);
        assert_eq!(same, ours);
        let bad = "javascript:alert(1)".to_owned();
        let html = "<p>Tin.</p><script>alert(1)</script><img src=x onerror=alert(1)><a href=\"javascript:alert(1)\">xem</a>";
        let file = Enclosure {
            url: bad.clone(),
            media_type: "text/html".into(),
            length: None,
            title: None,
            duration: None,
        };
        let image = Image { url: bad.clone(), alt: None, width: None, height: None };
        let mut article = Article {
            url: Some(bad.clone()),
            content: Some(html.into()),
            image: Some(image),
            enclosures: vec![file],
            ..ours
        };
        article.authors[0].uri = Some(bad);
        screen(&mut article);
        let json = serde_json::to_string(&article).unwrap();
        assert!(!json.contains("alert") && json.contains("Tin."), "{json}");
    }
}
