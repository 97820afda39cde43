//! What the vocabularies share: how a field is set, and what an element holds.

use super::{text, tree::Element};
use crate::model::{ParsedDate, ParsedEntry, Text};

/// Sets a field that has not been set.
pub fn first<T>(field: &mut Option<T>, value: impl FnOnce() -> Option<T>) {
    if field.is_none() {
        *field = value();
    }
}

/// Sets a field whose last value counts, as with dates that are written twice.
pub fn last<T>(field: &mut Option<T>, value: Option<T>) {
    if value.is_some() {
        *field = value;
    }
}

/// The first description is the summary; another one is content.
pub fn add_summary(text: Option<Text>, entry: &mut ParsedEntry) {
    let Some(text) = text else { return };
    match &entry.summary {
        None => entry.summary = Some(text),
        Some(known) if known.value != text.value => entry.content.push(text),
        Some(_) => {}
    }
}

/// The date that an element holds.
pub fn date(element: &Element<'_>) -> Option<ParsedDate> {
    element.words().map(|raw| ParsedDate { raw })
}

/// The address that an element holds.
pub fn address(element: &Element<'_>) -> Option<String> {
    element.words().map(|a| element.resolve(&a))
}

/// A category: term, scheme, label.
pub type Category = (String, Option<String>, Option<String>);

/// Term, scheme and label of a category, RSS's or Atom's. What stands in it besides its own text is another field that it
/// was not closed before.
pub fn category(element: &Element<'_>) -> Option<Category> {
    let of = |name| element.attribute(name).map(str::to_owned);
    let term = of("term").or_else(|| element.own_words()).or_else(|| element.words());
    let (scheme, label) = (of("scheme").or_else(|| of("domain")), of("label"));
    let term = term.or_else(|| label.clone())?;
    Some((term, scheme, label))
}

/// The categories in an element that holds a list of them: one element for each, or one text.
pub fn categories(element: &Element<'_>) -> Vec<Category> {
    let each: Vec<Category> = element.elements().filter_map(category).collect();
    if each.is_empty() { listed(&element.text()) } else { each }
}

/// Categories that stand in one text, with commas between them, else with semicolons.
pub fn listed(words: &str) -> Vec<Category> {
    let between = if words.contains(',') { ',' } else { ';' };
    let words = words.split(between).map(str::trim).filter(|w| !w.is_empty());
    words.map(|w| (w.to_owned(), None, None)).collect()
}

/// The text of an element of which nobody says what it is.
pub fn unknown(element: &Element<'_>) -> Option<Text> {
    text::construct(element, text::Default::Unknown)
}
