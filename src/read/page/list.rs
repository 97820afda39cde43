//! A list page as a source: each match of a selector is an entry; an article's own page gives the rest.
//!
//! In: the page's bytes and the selectors of the config. Out: a `ParsedFeed` of kind `Page`, or why
//! the page is not what it was: a page that gives nothing is an error and never an empty feed.

use crate::read::decode::decode;
use crate::model::{
    FeedKind, ParsedDate, ParsedEntry, ParsedFeed, ParsedPerson, Selectors, Text, TextKind,
};
use scraper::{ElementRef, Html, Selector};

/// The most entries that one list page gives.
const MANY: usize = 500;

/// Why a page gives nothing.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// A selector of the config is none.
    #[error("selector `{field}`: `{selector}` is not a CSS selector")]
    Selector {
        /// Which one.
        field: &'static str,
        /// As it is written.
        selector: String,
    },
    /// The page has changed, or never was the right one.
    #[error("no item matches `{selector}` on the page{}", title.as_ref().map(|t| format!(" `{t}`")).unwrap_or_default())]
    Nothing {
        /// The selector that matches nothing.
        selector: String,
        /// The page's title.
        title: Option<String>,
    },
    /// It cannot be decoded.
    #[error(transparent)]
    Bytes(#[from] crate::read::Error),
}

/// Reads a list page.
pub fn list(
    bytes: &[u8],
    content_type: Option<&str>,
    selectors: &Selectors,
) -> Result<ParsedFeed, PageError> {
    let decoded = decode(bytes, content_type)?;
    let page = Html::parse_document(&decoded.text);
    let items = selector("item", &selectors.item)?;
    let fields = Fields {
        link: optional("link", &selectors.link)?,
        title: optional("title", &selectors.title)?,
        date: optional("date", &selectors.date)?,
        lead: optional("lead", &selectors.lead)?,
        image: optional("image", &selectors.image)?,
    };
    let entries: Vec<ParsedEntry> =
        page.select(&items).filter_map(|item| entry(item, &fields)).take(MANY).collect();
    let title = title_of(&page);
    if entries.is_empty() {
        return Err(PageError::Nothing { selector: selectors.item.clone(), title });
    }
    Ok(ParsedFeed {
        kind: FeedKind::Page,
        title: title.map(text),
        language: attribute(&page, "html[lang]", "lang"),
        base: attribute(&page, "base[href]", "href"),
        generator: attribute(&page, "meta[name=generator]", "content"),
        entries,
        encoding: decoded.encoding.to_owned(),
        warnings: decoded.warnings,
        ..ParsedFeed::default()
    })
}

/// Reads an article's own page: what its selectors find, for the entry that linked to it.
pub fn detail(
    bytes: &[u8],
    content_type: Option<&str>,
    selectors: &Selectors,
) -> Result<ParsedEntry, PageError> {
    let decoded = decode(bytes, content_type)?;
    let page = Html::parse_document(&decoded.text);
    let find = |field, written: &str| -> Result<Option<ElementRef<'_>>, PageError> {
        let selector = optional(field, written)?;
        Ok(selector.and_then(|selector| page.select(&selector).next()))
    };
    let said = |element: Option<ElementRef<'_>>| element.map(said).filter(|said| !said.is_empty());
    let body = find("detail_body", &selectors.detail_body)?;
    if body.is_none() && !selectors.detail_body.is_empty() {
        let selector = selectors.detail_body.clone();
        return Err(PageError::Nothing { selector, title: title_of(&page) });
    }
    let html = body.map(|body| Text { kind: TextKind::Html, ..text(body.inner_html()) });
    let name = said(find("detail_author", &selectors.detail_author)?);
    Ok(ParsedEntry {
        title: said(find("detail_title", &selectors.detail_title)?).map(text),
        published: find("detail_date", &selectors.detail_date)?.and_then(date),
        summary: said(find("detail_lead", &selectors.detail_lead)?).map(text),
        content: html.into_iter().collect(),
        authors: name
            .map(|name| ParsedPerson { name: Some(name), ..ParsedPerson::default() })
            .into_iter()
            .collect(),
        language: attribute(&page, "html[lang]", "lang"),
        base: attribute(&page, "base[href]", "href"),
        ..ParsedEntry::default()
    })
}

/// Puts what an article's own page says over what the list said; what the page does not say stays.
pub fn merge(listed: ParsedEntry, page: ParsedEntry) -> ParsedEntry {
    let content = if page.content.is_empty() { listed.content } else { page.content };
    let authors = if page.authors.is_empty() { listed.authors } else { page.authors };
    ParsedEntry {
        title: page.title.or(listed.title),
        published: page.published.or(listed.published),
        summary: page.summary.or(listed.summary),
        language: page.language.or(listed.language),
        base: page.base.or(listed.base),
        content,
        authors,
        ..listed
    }
}

/// The selectors inside an item.
struct Fields {
    link: Option<Selector>,
    title: Option<Selector>,
    date: Option<Selector>,
    lead: Option<Selector>,
    image: Option<Selector>,
}

/// A selector that must be there.
fn selector(field: &'static str, written: &str) -> Result<Selector, PageError> {
    let wrong = || PageError::Selector { field, selector: written.chars().take(200).collect() };
    Selector::parse(written).map_err(|_| wrong())
}

/// A selector that may be left empty.
fn optional(field: &'static str, written: &str) -> Result<Option<Selector>, PageError> {
    if written.trim().is_empty() { Ok(None) } else { selector(field, written).map(Some) }
}

/// The entry of one item; nothing where it has no link with a text.
fn entry(item: ElementRef<'_>, fields: &Fields) -> Option<ParsedEntry> {
    let find = |selector: &Option<Selector>| item.select(selector.as_ref()?).next();
    let linked = find(&fields.link).or_else(|| first_link(item))?;
    let linked = if linked.value().attr("href").is_some() { linked } else { first_link(linked)? };
    let href = linked.value().attr("href")?.trim();
    let titled = find(&fields.title).map(said).filter(|title| !title.is_empty());
    let title = titled.or_else(|| Some(said(linked)).filter(|title| !title.is_empty()));
    let title = title.or_else(|| linked.value().attr("title").map(str::to_owned))?;
    let picture = fields.image.as_ref().and_then(|image| item.select(image).next());
    let picture = picture.or_else(|| item.select(&Selector::parse("img").ok()?).next());
    let ignored = href.is_empty() || href.starts_with('#') || href.starts_with("javascript:");
    (!ignored).then(|| ParsedEntry {
        link: Some(href.to_owned()),
        title: Some(text(title)),
        published: find(&fields.date).and_then(date),
        summary: find(&fields.lead).map(said).filter(|lead| !lead.is_empty()).map(text),
        image: picture.and_then(image_of),
        ..ParsedEntry::default()
    })
}

/// The first link in an element, or the element itself.
fn first_link(element: ElementRef<'_>) -> Option<ElementRef<'_>> {
    let is_link = element.value().name() == "a" && element.value().attr("href").is_some();
    let inner = || element.select(&Selector::parse("a[href]").ok()?).find(|a| !said(*a).is_empty());
    if is_link { Some(element) } else { inner() }
}

/// The address of a picture, the lazy one first.
fn image_of(picture: ElementRef<'_>) -> Option<String> {
    let names = ["data-original", "data-src", "data-lazy-src", "src"];
    let found = names.iter().find_map(|name| picture.value().attr(name))?.trim();
    (!found.is_empty() && !found.starts_with("data:")).then(|| found.to_owned())
}

/// The date of an element: its `datetime`, else its text.
fn date(element: ElementRef<'_>) -> Option<ParsedDate> {
    let written = element.value().attr("datetime").or(element.value().attr("content"));
    let raw = written.map(|raw| raw.trim().to_owned()).unwrap_or_else(|| said(element));
    let raw = raw.trim_matches(['(', ')', '|', '-', ' ']).to_owned();
    raw.bytes().any(|b| b.is_ascii_digit()).then_some(ParsedDate { raw })
}

/// The text of an element on one line.
fn said(element: ElementRef<'_>) -> String {
    let text: String = element.text().collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A plain text construct.
fn text(value: String) -> Text {
    Text { value, kind: TextKind::Text, ..Text::default() }
}

/// The page's own title.
fn title_of(page: &Html) -> Option<String> {
    let title = page.select(&Selector::parse("title").ok()?).next().map(said)?;
    Some(title.chars().take(200).collect()).filter(|title: &String| !title.is_empty())
}

/// An attribute of the first element that a selector finds.
fn attribute(page: &Html, selector: &str, name: &str) -> Option<String> {
    let element = page.select(&Selector::parse(selector).ok()?).next()?;
    element.value().attr(name).map(|value| value.trim().to_owned()).filter(|v| !v.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "<html lang=vi><head><title>Tin tỉnh</title></head><body><ul class=list>
        <li><div class=title><a href='/tin/1'>Tin  một</a></div><span class=time>(12/06/2009 20:30)</span><p>Lời</p><img data-src=a.jpg src=x.gif></li>
        <li><div class=title><a href='/tin/2'>Tin hai</a></div><span class=time>hôm nay</span></li>
        <li><a href='#'>x</a></li></ul></body></html>";

    fn selectors() -> Selectors {
        Selectors {
            item: "ul.list li".into(),
            title: ".title a".into(),
            date: "span.time".into(),
            lead: "p".into(),
            ..Selectors::default()
        }
    }

    #[test]
    fn each_item_is_an_entry() {
        let feed = list(PAGE.as_bytes(), None, &selectors()).unwrap();
        assert_eq!((feed.kind, feed.entries.len()), (FeedKind::Page, 2));
        let [one, two] = &feed.entries[..] else { panic!() };
        assert_eq!(one.link.as_deref(), Some("/tin/1"));
        assert_eq!(one.title.as_ref().unwrap().value, "Tin một");
        assert_eq!(one.published.as_ref().unwrap().raw, "12/06/2009 20:30");
        assert_eq!(one.summary.as_ref().unwrap().value, "Lời");
        assert_eq!(one.image.as_deref(), Some("a.jpg"));
        assert_eq!(two.published, None);
    }

    #[test]
    fn a_changed_page_is_an_error_that_names_the_selector() {
        let changed = Selectors { item: ".gone li".into(), ..selectors() };
        let error = list(PAGE.as_bytes(), None, &changed).unwrap_err().to_string();
        assert_eq!(error, "no item matches `.gone li` on the page `Tin tỉnh`");
        let wrong = Selectors { date: "[[".into(), ..selectors() };
        assert!(list(PAGE.as_bytes(), None, &wrong).unwrap_err().to_string().contains("`date`"));
    }

    #[test]
    fn an_article_page_completes_its_entry() {
        let page = "<h1>Tin một đủ</h1><time datetime='2009-06-12T20:30'>x</time><div id=b><p>Thân</p></div>";
        let selectors = Selectors {
            detail_title: "h1".into(),
            detail_date: "time".into(),
            detail_body: "#b".into(),
            ..selectors()
        };
        let listed = list(PAGE.as_bytes(), None, &selectors).unwrap().entries.remove(0);
        let merged = merge(listed, detail(page.as_bytes(), None, &selectors).unwrap());
        assert_eq!(merged.title.unwrap().value, "Tin một đủ");
        assert_eq!(merged.published.unwrap().raw, "2009-06-12T20:30");
        assert_eq!(merged.content[0].value, "<p>Thân</p>");
        assert_eq!(merged.link.as_deref(), Some("/tin/1"));
        assert!(detail(b"<p>x", None, &selectors).is_err());
    }
}
