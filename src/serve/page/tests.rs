//! Every page with good news and with hostile news: well-formed, each id once, each picture described, nothing alive.

use super::*;
use crate::config::{Config, SiteConfig};
use crate::ingest::health::Condition;
use crate::model::*;
use scraper::{Html, Selector};
use std::collections::HashSet;
use std::path::Path;

const HOSTILE: [&str; 7] = [
    "\"><img src=x onerror=alert(1)>",
    "'><svg onload=alert(1)>",
    "</script><script>alert(1)</script>",
    "<!-- <script>",
    "javascript:alert(1)",
    "\u{202e}gnp.exe\u{2066}\u{2028}",
    "//evil.example/\"onfocus=alert(1) autofocus=\"",
];

fn article_of(text: &str) -> Article {
    let source = SourceId::new("hoa-binh").unwrap();
    let key = ArticleKey::of(&source, "1");
    let at = Timestamp::parse_rfc3339("2009-06-12T20:30:21+07:00").unwrap();
    let t = || text.to_owned();
    Article {
        id: ArticleId(t()),
        key,
        source,
        upstream_id: t(),
        url: Some(t()),
        title: t(),
        summary: Some(t()),
        content: Some("<p>Toàn văn <img src=\"https://a.example/b.png\" alt=\"\"></p>".into()),
        authors: vec![Author { name: Some(t()), email: Some(t()), uri: Some(t()) }],
        categories: vec![Category { term: t(), scheme: Some(t()), label: Some(t()) }],
        enclosures: vec![Enclosure {
            url: format!("https://a.example/{text}"),
            media_type: t(),
            length: Some(1_234_567),
            title: Some(t()),
            duration: Some(90),
        }],
        image: Some(Image {
            url: format!("https://a.example/{text}"),
            alt: Some(t()),
            width: None,
            height: None,
        }),
        language: Some(t()),
        published: Some(Dated {
            at,
            offset: 25_200,
            raw: t(),
            precision: Precision::Second,
            rule: DateRule::UsAmPm,
        }),
        updated: None,
        received: at,
        changed: at,
        revision: 2,
        rights: Some(t()),
        publisher: Some(t()),
        origin: Some(Origin { title: Some(t()), url: Some(t()), id: Some(t()) }),
        path: Vec::new(),
        repairs: vec![Repair { field: t(), from: t(), to: t(), rule: t(), offset: 0 }],
        flags: vec![Flag { field: t(), text: t(), suggestion: Some(t()), rule: t() }],
        fingerprint: Fingerprint::default(),
    }
}

fn site(text: &str) -> SiteConfig {
    let mut site = Config::parse("", Path::new("/")).unwrap().site;
    site.base_url = "https://tin.example".into();
    (site.title, site.description) = (text.to_owned(), text.to_owned());
    (site.rights, site.publisher) = (Some(text.to_owned()), Some(text.to_owned()));
    site.language = "vi".into();
    site
}

fn warning(name: &str, count: u64, file: Option<&str>) -> WarningView {
    WarningView { name: name.to_owned(), count, file: file.map(str::to_owned) }
}

fn source_status(text: &str, state: Condition, way: Way) -> SourceStatusView {
    SourceStatusView {
        id: text.to_owned(),
        title: text.to_owned(),
        way,
        address: Some(text.to_owned()),
        state,
        last_good: Some(Timestamp(0)),
        next_check: None,
        articles: 3,
        told: None,
        remedy: None,
        problem: Some(text.to_owned()),
        failures: 2,
        warnings: vec![warning(text, 2, Some(text))],
        bad_files: vec![(text.to_owned(), text.to_owned())],
        bad_files_more: 2,
        proposal: Some(text.to_owned()),
        hub: Some(HubView {
            address: Some(text.to_owned()),
            until: Some(Timestamp(0)),
            refused: 0,
        }),
    }
}

#[test]
fn a_page_announces_only_the_feeds_it_belongs_to() {
    let site = site("Cổng");
    let listing = |id: String| Listing {
        title: id.clone(),
        id,
        description: String::new(),
        group: Group::Category,
    };
    let names = ["all".to_owned(), "source-ubnd".to_owned()];
    let categories = (0..40).map(|n| format!("category-{n}"));
    let feeds: Vec<Listing> = names.into_iter().chain(categories).map(listing).collect();
    let frame = Frame { site: &site, lang: Language::Vi, chosen: false, feeds: &feeds };
    let announced = |page: String| {
        let page = Html::parse_document(&page);
        let links = select(&page, "link[rel=alternate][type='application/atom+xml']");
        links.iter().map(|link| link.attr("href").unwrap().to_owned()).collect::<Vec<_>>()
    };
    let article = article_of("x");
    let entry = Entry {
        article: &article,
        source_title: "x",
        source_home: None,
        source_feed: Some("source-ubnd".into()),
        category_feeds: (0..9).map(|n| Some(format!("category-{n}"))).collect(),
        others: Vec::new(),
    };
    let view = ArticleView { entry, revisions: Vec::new() };
    let of_article = announced(super::article(&frame, &view));
    let own = ["source-ubnd", "category-0", "category-1", "all"];
    assert_eq!(of_article, own.map(|id| format!("/feeds/{id}.atom")));
    assert_eq!(announced(front(&frame, &[], Part::default())), ["/feeds/all.atom"]);
    assert_eq!(announced(error(&frame, 404, None)), ["/feeds/all.atom"]);
}

/// Every page there is, with one text in every field.
fn pages(text: &str, lang: Language) -> Vec<(&'static str, String)> {
    pages_of(&site(text), text, lang)
}

fn pages_of(site: &SiteConfig, text: &str, lang: Language) -> Vec<(&'static str, String)> {
    let article = article_of(text);
    let groups = [Group::All, Group::Own, Group::Source, Group::Category];
    let listing =
        |group| Listing { id: text.into(), title: text.into(), description: text.into(), group };
    let feeds: Vec<Listing> = groups.into_iter().map(listing).collect();
    let frame = Frame { site, lang, chosen: true, feeds: &feeds };
    let entry = Entry {
        article: &article,
        source_title: text,
        source_home: Some(text),
        source_feed: Some(text.into()),
        category_feeds: vec![Some(text.into())],
        others: Vec::new(),
    };
    let revision = |number| RevisionView {
        number,
        at: article.changed,
        reason: Some(format!("{text}{number}")),
        withdrawn: number == 1,
        changed: vec!["title", "content"],
    };
    let view = ArticleView { entry: entry.clone(), revisions: vec![revision(1), revision(2)] };
    let states = [
        Condition::New,
        Condition::Good,
        Condition::Warned,
        Condition::Failing,
        Condition::Stopped,
    ];
    let ways = [Way::Push, Way::Folder, Way::Feed, Way::Page, Way::Feed];
    let sources = states.into_iter().zip(ways).map(|(s, w)| source_status(text, s, w));
    let sources: Vec<_> = sources.collect();
    let gone =
        WithdrawnView { at: article.changed, source_title: text, source_feed: Some(text.into()) };
    vec![
        ("front", front(&frame, &[entry.clone(), entry.clone()], Part::default())),
        ("empty front", front(&Frame { feeds: &[], ..frame }, &[], Part::default())),
        ("article", super::article(&frame, &view)),
        ("withdrawn", withdrawn(&frame, &gone)),
        ("feed", feed(&frame, &feeds[0], &[entry], Part::default())),
        ("status", status(&frame, article.changed, &sources, None)),
        ("error", error(&frame, 404, Some(text))),
    ]
}

fn select<'a>(page: &'a Html, css: &str) -> Vec<scraper::ElementRef<'a>> {
    page.select(&Selector::parse(css).unwrap()).collect()
}

fn assert_sound(name: &str, html: &str) {
    let page = Html::parse_document(html);
    assert!(html.starts_with("<!DOCTYPE html>"), "{name}");
    let mut ids = HashSet::new();
    for element in select(&page, "[id]") {
        assert!(
            ids.insert(element.attr("id").unwrap().to_owned()),
            "{name}: {:?}",
            element.attr("id")
        );
    }
    for (css, attribute) in [("[aria-labelledby]", "aria-labelledby"), ("label", "for")] {
        for element in select(&page, css) {
            assert!(ids.contains(element.attr(attribute).unwrap()), "{name}: {css}");
        }
    }
    assert!(select(&page, "img").iter().all(|img| img.attr("alt").is_some()), "{name}");
    assert_eq!(select(&page, "h1").len(), 1, "{name}");
    assert_eq!(select(&page, "html[lang] main").len(), 1, "{name}");
    assert!(!select(&page, "title")[0].text().collect::<String>().is_empty(), "{name}");
    let levels = select(&page, "h1,h2,h3,h4,h5,h6");
    let levels = levels.iter().map(|h| h.value().name().as_bytes()[1] - b'0').collect::<Vec<_>>();
    assert!(levels.windows(2).all(|pair| pair[1] <= pair[0] + 1), "{name}: {levels:?}");
    for time in select(&page, "time") {
        assert!(time.attr("datetime").is_some_and(|t| t.len() >= 4), "{name}");
    }
}

fn assert_inert(name: &str, html: &str) {
    let page = Html::parse_document(html);
    for element in select(&page, "*") {
        let value = element.value();
        for (key, content) in value.attrs() {
            assert!(
                !key.starts_with("on") && key != "style" && key != "autofocus",
                "{name}: {key}"
            );
            if ["href", "src", "action", "formaction"].contains(&key) {
                let ok = ["/", "#", "?lang=", "https://", "feed:https://"]
                    .iter()
                    .any(|p| content.starts_with(p));
                assert!(ok && !content.starts_with("//"), "{name}: {key}={content}");
            }
        }
        if value.name() == "script" {
            assert_eq!(value.attr("type"), Some("application/ld+json"), "{name}");
            let json: String = element.text().collect();
            assert!(serde_json::from_str::<serde_json::Value>(&json).is_ok(), "{name}: {json}");
            assert!(!json.contains('<'), "{name}");
        }
    }
    let dead = [
        "iframe", "object", "embed", "form", "base", "meta[http-equiv]", "img[src=x]",
        "svg[onload]",
    ];
    for css in dead {
        assert!(select(&page, css).is_empty(), "{name}: {css}");
    }
    let turning = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    assert!(!html.contains(turning), "{name}");
}

#[test]
fn every_page_is_sound() {
    for lang in [Language::Vi, Language::En] {
        for (name, html) in pages("Cổng tin tỉnh", lang) {
            assert_sound(name, &html);
        }
    }
}

#[test]
fn every_path_of_ours_is_below_the_sites_address() {
    let site = SiteConfig { base_url: "https://tinh.example/tin".into(), ..site("x") };
    for (name, html) in pages_of(&site, "/anh.jpg", Language::Vi) {
        let page = Html::parse_document(&html);
        let ours: Vec<&str> = ["href", "src"]
            .iter()
            .flat_map(|place| {
                select(&page, &format!("[{place}^='/']")).into_iter().filter_map(|e| e.attr(place))
            })
            .collect();
        assert!(ours.len() >= 8, "{name}: {ours:?}");
        assert!(ours.iter().all(|path| path.starts_with("/tin/")), "{name}: {ours:?}");
        assert!(!html.contains("/tin/tin/"), "{name}: {html}");
    }
}

#[test]
fn hostile_news_comes_out_inert() {
    for text in HOSTILE {
        for (name, html) in pages(text, Language::Vi) {
            assert_sound(name, &html);
            assert_inert(name, &html);
        }
    }
}

#[test]
fn the_lead_is_shown_once_and_the_original_is_linked() {
    let mut article = article_of("x");
    article.url = Some("https://hoabinh.example/1".into());
    article.summary = Some("Ngày 11/6, đồng chí".into());
    let site = site("Dòng tin");
    let frame = Frame { site: &site, lang: Language::Vi, chosen: false, feeds: &[] };
    let entry = Entry {
        article: &article,
        source_title: "Hòa Bình",
        source_home: None,
        source_feed: None,
        category_feeds: vec![],
        others: Vec::new(),
    };
    let html = super::article(&frame, &ArticleView { entry, revisions: vec![] });
    let page = Html::parse_document(&html);
    assert_eq!(select(&page, ".standfirst").len(), 1);
    assert_eq!(html.split("<body>").nth(1).unwrap().matches("Ngày 11/6, đồng chí").count(), 1);
    assert_eq!(select(&page, "a[href='https://hoabinh.example/1']").len(), 1);
    assert!(html.contains("Thứ Sáu, 12/06/2009, 20:30"));
}

#[test]
fn the_stylesheet_is_small_and_asks_nobody() {
    assert!(STYLE.len() < 12_000, "{}", STYLE.len());
    assert!(!STYLE.contains("url(") && !STYLE.contains("@import"));
    assert!(style_path().starts_with("/style-") && style_path().ends_with(".css"));
    assert!(FAVICON.starts_with("<svg"));
}

/// Writes every page to the folder that `DONGTIN_PAGES` names, to be looked at in a browser.
#[test]
#[ignore = "writes files; run with DONGTIN_PAGES=folder"]
fn write_pages() {
    let folder = std::env::var("DONGTIN_PAGES").unwrap();
    std::fs::write(format!("{folder}{}", style_path()), STYLE).unwrap();
    let at = |text| Timestamp::parse_rfc3339(text).unwrap();
    let site = SiteConfig {
        title: "Cổng tin Hòa Bình".into(),
        description: "Tin chính thức của các sở, ngành và huyện trong tỉnh, cập nhật liên tục."
            .into(),
        publisher: Some("Sở Thông tin và Truyền thông".into()),
        rights: Some("© 2026 Cổng tin Hòa Bình".into()),
        ..site("x")
    };
    let listing = |id: &str, title: &str, group| Listing {
        id: id.into(),
        title: title.into(),
        description: "Tin mới nhất do Cổng tin Hòa Bình tổng hợp".into(),
        group,
    };
    let feeds = [
        listing("all", "Cổng tin Hòa Bình", Group::All),
        listing("kinh-te-so", "Kinh tế và chuyển đổi số", Group::Own),
        listing("category-y-te", "Y tế", Group::Category),
        listing("category-the-thao", "Thể thao", Group::Category),
        listing("source-ubnd", "Báo điện tử tỉnh", Group::Source),
    ];
    let pictures = [
        "ruong-bac-thang", "lop-hoc", "", "ho-thuy-dien", "cam-cao-phong", "san-van-dong", "",
        "nha-san",
    ];
    let titles = [
        "Nông dân vùng cao xuống đồng sớm, giữ nước cho vụ xuân trên ruộng bậc thang",
        "Trường vùng lòng hồ đón lớp học mới",
        "Hội đồng nhân dân tỉnh khai mạc kỳ họp cuối năm",
        "Hồ thủy điện tích nước an toàn",
        "Cam Cao Phong vào vụ",
        "Sân vận động tỉnh mở cửa buổi tối",
        "Sở Thông tin và Truyền thông tập huấn xuất bản tin",
        "Giữ nghề dựng nhà sàn",
    ];
    let articles: Vec<Article> = titles.iter().zip(pictures).map(|(title, picture)| Article {
        url: Some("https://hoabinh.example/tin/1".into()),
        summary: Some("Sáng 20/11, bà con xã Độc Lập đã ra đồng be bờ, đắp lại mương phai và thống nhất lịch lấy nước luân phiên, tránh để ruộng khô như vụ trước.".into()),
        content: Some("<p>Mương chính dài hơn hai cây số vừa được nạo vét; mỗi xóm cử hai người trông nước theo ca.</p><h2>Nước chia theo giờ</h2><p>Tổ quản lý cho biết nếu trời không mưa, lượng nước hiện có đủ cho hai phần ba diện tích. Cách làm lành mạnh, minh bạch là thước đo của tổ.</p><blockquote><p>“Ruộng ai cũng có phần, nước đến đúng giờ thì không ai phải tranh.”</p></blockquote>".into()),
        title: (*title).into(),
        authors: vec![Author { name: Some("Bùi Thị Mai".into()), ..Author::default() }],
        categories: vec![Category { term: "Nông nghiệp".into(), scheme: None, label: None }, Category { term: "Kinh tế".into(), scheme: None, label: None }],
        enclosures: vec![Enclosure { url: "https://hoabinh.example/lich-lay-nuoc.pdf".into(), media_type: "application/pdf".into(), length: Some(245_000), title: Some("Lịch lấy nước".into()), duration: None }],
        image: (!picture.is_empty()).then(|| Image { url: format!("/media/{picture}.jpg"), alt: Some("Ruộng bậc thang lúc nắng lên".into()), width: None, height: None }),
        language: Some("vi".into()), origin: None, rights: None, publisher: Some("Ủy ban nhân dân tỉnh".into()),
        received: at("2026-11-20T08:31:00+07:00"), changed: at("2026-11-20T15:02:00+07:00"),
        published: Some(Dated { at: at("2026-11-20T08:30:00+07:00"), offset: 25_200, raw: "20/11/2026 08:30".into(), precision: Precision::Minute, rule: DateRule::Unambiguous }),
        repairs: vec![Repair { field: "content".into(), from: "lµnh m¹nh".into(), to: "lành mạnh".into(), rule: "tcvn3".into(), offset: 0 }, Repair { field: "content".into(), from: "thíc đo".into(), to: "thước đo".into(), rule: "tcvn3-lost-horn-u".into(), offset: 0 }],
        flags: vec![Flag { field: "content".into(), text: "hiệuquả".into(), suggestion: Some("hiệu quả".into()), rule: "glued".into() }],
        ..article_of("x")
    }).collect();
    for lang in [Language::Vi, Language::En] {
        let frame = Frame { site: &site, lang, chosen: false, feeds: &feeds };
        let entries: Vec<Entry<'_>> = articles
            .iter()
            .map(|article| Entry {
                article,
                source_title: "Báo điện tử tỉnh",
                source_home: Some("https://hoabinh.example/"),
                source_feed: Some("source-ubnd".into()),
                category_feeds: vec![Some("category-y-te".into()), None],
                others: Vec::new(),
            })
            .collect();
        let revision = |number, time| RevisionView {
            number,
            at: at(time),
            reason: None,
            withdrawn: false,
            changed: vec!["content"],
        };
        let view = ArticleView {
            entry: entries[0].clone(),
            revisions: vec![
                revision(1, "2026-11-20T08:31:00+07:00"),
                revision(2, "2026-11-20T15:02:00+07:00"),
            ],
        };
        let now = at("2026-11-23T09:00:00+07:00");
        let mut sources: Vec<_> = [
            ("Báo điện tử tỉnh", Condition::Good, Way::Push),
            ("Sở Y tế", Condition::Failing, Way::Feed),
            ("Sở Giáo dục và Đào tạo", Condition::Warned, Way::Feed),
            ("Thư mục tin", Condition::New, Way::Folder),
            ("Huyện Mai Châu", Condition::Stopped, Way::Page),
        ]
        .map(|(t, s, w)| SourceStatusView { last_good: Some(now), ..source_status(t, s, w) })
        .into();
        for (index, s) in sources.iter_mut().enumerate() {
            s.id = format!("nguon-{index}");
            s.address = Some("https://soyte.example/rss.xml".into());
            if !matches!(s.state, Condition::Failing | Condition::Stopped) {
                s.problem = None;
            }
            s.warnings = if s.state == Condition::Warned {
                vec![warning("undeclared-prefix", 3, None), warning("bare-ampersand", 12, None)]
            } else {
                vec![]
            };
            if s.state == Condition::Failing {
                s.problem = Some("https://soyte.example/rss.xml: timed out after 30 s".into());
            }
        }
        let all = [
            ("front", front(&frame, &entries, Part::default())),
            ("article", article(&frame, &view)),
            ("feed", feed(&frame, &feeds[0], &entries, Part::default())),
            ("status", status(&frame, now, &sources, None)),
            ("error", error(&frame, 404, None)),
            (
                "withdrawn",
                withdrawn(
                    &frame,
                    &WithdrawnView {
                        at: now,
                        source_title: "Sở Y tế",
                        source_feed: Some("source-ubnd".into()),
                    },
                ),
            ),
        ];
        for (name, html) in all {
            std::fs::write(format!("{folder}/{name}-{}.html", lang.code()), html).unwrap();
        }
    }
}

#[test]
fn the_status_page_tells_what_failed_and_what_is_only_warned() {
    let site = site("Tin");
    let frame = Frame { site: &site, lang: Language::Vi, chosen: false, feeds: &[] };
    let shown = |sources: Vec<SourceStatusView>| status(&frame, Timestamp(0), &sources, None);
    let quiet =
        |state, way| SourceStatusView { bad_files: vec![], ..source_status("A", state, way) };
    let warned =
        shown(vec![quiet(Condition::Warned, Way::Feed), quiet(Condition::Good, Way::Feed)]);
    assert!(warned.contains("Mọi nguồn tin đều hoạt động, 1 nguồn tin có cảnh báo."), "{warned}");
    assert!(!warned.contains("Mọi nguồn tin đều bình thường"));
    let good = shown(vec![quiet(Condition::Good, Way::Feed)]);
    assert!(good.contains("Mọi nguồn tin đều bình thường."));
    let told = |name: &str| WarningView { name: name.to_owned(), count: 3, file: None };
    let with = |names: &[&str]| {
        let warnings = names.iter().copied().map(told).collect();
        shown(vec![SourceStatusView { warnings, ..quiet(Condition::Warned, Way::Feed) }])
    };
    assert!(with(&["detail-resting", "detail-waiting"]).contains("Không cần làm gì: phần còn chờ"));
    assert!(!with(&["detail-waiting", "bare-ampersand"]).contains("phần còn chờ"));
    let mut folder = source_status("tin.md", Condition::Failing, Way::Folder);
    (folder.problem, folder.warnings) = (None, vec![]);
    let failing = shown(vec![folder, quiet(Condition::Warned, Way::Feed)]);
    assert!(
        failing.contains("1/2 nguồn tin đang có vấn đề, 1 nguồn tin có cảnh báo."),
        "{failing}"
    );
    assert!(failing.contains("và 2 tệp nữa") && failing.contains("Sửa các tệp nêu dưới đây"));
}
