//! Lists of each platform's shape: found without being told, read by what was found.

use super::*;

macro_rules! page {
    ($name:literal) => {
        include_str!(concat!("../../../tests/fixtures/pages/", $name, ".html"))
    };
}

const LISTS: [(HtmlProfile, &str, &str); 5] = [
    (HtmlProfile::Nukeviet, "https://a.example.vn/vi/news/tin-trong-tinh/", page!("nukeviet-list")),
    (HtmlProfile::Liferay, "https://a.example.vn/web/guest/tin-tuc", page!("liferay-list")),
    (HtmlProfile::Sharepoint, "https://a.example.vn/Pages/TinTuc.aspx", page!("sharepoint-list")),
    (HtmlProfile::Wordpress, "https://so.example.vn/category/tin-tuc/", page!("wordpress-list")),
    (HtmlProfile::Dotnetnuke, "https://a.example.vn/Tin-tuc.aspx", page!("dotnetnuke-list")),
];

fn found(address: &str, page: &str) -> Discovery {
    discover(page.as_bytes(), Some("text/html; charset=utf-8"), &Url::parse(address).unwrap(), &[])
        .unwrap()
}

#[test]
fn every_platform_is_recognized_and_its_list_is_found_whole() {
    for (platform, address, page) in LISTS {
        let found = found(address, page);
        assert_eq!(found.platform, Some(platform), "{address}");
        let pattern = found.pattern.unwrap_or_else(|| panic!("{platform:?}: no list"));
        assert_eq!(pattern.count, 10, "{platform:?} {pattern:?}");
        let titles: std::collections::HashSet<_> =
            pattern.samples.iter().map(|s| &s.title).collect();
        assert_eq!(titles.len(), 10, "{platform:?} {pattern:?}");
        for sample in &pattern.samples {
            assert!(
                !sample.title.contains("Bài đọc nhiều") && !sample.title.contains("Đọc tiếp"),
                "{platform:?} {sample:?}"
            );
            let date = sample.date.as_deref().unwrap_or_else(|| panic!("{platform:?} {pattern:?}"));
            assert!(date.contains("06") && date.contains("2026"), "{platform:?} {date}");
            assert!(
                sample.link.starts_with("https://") && sample.link.contains("example.vn/"),
                "{sample:?}"
            );
            assert!(sample.lead, "{platform:?} {pattern:?}");
        }
    }
}

#[test]
fn what_a_page_and_its_headers_name_is_found() {
    let (_, address, page) = LISTS[3];
    let headers =
        ["<https://hub.example.vn/>; rel=\"hub\", <https://so.example.vn/feed/>; rel=self"
            .to_owned()];
    let found = discover(page.as_bytes(), None, &Url::parse(address).unwrap(), &headers).unwrap();
    assert_eq!(found.feeds[0].0, "https://so.example.vn/feed/");
    assert_eq!(found.hubs, ["https://hub.example.vn/"]);
    assert!(found.sitemap_guesses.iter().any(|s| s.ends_with("/wp-sitemap.xml")));
    let (_, address, page) = LISTS[1];
    let found = self::found(address, page);
    assert_eq!(
        found.feed_guesses[0],
        "https://a.example.vn/web/guest/chi-tiet/-/asset_publisher/Ab12/rss"
    );
}

#[test]
fn a_list_that_has_changed_is_found_again_by_known_articles() {
    let (_, address, page) = LISTS[1];
    let address = Url::parse(address).unwrap();
    let known: Vec<String> = found(address.as_str(), page)
        .pattern
        .unwrap()
        .samples
        .iter()
        .skip(3)
        .map(|s| s.link.clone())
        .collect();
    let changed = page
        .replace("<ul class=\"news-list\">", "<div class=\"grid\"><div class=\"row\">")
        .replace("<li><div class=\"thumb\">", "<article class=\"card\"><div class=\"thumb\">")
        .replace("</div></li>\n</ul>", "</div></article></div></div>")
        .replace("</div></li>", "</div></article>")
        .replace("class=\"title\"", "class=\"card-title\"")
        .replace("<span class=\"time\">", "<span class=\"meta-date\">");
    let pattern = relearn(changed.as_bytes(), None, &address, &known).unwrap();
    assert!(pattern.count >= known.len(), "{pattern:?}");
    assert_eq!(pattern.count, 10, "the new ones too: {pattern:?}");
    assert!(pattern.selectors.date.contains("meta-date"), "{pattern:?}");
    assert_eq!(relearn(page!("error-200").as_bytes(), None, &address, &known), None);
}

#[test]
fn what_is_no_list_gives_none() {
    for page in
        [page!("error-200"), page!("login-200"), page!("notice-pdf"), page!("nukeviet-article")]
    {
        let found = found("https://a.example.vn/x", page);
        assert_eq!(found.pattern, None, "{:?}", found.title);
    }
}

#[test]
fn hostile_pages_are_bounded() {
    let many: String = (0..20_000)
        .map(|n| format!("<p class=c{n}><a href=/{n}>Một tiêu đề đủ dài {n}</a>"))
        .collect();
    let deep = "<div>".repeat(3_000) + &many;
    for page in [many.as_str(), deep.as_str()] {
        let _ = found("https://a.example.vn/", page);
    }
}

const TITLES: [&str; 6] = [
    "Làm cỏ ngô xong sớm ở bản Ngoài",
    "Chợ phiên đầu tháng đông hơn năm ngoái",
    "Ba bản chung tay sửa con mương cũ",
    "Lớp học dệt mở lại sau mùa gặt",
    "Đường lên trạm y tế được rải đá",
    "Đội văn nghệ xã đi thi ở huyện",
];
const LEAD: &str =
    "Sáng sớm, hơn hai trăm người của ba bản đã ra đồng làm cỏ cho ruộng ngô mới lên.";

/// The titles and dates that are found on a page of six items, and how many there are.
fn samples(item: &dyn Fn(usize, &str) -> String) -> (Vec<String>, usize) {
    let items: String = TITLES.iter().enumerate().map(|(at, title)| item(at, title)).collect();
    let page = format!(
        "<ul class=menu><li><a href=/m>Chỉ đạo điều hành</a></ul><div id=main>{items}</div>"
    );
    let pattern = found("https://a.example.vn/tin", &page).pattern.unwrap_or_default();
    let dated = pattern.samples.iter().filter(|sample| sample.date.is_some()).count();
    (pattern.samples.into_iter().map(|sample| sample.title).collect(), dated)
}

#[test]
fn a_title_is_told_from_what_else_a_card_or_row_links() {
    let thumb = |at: usize, title: &str| {
        format!(
            "<article class=item><a href=/b/{at} title='{title}'><img src=/i></a><h3 class=title><a href=/b/{at}>{title}</a></h3><p><a href=/b/{at}>{LEAD}</a></p></article>"
        )
    };
    let card = |at: usize, title: &str| {
        format!(
            "<a class=card href=/b/{at}><div><img src=/i></div><div><h4>{title}</h4><span>1{at}/11/2026</span><p>{LEAD}</p></div></a>"
        )
    };
    let bold = |at: usize, title: &str| {
        format!(
            "<li><a href=/b/{at}><b>{title}</b><em>1{at} Tháng Mười Một 2026</em><span>{LEAD}</span></a></li>"
        )
    };
    let plain = |at: usize, title: &str| {
        format!(
            "<div class=x><p><a href=/b/{at}>{title}</a></p><p><a href=/b/{at}>{LEAD}</a></p><i>2 giờ trước</i></div>"
        )
    };
    let loose =
        |at: usize, title: &str| format!("<li><a href=/b/{at}>{title}</a> (1{at}/11/2026)</li>");
    for (what, item, dated) in [
        ("thumb", &thumb as &dyn Fn(usize, &str) -> String, 0),
        ("card", &card, 6),
        ("bold", &bold, 6),
        ("plain", &plain, 6),
        ("loose", &loose, 6),
    ] {
        let (titles, dates) = samples(item);
        assert_eq!(titles, TITLES, "{what}");
        assert_eq!(dates, dated, "{what}");
    }
    let rows: String = TITLES.iter().enumerate().map(|(at, title)| {
        format!("<tr><td><a href=/v/{at}>10{at}/2026/QĐ-UBND</a></td><td>1{at}/11/2026</td><td><a href=/v/{at}>{title}</a></td></tr>")
    }).collect();
    let page = format!(
        "<table class=vb><tr><th>Số</th><th>Ngày</th><th>Trích yếu</th></tr>{rows}</table>"
    );
    let pattern = found("https://a.example.vn/vb", &page).pattern.unwrap();
    let titles: Vec<&str> = pattern.samples.iter().map(|sample| sample.title.as_str()).collect();
    assert_eq!(titles, TITLES, "{pattern:?}");
    assert_eq!(pattern.samples[5].date.as_deref(), Some("15/11/2026"), "{pattern:?}");
}

#[test]
fn the_articles_in_the_boxes_of_a_home_page_are_found_and_not_their_categories() {
    let boxes: String = ["Chính trị", "Kinh tế", "Văn hóa - Thể thao xứ Mường"].iter().zip(TITLES.chunks(2)).enumerate().map(|(at, (name, titles))| {
        let more: String = (0..2).map(|n| format!("<li><a href=/b/{at}{n}>{} lần {n}</a></li>", titles[1])).collect();
        format!("<div class=box><h2><a href=/muc/{at}>{name}</a></h2><div class=hot><h3><a href=/b/{at}>{}</a></h3><i class=date>1{at}/11/2026</i><p>{LEAD}</p></div><ul>{more}</ul></div>", titles[0])
    }).collect();
    let pattern =
        found("https://a.example.vn/", &format!("<div id=main>{boxes}</div>")).pattern.unwrap();
    assert_eq!(pattern.count, 9, "{pattern:?}");
    let is_category =
        |title: &str| ["Chính trị", "Kinh tế", "Văn hóa - Thể thao xứ Mường"].contains(&title);
    assert!(pattern.samples.iter().all(|sample| !is_category(&sample.title)), "{pattern:?}");
}
