//! Cuts XML into tags and texts. Nothing is an error: what is malformed is read as browsers and feed readers would.

use memchr::{memchr, memmem};

/// A piece of a document, in its author's spelling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Token<'a> {
    /// A start tag: its name, what follows the name, and whether it ends in `/`.
    Start { name: &'a str, attributes: &'a str, empty: bool },
    /// An end tag's name.
    End { name: &'a str },
    /// Character data in which entities are not yet resolved.
    Text(&'a str),
    /// The inside of a CDATA section: as it is.
    Cdata(&'a str),
    /// The inside of a DOCTYPE.
    Doctype(&'a str),
}

/// A repair that the scanner made.
pub type Repair = &'static str;

/// Scans a document from left to right.
pub struct Markup<'a> {
    text: &'a str,
    at: usize,
    /// Whether the document ends inside a tag, a comment or a CDATA section.
    pub broken_off: bool,
    /// Repairs since they were last taken.
    pub repairs: Vec<Repair>,
    /// The next place of each needle that was searched, or that there is none. Without it repeated searches would be quadratic.
    known: Vec<(&'static str, Option<usize>)>,
    /// The name of the last start tag.
    last_start: &'a str,
    /// Whether a DOCTYPE was read. Only the first one is, since the scan for its end may take the whole document.
    seen_doctype: bool,
}

impl<'a> Markup<'a> {
    /// Begins at the start of a text.
    pub fn new(text: &'a str) -> Self {
        Markup {
            text,
            at: 0,
            broken_off: false,
            repairs: Vec::new(),
            known: Vec::new(),
            last_start: "",
            seen_doctype: false,
        }
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Takes `length` bytes.
    fn take(&mut self, length: usize) -> &'a str {
        let piece = self.rest().get(..length).unwrap_or_else(|| self.rest());
        self.at += piece.len();
        piece
    }

    /// How far away a needle stands.
    fn find(&mut self, needle: &'static str) -> Option<usize> {
        let at = self.at;
        if let Some((_, known)) = self.known.iter().find(|(n, _)| *n == needle)
            && known.is_none_or(|position| position >= at)
        {
            return known.map(|position| position - at);
        }
        let found = memmem::find(self.rest().as_bytes(), needle.as_bytes());
        self.known.retain(|(n, _)| *n != needle);
        self.known.push((needle, found.map(|distance| at + distance)));
        found
    }

    fn broken_off(&mut self) {
        self.broken_off = true;
        self.at = self.text.len();
    }

    /// Takes everything before a needle and skips the needle. Without a needle it stops at the first `>`, else at the end.
    fn until(&mut self, needle: &'static str, repair: Repair) -> &'a str {
        let (end, needle) = match self.find(needle) {
            Some(end) => (end, needle),
            None => {
                self.repairs.push(repair);
                match self.find(">") {
                    Some(end) => (end, ">"),
                    None => {
                        let all = self.rest();
                        self.broken_off();
                        return all;
                    }
                }
            }
        };
        let inside = self.take(end);
        self.at += needle.len();
        inside
    }

    fn declaration(&mut self) -> Option<Token<'a>> {
        let rest = self.rest();
        if rest.starts_with("<!--") {
            self.at += 4;
            self.until("-->", "unclosed-comment");
            return None;
        }
        if rest.starts_with("<![CDATA[") {
            self.at += 9;
            return Some(Token::Cdata(self.cdata()));
        }
        let doctype = rest.get(..9).is_some_and(|r| r.eq_ignore_ascii_case("<!doctype"));
        if doctype && !self.seen_doctype {
            self.seen_doctype = true;
            self.at += 9;
            return Some(Token::Doctype(self.doctype()));
        }
        if rest.starts_with("<?") {
            self.at += 2;
            self.until("?>", "unclosed-instruction");
            return None;
        }
        self.until(">", "unclosed-declaration");
        None
    }

    /// The inside of a CDATA section. A section without its end is taken to end with the element that holds it.
    fn cdata(&mut self) -> &'a str {
        let close = self.find("]]>");
        let another = self.find("<![CDATA[").unwrap_or(usize::MAX);
        if close.is_none_or(|close| another < close)
            && let Some(end) = self.end_of_element(another)
        {
            self.repairs.push("unclosed-cdata");
            return self.take(end);
        }
        let Some(close) = close else {
            self.repairs.push("unclosed-cdata");
            let all = self.rest();
            self.broken_off();
            return all;
        };
        let inside = self.take(close);
        self.at += 3;
        inside
    }

    /// The distance to the end tag of the element that was opened last, if it is below `limit`.
    fn end_of_element(&self, limit: usize) -> Option<usize> {
        let rest = self.rest();
        let until = rest.get(..limit.min(rest.len())).unwrap_or(rest);
        let tag = format!("</{}", self.last_start);
        memmem::find(until.as_bytes(), tag.as_bytes()).filter(|_| !self.last_start.is_empty())
    }

    /// Up to the `>` that ends the DOCTYPE: outside quotes, comments and the internal subset.
    fn doctype(&mut self) -> &'a str {
        let rest = self.rest();
        let (mut quote, mut subset) = (None, false);
        for (i, b) in rest.bytes().enumerate() {
            match (b, quote) {
                (_, Some(q)) if b == q => quote = None,
                (_, Some(_)) => {}
                (b'"' | b'\'', None) => quote = Some(b),
                (b'[', None) => subset = true,
                (b']', None) => subset = false,
                (b'>', None) if !subset => {
                    let inside = self.take(i);
                    self.at += 1;
                    return inside;
                }
                _ => {}
            }
        }
        self.until("]>", "unclosed-doctype")
    }

    fn end_tag(&mut self) -> Option<Token<'a>> {
        let body = self.rest().get(2..).unwrap_or_default();
        let end = body.bytes().position(|b| b == b'>' || b == b'<');
        let Some(end) = end else {
            self.repairs.push("broken-off-tag");
            self.broken_off();
            return None;
        };
        let inside = body.get(..end).unwrap_or_default();
        let closed = body.as_bytes().get(end) == Some(&b'>');
        if !closed {
            self.repairs.push("unclosed-tag");
        }
        self.at += 2 + end + usize::from(closed);
        let name = inside.trim();
        let name = name.split(|c: char| c.is_ascii_whitespace()).next().unwrap_or_default();
        (!name.is_empty()).then_some(Token::End { name })
    }

    /// A start tag, or nothing if this `<` begins none.
    fn start_tag(&mut self) -> Option<Token<'a>> {
        let body = self.rest().get(1..).unwrap_or_default();
        if !body.chars().next().is_some_and(begins_name) {
            return None;
        }
        let name_end = body.bytes().position(ends_name).unwrap_or(body.len());
        let (name, tail) = body.split_at_checked(name_end)?;
        let (length, end) = tag_end(tail);
        let inside = tail.get(..length).unwrap_or_default();
        match end {
            TagEnd::Closed => self.at += 1 + name_end + length + 1,
            TagEnd::NextTag
                if inside.trim().is_empty() || inside.contains('=') || is_structure(name) =>
            {
                self.repairs.push("unclosed-tag");
                self.at += 1 + name_end + length;
            }
            TagEnd::NextTag => return None,
            TagEnd::EndOfText => {
                self.repairs.push("broken-off-tag");
                self.broken_off();
                return Some(Token::Text(""));
            }
        }
        self.last_start = name;
        let empty = inside.ends_with('/');
        let attributes = inside.strip_suffix('/').unwrap_or(inside);
        Some(Token::Start { name, attributes, empty })
    }
}

impl<'a> Iterator for Markup<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        loop {
            let mut bytes = self.rest().bytes();
            let special = match (bytes.next()?, bytes.next()) {
                (b'<', Some(b'!' | b'?')) => self.declaration(),
                (b'<', Some(b'/')) => self.end_tag(),
                (b'<', _) => match self.start_tag() {
                    Some(tag) => Some(tag),
                    None => {
                        self.repairs.push("bare-less-than");
                        let end = self.rest().get(1..).and_then(next_tag);
                        let length = end.map_or(self.rest().len(), |e| e + 1);
                        Some(Token::Text(self.take(length)))
                    }
                },
                _ => {
                    let end = next_tag(self.rest()).unwrap_or(self.rest().len());
                    Some(Token::Text(self.take(end)))
                }
            };
            if special.is_some() {
                return special;
            }
        }
    }
}

fn next_tag(text: &str) -> Option<usize> {
    memchr(b'<', text.as_bytes())
}

fn begins_name(c: char) -> bool {
    c.is_alphabetic() || c == '_' || c == ':'
}

fn ends_name(b: u8) -> bool {
    !(b.is_ascii_alphanumeric() || b >= 0x80 || matches!(b, b'_' | b':' | b'-' | b'.'))
}

/// Names that begin no text: a tag of theirs counts even if it is not closed.
fn is_structure(name: &str) -> bool {
    matches!(name, "item" | "entry" | "channel" | "rss" | "feed" | "rdf:RDF")
}

enum TagEnd {
    Closed,
    NextTag,
    EndOfText,
}

/// How long the inside of a tag is after its name, and what ends it.
fn tag_end(tail: &str) -> (usize, TagEnd) {
    let mut at = 0;
    while let Some(&b) = tail.as_bytes().get(at) {
        match b {
            b'>' => return (at, TagEnd::Closed),
            b'<' => return (at, TagEnd::NextTag),
            b'"' | b'\'' if follows_equals(tail, at) => match quoted(tail, at, b) {
                Some(length) => at += length,
                None => return (tail.len(), TagEnd::EndOfText),
            },
            _ => at += 1,
        }
    }
    (tail.len(), TagEnd::EndOfText)
}

fn follows_equals(tail: &str, at: usize) -> bool {
    tail.get(..at).is_some_and(|before| before.trim_ascii_end().ends_with('='))
}

/// The length of the quoted value at `at`, or of its quote alone where the closing one is missing.
fn quoted(tail: &str, at: usize, quote: u8) -> Option<usize> {
    let inside = tail.get(at + 1..)?;
    let Some(end) = inside.find(char::from(quote)) else {
        return inside.contains('>').then_some(1);
    };
    let value = inside.get(..end)?;
    let next = inside.as_bytes().get(end + 1);
    let plausible = next.is_none_or(|b| b.is_ascii_whitespace() || matches!(b, b'>' | b'/' | b'?'));
    let opens = value.trim_ascii_end().ends_with('=');
    let swallowed_a_tag = (!plausible || opens) && value.contains('>') && value.contains('<');
    Some(if swallowed_a_tag { 1 } else { end + 2 })
}

/// The attributes of a tag: name and value as written, without quotes.
pub fn attributes(text: &str) -> Attributes<'_> {
    Attributes { rest: text }
}

/// Goes through the attributes of a tag.
pub struct Attributes<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Attributes<'a> {
    type Item = (&'a str, &'a str);

    fn next(&mut self) -> Option<(&'a str, &'a str)> {
        let text = self.rest.trim_start_matches(|c: char| {
            c.is_ascii_whitespace() || matches!(c, '/' | '"' | '\'' | '=' | '?')
        });
        if text.is_empty() {
            self.rest = "";
            return None;
        }
        let name_end = text.bytes().position(ends_name).unwrap_or(text.len()).max(1);
        let (name, after) = text.split_at_checked(name_end)?;
        let Some(value) = after.trim_start().strip_prefix('=') else {
            self.rest = after;
            return Some((name, ""));
        };
        let (value, rest) = value_of(value.trim_start());
        self.rest = rest;
        Some((name, value))
    }
}

/// The value that a text begins with, and the rest.
fn value_of(text: &str) -> (&str, &str) {
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\''));
    if let Some((value, rest)) = quote.and_then(|q| text.get(1..)?.split_once(q)) {
        return (value, rest);
    }
    let text = if quote.is_some() { text.get(1..).unwrap_or_default() } else { text };
    let end = text.bytes().position(|b| b.is_ascii_whitespace()).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scan(text: &str) -> Vec<Token<'_>> {
        Markup::new(text).collect()
    }

    fn start<'a>(name: &'a str, attributes: &'a str, empty: bool) -> Token<'a> {
        Token::Start { name, attributes, empty }
    }

    #[test]
    fn plain_markup() {
        let tokens = scan("<?xml?><!-- a > b --><a b='>'>x<![CDATA[<y>]]></a ><br/>");
        let expected = [
            start("a", " b='>'", false),
            Token::Text("x"),
            Token::Cdata("<y>"),
            Token::End { name: "a" },
            start("br", "", true),
        ];
        assert_eq!(tokens, expected);
    }

    #[test]
    fn less_than_signs_that_begin_nothing_are_text() {
        let tokens = scan("a < b <3 <i am</t>");
        let texts =
            [Token::Text("a "), Token::Text("< b "), Token::Text("<3 "), Token::Text("<i am")];
        assert_eq!(tokens.get(..4), Some(&texts[..]));
        assert_eq!(tokens.get(4), Some(&Token::End { name: "t" }));
    }

    #[test]
    fn missing_ends() {
        assert_eq!(scan("<item <title>"), [start("item", " ", false), start("title", "", false)]);
        assert_eq!(
            scan("<a href=\"x>t</a><b c=\"y\">").first(),
            Some(&start("a", " href=\"x", false))
        );
        let mut broken = Markup::new("<a>b</a><c d='e");
        assert_eq!(broken.by_ref().count(), 4);
        assert!(broken.broken_off);
    }

    #[test]
    fn attributes_of_every_kind() {
        let found: Vec<_> = attributes(" a=\"1\" b = '2' c=3 d  e=\"\"x=y \" f='z").collect();
        let expected =
            [("a", "1"), ("b", "2"), ("c", "3"), ("d", ""), ("e", ""), ("x", "y"), ("f", "z")];
        assert_eq!(found, expected);
    }

    #[test]
    fn unclosed_cdata_ends_with_its_element() {
        let tokens = scan("<d><![CDATA[x</d><d><![CDATA[y]]></d>");
        assert_eq!(tokens.get(1..3), Some(&[Token::Cdata("x"), Token::End { name: "d" }][..]));
        assert_eq!(tokens.get(4), Some(&Token::Cdata("y")));
        assert_eq!(scan("<d><![CDATA[x</d>").get(1), Some(&Token::Cdata("x")));
    }

    #[test]
    fn hostile_lengths_stay_linear() {
        assert_eq!(scan(&"< ".repeat(200_000)).len(), 200_000);
        let many = " a=1".repeat(80_000);
        assert_eq!(attributes(&many).count(), 80_000);
        assert_eq!(scan(&"<a b=\"x ".repeat(50_000)).len(), 25_000);
        assert!(scan(&"<!--".repeat(200_000)).len() < 2);
        assert!(scan(&"<a ".repeat(200_000)).len() >= 199_000);
    }
}
