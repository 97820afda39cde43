//! X: XML and feed structure.

use super::{Case, answered, document, fails, item, json, reads, warns};
use crate::documents::rss;

/// Every case; `canary` is an address that must never be asked.
pub fn cases(canary: &str) -> Vec<Case> {
    let groups = [entities(canary), depth(), numbers(), lengths(), not_feeds(), odd(), meanings()];
    groups.into_iter().flatten().collect()
}

fn with_doctype(inside: &str, title: &str) -> String {
    format!("<?xml version=\"1.0\"?><!DOCTYPE rss {inside}>{}", rss(&item(title, "")))
}

fn entities(canary: &str) -> Vec<Case> {
    let levels = |sign: &str| -> String {
        (1..10)
            .map(|n| {
                format!(
                    "<!ENTITY {sign} e{n} \"{}\">",
                    format!("{s}e{};", n - 1, s = if sign.is_empty() { "&" } else { "&#37;" })
                        .repeat(10)
                )
            })
            .collect()
    };
    let long = format!("[<!ENTITY q \"{}\">]", "y".repeat(100_000));
    let short = format!("[<!ENTITY q \"{}\">]", "y".repeat(1_000));
    let external = |declared: &str| with_doctype(declared, "a&x;b");
    vec![
        document(
            "bomb",
            with_doctype(&format!("[<!ENTITY e0 \"ha\">{}]", levels("")), "&e9; &e0;"),
            reads(&["&e9; ha"]),
        ),
        document(
            "bomb of parameters",
            with_doctype(&format!("[<!ENTITY % e0 \"ha\">{}%e9;]", levels("%")), "a"),
            reads(&["a"]),
        ),
        document(
            "entity that names itself",
            with_doctype("[<!ENTITY a \"&a;\">]", "&a;"),
            reads(&["&a;"]),
        ),
        document(
            "file",
            external("[<!ENTITY x SYSTEM \"file:///etc/passwd\">]"),
            warns("entity-declaration-ignored", &["a&x;b"]),
        ),
        document(
            "file by a public name",
            external("[<!ENTITY x PUBLIC \"p\" \"file:///etc/passwd\">]"),
            reads(&["a&x;b"]),
        ),
        document(
            "address",
            external(&format!("[<!ENTITY x SYSTEM \"{canary}\">]")),
            reads(&["a&x;b"]),
        ),
        document(
            "file through a parameter",
            external("[<!ENTITY % p \"<!ENTITY x SYSTEM 'file:///etc/passwd'>\">%p;]"),
            reads(&["a&x;b"]),
        ),
        document("a DTD elsewhere", external(&format!("SYSTEM \"{canary}\"")), reads(&["a&x;b"])),
        document(
            "inclusion",
            rss(&item(
                "t",
                &format!(
                    "<description><xi:include xmlns:xi=\"http://www.w3.org/2001/XInclude\" href=\"file:///etc/passwd\" parse=\"text\"/></description><include href=\"{canary}\"/>"
                ),
            )),
            reads(&["t"]),
        ),
        document(
            "style sheet",
            format!("<?xml-stylesheet href=\"{canary}\"?>{}", rss(&item("t", ""))),
            reads(&["t"]),
        ),
        document(
            "quadratic",
            with_doctype(&long, &"&q;".repeat(1_000)),
            warns(
                "undefined-entity",
                &[&"&q;".repeat(1_000).chars().take(999).chain(['…']).collect::<String>()],
            ),
        ),
        document(
            "quadratic with short ones",
            with_doctype(
                &short,
                &format!("t</title><description>{}</description><title>", "&q;".repeat(100_000)),
            ),
            warns("undefined-entity", &["t"]),
        ),
    ]
}

fn depth() -> Vec<Case> {
    let deep = "<x:a>".repeat(3_000);
    let inner = |around: &str| rss(&item("t", &format!("<{around}>{deep}</{around}>")));
    let in_item =
        |inside: &str| json(&format!("[{{\"id\":\"1\",\"title\":\"t\",\"x\":{inside}}}]}}"));
    vec![
        document("deep in an item", rss(&item("t", &deep)), fails("too-deep")),
        document("deep in a description", inner("description"), fails("too-deep")),
        document("deep in a foreign element", inner("media:group"), fails("too-deep")),
        document(
            "deep in XHTML",
            format!(
                "<feed xmlns=\"http://www.w3.org/2005/Atom\"><entry><id>1</id><content type=\"xhtml\">{}",
                "<div>".repeat(3_000)
            ),
            fails("too-deep"),
        ),
        document(
            "deep before the root",
            format!("{}{}", "<y>".repeat(3_000), rss("")),
            fails("too-deep"),
        ),
        document("unclosed", "<a>".repeat(1_000_000), fails("too-deep")),
        document(
            "unclosed in a feed",
            format!("<rss><channel>{}", "<b c=\"d\">".repeat(500_000)),
            fails("too-deep"),
        ),
        answered(
            "deep JSON",
            "content-type: application/feed+json\r\n",
            json(&"[".repeat(100_000)),
            fails("too-deep"),
        ),
        answered(
            "deep JSON objects",
            "content-type: text/xml\r\n",
            json(&"{\"a\":".repeat(100_000)),
            fails("too-deep"),
        ),
        answered(
            "deep JSON in an item",
            "content-type: application/json\r\n",
            in_item(&format!("{}{}", "[".repeat(50_000), "]".repeat(50_000))),
            fails("too-deep"),
        ),
        answered("only brackets", "", "[".repeat(100_000), fails("too-deep")),
    ]
}

fn numbers() -> Vec<Case> {
    let many = |n: usize| -> String { (0..n).map(|i| format!(" a{i}=\"b\"")).collect() };
    let linked = |n: usize| -> String {
        (0..n).map(|i| format!("<link rel=\"related\" href=\"{i}\"/>")).collect()
    };
    let people: String = (0..40_000).map(|n| format!("<dc:creator>c{n}</dc:creator>")).collect();
    let files: String =
        (0..40_000).map(|n| format!("<media:content url=\"http://a.vn/{n}\"/>")).collect();
    vec![
        document(
            "attributes of an item",
            rss(&item("t", "").replacen("<item", &format!("<item{}", many(80_000)), 1)),
            warns("attribute-limit", &["t"]),
        ),
        document(
            "attributes of the root",
            rss(&item("t", "")).replacen("<rss", &format!("<rss{}", " a=\"b\"".repeat(80_000)), 1),
            warns("attribute-limit", &["t"]),
        ),
        document(
            "prefixes",
            rss(&item("t", "")).replacen(
                "<rss",
                &format!("<rss{}", many(80_000).replace(" a", " xmlns:a")),
                1,
            ),
            warns("attribute-limit", &["t"]),
        ),
        document(
            "items",
            format!("<rss><channel>{}", "<item/>".repeat(1_000_000)),
            warns("entry-limit", &[]),
        ),
        document(
            "entries",
            format!("<feed>{}", "<entry/>".repeat(1_000_000)),
            warns("entry-limit", &[]),
        ),
        document(
            "items left open",
            format!("<rss><channel>{}", "<item>".repeat(200_000)),
            warns("entry-limit", &[]),
        ),
        answered(
            "items of JSON",
            "",
            json(&format!("[{}{{}}]}}", "{},".repeat(2_500_000))),
            warns("entry-limit", &[]),
        ),
        document(
            "links of one entry",
            format!("<feed><entry><id>1</id><title>t</title>{}</entry></feed>", linked(40_000)),
            warns("element-limit", &["t"]),
        ),
        document("people of one entry", rss(&item("t", &people)), reads(&["t"])),
        document("files of one entry", rss(&item("t", &files)), reads(&["t"])),
        document(
            "bare signs",
            rss(&item(
                "t",
                &format!(
                    "<description>{}{}</description>",
                    "< ".repeat(200_000),
                    "&".repeat(1_000_000)
                ),
            )),
            warns("bare-less-than", &["t"]),
        ),
    ]
}

fn lengths() -> Vec<Case> {
    let long = "ế".repeat(3_000_000);
    let cut: String = "ế".repeat(999) + "…";
    let field = |name: &str| rss(&item("t", &format!("<{name}>{long}</{name}>")));
    let mut cases: Vec<Case> = [
        "description", "author", "category", "comments", "pubDate", "copyright", "content:encoded",
        "dc:publisher",
    ]
    .iter()
    .map(|name| document(format!("9 MB of {name}"), field(name), warns("text-cut", &["t"])))
    .collect();
    cases.extend([
        document("9 MB of title", rss(&item(&long, "")), warns("title-cut", &[&cut])),
        answered(
            "9 MB of title in JSON",
            "",
            json(&format!("[{{\"id\":\"1\",\"title\":\"{long}\"}}]}}")),
            warns("title-cut", &[&cut]),
        ),
        answered(
            "9 MB of author in JSON",
            "",
            json(&format!(
                "[{{\"id\":\"1\",\"title\":\"t\",\"authors\":[{{\"name\":\"{long}\"}}]}}]}}"
            )),
            warns("text-cut", &["t"]),
        ),
        document(
            "9 MB of guid",
            rss(&format!("<item><guid>{long}</guid><title>t</title></item>")),
            warns("text-cut", &["t"]),
        ),
        document(
            "9 MB of an attribute",
            rss(&item("t", &format!("<enclosure url=\"http://a.vn/{long}\"/>"))),
            reads(&["t"]),
        ),
        document(
            "9 MB of a name",
            rss(&item("t", &format!("<a{long}>x"))),
            warns("unclosed-tag", &["t"]),
        ),
        document("a base of 1 MB", head_of_all("xml:base=\"http://a.vn/", "/"), reads(&["t"])),
        document("a language of 1 MB", head_of_all("xml:lang=\"", ""), reads(&["t"])),
        document(
            "rights of 500 KB",
            head_of_all("x=\"", "").replacen(
                "<entry>",
                &format!("<rights>{}</rights><entry>", "r".repeat(500_000)),
                1,
            ),
            reads(&["t"]),
        ),
    ]);
    cases
}

/// A feed whose head says a megabyte that each of its thousand entries inherits; one of them is an article.
fn head_of_all(before: &str, after: &str) -> String {
    let entries: String = (0..1_000)
        .map(|n| {
            format!(
                "<entry><id>x</id><title>t</title><link href=\"a?{n}\" rel=\"related\"/></entry>"
            )
        })
        .collect();
    format!("<feed {before}{}{after}\">{entries}</feed>", "x".repeat(1_000_000))
}

fn not_feeds() -> Vec<Case> {
    let challenge = "<html><script>document.cookie='a=b';location.reload()</script></html>";
    vec![
        document(
            "page",
            "<!DOCTYPE html><html><head><title>Bảo trì</title></head><body><p>x</p></body></html>",
            fails("html"),
        ),
        document(
            "page in XML",
            "<?xml version=\"1.0\"?><html xmlns=\"http://www.w3.org/1999/xhtml\"><body/></html>",
            fails("html"),
        ),
        document(
            "page with a list",
            "<html><body><item><title>x</title></item></body></html>",
            fails("html"),
        ),
        document("challenge", challenge, fails("challenge")),
        document("words", "503 Service Unavailable", fails("not-a-feed")),
        document(
            "other XML",
            "<?xml version=\"1.0\"?><soap:Envelope><soap:Body/></soap:Envelope>",
            fails("not-a-feed"),
        ),
        answered("other JSON", "", "{\"error\":\"x\"}", fails("not-a-feed")),
        document("picture", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", fails("not-a-feed")),
        document("nothing", "", fails("empty")),
        document("white space", " \r\n\t ", fails("empty")),
        document("a mark", "\u{feff}", fails("empty")),
        document("zeros", [0; 100], fails("empty")),
        document("declaration", "<?xml version=\"1.0\"?>", fails("not-a-feed")),
        document("no items", rss(""), reads(&[])),
        document("no entries", "<feed xmlns=\"http://www.w3.org/2005/Atom\"/>", reads(&[])),
        answered("no items in JSON", "", json("[]}"), reads(&[])),
        document("only a root", "<rss/>", reads(&[])),
    ]
}

fn odd() -> Vec<Case> {
    vec![
        document(
            "item of nothing",
            rss(&format!("<item/><item><guid> </guid><title/></item>{}", item("t", ""))),
            warns("entry-rejected", &["t"]),
        ),
        document(
            "item of a text",
            rss("<item><description>Chỉ có lời dẫn này thôi.</description></item>"),
            reads(&["Chỉ có lời dẫn này thôi."]),
        ),
        document(
            "one id, two contents",
            rss(&format!("{}{}", item("một", ""), item("hai", ""))),
            warns("duplicate-id", &["một"]),
        ),
        document(
            "forbidden numbers",
            rss(&item("a&#0;b&#x1;c&#xFFFE;d&#xD800;e&#99999999999;f&#x110000;", "")),
            warns("forbidden-character", &["abcdef"]),
        ),
        document(
            "forbidden characters",
            rss(&item("a\u{1}b\u{b}c\u{fffe}d\u{7f}e\u{85}f", "")),
            reads(&["abcde…f"]),
        ),
        document(
            "forbidden in attributes",
            rss(&item(
                "t",
                "<category domain=\"a&#1;b\">c&#2;</category><enclosure url=\"http://a.vn/&#3;x\" type=\"a/b&#4;\"/>",
            )),
            warns("forbidden-character", &["t"]),
        ),
        answered(
            "forbidden in JSON",
            "",
            json(
                r#"[{"id":"\u0000\u0001","title":"a\u0000b\ufffec\ud800d","authors":[{"name":"\u0002x"}]}]}"#,
            ),
            reads(&["abc\u{fffd}d"]),
        ),
        document(
            "end of CDATA",
            rss(&item("a ]]> b", "<description>c ]]&gt; d</description>")),
            reads(&["a ]]> b"]),
        ),
        document(
            "CDATA in CDATA",
            rss(&item("<![CDATA[a <![CDATA[b]]> c]]>", "")),
            reads(&["a b c"]),
        ),
        document("escaped CDATA", rss(&item("&lt;![CDATA[a]]&gt;", "")), reads(&["a"])),
        document(
            "broken off in a tag",
            format!(
                "<rss><channel>{}<item><guid>y</guid><title>nửa</title><link hr",
                item("t", "")
            ),
            warns("half-entry-dropped", &["t"]),
        ),
        document(
            "broken off in a text",
            format!("<rss><channel>{}<item><guid>y</guid><title>nử", item("t", "")),
            warns("half-entry-dropped", &["t"]),
        ),
        document(
            "broken off in CDATA",
            format!(
                "<rss><channel>{}<item><guid>y</guid><title>n</title><description><![CDATA[x",
                item("t", "")
            ),
            warns("half-entry-dropped", &["t"]),
        ),
        answered(
            "JSON broken off",
            "",
            json(r#"[{"id":"x","title":"t"},{"id":"y","title":"nử"#),
            warns("json-mended", &["t"]),
        ),
        answered(
            "one bad number in JSON",
            "",
            json(r#"[{"id":1e999,"title":"a"},{"id":"y","title":"b"}]}"#),
            warns("json-mended", &["a", "b"]),
        ),
    ]
}

fn meanings() -> Vec<Case> {
    let atom = |inside: &str| {
        format!("<feed xmlns=\"http://www.w3.org/2005/Atom\"><title>K</title>{inside}</feed>")
    };
    let entry = "<entry><id>x</id><title>t</title><link href=\"bai.html\"/><content type=\"html\">&lt;a href=\"kia.html\"&gt;k&lt;/a&gt;&lt;img src=\"anh.jpg\"&gt;</content></entry>";
    let based =
        |base: &str| atom(entry).replacen("<feed", &format!("<feed xml:base=\"{base}\""), 1);
    let page =
        format!("<html xmlns=\"http://www.w3.org/1999/xhtml\"><body>{}</body></html>", atom(entry));
    let bases = [
        "javascript:alert(1)//",
        "//evil.example/",
        "data:text/html,x",
        "file:///etc/",
        "\\\\evil.example\\",
        "/\\evil.example/",
        " /&#9;/evil.example/",
        "vbscript:x",
        "blob:http://evil.example/x",
        "mailto:a@b.vn",
        "http://",
        "",
    ];
    let mut cases: Vec<Case> = bases
        .iter()
        .map(|base| document(format!("base {base}"), based(base), reads(&["t"])))
        .collect();
    cases.extend([
        document(
            "prefixes that nobody declared",
            rss(&item(
                "t",
                "<dc:creator>Bình</dc:creator><foo:title>sai</foo:title><:a>x</:a><a:>x</a:>",
            )),
            warns("undeclared-prefix", &["t"]),
        ),
        answered("Atom called HTML", "content-type: text/html\r\n", atom(entry), reads(&["t"])),
        answered(
            "Atom in a page",
            "content-type: text/html\r\n",
            page,
            warns("junk-before-document", &["t"]),
        ),
        answered(
            "Atom called JSON",
            "content-type: application/json\r\n",
            atom(entry),
            reads(&["t"]),
        ),
    ]);
    cases
}
