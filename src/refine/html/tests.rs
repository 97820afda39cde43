use super::*;

fn base() -> Url {
    Url::parse("https://a.gov.vn/tin/").unwrap()
}

fn cleaned(html: &str) -> String {
    let cleaned = clean(html, Some(&base()), &Limits::default());
    let again = clean(&cleaned.html, Some(&base()), &Limits::default());
    assert_eq!(cleaned.html, again.html, "not idempotent for {html}");
    cleaned.html
}

#[test]
fn active_content_is_gone() {
    let hostile = [
        "<svg><a><set attributeName=href to=javascript:alert(1)></set><text>x</text></a></svg>",
        "<svg><animate href=#x attributeName=href values=javascript:alert(1) /></svg><a id=x>y</a>",
        "<img srcset=\"http:a<script>alert(1)</script>\">",
        "<a href=\"java&#10;script:alert(1)\">x</a>",
        "<a href=\" javascript:alert(1)\">x</a>",
        "<a href=\"&#1;javascript:alert(1)\">x</a>",
        "<a href=vbscript:x>x</a><a href=\"data:text/html,<script>alert(1)</script>\">x</a>",
        "<p style=\"background:url(javascript:x)\">x</p><style>p{}</style><link rel=stylesheet href=x>",
        "<meta http-equiv=refresh content=\"0;url=http://evil\"><base href=http://evil/>",
        "<form action=http://evil><input name=a><button formaction=x>go</button></form>",
        "<iframe srcdoc=\"<script>alert(1)</script>\"></iframe><object data=x></object><embed src=x>",
        "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
        "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\"></noscript>",
        "<img src=x onerror=alert(1)><body onload=alert(1)><details ontoggle=alert(1) open>x</details>",
        "<a href=\"x\" onclick=alert(1) ping=http://evil>x</a><video src=x onerror=alert(1)></video>",
        "<!--[if IE]><script>alert(1)</script><![endif]--><xmp><script>alert(1)</script></xmp>",
        "<template><script>alert(1)</script></template><plaintext><script>alert(1)</script>",
    ];
    for html in hostile {
        let out = cleaned(html).to_ascii_lowercase();
        for bad in [
            "<script",
            "<svg",
            "<set",
            "<animate",
            "<style",
            "style=",
            "<link",
            "<meta",
            "<base",
            "<form",
            "<iframe",
            "srcdoc",
            "srcset",
            "\"javascript:",
            "vbscript:x\"",
            "\"data:",
            "<object",
            "<embed",
            " onerror=alert(1)>",
            "onload=",
            "ontoggle",
            "onclick",
            "ping=",
            "<input",
            "<button",
            "<math",
            "<video",
            "<!--",
            "<template",
        ] {
            assert!(!out.contains(bad), "{bad} in {out} from {html}");
        }
    }
}

#[test]
fn links_are_whole_and_cannot_reach_back() {
    assert_eq!(
        cleaned("<p><a href='../x?a=1&amp;b=2' target=_blank class=y>đây</a></p>"),
        "<p><a href=\"https://a.gov.vn/x?a=1&amp;b=2\" rel=\"noopener noreferrer\">đây</a></p>"
    );
    assert_eq!(
        cleaned("<a href='http:moc.gov.vn/x'>a</a>"),
        "<a href=\"http://moc.gov.vn/x\" rel=\"noopener noreferrer\">a</a>"
    );
    assert_eq!(cleaned("<a name=x>neo</a>"), "neo");
}

#[test]
fn pictures_are_found_and_counters_are_gone() {
    let html = "<p>a<img src=/p.gif width=1 height=1><img src='http://feeds.feedburner.com/~r/x' >\
        <img src='data:image/gif;base64,R0' data-src='b.jpg' alt='Ảnh'>\
        <img src=/img/blank.gif data-original=c.jpg width=300px style='color:red'>\
        <img srcset='d-300.jpg 300w, d-900.jpg 900w'>\
        <picture><source srcset='e.webp 2x'><img></picture></p>";
    assert_eq!(
        cleaned(html),
        "<p>a<img src=\"https://a.gov.vn/tin/b.jpg\" alt=\"Ảnh\"><img src=\"https://a.gov.vn/tin/c.jpg\" width=\"300\">\
         <img src=\"https://a.gov.vn/tin/d-900.jpg\"><img src=\"https://a.gov.vn/tin/e.webp\"></p>"
    );
    let found = clean(html, Some(&base()), &Limits::default());
    assert_eq!((found.images.len(), found.pixels), (4, 2));
    assert_eq!(found.images[0].alt.as_deref(), Some("Ảnh"));
    let twice = "<img src=x.gif data-src=b.jpg><noscript><img src=b.jpg></noscript>";
    assert_eq!(cleaned(twice).matches("b.jpg").count(), 1, "{}", cleaned(twice));
}

#[test]
fn empty_paragraphs_are_gone_and_tables_stay() {
    assert_eq!(
        cleaned("<p>a</p><p>&nbsp;</p><div><p> <br></p></div><p><b> </b></p>b"),
        "<p>a</p>b"
    );
    assert_eq!(cleaned("a<b> </b>c"), "a c");
    let table = "<table><tbody><tr><td>1</td><td></td></tr></tbody></table>";
    assert_eq!(cleaned("<table><tr><td style=x>1<td></table>"), table);
    assert_eq!(
        cleaned("<ul><li></li></ul><figure><img src=a.jpg></figure>"),
        "<figure><img src=\"https://a.gov.vn/tin/a.jpg\"></figure>"
    );
}

#[test]
fn characters_that_xml_forbids_are_out() {
    assert_eq!(
        cleaned("<p>a&#0;b&#x1;c&#xFFFE;d\u{b}e&#13;f</p>").replace('\u{fffd}', ""),
        "<p>abcde\nf</p>".replace("e\nf", "e\nf")
    );
}

#[test]
fn depth_is_capped() {
    let deep = format!("{}x{}", "<div>".repeat(400), "</div>".repeat(400));
    let out = clean(&deep, None, &Limits::default());
    assert!(out.deep && out.html.matches("<div>").count() == 256);
    assert_eq!(clean(&out.html, None, &Limits::default()).html, out.html);
}

#[test]
fn size_is_capped_at_an_element() {
    let limits = Limits { bytes: 100, depth: 256 };
    let out = clean(&"<p>một hai ba</p>".repeat(20), None, &limits);
    assert!(out.cut && out.html.len() <= 100, "{out:?}");
    assert!(out.html.ends_with("</p>"));
    let text = clean(&format!("<p>{}</p>", "ư".repeat(90)), None, &limits);
    assert!(text.cut && text.html.len() <= 100 && text.html.ends_with("ư</p>"), "{text:?}");
    let amps = clean(&"&amp;&lt;".repeat(60), None, &limits);
    assert!(amps.cut && amps.html.len() <= 100);
}
