use super::{FileError, Found, html, text};
use crate::model::ParsedEntry;
use crate::read::fields::listed;
use crate::read::page::nodes::{attribute, first, title_of};
use crate::read::page::said_of;
use crate::text::escape_markup;
use scraper::{ElementRef, Html};

/// Where the text of an article stands, the surest first.
const BODIES: [&str; 4] = ["[itemprop=articleBody]", "article", "main", "body"];

/// Reads an HTML file: what it says of itself as an article's page does, and all that stands in its article.
///
/// # Errors
/// The field that is missing or wrong.
pub fn read(document: &str) -> Result<Found, FileError> {
    let page = Html::parse_document(document);
    let said = said_of(&page);
    let Some(title) = said.title.or_else(|| text(&title_of(&page)?)) else {
        return Err(FileError::field("title", "the page has none", "write it in <h1> or <title>"));
    };
    let meta = |selectors: &str| attribute(&page, selectors, "content");
    let keywords =
        "meta[name=keywords i], meta[name=news_keywords i], meta[property='article:tag']";
    let body = BODIES.iter().find_map(|selector| first(&page, selector)).map(body_of);
    Ok(Found::one(ParsedEntry {
        title: Some(title),
        id: meta("meta[name='dc.identifier' i], meta[name=identifier i]"),
        link: attribute(&page, "link[rel=canonical]", "href")
            .or_else(|| meta("meta[property='og:url']")),
        content: body.as_deref().and_then(html).into_iter().collect(),
        categories: meta(keywords).map_or_else(Vec::new, |words| listed(&words)),
        ..said
    }))
}

/// The HTML in an element without its first `h1`, which is the title, and without what is around an article.
fn body_of(element: ElementRef<'_>) -> String {
    let mut out = String::new();
    let mut is_first = true;
    for child in element.children() {
        let Some(child) = ElementRef::wrap(child) else {
            if let Some(text) = child.value().as_text() {
                escape_markup(text, &mut out);
            }
            continue;
        };
        let name = child.value().name();
        let heading = name == "h1" && std::mem::take(&mut is_first);
        if !heading && !matches!(name, "nav" | "script" | "style" | "footer" | "aside") {
            out.push_str(&child.html());
        }
    }
    out
}
