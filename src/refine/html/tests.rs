use super::*;
use crate::text::is_invisible;

fn base() -> Url {
    Url::parse("https://a.gov.vn/tin/").unwrap()
}

/// Cleaned as a text whose page is its base.
fn clean_there(html: &str) -> Cleaned {
    let base = base();
    clean(html, Place { base: Some(&base), page: Some(&base) }, &Limits::default())
}

fn clean_alone(html: &str, limits: &Limits) -> Cleaned {
    clean(html, Place::default(), limits)
}

fn cleaned(html: &str) -> String {
    let cleaned = clean_there(html);
    let again = clean_there(&cleaned.html);
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
            let stays = crate::text::element(name).is_some_and(|e| e.written == Some(name));
            let known = stays || ["html", "head", "body"].contains(&name);
            let bad = attributes.find(|(attribute, value)| {
                let allowed = *attribute == "id" || policy::attributes_of(name).contains(attribute);
                let address = ["href", "src"].contains(attribute);
                let web = ["http://", "https://", "mailto:", "tel:", "#"]
                    .iter()
                    .any(|s| value.starts_with(s));
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
    let found = clean_there(html);
    assert_eq!((found.images.len(), found.pixels), (4, 2));
    assert_eq!(found.images[0].alt.as_deref(), Some("Ảnh"));
    let twice = "<img src=x.gif data-src=b.jpg><noscript><img src=b.jpg></noscript>";
    assert_eq!(cleaned(twice).matches("b.jpg").count(), 1, "{}", cleaned(twice));
}

#[test]
fn only_whole_pixels_make_a_counter() {
    for size in ["1in", "1.5in", "1.5em", "1.0rem", "1.5%", "100.5%", "1.x", "1.5.5"] {
        let found = clean_alone(&format!("<img src=p.jpg width={size}>"), &Limits::default());
        assert_eq!(found.pixels, 0, "{size}");
        let found =
            clean_alone(&format!("<img src=p.jpg style='width:{size}'>"), &Limits::default());
        assert_eq!(found.pixels, 0, "{size}");
    }
    for size in ["1", "1px", "1.0", "0.5px", "0."] {
        let found = clean_alone(&format!("<img src=p.jpg width={size}>"), &Limits::default());
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
    let out = clean_alone(&deep, &Limits::default());
    assert!(out.deep && out.html.matches("<div>").count() == 256);
    assert_eq!(clean_alone(&out.html, &Limits::default()).html, out.html);
}

#[test]
fn size_is_capped_at_an_element() {
    let limits = Limits { bytes: 100, depth: 256 };
    let out = clean_alone(&"<p>một hai ba</p>".repeat(20), &limits);
    assert!(out.cut && out.html.len() <= 100, "{out:?}");
    assert!(out.html.ends_with("</p>"));
    let text = clean_alone(&format!("<p>{}</p>", "ư".repeat(90)), &limits);
    assert!(text.cut && text.html.len() <= 100 && text.html.ends_with("ư</p>"), "{text:?}");
    let amps = clean_alone(&"&amp;&lt;".repeat(60), &limits);
    assert!(amps.cut && amps.html.len() <= 100);
}

#[test]
fn the_adoption_bomb_stays_small() {
    let bomb = format!("<p><a href={}>{}", "A".repeat(40_000), "<p>a".repeat(10_000));
    let out = clean_there(&bomb);
    assert!(out.html.len() <= 512 * 1024, "{}", out.html.len());
    assert!(out.html.contains("<p>a</p>"));
    let small: String = (0..4_000).map(|n| format!("<b><i title={n}><p>a")).collect();
    assert!(clean_alone(&small, &Limits::default()).html.len() <= 512 * 1024);
    let deep = "<div>".repeat(100_000);
    assert_eq!(clean_alone(&deep, &Limits::default()).html, "");
}

#[test]
fn a_clean_article_comes_back_unchanged() {
    let html = "<p>Một <strong>hai</strong> <a href=\"https://a.vn/x?a=1&amp;b=2\" title=\"t\" rel=\"noopener noreferrer\">ba</a></p>\
        <p><img src=\"https://a.vn/x.jpg\" alt=\"Ảnh &quot;đẹp&quot;\" width=\"300\"></p><ul><li>x</li></ul>";
    assert_eq!(policy::sanitize(html), html);
    assert_eq!(cleaned(html), html);
}

#[test]
fn what_was_embedded_becomes_a_link_once() {
    let link = |url: &str, inside: &str| {
        format!("<a href=\"{url}\" rel=\"noopener noreferrer\">{inside}</a>")
    };
    let cases = [
        (
            "<p>a</p><iframe src='https://x.vn/42'></iframe>",
            format!("<p>a</p><p>{}</p>", link("https://x.vn/42", "x.vn/42")),
        ),
        (
            "<iframe data-src='//x.vn/b?a=1&amp;b=2' src='about:blank' title='Bản đồ'></iframe>",
            format!("<p>{}</p>", link("https://x.vn/b?a=1&amp;b=2", "Bản đồ")),
        ),
        (
            "<p>a<iframe src=v></iframe>b</p>",
            format!("<p>a {} b</p>", link("https://a.gov.vn/tin/v", "a.gov.vn/tin/v")),
        ),
        (
            "<video poster=p.jpg><source src=h.mp4><source src=h.webm>Máy cũ</video>b",
            format!(
                "<p>{}</p>b",
                link(
                    "https://a.gov.vn/tin/h.mp4",
                    "<img src=\"https://a.gov.vn/tin/p.jpg\" alt=\"\"><br>h.mp4"
                )
            ),
        ),
        (
            "<audio src=h.mp3 /><p>b",
            format!("<p>{}</p><p>b</p>", link("https://a.gov.vn/tin/h.mp3", "h.mp3")),
        ),
        (
            "<video src=h.mp4><p>b",
            format!("<p>{}</p><p>b</p>", link("https://a.gov.vn/tin/h.mp4", "h.mp4")),
        ),
        (
            "<object data=q.pdf><embed src=q.pdf></object>",
            format!("<p>{}</p>", link("https://a.gov.vn/tin/q.pdf", "q.pdf")),
        ),
    ];
    for (html, expected) in cases {
        assert_eq!(cleaned(html), expected, "{html}");
        assert_eq!(clean_there(html).embeds.len(), 1, "{html}");
    }
    let hostile = "<iframe src='javascript:x'></iframe><embed src='data:text/html,x'><video src='vbscript:x'></video>";
    assert_eq!((cleaned(hostile).as_str(), clean_there(hostile).embeds.len()), ("", 3));
}

#[test]
fn files_that_were_embedded_are_found_behind_their_viewers() {
    let file = |html: &str| {
        let embed = clean_there(html).embeds.remove(0);
        embed.file().map(|file| (file.url, file.media_type.unwrap_or_default()))
    };
    let found = |url: &str, media: &str| Some((url.to_owned(), media.to_owned()));
    assert_eq!(file("<video src='https://x.vn/v'></video>"), found("https://x.vn/v", "video/mp4"));
    assert_eq!(
        file("<embed src='https://x.vn/q' type='application/pdf'>"),
        found("https://x.vn/q", "application/pdf")
    );
    let viewer = "<iframe src='https://docs.x.vn/gview?url=https%3A%2F%2Fx.vn%2Fk.pdf&embedded=true'></iframe>";
    assert_eq!(file(viewer), found("https://x.vn/k.pdf", "application/pdf"));
    assert_eq!(file("<iframe src='https://x.vn/embed/1'></iframe>"), None);
}

#[test]
fn what_closes_itself_swallows_nothing() {
    for tag in [
        "<script src='x'/>",
        "<iframe src='https://x.vn/1' />",
        "<style/>",
        "<textarea rows=\"2\"/>",
    ] {
        let out = cleaned(&format!("<p>a</p>{tag}<p>b</p>"));
        assert!(out.starts_with("<p>a</p>") && out.ends_with("<p>b</p>"), "{out}");
    }
    assert!(clean_there("<p>a</p><script>x<p>b</p>").cut, "what an open script swallows is told");
    assert!(!clean_there("<p>a</p><script>if (1 < 2) x()</script>").cut);
}

#[test]
fn blocks_that_may_not_stay_part_words() {
    assert_eq!(
        cleaned("<header>a</header><center>b</center><address>c</address><menu><li>d</menu>"),
        "<div>a</div><div>b</div><div>c</div><ul><li>d</li></ul>"
    );
    let form = cleaned("<form><fieldset><legend>Họ</legend>Lò Sáu</fieldset></form>");
    assert_eq!(form, "<div><div><div>Họ</div>Lò Sáu</div></div>");
    assert_eq!(
        cleaned("Bản <o:p>Mư</o:p>ờng"),
        "Bản Mường",
        "what no browser knows stands in its line"
    );
}

#[test]
fn lists_keep_their_numbers() {
    assert_eq!(
        cleaned("<ol type=a start=3 reversed><li value=7>x</li></ol>"),
        "<ol start=\"3\" type=\"a\" reversed=\"\"><li value=\"7\">x</li></ol>"
    );
    assert_eq!(
        cleaned("<ol style='list-style-type: upper-roman'><li>x</li></ol>"),
        "<ol type=\"I\"><li>x</li></ol>"
    );
    assert_eq!(cleaned("<ol type=disc><li value=x>x</li></ol>"), "<ol><li>x</li></ol>");
}

#[test]
fn links_within_a_text_lead_to_its_page_or_stay_within() {
    let notes = "<p>a<sup><a href='#n1' id=r1>1</a></sup></p><p><a name=n1></a>x <a href='#r1'>lên</a></p><h2 id=z>y</h2>";
    let rel = "rel=\"noopener noreferrer\"";
    let expected = |at: &str| {
        format!(
            "<p>a<sup><a id=\"r1\" href=\"{at}#n1\" {rel}>1</a></sup></p>\
         <p><span id=\"n1\"></span>x <a href=\"{at}#r1\" {rel}>lên</a></p><h2>y</h2>"
        )
    };
    assert_eq!(cleaned(notes), expected("https://a.gov.vn/tin/"));
    let base = base();
    let alone = clean(notes, Place { base: Some(&base), page: None }, &Limits::default());
    assert_eq!(alone.html, expected(""), "a text without a page of its own");
    assert_eq!(cleaned("<a href='#'>x</a>"), "x");
    assert_eq!(clean_alone("<a href='#m'>x</a>", &Limits::default()).html, "x");
}

#[test]
fn pictures_that_wait_are_found_under_any_name() {
    for waiting in [
        "src='' data-lazyload='/p.jpg'",
        "data-real-src=/p.jpg",
        "src=/b.gif data-echo=/p.jpg",
        "data-orig-file='/p.jpg'",
        "data-ezsrc='/p.jpg'",
        "nitro-lazy-src='/p.jpg' src='data:image/gif;base64,R0'",
        "src='/img/1x1.gif' data-pagespeed-lazy-src='/p.jpg'",
        "src=/p.jpg data-large-file=/x.jpg data-link=/tin.html",
        "srcset='/s.jpg 320w,/p.jpg 1280w'",
        "srcset='/s,1.jpg, /p.jpg 2x'",
    ] {
        assert_eq!(
            cleaned(&format!("<img {waiting}>")),
            "<img src=\"https://a.gov.vn/p.jpg\">",
            "{waiting}"
        );
    }
}

#[test]
fn formulas_and_drawings_say_what_they_show() {
    assert_eq!(
        cleaned("<p>Tính <math><mfrac><mn>1</mn><mn>2</mn></mfrac></math> kg</p>"),
        "<p>Tính 1/2 kg</p>"
    );
    assert_eq!(cleaned("<p>a <svg><title>x</title><text>Lúa</text></svg> b</p>"), "<p>a Lúa b</p>");
    assert_eq!(cleaned("<svg><p>b</p>"), "<p>b</p>");
}

mod properties {
    use super::*;
    use crate::text::is_forbidden;
    use proptest::prelude::*;

    /// Pieces of markup that parsers disagree about.
    const PIECES: [&str; 76] = [
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
        "<article>",
        "</article>",
        "<legend>x",
        "<menu>",
        "<a href=#n>",
        "<a name=n>",
        "<i id=n>",
        "<ol type=a><li value=7>",
        "<video src=v.mp4>",
        "<source src=w.mp4>",
        "</video>",
        "<iframe src=f />",
        "<script/>",
        "<object data=o.pdf>",
        "<math><mfrac><mn>1</mn><mn>2</mn></mfrac></math>",
        "<img data-echo=e.jpg>",
    ];

    fn check(html: &str, limits: &Limits) -> Result<(), TestCaseError> {
        let base = base();
        let place = Place { base: Some(&base), page: None };
        let out = clean(html, place, limits);
        prop_assert!(out.html.len() <= limits.bytes);
        prop_assert!(!out.html.chars().any(is_forbidden), "{:?}", out.html);
        let again = clean(&out.html, place, limits);
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
        fn cleaning_twice_is_cleaning_once(parts in proptest::collection::vec(0usize..76, 0..40)) {
            let html: String = parts.iter().map(|p| PIECES[*p]).collect();
            check(&html, &Limits::default())?;
        }

        #[test]
        fn a_cut_document_is_clean(parts in proptest::collection::vec(0usize..76, 0..60), bytes in 20usize..200) {
            let html: String = parts.iter().map(|p| PIECES[*p]).collect();
            check(&html, &Limits { bytes, depth: 8 })?;
        }

        #[test]
        fn any_text_at_all(html in "\\PC{0,80}|[<>/a-b!\"'= &;#x0-9\\x00-\\x20-]{0,80}") {
            check(&html, &Limits::default())?;
        }
    }
}
