use crate::text::{host_and_port_key, is_forbidden, is_invisible};
use url::Url;

/// The longest address that is kept, in bytes.
pub const LIMIT: usize = 2048;

/// The whole http or https address that a text means, resolved against `base`; `None` where it means none.
pub fn resolve(text: &str, base: Option<&Url>) -> Option<Url> {
    let repaired = repair(text)?;
    let mut url = match Url::parse(&repaired) {
        Ok(url) => url,
        Err(url::ParseError::RelativeUrlWithoutBase) => base?.join(&repaired).ok()?,
        Err(_) => return None,
    };
    let is_web = matches!(url.scheme(), "http" | "https") && url.host_str().is_some();
    if !is_web {
        return None;
    }
    _ = url.set_username("");
    _ = url.set_password(None);
    let host = url.host_str().unwrap_or("");
    let named = !host.is_empty() && !host.starts_with('.');
    (named && url.as_str().len() <= LIMIT).then_some(url)
}

/// The target of a link in a text: [`resolve`], or a mail address or telephone number.
pub fn resolve_target(text: &str, base: Option<&Url>) -> Option<String> {
    let trimmed = text.trim();
    let other = Url::parse(trimmed).ok().filter(|u| matches!(u.scheme(), "mailto" | "tel"));
    match other {
        Some(url) => Some(url.to_string()).filter(|u| u.len() <= LIMIT && !u.contains("//")),
        None => resolve(text, base).map(String::from),
    }
}

/// The address to resolve relative links against: the first that is a web address, each resolved against the ones after it.
pub fn find_base(candidates: &[Option<&str>]) -> Option<Url> {
    let mut base: Option<Url> = None;
    for candidate in candidates.iter().rev().flatten() {
        if let Some(url) = resolve(candidate, base.as_ref()) {
            base = Some(url);
        }
    }
    base
}

/// Repairs a broken address: removes hidden characters, repeated schemes and wrong slashes.
fn repair(text: &str) -> Option<String> {
    let shown =
        |c: &char| !is_forbidden(*c) && !is_invisible(*c) && !matches!(c, '\t' | '\r' | '\n');
    let text: String = text.chars().filter(shown).collect();
    let text = text.trim();
    if text.is_empty() || text.len() > 4 * LIMIT {
        return None;
    }
    if text.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("www.")) {
        return Some(format!("http://{text}"));
    }
    let (scheme, mut rest) = match web_scheme(text) {
        Some(found) => found,
        None => return Some(text.to_owned()),
    };
    let mut scheme = scheme;
    while let Some((inner, after)) = web_scheme(rest) {
        (scheme, rest) = (inner, after);
    }
    Some(format!("{scheme}://{rest}"))
}

/// The scheme and the rest of `http:…`, `https:/…`, `http:///…`, `http//…`; `None` for any other text.
fn web_scheme(text: &str) -> Option<(&'static str, &str)> {
    let slashes = |c: char| matches!(c, '/' | '\\');
    for scheme in ["https", "http"] {
        let Some(start) = text.get(..scheme.len()) else { continue };
        let after = text.get(scheme.len()..).unwrap_or("");
        if !start.eq_ignore_ascii_case(scheme) {
            continue;
        }
        if let Some(rest) = after.strip_prefix(':') {
            return Some((scheme, rest.trim_start_matches(|c| slashes(c) || c == ' ')));
        }
        if let Some(rest) = after.strip_prefix("//") {
            return Some((scheme, rest.trim_start_matches(slashes)));
        }
    }
    None
}

/// An address as an id: without scheme and `www.`, otherwise unchanged.
pub fn address_id(url: &Url) -> String {
    host_and_port_key(url) + &url[url::Position::BeforePath..]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(text: &str) -> Option<String> {
        let base = Url::parse("https://www.hoabinh.gov.vn/rss/tin.xml").unwrap();
        resolve(text, Some(&base)).map(String::from)
    }

    #[test]
    fn addresses_are_made_whole() {
        let cases = [
            ("/123", "https://www.hoabinh.gov.vn/123"),
            ("a b.html", "https://www.hoabinh.gov.vn/rss/a%20b.html"),
            ("http:moc.gov.vn/tl/tin", "http://moc.gov.vn/tl/tin"),
            ("http:///moc.gov.vn/x", "http://moc.gov.vn/x"),
            ("http:/moc.gov.vn/x", "http://moc.gov.vn/x"),
            ("https://http://moc.gov.vn/x", "http://moc.gov.vn/x"),
            ("www.moc.gov.vn/x", "http://www.moc.gov.vn/x"),
            (" \n//cdn.vn/a.jpg ", "https://cdn.vn/a.jpg"),
            ("http://b.com\\@127.0.0.1/", "http://b.com/@127.0.0.1/"),
            ("http://u:p@b.com/", "http://b.com/"),
            ("http://b\u{202e}.com/\u{200b}x", "http://b.com/x"),
            ("http://tỉnh.vn/", "http://xn--tnh-4f3b.vn/"),
        ];
        for (text, expected) in cases {
            if text.contains("tỉnh") {
                assert!(made(text).unwrap().is_ascii());
                continue;
            }
            assert_eq!(made(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn only_the_web_is_an_address() {
        let long = format!("http://a.vn/{}", "a".repeat(2048));
        for text in [
            "",
            " ",
            "javascript:alert(1)",
            "java\nscript:alert(1)",
            " \u{1}javascript:x",
            "vbscript:x",
            "data:text/html,x",
            "mailto:a@b.vn",
            "ftp://a.vn/",
            "file:///etc/passwd",
            "http://",
            "http://[::1",
            "JAVASCRIPT&#58;x:/",
            &long,
        ] {
            let base = made(text).filter(|url| !url.starts_with("https://www.hoabinh.gov.vn/"));
            assert_eq!(base, None, "{text}");
        }
        assert_eq!(resolve("/a", None), None);
        assert_eq!(resolve_target("mailto:a@b.vn", None).as_deref(), Some("mailto:a@b.vn"));
        assert_eq!(resolve_target("javascript:a@b.vn", None), None);
    }

    #[test]
    fn a_base_is_made_of_what_there_is() {
        let base = |all: &[Option<&str>]| find_base(all).map(String::from);
        let feed = Some("https://a.vn/rss/x.xml");
        assert_eq!(base(&[Some("../b/"), feed]).as_deref(), Some("https://a.vn/b/"));
        assert_eq!(base(&[Some("javascript:x"), None, feed]).as_deref(), feed);
        assert_eq!(base(&[None, Some("/b")]), None);
    }
}
