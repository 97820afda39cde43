//! Plain text from HTML, HTML from plain text, and telling which of the two a text is.

use super::entities::decode;
use super::escape::escape_text;
use super::html_token::{Token, Tokens};

/// Elements that start a new line when HTML becomes text.
const LINES: [&str; 30] = [
    "address", "article", "aside", "blockquote", "br", "center", "dd", "div", "dl", "dt",
    "figcaption", "figure", "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li",
    "ol", "p", "pre", "section", "table", "td", "tr", "ul",
];

/// Elements that make a text HTML when a document does not say what it is.
const KNOWN: [&str; 64] = [
    "a", "abbr", "address", "article", "aside", "audio", "b", "big", "blockquote", "body", "br",
    "center", "cite", "code", "dd", "del", "div", "dl", "dt", "em", "embed", "figcaption",
    "figure", "font", "form", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "iframe", "img",
    "input", "ins", "label", "li", "link", "meta", "object", "ol", "p", "picture", "pre", "s",
    "script", "section", "small", "source", "span", "strike", "strong", "style", "sub", "sup",
    "svg", "table", "td", "tr", "tt", "u", "ul",
];

/// Whether a text of unknown kind is HTML: it has a known tag, or a character reference.
pub fn looks_like_html(text: &str) -> bool {
    let known = |name: &str| KNOWN.iter().any(|k| k.eq_ignore_ascii_case(name));
    Tokens::of(text).any(|token| match token {
        Token::Start(name, _) | Token::End(name) => known(name),
        Token::Text(piece) => decode(piece) != piece,
        Token::Aside(piece) => piece.starts_with("<!--") || piece.starts_with("<![CDATA["),
        Token::Raw(_) => true,
    })
}

/// The text of HTML: entities decoded once, without `script` and `style`, a line break for each block.
pub fn html_to_text(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut raw_is_text = false;
    for token in Tokens::of(html) {
        match token {
            Token::Text(piece) => out.push_str(&decode(piece)),
            Token::Raw(piece) if raw_is_text => out.push_str(&decode(piece)),
            Token::Start(name, _) | Token::End(name) => {
                raw_is_text = ["title", "textarea"].iter().any(|n| n.eq_ignore_ascii_case(name));
                if LINES.iter().any(|n| n.eq_ignore_ascii_case(name)) {
                    out.push('\n');
                }
            }
            Token::Aside(piece) => out.push_str(cdata(piece)),
            Token::Raw(_) => {}
        }
    }
    out
}

/// The text of a CDATA section that was left in HTML; empty for comments.
fn cdata(aside: &str) -> &str {
    let inner = aside.strip_prefix("<![CDATA[");
    inner.map_or("", |text| text.trim_end_matches('>').trim_end_matches("]]"))
}

/// HTML of plain text: paragraphs at blank lines, `<br>` at single line breaks.
pub fn text_to_html(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut out = String::with_capacity(text.len() + 64);
    let mut lines: Vec<&str> = Vec::new();
    for line in text.split('\n').map(str::trim).chain([""]) {
        if !line.is_empty() {
            lines.push(line);
            continue;
        }
        if lines.is_empty() {
            continue;
        }
        out.push_str("<p>");
        for (at, line) in lines.drain(..).enumerate() {
            out.push_str(if at == 0 { "" } else { "<br>" });
            escape_text(line, &mut out);
        }
        out.push_str("</p>");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_are_no_text() {
        assert_eq!(html_to_text("an<script>alert('x')</script> toàn"), "an toàn");
        assert_eq!(html_to_text("an<style>x{}</style> toàn<!-- x -->"), "an toàn");
        assert_eq!(html_to_text("\"><img src=x onerror=alert(1)>"), "\">");
    }

    #[test]
    fn text_becomes_paragraphs() {
        assert_eq!(
            text_to_html("một\r\n\r\n\r\nhai & <ba>\nbốn\n"),
            "<p>một</p><p>hai &amp; &lt;ba&gt;<br>bốn</p>"
        );
        assert_eq!(text_to_html(" \n "), "");
    }
}
