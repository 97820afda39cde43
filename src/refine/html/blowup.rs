//! Bounds what html5ever may make of a document, before it is parsed.
//!
//! Its adoption agency and its reopening of formatting elements copy every formatting element that was
//! not closed into every block that follows, attributes and all: 78 KB can become 391 MB.

use crate::text::html_token::{Token, Tokens, attributes};
use crate::text::{Element, element};

/// Bytes that copying may cost besides a few times the document's own size.
const ALLOWANCE: usize = 256 * 1024;
/// Elements inside each other; every tag may look through all of them.
const DEPTH: usize = 128;

/// The elements that the parser would have open.
#[derive(Default)]
struct Bound<'a> {
    open: Vec<(&'a str, usize)>,
    /// Bytes of formatting elements that are open or were never properly closed.
    formatting: usize,
    cost: usize,
}

/// Whether parsing and cleaning this HTML costs no more than a few times its size, whoever wrote it.
pub fn blowup_bounded(html: &str) -> bool {
    let allowed = html.len().saturating_mul(8).saturating_add(ALLOWANCE);
    let mut bound = Bound::default();
    for token in Tokens::of(html) {
        let known = match token {
            Token::Text(_) => true,
            Token::Aside(aside) => is_plain_comment(aside),
            Token::Raw(_) | Token::Foreign(..) => false,
            Token::Start(name, attrs) => bound.start(name, attrs),
            Token::End(name) => bound.end(name),
        };
        bound.cost = bound.cost.saturating_add(bound.formatting).saturating_add(bound.open.len());
        if !known || bound.cost > allowed || bound.open.len() > DEPTH {
            return false;
        }
    }
    true
}

/// Whether a comment ends for every parser where it ends for us.
fn is_plain_comment(aside: &str) -> bool {
    let inner = aside.strip_prefix("<!--").and_then(|rest| rest.strip_suffix("-->"));
    inner.is_some_and(|inner| !inner.starts_with(['>', '-']) && !inner.contains("--!"))
}

/// Whether a start tag ends an open element of its own kind.
fn ends_itself(name: &str) -> bool {
    ["p", "li", "dt", "dd", "tr", "td", "th"].iter().any(|t| t.eq_ignore_ascii_case(name))
}

impl<'a> Bound<'a> {
    /// Follows a start tag; `false` where the parser goes by rules unknown here.
    fn start(&mut self, name: &'a str, attrs: &str) -> bool {
        let element = element(name);
        let is = |fact: fn(&Element) -> bool| element.is_some_and(fact);
        if is(Element::has_own_rules) || is(Element::is_void) {
            return !is(Element::has_own_rules);
        }
        if ends_itself(name)
            && self.open.last().is_some_and(|(top, _)| top.eq_ignore_ascii_case(name))
        {
            self.open.pop();
        }
        let mut bytes = 0;
        if is(Element::is_formatting) {
            let many = attributes(attrs).take(65).count() > 64;
            let again = self.open.iter().any(|(open, _)| open.eq_ignore_ascii_case(name));
            if many {
                return false;
            }
            if again {
                self.cost = self.cost.saturating_add(self.formatting.saturating_mul(8));
            }
            bytes = name.len() + attrs.len() + 64;
            self.formatting += bytes;
        }
        self.open.push((name, bytes));
        true
    }

    /// Follows an end tag; what it closes out of order stays on the account.
    fn end(&mut self, name: &str) -> bool {
        match self.open.iter().rposition(|(open, _)| open.eq_ignore_ascii_case(name)) {
            Some(at) if at + 1 == self.open.len() => {
                self.formatting -= self.open.pop().map_or(0, |(_, bytes)| bytes);
            }
            Some(at) => {
                self.cost = self.cost.saturating_add(self.formatting.saturating_mul(8));
                self.open.truncate(at);
            }
            None => self.cost = self.cost.saturating_add(64),
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn articles_are_bounded_and_bombs_are_not() {
        let article = "<p>Một <b>hai</b> <a href='http://a.vn/x'>ba</a><p>bốn<br></p>".repeat(200);
        assert!(blowup_bounded(&article));
        assert!(blowup_bounded(
            "<table><tr><td>1<td><b>2</b></table><!-- x --><ul><li>a<li>b</ul>"
        ));
        let bomb = format!("<p><a href={}>{}", "A".repeat(40_000), "<p>a".repeat(10_000));
        assert!(!blowup_bounded(&bomb));
        let small: String = (0..2_000).map(|n| format!("<b x={n}><p>a")).collect();
        assert!(!blowup_bounded(&small));
        let misnested: String =
            (0..2_000).map(|n| format!("<i y={n}><b x={n}><div></i>")).collect();
        assert!(!blowup_bounded(&misnested));
        assert!(!blowup_bounded(&"<div>".repeat(1_000)));
        assert!(!blowup_bounded("<svg><style><a></style></svg>"));
        assert!(!blowup_bounded("<!--><script>--><p>"));
    }
}
