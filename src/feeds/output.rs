use crate::model::Timestamp;
use url::Url;

/// The program as feeds name it.
pub(super) const NAME: &str = "dongtin";
/// The program with its version, for formats that have one text for both.
pub(super) const GENERATOR: &str = concat!("dongtin ", env!("CARGO_PKG_VERSION"));

pub(super) const TITLE_CHARS: usize = 1_000;
/// For a summary, rights, a name.
pub(super) const TEXT_CHARS: usize = 10_000;
/// As much as an article's content, its lead and its attribution may have.
pub(super) const CONTENT_BYTES: usize = (512 + 64) * 1024;
const ADDRESS_BYTES: usize = 2_048;

/// Whether a feed may have the character; line ends are converted before this is asked.
fn is_fit(c: char) -> bool {
    c != '\r' && !crate::text::is_forbidden(c)
}

/// Markup without the characters that XML forbids, with line ends as XML reads them.
pub(super) fn markup(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\r' => {
                chars.next_if_eq(&'\n');
                out.push('\n');
            }
            c if is_fit(c) => out.push(c),
            _ => {}
        }
    }
    out
}

/// Plain text on one line of at most `chars` characters; `None` if nothing is left.
pub(super) fn line(text: &str, chars: usize) -> Option<String> {
    let mut out = String::with_capacity(text.len().min(chars.saturating_mul(4)));
    let mut left = chars;
    let spaced = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    let mut gap = false;
    for c in spaced.filter(|&c| c == ' ' || is_fit(c)) {
        if c.is_whitespace() {
            gap = !out.is_empty();
            continue;
        }
        let needed = 1 + usize::from(gap);
        if needed > left {
            break;
        }
        left -= needed;
        if std::mem::take(&mut gap) {
            out.push(' ');
        }
        out.push(c);
    }
    (!out.is_empty()).then_some(out)
}

/// An absolute http or https address in ASCII (RFC 3986), without user and password.
pub(super) fn address(text: &str) -> Option<String> {
    let mut url = Url::parse(text.trim()).ok()?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return None;
    }
    url.set_username("").ok()?;
    url.set_password(None).ok()?;
    let host_ends = url[..url::Position::AfterPort].len();
    let (origin, rest) = url.as_str().split_at_checked(host_ends)?;
    let address = format!("{origin}{}", escape_rest(rest));
    (address.len() <= ADDRESS_BYTES).then_some(address)
}

/// Escapes what RFC 3986 does not allow in path, query and fragment.
fn escape_rest(rest: &str) -> String {
    let mut out = String::with_capacity(rest.len());
    let bytes = rest.as_bytes();
    let mut fragment = false;
    for (i, &b) in bytes.iter().enumerate() {
        let escape = |out: &mut String| out.push_str(&format!("%{b:02X}"));
        match b {
            b'%' => {
                let hex = |j: usize| bytes.get(j).is_some_and(u8::is_ascii_hexdigit);
                if hex(i + 1) && hex(i + 2) { out.push('%') } else { escape(&mut out) }
            }
            b'#' if !fragment => {
                fragment = true;
                out.push('#');
            }
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => out.push(char::from(b)),
            b if b"-._~:/?@!$&'()*+,;=".contains(&b) => out.push(char::from(b)),
            _ => escape(&mut out),
        }
    }
    out
}

/// An absolute `http`, `https`, `tag` or `urn` URI, for ids and schemes.
pub(super) fn uri(text: &str) -> Option<String> {
    let text = text.trim();
    if let Some(address) = address(text) {
        return Some(address);
    }
    let (scheme, rest) = text.split_once(':')?;
    let known = matches!(scheme, "tag" | "urn");
    let fits = |b: u8| b.is_ascii_alphanumeric() || b"-._~:/?@!$&'()*+,;=%".contains(&b);
    (known && !rest.is_empty() && rest.bytes().all(fits) && text.len() <= ADDRESS_BYTES)
        .then(|| text.to_owned())
}

/// A media type in lower case without parameters; `application/octet-stream` if it is none.
pub(super) fn media_type(text: &str) -> String {
    let bare = text.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
    let token = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&b))
    };
    match bare.split_once('/') {
        Some((kind, sub)) if token(kind) && token(sub) && bare.len() <= 127 => bare,
        _ => "application/octet-stream".to_owned(),
    }
}

/// The media type of a picture, by the ending of its address.
pub(super) fn picture_type(address: &str) -> Option<&'static str> {
    crate::text::media_type(address).filter(|media_type| media_type.starts_with("image/"))
}

/// A language tag (BCP 47) whose first part is two or three letters; `vi_VN` becomes `vi-VN`.
pub(super) fn language(text: &str) -> Option<String> {
    let tag = text.trim().replace('_', "-");
    let mut parts = tag.split('-');
    let primary = parts.next().filter(|p| (2..=3).contains(&p.len()))?;
    let rest = |p: &str| (1..=8).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_alphanumeric());
    (primary.bytes().all(|b| b.is_ascii_alphabetic()) && parts.all(rest) && tag.len() <= 35)
        .then_some(tag)
}

/// An e-mail address of the plainest form.
pub(super) fn email(text: &str) -> Option<String> {
    let text = text.trim();
    let (local, domain) = text.split_once('@')?;
    let fits = |part: &str, more: &[u8]| {
        !part.is_empty()
            && !part.starts_with('.')
            && !part.ends_with('.')
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || more.contains(&b))
    };
    (fits(local, b"._%+-") && fits(domain, b".-") && domain.contains('.') && text.len() <= 254)
        .then(|| text.to_owned())
}

/// Plain text as HTML between tags.
pub(super) fn escape_text(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Plain text as HTML, fit for attributes too.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// A time as feeds say it: whole seconds, since readers drop the offset after a fraction, and never before 1970, since
/// readers show an earlier one as 2090 or as now.
pub(super) fn shown_time(time: Timestamp) -> Timestamp {
    Timestamp::from_secs(time.millis().div_euclid(1_000).max(0))
}

pub(super) fn with_newline(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.push(b'\n');
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forbidden_characters_go() {
        assert_eq!(markup("a\0\u{b}\u{fffe}\u{ffff}\u{1fffe}b\r\nc\rd"), "ab\nc\nd");
        assert_eq!(line(" a\0\n\u{a0} b\u{85}c ", 100).unwrap(), "a b c");
        assert_eq!(line("\u{1}\u{2}  ", 100), None);
        assert_eq!(line("đường phố", 5).unwrap(), "đường");
        assert_eq!(line("ab cd", 3).unwrap(), "ab");
    }

    #[test]
    fn addresses_are_whole_and_plain() {
        let given = "https://a:b@Tỉnh.vn/bài viết/[1]|2^`?q=ô \"#x#y";
        let address = address(given).unwrap();
        assert!(address.starts_with("https://xn--"), "{address}");
        assert!(address.bytes().all(|b| b.is_ascii_graphic()) && !address.contains("a:b"));
        for c in ['[', ']', '|', '^', '`', '"'] {
            assert!(!address.contains(c), "{address}");
        }
        assert_eq!(address.matches('#').count(), 1);
        for bad in ["javascript:alert(1)", "data:text/html,x", "/a", "//b/c", "mailto:a@b.c", ""] {
            assert_eq!(super::address(bad), None, "{bad}");
        }
        assert_eq!(super::address("http://[::1]:80/a%zz"), Some("http://[::1]/a%25zz".to_owned()));
    }

    #[test]
    fn small_fields_are_of_their_form() {
        assert_eq!(media_type("Image/JPEG; q=1"), "image/jpeg");
        assert_eq!(media_type("image"), "application/octet-stream");
        assert_eq!(language("vi_VN"), Some("vi-VN".to_owned()));
        assert_eq!(language("tiếng Việt"), None);
        assert_eq!(email("a.b@c.vn"), Some("a.b@c.vn".to_owned()));
        assert_eq!(email("a@b@c"), None);
        assert_eq!(uri("tag:a.vn,2026:x/1"), Some("tag:a.vn,2026:x/1".to_owned()));
        assert_eq!(uri("javascript:x"), None);
    }
}
