use crate::model::Timestamp;
use crate::net::{retry_after_ms, seconds_ms};
use crate::text::link_header;
use http::header::{CACHE_CONTROL, ETAG, LAST_MODIFIED, LINK};
use http::{HeaderMap, HeaderName};
use url::Url;

/// Longer validators are not sent back.
const MAX_ETAG: usize = 1024;
/// How many links of one relation are taken, and how long each may be.
const MAX_LINKS: usize = 4;
const MAX_LINK: usize = 2048;
/// 1990-01-01, before the first web page: no document was last changed earlier.
const FIRST_MODIFIED: Timestamp = Timestamp(631_152_000_000);
/// How far a source's clock may be ahead.
const CLOCKS_MS: i64 = 86_400_000;

fn text<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

/// The wait that the source asks for by `Retry-After` or `Cache-Control: max-age`, in milliseconds; not clamped yet.
pub(super) fn wait_ms(headers: &HeaderMap, now: Timestamp) -> Option<i64> {
    let retry = retry_after_ms(headers, now);
    let age = text(headers, &CACHE_CONTROL).and_then(max_age_ms);
    retry.max(age)
}

/// RFC 9111 §5.2.2.1; a number that is too large is the largest.
fn max_age_ms(value: &str) -> Option<i64> {
    value.split(',').find_map(|directive| {
        let (name, seconds) = directive.split_once('=')?;
        let named = name.trim().eq_ignore_ascii_case("max-age");
        seconds_ms(seconds.trim().trim_matches('"')).filter(|_| named)
    })
}

/// The `ETag`, if it may be sent back.
pub(super) fn etag(headers: &HeaderMap) -> Option<String> {
    let value = text(headers, &ETAG)?;
    let visible = value.bytes().all(|b| (0x21..0x7f).contains(&b));
    (visible && (1..=MAX_ETAG).contains(&value.len())).then(|| value.to_owned())
}

/// `Last-Modified`, if it is a plausible date.
pub(super) fn last_modified(headers: &HeaderMap, now: Timestamp) -> Option<String> {
    let date = Timestamp::parse_http_date(text(headers, &LAST_MODIFIED)?)?;
    let believable = date >= FIRST_MODIFIED && date <= now.plus_millis(CLOCKS_MS);
    believable.then(|| date.http_date())
}

/// The absolute targets of the `Link` headers (RFC 8288) of one relation.
pub(super) fn links(headers: &HeaderMap, relation: &str, base: &Url) -> Vec<String> {
    let values = headers.get_all(LINK).iter().filter_map(|value| value.to_str().ok());
    let named = values.flat_map(link_header).filter(|link| link.is(relation));
    let whole = named.filter_map(|link| base.join(&link.target).ok());
    let targets = whole.filter(|url| matches!(url.scheme(), "http" | "https")).map(String::from);
    targets.filter(|target| target.len() <= MAX_LINK).take(MAX_LINKS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;
    use http::header::RETRY_AFTER;

    const NOW: Timestamp = Timestamp(1_800_000_000_000);

    fn with(name: HeaderName, value: &str) -> HeaderMap {
        let value = HeaderValue::from_bytes(value.as_bytes()).unwrap();
        HeaderMap::from_iter([(name, value)])
    }

    #[test]
    fn what_is_asked_never_overflows() {
        for (value, expected) in [
            ("120", Some(120_000)),
            ("0", Some(0)),
            ("99999999999", Some(99_999_999_999_000)),
            ("99999999999999999999999999", Some(i64::MAX)),
            ("9223372036854775807", Some(i64::MAX)),
            ("-1", None),
            ("soon", None),
            ("", None),
            ("1.5", None),
        ] {
            assert_eq!(wait_ms(&with(RETRY_AFTER, value), NOW), expected, "{value}");
        }
        let date = NOW.plus_millis(60_000).http_date();
        assert_eq!(wait_ms(&with(RETRY_AFTER, &date), NOW), Some(60_000));
        assert_eq!(wait_ms(&with(RETRY_AFTER, "Fri, 12 Jun 2009 13:30:21 GMT"), NOW), Some(0));
        for (value, expected) in [
            ("max-age=60", Some(60_000)),
            ("public, MAX-AGE=\"60\"", Some(60_000)),
            ("max-age=9223372036854775808", Some(i64::MAX)),
            ("no-cache", None),
            ("max-age=-1", None),
            ("s-maxage=60", None),
        ] {
            assert_eq!(wait_ms(&with(CACHE_CONTROL, value), NOW), expected, "{value}");
        }
    }

    #[test]
    fn links_are_read_as_they_are_written() {
        let base = Url::parse("https://a.vn/rss/x").unwrap();
        let mut all =
            with(LINK, "</hub>; rel=\"hub\", <https://a.vn/rss>; type=x; rel=\"self alternate\"");
        all.append(
            LINK,
            HeaderValue::from_static("<https://hub.vn/>;REL=Hub, <javascript:x>; rel=hub"),
        );
        assert_eq!(links(&all, "hub", &base), ["https://a.vn/hub", "https://hub.vn/"]);
        assert_eq!(links(&all, "self", &base), ["https://a.vn/rss"]);
        for broken in ["<", "<>", "<x", "rel=hub", "<x>; rel", "<http://[>; rel=hub"] {
            assert!(links(&with(LINK, broken), "hub", &base).len() <= 1, "{broken}");
        }
    }

    #[test]
    fn only_believable_validators_are_kept() {
        let long = format!("\"{}\"", "x".repeat(1022));
        let longer = format!("\"{}\"", "x".repeat(1023));
        for (value, kept) in [
            ("\"abc\"", true),
            ("W/\"abc\"", true),
            ("abc", true),
            (&long, true),
            (&longer, false),
            ("\"a b\"", false),
            ("", false),
            ("\"ô\"", false),
        ] {
            assert_eq!(etag(&with(ETAG, value)).is_some(), kept, "{value:.20}");
        }
        for (value, kept) in [
            ("Fri, 12 Jun 2009 13:30:21 GMT", true),
            ("Fri, 31 Dec 9999 23:59:59 GMT", false),
            ("Thu, 01 Jan 1970 00:00:00 GMT", false),
            ("yesterday", false),
        ] {
            let found = last_modified(&with(LAST_MODIFIED, value), NOW);
            assert_eq!(found.is_some(), kept, "{value}");
        }
    }
}
