use super::*;

fn only(name: &str, document: &str) -> ParsedEntry {
    let feed = read_file(name, document.as_bytes()).unwrap();
    assert_eq!(feed.kind, FeedKind::File);
    feed.entries.into_iter().next().unwrap()
}

fn error(name: &str, document: &str) -> String {
    read_file(name, document.as_bytes()).unwrap_err().to_string()
}

fn value(text: &Option<Text>) -> &str {
    text.as_ref().map_or("", |text| &text.value)
}

#[test]
fn a_text_file_has_title_date_lead_and_body() {
    let entry = only(
        "a/tin.txt",
        "Tiêu đề\r\n\r\n6/12/2009 8:30:21 PM\r\n\r\nLời dẫn.\r\n\r\n\r\nLời dẫn.\r\n\r\nThân bài.\r\n",
    );
    assert_eq!(value(&entry.title), "Tiêu đề");
    assert_eq!(entry.published.unwrap().raw, "6/12/2009 8:30:21 PM");
    assert_eq!(value(&entry.summary), "Lời dẫn.");
    assert_eq!(entry.content[0].value, "Lời dẫn.\n\nThân bài.");
    assert_eq!(entry.id.as_deref(), Some("a/tin.txt"));
    let short = only(
        "b.txt",
        "Tiêu đề\nThứ Sáu, ngày 12 tháng 06 năm 2009, 20:30\nLời dẫn 5 năm 2006-2010.\n\nThân bài.",
    );
    assert_eq!(short.published.unwrap().raw, "Thứ Sáu, ngày 12 tháng 06 năm 2009, 20:30");
    assert_eq!(short.content[0].value, "Lời dẫn 5 năm 2006-2010.\n\nThân bài.");
    let undated = only("c.txt", "Tiêu đề\n\nNăm 2009, tỉnh có 12345 hộ.");
    assert_eq!(undated.published, None);
    assert!(
        error("d.txt", "chỉ tiêu đề\n").starts_with("content: there is nothing below the title")
    );
    assert!(error("d.txt", " \n").contains("empty"));
}

#[test]
fn encodings_are_told_by_the_bytes() {
    let mut utf16 = vec![0xff, 0xfe];
    utf16.extend("Tiêu đề\n\nThân".encode_utf16().flat_map(u16::to_le_bytes));
    let feed = read_file("a.txt", &utf16).unwrap();
    assert_eq!(value(&feed.entries[0].title), "Tiêu đề");
    let feed = read_file("a.txt", b"\xef\xbb\xbfA\n\nB").unwrap();
    assert_eq!(value(&feed.entries[0].title), "A");
}

#[test]
fn markdown_has_front_matter_of_both_kinds() {
    let yaml = "---\ntitle: \"Hội nghị\"\ndate: 12/06/2009 20:30\nauthor: Thanh Thuỷ\ncategories: [Tin tỉnh, 'CNTT']\ntags:\n  - Số\nid: 512\nlink: /512\nlead: Lời dẫn\nlanguage: vi\nimage: /a.jpg\nmàu: đỏ\n---\n# Hội nghị\n\nMột **hai**\n\n|a|b|\n|-|-|\n|1|2|\n";
    let feed = read_file("a.md", yaml.as_bytes()).unwrap();
    let entry = &feed.entries[0];
    assert_eq!(value(&entry.title), "Hội nghị");
    assert_eq!(entry.published.as_ref().unwrap().raw, "12/06/2009 20:30");
    assert_eq!(
        entry.categories.iter().map(|c| c.0.as_str()).collect::<Vec<_>>(),
        ["Tin tỉnh", "CNTT", "Số"]
    );
    assert_eq!((entry.id.as_deref(), entry.link.as_deref()), (Some("512"), Some("/512")));
    assert!(
        entry.content[0].value.starts_with("<p>Một <strong>hai</strong></p>"),
        "{:?}",
        entry.content
    );
    assert!(entry.content[0].value.contains("<table>") && !entry.content[0].value.contains("<h1>"));
    assert_eq!(feed.warnings[0].example.as_deref(), Some("màu"));
    let toml = only(
        "a.md",
        "+++\ntitle = \"T\"\ndate = 2009-06-12T20:30:21+07:00\nauthors = [\"A\", \"B\"]\n+++\nx",
    );
    assert_eq!(toml.published.unwrap().raw, "2009-06-12T20:30:21+07:00");
    assert_eq!(toml.authors.len(), 2);
    assert_eq!(value(&only("a.md", "# Tên\n\nx").title), "Tên");
    assert!(error("a.md", "---\ntitle: x\n").contains("nothing closes it"));
    assert!(error("a.md", "x").starts_with("title:"));
    for draft in ["true", "yes", "TRUE", "on", "1", "true # chưa duyệt", "\"true\"", "chờ duyệt"]
    {
        let document = format!("---\ntitle: x\ndraft: {draft}\n---\nx");
        assert!(read_file("a.md", document.as_bytes()).unwrap().entries.is_empty(), "{draft}");
    }
    for published in ["false", "no", "Off", "0", "\"false\"", "false # duyệt rồi", ""] {
        let document = format!("---\ntitle: x\ndraft: {published}\n---\nx");
        assert_eq!(read_file("a.md", document.as_bytes()).unwrap().entries.len(), 1, "{published}");
    }
    for (draft, held) in
        [("true", true), ("\"yes\"", true), ("1", true), ("false", false), ("null", false)]
    {
        let document = format!("[{{\"id\":\"1\",\"title\":\"x\",\"draft\":{draft}}}]");
        let found = read_file("a.json", document.as_bytes()).unwrap();
        assert_eq!(found.entries.is_empty(), held, "{draft}");
    }
}

#[test]
fn a_page_is_read_by_its_head_and_its_article() {
    let entry = only(
        "a.html",
        "<html lang=vi><head><title>Tin | Cổng</title><meta name=description content='Lời dẫn'>\
         <meta name=author content=An><meta name=date content='12/06/2009 20:30'>\
         <meta name=keywords content='a, b'><link rel=canonical href=/x></head>\
         <body><nav>menu</nav><article><h1>Tin</h1><p>Một</p><p>a &lt; b</p></article></body></html>",
    );
    assert_eq!(value(&entry.title), "Tin");
    assert_eq!(value(&entry.summary), "Lời dẫn");
    assert_eq!(entry.content[0].value, "<p>Một</p><p>a &lt; b</p>");
    assert_eq!(entry.published.unwrap().raw, "12/06/2009 20:30");
    assert_eq!(entry.categories.len(), 2);
    assert_eq!((entry.link.as_deref(), entry.language.as_deref()), (Some("/x"), Some("vi")));
    assert!(error("a.html", "<p>x</p>").starts_with("title:"));
}

#[test]
fn a_headline_is_what_people_see_of_it() {
    for heading in [
        "Tin <script>var x = 1;</script>một",
        "<style>h1{}</style>Tin <b>một</b>",
        "<script>x</script>Tin<noscript><b>hai</b></noscript> <i>một<script>y</script></i>",
        "Tin một<template>ba</template><object>bốn</object>",
    ] {
        for page in ["<h1>{}</h1><p>x</p>", "<article><h1><a href=/x>{}</a></h1><p>x</p></article>"]
        {
            let page = page.replace("{}", heading);
            let read = read_file("a.html", page.as_bytes()).unwrap();
            assert_eq!(read.entries[0].title.as_ref().unwrap().value, "Tin một", "{page}");
        }
    }
    assert!(error("a.html", "<h1><script>x</script></h1><p>y").starts_with("title:"));
}

#[test]
fn one_bad_object_takes_no_other_with_it() {
    let good = |n: usize| format!("{{\"id\":\"{n}\",\"title\":\"Tin {n}\"}}");
    let bad = [
        r#"{"id":"x","title":5}"#,
        r#"{"id":"x","title":"T","authors":[5]}"#,
        r#"{"id":{},"title":"T"}"#,
        r#"{"id":"x"}"#,
        "{}",
        "5",
        "null",
        "\"tin\"",
        "[]",
        r#"{"id":"x","title":"T","published":5}"#,
        r#"{"id":"x","title":"\ud800"}"#,
        r#"{"id":"x","title":}"#,
        r#"{"id":"x" "title":"T"}"#,
        r#"{"id":"x","tags":["a"}"#,
        "{\"id\":\"x\",\"title\":\"Thiếu nháy}",
        "{id:1}",
        "tin",
    ];
    for bad in bad {
        let document = format!("[{},\n{bad},\n{}]", good(1), good(2));
        let read = read_file("a.json", document.as_bytes()).unwrap();
        let ids: Vec<_> = read.entries.iter().filter_map(|e| e.id.as_deref()).collect();
        assert_eq!(ids, ["1", "2"], "{bad}");
        assert_eq!(read.unread.len(), 1, "{bad}: {:?}", read.unread);
        assert!(
            read.unread[0].0 == 1 && read.unread[0].1.starts_with("article 2: "),
            "{:?}",
            read.unread
        );
    }
    let cut = format!("[{},{},{{\"id\":\"3\",\"ti", good(1), good(2));
    assert_eq!(read_file("a.json", cut.as_bytes()).unwrap().entries.len(), 2);
    for none in ["[", "[5]x", "[[[", "{", ""] {
        assert!(read_file("a.json", none.as_bytes()).map_or(true, |read| read.entries.is_empty()));
    }
    let one = read_file("a.json", br#"[5,{"title":"T"}]"#).unwrap();
    assert_eq!(
        one.entries[0].id, None,
        "the file's name is nobody's id while others of it are unread"
    );
}

#[test]
fn json_is_read_as_it_would_be_pushed() {
    let entry = only(
        "a.json",
        r#"{"id": 512, "title": "Tin", "content_html": "<p>x</p>", "tags": ["a", {"term": "b"}],
            "authors": ["An", {"name": "Bình", "url": "http://b.vn"}], "published": "12/06/2009",
            "attachments": [{"url": "/a.pdf", "mime_type": "application/pdf", "size_in_bytes": 5}]}"#,
    );
    assert_eq!(entry.id.as_deref(), Some("512"));
    assert_eq!(entry.authors[1].uri.as_deref(), Some("http://b.vn"));
    assert_eq!(entry.enclosures[0].length.as_deref(), Some("5"));
    assert_eq!(read_file("a.json", br#"[{"title":"a"},{"title":"b"}]"#).unwrap().entries.len(), 2);
    let wrong = |json: &str| error("a.json", json);
    assert_eq!(wrong(r#"{"title": 5}"#), "title: invalid type: integer `5`, expected a string");
    assert!(wrong(r#"{"title":"a","authors":[5]}"#).starts_with("authors/0: invalid type"));
    assert!(wrong(r#"{"title":"a","published":5}"#).starts_with("published: invalid type"));
    assert!(error("a.json", "{\"title\": \"a\",\n}").starts_with("line 2"));
    assert!(error("a.json", "{}").starts_with("title:"));
    assert!(error("a.json", &"[".repeat(100_000)).contains("not JSON"));
    assert!(error("a.exe", "x").contains("name it .txt"));
}

#[test]
fn a_file_that_is_no_text_is_refused_by_what_it_is() {
    let noise: Vec<u8> =
        (0..3_000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let jpeg = [b"\xff\xd8\xff\xe0\0\x10JFIF\0", &noise[..]].concat();
    let pdf = b"%PDF-1.4\n1 0 obj << /Type /Catalog >> endobj\n".to_vec();
    let zip = b"PK\x03\x04 word/document.xml".to_vec();
    for (bytes, what) in [(&jpeg, "bytes"), (&noise, "bytes"), (&pdf, "a PDF"), (&zip, "an Office")]
    {
        for name in ["bai.txt", "bai.md", "bai.html"] {
            let refused = read_file(name, bytes).unwrap_err().to_string();
            assert!(refused.starts_with("no text:") && refused.contains(what), "{refused}");
        }
    }
    let tcvn3 = b"H\xe9i ngh\xde t\xe6ng k\xd5t c\xabng t\xb8c n\xa8m\n\nB\xb5 con th\xabn \xa7\xe5i Ch\xcc d\xf9 h\xe4p \xae\xabng.\n";
    let read = read_file("bai.txt", tcvn3).unwrap();
    assert_eq!(value(&read.entries[0].title), "Hội nghị tổng kết công tác năm");
    let odd = "Tin\u{1}\n\nMột dòng có một ký tự lạ.";
    assert_eq!(read_file("a.txt", odd.as_bytes()).unwrap().entries.len(), 1);
}

#[test]
fn front_matter_that_is_no_yaml_is_not_lost() {
    let document = "---\ntitle: Hội nghị: tổng kết năm\ntags: [ \"mua, bán\", hội ] # hai\nauthor: {name: Lò Thị Ban}\n\
        lead: @sở nói\n  rằng có\nimage: {src: /a.jpg}\n---\nThân bài.\n";
    let feed = read_file("a.md", document.as_bytes()).unwrap();
    let entry = &feed.entries[0];
    assert_eq!(value(&entry.title), "Hội nghị: tổng kết năm");
    assert_eq!(value(&entry.summary), "@sở nói rằng có");
    let terms: Vec<_> = entry.categories.iter().map(|c| c.0.as_str()).collect();
    assert_eq!(terms, ["mua, bán", "hội"]);
    assert_eq!(entry.authors[0].name.as_deref(), Some("Lò Thị Ban"));
    let warned: Vec<_> = feed.warnings.iter().map(|w| (w.name.as_str(), w.count)).collect();
    assert_eq!(warned, [("front-matter-mended", 2), ("unknown-field", 1)]);
    let tagged =
        only("a.md", "---\ntitle: \"[Infographic] Chợ phiên\"\nlastmod: 2026-11-20\n---\nx");
    assert_eq!(value(&tagged.title), "[Infographic] Chợ phiên");
    assert_eq!(tagged.updated.unwrap().raw, "2026-11-20");
    assert!(error("a.md", "---\nkhông có tên\n---\nx").starts_with("front matter:"));
}
