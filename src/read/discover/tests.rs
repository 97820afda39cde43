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
