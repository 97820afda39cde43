use crate::ingest;
use crate::ingest::article_json::{
    Mistake, MistakeKind, check_id, check_whole_address, read_named_article,
};
use crate::model::ParsedEntry;
use crate::serve::http::error::{Answer, Kind, Place, Problem};
use crate::serve::http::json_errors_vi::problem;

/// Reads an article's JSON. One without id and url is known by its text.
///
/// # Errors
///
/// A problem that names the field and its place.
pub fn read_entry(bytes: &[u8]) -> Answer<ParsedEntry> {
    read_named_entry(bytes, false)
}

/// Reads an article's JSON. Where its address names the article, a `guid` is not compared with it: systems put their own
/// there, often an address.
///
/// # Errors
///
/// As of [`read_entry`].
pub fn read_named_entry(bytes: &[u8], is_named: bool) -> Answer<ParsedEntry> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let line = Some(1 + newlines(bytes.get(..error.valid_up_to())));
        Problem::new(Kind::BadBody, "the body is not UTF-8", "nội dung không phải UTF-8")
            .at(Place { line, ..Place::default() })
    })?;
    let mut ignored = Vec::new();
    let entry =
        read_named_article(text, is_named, &mut ignored).map_err(|mistake| problem(&mistake))?;
    check_addresses(&entry).map_err(|mistake| problem(&mistake))?;
    check_dates(&entry)?;
    Ok(entry)
}

fn newlines(bytes: Option<&[u8]>) -> usize {
    bytes.unwrap_or_default().iter().filter(|&&b| b == b'\n').count()
}

/// Checks that addresses are whole: unlike a file, a push has no folder that they could be relative to.
fn check_addresses(entry: &ParsedEntry) -> Result<(), Mistake> {
    check_whole_address("url", entry.link.as_deref())?;
    check_whole_address("image", entry.image.as_deref())?;
    for (index, file) in entry.enclosures.iter().enumerate() {
        check_whole_address(&format!("enclosures/{index}/url"), Some(&file.url))?;
    }
    Ok(())
}

/// Checks the id and the dates of an Atom entry, which is read as leniently as feeds are.
///
/// # Errors
///
/// A problem that names the field.
pub fn check_atom(entry: &ParsedEntry) -> Answer<()> {
    check_id(entry.id.as_deref()).map_err(|mistake| problem(&mistake))?;
    check_dates(entry)
}

/// Refuses a date that cannot be read or does not exist: the article would be published without one, and nobody would
/// see a warning.
fn check_dates(entry: &ParsedEntry) -> Answer<()> {
    for (name, date) in [("published", &entry.published), ("updated", &entry.updated)] {
        let raw = date.as_ref().map_or("", |date| date.raw.trim());
        if raw.chars().count() > 200 || !(raw.is_empty() || ingest::is_date(raw)) {
            return Err(problem(&MistakeKind::Date.in_field(name)));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jsons_become_entries() {
        let whole = read_entry(br#"{"id":"1","title":"T\r\nU","content_html":"<p>x</p>","tags":["A",{"term":"b","label":"B"}],
            "authors":["N",{"name":"M","email":"m@a.vn"}],"published":"12/06/2009 20:30"}"#).unwrap();
        assert_eq!(whole.categories.len(), 2);
        assert_eq!(whole.authors[1].email.as_deref(), Some("m@a.vn"));
        assert_eq!(whole.published.unwrap().raw, "12/06/2009 20:30");
    }

    #[test]
    fn a_guid_is_an_id_unless_the_address_is() {
        let body = br#"{"title":"T","guid":"https://cms.vn/?p=12"}"#;
        assert_eq!(read_entry(body).unwrap().id.as_deref(), Some("https://cms.vn/?p=12"));
        assert_eq!(read_named_entry(body, true).unwrap().id, None);
        let both = br#"{"title":"T","guid":"https://cms.vn/?p=12","id":"12"}"#;
        assert_eq!(read_named_entry(both, true).unwrap().id.as_deref(), Some("12"));
        assert_eq!(read_entry(both).unwrap().id.as_deref(), Some("12"));
    }

    #[test]
    fn what_is_wrong_is_named_with_its_place() {
        let cases = [
            ("{\n \"titel\": \"x\"}", "titel", "/titel", Some(2)),
            ("{\"id\":\"1\",\"title\": 5}", "title", "/title", Some(1)),
            (
                "{\"id\":\"1\",\"title\":\"x\",\n\"enclosures\":[{\"url\":\"http://a.vn/\",\"length\":-1}]}",
                "enclosures/0/length",
                "/enclosures/0/length",
                Some(2),
            ),
            ("{\"id\":\"1\"}", "title", "/title", None),
            ("{\"id\":\"../../etc/x\",\"title\":\"x\"}", "id", "/id", None),
            ("{\"id\":\"a\\\\..\\\\b\",\"title\":\"x\"}", "id", "/id", None),
            ("{\"id\":\"1\\u0000\",\"title\":\"x\"}", "id", "/id", None),
            ("{\"id\":\"\\u009f1\",\"title\":\"x\"}", "id", "/id", None),
            ("{\"upstream_id\":\"1\\n2\",\"title\":\"x\"}", "id", "/id", None),
            ("{\"id\":\"1\",\"title\":\"x\",\"url\":\"javascript:alert(1)\"}", "url", "/url", None),
            (
                "{\"id\":\"1\",\"title\":\"x\",\"url\":\"http://a.vn/\\r\\nX: y\"}",
                "url",
                "/url",
                None,
            ),
        ];
        let dates =
            ["soon", "32 Nov 2026 25:61:61", "2026-02-31T08:00:00Z", "0026-06-12", "1601-01-01"]
                .iter()
                .chain(&["2026-11-23T08:00:00+99:99", "20:30", "31/02/2026", "7 phút trước"]);
        for (field, date) in dates.flat_map(|date| [("published", date), ("updated", date)]) {
            let body = format!("{{\"id\":\"1\",\"title\":\"x\",\"{field}\":\"{date}\"}}");
            let problem = read_entry(body.as_bytes()).unwrap_err();
            assert_eq!(problem.field.as_deref(), Some(field), "{body}");
        }
        for date in
            ["2026-11-23T08:00:00+07:00", "23/11/2026 08:00", "Mon, 23 Nov 2026 01:00:00 GMT", " "]
        {
            let body = format!("{{\"id\":\"1\",\"title\":\"x\",\"published\":\"{date}\"}}");
            assert!(read_entry(body.as_bytes()).is_ok(), "{date}");
        }
        for (body, name, pointer, line) in cases {
            let problem = read_entry(body.as_bytes()).unwrap_err();
            assert_eq!(problem.field.as_deref(), Some(name), "{body}");
            assert_eq!(problem.place.pointer.as_deref(), Some(pointer), "{body}");
            assert_eq!(problem.place.line, line, "{body}");
        }
        assert!(
            read_entry(b"{\"titel\":1}").unwrap_err().detail.en.contains("did you mean `title`")
        );
        assert!(read_entry(b"{\"image\":\"\"}").unwrap_err().detail.vi.contains("hoặc nội dung"));
        assert!(read_entry(b"{\"body\":1}").unwrap_err().detail.vi.contains("`content_html`"));
    }

    #[test]
    fn half_a_character_is_blamed_on_its_own_field() {
        let fields = [
            ("/id", "{\"id\":\"X\",\"title\":\"t\"}"),
            ("/title", "{\"id\":\"1\",\"title\":\"X\",\"summary\":\"s\"}"),
            ("/content_html", "{\"title\":\"t\",\n\"content_html\":\"X\",\"id\":\"1\"}"),
            ("/authors/1", "{\"title\":\"t\",\"authors\":[\"a\",\"X\"],\"id\":\"1\"}"),
            ("/authors/0/name", "{\"title\":\"t\",\"authors\":[{\"name\":\"X\"}],\"id\":\"1\"}"),
            ("/categories/0/term", "{\"title\":\"t\",\"categories\":[{\"term\":\"X\"}]}"),
            ("/enclosures/0/url", "{\"title\":\"t\",\"enclosures\":[{\"url\":\"X\"}]}"),
            ("/source/title", "{\"source\":{\"title\":\"X\"},\"title\":\"t\"}"),
        ];
        let halves = [
            "\\ud800", "\\udc00", "Tin \\ud83d", "\\ud83d một", "\\ud800\\u0041", "\\udc00\\ud800",
            "\\ud800\\n", "é\\ud800",
        ];
        for (pointer, body) in fields {
            for half in halves {
                let body = body.replace('X', half);
                let problem = read_entry(body.as_bytes()).unwrap_err();
                assert!(problem.detail.vi.contains("nửa ký tự"), "{}", problem.detail.vi);
                assert_eq!(problem.place.pointer.as_deref(), Some(pointer), "{body}");
                assert_eq!(
                    problem.field.as_deref(),
                    Some(pointer.trim_start_matches('/')),
                    "{body}"
                );
            }
        }
    }

    #[test]
    fn what_is_no_json_is_said_so() {
        for bad in [&b""[..], b"{", b"[1", b"\xff\xfe", b"{\"id\":}", b"nul"] {
            assert_eq!(read_entry(bad).unwrap_err().kind, Kind::BadBody, "{bad:?}");
        }
        let deep = "[".repeat(100_000);
        assert!(read_entry(deep.as_bytes()).is_err());
    }
}
