//! Pages of each platform's shape: the text is found, and nothing that is not the text.

use super::*;
use crate::model::Selectors;

macro_rules! page {
    ($name:literal) => {
        ($name, include_str!(concat!("../../../tests/fixtures/pages/", $name, ".html")))
    };
}

const ARTICLES: [(&str, &str); 5] = [
    page!("nukeviet-article"),
    page!("liferay-article"),
    page!("sharepoint-article"),
    page!("wordpress-article"),
    page!("dotnetnuke-article"),
];

fn whole(html: &str) -> ArticlePage {
    article(html.as_bytes(), Some("text/html; charset=utf-8"), &Selectors::default(), true).unwrap()
}

#[test]
fn the_whole_text_of_every_platform_is_found_and_nothing_around_it() {
    for (name, html) in ARTICLES {
        let page = whole(html);
        let text = page.selected.content.first().unwrap_or_else(|| panic!("{name}: {page:?}"));
        for part in [
            "tại trung tâm hội nghị tỉnh",
            "thu ngân sách đạt 54%",
            "chuẩn bị tốt phương án",
            "không để gián đoạn việc",
        ] {
            assert_eq!(text.value.matches(part).count(), 1, "{name} {part}: {}", text.value);
        }
        let others = [
            "Trang chủ",
            "Giới thiệu",
            "Khánh thành cầu",
            "mùa cam",
            "đừng để người dân",
            "Đường vào xã",
            "giám sát",
            "Cơ quan chủ quản",
            "Facebook",
            "__VIEWSTATE",
            "Các tin khác",
            "Tin khác",
        ];
        for other in others {
            assert!(!text.value.contains(other), "{name} {other}: {}", text.value);
        }
    }
}

#[test]
fn the_title_and_the_date_that_people_see_are_read() {
    for (name, html) in ARTICLES {
        let page = whole(html).said;
        let title = page.title.unwrap_or_else(|| panic!("{name}")).value;
        assert!(title.starts_with("Hội nghị triển khai nhiệm vụ"), "{name} {title}");
        let date = page.published.unwrap_or_else(|| panic!("{name}")).raw;
        assert!(date.contains("12"), "{name} {date}");
        assert!(!date.contains("07-01"), "{name} {date}");
    }
}

#[test]
fn what_is_no_article_gives_no_text() {
    for (name, html) in [
        page!("nukeviet-list"),
        page!("liferay-list"),
        page!("sharepoint-list"),
        page!("wordpress-list"),
        page!("dotnetnuke-list"),
        page!("notice-pdf"),
    ] {
        let page = whole(html);
        assert!(page.selected.content.is_empty(), "{name}: {page:?}");
        assert!(page.unsure.is_some(), "{name}");
    }
    for (name, html) in [page!("error-200"), page!("login-200")] {
        let found = article(html.as_bytes(), None, &Selectors::default(), true);
        assert!(matches!(found, Err(PageError::Trouble(_))), "{name}: {found:?}");
    }
}

#[test]
fn comments_alone_are_no_article() {
    let (_, html) = page!("wordpress-article");
    let (start, rest) = html.split_once("<div class=\"entry-content\">").unwrap();
    let (_, end) = rest.split_once("</div></article>").unwrap();
    let without =
        format!("{start}<div class=\"entry-content\"><p>Xem video.</p></div></article>{end}");
    assert!(whole(&without).selected.content.is_empty());
    // The same under names that say nothing.
    let unnamed = without.replace("comment", "x1").replace("footer", "div");
    let page = whole(&unnamed);
    assert!(page.selected.content.is_empty(), "{page:?}");
}

#[test]
fn a_selected_body_is_taken_as_it_is_and_a_missing_one_is_an_error() {
    let (_, html) = page!("sharepoint-article");
    let selectors = Selectors {
        detail_body: "div.ms-rtestate-field".into(),
        detail_title: "h2".into(),
        ..Selectors::default()
    };
    let page = article(html.as_bytes(), None, &selectors, false).unwrap();
    assert!(page.selected.content[0].value.contains("ExternalClass1A2B"));
    let gone = Selectors { detail_body: "#gone".into(), ..selectors };
    assert!(matches!(article(html.as_bytes(), None, &gone, false), Err(PageError::Nothing { .. })));
}

#[test]
fn hostile_pages_are_linear() {
    for page in [
        "<div>".repeat(5_000),
        "<ul><li>x".repeat(2_000),
        format!("<p>{}", "a, ".repeat(500_000)),
        "<div class=a><p>tin, tin, tin, tin, tin, tin</p></div>".repeat(20_000),
    ] {
        let _ = article(page.as_bytes(), None, &Selectors::default(), true);
    }
}
