use super::conditional::names_tag;
use crate::model::Timestamp;
use http::{HeaderMap, HeaderValue, header};

/// What is to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    Whole,
    /// `length` bytes, at least one, from `first` on.
    Part {
        first: u64,
        length: u64,
    },
    /// Bytes beyond the end of the file.
    Beyond,
}

/// What a `GET` asks for of a file of `bytes` bytes. Several ranges, an illegal one, or one of another version
/// (`If-Range`) ask for the whole.
pub fn asked(
    headers: &HeaderMap,
    bytes: u64,
    tag: &str,
    last_modified: Option<Timestamp>,
) -> Asked {
    let mut ranges = headers.get_all(header::RANGE).iter();
    let (Some(range), None) = (ranges.next(), ranges.next()) else { return Asked::Whole };
    if !is_of(headers, tag, last_modified) {
        return Asked::Whole;
    }
    range.to_str().ok().and_then(|range| part(range, bytes)).unwrap_or(Asked::Whole)
}

/// Whether `If-Range` names this version: by its tag, compared strongly, or by exactly this date.
fn is_of(headers: &HeaderMap, tag: &str, last_modified: Option<Timestamp>) -> bool {
    let Some(version) = headers.get(header::IF_RANGE) else { return true };
    if names_tag(headers, header::IF_RANGE, tag, true) {
        return version != "*";
    }
    let date = version.to_str().ok().and_then(Timestamp::parse_http_date);
    date.zip(last_modified).is_some_and(|(date, last)| date.secs() == last.secs())
}

fn part(range: &str, bytes: u64) -> Option<Asked> {
    let (unit, range) = range.split_once('=')?;
    let (first, last) = range.trim().split_once('-')?;
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return None;
    }
    let (first, length) = match (number(first), number(last)) {
        (Some(first), Some(last)) => {
            (first, last.checked_sub(first)?.saturating_add(1).min(bytes.saturating_sub(first)))
        }
        (Some(first), None) if last.is_empty() => (first, bytes.saturating_sub(first)),
        (None, Some(count)) if first.is_empty() => (bytes.saturating_sub(count), count.min(bytes)),
        _ => return None,
    };
    Some(if length == 0 { Asked::Beyond } else { Asked::Part { first, length } })
}

/// A number of digits only; one that is too large is the largest.
fn number(text: &str) -> Option<u64> {
    let is_number = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    is_number.then(|| text.parse().unwrap_or(u64::MAX))
}

/// The `Content-Range` of a part.
pub fn content_range(first: u64, length: u64, bytes: u64) -> Option<HeaderValue> {
    let last = first.saturating_add(length).saturating_sub(1);
    HeaderValue::from_str(&format!("bytes {first}-{last}/{bytes}")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(range: &str, bytes: u64) -> Asked {
        let range = (header::RANGE, HeaderValue::from_str(range).unwrap());
        asked(&HeaderMap::from_iter([range]), bytes, "\"x\"", None)
    }

    #[test]
    fn one_range_is_a_part_within_what_there_is() {
        for (range, first, length) in [
            ("bytes=0-1", 0, 2),
            ("bytes=0-0", 0, 1),
            ("Bytes = 9-9", 9, 1),
            ("bytes=3-", 3, 7),
            ("bytes=3-99", 3, 7),
            ("bytes=3-99999999999999999999999", 3, 7),
            ("bytes=-4", 6, 4),
            ("bytes=-40", 0, 10),
        ] {
            assert_eq!(of(range, 10), Asked::Part { first, length }, "{range}");
        }
        for beyond in ["bytes=10-", "bytes=10-11", "bytes=-0", "bytes=99999999999999999999999-"] {
            assert_eq!(of(beyond, 10), Asked::Beyond, "{beyond}");
        }
        assert_eq!(of("bytes=0-", 0), Asked::Beyond);
        for whole in
            ["bytes=", "bytes=-", "bytes=5-2", "bytes=0-1,3-4", "lines=0-1", "0-1", "bytes=+1-2"]
        {
            assert_eq!(of(whole, 10), Asked::Whole, "{whole}");
        }
        assert_eq!(content_range(3, 7, 10).unwrap(), "bytes 3-9/10");
    }

    #[test]
    fn a_part_of_another_version_is_the_whole() {
        let last = Timestamp::from_secs(1_700_000_000);
        let date = last.http_date();
        let earlier = last.plus_millis(-1_000).http_date();
        for (version, last_modified, is_part) in [
            ("\"x\"", None, true),
            ("W/\"x\"", None, false),
            ("\"y\"", None, false),
            ("*", None, false),
            (date.as_str(), Some(last), true),
            (date.as_str(), None, false),
            (earlier.as_str(), Some(last), false),
        ] {
            let headers = [(header::RANGE, "bytes=0-1"), (header::IF_RANGE, version)];
            let headers =
                headers.map(|(name, value)| (name, HeaderValue::from_str(value).unwrap()));
            let asked = asked(&HeaderMap::from_iter(headers), 10, "\"x\"", last_modified);
            assert_eq!(asked != Asked::Whole, is_part, "{version}");
        }
    }
}
