use super::tree::{Kind, Tree, attribute, declared};
use crate::refine::link;
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

/// Words in the names of attributes where the address of a picture waits, best first.
const WAITING: [&str; 8] = ["original", "src", "lazy", "echo", "real", "url", "image", ""];
/// Endings of pictures' files.
const ENDINGS: [&str; 8] = [".jpg", ".jpeg", ".png", ".gif", ".webp", ".avif", ".jfif", ".bmp"];

/// The address of a picture: where a script would have put it, else `src`, else the largest of a set.
pub fn picture_address(
    attributes: &[(String, String)],
    sources: &[String],
    base: Option<&Url>,
) -> Option<String> {
    let whole = |value: &str| link::resolve(value, base).map(String::from);
    let src = attribute(attributes, "src").and_then(whole);
    let real = src.clone().filter(|src| !is_placeholder(src));
    let sets =
        attributes.iter().filter(|(name, _)| name.ends_with("srcset")).map(|(_, set)| set.as_str());
    let mut sets = sets.chain(sources.iter().map(String::as_str));
    let set = || sets.find_map(|set| best_of(set).and_then(whole));
    let (named, other) = WAITING.split_at(WAITING.len() - 1);
    let named = waiting(attributes, named).find_map(whole);
    named.or(real).or_else(|| waiting(attributes, other).find_map(whole)).or_else(set).or(src)
}

/// What attributes say where a picture may wait, in the order of the words in their names.
fn waiting<'a>(
    attributes: &'a [(String, String)],
    words: &'a [&str],
) -> impl Iterator<Item = &'a str> {
    words.iter().flat_map(move |word| {
        let all = attributes.iter().filter(move |(name, value)| waits(word, name, value));
        all.map(|(_, value)| value.as_str())
    })
}

/// Whether an attribute is of the kind that a word in its name says, and holds a picture's address.
fn waits(word: &str, name: &str, value: &str) -> bool {
    let known = ["src", "alt", "title", "width", "height", "style", "id"];
    let is_other = known.contains(&name) || name.ends_with("srcset") || name.ends_with("sizes");
    !is_other && name.contains(word) && is_address(word, value)
}

/// Whether a value may be a picture's address: with the name of a picture's file, or in an attribute that says so.
fn is_address(word: &str, value: &str) -> bool {
    let path = value.split(['?', '#']).next().unwrap_or(value).trim().to_ascii_lowercase();
    let is_file = ENDINGS.iter().any(|ending| path.ends_with(ending));
    let may_be =
        ["original", "src", "url", "image", "lazy"].contains(&word) && value.contains(['/', '.']);
    (is_file || may_be) && !value.trim().contains(char::is_whitespace)
}

/// The `srcset`s of the `source`s beside an `img` in a `picture`.
pub fn sources(tree: &Tree, number: usize) -> Vec<String> {
    let parent = tree.nodes.get(number).map_or(0, |n| n.parent);
    if tree.tag(number) != Some("img") || tree.tag(parent) != Some("picture") {
        return Vec::new();
    }
    let beside = tree.nodes.get(parent).map_or(&[][..], |p| &p.children);
    let sets = beside.iter().filter(|n| tree.tag(**n) == Some("source"));
    sets.filter_map(|n| match &tree.nodes.get(*n)?.kind {
        Kind::Element(_, a) => {
            a.iter().find(|(name, _)| name.ends_with("srcset")).map(|(_, set)| set.clone())
        }
        Kind::Text(_) => None,
    })
    .collect()
}

/// Whether a picture's file name says that it only holds a place.
fn is_placeholder(src: &str) -> bool {
    let file = src.rsplit('/').next().unwrap_or("").to_ascii_lowercase();
    PLACEHOLDERS.iter().any(|name| file.contains(name))
}

/// The address of the largest picture in a `srcset` (HTML §4.8.4.2.1): an address may hold commas, what follows it not.
fn best_of(set: &str) -> Option<&str> {
    let mut best: Option<(f64, &str)> = None;
    let mut rest = set;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == ',');
        let (address, after) =
            rest.split_at(rest.find(|c: char| c.is_ascii_whitespace()).unwrap_or(rest.len()));
        if address.is_empty() {
            return best.map(|(_, address)| address);
        }
        let bare = address.trim_end_matches(',');
        let (descriptor, after) = match bare.len() < address.len() {
            true => ("1x", after),
            false => after.split_once(',').unwrap_or((after, "")),
        };
        let size = descriptor.trim().trim_end_matches(['w', 'x', 'h']).parse().unwrap_or(1.0);
        if best.is_none_or(|(largest, _)| size > largest) {
            best = Some((size, bare));
        }
        rest = after;
    }
}

/// Whether a picture only counts readers: one pixel, hidden, or a known counter.
pub fn is_counter(attributes: &[(String, String)]) -> bool {
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

/// A length in whole pixels: `100`, `100px`, `100.5`; nothing for percentages and other units.
pub fn pixels(value: &str) -> Option<u32> {
    let digits = value.trim().trim_end_matches("px").trim_end();
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let whole = part.bytes().all(|b| b.is_ascii_digit()).then_some(whole)?;
    whole.parse().ok().filter(|n| *n <= 20_000)
}
