use super::html::{self, Cleaned, Embed, Limits, Place};
use super::{Context, Draft, Rejected, lead, link, texts};
use crate::model::{Image, ParsedEnclosure, ParsedEntry, Text, TextKind, Warning};
use crate::read;
use crate::text::{decode, html_to_text, looks_like_html, one_line, text_to_html};
use url::Url;

/// The longest lead, in characters.
const SUMMARY: usize = 4000;
/// A description with more characters than this is a body, where there is no other.
const LONG: usize = 800;
/// The longest title that is made of a text, in characters.
const MADE_TITLE: usize = 100;

/// What was found in an article's texts.
#[derive(Default)]
pub struct Found {
    /// Pictures, in order.
    pub images: Vec<Image>,
    /// Films, sounds and documents that were embedded.
    pub files: Vec<ParsedEnclosure>,
}

/// Cleans the body: the entry's content, else a description that is more than a lead.
pub fn set_content(
    draft: &mut Draft,
    entry: &ParsedEntry,
    place: Place<'_>,
    context: &Context<'_>,
) -> Found {
    let own = choose_content(&entry.content);
    let body = own.or(entry.summary.as_ref().filter(|text| is_body(text)));
    let mut found = Found::default();
    if let Some(body) = body {
        let cleaned = clean_text(draft, body, place, context);
        note_losses(draft, body, &cleaned);
        found.images = cleaned.images;
        found.files = cleaned.embeds.iter().filter_map(Embed::file).collect();
        draft.content = Some(cleaned.html).filter(|html| !html.is_empty());
    }
    if found.images.is_empty()
        && let Some(text) = &entry.summary
        && (own.is_some() || body.is_none())
        && text.value.contains('<')
    {
        found.images = html::clean(&html_of(text), place, &Limits::default()).images;
    }
    found
}

/// The content to take where there are several: markup before plain text, then the longest.
fn choose_content(contents: &[Text]) -> Option<&Text> {
    let is_text = |text: &&Text| {
        let media = text.media_type.as_deref().unwrap_or("text/html");
        let named = ["text", "html", "xhtml", "escaped", "xml", "base64"].contains(&media);
        let text_like = media.starts_with("text/") || media.contains("xml") || named;
        !text.value.trim().is_empty() && text_like
    };
    let rank = |text: &&Text| (html_of(text) == text.value, text.value.len());
    contents.iter().filter(is_text).max_by_key(rank)
}

/// The HTML of a text construct.
fn html_of(text: &Text) -> std::borrow::Cow<'_, str> {
    match text.kind {
        TextKind::Html | TextKind::Xhtml => text.value.as_str().into(),
        TextKind::Unknown if looks_like_html(&text.value) => text.value.as_str().into(),
        TextKind::Unknown => text_to_html(&decode(&text.value)).into(),
        TextKind::Text => text_to_html(&text.value).into(),
    }
}

/// Cleans a text construct and repairs the words in it, its repairs noted.
fn clean_text(draft: &mut Draft, body: &Text, place: Place<'_>, context: &Context<'_>) -> Cleaned {
    let own: Option<Url> = body.base.as_deref().and_then(|own| link::resolve(own, place.base));
    let place = Place { base: own.as_ref().or(place.base), ..place };
    let mut mend = |block: &[&str]| texts::repair_block(block, "content", context);
    let cleaned = html::clean_with(&html_of(body), place, &Limits::default(), Some(&mut mend));
    draft.repairs.extend(cleaned.repairs.iter().cloned());
    draft.flags.extend(cleaned.flags.iter().cloned());
    cleaned
}

/// Notes what reading and cleaning left out, and what became a link.
fn note_losses(draft: &mut Draft, body: &Text, cleaned: &Cleaned) {
    // Reading cuts between characters of at most four bytes.
    let was_cut = body.value.len() + 4 > read::Limits::default().text;
    if cleaned.cut || was_cut {
        draft.flag("content", "", "cut");
    }
    for embed in &cleaned.embeds {
        draft.flag("content", &embed.url, "embedded");
        Warning::add(&mut draft.warnings, "embedded", draft.article.url.as_deref());
    }
    for (name, count) in [
        ("tracking-pixel", cleaned.pixels),
        ("broken-link", cleaned.broken),
        ("too-deep", usize::from(cleaned.deep)),
    ] {
        for _ in 0..count.min(1000) {
            Warning::add(&mut draft.warnings, name, draft.article.url.as_deref());
        }
    }
}

/// Whether a description is a whole body: long, or of more than one paragraph, or with a table or list.
fn is_body(text: &Text) -> bool {
    let html = html_of(text);
    let starts = |tag: &str| {
        let tags =
            html.match_indices('<').filter_map(|(at, _)| html.get(at + 1..at + 1 + tag.len()));
        tags.filter(|name| name.eq_ignore_ascii_case(tag)).count()
    };
    let many = starts("p") > 2 || starts("img") > 2;
    let more = [
        "table", "ul", "ol", "h2", "h3", "blockquote", "iframe", "video", "audio", "embed",
        "object",
    ];
    let rich = || more.iter().any(|tag| starts(tag) > 0);
    let long = || one_line(&html_to_text(&html)).chars().count() > LONG;
    many || rich() || (html.len() > LONG && long())
}

/// The lead: the description, else the first paragraph of the body.
pub fn set_summary(draft: &mut Draft, entry: &ParsedEntry, context: &Context<'_>) {
    let is_the_body = entry.content.is_empty() && entry.summary.as_ref().is_some_and(is_body);
    let described = entry.summary.as_ref().or(entry.dc_description.as_ref());
    let described = described.filter(|_| !is_the_body);
    let line = described.map(|text| texts::repair_field(draft, "summary", text, SUMMARY, context));
    let line = line.filter(|line| !line.is_empty());
    draft.summary = line.or_else(|| lead::lead_from_body(draft.content.as_deref()?));
}

/// Gives an article without a title one: the start of its lead, else of its text, else a picture's description, else its
/// address. An article of pictures alone stays without a title.
///
/// # Errors
/// `Rejected::Empty` for an entry that has none of these.
pub fn set_missing_title(draft: &mut Draft, pictures: &[Image]) -> Result<(), Rejected> {
    if !draft.title.is_empty() {
        return Ok(());
    }
    let line = |text: String| Some(one_line(&text)).filter(|line| !line.is_empty());
    let text = || line(html_to_text(draft.content.as_deref()?));
    let alt = || pictures.iter().find_map(|picture| line(picture.alt.clone()?));
    let said = draft.summary.clone().filter(|lead| !lead.is_empty()).or_else(text).or_else(alt);
    let said = said.map(|said| lead::cut_at_word(&said, MADE_TITLE).into_owned());
    let shows = || (!pictures.is_empty()).then(String::new);
    let found = said.or_else(|| draft.url.clone()).or_else(shows);
    draft.title = found.ok_or_else(|| Rejected::Empty(draft.upstream_id.clone()))?;
    let title = draft.title.clone();
    draft.flag("title", &title, "untitled");
    Ok(())
}
