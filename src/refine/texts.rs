use super::legacy::{Repaired, Settings, Words, repair, repair_runs};
use super::{Context, Draft, link, quirks};
use crate::model::{ParsedEntry, Text, TextKind};
use crate::text::{
    cut, decode, host_key, html_to_text, is_invisible, looks_like_html, one_line, push_visible,
};
use url::Url;

/// The longest title, in characters.
pub(super) const TITLE: usize = 1000;

/// The base of relative links in an entry: `xml:base`, else the address of the feed, else the source's own addresses.
pub fn base_address(entry: &ParsedEntry, context: &Context<'_>) -> Option<Url> {
    let source = context.source;
    link::find_base(&[
        entry.base.as_deref(),
        context.feed.base,
        context.fetched_from.map(Url::as_str),
        source.kind.address(),
        context.feed.link,
        source.home.as_deref(),
    ])
}

/// What relative addresses in an entry's texts are relative to: `xml:base`, else the article's own page, else the page of
/// its feed. The feed's own address is the last resort.
pub fn text_base(
    entry: &ParsedEntry,
    page: Option<&Url>,
    document: Option<&Url>,
    context: &Context<'_>,
) -> Option<Url> {
    if entry.base.is_some() || context.feed.base.is_some() {
        return document.cloned();
    }
    let site = || link::find_base(&[context.feed.link, context.source.home.as_deref()]);
    let page = page.cloned().or_else(site);
    // One site under two names, as with and without `www.`, stays under the name by which it was asked.
    match (page, document) {
        (Some(page), Some(document)) if host_key(&page) == host_key(document) => {
            document.join(&page[url::Position::BeforePath..]).ok().or(Some(page))
        }
        (page, document) => page.or(document.cloned()),
    }
}

/// The address of the original: its link, else another alternate link, else a guid that is an address.
pub fn original_address(entry: &ParsedEntry, base: Option<&Url>) -> Option<Url> {
    let alternate =
        entry.links.iter().filter(|link| link.rel == "alternate" || link.rel.is_empty());
    let guid = entry.id.as_deref().filter(|id| is_address(id) || entry.id_is_permalink);
    let written = entry.link.as_deref().into_iter().chain(alternate.map(|link| link.href.as_str()));
    written.chain(guid.filter(|id| is_address(id))).find_map(|text| link::resolve(text, base))
}

/// Whether a text begins as a web address.
fn is_address(text: &str) -> bool {
    let lower = text.trim_start().get(..5).unwrap_or("").to_ascii_lowercase();
    lower == "http:" || lower == "https"
}

/// The texts that an article is made of.
pub fn of_entry(entry: &ParsedEntry) -> impl Iterator<Item = &str> {
    let short = [&entry.title, &entry.summary, &entry.dc_description];
    let texts = short.into_iter().flatten().chain(&entry.content);
    texts.map(|text| text.value.as_str())
}

/// The title as one line of plain text, repaired and cut.
pub fn set_title(draft: &mut Draft, entry: &ParsedEntry, context: &Context<'_>) {
    let Some(title) = &entry.title else { return };
    draft.title = repair_field(draft, "title", title, TITLE, context);
}

/// The language of the entry, else of its title, of the feed, of the source.
pub fn set_language(draft: &mut Draft, entry: &ParsedEntry, context: &Context<'_>) {
    let title = entry.title.as_ref().and_then(|title| title.language.as_deref());
    let written = [entry.language.as_deref(), title, context.feed.language];
    let tag =
        written.iter().flatten().find_map(|tag| quirks::language_tag(tag, &mut draft.warnings));
    draft.language =
        tag.or_else(|| Some(context.source.language.clone()).filter(|l| !l.is_empty()));
}

/// A text construct as one line of plain text: repaired, its repairs noted, cut at `limit` characters.
pub fn repair_field(
    draft: &mut Draft,
    name: &str,
    text: &Text,
    limit: usize,
    context: &Context<'_>,
) -> String {
    repair_line(draft, name, &plain_text(text), limit, context)
}

/// Plain text as one line: repaired, its repairs noted, cut at `limit` characters.
pub fn repair_line(
    draft: &mut Draft,
    name: &str,
    text: &str,
    limit: usize,
    context: &Context<'_>,
) -> String {
    let mended = repair_text(&one_line(text), name, context);
    let (short, cut) = cut(visible(mended.text).trim(), limit);
    draft.repairs.extend(mended.repairs);
    draft.flags.extend(mended.flags);
    if cut {
        draft.flag(name, &short, "cut");
    }
    short
}

/// Repairs one text as its source wants it.
pub fn repair_text<'a>(text: &str, field: &'a str, context: &Context<'a>) -> Repaired {
    repair(text, settings(field, context))
}

/// Repairs the texts of one block as its source wants it.
pub fn repair_block<'a>(block: &[&str], field: &'a str, context: &Context<'a>) -> Vec<Repaired> {
    repair_runs(block, settings(field, context))
}

fn settings<'a>(field: &'a str, context: &Context<'a>) -> Settings<'a> {
    let source = context.source;
    let words = Words { allow: &source.repair_allow, deny: &source.repair_deny };
    Settings { words, article: context.article, ..Settings::new(field, source.repair) }
}

/// The plain text of a text construct: without tags, references decoded exactly once. Plain text is returned as it is.
pub fn plain_text(text: &Text) -> String {
    match text.kind {
        TextKind::Text => text.value.clone(),
        TextKind::Unknown if !looks_like_html(&text.value) => decode(&text.value).into_owned(),
        TextKind::Html | TextKind::Xhtml | TextKind::Unknown => html_to_text(&text.value),
    }
}

/// Plain text as one line of at most `limit` characters without invisible ones; it is not repaired.
pub fn shorten(text: &str, limit: usize) -> String {
    cut(visible(one_line(text)).trim(), limit).0
}

/// A text without what is not seen of it.
fn visible(text: String) -> String {
    if !text.contains(is_invisible) {
        return text;
    }
    let mut shown = String::with_capacity(text.len());
    push_visible(&mut shown, &text, 0..text.len());
    shown
}

/// A text that may be HTML, as one line of plain text like [`shorten`].
pub fn shorten_markup(text: &str, limit: usize) -> String {
    shorten(&plain_text(&Text::of(text, TextKind::Unknown)), limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unknown(value: &str) -> String {
        plain_text(&Text { value: value.to_owned(), ..Text::default() })
    }

    #[test]
    fn entities_are_decoded_the_right_number_of_times() {
        assert_eq!(unknown("AT&amp;T"), "AT&T");
        assert_eq!(unknown("Sở TT&TT & BCVT"), "Sở TT&TT & BCVT");
        assert_eq!(unknown("&amp;lt;b&amp;gt;"), "&lt;b&gt;");
        assert_eq!(unknown("a <b>đậm</b> c"), "a đậm c");
        assert_eq!(unknown("1 < 2 > 0"), "1 < 2 > 0");
        assert_eq!(unknown("Thẻ <quyền>"), "Thẻ <quyền>");
        assert_eq!(unknown("Dùng <b> &amp; <table> ở đâu"), "Dùng <b> & <table> ở đâu");
        let text = Text { value: "&lt;b>".into(), kind: TextKind::Text, ..Text::default() };
        assert_eq!(plain_text(&text), "&lt;b>");
        let html = Text { value: "a &lt;b&gt; c".into(), kind: TextKind::Html, ..Text::default() };
        assert_eq!(plain_text(&html), "a <b> c");
    }
}
