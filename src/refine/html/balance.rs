//! Markup made harmless to parse: well nested, shallow, short, before the sanitizer sees it.
//!
//! For documents whose parsing is not bounded. Lines never hold blocks, so no parser copies a formatting
//! element into what follows; safety is still the sanitizer's, which gets all of this.

use super::embed::Embed;
use super::output::Output;
use super::policy::{is_inline, is_void, passes};
use crate::text::html_token::{Token, Tokens, attributes, closes_itself, holds_tag};
use crate::text::{decode, element, foreign_text};
use std::borrow::Cow;
use url::Url;

/// How far back an end tag looks for its start.
const REACH: usize = 256;
/// The longest attribute value that may hold a picture itself (`data:`).
const DATA: usize = 200;
/// Things embedded in one text that are told.
const EMBEDS: usize = 64;

/// The balanced document as far as it is written.
struct Balancer<'a> {
    output: Output,
    depth: usize,
    base: Option<&'a Url>,
    /// Open elements, and whether each was written: those that lay too deep are left out.
    open: Vec<(&'static str, bool)>,
    deep: bool,
    player: Option<Player>,
    embeds: Vec<Embed>,
}

/// A player that is open.
struct Player {
    tag: &'static str,
    embed: Embed,
    /// Whether it has an end tag: then the text in it is for those who have no player.
    has_end: bool,
}

/// Balanced HTML, and what was left out of it.
pub struct Balanced {
    /// Well nested, not sanitized.
    pub html: String,
    /// Whether the limit on bytes, or an element without its end, left something out.
    pub cut: bool,
    /// Whether elements lay too deep and were left out.
    pub deep: bool,
    /// What was embedded and is a link now, in order.
    pub embeds: Vec<Embed>,
}

/// Balances HTML in at most `limit` bytes and `depth` levels; `base` is what addresses of embeds are relative to.
pub fn balance(html: &str, base: Option<&Url>, limit: usize, depth: usize) -> Balanced {
    let output = Output::new(limit, html.len());
    let (open, embeds) = (Vec::new(), Vec::new());
    let mut balancer = Balancer { output, depth, base, open, deep: false, player: None, embeds };
    let mut swallowed = false;
    let mut tokens = Tokens::of(html);
    while let Some(token) = tokens.next() {
        swallowed = matches!(token, Token::Raw(content) if holds_tag(content));
        match token {
            Token::Start(name, attrs) => balancer.start(name, attrs, &mut tokens),
            Token::End(name) => balancer.end(name),
            Token::Text(text) if balancer.leaves_player(text) => {
                balancer.output.text(&decode(text))
            }
            _ if balancer.player.is_some() => {}
            Token::Text(_) => {}
            Token::Foreign(name, markup) => balancer.output.text(&foreign_text(name, markup)),
            Token::Raw(_) | Token::Aside(_) => {}
        }
        if balancer.output.cut {
            break;
        }
    }
    balancer.end_player();
    balancer.close_to(0);
    let Balancer { output, deep, embeds, .. } = balancer;
    Balanced { html: output.html, cut: output.cut || swallowed, deep, embeds }
}

impl Balancer<'_> {
    /// Opens an element, after closing what it may not stand in.
    fn start<'t>(&mut self, name: &'t str, attrs: &str, tokens: &mut Tokens<'t>) {
        let Some(element) = element(name) else { return };
        if let Some(player) = self.player.as_mut().filter(|_| element.name == "source") {
            return player.embed.or_source(Embed::of("source", attrs, self.base));
        }
        if matches!(element.name, "video" | "audio") {
            self.end_player();
            let has_end = !closes_itself(attrs) && tokens.has_end(name);
            let embed = Embed::of(element.name, attrs, self.base);
            self.player = Some(Player { tag: element.name, embed, has_end });
            return;
        }
        if element.name == "track" || !self.leaves_player(name) {
            return;
        }
        if element.is_embed() {
            return self.write_embed(Embed::of(element.name, attrs, self.base));
        }
        let Some(tag) = element.written else { return };
        if is_inline(tag) {
            if tag == "a" {
                self.close_through("a");
            }
        } else {
            self.close_lines(tag);
        }
        if !is_void(tag) && self.open.len() >= self.depth {
            self.deep = true;
            self.open.push((tag, false));
            return;
        }
        if self.output.start(tag, kept_attributes(tag, attrs)) && !is_void(tag) {
            self.open.push((tag, true));
        }
    }

    /// Whether text or a tag stands outside of players; it ends one that has no end tag.
    fn leaves_player(&mut self, text: &str) -> bool {
        let Some(player) = &self.player else { return true };
        if !player.has_end && !text.trim().is_empty() {
            self.end_player();
        }
        self.player.is_none()
    }

    fn end_player(&mut self) {
        if let Some(player) = self.player.take() {
            self.write_embed(player.embed);
        }
    }

    /// Writes a link to something embedded, once: in the line that is open, else in one of its own.
    fn write_embed(&mut self, embed: Embed) {
        let is_known =
            self.embeds.iter().any(|known| known.url == embed.url && !embed.url.is_empty());
        if is_known || self.embeds.len() >= EMBEDS {
            return;
        }
        self.close_through("a");
        let in_line = self.open.last().is_some_and(|(top, _)| is_inline(top) || is_line_block(top));
        if in_line {
            self.output.text(" ");
        }
        if in_line || self.output.start("p", std::iter::empty::<(&str, &str)>()) {
            self.write_link(&embed);
            self.output.text(if in_line { " " } else { "" });
            if !in_line {
                self.output.end("p");
            }
        }
        self.embeds.push(embed);
    }

    fn write_link(&mut self, embed: &Embed) {
        let is_linked =
            !embed.url.is_empty() && self.output.start("a", [("href", &embed.url)].into_iter());
        if let Some(poster) = &embed.poster {
            let alt = embed.title.clone().unwrap_or_default();
            self.output.start("img", [("src", poster), ("alt", &alt)].into_iter());
            self.output.start("br", std::iter::empty::<(&str, &str)>());
        }
        if is_linked {
            self.output.text(&embed.name());
            self.output.end("a");
        }
    }

    /// Closes an element that is open, and all in it; ignores the end tag of one that is not.
    fn end(&mut self, name: &str) {
        match &self.player {
            Some(player) if player.tag.eq_ignore_ascii_case(name) => return self.end_player(),
            Some(player) if player.has_end => return,
            _ => self.end_player(),
        }
        let written = element(name).and_then(|element| element.written);
        if let Some(at) = written.and_then(|tag| self.place_of(tag)) {
            self.close_to(at);
        }
    }

    /// The place of the innermost open element of a name, as far back as is looked.
    fn place_of(&self, name: &str) -> Option<usize> {
        let from = self.open.len().saturating_sub(REACH);
        let near = self.open.get(from..).unwrap_or(&[]);
        near.iter().rposition(|(tag, _)| *tag == name).map(|at| from + at)
    }

    /// Closes the innermost element of a name if only inline elements are open in it.
    fn close_through(&mut self, name: &str) {
        if let Some(at) = self.place_of(name)
            && self.open.get(at..).unwrap_or(&[]).iter().all(|(tag, _)| is_inline(tag))
        {
            self.close_to(at);
        }
    }

    /// Closes the lines that are open before a block, and an item or cell before the next one.
    fn close_lines(&mut self, tag: &str) {
        while let Some((top, _)) = self.open.last() {
            let same = *top == tag && matches!(tag, "li" | "dt" | "dd" | "td" | "th" | "tr");
            if !is_inline(top) && !is_line_block(top) && !same {
                return;
            }
            self.close_to(self.open.len() - 1);
        }
    }

    /// Closes all elements from a place on.
    fn close_to(&mut self, at: usize) {
        while self.open.len() > at {
            let Some((tag, written)) = self.open.pop() else { return };
            if written {
                self.output.end(tag);
            }
        }
    }
}

/// The attributes of a start tag that the sanitizer lets through.
fn kept_attributes<'a>(
    tag: &'static str,
    attrs: &'a str,
) -> impl Iterator<Item = (Cow<'a, str>, Cow<'a, str>)> {
    let lower = |name: &'a str| match name.bytes().any(|b| b.is_ascii_uppercase()) {
        true => Cow::Owned(name.to_ascii_lowercase()),
        false => Cow::Borrowed(name),
    };
    let named = attributes(attrs).take(64).map(move |(name, value)| (lower(name), value));
    let passing = named.filter(move |(name, value)| {
        let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
        plain && passes(tag, name) && (value.len() <= DATA || !is_data(value))
    });
    passing.map(|(name, value)| (name, decode(value)))
}

/// Whether only lines stand in a block.
fn is_line_block(tag: &str) -> bool {
    matches!(tag, "p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "summary")
}

/// Whether an address holds the thing itself.
fn is_data(value: &str) -> bool {
    value.trim_start().get(..5).is_some_and(|start| start.eq_ignore_ascii_case("data:"))
}

#[cfg(test)]
mod tests {
    use super::super::blowup::blowup_bounded;
    use super::*;
    use proptest::prelude::*;

    fn balanced(html: &str) -> String {
        balance(html, None, 1 << 20, 100).html
    }

    #[test]
    fn ordinary_faults_are_repaired() {
        assert_eq!(balanced("<p>a<p>b <b>c<p>d"), "<p>a</p><p>b <b>c</b></p><p>d</p>");
        assert_eq!(balanced("<ul><li>a<li>b</ul>c</b>"), "<ul><li>a</li><li>b</li></ul>c");
        assert_eq!(balanced("<a href=x>y<a href=z>w"), "<a href=\"x\">y</a><a href=\"z\">w</a>");
        assert_eq!(
            balanced("<script>x</script>a<noscript><img src=b></noscript>"),
            "a<img src=\"b\">"
        );
        assert_eq!(balanced("<font>x</font>&amp;lt; & <"), "x&amp;lt; &amp; &lt;");
        let data = format!("<img alt=x src='data:image/png;base64,{}'>", "A".repeat(1000));
        assert_eq!(balanced(&data), "<img alt=\"x\">");
    }

    #[test]
    fn the_limits_hold() {
        let Balanced { html, cut, .. } = balance(&"<div>".repeat(5_000), None, 1 << 20, 10);
        assert!(!cut && html == "<div>".repeat(10) + &"</div>".repeat(10));
        let Balanced { html, cut, .. } = balance(&"<p>một".repeat(100), None, 60, 10);
        assert!(cut && html.len() <= 60 && html.ends_with("</p>"), "{html}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]
        #[test]
        fn tidied_html_is_bounded(parts in proptest::collection::vec(0usize..24, 0..200)) {
            const PARTS: [&str; 24] = [
                "<p>", "</p>", "<b x=1>", "</b>", "<a href=x>", "</a>", "<i>", "</i>", "<table>", "<tr>", "<td>",
                "</td>", "</table>", "<ul>", "<li>", "</ul>", "<div>", "</div>", "<br>", "a", " & ", "<svg>",
                "<h2>", "</h2>",
            ];
            let html: String = parts.iter().map(|p| PARTS[*p]).collect();
            prop_assert!(blowup_bounded(&balanced(&html)), "{}", balanced(&html));
        }
    }
}
