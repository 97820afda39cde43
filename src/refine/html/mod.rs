//! Makes HTML safe for every reader and whole, once, at ingest.
//!
//! In: markup from anywhere and the address that its links are relative to.
//! Out: sanitized, well-nested HTML under its limits, the pictures in it, and what was changed.

mod mend;
mod plain;
mod policy;
mod token;
mod tree;

pub use plain::{
    cut, decode, escape_text, is_forbidden, is_invisible, looks_like_html, one_line, plain, strip,
    to_html,
};

use crate::model::Image;
use std::borrow::Cow;
use tree::{Tree, Writer};
use url::Url;

/// How much HTML may come out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes in and bytes out.
    pub bytes: usize,
    /// Elements inside each other.
    pub depth: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { bytes: 512 * 1024, depth: 256 }
    }
}

/// HTML made safe, and what was found on the way.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cleaned {
    /// Sanitized HTML; empty where nothing was left to see.
    pub html: String,
    /// The pictures in it, in order.
    pub images: Vec<Image>,
    /// Whether the limit on bytes left something out.
    pub cut: bool,
    /// Whether elements lay too deep and were unwrapped.
    pub deep: bool,
    /// Pictures that were counters and are gone.
    pub pixels: usize,
    /// Links and pictures without an address that can be used.
    pub broken: usize,
}

/// How often the sanitizer is run again on its own output before only the text is kept.
const ROUNDS: usize = 4;

/// Cleans HTML; `clean` of its own output is the same output.
pub fn clean(html: &str, base: Option<&Url>, limits: &Limits) -> Cleaned {
    clean_with(html, base, limits, &mut |text, _| text.to_owned())
}

/// Cleans HTML and passes each text in it, with the length written so far, through `text` (once).
pub fn clean_with(
    html: &str,
    base: Option<&Url>,
    limits: &Limits,
    text: &mut dyn FnMut(&str, usize) -> String,
) -> Cleaned {
    let (html, cut) = cut_bytes(html, limits.bytes);
    let mut first = pass(&policy::sanitize(&opened_noscript(html)), base, limits, text);
    first.cut |= cut;
    for _ in 0..ROUNDS {
        let again = pass(&policy::sanitize(&first.html), None, limits, &mut |t, _| t.to_owned());
        if again.html == first.html {
            return first;
        }
        first.html = again.html;
        first.images = again.images;
        first.cut |= again.cut;
    }
    let text = to_html(&strip(&first.html));
    let (html, cut) = cut_bytes(&text, limits.bytes);
    Cleaned { html: policy::sanitize(html), images: Vec::new(), cut: first.cut || cut, ..first }
}

/// HTML without `noscript` tags, their content kept: it is for readers like ours. (Whatever this makes of hostile markup is sanitized after it.)
fn opened_noscript(html: &str) -> Cow<'_, str> {
    let lower = html.to_ascii_lowercase();
    if !lower.contains("noscript") {
        return Cow::Borrowed(html);
    }
    let mut out = String::with_capacity(html.len());
    let mut done = 0;
    for (at, _) in lower.match_indices("noscript") {
        let before = html.get(done..at).unwrap_or("");
        let opened = before.strip_suffix("</").or_else(|| before.strip_suffix('<'));
        let Some(opened) = opened else { continue };
        out.push_str(opened);
        let end = lower.get(at..).and_then(|rest| rest.find('>'));
        done = end.map_or(html.len(), |end| at + end + 1);
    }
    out.push_str(html.get(done..).unwrap_or(""));
    Cow::Owned(out)
}

/// One pass over sanitized HTML.
fn pass(
    sanitized: &str,
    base: Option<&Url>,
    limits: &Limits,
    text: &mut dyn FnMut(&str, usize) -> String,
) -> Cleaned {
    let mut tree = Tree::of(sanitized, limits.depth);
    let found = mend::mend(&mut tree, base);
    let mut writer = Writer::new(&tree, limits.bytes);
    writer.write(text);
    let (html, cut) = (writer.out, writer.cut);
    Cleaned {
        html: html.trim().to_owned(),
        images: found.images,
        cut,
        deep: tree.deep,
        pixels: found.pixels,
        broken: found.broken,
    }
}

/// The first `limit` bytes of a text, cut before a tag where one is near, and whether some were cut.
fn cut_bytes(text: &str, limit: usize) -> (&str, bool) {
    if text.len() <= limit {
        return (text, false);
    }
    let mut end = limit;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let head = text.get(..end).unwrap_or("");
    let tag = head.rfind('<').filter(|at| !head.get(*at..).unwrap_or("").contains('>'));
    (head.get(..tag.unwrap_or(end)).unwrap_or(""), true)
}

#[cfg(test)]
mod tests;
