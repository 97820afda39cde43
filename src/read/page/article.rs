//! An article's own page: what the selectors find, what the page says of itself, and its text.

use super::body::{self, Body};
use super::facts::{Facts, facts};
use super::list::PageError;
use super::nodes::{attribute, date, said, text, title_of};
use super::trouble::trouble;
use crate::model::{ParsedEntry, ParsedPerson, Selectors, Text, TextKind};
use crate::read::decode::decode;
use scraper::{ElementRef, Html, Selector};

/// What stands on an article's own page.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ArticlePage {
    /// What the selectors found: it replaces what a list said.
    pub selected: ParsedEntry,
    /// What the page says of itself: it fills in what a list did not say.
    pub said: ParsedEntry,
    /// Why its text was not taken, where it was looked for without a selector.
    pub unsure: Option<&'static str>,
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
    let facts = facts(&page);
    let mut unsure = None;
    if selected.content.is_empty() && full_text {
        match body::body(&page) {
            Body::Sure(html) => selected.content.push(markup(html)),
            Body::Unsure(why) => unsure = Some(why),
        }
    }
    let is_article = facts.is_article || !selected.content.is_empty();
    Ok(ArticlePage { said: entry(&page, facts), selected, unsure, is_article })
}

/// What the selectors of the config find.
fn select(page: &Html, selectors: &Selectors) -> Result<ParsedEntry, PageError> {
    let find = |field, written: &str| -> Result<Option<ElementRef<'_>>, PageError> {
        if written.trim().is_empty() {
            return Ok(None);
        }
        let wrong = || PageError::Selector { field, selector: written.chars().take(200).collect() };
        let selector = Selector::parse(written).map_err(|_| wrong())?;
        Ok(page.select(&selector).next())
    };
    let line = |element: Option<ElementRef<'_>>| element.map(said).filter(|said| !said.is_empty());
    let body = find("detail_body", &selectors.detail_body)?;
    let name = line(find("detail_author", &selectors.detail_author)?);
    Ok(ParsedEntry {
        title: line(find("detail_title", &selectors.detail_title)?).map(text),
        published: find("detail_date", &selectors.detail_date)?.and_then(date),
        summary: line(find("detail_lead", &selectors.detail_lead)?).map(text),
        content: body.map(|body| markup(body.inner_html())).filter(says).into_iter().collect(),
        authors: name.map(person).into_iter().collect(),
        language: attribute(page, "html[lang]", "lang"),
        base: attribute(page, "base[href]", "href"),
        ..ParsedEntry::default()
    })
}

/// What the page says of itself, as an entry.
fn entry(page: &Html, facts: Facts) -> ParsedEntry {
    ParsedEntry {
        title: facts.title.map(text),
        published: facts.published,
        updated: facts.updated,
        summary: facts.lead.map(text),
        authors: facts.author.map(person).into_iter().collect(),
        image: facts.image,
        base: attribute(page, "base[href]", "href"),
        ..ParsedEntry::default()
    }
}

/// Whether markup has anything to show.
fn says(text: &Text) -> bool {
    text.value.contains("<img") || !text.value.trim().is_empty()
}

fn markup(html: String) -> Text {
    Text { kind: TextKind::Html, ..text(html) }
}

fn person(name: String) -> ParsedPerson {
    ParsedPerson { name: Some(name), ..ParsedPerson::default() }
}
