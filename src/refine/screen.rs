use super::html;
use super::texts::TITLE;
use crate::model::Article;
use crate::text::{cut, one_line};
use url::Url;

/// Names, categories and files that an article has at most.
const MANY: usize = 256;
/// Bytes of an address at most.
const ADDRESS: usize = 2_048;

/// Cleans an article's texts and takes away addresses that are not http or https. An article of ours stays as it is.
pub fn screen(article: &mut Article) {
    let limits = html::Limits::default();
    article.title = line(&article.title);
    article.summary = article.summary.take().map(|summary| one_line(&summary));
    article.content =
        article.content.take().map(|html| html::clean(&html, html::Place::default(), &limits).html);
    for text in [&mut article.rights, &mut article.publisher, &mut article.language] {
        *text = text.take().map(|text| line(&text)).filter(|text| !text.is_empty());
    }
    article.url = article.url.take().filter(|url| is_web(url));
    article.image = article.image.take().filter(|image| is_web(&image.url));
    article.enclosures.retain(|file| is_web(&file.url));
    article.enclosures.truncate(MANY);
    article.categories.truncate(MANY);
    for category in &mut article.categories {
        category.term = line(&category.term);
    }
    article.authors.truncate(MANY);
    for author in &mut article.authors {
        author.name = author.name.take().map(|name| line(&name));
        author.uri = author.uri.take().filter(|uri| is_web(uri));
    }
    if let Some(origin) = &mut article.origin {
        origin.title = origin.title.take().map(|title| line(&title));
        origin.url = origin.url.take().filter(|url| is_web(url));
    }
}

fn line(text: &str) -> String {
    cut(&one_line(text), TITLE).0
}

fn is_web(address: &str) -> bool {
    let is_http = |url: Url| matches!(url.scheme(), "http" | "https");
    address.len() <= ADDRESS && Url::parse(address).is_ok_and(is_http)
}
