use super::elements::element;

/// One piece of a document, borrowed from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Token<'a> {
    /// Text with its entities still escaped.
    Text(&'a str),
    /// A start tag: its name as written and the text of its attributes.
    Start(&'a str, &'a str),
    /// An end tag: its name as written.
    End(&'a str),
    /// The content of an element whose content is not markup (`script`, `style`, `title` and so on).
    Raw(&'a str),
    /// `svg` or `math`, and the markup in it; its end tag may follow.
    Foreign(&'static str, &'a str),
    /// A comment, a doctype, an instruction.
    Aside(&'a str),
}

/// The tokens of a document, in order.
pub struct Tokens<'a> {
    rest: &'a str,
    raw: Option<&'static str>,
    /// How much was left where the next end tag of an element stands, or that there is none. Without it repeated searches
    /// would be quadratic.
    ends: Vec<(&'a str, Option<usize>)>,
}

impl<'a> Tokens<'a> {
    /// The tokens of `html`.
    pub fn of(html: &'a str) -> Self {
        Self { rest: html, raw: None, ends: Vec::new() }
    }

    /// Takes the first `len` bytes off what is left.
    fn take(&mut self, len: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at_checked(len).unwrap_or((self.rest, ""));
        self.rest = rest;
        taken
    }

    /// Takes up to and with the first `end`, or everything.
    fn take_through(&mut self, end: &str) -> &'a str {
        let len = self.rest.find(end).map_or(self.rest.len(), |at| at + end.len());
        self.take(len)
    }

    /// Whether an end tag of an element is still to come.
    pub fn has_end(&mut self, name: &'a str) -> bool {
        self.end_of(name).is_some()
    }

    /// The bytes up to the next end tag of an element.
    fn end_of(&mut self, name: &'a str) -> Option<usize> {
        let left = self.rest.len();
        let known = self.ends.iter().find(|(known, _)| *known == name).map(|(_, end)| *end);
        if let Some(end) = known.filter(|end| end.is_none_or(|end| end <= left)) {
            return end.map(|end| left - end);
        }
        let bytes = self.rest.as_bytes();
        let ends = |at: usize| {
            let after = bytes.get(at + 2..at + 2 + name.len());
            let stop = bytes.get(at + 2 + name.len());
            after.is_some_and(|n| n.eq_ignore_ascii_case(name.as_bytes()))
                && stop.is_none_or(|b| b.is_ascii_whitespace() || *b == b'/' || *b == b'>')
        };
        let found = self.rest.match_indices("</").map(|(at, _)| at).find(|&at| ends(at));
        self.ends.retain(|(known, _)| *known != name);
        self.ends.push((name, found.map(|at| left - at)));
        found
    }

    /// Takes a start or end tag that begins here.
    fn take_tag(&mut self, is_end: bool) -> Option<Token<'a>> {
        let skip = if is_end { 2 } else { 1 };
        let body = self.rest.get(skip..)?;
        let named = body.find(|c: char| c.is_ascii_whitespace() || c == '/' || c == '>');
        let name = body.get(..named.unwrap_or(body.len()))?;
        let after = body.get(name.len()..)?;
        let Some(length) = tag_length(after) else {
            self.rest = "";
            return None;
        };
        let attributes = after.get(..length)?;
        self.take(skip + name.len() + length + 1);
        if is_end {
            return Some(Token::End(name));
        }
        let local = name.rsplit(':').next().and_then(element);
        if let Some(foreign) = local.filter(|e| e.is_foreign() && !closes_itself(attributes))
            && let Some(end) = self.end_of(name)
        {
            return Some(Token::Foreign(foreign.name, self.take(end)));
        }
        let raw = element(name).filter(|element| element.is_raw());
        self.raw = raw
            .filter(|raw| !closes_itself(attributes) || self.holds_no_markup(raw.name))
            .map(|raw| raw.name);
        Some(Token::Start(name, attributes))
    }

    /// Whether no tag stands before the next end tag of an element: then it was not closed where it begins, whatever it says.
    fn holds_no_markup(&mut self, name: &'static str) -> bool {
        let Some(content) = self.end_of(name).and_then(|end| self.rest.get(..end)) else {
            return false;
        };
        !holds_tag(content)
    }
}

/// Whether a tag begins in a text.
pub fn holds_tag(text: &str) -> bool {
    let begins = |at: usize| text.as_bytes().get(at + 1).is_some_and(u8::is_ascii_alphabetic);
    text.match_indices('<').any(|(at, _)| begins(at))
}

/// Whether a start tag ends in a slash that is not part of an attribute's value, as XHTML closes what is empty.
pub fn closes_itself(attributes: &str) -> bool {
    let Some(before) = attributes.trim_end().strip_suffix('/') else { return false };
    let last = before.rsplit(|c: char| c.is_ascii_whitespace()).next().unwrap_or("");
    !last.contains('=') || last.ends_with(['"', '\''])
}

/// The bytes up to the `>` that ends a tag; a quote hides it only after `=` (HTML §13.2.5.33).
fn tag_length(text: &str) -> Option<usize> {
    let mut quote = None;
    let mut after_equals = false;
    for (at, byte) in text.bytes().enumerate() {
        match (quote, byte) {
            (Some(open), b) if b == open => quote = None,
            (Some(_), _) => {}
            (None, b'"' | b'\'') if after_equals => (quote, after_equals) = (Some(byte), false),
            (None, b'>') => return Some(at),
            (None, b'=') => after_equals = true,
            (None, b) if b.is_ascii_whitespace() => {}
            (None, _) => after_equals = false,
        }
    }
    None
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        if let Some(name) = self.raw.take() {
            let end = self.end_of(name).unwrap_or(self.rest.len());
            let content = self.take(end);
            if !content.is_empty() {
                return Some(Token::Raw(content));
            }
        }
        let bytes = self.rest.as_bytes();
        let second = bytes.get(1).copied().unwrap_or(0);
        let third = bytes.get(2).copied().unwrap_or(0);
        match *bytes.first()? {
            b'<' if second.is_ascii_alphabetic() => self.take_tag(false),
            b'<' if second == b'/' && third.is_ascii_alphabetic() => self.take_tag(true),
            b'<' if self.rest.starts_with("<!--") => Some(Token::Aside(self.take_through("-->"))),
            b'<' if matches!(second, b'!' | b'?') || (second == b'/' && third != 0) => {
                Some(Token::Aside(self.take_through(">")))
            }
            first => {
                let from = usize::from(first == b'<');
                let more = self.rest.get(from..).and_then(|rest| rest.find('<'));
                Some(Token::Text(self.take(more.map_or(bytes.len(), |at| from + at))))
            }
        }
    }
}

/// The attributes of a start tag, in order: name as written, value with its entities still escaped.
pub fn attributes(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut rest = text;
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
        let stop = |c: char| c.is_ascii_whitespace() || matches!(c, '/' | '=');
        let first = rest.chars().next()?.len_utf8();
        let name_end = rest.get(first..)?.find(stop).map_or(rest.len(), |at| at + first);
        let (name, after) = rest.split_at_checked(name_end)?;
        let Some(value) = after.trim_start().strip_prefix('=') else {
            rest = after;
            return Some((name, ""));
        };
        let value = value.trim_start_matches(|c: char| c.is_ascii_whitespace());
        let (value, left) = match value.chars().next() {
            Some(quote @ ('"' | '\'')) => {
                let inner = value.get(1..)?;
                inner.split_once(quote).unwrap_or((inner, ""))
            }
            _ => {
                let end = value.find(|c: char| c.is_ascii_whitespace()).unwrap_or(value.len());
                value.split_at_checked(end)?
            }
        };
        rest = left;
        Some((name, value))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(html: &str) -> Vec<Token<'_>> {
        Tokens::of(html).collect()
    }

    #[test]
    fn tags_text_and_asides() {
        assert_eq!(
            tokens("a <b x='>'>c</B > 1 < 2<!-- <i> --><?x?>"),
            [
                Token::Text("a "),
                Token::Start("b", " x='>'"),
                Token::Text("c"),
                Token::End("B"),
                Token::Text(" 1 "),
                Token::Text("< 2"),
                Token::Aside("<!-- <i> -->"),
                Token::Aside("<?x?>"),
            ]
        );
    }

    #[test]
    fn a_script_is_raw_up_to_its_own_end() {
        assert_eq!(
            tokens("<SCRIPT>a</b></scripty></Script>x"),
            [
                Token::Start("SCRIPT", ""),
                Token::Raw("a</b></scripty>"),
                Token::End("Script"),
                Token::Text("x")
            ]
        );
        assert_eq!(tokens("x<a href='"), [Token::Text("x")]);
        assert_eq!(tokens("x</"), [Token::Text("x"), Token::Text("</")]);
    }

    #[test]
    fn what_closes_itself_swallows_nothing() {
        for tag in
            ["<script src=\"a.js\"/>", "<iframe src='x' />", "<style/>", "<TEXTAREA rows=2 />"]
        {
            let all = tokens(&format!("{tag}<p>x")).len();
            assert_eq!(all, 3, "{tag}");
        }
        let two = "<iframe src=\"a\"/><p>x</p><iframe></iframe>y";
        assert_eq!(tokens(two).get(1..3), Some(&[Token::Start("p", ""), Token::Text("x")][..]));
        assert_eq!(
            tokens("<script src=a/>b<p></script>").get(1),
            Some(&Token::Raw("b<p>")),
            "a value"
        );
        assert_eq!(
            tokens("<script src='a'/>f(1 < 2)</script>c").get(1),
            Some(&Token::Raw("f(1 < 2)"))
        );
    }

    #[test]
    fn foreign_elements_are_one_piece() {
        let expected =
            [Token::Foreign("math", "<m:mn>1</m:mn>"), Token::End("m:math"), Token::Text("x")];
        assert_eq!(tokens("<m:math><m:mn>1</m:mn></m:math>x"), expected);
        assert_eq!(
            tokens("<svg>a<b>"),
            [Token::Start("svg", ""), Token::Text("a"), Token::Start("b", "")]
        );
        assert_eq!(tokens("<svg/>a").len(), 2);
    }

    #[test]
    fn attributes_in_every_quoting() {
        let all: Vec<_> = attributes(" a=1 b='2 3' C = \"4\" d/e =5>").collect();
        assert_eq!(all, [("a", "1"), ("b", "2 3"), ("C", "4"), ("d", ""), ("e", "5>")]);
        assert_eq!(attributes(" =x a='").collect::<Vec<_>>(), [("=x", ""), ("a", "")]);
    }

    #[test]
    fn many_lone_brackets_are_linear() {
        assert_eq!(tokens(&"< ".repeat(100_000)).len(), 100_000);
        assert_eq!(tokens(&"<script>".repeat(100_000)).len(), 2);
        for unclosed in ["<svg>", "<script/>", "<math><script/>", "</script><iframe/>"] {
            assert!(tokens(&unclosed.repeat(50_000)).len() >= 50_000, "{unclosed}");
        }
    }
}
