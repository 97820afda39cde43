//! Plain text from HTML, HTML from plain text, and telling which of the two a text is.

use super::elements::{Element, element};
use super::entities::decode;
use super::escape::escape_text;
use super::foreign::foreign_text;
use super::html_token::{Token, Tokens};

/// Whether a text of unknown kind is HTML: a tag in it does what tags do, or it has character references and no tag.
///
/// A tag that is only spoken of (`how to use <b> and <table>`) has no attributes and no end, or is called a tag.
pub fn looks_like_html(text: &str) -> bool {
    let mut before = "";
    let mut spoken: Vec<&Element> = Vec::new();
    let mut has_references = false;
    for token in Tokens::of(text) {
        match token {
            Token::Start(name, attributes) => match element(name) {
                Some(element) if is_called_tag(before) => spoken.push(element),
                Some(element) if element.is_void() || element.may_stay_open() => return true,
                Some(_) if !attributes.trim_matches('/').trim().is_empty() => return true,
                Some(element) => spoken.push(element),
                None => {}
            },
            Token::End(name) => match element(name).filter(|_| !is_called_tag(before)) {
                Some(element) if element.is_block() || spoken.contains(&element) => return true,
                Some(element) => spoken.push(element),
                None => {}
            },
            Token::Text(piece) => has_references |= decode(piece) != piece,
            Token::Aside(piece) if piece.starts_with("<!--") || piece.starts_with("<![CDATA[") => {
                return true;
            }
            Token::Foreign(..) => return true,
            Token::Aside(_) | Token::Raw(_) => {}
        }
        before = if let Token::Text(piece) = token { piece } else { "" };
    }
    has_references && spoken.is_empty()
}

/// Whether what follows a text is called a tag in it.
fn is_called_tag(before: &str) -> bool {
    let word = before
        .trim_end_matches(['"', '\'', '“', '‘', '`', '('])
        .trim_end()
        .rsplit(char::is_whitespace)
        .next();
    let word = word.unwrap_or("").to_lowercase();
    ["thẻ", "tag", "tags", "element"].contains(&word.as_str())
}

/// The text of HTML: entities decoded once, `script` and `style` left out, a line break for each block.
pub fn html_to_text(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut raw_is_text = false;
    for token in Tokens::of(html) {
        match token {
            Token::Text(piece) => out.push_str(&decode(piece)),
            Token::Raw(piece) if raw_is_text => out.push_str(&decode(piece)),
            Token::Start(name, _) | Token::End(name) => {
                let element = element(name);
                raw_is_text = element.is_some_and(|e| matches!(e.name, "title" | "textarea"));
                if element.is_some_and(Element::is_block) {
                    out.push('\n');
                }
            }
            Token::Aside(piece) => out.push_str(cdata(piece)),
            Token::Foreign(name, markup) => out.push_str(&foreign_text(name, markup)),
            Token::Raw(_) => {}
        }
    }
    out
}

/// The text of a CDATA section that was left in HTML; nothing for comments.
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
        assert_eq!(html_to_text("<script src=\"x\"/>an<style/> toàn"), "an toàn");
    }

    #[test]
    fn blocks_part_words_and_formulas_keep_their_form() {
        let apart = "<th>một</th><form>hai</form><legend>ba</legend><main>bốn</main>";
        assert_eq!(html_to_text(apart).split_whitespace().count(), 4);
        assert_eq!(html_to_text("x<msup>1"), "x1");
        assert_eq!(html_to_text("<math><msup><mi>x</mi><mn>2</mn></msup></math>"), "x²");
    }

    #[test]
    fn a_tag_that_is_spoken_of_makes_no_html() {
        for text in [
            "Dùng <b> và <table> trong bản tin",
            "Thẻ <br> để làm gì?",
            "Lỗi thẻ <script> ở trang chủ",
            "Mở <div> mà quên đóng",
            "a <quyền> b",
            "1 < 2",
        ] {
            assert!(!looks_like_html(text), "{text}");
        }
        for html in [
            "a <b>đậm</b> c", "một<br>hai", "<p>một", "<a href=x>y", "AT&amp;T", "<img src=x>",
            "hết</p>", "<!-- x -->a",
        ] {
            assert!(looks_like_html(html), "{html}");
        }
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
