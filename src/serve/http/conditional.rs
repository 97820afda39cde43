use crate::model::Timestamp;
use http::{HeaderMap, HeaderName, header};

/// Whether an `If-None-Match` or `If-Match` list names an entity tag, compared strongly or weakly.
pub fn names_tag(headers: &HeaderMap, name: HeaderName, tag: &str, strong: bool) -> bool {
    names_tag_that(headers, name, |own| own == tag, strong)
}

/// Whether such a list names an entity tag, given with its quotes, for which something holds.
pub fn names_tag_that(
    headers: &HeaderMap,
    name: HeaderName,
    holds: impl Fn(&str) -> bool,
    strong: bool,
) -> bool {
    let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    values.into_iter().any(|list| list_names_tag(list, &holds, strong))
}

fn list_names_tag(list: &str, holds: impl Fn(&str) -> bool, strong: bool) -> bool {
    if list.trim() == "*" {
        return true;
    }
    let mut rest = list;
    while let Some((weak, opaque, after)) = next_tag(rest) {
        if holds(opaque) && !(strong && weak) {
            return true;
        }
        rest = after;
    }
    false
}

/// The next entity tag of a list: whether it is weak, the tag with its quotes, and the rest.
fn next_tag(list: &str) -> Option<(bool, &str, &str)> {
    let list = list.trim_start_matches([' ', '\t', ',']);
    let (weak, list) = list.strip_prefix("W/").map_or((false, list), |rest| (true, rest));
    let inner = list.strip_prefix('"')?;
    let end = inner.find('"')?;
    Some((weak, list.get(..end + 2)?, list.get(end + 2..)?))
}

/// The time that `If-Modified-Since` is compared with. `None` within the second of a change, since another change
/// could still follow in it (RFC 9110 §8.8.2.2).
pub fn settled(last_modified: Timestamp, now: Timestamp) -> Option<Timestamp> {
    (last_modified.secs() < now.secs()).then_some(last_modified)
}

/// The value of `Last-Modified`. Within the second of a change it is one second less, so that a client that sends it
/// back is answered in full. It is never later than now (RFC 9110 §8.8.2.1).
pub fn said_last_modified(last_modified: Timestamp, now: Timestamp) -> Timestamp {
    settled(last_modified, now).unwrap_or(last_modified.min(now).plus_millis(-1000))
}

/// Whether the client already has this revision (RFC 9110 §13.2.2); `If-None-Match` outranks `If-Modified-Since`.
pub fn client_has(headers: &HeaderMap, tag: &str, last_modified: Option<Timestamp>) -> bool {
    if headers.contains_key(header::IF_NONE_MATCH) {
        return names_tag(headers, header::IF_NONE_MATCH, tag, false);
    }
    let since = headers.get(header::IF_MODIFIED_SINCE).and_then(|v| v.to_str().ok());
    let since = since.and_then(Timestamp::parse_http_date);
    since.zip(last_modified).is_some_and(|(since, last)| last.secs() <= since.secs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn headers(name: HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_str(value).unwrap())])
    }

    #[test]
    fn tags_are_compared_as_the_rfc_says() {
        assert!(list_names_tag(r#""a", W/"b,c" ,"d""#, |tag| tag == r#""b,c""#, false));
        assert!(!list_names_tag(r#"W/"b""#, |tag| tag == r#""b""#, true));
        assert!(list_names_tag("*", |tag| tag == r#""x""#, true));
        for bad in ["", "a", "\"a", "W/", "\"a\"x", ","] {
            assert!(!list_names_tag(bad, |tag| tag == r#""b""#, false), "{bad}");
        }
        let last = Timestamp::from_secs(1_700_000_000).plus_millis(700);
        let since = headers(header::IF_MODIFIED_SINCE, &last.http_date());
        assert!(client_has(&since, "\"x\"", Some(last)));
        assert!(!client_has(&since, "\"x\"", Some(last.plus_millis(1000))));
        assert!(!client_has(&since, "\"x\"", None));
        let mut both = since.clone();
        both.insert(header::IF_NONE_MATCH, HeaderValue::from_static("\"y\""));
        assert!(!client_has(&both, "\"x\"", Some(last)));
    }

    #[test]
    fn two_changes_in_one_second_are_two() {
        let first = Timestamp::from_secs(1_700_000_000);
        let second = first.plus_millis(700);
        for asked_at in [first.plus_millis(100), second.plus_millis(100), second.plus_millis(5_000)]
        {
            let said = said_last_modified(first, asked_at).http_date();
            let since = headers(header::IF_MODIFIED_SINCE, &said);
            let later = settled(second, second.plus_millis(10_000));
            let missed = client_has(&since, "", later);
            assert!(asked_at >= second || !missed, "{asked_at:?}");
        }
        let ahead = said_last_modified(second.plus_millis(86_400_000), first);
        assert!(ahead < first);
        assert_eq!(settled(first, second), None);
        assert_eq!(settled(first, first.plus_millis(1_000)), Some(first));
    }
}
