use super::*;
use crate::read::file::read_file;

fn read(json: &str) -> Result<ParsedEntry, Mistake> {
    read_article(json, &mut Vec::new())
}

#[test]
fn every_name_of_a_field_is_read() {
    let all = r#"{"guid": 5, "link": "http://a.vn/1", "title": "T", "lead": "S", "author": "A",
        "category": {"name": 7, "label": "L"}, "attachments": "http://a.vn/a.pdf", "banner_image": "http://a.vn/b.jpg",
        "lang": "vi", "date": "12/06/2009", "date_modified": "13/06/2009", "rights": "R", "publisher": {"name": "P"},
        "source": {"title": "O", "url": "http://o.vn/"}, "content": "x", "draft": false, "views": 5}"#;
    let mut warnings = Vec::new();
    let entry = read_article(all, &mut warnings).unwrap();
    assert_eq!((entry.id.as_deref(), entry.link.as_deref()), (Some("5"), Some("http://a.vn/1")));
    assert_eq!(entry.summary.unwrap().value, "S");
    assert_eq!(entry.authors[0].name.as_deref(), Some("A"));
    assert_eq!(entry.categories, [("7".to_owned(), None, Some("L".to_owned()))]);
    assert_eq!(entry.enclosures[0].url, "http://a.vn/a.pdf");
    assert_eq!(entry.image.as_deref(), Some("http://a.vn/b.jpg"));
    assert_eq!(entry.publisher.unwrap().name.as_deref(), Some("P"));
    assert_eq!(entry.source.unwrap().link.as_deref(), Some("http://o.vn/"));
    assert_eq!(entry.content[0].kind, TextKind::Unknown);
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert_eq!(warnings[0].example.as_deref(), Some("views"));
}

#[test]
fn a_field_that_is_null_or_blank_is_not_there() {
    let entry = read(
        r#"{"title": "T", "id": " ", "url": null, "authors": null, "tags": null, "enclosures": null,
            "source": null, "publisher": null, "published": "", "image": "", "draft": null}"#,
    );
    let title = Text { value: "T".into(), kind: TextKind::Text, ..Text::default() };
    assert_eq!(entry.unwrap(), ParsedEntry { title: Some(title), ..ParsedEntry::default() });
}

#[test]
fn an_unknown_field_is_refused_only_where_a_known_one_is_missing() {
    for (json, known) in [
        (r#"{"titel": "x"}"#, "title"),
        (r#"{"title": "x", "publised": "2026-01-01"}"#, "published"),
        (r#"{"title": "x", "Body": "x"}"#, "content_html"),
        (r#"{"title": "x", "contnet": "x"}"#, "content_html"),
        (r#"{"title": "x", "atachments": []}"#, "enclosures"),
        (r#"{"title": "x", "sapo": "x"}"#, "summary"),
    ] {
        let mistake = read(json).unwrap_err();
        assert!(
            matches!(&mistake.kind, MistakeKind::LooksLike { known: k, .. } if *k == known),
            "{mistake}"
        );
    }
    for json in [
        r#"{"title": "x", "headline": "y"}"#,
        r#"{"title": "x", "data": "y", "links": [], "lang_id": 1}"#,
        r#"{"title": "x", "slug": "y", "views": 5, "_links": {"self": []}}"#,
        r#"{"title": "x", "i": 1, "content_text": "y", "body": "z"}"#,
    ] {
        read(json).unwrap();
    }
}

#[test]
fn mistakes_have_a_place() {
    for (json, field, start) in [
        (r#"{"title": 5}"#, "title", "title: invalid type: integer `5`, expected a string"),
        (
            r#"{"title": "x", "authors": [{"name": 5}]}"#,
            "authors/0/name",
            "authors/0/name: invalid type",
        ),
        (
            r#"{"title": "x", "enclosures": [{}]}"#,
            "enclosures/0/url",
            "enclosures/0/url: missing field",
        ),
        (r#"{"title": "x", "title": "y"}"#, "title", "title: duplicate field"),
        (r#"{"title": "x", "url": "javascript:alert(1)"}"#, "url", "url: must be a whole http"),
        (r#"{"title": "x", "id": "../x"}"#, "id", "id: `id` has a `..`"),
        (r#"{"title": "x", "draft": true}"#, "draft", "draft: it is a draft"),
        ("{\"title\": \"a\",\n}", "", "line 2, column 1: not JSON: trailing comma"),
        ("[]", "", "the body must be one JSON object"),
    ] {
        let mistake = read(json).unwrap_err();
        assert_eq!(mistake.field, field, "{json}");
        assert!(mistake.to_string().starts_with(start), "{json}: {mistake}");
    }
    let many = format!("{{\"title\":\"x\",\"tags\":[{}]}}", vec!["\"t\""; 257].join(","));
    assert_eq!(read(&many).unwrap_err().field, "tags");
}

#[test]
fn a_file_and_its_text_are_the_same_article() {
    for json in
        [r#"{"id": 1, "title": "T", "author": "A"}"#, r#"{"title": 5}"#, r#"{"titel": "T"}"#]
    {
        let file = read_file("a.json", json.as_bytes());
        match read(json) {
            Ok(entry) => assert_eq!(file.unwrap().entries, [entry]),
            Err(mistake) => assert_eq!(file.unwrap_err().to_string(), mistake.to_string()),
        }
    }
}

#[test]
fn ids_and_lengths_have_bounds() {
    let address = format!("https://a.vn/{}", "a".repeat(500));
    for (id, kind) in [
        ("a".repeat(256), Some(MistakeKind::IdTooLong)),
        ("CON".to_owned(), Some(MistakeKind::IdIsDevice)),
        ("nul.txt".to_owned(), Some(MistakeKind::IdIsDevice)),
        ("Lpt1".to_owned(), Some(MistakeKind::IdIsDevice)),
        (address, None),
        ("a".repeat(255), None),
        ("contact".to_owned(), None),
        ("com10".to_owned(), None),
    ] {
        assert_eq!(check_id(Some(&id)).err().map(|mistake| mistake.kind), kind, "{id}");
    }
    for (length, is_right) in [
        ("99999999999999999999999", false),
        ("18446744073709551615", false),
        ("5.4", true),
        ("-1", false),
    ] {
        let json =
            format!(r#"{{"title": "T", "enclosures": [{{"url": "/a.pdf", "length": {length}}}]}}"#);
        assert_eq!(read(&json).is_ok(), is_right, "{length}");
    }
}
