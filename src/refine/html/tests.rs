use super::*;
use crate::text::is_invisible;

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
            "<script", "<svg", "<set", "<animate", "<style", "style=", "<link", "<meta", "<base",
            "<form", "<iframe", "srcdoc", "srcset", "\"javascript:", "vbscript:x\"", "\"data:",
            "<object", "<embed", " onerror=alert(1)>", "onload=", "ontoggle", "onclick", "ping=",
            "<input", "<button", "<math", "<video", "<!--", "<template",
        ] {
            assert!(!out.contains(bad), "{bad} in {out} from {html}");
        }
    }
}

/// The pieces of markup in `tests/fixtures/hostile/html.txt`, which a browser sees too (`tests/stories/hostile-html-in-a-browser`).
fn hostile() -> Vec<String> {
    let text = include_str!("../../../tests/fixtures/hostile/html.txt");
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let grown = |line: &str| match line.split_once("{X:") {
        None => line.replace("{A:40000}", &"A".repeat(40_000)),
        Some((before, rest)) => {
            let (count, rest) = rest.split_once(':').unwrap();
            let (piece, after) = rest.split_once('}').unwrap();
            let before = before.replace("{A:40000}", &"A".repeat(40_000));
            format!("{before}{}{after}", piece.repeat(count.parse().unwrap()))
        }
    };
    let escaped = |line: String| {
        let mut line = line.replace("\\n", "\n").replace("\\t", "\t").replace("\\0", "\0");
        while let Some(at) = line.find("\\u") {
            let code = u32::from_str_radix(&line[at + 2..at + 6], 16).unwrap();
            line.replace_range(at..at + 6, &char::from_u32(code).unwrap().to_string());
        }
        line
    };
    lines.map(grown).map(escaped).collect()
}

/// What a browser's parser makes of a text: any element or attribute that may not be there.
fn active(html: &str) -> Option<String> {
    let tree = scraper::Html::parse_fragment(html);
    tree.tree.values().find_map(|node| {
        if let scraper::Node::Element(element) = node {
            let (name, mut attributes) = (element.name(), element.attrs());
            let known = policy::TAGS.contains(&name) || ["html", "head", "body"].contains(&name);
            let bad = attributes.find(|(attribute, value)| {
                let allowed = policy::attributes_of(name).contains(attribute);
                let address = ["href", "src"].contains(attribute);
                let web =
                    ["http://", "https://", "mailto:", "tel:"].iter().any(|s| value.starts_with(s));
                !allowed || (address && (!web || !value.is_ascii()))
            });
            let unsafe_link = name == "a" && element.attr("rel") != Some(policy::REL);
            return (!known || bad.is_some() || unsafe_link).then(|| format!("{element:?}"));
        }
        (node.is_comment() || node.is_doctype()).then(|| format!("{node:?}"))
    })
}

#[test]
fn nothing_active_is_in_the_tree_of_what_is_left() {
    let all = hostile();
    assert!(all.len() > 100);
    for html in &all {
        let out = cleaned(html);
        assert_eq!(active(&out), None, "{out:.300} from {html:.300}");
        let limit = Limits::default().bytes;
        assert!(out.len() <= limit, "{} from {html:.300}", out.len());
        // A text that is not HTML by its format is markup to no one.
        assert_eq!(active(&text_to_html(&html_to_text(html))), None, "{html:.300}");
    }
}

#[test]
fn titles_hide_nothing_and_addresses_are_ascii() {
    for c in [
        "\u{202e}", "\u{2066}", "\u{200b}", "\u{200d}", "\u{feff}", "\u{ad}", "\u{3164}",
        "\u{115f}", "\u{34f}", "\u{e0041}", "\u{61c}", "\u{180e}", "\u{2062}",
    ] {
        assert!(c.chars().all(is_invisible), "{}", c.escape_unicode());
        let out = cleaned(&format!(
            "<a href='http://tin{c}.gov.vn/' title='a{c}b'>x</a><img src='http://a.vn/{c}x' alt='a{c}b'>"
        ));
        assert!(!out.contains(c), "{out}");
    }
    let out = cleaned("<a href='http://tỉnh.gov.vn/'>x</a><a href='http://аррӏе.vn/đ'>y</a>");
    assert!(out.is_ascii() && out.contains("http://xn--"), "{out}");
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
fn only_whole_pixels_make_a_counter() {
    for size in ["1in", "1.5in", "1.5em", "1.0rem", "1.5%", "100.5%", "1.x", "1.5.5"] {
        let found = clean(&format!("<img src=p.jpg width={size}>"), None, &Limits::default());
        assert_eq!(found.pixels, 0, "{size}");
        let found =
            clean(&format!("<img src=p.jpg style='width:{size}'>"), None, &Limits::default());
        assert_eq!(found.pixels, 0, "{size}");
    }
    for size in ["1", "1px", "1.0", "0.5px", "0."] {
        let found = clean(&format!("<img src=p.jpg width={size}>"), None, &Limits::default());
        assert_eq!(found.pixels, 1, "{size}");
    }
    assert!(cleaned("<img src=p.jpg width=100.5px>").contains("width=\"100\""));
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
        "<p>abcde\nf</p>"
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

#[test]
fn the_adoption_bomb_stays_small() {
    let bomb = format!("<p><a href={}>{}", "A".repeat(40_000), "<p>a".repeat(10_000));
    let out = clean(&bomb, Some(&base()), &Limits::default());
    assert!(out.html.len() <= 512 * 1024, "{}", out.html.len());
    assert!(out.html.contains("<p>a</p>"));
    let small: String = (0..4_000).map(|n| format!("<b><i title={n}><p>a")).collect();
    assert!(clean(&small, None, &Limits::default()).html.len() <= 512 * 1024);
    let deep = "<div>".repeat(100_000);
    assert_eq!(clean(&deep, None, &Limits::default()).html, "");
}

#[test]
fn a_clean_article_comes_back_unchanged() {
    let html = "<p>Một <strong>hai</strong> <a href=\"https://a.vn/x?a=1&amp;b=2\" title=\"t\" rel=\"noopener noreferrer\">ba</a></p>\
        <p><img src=\"https://a.vn/x.jpg\" alt=\"Ảnh &quot;đẹp&quot;\" width=\"300\"></p><ul><li>x</li></ul>";
    assert_eq!(policy::sanitize(html), html);
    assert_eq!(cleaned(html), html);
}

mod properties {
    use super::*;
    use crate::text::is_forbidden;
    use proptest::prelude::*;

    /// Pieces of markup that parsers disagree about.
    const PIECES: [&str; 60] = [
        "<p>",
        "</p>",
        "<b>",
        "</b>",
        "<a href=x>",
        "<a href='javascript:x'>",
        "</a>",
        "<i>",
        "</i>",
        "<table>",
        "<tr>",
        "<td>",
        "</td>",
        "</table>",
        "<ul>",
        "<li>",
        "</ul>",
        "<div>",
        "</div>",
        "<br>",
        "a",
        " & ",
        "&lt;",
        "&#1;",
        "<svg>",
        "</svg>",
        "<math>",
        "<style>",
        "</style>",
        "<script>",
        "</script>",
        "<!--",
        "-->",
        "<img src=a>",
        "<img data-src=b src=x.gif>",
        "<noscript>",
        "</noscript>",
        "<pre>\n",
        "\n</pre>",
        "<select>",
        "<option>",
        "</select>",
        "<form>",
        "<h2>",
        "</h2>",
        "<blockquote>",
        "</blockquote>",
        "<picture>",
        "<source srcset=x>",
        "</picture>",
        "<dl><dt>",
        "<dd>",
        "</dl>",
        "&nbsp;",
        "ước",
        "<caption>",
        "<col>",
        "<details>",
        "<summary>",
        "<template>",
    ];

    fn check(html: &str, limits: &Limits) -> Result<(), TestCaseError> {
        let out = clean(html, Some(&base()), limits);
        prop_assert!(out.html.len() <= limits.bytes);
        prop_assert!(!out.html.chars().any(is_forbidden), "{:?}", out.html);
        let again = clean(&out.html, Some(&base()), limits);
        prop_assert_eq!(&again.html, &out.html, "from {}", html);
        prop_assert_eq!(&policy::sanitize(&out.html), &out.html);
        for bad in ["<script", "<style", "<svg", "<math", "javascript:", "onerror=", "<form"] {
            let parsed = crate::text::html_token::Tokens::of(&out.html).any(|t| {
                matches!(t, crate::text::html_token::Token::Start(name, attrs)
                if format!("<{name}").contains(bad) || attrs.contains(bad))
            });
            prop_assert!(!parsed, "{} in {}", bad, out.html);
        }
        Ok(())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]
        #[test]
        fn cleaning_twice_is_cleaning_once(parts in proptest::collection::vec(0usize..60, 0..40)) {
            let html: String = parts.iter().map(|p| PIECES[*p]).collect();
            check(&html, &Limits::default())?;
        }

        #[test]
        fn a_cut_document_is_clean(parts in proptest::collection::vec(0usize..60, 0..60), bytes in 20usize..200) {
            let html: String = parts.iter().map(|p| PIECES[*p]).collect();
            check(&html, &Limits { bytes, depth: 8 })?;
        }

        #[test]
        fn any_text_at_all(html in "\\PC{0,80}|[<>/a-b!\"'= &;#x0-9\\x00-\\x20-]{0,80}") {
            check(&html, &Limits::default())?;
        }
    }
}
