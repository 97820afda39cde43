use super::escape_attribute;
use super::html_token::{Token, Tokens, attributes};
use std::borrow::Cow;

/// What an address is to a reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The original's page.
    Page,
    /// A picture or another file that belongs to the text.
    File,
    /// A link in the text.
    Link,
}

/// HTML that we cleaned ourselves, with other addresses: `map` gives the new one, or `None` where it stays. Nothing
/// else changes.
pub fn map_addresses<'h>(
    html: &'h str,
    map: &mut dyn FnMut(Place, &str) -> Option<String>,
) -> Cow<'h, str> {
    let mut out = String::new();
    // What is written of `html` already.
    let mut written = 0;
    for token in Tokens::of(html) {
        let Token::Start(_, text) = token else { continue };
        for (attribute, value) in attributes(text) {
            let place = match attribute {
                "src" => Place::File,
                "href" => Place::Link,
                _ => continue,
            };
            let new = map(place, &super::decode(value));
            let Some((new, at)) = new.zip(place_in(html, value)) else { continue };
            out.push_str(html.get(written..at).unwrap_or_default());
            escape_attribute(&new, &mut out);
            written = at + value.len();
        }
    }
    if written == 0 {
        return Cow::Borrowed(html);
    }
    out.push_str(html.get(written..).unwrap_or_default());
    Cow::Owned(out)
}

/// Where a part of a text begins in it.
fn place_in(whole: &str, part: &str) -> Option<usize> {
    let at = part.as_ptr().addr().checked_sub(whole.as_ptr().addr())?;
    (whole.get(at..at + part.len())? == part).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_change_and_only_those_that_are_mapped() {
        let html = "<p>Xem src=\"https://a.vn/1.jpg\" &amp; <a href=\"https://a.vn/x?a=1&amp;b=2\" rel=\"x\">đây</a><br>\
            <img src=\"https://a.vn/1.jpg\" alt=\"a &lt; b\"><img src=\"https://b.vn/2.jpg\"></p>";
        let mut seen = Vec::new();
        let same = map_addresses(html, &mut |place, address| {
            seen.push((place, address.to_owned()));
            None
        });
        assert!(matches!(same, Cow::Borrowed(_)));
        assert_eq!(seen[0], (Place::Link, "https://a.vn/x?a=1&b=2".to_owned()));
        assert_eq!(seen.iter().filter(|(place, _)| *place == Place::File).count(), 2);
        let moved = map_addresses(html, &mut |_, address| {
            address.strip_prefix("https://a.vn/").map(|rest| format!("https://c.vn/\"{rest}&"))
        });
        let expected = "<p>Xem src=\"https://a.vn/1.jpg\" &amp; <a href=\"https://c.vn/&quot;x?a=1&amp;b=2&amp;\" rel=\"x\">đây</a><br>\
            <img src=\"https://c.vn/&quot;1.jpg&amp;\" alt=\"a &lt; b\"><img src=\"https://b.vn/2.jpg\"></p>";
        assert_eq!(moved, expected);
    }
}
