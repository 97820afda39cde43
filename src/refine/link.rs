//! Addresses made whole and safe, and the one form in which two addresses are compared.

use super::html::{is_forbidden, is_invisible};
use url::Url;

/// The longest address that is kept, in bytes.
pub const LIMIT: usize = 2048;

/// Query parameters that say where a reader came from and nothing of what is read.
const TRACKING: [&str; 26] = [
    "fbclid",
    "gclid",
    "gclsrc",
    "dclid",
    "msclkid",
    "yclid",
    "twclid",
    "igshid",
    "mc_cid",
    "mc_eid",
    "_ga",
    "_gl",
    "zarsrc",
    "zclid",
    "vn_source",
    "vn_medium",
    "vn_campaign",
    "vn_term",
    "vn_zone",
    "ref_src",
    "ref_url",
    "spm",
    "wt_mc",
    "cmpid",
    "ocid",
    "smid",
];

/// Query parameters that alone say which article it is, in lower case.
const IDS: [&str; 16] = [
    "nid",
    "newsid",
    "news_id",
    "itemid",
    "item_id",
    "articleid",
    "article_id",
    "contentid",
    "idnews",
    "idtin",
    "id_tin",
    "matin",
    "tinid",
    "newid",
    "idbaiviet",
    "postid",
];

/// The whole http or https address that a text means, resolved against `base`; `None` where it means none.
pub fn whole(text: &str, base: Option<&Url>) -> Option<Url> {
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

/// The target of a link in a text: [`whole`], or a mail address or telephone number.
pub fn target(text: &str, base: Option<&Url>) -> Option<String> {
    let trimmed = text.trim();
    let other = Url::parse(trimmed).ok().filter(|u| matches!(u.scheme(), "mailto" | "tel"));
    match other {
        Some(url) => Some(url.to_string()).filter(|u| u.len() <= LIMIT && !u.contains("//")),
        None => whole(text, base).map(String::from),
    }
}

/// The address to resolve relative links against: the first that is a web address, each resolved against the ones after it.
pub fn base_of(candidates: &[Option<&str>]) -> Option<Url> {
    let mut base: Option<Url> = None;
    for candidate in candidates.iter().rev().flatten() {
        if let Some(url) = whole(candidate, base.as_ref()) {
            base = Some(url);
        }
    }
    base
}

/// What somebody meant with a broken address: no hidden characters, one scheme, two slashes.
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

/// An address that serves as an id: no scheme, no `www.`, everything else as it was.
pub fn as_id(url: &Url) -> String {
    let host = url.host_str().unwrap_or("").trim_end_matches('.');
    let host = host.strip_prefix("www.").unwrap_or(host);
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    let rest = &url[url::Position::BeforePath..];
    format!("{host}{port}{rest}")
}

/// The form in which addresses are compared: no scheme, no `www.`, no tracking, the article's number where it has one.
pub fn canonical(url: &Url) -> String {
    let host = url.host_str().unwrap_or("").trim_end_matches('.');
    let host = host.strip_prefix("www.").unwrap_or(host);
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    let path = url.path();
    if let Some((name, id)) = id_parameter(url) {
        return format!("{host}{port}{path}?{name}={id}");
    }
    if let Some((folder, number)) = numbered(path) {
        return format!("{host}{port}{folder}-{number}.html");
    }
    let path = path.strip_suffix("/index.html").unwrap_or(path).trim_end_matches('/');
    let query = kept_query(url);
    let fragment = url.fragment().filter(|f| means_something(f));
    let fragment = fragment.map(|f| format!("#{f}")).unwrap_or_default();
    format!("{host}{port}{path}{query}{fragment}")
}

/// The query without tracking, in one order, with its `?`.
fn kept_query(url: &Url) -> String {
    let parts = url.query().unwrap_or("").split('&').filter(|part| !part.is_empty());
    let mut kept: Vec<&str> = parts.filter(|part| !is_tracking(part)).collect();
    kept.sort_unstable();
    kept.dedup();
    if kept.is_empty() { String::new() } else { format!("?{}", kept.join("&")) }
}

/// Whether a `name=value` only says where a reader came from.
fn is_tracking(part: &str) -> bool {
    let name = part.split('=').next().unwrap_or("").to_ascii_lowercase();
    name.starts_with("utm_") || name.starts_with("pk_") || TRACKING.contains(&name.as_str())
}

/// The parameter that alone names the article, if there is exactly one such.
fn id_parameter(url: &Url) -> Option<(String, String)> {
    let mut ids = url.query_pairs().filter_map(|(name, value)| {
        let name = name.to_ascii_lowercase();
        let fits = IDS.contains(&name.as_str()) && !value.is_empty() && value.len() <= 64;
        fits.then(|| (name, value.into_owned()))
    });
    let id = ids.next()?;
    ids.next().is_none().then_some(id)
}

/// The folder and the number of `/vi/news/muc/ten-bai-512.html`: NukeViet's own shape, or a number that is no year and no date.
fn numbered(path: &str) -> Option<(&str, &str)> {
    let (folder, file) = path.rsplit_once('/')?;
    let stem = file.strip_suffix(".html").or_else(|| file.strip_suffix(".htm"))?;
    let (slug, number) = stem.rsplit_once('-')?;
    let digits = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
    let long = number.len() >= 6 && !is_date(number);
    let nukeviet = folder.split('/').nth(1).is_some_and(|s| matches!(s, "vi" | "en"))
        && folder.split('/').count() >= 4;
    let folder_len = folder.len() + 1;
    (digits && !slug.is_empty() && (long || nukeviet))
        .then(|| (path.get(..folder_len).unwrap_or(""), number))
}

/// Whether figures may be a day, or a time to the second: `20250612`, `12062025`, `20250612083021`; two articles may share one.
fn is_date(figures: &str) -> bool {
    let year = |text: &str| text.parse::<u16>().is_ok_and(|y| (1990..=2100).contains(&y));
    let first = figures.get(..4).is_some_and(year);
    match figures.len() {
        6 => true,
        8 => first || figures.get(4..).is_some_and(year),
        10 | 12 | 14 => first,
        _ => false,
    }
}

/// Whether a fragment is part of what an address names, not of where a reader came from.
fn means_something(fragment: &str) -> bool {
    let lower = fragment.to_ascii_lowercase();
    let aside = ["xtor=", ":~:", "comment", "respond", "utm_", "ref=", "rss", "top"];
    !lower.is_empty() && !aside.iter().any(|start| lower.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(text: &str) -> Option<String> {
        let base = Url::parse("https://www.hoabinh.gov.vn/rss/tin.xml").unwrap();
        whole(text, Some(&base)).map(String::from)
    }

    fn same(a: &str, b: &str) -> bool {
        let canonical = |text| canonical(&Url::parse(text).unwrap());
        canonical(a) == canonical(b)
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
        assert_eq!(whole("/a", None), None);
        assert_eq!(target("mailto:a@b.vn", None).as_deref(), Some("mailto:a@b.vn"));
        assert_eq!(target("javascript:a@b.vn", None), None);
    }

    #[test]
    fn the_same_article_has_one_canonical_address() {
        assert!(same("http://www.a.vn/x/", "https://a.vn/x"));
        assert!(same("http://a.vn/x?utm_source=rss&b=1", "https://a.vn/x?b=1&fbclid=2#xtor=1"));
        assert!(same("http://a.vn/T.aspx?nid=5&c=2", "http://a.vn/T.aspx?NID=5"));
        assert!(same(
            "http://a.vn/vi/news/muc/cu-512.html",
            "http://a.vn/vi/news/muc/moi-512.html"
        ));
        assert!(same("http://a.vn/cu-4321567.html", "http://a.vn/moi-4321567.html"));
        assert!(!same("http://a.vn/quy-che-2025.html", "http://a.vn/ke-hoach-2025.html"));
        assert!(!same("http://a.vn/a-20250612.html", "http://a.vn/b-20250612.html"));
        assert!(!same("http://a.vn/x?id=1", "http://a.vn/x?id=2"));
        assert!(!same("http://a.vn/x#1", "http://a.vn/x#2"));
    }

    #[test]
    fn a_base_is_made_of_what_there_is() {
        let base = |all: &[Option<&str>]| base_of(all).map(String::from);
        let feed = Some("https://a.vn/rss/x.xml");
        assert_eq!(base(&[Some("../b/"), feed]).as_deref(), Some("https://a.vn/b/"));
        assert_eq!(base(&[Some("javascript:x"), None, feed]).as_deref(), feed);
        assert_eq!(base(&[None, Some("/b")]), None);
    }
}
