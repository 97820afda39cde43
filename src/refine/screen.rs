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
