use crate::fetch::Steps;
use crate::model::{CopiedArticle, Step};
use crate::refine::html::{self, Limits, Place};
use url::Url;

/// Files of one article at most.
const FILES: usize = 100;

/// A page of steps whose articles were cleaned.
pub struct Page {
    /// Each with the addresses of the article's pictures and files.
    pub steps: Vec<(Step, Vec<String>)>,
    pub next: String,
    pub more: bool,
    pub journal: Option<String>,
}

impl Page {
    /// Cleans the articles of a page.
    pub fn of(steps: Steps) -> Self {
        let Steps { page, journal } = steps;
        let cleaned = page.changes.into_iter().map(|mut step| {
            let files = step.article.as_mut().map(clean);
            (step, files.unwrap_or_default())
        });
        Self { steps: cleaned.collect(), next: page.next, more: page.more, journal }
    }
}

/// Makes an article that came from outside harmless: its HTML is cleaned again, and an address that is not http or https
/// is left out, with the picture or file at it. Returns the addresses of its pictures and files.
fn clean(article: &mut CopiedArticle) -> Vec<String> {
    for address in [&mut article.url, &mut article.page] {
        *address = address.take().filter(|address| is_web(address));
    }
    let authors = article.authors.iter_mut().map(|author| &mut author.url);
    for address in authors.chain(article.origin.iter_mut().map(|origin| &mut origin.url)) {
        *address = address.take().filter(|address| is_web(address));
    }
    article.image = article.image.take().filter(|image| is_web(&image.url));
    article.media.retain(|media| is_web(&media.url));
    let inside = clean_html(article);
    let named = article.image.iter().map(|image| image.url.clone());
    let mut files: Vec<String> = Vec::new();
    for file in named.chain(article.media.iter().map(|media| media.url.clone())).chain(inside) {
        if files.len() < FILES && !files.contains(&file) {
            files.push(file);
        }
    }
    files
}

/// Cleans the body; returns the addresses of the pictures in it.
fn clean_html(article: &mut CopiedArticle) -> Vec<String> {
    let Some(content) = &article.content_html else { return Vec::new() };
    let page = article.url.as_deref().and_then(|url| Url::parse(url).ok());
    let place = Place { base: page.as_ref(), page: page.as_ref() };
    let cleaned = html::clean(content, place, &Limits::default());
    article.content_html = Some(cleaned.html);
    cleaned.images.into_iter().map(|image| image.url).collect()
}

fn is_web(address: &str) -> bool {
    Url::parse(address).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{CopiedAuthor, CopiedImage, CopiedMedia};

    #[test]
    fn what_is_active_goes_and_the_files_are_named_once() {
        let media = |url: &str| CopiedMedia { url: url.into(), ..CopiedMedia::default() };
        let mut article = CopiedArticle {
            url: Some("javascript:alert(1)".into()),
            content_html: Some(
                "<p onclick='x()'>Tin <img src='https://a.vn/1.jpg'><img src='https://a.vn/2.jpg'></p><script>alert(1)</script>".into(),
            ),
            authors: vec![CopiedAuthor { url: Some("data:text/html,x".into()), ..CopiedAuthor::default() }],
            image: Some(CopiedImage { url: "https://a.vn/1.jpg".into(), ..CopiedImage::default() }),
            media: vec![media("file:///etc/passwd"), media("https://a.vn/3.mp3")],
            ..CopiedArticle::default()
        };
        let files = clean(&mut article);
        assert_eq!(files, ["https://a.vn/1.jpg", "https://a.vn/3.mp3", "https://a.vn/2.jpg"]);
        let html = article.content_html.unwrap();
        assert!(html.contains("Tin") && !html.contains("script") && !html.contains("onclick"));
        assert_eq!(
            (article.url, article.authors[0].url.clone(), article.media.len()),
            (None, None, 1)
        );
    }
}
