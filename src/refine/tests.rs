//! Stories of whole entries and feeds.

use super::*;
use crate::model::{
    ArticleId, CopiedArticle, DateOrder, ParsedDate, ParsedEnclosure, ParsedFeed, ParsedTombstone,
    Precision, RepairMode, SourceId, SourceKind, Text, TextKind,
};

fn source(id: &str) -> Source {
    Source {
        id: SourceId::new(id).unwrap(),
        title: "Cổng thông tin".into(),
        kind: SourceKind::Feed { address: "https://www.tinh.gov.vn/rss/tin.xml".into() },
        home: None,
        language: "vi".into(),
        publisher: Some("UBND tỉnh".into()),
        rights: None,
        categories: vec!["Tin tỉnh".into()],
        date_order: DateOrder::Auto,
        utc_offset: 25_200,
        repair: RepairMode::Safe,
        allow: Vec::new(),
        repair_allow: vec![],
        repair_deny: vec![],
        quirks: vec![],
        delay_ms: 0,
        quota: 100,
        selectors: None,
        full_text: false,
        websub: crate::model::WebSub::default(),
        removed_withdraws: true,
        copies_media: false,
        fetch: crate::model::SourceFetch::default(),
    }
}

fn text(value: &str) -> Option<Text> {
    Some(Text { value: value.into(), ..Text::default() })
}

fn date(raw: &str) -> Option<ParsedDate> {
    Some(ParsedDate { raw: raw.into() })
}

fn refined_by(source: &Source, feed: ParsedFeed) -> Refined {
    let fetched = Url::parse("https://www.tinh.gov.vn/rss/tin.xml").unwrap();
    let now = Timestamp::parse_rfc3339("2026-11-23T00:00:00Z").unwrap();
    let context =
        FeedContext { source, fetched_from: Some(&fetched), now, settled: DateOrder::Auto };
    refine_feed(feed, &context)
}

fn refined(feed: ParsedFeed) -> Refined {
    refined_by(&source("tinh"), feed)
}

fn warned(refined: &Refined, name: &str) -> u32 {
    refined.warnings.iter().find(|w| w.name == name).map_or(0, |w| w.count)
}

fn nukeviet() -> ParsedFeed {
    let item = |number: u32, raw: &str| ParsedEntry {
        id: Some(format!("news_{number}")),
        link: Some(format!("http://tinh.gov.vn/vi/news/tin/khai-mac-hoi-cho-{number}.html")),
        title: text("Khai mạc hội chợ &amp; triển lãm"),
        summary: text(&format!(
            "<img src=\"/uploads/{number}.jpg\" width=\"100\" border=\"0\">Sáng 12/6, hội chợ khai mạc."
        )),
        published: date(raw),
        ..ParsedEntry::default()
    };
    ParsedFeed {
        generator: Some("\n NukeViet v4.0 ".into()),
        language: Some("vi_VN".into()),
        entries: vec![
            item(512, "Fri, 12 Jun 2009 13:06:21 GMT"),
            item(511, "Fri, 12 Jun 2009 02:06:00 GMT"),
        ],
        ..ParsedFeed::default()
    }
}

#[test]
fn nukeviet_prints_the_month_where_the_minutes_belong() {
    let refined = refined(nukeviet());
    let ids: Vec<_> = refined.drafts.iter().map(|d| d.upstream_id.as_str()).collect();
    assert_eq!(ids, ["news_512", "news_511"]);
    let first = &refined.drafts[0];
    let published = first.published.as_ref().unwrap();
    assert_eq!(published.precision, Precision::Hour);
    assert!(published.at.rfc3339().starts_with("2009-06-12T13:"));
    assert_eq!(warned(&refined, "nukeviet-minute-is-month"), 2);
    assert_eq!(first.title, "Khai mạc hội chợ & triển lãm");
    assert_eq!(first.summary.as_deref(), Some("Sáng 12/6, hội chợ khai mạc."));
    assert_eq!(first.content, None);
    assert_eq!(first.enclosures[0].url, "https://www.tinh.gov.vn/uploads/512.jpg");
    assert_eq!(first.enclosures[0].media_type, "image/jpeg");
    assert_eq!(first.language.as_deref(), Some("vi-VN"));
    assert_eq!(first.publisher.as_deref(), Some("UBND tỉnh"));
    assert_eq!(first.categories[0].term, "Tin tỉnh");
}

#[test]
fn in_an_unsure_hour_the_number_in_the_guid_gives_the_order() {
    let mut feed = nukeviet();
    for (entry, seconds) in feed.entries.iter_mut().zip(["02", "58"]) {
        entry.published = date(&format!("Fri, 12 Jun 2009 13:06:{seconds} GMT"));
    }
    let refined = refined(feed);
    let at = |i: usize| refined.drafts[i].published.as_ref().unwrap().at;
    assert!(at(0) > at(1), "512 came after 511: {:?}, {:?}", at(0), at(1));
    assert!([0, 1].iter().all(|i| at(*i).rfc3339().starts_with("2009-06-12T13:")));
}

#[test]
fn two_sites_with_one_guid_are_two_articles() {
    let (a, b) = (source("a"), source("b"));
    let (one, two) = (refined_by(&a, nukeviet()), refined_by(&b, nukeviet()));
    assert_eq!(one.drafts[0].upstream_id, two.drafts[0].upstream_id);
    assert_ne!(one.drafts[0].key(), two.drafts[0].key());
}

#[test]
fn hoabinh_accumulates_leads_and_changes_guids() {
    let item = |number: &str, leads: &str, own: &str, author: &str| ParsedEntry {
        id: Some(format!("{number}@Tue, 8 Oct 2019 09:19:15 +0700")),
        dc_identifier: Some(number.into()),
        link: Some(format!("/{number}")),
        title: text(&format!("Tin {number}")),
        summary: text(leads),
        dc_description: text(own),
        content: vec![Text { value: format!("<p>Nội dung {number}.</p>"), ..Text::default() }],
        authors: vec![ParsedPerson { name: Some(author.into()), ..ParsedPerson::default() }],
        source: Some(crate::model::ParsedSource {
            title: Some("Sở TT&TT".into()),
            link: Some(format!("/{number}")),
            ..Default::default()
        }),
        published: date("Tue, 8 Oct 2019 09:19:15 +0700"),
        ..ParsedEntry::default()
    };
    let (one, two) = ("<div><p>Lead một.</p></div>", "<div><p>Lead hai.</p></div>");
    let three = "<div><p>Lead ba.</p></div>";
    let entries = vec![
        item("12345", one, "<p>Lead một.</p>", "Thanh Thuỷ"),
        item("12340", &format!("{one}{two}"), "<p>Lead hai.</p>", "null"),
        item("12339", &format!("{one}{two}{three}"), "", "null"),
    ];
    let refined = refined(ParsedFeed { entries, ..ParsedFeed::default() });
    let [first, second, third] = &refined.drafts[..] else { panic!("{refined:?}") };
    assert_eq!((first.upstream_id.as_str(), second.upstream_id.as_str()), ("12345", "12340"));
    assert_eq!(first.url.as_deref(), Some("https://www.tinh.gov.vn/12345"));
    assert_eq!(second.summary.as_deref(), Some("Lead hai."));
    assert_eq!(third.summary.as_deref(), Some("Lead ba."));
    assert_eq!(first.authors[0].name.as_deref(), Some("Thanh Thuỷ"));
    assert!(second.authors.is_empty());
    let origin = first.origin.as_ref().unwrap();
    assert_eq!(origin.title.as_deref(), Some("Sở TT&TT"));
    assert_eq!(origin.url.as_deref(), Some("https://www.tinh.gov.vn/12345"));
    assert_eq!((warned(&refined, "hoabinh-vcms"), warned(&refined, "author-null")), (2, 2));
}

#[test]
fn without_a_guid_the_canonical_link_is_the_id() {
    let item = |link: &str| ParsedEntry {
        link: Some(link.into()),
        title: text("Tin"),
        ..ParsedEntry::default()
    };
    let id = |link| refined(ParsedFeed { entries: vec![item(link)], ..ParsedFeed::default() });
    let one = id("https://tuoi.vn/bai-viet-20260907193927.htm?utm_source=rss");
    let two = id("http://www.tuoi.vn/bai-viet-20260907193927.htm");
    assert_eq!(one.drafts[0].upstream_id, two.drafts[0].upstream_id);
}

#[test]
fn of_one_guid_with_many_links_each_is_named_by_its_link() {
    let item = |link: &str, title: &str| ParsedEntry {
        id: Some("0".into()),
        link: Some(link.into()),
        title: text(title),
        ..ParsedEntry::default()
    };
    let entries = vec![
        item("https://a.vn/mot", "Một"),
        item("https://a.vn/hai", "Hai"),
        item("https://a.vn/mot?utm_source=rss", "Một lần nữa"),
    ];
    let refined = refined(ParsedFeed { entries, ..ParsedFeed::default() });
    let ids: Vec<_> = refined.drafts.iter().map(|d| d.upstream_id.as_str()).collect();
    assert_eq!(ids.len(), 3, "{ids:?}");
    assert_eq!(ids[1], "https://a.vn/hai");
    assert!(warned(&refined, "duplicate-id") >= 3);
}

#[test]
fn entries_without_guids_under_one_link_stay_two() {
    let item = |link: &str, title: &str| ParsedEntry {
        link: Some(link.into()),
        title: text(title),
        ..ParsedEntry::default()
    };
    for link in ["https://a.vn/", "https://a.vn/truc-tiep"] {
        let entries = vec![item(link, "Một"), item(link, "Hai"), item(link, "Một")];
        let refined = refined(ParsedFeed { entries, ..ParsedFeed::default() });
        let titles: Vec<_> = refined.drafts.iter().map(|d| d.title.as_str()).collect();
        assert_eq!(titles, ["Một", "Hai"], "{link}");
    }
}

#[test]
fn of_one_atom_id_the_last_changed_stays() {
    let item = |title: &str, day: &str| ParsedEntry {
        id: Some("tag:a.vn,2026:1".into()),
        link: Some("https://a.vn/mot".into()),
        title: text(title),
        updated: date(day),
        ..ParsedEntry::default()
    };
    for order in [[0, 1], [1, 0]] {
        let both = [item("cũ", "2026-01-02T03:04:05Z"), item("mới", "2026-01-03T03:04:05Z")];
        let entries = order.map(|n| both[n].clone()).to_vec();
        let refined = refined(ParsedFeed { entries, ..ParsedFeed::default() });
        assert_eq!(refined.drafts.len(), 1);
        assert_eq!(refined.drafts[0].title, "mới");
    }
}

#[test]
fn categories_beyond_the_limit_are_named() {
    for (given, over) in [(64, 0), (65, 1), (1_000, 936)] {
        let categories = (0..given).map(|n| (format!("Mục {n}"), None, None)).collect();
        let entry = ParsedEntry { title: text("Tin"), categories, ..ParsedEntry::default() };
        let refined = refined(ParsedFeed { entries: vec![entry], ..ParsedFeed::default() });
        assert_eq!(warned(&refined, "category-limit"), over);
        assert!(refined.drafts[0].categories.len() <= 65, "its own and the source's");
    }
}

#[test]
fn an_address_is_no_title() {
    let html =
        |value: &str| Some(Text { value: value.into(), kind: TextKind::Html, ..Text::default() });
    let entry = |title: &str, content: &str, language: &str| ParsedEntry {
        link: Some("https://a.vn/tin/1.html".into()),
        title: html(title),
        content: html(content).into_iter().collect(),
        language: Some(language.into()).filter(|l: &String| !l.is_empty()),
        ..ParsedEntry::default()
    };
    for (title, content, language, expected) in [
        ("<script>x</script>", "<p>Mấy chữ đầu của bài</p>", "", "Mấy chữ đầu của bài"),
        ("<script>x</script>", "<script>y</script>", "", "(không có tiêu đề)"),
        ("", "", "vi-VN", "(không có tiêu đề)"),
        ("\u{200b}", "<img src=x>", "en", "(untitled)"),
        ("Tin", "", "en", "Tin"),
    ] {
        let feed =
            ParsedFeed { entries: vec![entry(title, content, language)], ..ParsedFeed::default() };
        let draft = refined(feed).drafts.remove(0);
        let key = draft.key();
        let id = ArticleId("tag:a.vn,2026:a/1".into());
        let article = draft.into_article(id, key, Timestamp(0), Timestamp(0), 1);
        assert_eq!(article.title, expected, "{title} {content}");
    }
}

#[test]
fn items_whose_guids_differ_in_what_nobody_sees_are_two() {
    let feed = r#"{"version":"https://jsonfeed.org/version/1.1","items":[{"id":"1","content_text":"a"},
        {"id":"1\u0000","content_text":"b"},{"id":"1\u200b","content_text":"c"},{"id":" 1","content_text":"d"}]}"#;
    let refined = refined(crate::read::read(feed.as_bytes(), None).unwrap());
    assert_eq!((refined.drafts.len(), warned(&refined, "duplicate-id")), (4, 0));
}

#[test]
fn of_two_items_with_one_guid_the_first_stays() {
    let item = |id: &str, title: &str| ParsedEntry {
        id: Some(id.into()),
        title: text(title),
        ..ParsedEntry::default()
    };
    let entries = vec![item("1", "mới"), item("1", "cũ"), item("2", "hai"), ParsedEntry::default()];
    let tombstones = vec![ParsedTombstone { id: "9".into(), ..ParsedTombstone::default() }];
    let refined = refined(ParsedFeed { entries, tombstones, ..ParsedFeed::default() });
    let titles: Vec<_> = refined.drafts.iter().map(|d| d.title.as_str()).collect();
    assert_eq!(titles, ["mới", "hai"]);
    assert_eq!(warned(&refined, "duplicate-id"), 1);
    assert_eq!(refined.rejected, [(3, Rejected::Nothing)]);
    assert_eq!(refined.tombstones[0].upstream_id, "9");
}

#[test]
fn an_entry_without_names_is_known_by_its_content() {
    let item = ParsedEntry { summary: text("Chỉ có lời dẫn."), ..ParsedEntry::default() };
    let feed = || ParsedFeed { entries: vec![item.clone()], ..ParsedFeed::default() };
    let (one, two) = (refined(feed()), refined(feed()));
    assert_eq!(one, two);
    assert_eq!(one.drafts[0].title, "Chỉ có lời dẫn.");
    let short = ParsedEntry { content: text("v").into_iter().collect(), ..ParsedEntry::default() };
    let short = refined(ParsedFeed { entries: vec![short], ..ParsedFeed::default() });
    assert_eq!(short.drafts[0].title, "v", "a text is shown however short it is");
    let only_id = ParsedEntry { id: Some("x".into()), ..ParsedEntry::default() };
    let refined = refined(ParsedFeed { entries: vec![only_id], ..ParsedFeed::default() });
    assert_eq!(refined.rejected, [(0, Rejected::Empty("x".into()))]);
}

#[test]
fn lengths_that_are_all_the_same_are_no_lengths() {
    let item = |number: u32| ParsedEntry {
        id: Some(number.to_string()),
        title: text("Tin"),
        enclosures: vec![ParsedEnclosure {
            url: format!("http://a.vn/{number}.jpg"),
            length: Some("1200".into()),
            media_type: Some("image/jpeg".into()),
            ..ParsedEnclosure::default()
        }],
        ..ParsedEntry::default()
    };
    let refined = refined(ParsedFeed { entries: vec![item(1), item(2)], ..ParsedFeed::default() });
    assert_eq!(refined.drafts[0].enclosures[0].length, None);
    assert_eq!(warned(&refined, "enclosure-length"), 1);
}

#[test]
fn hostile_text_is_plain_in_every_field() {
    let entry = ParsedEntry {
        id: Some("1".into()),
        link: Some("javascript:alert(1)".into()),
        title: text("\u{202e}<script>alert(1)</script>Tin<b onclick=x> mới</b>\u{200b}"),
        summary: text("<a href=javascript:x>Lời</a><script>x</script> dẫn"),
        authors: vec![ParsedPerson {
            name: Some("<img src=x onerror=alert(1)>An".into()),
            email: Some("a@b.vn\r\nBcc: c".into()),
            uri: Some("javascript:x".into()),
        }],
        categories: vec![("<style>x</style>Giáo dục".into(), None, None)],
        base: Some("javascript:x".into()),
        content: vec![Text { value: "<a href='x'>y</a>".into(), ..Text::default() }],
        ..ParsedEntry::default()
    };
    let refined = refined(ParsedFeed { entries: vec![entry], ..ParsedFeed::default() });
    let draft = &refined.drafts[0];
    assert_eq!(draft.title, "Tin mới");
    assert_eq!(draft.url, None);
    assert_eq!(draft.summary.as_deref(), Some("Lời dẫn"));
    assert_eq!(
        draft.authors,
        [crate::model::Author { name: Some("An".into()), email: None, uri: None }]
    );
    assert_eq!(draft.categories[0].term, "Giáo dục");
    assert!(draft.content.as_ref().unwrap().contains("\"https://www.tinh.gov.vn/rss/x\""));
}

#[test]
fn a_draft_travels_and_becomes_an_article() {
    let refined = refined(nukeviet());
    let bytes = serde_json::to_vec(&refined).unwrap();
    assert_eq!(serde_json::from_slice::<Refined>(&bytes).unwrap(), refined);
    let draft = refined.drafts[0].clone();
    let key = draft.key();
    let now = Timestamp(1);
    let id = ArticleId("tag:a".into());
    let article = draft.clone().into_article(id.clone(), key, now, now, 1);
    let later = draft.into_article(id, key, now, Timestamp(2), 2);
    assert_eq!(article.fingerprint, later.fingerprint);
    assert_ne!(article.fingerprint.0, [0; 16]);
}

#[test]
fn long_titles_are_cut_and_flagged() {
    let entry = ParsedEntry { title: text(&"ư".repeat(9_000)), ..ParsedEntry::default() };
    let refined = refined(ParsedFeed { entries: vec![entry], ..ParsedFeed::default() });
    assert_eq!(refined.drafts[0].title.chars().count(), 1000);
    assert_eq!(refined.drafts[0].flags[0].rule, "cut");
}

/// An article of ours in the shape that the province's own documents have, its faults included.
const DOCUMENT: &str = "Khai trương cổng thông tin điện tử huyện Lạc Sơn

7/3/2009 9:05:40 AM

Ngày 2/7, Ủy ban nhân dân huyện Lạc Sơn đã khai trương cổng thông tin điện tử. Dự lễ có đại diện Sở TT&TT.


Ngày 2/7, Ủy ban nhân dân huyện Lạc Sơn đã khai trương cổng thông tin điện tử. Dự lễ có đại diện Sở TT&TT.

Cổng là kênh thông tin lµnh m¹nh, là thíc đo mức độ phục vụ nhân dân, hiệuquả và công khai.

Các doanh nghiệp BCVT&CNTT trên địa bàn tích cực hưởng ứng; Tỉnh uỷ, HĐND tỉnh chỉ đạo phối hợptriển khai.
";

fn from_file(name: &str, document: &str) -> Refined {
    let feed = crate::read::file::read_file(name, document.as_bytes()).unwrap();
    let now = Timestamp::parse_rfc3339("2026-11-23T00:00:00Z").unwrap();
    let source = Source { repair: RepairMode::Full, ..source("folder") };
    refine_feed(
        feed,
        &FeedContext { source: &source, fetched_from: None, now, settled: DateOrder::Auto },
    )
}

#[test]
fn a_document_comes_through_whole() {
    let refined = from_file("tin.txt", DOCUMENT);
    let draft = refined.drafts[0].clone();
    assert_eq!(draft.title, "Khai trương cổng thông tin điện tử huyện Lạc Sơn");
    let lead = "Ngày 2/7, Ủy ban nhân dân huyện Lạc Sơn đã khai trương cổng thông tin điện tử. Dự lễ có đại diện Sở TT&TT.";
    assert_eq!(draft.summary.as_deref(), Some(lead));
    let content = draft.content.clone().unwrap();
    assert_eq!(content.matches("<p>").count(), 3);
    assert!(content.starts_with(&format!("<p>{}</p>", lead.replace('&', "&amp;"))));
    assert!(content.contains("thông tin lành mạnh, là thước đo mức độ"), "{content}");
    assert!(content.contains("BCVT&amp;CNTT") && content.contains("Tỉnh uỷ"));
    let repairs: Vec<_> = draft.repairs.iter().map(|r| (&*r.from, &*r.to, &*r.rule)).collect();
    assert_eq!(
        repairs,
        [
            ("lµnh", "lành", "tcvn3"),
            ("m¹nh", "mạnh", "tcvn3"),
            ("thíc", "thước", "tcvn3-lost-horn-u")
        ]
    );
    for repair in &draft.repairs {
        assert_eq!(repair.field, "content");
        assert!(content[repair.offset..].starts_with(&repair.to), "{repair:?}");
    }
    let flags: Vec<_> = draft.flags.iter().map(|f| (&*f.text, f.suggestion.as_deref())).collect();
    assert_eq!(flags, [("hiệuquả", Some("hiệu quả")), ("hợptriển", Some("hợp triển"))]);
    let published = draft.published.as_ref().unwrap();
    assert_eq!(published.at.rfc3339_at(published.offset), "2009-07-03T09:05:40+07:00");
}

#[test]
fn a_list_tells_the_order_of_its_dates() {
    let item = |number: u32, raw: &str| ParsedEntry {
        id: Some(number.to_string()),
        title: text("Tin"),
        published: date(raw),
        ..ParsedEntry::default()
    };
    let entries = vec![
        item(1, "6/13/2009 08:00"),
        item(2, "6/12/2009 08:00"),
        item(3, "6/10/2009 08:00"),
        item(4, "chưa rõ ngày"),
    ];
    let refined = refined(ParsedFeed { entries, ..ParsedFeed::default() });
    let days: Vec<_> =
        refined.drafts.iter().map(|d| d.published.as_ref().map(|p| p.at.rfc3339())).collect();
    assert_eq!(days[1].as_deref(), Some("2009-06-12T01:00:00Z"));
    assert_eq!(days[3], None);
    assert_eq!(refined.drafts[3].flags[0].rule, "undated");
    let unread = refined.warnings.iter().find(|w| w.name == "date-unreadable").unwrap();
    assert_eq!((unread.count, unread.example.as_deref()), (1, Some("chưa rõ ngày")));
    assert_eq!(refined.settled, DateOrder::MonthFirst);
}

/// Bytes as two portals' programs write them, their faults included, the words ours.
#[test]
fn bytes_become_drafts() {
    let hoabinh = "<?xml version=\"1.0\" encoding=\"utf-8\"?><rss xmlns:content=\"http://purl.org/rss/1.0/modules/content/\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\" version=\"2.0\"><channel>
        <title><![CDATA[Tin trong huyện]]></title><language>vi-VN</language>
        <item><guid isPermaLink=\"false\">77@Tue, 8 Oct 2019 09:19:15 +0700</guid><title><![CDATA[Tin một]]></title><link>/77</link>
        <description><![CDATA[<div><p>Lời một…</p></div>]]></description><content:encoded><![CDATA[<p>Lời một…</p><p>Thân.</p>]]></content:encoded>
        <pubDate>Tue, 8 Oct 2019 09:19:15 +0700</pubDate><author>Thu Hà</author><source url=\"/77\">Sở TT&TT</source>
        <dc:identifier>77</dc:identifier><dc:title><![CDATA[Tin một]]></dc:title><dc:description><![CDATA[<p>Lời một…</p>]]></dc:description><dc:type/></item>
        <item><guid isPermaLink=\"false\">76@Mon, 7 Oct 2019 16:02:00 +0700</guid><title><![CDATA[Tin hai]]></title><link>/76</link>
        <description><![CDATA[<div><p>Lời một…</p></div><div><p>Lời hai.</p></div>]]></description><content:encoded><![CDATA[<p>Thân hai.</p>]]></content:encoded>
        <pubDate>Mon, 7 Oct 2019 16:02:00 +0700</pubDate><author>null</author><source url=\"/76\">BHB</source>
        <dc:identifier>76</dc:identifier><dc:description><![CDATA[<p>Lời hai.</p>]]></dc:description></item></channel></rss>";
    let first = refined(crate::read::read(hoabinh.as_bytes(), None).unwrap());
    let [one, two] = &first.drafts[..] else { panic!("{first:?}") };
    assert_eq!((one.upstream_id.as_str(), two.upstream_id.as_str()), ("77", "76"));
    assert_eq!(one.url.as_deref(), Some("https://www.tinh.gov.vn/77"));
    assert_eq!(one.origin.as_ref().unwrap().title.as_deref(), Some("Sở TT&TT"));
    assert_eq!(two.summary.as_deref(), Some("Lời hai."));
    assert!(two.authors.is_empty() && one.authors[0].name.as_deref() == Some("Thu Hà"));
    assert_eq!(one.content.as_deref(), Some("<p>Lời một…</p><p>Thân.</p>"));

    let nukeviet = "<rss version=\"2.0\"><channel><title>Tin</title><generator>\n<![CDATA[NukeViet v4.0]]>\n</generator>
        <item><title>Mở hội</title><link>http://tinh.gov.vn/vi/news/tin/mo-hoi-512.html</link>
        <guid isPermaLink=\"false\">\n <![CDATA[news_512]]>\n </guid><pubDate>Fri, 12 Jun 2009 13:06:21 GMT</pubDate>
        <description>\n<![CDATA[<img src=\"http://tinh.gov.vn/a.jpg\" width=\"100\" align=\"left\" border=\"0\">Sáng nay mở hội.]]>\n</description></item></channel></rss>";
    let second = refined(crate::read::read(nukeviet.as_bytes(), None).unwrap());
    let draft = &second.drafts[0];
    assert_eq!(draft.upstream_id, "news_512");
    assert_eq!(draft.published.as_ref().unwrap().precision, Precision::Hour);
    assert_eq!(warned(&second, "nukeviet-minute-is-month"), 1);
    assert_eq!(draft.summary.as_deref(), Some("Sáng nay mở hội."));
    assert_eq!(draft.image.as_ref().unwrap().url, "http://tinh.gov.vn/a.jpg");

    let plain = "<rss version=\"2.0\"><channel><item><title>AT&amp;amp;T ở Việt Nam</title><link>https://t.vn/bai-20260907193927.htm</link>
        <description><![CDATA[<a href=\"https://t.vn/bai-20260907193927.htm\"><img src=\"https://t.vn/b.jpg\" /></a></br>Đó là thông tin.]]></description>
        <pubDate>Mon, 07 Sep 2026 19:41:53 GMT+7</pubDate></item></channel></rss>";
    let third = refined(crate::read::read(plain.as_bytes(), None).unwrap());
    let draft = &third.drafts[0];
    assert_eq!(draft.title, "AT&T ở Việt Nam");
    assert_eq!(draft.upstream_id, "https://t.vn/bai-20260907193927.htm");
    assert_eq!(draft.summary.as_deref(), Some("Đó là thông tin."));
    assert_eq!(draft.published.as_ref().unwrap().at.rfc3339(), "2026-09-07T12:41:53Z");
    assert_eq!(draft.enclosures[0].url, "https://t.vn/b.jpg");
}

#[test]
fn an_article_of_pictures_alone_is_one() {
    let entry = |content: &str, summary: &str, language: &str| ParsedEntry {
        id: Some("1".into()),
        content: html(content).into_iter().collect(),
        summary: html(summary),
        language: Some(language.into()),
        ..ParsedEntry::default()
    };
    let bare = "<img src='https://a.vn/1.jpg'>";
    let told =
        "<p><img src='https://a.vn/1.jpg' alt=' '><img src='https://a.vn/2.jpg' alt='Mưa  lũ'></p>";
    for (content, summary, language, expected) in [
        (told, "", "vi", Some("Mưa lũ")),
        (bare, "", "vi", Some("(không có tiêu đề)")),
        ("", bare, "en", Some("(untitled)")),
        ("", told, "en", Some("Mưa lũ")),
        ("<img>", "", "vi", None),
        ("<p> </p><hr>", "", "vi", None),
    ] {
        let entries = vec![entry(content, summary, language)];
        let refined = refined(ParsedFeed { entries, ..ParsedFeed::default() });
        let Some(expected) = expected else {
            assert_eq!(refined.rejected, [(0, Rejected::Empty("1".into()))], "{content}");
            continue;
        };
        let draft = refined.drafts.into_iter().next().unwrap();
        assert!(draft.image.is_some(), "{content}{summary}");
        assert!(draft.flags.iter().any(|flag| flag.rule == "untitled"));
        let (key, id) = (draft.key(), ArticleId("tag:a.vn,2026:a/1".into()));
        let article = draft.into_article(id, key, Timestamp(0), Timestamp(0), 1);
        assert_eq!(article.title, expected, "{content}{summary}");
    }
}

fn html(value: &str) -> Option<Text> {
    let text = Text { value: value.into(), kind: TextKind::Html, ..Text::default() };
    Some(text).filter(|text| !text.value.is_empty())
}

/// The content of the one entry of an RSS feed at `https://www.tinh.gov.vn/rss/tin.xml`.
fn content_of(link: &str, body: &str) -> String {
    let feed = format!(
        "<rss xmlns:content='http://purl.org/rss/1.0/modules/content/'><channel><link>https://cong.vn/</link><item>\
         <guid>1</guid><title>Tin</title>{link}<content:encoded><![CDATA[{body}]]></content:encoded></item></channel></rss>"
    );
    let drafts = refined(crate::read::read(feed.as_bytes(), None).unwrap()).drafts;
    drafts[0].content.clone().unwrap_or_default()
}

#[test]
fn addresses_in_a_text_are_relative_to_the_articles_own_page() {
    let body = "<img src='a/b.jpg'> <a href='../x'>x</a> <a href='?in=1'>y</a> <a href='#m'>z</a>";
    let whole = content_of("<link>https://khac.vn/tin/2026/bai.html</link>", body);
    for address in ["tin/2026/a/b.jpg", "tin/x", "tin/2026/bai.html?in=1", "tin/2026/bai.html#m"] {
        assert!(whole.contains(&format!("\"https://khac.vn/{address}\"")), "{address}: {whole}");
    }
    let same = content_of(
        "<link>http://tinh.gov.vn/tin/1.html</link>",
        "<img src='/c.jpg'><img src='d.jpg'>",
    );
    assert!(same.contains("\"https://www.tinh.gov.vn/c.jpg\""), "one site under two names: {same}");
    assert!(same.contains("\"https://www.tinh.gov.vn/tin/d.jpg\""), "{same}");
    let unlinked = content_of("", "<img src='/c.jpg'>");
    assert!(unlinked.contains("\"https://cong.vn/c.jpg\""), "{unlinked}");
    let atom = "<feed xmlns='http://www.w3.org/2005/Atom' xml:base='https://goc.vn/b/'><entry><id>1</id><title>T</title>\
        <link href='https://khac.vn/t/1'/><content type='html'>&lt;img src='c.jpg'></content></entry></feed>";
    let draft = refined(crate::read::read(atom.as_bytes(), None).unwrap()).drafts.remove(0);
    assert!(
        draft.article.content.unwrap().contains("\"https://goc.vn/b/c.jpg\""),
        "xml:base comes first"
    );
}

#[test]
fn what_is_embedded_is_linked_enclosed_and_flagged() {
    let entry = |value: &str| ParsedEntry {
        link: Some("https://a.vn/tin/1.html".into()),
        title: text("Hội xuân"),
        summary: text(value),
        ..ParsedEntry::default()
    };
    let draft = |value: &str| {
        let feed = ParsedFeed { entries: vec![entry(value)], ..ParsedFeed::default() };
        refined(feed).drafts.remove(0)
    };
    let film =
        draft("<p>Xem:</p><video poster='h.jpg'><source src='h.mp4' type='video/mp4'></video>");
    let files: Vec<_> =
        film.enclosures.iter().map(|e| (e.url.as_str(), e.media_type.as_str())).collect();
    assert_eq!(
        files,
        [("https://a.vn/tin/h.mp4", "video/mp4"), ("https://a.vn/tin/h.jpg", "image/jpeg")]
    );
    assert_eq!(film.image.as_ref().unwrap().url, "https://a.vn/tin/h.jpg");
    let flags: Vec<_> = film.flags.iter().map(|f| (f.rule.as_str(), f.text.as_str())).collect();
    assert_eq!(flags, [("embedded", "https://a.vn/tin/h.mp4")]);
    let frame = draft("<p>Xem:</p><iframe src='https://x.vn/42'></iframe>");
    assert!(
        frame.content.as_ref().unwrap().contains("https://x.vn/42") && frame.enclosures.is_empty()
    );
    let lost = draft("<iframe src='about:blank'></iframe>");
    assert_eq!(
        (lost.content.as_ref(), lost.flags[0].rule.as_str()),
        (None, "embedded"),
        "named all the same"
    );
}

#[test]
fn a_list_that_ascends_is_turned_round() {
    let item = |day: u32| ParsedEntry {
        id: Some(day.to_string()),
        title: text("Tin"),
        published: date(&format!("2026-11-{day:02}T08:00:00+07:00")),
        ..ParsedEntry::default()
    };
    let ids = |days: &[u32]| {
        let entries = days.iter().map(|day| item(*day)).collect();
        let drafts = refined(ParsedFeed { entries, ..ParsedFeed::default() }).drafts;
        drafts.into_iter().map(|draft| draft.article.upstream_id).collect::<Vec<_>>()
    };
    assert_eq!(ids(&[1, 2, 2, 3]), ["3", "2", "1"]);
    assert_eq!(ids(&[3, 2, 1]), ["3", "2", "1"]);
    assert_eq!(ids(&[1, 3, 2]), ["1", "3", "2"], "in no order: as it stands");
}

#[test]
fn a_date_far_in_the_future_is_no_date_and_says_so() {
    let item = |raw: &str| ParsedEntry {
        id: Some(raw.into()),
        title: text("Kế hoạch dài hạn"),
        published: date(raw),
        updated: date(raw),
        ..ParsedEntry::default()
    };
    let (far, near) = ("Fri, 20 Jun 2031 08:00:00 +0700", "Tue, 24 Nov 2026 08:00:00 +0700");
    let entries = vec![item(far), item(near)];
    let refined = refined(ParsedFeed { entries, ..ParsedFeed::default() });
    let [far, near] = &refined.drafts[..] else { panic!("{:?}", refined.rejected) };
    assert_eq!((&far.published, &far.updated), (&None, &None));
    assert!(far.flags.iter().all(|flag| flag.rule == "future-date"), "{:?}", far.flags);
    assert!(near.published.is_some() && near.flags.is_empty());
    assert_eq!(warned(&refined, "date-in-future"), 2);
}

#[test]
fn code_is_not_repaired() {
    let entry = ParsedEntry {
        id: Some("m".into()),
        title: text("Bảng mã cũ"),
        content: vec![Text {
            value: "<p>Ngêi d©n ®îc hëng.</p><pre><code>ngêi d©n ®îc</code></pre><p>Gõ <code>ngêi d©n</code> ®i</p>".into(),
            kind: TextKind::Html,
            ..Text::default()
        }],
        ..ParsedEntry::default()
    };
    let refined = refined(ParsedFeed { entries: vec![entry], ..ParsedFeed::default() });
    let content = refined.drafts[0].content.as_deref().unwrap();
    assert!(content.contains("<p>Người dân được hưởng.</p>"), "{content}");
    assert!(
        content.contains("<code>ngêi d©n ®îc</code>") && content.contains("<code>ngêi d©n</code>")
    );
}

#[test]
fn a_publisher_pins_nothing_on_top_and_brings_nothing_active() {
    let now = Timestamp::from_secs(1_800_000_000);
    let late = "9999-01-01T00:00:00Z".to_owned();
    let copied = CopiedArticle {
        id: "tag:tin.example,2026:cms/1".into(),
        title: "T\u{0}in ".repeat(1_000),
        content_html: Some("<p onclick=x()>Bài<script>x()</script></p>".into()),
        url: Some("javascript:x()".into()),
        published: late.clone(),
        updated: late.clone(),
        received: late,
        revision: 0,
        ..CopiedArticle::default()
    };
    let draft = refine_copied(copied, &source("a"), now);
    let key = draft.key();
    assert_eq!((draft.received, draft.changed, draft.revision), (now, now, 1));
    let article = draft.clone().into_article(draft.id.clone(), key, now, now, 1);
    assert!(article.order() <= now.plus_millis(3_600_000));
    assert!(article.title.chars().count() <= 1_000 && !article.title.contains('\0'));
    assert_eq!((article.content.as_deref(), article.url), (Some("<p>Bài</p>"), None));
}
