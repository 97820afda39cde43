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
    /// A comment, a doctype, an instruction.
    Aside(&'a str),
}

/// Elements whose content is text up to their own end tag (HTML §13.2.5, RCDATA and RAWTEXT).
const RAW: [&str; 8] =
    ["script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes"];

/// The tokens of a document, in order.
pub struct Tokens<'a> {
    rest: &'a str,
    raw: Option<&'a str>,
}

impl<'a> Tokens<'a> {
    pub fn of(html: &'a str) -> Self {
        Self { rest: html, raw: None }
    }

    /// Takes the next `len` bytes.
    fn take(&mut self, len: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at_checked(len).unwrap_or((self.rest, ""));
        self.rest = rest;
        taken
    }

    /// Takes everything through the first `end`, or the rest.
    fn take_through(&mut self, end: &str) -> &'a str {
        let len = self.rest.find(end).map_or(self.rest.len(), |at| at + end.len());
        self.take(len)
    }

    /// Takes the content of a raw element, up to its end tag.
    fn take_raw(&mut self, name: &str) -> &'a str {
        let bytes = self.rest.as_bytes();
        let ends = |at: usize| {
            let after = bytes.get(at + 2..at + 2 + name.len());
            let stop = bytes.get(at + 2 + name.len());
            after.is_some_and(|n| n.eq_ignore_ascii_case(name.as_bytes()))
                && stop.is_none_or(|b| b.is_ascii_whitespace() || *b == b'/' || *b == b'>')
        };
        let found = self.rest.match_indices("</").map(|(at, _)| at).find(|&at| ends(at));
        self.take(found.unwrap_or(bytes.len()))
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
        self.raw = RAW.iter().find(|raw| raw.eq_ignore_ascii_case(name)).copied();
        Some(Token::Start(name, attributes))
    }
}

/// The length of a tag up to its `>`; a quote hides `>` only after `=` (HTML §13.2.5.33).
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
            let content = self.take_raw(name);
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
    fn attributes_in_every_quoting() {
        let all: Vec<_> = attributes(" a=1 b='2 3' C = \"4\" d/e =5>").collect();
        assert_eq!(all, [("a", "1"), ("b", "2 3"), ("C", "4"), ("d", ""), ("e", "5>")]);
        assert_eq!(attributes(" =x a='").collect::<Vec<_>>(), [("=x", ""), ("a", "")]);
    }

    #[test]
    fn many_lone_brackets_are_linear() {
        assert_eq!(tokens(&"< ".repeat(100_000)).len(), 100_000);
        assert_eq!(tokens(&"<script>".repeat(100_000)).len(), 2);
    }
}
