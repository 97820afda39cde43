//! What is changed in a sanitized tree: links made whole, pictures found, counters and empty paragraphs gone.

use super::policy::{REL, attributes_of, is_inline};
use super::tree::{Fate, Kind, Tree};
use crate::model::Image;
use crate::refine::link;
use crate::text::{is_forbidden, is_invisible, one_line};
use url::Url;

/// Parts of addresses that only count readers.
const COUNTERS: [&str; 30] = [
    "/~r/",
    "/~ff/",
    "feedsportal.com",
    "pheedo.com",
    "pixel.wp.com",
    "stats.wordpress.com",
    "stats.wp.com",
    "google-analytics.com",
    "googletagmanager.com",
    "doubleclick.net",
    "googlesyndication.com",
    "facebook.com/tr",
    "scorecardresearch.com",
    "quantserve.com",
    "mc.yandex.",
    "statcounter.com",
    "histats.com",
    "cnzz.com",
    "hitwebcounter.com",
    "amung.us",
    "blogger.googleusercontent.com/tracker",
    "/tracker/",
    "eclick.vn",
    "admicro.vn",
    "/pixel.gif",
    "/pixel.png",
    "/__utm.gif",
    "freecounterstat.com",
    "flagcounter.com",
    "webtrends",
];

/// File names of pictures that only hold the place of another.
const PLACEHOLDERS: [&str; 10] = [
    "blank.", "spacer.", "placeholder", "lazy", "loading", "loader", "transparent.", "1x1.",
    "pixel.", "no-image",
];

/// Where the real address of a picture stands, best first, where `src` is not it.
const LAZY: [&str; 6] =
    ["data-original", "data-src", "data-lazy-src", "data-lazy", "data-url", "data-image"];

/// What was found and left out while rewriting.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Pictures that stay, in order.
    pub images: Vec<Image>,
    /// Pictures that were counters.
    pub pixels: usize,
    /// Links and pictures without an address that can be used.
    pub broken: usize,
}

/// Rewrites a whole tree.
pub fn rewrite(tree: &mut Tree, base: Option<&Url>) -> Found {
    let mut found = Found::default();
    for number in 1..tree.nodes.len() {
        rewrite_addresses(tree, number, base, &mut found);
    }
    unrepeat_pictures(tree);
    let mut visible = vec![false; tree.nodes.len()];
    for number in (1..tree.nodes.len()).rev() {
        let seen = decide_fate(tree, number, &visible);
        if let Some(slot) = visible.get_mut(number) {
            *slot = seen;
        }
    }
    found.images = pictures(tree);
    found
}

/// Rewrites the addresses of one element and drops the attributes that may not stay.
fn rewrite_addresses(tree: &mut Tree, number: usize, base: Option<&Url>, found: &mut Found) {
    let sources = picture_sources(tree, number);
    let Some(node) = tree.nodes.get_mut(number) else { return };
    let Kind::Element(tag, attributes) = &mut node.kind else { return };
    match *tag {
        "a" => {
            match attribute(attributes, "href").and_then(|href| link::resolve_target(href, base)) {
                Some(href) => set(attributes, "href", href),
                None => {
                    found.broken += 1;
                    node.fate = Fate::Unwrapped;
                }
            }
        }
        "img" if is_counter(attributes) => {
            found.pixels += 1;
            node.fate = Fate::Gone;
        }
        "img" => match picture_address(attributes, &sources, base) {
            Some(src) => set(attributes, "src", src),
            None => {
                found.broken += 1;
                node.fate = Fate::Gone;
            }
        },
        "picture" => node.fate = Fate::Unwrapped,
        "source" => node.fate = Fate::Gone,
        _ => {}
    }
    if let Kind::Element(tag, attributes) = &mut node.kind
        && *tag != "source"
    {
        keep_allowed(tag, attributes);
    }
}

/// The `srcset`s of the `source`s beside an `img` in a `picture`.
fn picture_sources(tree: &Tree, number: usize) -> Vec<String> {
    let parent = tree.nodes.get(number).map_or(0, |n| n.parent);
    if tree.tag(number) != Some("img") || tree.tag(parent) != Some("picture") {
        return Vec::new();
    }
    let beside = tree.nodes.get(parent).map_or(&[][..], |p| &p.children);
    let sets = beside.iter().filter(|n| tree.tag(**n) == Some("source"));
    sets.filter_map(|n| match &tree.nodes.get(*n)?.kind {
        Kind::Element(_, a) => attribute(a, "srcset").or(attribute(a, "data-srcset")),
        Kind::Text(_) => None,
    })
    .map(str::to_owned)
    .collect()
}

/// The value of an attribute.
fn attribute<'a>(attributes: &'a [(String, String)], name: &str) -> Option<&'a str> {
    attributes.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
}

/// Sets an attribute.
fn set(attributes: &mut Vec<(String, String)>, name: &str, value: impl Into<String>) {
    attributes.retain(|(n, _)| n != name);
    attributes.push((name.to_owned(), value.into()));
}

/// Keeps the attributes that may stay, in one order, with values that mean something.
fn keep_allowed(tag: &str, attributes: &mut Vec<(String, String)>) {
    if tag == "a" {
        set(attributes, "rel", REL);
    }
    let kept = attributes_of(tag).iter().filter_map(|name| {
        let value = attribute(attributes, name)?;
        Some(((*name).to_owned(), allowed_value(name, value)?))
    });
    *attributes = kept.collect();
}

/// An attribute's value as it may stay.
fn allowed_value(name: &str, value: &str) -> Option<String> {
    match name {
        "width" | "height" => pixels(value).filter(|n| *n > 1).map(|n| n.to_string()),
        "colspan" | "rowspan" | "span" => value
            .trim()
            .parse::<u16>()
            .ok()
            .filter(|n| (2..=1000).contains(n))
            .map(|n| n.to_string()),
        "start" => value.trim().parse::<i32>().ok().map(|n| n.to_string()),
        "datetime" => {
            let simple = |c: char| c.is_ascii_digit() || "-:+.TZPHMSDWY ".contains(c);
            (value.len() <= 40 && value.chars().all(simple)).then(|| value.to_owned())
        }
        "alt" | "title" => {
            let line = one_line(value);
            let clean: String = line.chars().filter(|c| !is_invisible(*c)).take(1000).collect();
            (name == "alt" || !clean.trim().is_empty()).then(|| clean.trim().to_owned())
        }
        _ => Some(value.to_owned()),
    }
}

/// A length in whole pixels: `100`, `100px`, `100.5`; nothing for percentages and other units.
fn pixels(value: &str) -> Option<u32> {
    let digits = value.trim().trim_end_matches("px").trim_end();
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let whole = part.bytes().all(|b| b.is_ascii_digit()).then_some(whole)?;
    whole.parse().ok().filter(|n| *n <= 20_000)
}

/// Whether a picture only counts readers: one pixel, hidden, or a known counter.
fn is_counter(attributes: &[(String, String)]) -> bool {
    let small = |name: &str| {
        let written = attribute(attributes, name).and_then(pixels);
        written.or_else(|| pixels(&declared(attributes, name)?)).map(|n| n <= 1)
    };
    let tiny = match (small("width"), small("height")) {
        (Some(width), Some(height)) => width && height,
        (Some(only), None) | (None, Some(only)) => only,
        (None, None) => false,
    };
    let hidden = declared(attributes, "display").is_some_and(|v| v.starts_with("none"));
    let src = attribute(attributes, "src").unwrap_or("").to_ascii_lowercase();
    tiny || hidden || COUNTERS.iter().any(|counter| src.contains(counter))
}

/// The value of one declaration in the `style` attribute.
fn declared(attributes: &[(String, String)], property: &str) -> Option<String> {
    let style = attribute(attributes, "style")?;
    style.split(';').find_map(|declaration| {
        let (name, value) = declaration.split_once(':')?;
        name.trim().eq_ignore_ascii_case(property).then(|| value.trim().to_ascii_lowercase())
    })
}

/// The address of a picture: where a script would have put it, else `src`, else the largest of a set.
fn picture_address(
    attributes: &[(String, String)],
    sources: &[String],
    base: Option<&Url>,
) -> Option<String> {
    let whole = |value: &str| link::resolve(value, base).map(String::from);
    let lazy = LAZY.iter().filter_map(|name| attribute(attributes, name)).find_map(whole);
    let src = attribute(attributes, "src").and_then(whole);
    let mut sets = ["data-srcset", "data-lazy-srcset", "srcset"]
        .iter()
        .filter_map(|name| attribute(attributes, name))
        .chain(sources.iter().map(String::as_str));
    let real = src.clone().filter(|src| !is_placeholder(src));
    lazy.or(real).or_else(|| sets.find_map(|set| best_of(set).and_then(whole))).or(src)
}

/// Whether a picture's file name says that it only holds a place.
fn is_placeholder(src: &str) -> bool {
    let file = src.rsplit('/').next().unwrap_or("").to_ascii_lowercase();
    PLACEHOLDERS.iter().any(|name| file.contains(name))
}

/// The address of the largest picture in a `srcset`.
fn best_of(set: &str) -> Option<&str> {
    let size = |candidate: &str| -> f64 {
        let descriptor = candidate.split_ascii_whitespace().nth(1).unwrap_or("1x");
        descriptor.trim_end_matches(['w', 'x']).parse().unwrap_or(0.0)
    };
    let candidates = set.split(", ").flat_map(|part| part.split(",\n")).map(str::trim);
    let best = candidates.filter(|c| !c.is_empty()).max_by(|a, b| size(a).total_cmp(&size(b)))?;
    best.split_ascii_whitespace().next().map(|address| address.trim_end_matches(','))
}

/// Decides whether an element without anything to see stays, and says whether there is something to see.
fn decide_fate(tree: &mut Tree, number: usize, visible: &[bool]) -> bool {
    let Some(node) = tree.nodes.get(number) else { return false };
    if node.fate == Fate::Gone {
        return false;
    }
    let tag = match &node.kind {
        Kind::Text(text) => return text.chars().any(is_seen),
        Kind::Element(tag, _) => *tag,
    };
    let seen = node.children.iter().any(|child| visible.get(*child).copied().unwrap_or(false));
    let stays =
        seen || matches!(tag, "img" | "hr" | "br" | "td" | "th" | "tr" | "col" | "colgroup");
    let fate = if is_inline(tag) { Fate::Unwrapped } else { Fate::Gone };
    if !stays
        && !matches!(tag, "tbody" | "thead" | "tfoot" | "caption")
        && let Some(node) = tree.nodes.get_mut(number)
    {
        node.fate = fate;
    }
    seen || matches!(tag, "img" | "hr")
}

/// Whether a character shows.
fn is_seen(c: char) -> bool {
    !c.is_whitespace() && !is_invisible(c) && !is_forbidden(c)
}

/// Drops a picture that follows itself (the lazy one and the one for readers without scripts).
fn unrepeat_pictures(tree: &mut Tree) {
    let mut last: Option<String> = None;
    for number in 1..tree.nodes.len() {
        let Some(node) = tree.nodes.get_mut(number) else { continue };
        if node.fate == Fate::Gone {
            continue;
        }
        match &node.kind {
            Kind::Text(text) if text.chars().any(is_seen) => last = None,
            Kind::Element("img", attributes) => {
                let src = attribute(attributes, "src").map(str::to_owned);
                if src.is_some() && src == last {
                    node.fate = Fate::Gone;
                }
                last = src;
            }
            Kind::Element("td" | "th", _) => last = None,
            _ => {}
        }
    }
}

/// The pictures that stay, in order.
fn pictures(tree: &Tree) -> Vec<Image> {
    let stays = tree.nodes.iter().filter(|node| node.fate == Fate::Stays);
    let image = |attributes: &[(String, String)]| -> Option<Image> {
        let number = |name| attribute(attributes, name).and_then(|v| v.parse().ok());
        let alt = attribute(attributes, "alt").filter(|alt| !alt.is_empty());
        Some(Image {
            url: attribute(attributes, "src")?.to_owned(),
            alt: alt.map(str::to_owned),
            width: number("width"),
            height: number("height"),
        })
    };
    stays
        .filter_map(|node| match &node.kind {
            Kind::Element("img", attributes) => image(attributes),
            _ => None,
        })
        .collect()
}
