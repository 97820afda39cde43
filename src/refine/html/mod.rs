//! Makes HTML safe for every reader and whole, once, at ingest.
//!
//! In: markup from anywhere and the address that its links are relative to.
//! Out: sanitized, well-nested HTML under its limits, the pictures in it, and what was changed.

mod bounded;
mod mend;
mod plain;
mod policy;
mod strict;
mod tidy;
mod token;
mod tree;

pub use bounded::blowup_bounded;
pub use plain::{
    cut, decode, escape_text, is_forbidden, is_invisible, looks_like_html, one_line, plain, strip,
    to_html,
};
pub use strict::already_clean;

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
    let (sanitized, cut, deep) = sanitized(html, limits);
    let mut cleaned = pass(&sanitized, base, limits, text);
    cleaned.cut |= cut;
    cleaned.deep |= deep;
    for _ in 0..ROUNDS {
        if !cleaned.cut && strict::is_stable(&cleaned.html, &mut |_, _| true) {
            return cleaned;
        }
        let sanitized = policy::sanitize(&cleaned.html);
        let again = pass(&sanitized, None, limits, &mut |text, _| text.to_owned());
        if again.html == cleaned.html {
            return cleaned;
        }
        (cleaned.html, cleaned.images) = (again.html, again.images);
        cleaned.cut |= again.cut;
    }
    only_text(cleaned, limits)
}

/// Sanitized HTML, made harmless to parse first where that is needed, and whether that cut or flattened it.
fn sanitized<'a>(html: &'a str, limits: &Limits) -> (Cow<'a, str>, bool, bool) {
    let fits = html.len() <= limits.bytes;
    if fits && already_clean(html) {
        return (Cow::Borrowed(html), false, false);
    }
    let scripted = || html.as_bytes().windows(9).any(|w| w.eq_ignore_ascii_case(b"<noscript"));
    if fits && blowup_bounded(html) && !scripted() {
        return (Cow::Owned(policy::sanitize(html)), false, false);
    }
    let tidied = tidy::tidy(html, limits.bytes, limits.depth);
    (Cow::Owned(policy::sanitize(&tidied.html)), tidied.cut, tidied.deep)
}

/// What is kept of HTML that the sanitizer never gives back unchanged: its text.
fn only_text(cleaned: Cleaned, limits: &Limits) -> Cleaned {
    let text = to_html(&strip(&cleaned.html));
    let tidied = tidy::tidy(&text, limits.bytes, limits.depth);
    let cut = cleaned.cut || tidied.cut;
    Cleaned { html: tidied.html, images: Vec::new(), cut, ..cleaned }
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

#[cfg(test)]
mod tests;
