//! Whole documents, one per kind of trouble.

mod legacy;

use super::*;
use crate::model::{FeedKind, ParsedEntry};

fn parse(text: &str) -> ParsedFeed {
    read(text.as_bytes(), None).unwrap_or_default()
}

fn titles(feed: &ParsedFeed) -> Vec<&str> {
    feed.entries.iter().map(title).collect()
}

fn title(entry: &ParsedEntry) -> &str {
    entry.title.as_ref().map(|t| t.value.as_str()).unwrap_or_default()
}

fn warned(feed: &ParsedFeed, name: &str) -> bool {
    feed.warnings.iter().any(|w| w.name == name)
}

fn items(count: usize) -> String {
    (0..count).map(|i| format!("<item><title>Tin {i}</title></item>")).collect()
}

#[test]
fn each_state_has_its_name() {
    assert_eq!(read(b" \n", None), Err(Error::Empty));
    assert!(matches!(read(b"<html><title>x</title>", Some("text/xml")), Err(Error::Html { .. })));
    assert!(matches!(read(b"<a><b/></a>", None), Err(Error::NotAFeed { .. })));
    let empty = read(b"<rss><channel></channel></rss>", None).map(|f| f.entries.len());
    assert_eq!(empty, Ok(0));
}

#[test]
fn xhtml_that_was_escaped_is_markup_all_the_same() {
    let content = |attributes: &str, inside: &str| {
        let feed = format!(
            "<feed xmlns='http://www.w3.org/2005/Atom'><entry><content {attributes}>{inside}</content></entry></feed>"
        );
        let entry = parse(&feed).entries.remove(0);
        (entry.content[0].kind, entry.content[0].value.clone())
    };
    let escaped = "&lt;p>Một &amp;amp; hai&lt;/p>";
    let expected = (crate::model::TextKind::Html, "<p>Một &amp; hai</p>".to_owned());
    for attributes in [
        "type='application/xhtml+xml' mode='escaped'",
        "type='application/xhtml+xml'",
        "type='xhtml'",
    ] {
        assert_eq!(content(attributes, escaped), expected, "{attributes}");
        assert_eq!(content(attributes, &format!("<![CDATA[{}]]>", expected.1)), expected);
    }
    let (kind, value) = content("type='xhtml'", "<div><p>1 &lt; 2</p></div>");
    assert_eq!((kind, &*value), (crate::model::TextKind::Xhtml, "<p>1 &lt; 2</p>"));
}

#[test]
fn an_inner_channel_of_a_cdf_tells_nothing_of_the_feed() {
    let feed = parse(
        "<CHANNEL HREF='http://a.vn/'><CHANNEL HREF='http://a.vn/xa-hoi/' LASTMOD='2001-01-01'><TITLE>Xã hội</TITLE><ABSTRACT>Trong</ABSTRACT>\
         <ITEM HREF='http://a.vn/1'><TITLE>Một</TITLE></ITEM></CHANNEL><TITLE>Cổng</TITLE><ABSTRACT>Ngoài</ABSTRACT></CHANNEL>",
    );
    assert_eq!(titles(&feed), ["Một"]);
    let text = |text: &Option<crate::model::Text>| text.as_ref().map(|t| t.value.clone());
    assert_eq!(text(&feed.title).as_deref(), Some("Cổng"));
    assert_eq!(text(&feed.description).as_deref(), Some("Ngoài"));
    assert_eq!((feed.link.as_deref(), feed.links.len()), (Some("http://a.vn/"), 1));
    assert_eq!(feed.updated, None);
}

#[test]
fn of_two_paces_the_longer_counts() {
    let ttl = |inside: &str| {
        let head = "<rss xmlns:sy='http://purl.org/rss/1.0/modules/syndication/'><channel>";
        parse(&format!("{head}{inside}</channel></rss>")).ttl
    };
    let (period, frequency) =
        ("<sy:updatePeriod>hourly</sy:updatePeriod>", "<sy:updateFrequency>2</sy:updateFrequency>");
    for both in [format!("{period}{frequency}"), format!("{frequency}{period}")] {
        assert_eq!(ttl(&both), Some(30));
        assert_eq!(ttl(&format!("<ttl>120</ttl>{both}")), Some(120));
        assert_eq!(ttl(&format!("{both}<ttl>5</ttl>")), Some(30));
    }
    assert_eq!(ttl(&format!("<ttl>120</ttl>{frequency}")), Some(120));
    assert_eq!(ttl(period), Some(60));
}

#[test]
fn what_breaks_off_keeps_the_complete_items() {
    let whole = format!("<rss><channel>{}</channel></rss>", items(3));
    let half = whole.find("Tin 2").unwrap_or_default();
    for end in [half + 2, half + 6, half + 12, half + 16] {
        let feed = parse(whole.get(..end).unwrap_or_default());
        assert_eq!(titles(&feed), ["Tin 0", "Tin 1"]);
        assert!(warned(&feed, "half-entry-dropped"));
    }
}

#[test]
fn a_document_cut_anywhere_gives_a_beginning_of_its_entries_and_never_half_of_one() {
    let body = "<title>Tin &amp; <![CDATA[<b>bài</b>]]></title><link href='http://a.vn/1' a=\"b\">x</link>\
                <!-- ế --><content type='html'>&lt;p>Dài&lt;/p></content><dc:creator>Bình</dc:creator>";
    let entries = |name: &str| -> String {
        (0..3)
            .map(|n| format!("<{name} a='{n}'><id>{n}</id><guid>{n}</guid>{body}</{name}>\n"))
            .collect()
    };
    let object = r#"{"id":"1","title":"Tin \"x\" \u1ebf","tags":["a",{"b":[1,-2.5e3,null]}],"url":"http://a.vn/"}"#;
    for whole in [
        format!(
            "<?xml version='1.0'?><rss><channel><title>K</title>{}</channel></rss>",
            entries("item")
        ),
        format!("<feed xmlns='http://www.w3.org/2005/Atom'>{}</feed>", entries("entry")),
        format!(
            "<rdf:RDF xmlns='http://purl.org/rss/1.0/'><channel/>{}</rdf:RDF>",
            entries("item")
        ),
        format!(
            "<urlset>{}</urlset>",
            "<url><loc>http://a.vn/1</loc><lastmod>2026</lastmod></url>".repeat(3)
        ),
        format!(
            "{{\"version\":\"https://jsonfeed.org/version/1\",\"items\":[{object},{object},{object}]}}"
        ),
    ] {
        let all = parse(&whole).entries;
        assert_eq!(all.len(), 3, "{whole}");
        let mut seen = 0;
        for end in (0..whole.len()).filter(|end| whole.is_char_boundary(*end)) {
            let Ok(feed) = read(&whole.as_bytes()[..end], None) else { continue };
            assert_eq!(feed.entries[..], all[..feed.entries.len()], "{}", &whole[..end]);
            assert!(feed.entries.len() >= seen, "{}", &whole[..end]);
            seen = feed.entries.len();
        }
        assert_eq!(seen, 3, "{whole}");
    }
}

#[test]
fn unclosed_items_and_fields() {
    let text = "<rss><channel><item><title>A<link>http://a.vn/1</link><pubDate>x<item><title>B</title></channel>";
    let feed = parse(text);
    assert_eq!(titles(&feed), ["A", "B"]);
    assert_eq!(feed.entries.first().and_then(|e| e.link.as_deref()), Some("http://a.vn/1"));
    assert!(warned(&feed, "unclosed-tag"));
}

#[test]
fn nesting_and_numbers_are_limited() {
    let limit = Limits::default();
    let nested = |n: usize| format!("<rss><channel><item>{}", "<x:a>".repeat(n));
    assert_eq!(read(nested(3000).as_bytes(), None), Err(Error::TooDeep { limit: limit.depth }));
    assert!(read(nested(limit.depth - 3).as_bytes(), None).is_ok());
    assert!(read(nested(limit.depth - 2).as_bytes(), None).is_err());
    assert!(read("<a>".repeat(1_000_000).as_bytes(), None).is_err());
    let many = parse(&format!("<rss><channel>{}", "<item/>".repeat(1_000_000)));
    assert_eq!(many.entries.len(), limit.entries);
    assert!(warned(&many, "entry-limit"));
    let exact =
        parse(&format!("<rss><channel>{}</channel></rss>", "<item/>".repeat(limit.entries)));
    assert!(!warned(&exact, "entry-limit"));
    let tag = format!("<rss{}><channel>{}", " a='1'".repeat(80_000), items(1));
    assert_eq!(titles(&parse(&tag)), ["Tin 0"]);
}

#[test]
fn long_titles_are_cut_between_characters() {
    let text = format!("<rss><channel><item><title>{}</title></item>", "ế".repeat(3_000_000));
    let feed = parse(&text);
    assert_eq!(feed.entries.first().map(|e| title(e).chars().count()), Some(1001));
    assert!(warned(&feed, "title-cut") && warned(&feed, "text-cut"));
}

#[test]
fn each_field_has_its_own_room() {
    let limit = Limits::default().text;
    let long = |n: usize| "x".repeat(n);
    let text = format!(
        "<rss><channel><item><content:encoded>{}</content:encoded><description>{}</description>\
         <comments>{}</comments></item></channel></rss>",
        long(limit - 1),
        long(limit),
        long(limit + 1)
    );
    let feed = parse(&text);
    let entry = feed.entries.first().cloned().unwrap_or_default();
    assert_eq!(entry.content.first().map(|c| c.value.len()), Some(limit - 1));
    assert_eq!(entry.summary.map(|s| s.value.len()), Some(limit));
    assert_eq!(entry.comments.map(|c| c.len()), Some(limit));
    assert!(feed.warnings.iter().any(|w| w.name == "text-cut" && w.count == 1));
}

#[test]
fn entity_bombs_stay_as_they_are() {
    let mut text = String::from("<!DOCTYPE r [<!ENTITY a0 \"ha\">");
    for i in 1..10 {
        text.push_str(&format!("<!ENTITY a{i} \"{}\">", format!("&a{};", i - 1).repeat(10)));
    }
    text.push_str("]><rss><channel><item><title>&a9; &a0;</title></item></channel></rss>");
    assert_eq!(titles(&parse(&text)), ["&a9; ha"]);
}

#[test]
fn undeclared_prefixes_keep_their_meaning() {
    let feed = parse(
        "<rss><channel><item><dc:creator>Bình</dc:creator><content:encoded>&lt;p>x</content:encoded></item></channel></rss>",
    );
    let entry = feed.entries.first().cloned().unwrap_or_default();
    assert_eq!(entry.authors.first().and_then(|a| a.name.as_deref()), Some("Bình"));
    assert_eq!(entry.content.first().map(|c| c.value.as_str()), Some("<p>x"));
    assert!(warned(&feed, "undeclared-prefix"));
}

#[test]
fn bases_that_are_not_of_the_web_are_not_used() {
    for base in
        ["javascript:alert(1)//", "//evil.example/", "\\\\evil.example/", "/&#10;/evil.example/"]
    {
        let text = format!("<feed xml:base='{base}'><entry><link href='x'/></entry></feed>");
        let link = parse(&text).entries.first().and_then(|e| e.link.clone());
        assert_eq!(link.as_deref(), Some("x"));
    }
    let text =
        "<feed xml:base='http://a.vn/b/'><entry xml:base='c/'><link href='x'/></entry></feed>";
    let link = parse(text).entries.first().and_then(|e| e.link.clone());
    assert_eq!(link.as_deref(), Some("http://a.vn/b/c/x"));
}

#[test]
fn cdata_in_cdata_and_forbidden_characters() {
    let feed = parse(
        "<rss><channel><item><title><![CDATA[a <![CDATA[ b ]]> c ]]>&#0;&#1;\u{1}</title></item></channel></rss>",
    );
    assert_eq!(titles(&feed), ["a <![CDATA[ b  c ]]>"]);
}

#[test]
fn junk_around_the_document() {
    let text = format!(
        "<br />\n<b>Warning</b>: x &lt; y <rss><channel>{}</channel></rss> <p>junk",
        items(2)
    );
    let feed = parse(&text);
    assert_eq!(titles(&feed), ["Tin 0", "Tin 1"]);
}

#[test]
fn a_feed_in_a_web_page_is_read_and_a_page_is_not() {
    let feed = format!("<rss version='2.0'><channel>{}</channel></rss>", items(2));
    for (before, after) in [
        ("<html><body><pre>", "</pre></body></html>"),
        ("<!DOCTYPE html>\n<body>", ""),
        ("<script>x</script>", ""),
    ] {
        let read = parse(&format!("{before}{feed}{after}"));
        assert_eq!(read.entries.len(), 2, "{before}");
        assert!(warned(&read, "junk-before-document"), "{before}");
    }
    for page in [
        "<html><body><p>&lt;rss> is a format</p></body></html>",
        "<html><rss><channel/></rss></html>",
    ] {
        assert!(matches!(read(page.as_bytes(), None), Err(Error::Html { .. })), "{page}");
    }
}

#[test]
fn an_entry_left_open_does_not_swallow_the_others() {
    let stray = parse(&format!("<rss><channel><entry>x{}</channel></rss>", items(3)));
    assert_eq!(stray.entries.len(), 4);
    let feed = parse(
        "<rss><channel><item><title>A</title><link>x<link>https://a.vn/1</link></item></channel></rss>",
    );
    assert_eq!(feed.entries[0].link.as_deref(), Some("https://a.vn/1"));
}

#[test]
fn sitemaps_with_news_and_indexes() {
    let feed = parse(
        "<urlset><url><loc>http://a.vn/1</loc><news:news><news:title>Một</news:title></news:news></url></urlset>",
    );
    assert_eq!((feed.kind, titles(&feed)), (FeedKind::Sitemap, vec!["Một"]));
    let index =
        parse("<sitemapindex><sitemap><loc>http://a.vn/s.xml</loc></sitemap></sitemapindex>");
    assert_eq!(index.links.first().map(|l| l.href.as_str()), Some("http://a.vn/s.xml"));
    assert!(index.entries.is_empty());
}

#[test]
fn an_oldest_first_document_over_the_limit_gives_its_newest() {
    let limits = Limits { entries: 3, ..Limits::default() };
    let days = ["01", "02", "03", "04", "05", "06", "07"];
    let at = |day: &&str| format!("2026-11-{day}T08:00:00Z");
    let rss: String = days
        .iter()
        .map(|d| format!("<item><title>{d}</title><pubDate>{}</pubDate></item>", at(d)))
        .collect();
    let atom: String = days
        .iter()
        .map(|d| format!("<entry><title>{d}</title><updated>{}</updated></entry>", at(d)))
        .collect();
    let json: Vec<_> = days
        .iter()
        .map(|d| format!("{{\"title\":\"{d}\",\"date_published\":\"{}\"}}", at(d)))
        .collect();
    for document in [
        format!("<rss><channel>{rss}</channel></rss>"),
        format!("<feed xmlns='http://www.w3.org/2005/Atom'>{atom}</feed>"),
        format!(
            "{{\"version\":\"https://jsonfeed.org/version/1\",\"items\":[{}]}}",
            json.join(",")
        ),
    ] {
        let feed = read_within(document.as_bytes(), None, &limits).unwrap();
        assert_eq!(titles(&feed), ["05", "06", "07"], "{document}");
        assert!(warned(&feed, "entry-limit"));
    }
}

#[test]
fn links_say_what_they_are_wherever_their_address_stands() {
    let feed = parse(
        "<feed xmlns='http://www.w3.org/2005/Atom'><entry><link rel='via'>http://b.vn/</link>\
         <link rel='enclosure' type='audio/mpeg'>http://a.vn/1.mp3</link><link href='http://a.vn/1'/></entry></feed>",
    );
    let entry = &feed.entries[0];
    assert_eq!(entry.link.as_deref(), Some("http://a.vn/1"));
    assert_eq!(entry.enclosures[0].media_type.as_deref(), Some("audio/mpeg"));
    let rss = parse("<rss><channel><item><link>http://a.vn/1</link></item></channel></rss>");
    assert_eq!(rss.entries[0].link.as_deref(), Some("http://a.vn/1"));
}

#[test]
fn subjects_in_every_form() {
    let terms = |fields: &str| {
        let feed = parse(&format!("<rss><channel><item>{fields}</item></channel></rss>"));
        let entry = feed.entries.into_iter().next().unwrap();
        entry.categories.into_iter().map(|(term, _, _)| term).collect::<Vec<_>>()
    };
    assert_eq!(
        terms("<itunes:keywords>chuyển đổi số, y tế</itunes:keywords>"),
        ["chuyển đổi số", "y tế"]
    );
    assert_eq!(terms("<itunes:keywords>dân ca Thái</itunes:keywords>"), ["dân ca Thái"]);
    assert_eq!(
        terms("<categories><category>Lúa</category><category>Du lịch</category></categories>"),
        ["Lúa", "Du lịch"]
    );
    assert_eq!(terms("<tags>lúa nước; ruộng</tags>"), ["lúa nước", "ruộng"]);
    assert_eq!(terms("<category>Cờ<image><url>http://a.vn/i.jpg</url></image></category>"), ["Cờ"]);
    assert_eq!(
        terms(
            "<media:group><media:category>Hội</media:category><media:content url='v'><media:keywords>xòe, khèn</media:keywords></media:content></media:group>"
        ),
        ["Hội", "xòe", "khèn"]
    );
    let feed = parse(
        "{\"version\":\"https://jsonfeed.org/version/1\",\"items\":[{\"id\":\"1\",\"tags\":\"lúa, ngô\"}]}",
    );
    assert_eq!(feed.entries[0].categories.len(), 2);
}

#[test]
fn what_a_film_says_is_said_of_its_entry() {
    let feed = parse(
        "<rss><channel><item><media:content url='http://a.vn/v.mp4'><media:title>Đua thuyền</media:title>\
         <media:description>Mười đội.</media:description></media:content></item>\
         <item><itunes:subtitle>Ngắn</itunes:subtitle><itunes:summary>Dài hơn</itunes:summary></item></channel></rss>",
    );
    let said = |n: usize| feed.entries[n].summary.as_ref().map(|s| s.value.as_str());
    assert_eq!(
        (titles(&feed)[0], said(0), said(1)),
        ("Đua thuyền", Some("Mười đội."), Some("Dài hơn"))
    );
    assert_eq!(feed.entries[0].enclosures[0].title.as_deref(), Some("Đua thuyền"));
}

#[test]
fn a_known_prefix_with_a_foreign_address_is_foreign() {
    let feed = parse(
        "<rss xmlns:dc='urn:gi-do' xmlns:atom='http://khac.example/a'><channel><item><dc:creator>X</dc:creator>\
         <atom:updated>2001-01-01T00:00:00Z</atom:updated></item></channel></rss>",
    );
    assert!(feed.entries[0].authors.is_empty() && feed.entries[0].updated.is_none());
}

#[test]
fn references_among_raw_elements_are_references() {
    let said = |text: &str| {
        let feed = parse(&format!(
            "<rss><channel><item><description>{text}</description></item></channel></rss>"
        ));
        feed.entries[0].summary.clone().map(|s| s.value).unwrap_or_default()
    };
    assert_eq!(
        said("Một&amp;nbsp;hai &amp;quot;ba&amp;quot;<br/>1 &lt; 2"),
        "Một&nbsp;hai &quot;ba&quot;<br />1 &lt; 2"
    );
    assert_eq!(said("TT&amp;TT<br/>x"), "TT&amp;TT<br />x");
}

#[test]
fn a_text_of_references_is_its_own_evidence_of_double_encoding() {
    let feed = parse(
        "<rss><channel><item><title>H&#195;&#160; N&#225;&#187;&#153;i</title></item></channel></rss>",
    );
    assert_eq!(titles(&feed), ["Hà Nội"]);
    let lesson =
        parse("<rss><channel><item><title>Chữ Th&#195;&#180;ng tin</title></item></channel></rss>");
    assert_eq!(titles(&lesson), ["Chữ ThÃ´ng tin"]);
}

#[test]
fn tombstones_and_archives() {
    let feed = parse(
        "<feed xmlns='http://www.w3.org/2005/Atom' xmlns:at='http://purl.org/atompub/tombstones/1.0'>\
         <link rel='prev-archive' href='http://a.vn/2'/>\
         <at:deleted-entry ref='tag:a,1' when='2009-06-12T00:00:00Z'/></feed>",
    );
    assert_eq!(feed.tombstones.first().map(|t| t.id.as_str()), Some("tag:a,1"));
    assert_eq!(feed.links.first().map(|l| l.rel.as_str()), Some("prev-archive"));
}

proptest::proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..400)) {
        let _ = read(&bytes, None);
    }

    #[test]
    fn no_markup_makes_it_panic(text in "(<|>|/|rss|item|feed|entry|title|link|content|&|;|#|\"|'|=| |:|dc|x|<!\\[CDATA\\[|\\]\\]>|<!--|<!DOCTYPE|\\[|ế){0,80}") {
        let _ = read(format!("<rss>{text}").as_bytes(), Some("text/xml; charset=utf-8"));
        let _ = read(text.as_bytes(), None);
        let _ = read_opml(text.as_bytes(), None);
    }
}
