//! Markup made harmless to parse: well nested, shallow, short, before the sanitizer sees it.
//!
//! For documents whose parsing is not bounded. Lines never hold blocks, so no parser copies a formatting
//! element into what follows; safety is still the sanitizer's, which gets all of this.

use super::output::Output;
use super::policy::{TAGS, attributes_before, is_inline, is_void};
use crate::text::decode;
use crate::text::html_token::{Token, Tokens, attributes};
use std::borrow::Cow;

/// How far back an end tag looks for its start.
const REACH: usize = 256;
/// The longest attribute value that may hold a picture itself (`data:`).
const DATA: usize = 200;

/// The balanced document as far as it is written.
struct Balancer {
    output: Output,
    depth: usize,
    /// Open elements, and whether each was written: those that lay too deep are left out.
    open: Vec<(&'static str, bool)>,
    deep: bool,
}

/// Balanced HTML, and what was left out of it.
pub struct Balanced {
    /// Well nested, not sanitized.
    pub html: String,
    /// Whether the limit on bytes left something out.
    pub cut: bool,
    /// Whether elements lay too deep and were left out.
    pub deep: bool,
}

/// Balances HTML in at most `limit` bytes and `depth` levels.
pub fn balance(html: &str, limit: usize, depth: usize) -> Balanced {
    let output = Output::new(limit, html.len());
    let mut balancer = Balancer { output, depth, open: Vec::new(), deep: false };
    for token in Tokens::of(html) {
        match token {
            Token::Text(text) => balancer.output.text(&decode(text)),
            Token::Start(name, attrs) => balancer.start(name, attrs),
            Token::End(name) => balancer.end(name),
            Token::Raw(_) | Token::Aside(_) => {}
        }
        if balancer.output.cut {
            break;
        }
    }
    balancer.close_to(0);
    Balanced { html: balancer.output.html, cut: balancer.output.cut, deep: balancer.deep }
}

impl Balancer {
    /// Opens an element, after closing what it may not stand in.
    fn start(&mut self, name: &str, attrs: &str) {
        let Some(tag) = TAGS.iter().find(|tag| tag.eq_ignore_ascii_case(name)).copied() else {
            return;
        };
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

    /// Closes an element that is open, and all in it; ignores the end tag of one that is not.
    fn end(&mut self, name: &str) {
        if let Some(at) = self.place_of(name) {
            self.close_to(at);
        }
    }

    /// The place of the innermost open element of a name, as far back as is looked.
    fn place_of(&self, name: &str) -> Option<usize> {
        let from = self.open.len().saturating_sub(REACH);
        let near = self.open.get(from..).unwrap_or(&[]);
        near.iter().rposition(|(tag, _)| tag.eq_ignore_ascii_case(name)).map(|at| from + at)
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
) -> impl Iterator<Item = (&'static str, Cow<'a, str>)> {
    attributes(attrs).take(64).filter_map(move |(name, value)| {
        let known = attributes_before(tag).find(|a| a.eq_ignore_ascii_case(name))?;
        (value.len() <= DATA || !is_data(value)).then(|| (known, decode(value)))
    })
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
        balance(html, 1 << 20, 100).html
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
        let Balanced { html, cut, .. } = balance(&"<div>".repeat(5_000), 1 << 20, 10);
        assert!(!cut && html == "<div>".repeat(10) + &"</div>".repeat(10));
        let Balanced { html, cut, .. } = balance(&"<p>một".repeat(100), 60, 10);
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
