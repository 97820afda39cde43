use super::{FileError, Found, html, text};
use crate::model::{ParsedDate, ParsedEntry, ParsedPerson};
use crate::read::page::nodes::said;
use crate::text::escape_markup;
use scraper::{ElementRef, Html, Selector};

/// Reads an HTML file.
///
/// # Errors
/// The field that is missing or wrong.
pub fn read(document: &str) -> Result<Found, FileError> {
    let page = Html::parse_document(document);
    let heading = first(&page, "article h1, main h1, h1").map(said);
    let title = heading.filter(|title| !title.is_empty());
    let title = title.or_else(|| meta(&page, &["og:title", "dc.title"]));
    let title = title.or_else(|| first(&page, "title").map(said)).filter(|title| !title.is_empty());
    let Some(title) = title else {
        return Err(FileError::field("title", "the page has none", "write it in <h1> or <title>"));
    };
    let body = first(&page, "[itemprop=articleBody], article, main, body").map(body_of);
    let list = |text: String| -> Vec<String> {
        text.split([',', ';']).map(|k| k.trim().to_owned()).collect()
    };
    let keywords = meta(&page, &["keywords", "news_keywords", "article:tag"]).map(list);
    let authors = meta(&page, &["author", "dc.creator", "article:author"])
        .map(|name| vec![ParsedPerson { name: Some(name), ..ParsedPerson::default() }]);
    let date = |names: &[&str]| meta(&page, names).map(|raw| ParsedDate { raw });
    let time = || attribute(&page, "time[datetime]", "datetime").map(|raw| ParsedDate { raw });
    Ok(Found::one(ParsedEntry {
        title: text(&title),
        id: meta(&page, &["dc.identifier", "identifier"]),
        link: attribute(&page, "link[rel=canonical]", "href").or_else(|| meta(&page, &["og:url"])),
        summary: meta(&page, &["description", "og:description", "dc.description"])
            .as_deref()
            .and_then(text),
        content: body.as_deref().and_then(html).into_iter().collect(),
        authors: authors.unwrap_or_default(),
        categories: keywords
            .unwrap_or_default()
            .into_iter()
            .filter(|k| !k.is_empty())
            .map(|k| (k, None, None))
            .collect(),
        published: date(&["date", "article:published_time", "dc.date", "pubdate", "datepublished"])
            .or_else(time),
        updated: date(&["article:modified_time", "last-modified", "dcterms.modified"]),
        image: meta(&page, &["og:image", "twitter:image"]),
        language: attribute(&page, "html[lang]", "lang").or_else(|| meta(&page, &["dc.language"])),
        base: attribute(&page, "base[href]", "href"),
        ..ParsedEntry::default()
    }))
}

/// The first element that a selector finds, in the selector's own order of preference.
fn first<'a>(page: &'a Html, selectors: &str) -> Option<ElementRef<'a>> {
    selectors.split(", ").find_map(|one| page.select(&Selector::parse(one).ok()?).next())
}

/// An attribute of the first element that a selector finds.
fn attribute(page: &Html, selector: &str, name: &str) -> Option<String> {
    let value = first(page, selector)?.value().attr(name)?.trim();
    (!value.is_empty()).then(|| value.to_owned())
}

/// The content of the first `meta` with one of some names, in the order of the names.
fn meta(page: &Html, names: &[&str]) -> Option<String> {
    let metas = Selector::parse("meta").ok()?;
    let named = |name: &str| {
        page.select(&metas).find_map(|element| {
            let attributes = ["name", "property", "itemprop", "http-equiv"];
            let is =
                |a: &&str| element.value().attr(a).is_some_and(|v| v.eq_ignore_ascii_case(name));
            attributes.iter().find(|a| is(a))?;
            let content = element.value().attr("content")?.trim();
            (!content.is_empty()).then(|| content.to_owned())
        })
    };
    names.iter().find_map(|name| named(name))
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
