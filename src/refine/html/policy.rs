use crate::text::{Element, element, elements};
use ammonia::{Builder, UrlRelative};
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

/// Attributes that only `rewrite` sees: it judges their values and drops them.
const IMAGE: [&str; 3] = ["srcset", "style", "_src"];
/// What the names of attributes begin with in which pictures wait until they are looked at.
const WAITING: [&str; 5] = ["data-", "nitro-", "lazy", "real", "orig"];

/// Relations that every link gets, so that the page it opens can neither reach back nor learn the address.
pub const REL: &str = "noopener noreferrer";

/// The sanitizer; one for the life of the process because building it costs more than most articles.
static SANITIZER: LazyLock<Builder<'static>> = LazyLock::new(build);

fn build() -> Builder<'static> {
    let named = |holds: fn(&Element) -> bool| elements().filter(move |e| holds(e)).map(|e| e.name);
    let tags: HashSet<&str> = named(|element| element.written.is_some()).collect();
    let attributes: HashMap<&str, HashSet<&str>> =
        tags.iter().map(|tag| (*tag, attributes_before(tag).collect())).collect();
    let mut builder = Builder::empty();
    builder
        .tags(tags)
        .clean_content_tags(named(|element| element.is_hidden()).collect())
        .tag_attributes(attributes)
        .generic_attributes(HashSet::from(["id"]))
        .generic_attribute_prefixes(HashSet::from(WAITING))
        .attribute_filter(|tag, name, value| passes(tag, name).then_some(Cow::Borrowed(value)))
        .url_schemes(HashSet::from(["http", "https", "mailto", "tel"]))
        .url_relative(UrlRelative::PassThrough)
        .link_rel(Some(REL))
        .strip_comments(true);
    builder
}

/// Attributes that may stay on a tag, in the order in which they are written. An `id` may besides, where a link leads to it.
pub fn attributes_of(tag: &str) -> &'static [&'static str] {
    match tag {
        "a" => &["href", "title", "rel"],
        "img" => &["src", "alt", "title", "width", "height"],
        "abbr" | "acronym" | "dfn" => &["title"],
        "ol" => &["start", "type", "reversed"],
        "li" => &["value", "type"],
        "td" | "th" => &["colspan", "rowspan"],
        "col" | "colgroup" => &["span"],
        "del" | "ins" | "time" => &["datetime"],
        _ => &[],
    }
}

/// Attributes of a tag that the sanitizer lets through by their names.
fn attributes_before(tag: &str) -> impl Iterator<Item = &'static str> + use<> {
    let more: &[&str] = match tag {
        "a" => &["name"],
        "img" => &IMAGE,
        "source" => &["srcset"],
        "ol" | "li" => &["style"],
        _ => &[],
    };
    let kept = attributes_of(tag).iter().filter(|attribute| **attribute != "rel");
    more.iter().chain(kept).copied()
}

/// Whether an attribute, in lower case, is let through to `rewrite`.
pub fn passes(tag: &str, name: &str) -> bool {
    let waits =
        matches!(tag, "img" | "source") && WAITING.iter().any(|start| name.starts_with(start));
    waits || matches!(name, "id" | "rel") || attributes_before(tag).any(|known| known == name)
}

/// Whether a tag has no content and no end tag.
pub fn is_void(tag: &str) -> bool {
    element(tag).is_some_and(Element::is_void)
}

/// Whether a tag stands within a line of text.
pub fn is_inline(tag: &str) -> bool {
    element(tag).is_some_and(Element::is_inline)
}

/// Sanitizes with html5ever and ammonia: what a browser would see, of that only what may stay.
pub fn sanitize(html: &str) -> String {
    SANITIZER.clean(html).to_string()
}
