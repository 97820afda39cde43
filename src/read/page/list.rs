//! A list page as a source: each match of a selector is an entry.
//!
//! In: the page's bytes and the selectors of the config. Out: a `ParsedFeed` of kind `Page`, or why
//! the page is not what it was: a page that gives nothing is an error and never an empty feed.

use super::Trouble;
use super::days::has_day;
use super::lines::{is_called, is_heading};
use super::nodes::{attribute, date, first_link, image_of, said, text, title_of};
use super::trouble::trouble;
use crate::model::{FeedKind, FeedLink, ParsedDate, ParsedEntry, ParsedFeed, Selectors};
use crate::read::decode::decode;
use crate::text::one_line;
use scraper::{ElementRef, Html, Selector};

/// The most entries that one list page gives.
const MANY: usize = 500;

/// Links to hubs and to itself that one page gives.
const HUB_LINKS: usize = 8;

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
    /// It is no news though it came with status 200.
    #[error("{0}")]
    Trouble(Trouble),
    /// It cannot be decoded.
    #[error(transparent)]
    Bytes(#[from] crate::read::Error),
}

/// Reads a list page.
///
/// # Errors
/// The bytes cannot be decoded, the page is an error or login page, a selector is not valid, or no item is found.
pub fn list(
    bytes: &[u8],
    content_type: Option<&str>,
    selectors: &Selectors,
) -> Result<ParsedFeed, PageError> {
    let decoded = decode(bytes, content_type)?;
    let page = Html::parse_document(&decoded.text);
    let entries = entries(&page, selectors)?;
    let title = title_of(&page);
    if entries.is_empty() {
        if let Some(trouble) = trouble(&page) {
            return Err(PageError::Trouble(trouble));
        }
        return Err(PageError::Nothing { selector: selectors.item.clone(), title });
    }
    Ok(ParsedFeed {
        kind: FeedKind::Page,
        title: title.map(text),
        language: attribute(&page, "html[lang]", "lang"),
        base: attribute(&page, "base[href]", "href"),
        generator: attribute(&page, "meta[name=generator]", "content"),
        links: hub_links(&page),
        entries,
        encoding: decoded.encoding.to_owned(),
        warnings: decoded.warnings,
        ..ParsedFeed::default()
    })
}

/// The WebSub hubs that a page names in its head, and what it calls itself (WebSub §4).
fn hub_links(page: &Html) -> Vec<FeedLink> {
    let Ok(links) = Selector::parse("link[rel][href]") else { return Vec::new() };
    let found = page.select(&links).filter_map(|link| {
        let (rel, href) = (link.value().attr("rel")?, link.value().attr("href")?);
        let is = |name: &&str| rel.split_whitespace().any(|rel| rel.eq_ignore_ascii_case(name));
        let rel = ["hub", "self"].into_iter().find(is)?;
        Some(FeedLink { rel: rel.to_owned(), href: href.trim().to_owned(), ..FeedLink::default() })
    });
    found.take(HUB_LINKS).collect()
}

/// The entries that selectors find on a page.
///
/// # Errors
/// A selector is not valid.
pub fn entries(page: &Html, selectors: &Selectors) -> Result<Vec<ParsedEntry>, PageError> {
    let items = selector("item", &selectors.item)?;
    let fields = Fields {
        link: optional("link", &selectors.link)?,
        title: optional("title", &selectors.title)?,
        date: optional("date", &selectors.date)?,
        lead: optional("lead", &selectors.lead)?,
        image: optional("image", &selectors.image)?,
    };
    Ok(page.select(&items).filter_map(|item| entry(item, &fields)).take(MANY).collect())
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
///
/// # Errors
/// The selector is not valid.
pub fn optional(field: &'static str, written: &str) -> Result<Option<Selector>, PageError> {
    if written.trim().is_empty() { Ok(None) } else { selector(field, written).map(Some) }
}

/// The entry of one item; nothing where it has no link with a text.
fn entry(item: ElementRef<'_>, fields: &Fields) -> Option<ParsedEntry> {
    let find = |selector: &Option<Selector>| item.select(selector.as_ref()?).next();
    let linked = find(&fields.link).or_else(|| first_link(item))?;
    let linked = if linked.value().attr("href").is_some() { linked } else { first_link(linked)? };
    let href = linked.value().attr("href")?.trim();
    let titled = find(&fields.title).map(said).filter(|title| !title.is_empty());
    let title = titled.or_else(|| Some(said(title_in(linked))).filter(|title| !title.is_empty()));
    let title = title.or_else(|| linked.value().attr("title").map(str::to_owned))?;
    let picture = fields.image.as_ref().and_then(|image| item.select(image).next());
    let picture = picture.or_else(|| item.select(&Selector::parse("img").ok()?).next());
    let ignored = href.is_empty() || href.starts_with('#') || href.starts_with("javascript:");
    (!ignored).then(|| ParsedEntry {
        link: Some(href.to_owned()),
        title: Some(text(title)),
        published: if fields.date.is_some() {
            find(&fields.date).and_then(date)
        } else {
            loose_date(item)
        },
        summary: find(&fields.lead).map(said).filter(|lead| !lead.is_empty()).map(text),
        image: picture.and_then(image_of),
        ..ParsedEntry::default()
    })
}

/// A date that stands in an item beside its elements: `<li><a>…</a> (12/06/2026)</li>`.
fn loose_date(item: ElementRef<'_>) -> Option<ParsedDate> {
    let mut texts =
        item.children().filter_map(|child| child.value().as_text().map(|text| one_line(text)));
    let raw = texts.find(|text| text.chars().count() < 60 && has_day(text))?;
    Some(ParsedDate { raw: raw.trim_matches(['(', ')', '|', '-', ' ', '–']).to_owned() })
}

/// Characters that a title has at least.
pub const TITLE: usize = 15;
/// What titles are called in the templates of portals.
pub const TITLES: &[&str] = &["title", "tieude", "tieu-de", "tieu_de", "headline", "heading"];

/// The element of a link that says a title: where the link is a whole card, its heading, else what is called a title, else
/// what is bold, else the first of its parts that is long enough.
pub fn title_in(link: ElementRef<'_>) -> ElementRef<'_> {
    let inner: Vec<ElementRef<'_>> =
        link.descendent_elements().filter(|e| e.id() != link.id()).take(100).collect();
    let says = |e: &&ElementRef<'_>| {
        let text = said(**e);
        text.chars().count() >= TITLE && !(has_day(&text) && text.chars().count() < 40)
    };
    let bold = |e: &&ElementRef<'_>| matches!(e.value().name(), "strong" | "b");
    let parts = inner.iter().filter(|e| !said(**e).is_empty()).count();
    let heading = inner.iter().find(|e| is_heading(**e) && says(e));
    let called = || inner.iter().find(|e| is_called(**e, TITLES) && says(e));
    let first = || inner.iter().filter(says).find(|e| bold(e)).or_else(|| inner.iter().find(says));
    let card = parts > 1 && said(link).chars().count() > 60;
    *heading.or_else(called).or_else(|| first().filter(|_| card)).unwrap_or(&link)
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
        assert_eq!(two.published.as_ref().unwrap().raw, "hôm nay");
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
    fn a_page_names_its_hub_and_itself() {
        let head = "<head><link rel=\"Hub\" href=\"https://hub.vn/\"><link rel=\"alternate self\" href=\"/tin\"><link rel=\"stylesheet\" href=\"/a.css\">";
        let page = format!("{head}{PAGE}");
        let links = list(page.as_bytes(), None, &selectors()).unwrap().links;
        let links: Vec<_> = links.iter().map(|l| (l.rel.as_str(), l.href.as_str())).collect();
        assert_eq!(links, [("hub", "https://hub.vn/"), ("self", "/tin")]);
    }
}
