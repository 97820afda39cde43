use crate::feeds::Encoding;
use crate::model::Language;
use http::{HeaderMap, HeaderName, header};

/// In thousandths (RFC 9110 §12.4.2).
type Quality = u16;
type Member<'a> = (&'a str, Quality);

/// The first 64 members of a list header.
fn members(headers: &HeaderMap, name: HeaderName) -> impl Iterator<Item = Member<'_>> {
    let values = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).take(64).filter_map(member)
}

fn member(text: &str) -> Option<Member<'_>> {
    let mut parts = text.split(';').map(str::trim);
    let name = parts.next().filter(|name| !name.is_empty())?;
    let weight = parts.find_map(|p| p.strip_prefix("q=").or_else(|| p.strip_prefix("Q=")));
    Some((name, weight.map_or(1000, quality)))
}

/// The quality of the first member with one of `names`.
fn named<'a>(mut members: impl Iterator<Item = Member<'a>>, names: &[&str]) -> Option<Quality> {
    members.find(|(own, _)| names.iter().any(|name| own.eq_ignore_ascii_case(name))).map(|m| m.1)
}

/// `0`, `0.5`, `1.000` in thousandths; anything else counts as 0.
fn quality(text: &str) -> Quality {
    let value: f32 = text.trim().parse().unwrap_or(0.0);
    if (0.0..=1.0).contains(&value) { (value * 1000.0).round() as Quality } else { 0 }
}

const CODINGS: [&[&str]; 5] = [&["br"], &["zstd"], &["gzip", "x-gzip"], &["identity"], &["*"]];

/// The coding to answer in (RFC 9110 §12.5.3): the highest quality, among equals the smallest body, else identity.
pub fn accepted_coding(headers: &HeaderMap) -> Encoding {
    if !headers.contains_key(header::ACCEPT_ENCODING) {
        return Encoding::Identity;
    }
    // The first member of each name counts.
    let mut named = [None; 5];
    for (name, quality) in members(headers, header::ACCEPT_ENCODING) {
        let own =
            CODINGS.iter().position(|own| own.iter().any(|own| name.eq_ignore_ascii_case(own)));
        if let Some(place) = own.and_then(|own| named.get_mut(own)) {
            place.get_or_insert(quality);
        }
    }
    let [br, zstd, gzip, identity, any] = named;
    let of = |named: Option<Quality>| named.or(any).unwrap_or(0);
    let offers = [(Encoding::Br, of(br)), (Encoding::Zstd, of(zstd)), (Encoding::Gzip, of(gzip))];
    let identity = identity.unwrap_or(0);
    let mut best = (Encoding::Identity, identity);
    for (coding, quality) in offers.into_iter().rev() {
        if quality > 0 && quality >= best.1 {
            best = (coding, quality);
        }
    }
    best.0
}

/// The index of the offered media type that the client prefers (RFC 9110 §12.5.1): the first among equals, and without
/// `Accept`. `None` if it takes none.
pub fn accepted_media_type(headers: &HeaderMap, offers: &[&str]) -> Option<usize> {
    if !headers.contains_key(header::ACCEPT) {
        return (!offers.is_empty()).then_some(0);
    }
    let mut best = None;
    for (index, offer) in offers.iter().enumerate() {
        let quality = media_quality(headers, offer);
        if quality > best.map_or(0, |(_, q)| q) {
            best = Some((index, quality));
        }
    }
    best.map(|(index, _)| index)
}

/// The quality of a media type, by the most specific range that matches it.
fn media_quality(headers: &HeaderMap, offer: &str) -> Quality {
    let family = offer.split_once('/').map_or(offer, |(family, _)| family);
    let is_family = |range: &str| {
        range.strip_suffix("/*").is_some_and(|range| range.eq_ignore_ascii_case(family))
    };
    let accepted = || members(headers, header::ACCEPT);
    named(accepted(), &[offer])
        .or_else(|| accepted().find(|(range, _)| is_family(range)).map(|m| m.1))
        .or_else(|| named(accepted(), &["*/*"]))
        .unwrap_or(0)
}

/// Whether a browser asks: `text/html` is named, and no feed has as high a quality.
pub fn wants_page(headers: &HeaderMap) -> bool {
    let html = named(members(headers, header::ACCEPT), &["text/html"]).unwrap_or(0);
    if html == 0 {
        return false;
    }
    let feeds = members(headers, header::ACCEPT).filter(|(name, _)| is_feed(name));
    html > feeds.map(|m| m.1).max().unwrap_or(0)
}

/// Whether a browser says that it goes to the address itself (Fetch Metadata): feed readers that take a browser's `Accept`
/// do not say so.
pub fn is_navigation(headers: &HeaderMap) -> bool {
    let says = |name: &str, value: &[u8]| headers.get(name).is_some_and(|v| v.as_bytes() == value);
    says("sec-fetch-mode", b"navigate") || says("sec-fetch-dest", b"document")
}

fn is_feed(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["rss", "atom", "json"].iter().any(|word| name.contains(word)) || name == "text/xml"
}

/// Vietnamese, unless the client prefers English (RFC 9110 §12.5.4).
pub fn accepted_language(headers: &HeaderMap) -> Language {
    let of = |language: &str| {
        let primary = |name: &str| {
            name.split('-').next().is_some_and(|name| name.eq_ignore_ascii_case(language))
        };
        let accepted = members(headers, header::ACCEPT_LANGUAGE);
        accepted.filter(|(name, _)| primary(name)).map(|m| m.1).max().unwrap_or(0)
    };
    if of("en") > of("vi") { Language::En } else { Language::Vi }
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
        let of = |value| accepted_coding(&headers(header::ACCEPT_ENCODING, value));
        assert_eq!(accepted_coding(&HeaderMap::new()), Encoding::Identity);
        assert_eq!(of("gzip"), Encoding::Gzip);
        assert_eq!(of("gzip, deflate, br, zstd"), Encoding::Br);
        assert_eq!(of("gzip;q=1.0, br;q=0.5"), Encoding::Gzip);
        assert_eq!(of("br;q=0, *"), Encoding::Zstd);
        assert_eq!(of("identity, gzip;q=0.5"), Encoding::Identity);
        assert_eq!(of("identity;q=0.5, gzip;q=0.5"), Encoding::Gzip);
        assert_eq!(of(""), Encoding::Identity);
        assert_eq!(of("gzip;q=soon"), Encoding::Identity);
        assert_eq!(of("GZIP"), Encoding::Gzip);
        assert_eq!(of("*;q=0"), Encoding::Identity);
    }

    #[test]
    fn media_types_by_the_most_specific_range() {
        let offers = ["application/rss+xml", "application/atom+xml", "text/html"];
        let of = |value| accepted_media_type(&headers(header::ACCEPT, value), &offers);
        assert_eq!(of("*/*"), Some(0));
        assert_eq!(of("application/atom+xml, */*;q=0.1"), Some(1));
        assert_eq!(of("application/*;q=0.5, application/rss+xml;q=0, text/html;q=0.1"), Some(1));
        assert_eq!(of("image/png"), None);
        assert_eq!(accepted_media_type(&HeaderMap::new(), &offers), Some(0));
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
        let of = |value| accepted_language(&headers(header::ACCEPT_LANGUAGE, value));
        assert_eq!(of("en-US,en;q=0.5"), Language::En);
        assert_eq!(of("en;q=0.5,vi-VN"), Language::Vi);
        assert_eq!(of("fr"), Language::Vi);
    }
}
