//! What HTML may stay: the tags, their attributes, and the sanitizer that holds to them.

use ammonia::{Builder, UrlRelative};
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

/// Tags that stay. Every other tag goes and its content stays.
pub const TAGS: [&str; 66] = [
    "a", "abbr", "acronym", "b", "bdi", "blockquote", "br", "caption", "cite", "code", "col",
    "colgroup", "dd", "del", "details", "dfn", "div", "dl", "dt", "em", "figcaption", "figure",
    "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "ins", "kbd", "li", "mark", "ol", "p",
    "picture", "pre", "q", "rp", "rt", "ruby", "s", "samp", "section", "small", "source", "span",
    "strike", "strong", "sub", "summary", "sup", "table", "tbody", "td", "tfoot", "th", "thead",
    "time", "tr", "tt", "u", "ul", "var",
];

/// Tags that go with all that is in them.
const WITH_CONTENT: [&str; 24] = [
    "applet", "audio", "button", "canvas", "datalist", "frameset", "head", "iframe", "map", "math",
    "noembed", "noframes", "option", "plaintext", "script", "select", "style", "svg", "template",
    "textarea", "title", "video", "xml", "xmp",
];

/// Attributes that the sanitizer lets through to `rewrite`, which judges their values and drops most of them.
const IMAGE: [&str; 15] = [
    "src", "srcset", "alt", "title", "width", "height", "style", "data-src", "data-original",
    "data-lazy-src", "data-lazy", "data-srcset", "data-lazy-srcset", "data-url", "data-image",
];

/// Attributes of a `source` in a `picture` that are let through to `rewrite`.
const SETS: [&str; 2] = ["srcset", "data-srcset"];

/// Relations that every link gets, so that the page it opens can neither reach back nor learn the address.
pub const REL: &str = "noopener noreferrer";

/// The sanitizer; one for the life of the process because building it costs more than most articles.
static SANITIZER: LazyLock<Builder<'static>> = LazyLock::new(build);

fn build() -> Builder<'static> {
    let attributes: HashMap<&str, HashSet<&str>> =
        TAGS.iter().map(|tag| (*tag, attributes_before(tag).collect())).collect();
    let mut builder = Builder::empty();
    builder
        .tags(HashSet::from(TAGS))
        .clean_content_tags(HashSet::from(WITH_CONTENT))
        .tag_attributes(attributes)
        .generic_attributes(HashSet::new())
        .url_schemes(HashSet::from(["http", "https", "mailto", "tel"]))
        .url_relative(UrlRelative::PassThrough)
        .link_rel(Some(REL))
        .strip_comments(true);
    builder
}

/// Attributes that may stay on a tag, in the order in which they are written.
pub fn attributes_of(tag: &str) -> &'static [&'static str] {
    match tag {
        "a" => &["href", "title", "rel"],
        "img" => &["src", "alt", "title", "width", "height"],
        "abbr" | "acronym" | "dfn" => &["title"],
        "ol" => &["start"],
        "td" | "th" => &["colspan", "rowspan"],
        "col" | "colgroup" => &["span"],
        "del" | "ins" | "time" => &["datetime"],
        _ => &[],
    }
}

/// Attributes that the sanitizer lets through on a tag.
pub fn attributes_before(tag: &str) -> impl Iterator<Item = &'static str> + use<> {
    let images: &[&str] = if tag == "img" { &IMAGE } else { &[] };
    let sets: &[&str] = if tag == "source" { &SETS } else { &[] };
    let kept = attributes_of(tag).iter().filter(|attribute| **attribute != "rel");
    images.iter().chain(sets).chain(kept).copied()
}

/// Whether a tag has no content and no end tag.
pub fn is_void(tag: &str) -> bool {
    matches!(tag, "br" | "col" | "hr" | "img" | "source")
}

/// Whether a tag stands within a line of text.
pub fn is_inline(tag: &str) -> bool {
    matches!(
        tag,
        "a" | "abbr"
            | "acronym"
            | "b"
            | "bdi"
            | "br"
            | "cite"
            | "code"
            | "del"
            | "dfn"
            | "em"
            | "i"
            | "img"
            | "ins"
            | "kbd"
            | "mark"
            | "q"
            | "s"
            | "samp"
            | "small"
            | "span"
            | "strike"
            | "strong"
            | "sub"
            | "sup"
            | "time"
            | "tt"
            | "u"
            | "var"
    )
}

/// Sanitizes with html5ever and ammonia: what a browser would see, of that only what may stay.
pub fn sanitize(html: &str) -> String {
    SANITIZER.clean(html).to_string()
}
