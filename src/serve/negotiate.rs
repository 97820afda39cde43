//! What a client asked for, by its headers: media type, content coding, language, and whether it has it already. Pure.

use crate::model::Timestamp;
use http::{HeaderMap, HeaderName, header};

/// Quality in thousandths (RFC 9110 §12.4.2).
type Quality = u16;

/// The members of a list header with their qualities, as written: name in lower case, thousandths.
fn members(headers: &HeaderMap, name: HeaderName) -> Vec<(String, Quality)> {
    let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).take(64).filter_map(member).collect()
}

fn member(text: &str) -> Option<(String, Quality)> {
    let mut parts = text.split(';').map(str::trim);
    let name = parts.next().filter(|name| !name.is_empty())?.to_ascii_lowercase();
    let weight = parts.find_map(|p| p.strip_prefix("q=").or_else(|| p.strip_prefix("Q=")));
    Some((name, weight.map_or(1000, quality)))
}

/// `0`, `0.5`, `1.000` in thousandths; anything else counts as 0.
fn quality(text: &str) -> Quality {
    let value: f32 = text.trim().parse().unwrap_or(0.0);
    if (0.0..=1.0).contains(&value) { (value * 1000.0).round() as Quality } else { 0 }
}

/// The content codings that bodies are kept in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    /// As it is.
    Identity,
    /// RFC 1952.
    Gzip,
    /// RFC 7932.
    Br,
    /// RFC 8878.
    Zstd,
}

/// The coding to answer in (RFC 9110 §12.5.3): the highest quality, of equals the smallest body; identity where nothing fits.
pub fn coding(headers: &HeaderMap) -> Coding {
    if !headers.contains_key(header::ACCEPT_ENCODING) {
        return Coding::Identity;
    }
    let accepted = members(headers, header::ACCEPT_ENCODING);
    let of =
        |names: &[&str]| accepted.iter().find(|(n, _)| names.contains(&n.as_str())).map(|m| m.1);
    let any = of(&["*"]);
    let offers = [
        (Coding::Br, of(&["br"]).or(any).unwrap_or(0)),
        (Coding::Zstd, of(&["zstd"]).or(any).unwrap_or(0)),
        (Coding::Gzip, of(&["gzip", "x-gzip"]).or(any).unwrap_or(0)),
    ];
    let identity = of(&["identity"]).unwrap_or(0);
    let mut best = (Coding::Identity, identity);
    for (coding, quality) in offers.into_iter().rev() {
        if quality > 0 && quality >= best.1 {
            best = (coding, quality);
        }
    }
    best.0
}

/// Which of some media types the client wants most (RFC 9110 §12.5.1): of equals the first; `None` where it takes none.
/// Without `Accept` the first.
pub fn media_type(headers: &HeaderMap, offers: &[&str]) -> Option<usize> {
    if !headers.contains_key(header::ACCEPT) {
        return (!offers.is_empty()).then_some(0);
    }
    let accepted = members(headers, header::ACCEPT);
    let mut best = None;
    for (index, offer) in offers.iter().enumerate() {
        let quality = media_quality(&accepted, offer);
        if quality > best.map_or(0, |(_, q)| q) {
            best = Some((index, quality));
        }
    }
    best.map(|(index, _)| index)
}

/// The quality of a media type: the most specific range that takes it decides.
fn media_quality(accepted: &[(String, Quality)], offer: &str) -> Quality {
    let family = offer.split('/').next().unwrap_or("");
    let of = |range: &str| accepted.iter().find(|(name, _)| name == range).map(|m| m.1);
    of(offer).or_else(|| of(&format!("{family}/*"))).or_else(|| of("*/*")).unwrap_or(0)
}

/// Whether a person's browser asks: it names `text/html` itself, and likes no feed better.
pub fn wants_page(headers: &HeaderMap) -> bool {
    let accepted = members(headers, header::ACCEPT);
    let html = accepted.iter().find(|(name, _)| name == "text/html").map_or(0, |m| m.1);
    let is_feed = |name: &str| {
        name.contains("rss") || name.contains("atom") || name.contains("json") || name == "text/xml"
    };
    let feed = accepted.iter().filter(|(name, _)| is_feed(name)).map(|m| m.1).max().unwrap_or(0);
    html > 0 && html > feed
}

/// The languages that problems and pages are written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// Vietnamese.
    #[default]
    Vi,
    /// English.
    En,
}

/// Vietnamese unless the client likes English better (RFC 9110 §12.5.4).
pub fn language(headers: &HeaderMap) -> Language {
    let accepted = members(headers, header::ACCEPT_LANGUAGE);
    let of = |language: &str| {
        let is = |name: &str| name == language || name.starts_with(&format!("{language}-"));
        accepted.iter().filter(|(name, _)| is(name)).map(|m| m.1).max().unwrap_or(0)
    };
    if of("en") > of("vi") { Language::En } else { Language::Vi }
}

/// Whether an `If-None-Match` or `If-Match` list names an entity tag: weak comparison, or strong where `strong`.
pub fn names_tag(headers: &HeaderMap, name: HeaderName, tag: &str, strong: bool) -> bool {
    let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    values.into_iter().any(|list| list_names_tag(list, tag, strong))
}

fn list_names_tag(list: &str, tag: &str, strong: bool) -> bool {
    if list.trim() == "*" {
        return true;
    }
    let mut rest = list;
    while let Some((weak, opaque, after)) = next_tag(rest) {
        if opaque == tag && !(strong && weak) {
            return true;
        }
        rest = after;
    }
    false
}

/// The next entity tag of a list: whether it is weak, it with its quotes, what follows.
fn next_tag(list: &str) -> Option<(bool, &str, &str)> {
    let list = list.trim_start_matches([' ', '\t', ',']);
    let (weak, list) = list.strip_prefix("W/").map_or((false, list), |rest| (true, rest));
    let inner = list.strip_prefix('"')?;
    let end = inner.find('"')?;
    Some((weak, list.get(..end + 2)?, list.get(end + 2..)?))
}

/// Whether a client that asks conditionally has it already (RFC 9110 §13.2.2): `If-None-Match` decides where it stands.
pub fn has_it(headers: &HeaderMap, tag: &str, last_modified: Timestamp) -> bool {
    if headers.contains_key(header::IF_NONE_MATCH) {
        return names_tag(headers, header::IF_NONE_MATCH, tag, false);
    }
    let since = headers.get(header::IF_MODIFIED_SINCE).and_then(|v| v.to_str().ok());
    let since = since.and_then(Timestamp::parse_http_date);
    since.is_some_and(|since| last_modified.secs() <= since.secs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn headers(name: HeaderName, value: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(name, HeaderValue::from_str(value).unwrap());
        headers
    }

    #[test]
    fn codings_by_quality() {
        let of = |value| coding(&headers(header::ACCEPT_ENCODING, value));
        assert_eq!(coding(&HeaderMap::new()), Coding::Identity);
        assert_eq!(of("gzip"), Coding::Gzip);
        assert_eq!(of("gzip, deflate, br, zstd"), Coding::Br);
        assert_eq!(of("gzip;q=1.0, br;q=0.5"), Coding::Gzip);
        assert_eq!(of("br;q=0, *"), Coding::Zstd);
        assert_eq!(of("identity, gzip;q=0.5"), Coding::Identity);
        assert_eq!(of("identity;q=0.5, gzip;q=0.5"), Coding::Gzip);
        assert_eq!(of(""), Coding::Identity);
        assert_eq!(of("gzip;q=soon"), Coding::Identity);
        assert_eq!(of("GZIP"), Coding::Gzip);
        assert_eq!(of("*;q=0"), Coding::Identity);
    }

    #[test]
    fn media_types_by_the_most_specific_range() {
        let offers = ["application/rss+xml", "application/atom+xml", "text/html"];
        let of = |value| media_type(&headers(header::ACCEPT, value), &offers);
        assert_eq!(of("*/*"), Some(0));
        assert_eq!(of("application/atom+xml, */*;q=0.1"), Some(1));
        assert_eq!(of("application/*;q=0.5, application/rss+xml;q=0, text/html;q=0.1"), Some(1));
        assert_eq!(of("image/png"), None);
        assert_eq!(media_type(&HeaderMap::new(), &offers), Some(0));
    }

    #[test]
    fn browsers_get_pages_and_readers_get_feeds() {
        let of = |value| wants_page(&headers(header::ACCEPT, value));
        assert!(of("text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"));
        assert!(!of("*/*"));
        assert!(!of("application/rss+xml, application/xml;q=0.8, text/html;q=0.1, */*;q=0.1"));
        assert!(!of(
            "application/atom+xml,application/rdf+xml,application/rss+xml,application/x-netcdf,application/xml;q=0.9,text/xml;q=0.2,*/*;q=0.1"
        ));
        assert!(!of("application/feed+json, text/html"));
        assert!(!wants_page(&HeaderMap::new()));
    }

    #[test]
    fn english_only_where_it_is_liked_better() {
        let of = |value| language(&headers(header::ACCEPT_LANGUAGE, value));
        assert_eq!(of("en-US,en;q=0.5"), Language::En);
        assert_eq!(of("en;q=0.5,vi-VN"), Language::Vi);
        assert_eq!(of("fr"), Language::Vi);
    }

    #[test]
    fn tags_are_compared_as_the_rfc_says() {
        assert!(list_names_tag(r#""a", W/"b,c" ,"d""#, r#""b,c""#, false));
        assert!(!list_names_tag(r#"W/"b""#, r#""b""#, true));
        assert!(list_names_tag("*", r#""x""#, true));
        for bad in ["", "a", "\"a", "W/", "\"a\"x", ","] {
            assert!(!list_names_tag(bad, r#""b""#, false), "{bad}");
        }
        let last = Timestamp::from_secs(1_700_000_000).plus_millis(700);
        let since = headers(header::IF_MODIFIED_SINCE, &last.http_date());
        assert!(has_it(&since, "\"x\"", last));
        assert!(!has_it(&since, "\"x\"", last.plus_millis(1000)));
        let mut both = since.clone();
        both.insert(header::IF_NONE_MATCH, HeaderValue::from_static("\"y\""));
        assert!(!has_it(&both, "\"x\"", last));
    }
}
