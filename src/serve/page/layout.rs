use super::{Frame, style_path};
use crate::feeds::Format;
use crate::model::Language;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use std::borrow::Cow;

/// What a page's `head` needs.
#[derive(Debug, Default)]
pub(super) struct Head<'a> {
    /// Plain text; the site's title is added.
    pub title: &'a str,
    /// Plain text for search engines and previews.
    pub description: &'a str,
    /// Its permanent path; `None` for errors.
    pub path: Option<String>,
    /// Which menu entry it is: `/`, `/status`.
    pub menu: &'a str,
    /// OpenGraph and JSON-LD.
    pub extra: Option<Markup>,
    /// Feeds to announce besides the site's own, by name.
    pub feeds: Vec<&'a str>,
}

pub(super) fn page(frame: &Frame<'_>, head: Head<'_>, main: &Markup) -> String {
    let markup = html! {
        (DOCTYPE)
        html lang=(frame.lang.code()) {
            head { (head_of(frame, &head)) }
            body {
                a.skip href="#main" { (frame.words().skip) }
                (header(frame, &head))
                main #main tabindex="-1" { (main) }
                (footer(frame))
            }
        }
    };
    inert(&markup.into_string())
}

fn head_of(frame: &Frame<'_>, head: &Head<'_>) -> Markup {
    let site = &frame.site.title;
    let title = whole_title(head.title, site);
    html! {
        meta charset="utf-8";
        meta name="viewport" content="width=device-width, initial-scale=1";
        title { (title) }
        @if !head.description.is_empty() { meta name="description" content=(head.description); }
        meta name="color-scheme" content="light dark";
        link rel="icon" href=(local(frame, "/favicon.svg")) type="image/svg+xml";
        link rel="stylesheet" href=(local(frame, &style_path()));
        @match &head.path {
            Some(path) => link rel="canonical" href=(format!("{}{path}", frame.site.base_url));,
            None => meta name="robots" content="noindex";,
        }
        (autodiscovery(frame, &head.feeds))
        @if let Some(extra) = &head.extra { (extra) }
    }
}

/// The title followed by the site's, unless it ends with that already.
fn whole_title(title: &str, site: &str) -> String {
    let says_it =
        title.strip_suffix(site).is_some_and(|rest| rest.is_empty() || rest.ends_with("– "));
    if says_it { title.to_owned() } else { format!("{title} – {site}") }
}

/// Feeds that one page announces: readers that are given a page offer each of them.
const ANNOUNCED: usize = 4;

/// `link rel=alternate` for the feeds to which the page belongs, and for the feed of the whole site.
fn autodiscovery(frame: &Frame<'_>, own: &[&str]) -> Markup {
    let listed = |id: &&str| frame.feeds.iter().find(|feed| feed.id == *id);
    let whole = frame.feeds.first().filter(|feed| !own.contains(&feed.id.as_str()));
    let own = own.iter().filter_map(listed).take(ANNOUNCED - usize::from(whole.is_some()));
    html! {
        @for feed in own.chain(whole) {
            @for format in Format::ALL {
                link rel="alternate" type=(format.media_type()) title=(format!("{} ({})", feed.title, format.name()))
                    href=(local(frame, &format!("/feeds/{}.{}", feed.id, format.extension())));
            }
        }
    }
}

/// A path of ours, below the path of the site's `base_url` if it has one.
pub(super) fn local(frame: &Frame<'_>, path: &str) -> String {
    let after_scheme = frame.site.base_url.split_once("://").map_or("", |(_, rest)| rest);
    let root = after_scheme.find('/').and_then(|at| after_scheme.get(at..)).unwrap_or("");
    format!("{root}{path}")
}

/// Like `local`, with the reader's choice of language.
pub(super) fn link(frame: &Frame<'_>, path: &str) -> String {
    let path = local(frame, path);
    let mark = if path.contains('?') { '&' } else { '?' };
    if frame.chosen { format!("{path}{mark}lang={}", frame.lang.code()) } else { path }
}

fn header(frame: &Frame<'_>, head: &Head<'_>) -> Markup {
    let words = frame.words();
    let other = frame.lang.other();
    let query = head.path.as_deref().and_then(|path| path.split_once('?'));
    let query = query.map_or(String::new(), |(_, query)| format!("{query}&"));
    let menu = [("/", words.home), ("/status", words.state_of_sources)];
    html! {
        header.top {
            a.brand href=(link(frame, "/")) {
                (PreEscaped(super::style::LOGO))
                span lang=(frame.site.language) dir="auto" { (frame.site.title) }
            }
            nav aria-label=(words.main_menu) {
                @for (path, name) in menu {
                    a href=(link(frame, path)) aria-current=[(head.menu == path).then_some("page")] { (name) }
                }
                a href=(format!("{}#feeds", link(frame, "/"))) { (words.feeds) }
                a.switch href=(format!("?{query}lang={}", other.code())) lang=(other.code()) hreflang=(other.code()) {
                    (super::text::words(other).own_name)
                }
            }
        }
    }
}

fn footer(frame: &Frame<'_>) -> Markup {
    let words = frame.words();
    html! {
        footer.foot {
            @if let Some(publisher) = &frame.site.publisher { p lang=(frame.site.language) { (publisher) } }
            @if let Some(rights) = &frame.site.rights { p lang=(frame.site.language) { (rights) } }
            p { (words.footer) " " b translate="no" { "dongtin" } " · "
                a href=(local(frame, "/feeds.opml")) { "OPML" } }
        }
    }
}

/// An address elsewhere, only if it is http or https.
pub(super) fn outside(url: &str) -> Option<&str> {
    let lower = url.get(..8).unwrap_or(url).to_ascii_lowercase();
    (lower.starts_with("https://") || lower.starts_with("http://")).then_some(url)
}

/// The address of a picture of ours or of a source.
pub(super) fn picture<'a>(frame: &Frame<'_>, url: &'a str) -> Option<Cow<'a, str>> {
    if is_ours(url) { Some(local(frame, url).into()) } else { outside(url).map(Cow::from) }
}

/// Whether an address is a path of ours.
pub(super) fn is_ours(url: &str) -> bool {
    url.starts_with('/') && !url.starts_with("//") && !url.contains('\\')
}

/// The `lang` attribute of a text, if it is not in the page's language.
pub(super) fn foreign<'a>(
    lang: Language,
    language: Option<&'a str>,
    site: &'a str,
) -> Option<&'a str> {
    let language = language.unwrap_or(site);
    (language != lang.code()).then_some(language)
}

/// Removes the characters that change the direction of text (Unicode's embeddings, overrides, isolates).
fn inert(page: &str) -> String {
    page.chars()
        .filter(|c| !matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\0'))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_says_the_site_once() {
        let site = "Tin xứ Mường";
        for (title, whole) in [
            ("Tin xứ Mường", "Tin xứ Mường"),
            ("Kinh tế – Tin xứ Mường", "Kinh tế – Tin xứ Mường"),
            ("Kinh tế", "Kinh tế – Tin xứ Mường"),
            ("Đọc Tin xứ Mường", "Đọc Tin xứ Mường – Tin xứ Mường"),
        ] {
            assert_eq!(whole_title(title, site), whole);
        }
    }
}
