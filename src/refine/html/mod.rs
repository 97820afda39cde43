//! Makes HTML safe for every reader and whole, once, at ingest.
//!
//! In: markup from anywhere and the address that its links are relative to.
//! Out: sanitized, well-nested HTML under its limits, the pictures in it, and what was changed.

/// What HTML may stay: the attributes of each tag, and the sanitizer that holds to them.
mod policy;
/// A bound on what parsing costs, known before it is parsed.
mod blowup;
/// HTML made harmless to parse where parsing is not bounded.
mod balance;
/// HTML that is written up to a limit on its bytes and is well nested wherever the limit cuts it.
mod output;
/// Films, sounds, frames and documents that stand in a text: none may stay, each becomes a link that says what it is.
mod embed;
/// Sanitized HTML as a tree of nodes in document order, and back to text under a limit.
mod tree;
/// What is changed in a sanitized tree: links made whole, pictures found, counters and empty paragraphs gone.
mod rewrite;
/// The address of a picture: where it waits until it is looked at, and which of several sizes.
mod picture;
/// Repairs the texts of a tree block by block, so that words see their neighbors across `<b>` and `<a>`.
mod repairs;
/// HTML that the sanitizer would give back unchanged.
mod strict;

pub use blowup::blowup_bounded;
pub use embed::Embed;

use super::legacy::Repaired;
use crate::model::{Flag, Image, Repair};
use crate::text::{html_to_text, text_to_html};
use balance::Balanced;
use output::Output;
use repairs::Log;
use tree::Tree;
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
    /// What was embedded and is a link now.
    pub embeds: Vec<Embed>,
    /// What was repaired in its texts; offsets are bytes of `html`.
    pub repairs: Vec<Repair>,
    /// What looked wrong in its texts and was left alone.
    pub flags: Vec<Flag>,
}

/// Where a text stands.
#[derive(Clone, Copy, Debug, Default)]
pub struct Place<'a> {
    /// What relative addresses in it are relative to.
    pub base: Option<&'a Url>,
    /// The page of the article whose text it is.
    pub page: Option<&'a Url>,
}

/// The most times that the sanitizer is run on its own output before only the text is kept.
const ROUNDS: usize = 4;

/// Repairs the texts of one block, each seeing its neighbors; one result per text.
pub type RepairTexts<'a> = dyn FnMut(&[&str]) -> Vec<Repaired> + 'a;

/// Cleans HTML. Cleaning the result again returns the same result.
pub fn clean(html: &str, place: Place<'_>, limits: &Limits) -> Cleaned {
    clean_with(html, place, limits, None)
}

/// Cleans HTML and repairs the texts in it, block by block.
pub fn clean_with(
    html: &str,
    place: Place<'_>,
    limits: &Limits,
    repair: Option<&mut RepairTexts<'_>>,
) -> Cleaned {
    let Balanced { html: sanitized, cut, deep, embeds } = sanitized(html, place.base, limits);
    let mut cleaned = pass(&sanitized, place, limits, repair);
    cleaned.embeds = embeds;
    cleaned.cut |= cut;
    cleaned.deep |= deep;
    for _ in 0..ROUNDS {
        // A name stays only while a link leads to it, and an empty link goes.
        let is_named = cleaned.html.contains(" id=\"");
        if !cleaned.cut && !is_named && strict::is_stable(&cleaned.html) {
            return cleaned;
        }
        let sanitized = policy::sanitize(&cleaned.html);
        let again = pass(&sanitized, Place::default(), limits, None);
        if again.html == cleaned.html {
            return cleaned;
        }
        (cleaned.html, cleaned.images) = (again.html, again.images);
        cleaned.cut |= again.cut;
    }
    only_text(cleaned, limits)
}

/// Sanitizes HTML; HTML that could blow up in the parser, or that embeds something, is balanced first.
fn sanitized(html: &str, base: Option<&Url>, limits: &Limits) -> Balanced {
    if html.len() <= limits.bytes && blowup_bounded(html) {
        let html = policy::sanitize(html);
        return Balanced { html, cut: false, deep: false, embeds: Vec::new() };
    }
    let balanced = balance::balance(html, base, limits.bytes, limits.depth);
    Balanced { html: policy::sanitize(&balanced.html), ..balanced }
}

/// Keeps only the text of HTML that the sanitizer never returns unchanged.
fn only_text(cleaned: Cleaned, limits: &Limits) -> Cleaned {
    let text = text_to_html(&html_to_text(&cleaned.html));
    let balanced = balance::balance(&text, None, limits.bytes, limits.depth);
    let cut = cleaned.cut || balanced.cut;
    Cleaned { html: balanced.html, images: Vec::new(), cut, ..cleaned }
}

/// One pass over sanitized HTML.
fn pass(
    sanitized: &str,
    place: Place<'_>,
    limits: &Limits,
    repair: Option<&mut RepairTexts<'_>>,
) -> Cleaned {
    let mut tree = Tree::of(sanitized, limits.depth);
    let found = rewrite::rewrite(&mut tree, place);
    let log = repair.map_or_else(Log::default, |repair| repairs::repair(&mut tree, repair));
    let mut places = Vec::new();
    let output = tree::write(&tree, limits.bytes, &mut |number, at| places.push((number, at)));
    let Output { html, cut, .. } = output;
    let trimmed = html.len() - html.trim_start().len();
    Cleaned {
        html: html.trim().to_owned(),
        images: found.images,
        cut,
        deep: tree.deep,
        pixels: found.pixels,
        broken: found.broken,
        embeds: Vec::new(),
        repairs: repairs::place_repairs(log.repairs, &tree, &places, trimmed),
        flags: log.flags,
    }
}

#[cfg(test)]
mod tests;
