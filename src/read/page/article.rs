use super::body::{self, Body};
use super::facts::{Facts, facts};
use super::lines::{around, lines};
use super::list::{PageError, optional};
use super::nodes::{attribute, date, said, text, title_of};
use super::trouble::trouble;
use crate::model::{ParsedEntry, ParsedPerson, Selectors, Text, TextKind};
use crate::read::decode::decode;
use scraper::{ElementRef, Html};
use serde::Serialize;

/// What stands on an article's own page.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ArticlePage {
    /// What the selectors found: it replaces what a list said.
    pub selected: ParsedEntry,
    /// What the page says of itself: it fills in what a list did not say.
    pub said: ParsedEntry,
    /// Its lead, where that stands apart from its text.
    pub lead: Option<String>,
    /// Why its text was not taken, where it was looked for without a selector.
    pub unsure: Option<&'static str>,
    /// Whether the date that it says stands outside of the article, so that it may be of something else.
    pub is_date_outside: bool,
    /// Whether the page says that it is an article, or a text was found.
    pub is_article: bool,
}

/// Reads an article's own page; with `full_text` its text is looked for where no selector finds it, without it a body
/// that is named and missing is an error.
///
/// # Errors
/// The bytes cannot be decoded, the page is an error or login page, a selector is not valid, or the body is missing.
pub fn article(
    bytes: &[u8],
    content_type: Option<&str>,
    selectors: &Selectors,
    full_text: bool,
) -> Result<ArticlePage, PageError> {
    let decoded = decode(bytes, content_type)?;
    let page = Html::parse_document(&decoded.text);
    if let Some(trouble) = trouble(&page) {
        return Err(PageError::Trouble(trouble));
    }
    let mut selected = select(&page, selectors)?;
    if selected.content.is_empty() && !selectors.detail_body.is_empty() && !full_text {
        let selector = selectors.detail_body.clone();
        return Err(PageError::Nothing { selector, title: title_of(&page) });
    }
    let around = around(&page);
    let lines = lines(&page, &around);
    let facts = facts(&page, &lines);
    let (mut unsure, mut lead) = (None, None);
    if selected.content.is_empty() && full_text {
        match body::body(&page, &facts, &lines, &around) {
            Body::Sure { html, lead: apart } => {
                selected.content.push(markup(html));
                lead = apart;
            }
            Body::Unsure(why) => unsure = Some(why),
        }
    }
    Ok(ArticlePage {
        is_article: facts.is_article || !selected.content.is_empty(),
        is_date_outside: facts.dates.is_outside,
        said: entry(&page, facts),
        selected,
        lead,
        unsure,
    })
}

/// What the selectors of the config find.
fn select(page: &Html, selectors: &Selectors) -> Result<ParsedEntry, PageError> {
    let find = |field, written: &str| -> Result<Option<ElementRef<'_>>, PageError> {
        Ok(optional(field, written)?.and_then(|selector| page.select(&selector).next()))
    };
    let line = |element: Option<ElementRef<'_>>| element.map(said).filter(|said| !said.is_empty());
    let body = find("detail_body", &selectors.detail_body)?;
    let name = line(find("detail_author", &selectors.detail_author)?);
    Ok(ParsedEntry {
        title: line(find("detail_title", &selectors.detail_title)?).map(text),
        published: find("detail_date", &selectors.detail_date)?.and_then(date),
        summary: line(find("detail_lead", &selectors.detail_lead)?).map(text),
        content: body.map(|body| markup(body.inner_html())).filter(says).into_iter().collect(),
        authors: name.map(ParsedPerson::named).into_iter().collect(),
        language: attribute(page, "html[lang]", "lang"),
        base: attribute(page, "base[href]", "href"),
        ..ParsedEntry::default()
    })
}

/// What a page says of its article, its text aside.
pub fn said_of(page: &Html) -> ParsedEntry {
    let lines = lines(page, &around(page));
    entry(page, facts(page, &lines))
}

/// What the page says of itself, as an entry.
fn entry(page: &Html, facts: Facts) -> ParsedEntry {
    ParsedEntry {
        title: facts.title.map(text),
        published: facts.dates.published,
        updated: facts.dates.updated,
        summary: facts.lead.map(text),
        authors: facts.authors.into_iter().map(ParsedPerson::named).collect(),
        image: facts.image,
        language: facts.language,
        base: attribute(page, "base[href]", "href"),
        ..ParsedEntry::default()
    }
}

/// Whether markup has anything to show.
fn says(text: &Text) -> bool {
    text.value.contains("<img") || !text.value.trim().is_empty()
}

fn markup(html: String) -> Text {
    Text::of(html, TextKind::Html)
}
