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
    let found = article(html.as_bytes(), None, &gone, true).unwrap();
    assert!(found.selected.content[0].value.contains("không để gián đoạn"), "looked for instead");
}

#[test]
fn hostile_pages_are_linear() {
    for page in [
        "<div>".repeat(5_000),
        "<ul><li>x".repeat(2_000),
        format!("<p>{}", "a, ".repeat(500_000)),
        "<div><p>tin, ".repeat(3_000),
        "<b><i><a href=x>".repeat(3_000) + "tin",
        "<table><tr><td>".repeat(2_000) + "tin",
        format!("<title>{}</title>{}", "tin ".repeat(50_000), "<h2>tin khác</h2>".repeat(20_000)),
        "tin, tin<br>".repeat(50_000),
        "<div class=a><p>tin, tin, tin, tin, tin, tin</p></div>".repeat(20_000),
    ] {
        let _ = article(page.as_bytes(), None, &Selectors::default(), true);
    }
}

const PROSE: [&str; 3] = [
    "Sáng nay, đoàn công tác của tỉnh đã kiểm tra tiến độ các công trình thủy lợi trên địa bàn, yêu cầu nhà thầu tập trung nhân lực, máy móc, bảo đảm hoàn thành trước mùa mưa.",
    "Theo báo cáo, đến nay đã hoàn thành ba hồ chứa, hai trạm bơm, giải ngân đạt hơn sáu mươi phần trăm; một số hạng mục chậm do vướng mặt bằng, giá vật liệu tăng cao.",
    "Kết luận buổi kiểm tra, lãnh đạo tỉnh biểu dương nỗ lực của các đơn vị, giao các sở, ngành phối hợp tháo gỡ khó khăn, báo cáo kết quả trước ngày cuối tháng.",
];

/// The lead and the text found on a page; each of the three paragraphs must be in them once.
fn found(what: &str, html: &str) -> String {
    let page = whole(html);
    let text = page.selected.content.first();
    let text = &text.unwrap_or_else(|| panic!("{what}: {:?}", page.unsure)).value;
    let text = page.lead.unwrap_or_default() + text;
    for part in PROSE {
        assert_eq!(text.matches(part).count(), 1, "{what}: {text}");
    }
    text
}

#[test]
fn shapes_that_templates_and_editors_make_of_a_text_are_read_whole() {
    let [a, b, c] = PROSE;
    for (what, html) in [
        (
            "pasted from a word processor",
            format!(
                "<div id=nd><div class=MsoNormal><span>{a}</span></div><div class=MsoNormal><span>{b}</span></div><div class=MsoNormal><span>{c}</span></div></div>"
            ),
        ),
        (
            "a block in each block",
            format!(
                "<div id=nd><div class=k><p>{a}</p></div><div class=k><p>{b}</p></div><div class=k><p>{c}</p></div></div>"
            ),
        ),
        (
            "two parts",
            format!(
                "<div><div class=k><p>{a}</p></div><div class=k><p>{b}</p><p>{c}</p></div></div>"
            ),
        ),
        (
            "sections",
            format!(
                "<article><section><h2>I</h2><p>{a}</p></section><section><h2>II</h2><p>{b}</p></section><section><h2>III</h2><p>{c}</p></section></article>"
            ),
        ),
        (
            "cells of a layout",
            format!(
                "<table><tr><td class=trai><a href=/1>Trang chủ</a><br><a href=/2>Giới thiệu chung</a></td><td><p>{a}</p><p>{b}</p><p>{c}</p></td></tr></table>"
            ),
        ),
        ("no paragraphs", format!("<div class=x>{a}<br>{b}<br><br>{c}</div>")),
        (
            "a theme's names",
            format!(
                "<div class='site has-sidebar overflow-hidden'><div class='right-sidebar comments-open'><div class=c><p>{a}</p><p>{b}</p><p>{c}</p></div></div></div>"
            ),
        ),
        (
            "one form around all",
            format!(
                "<form id=aspnetForm><div class='menu-page'><h1>Tin</h1><div class=c><p>{a}</p><p>{b}</p><p>{c}</p></div></div>{}</form>",
                "<i></i>".repeat(50)
            ),
        ),
    ] {
        found(what, &format!("<html><title>Kiểm tra công trình</title><body>{html}</body></html>"));
    }
}

#[test]
fn a_table_of_figures_and_pictures_stay_and_teasers_beside_do_not() {
    let [a, b, c] = PROSE;
    let teaser = |n: u32| {
        format!(
            "<div class=item><a href=/tin/{n}><img src=/{n}.jpg></a><h3><a href=/tin/{n}>Tin nổi bật của tuần số {n}</a></h3><p>Lời dẫn khá dài của tin nổi bật số {n}, kể lại diễn biến chính, có dấu phẩy, có dấu chấm. Và thêm một câu nữa cho dài.</p></div>"
        )
    };
    let beside: String = (1..9).map(teaser).collect();
    let html = format!(
        "<body><div class=col-8><h1>Kiểm tra công trình</h1><div class=c><p>{a}</p><table><tr><td>Hồ chứa</td><td>3</td></tr></table><figure><img src=/anh.jpg><figcaption>Toàn cảnh</figcaption></figure><p>{b}</p><p>{c}</p></div></div><div class=col-4>{beside}</div></body>"
    );
    let text = found("beside teasers", &html);
    assert!(text.contains("<td>Hồ chứa</td>") && text.contains("/anh.jpg"), "{text}");
    assert!(!text.contains("Tin nổi bật"), "{text}");
    let only = format!("<body><div class=col-4>{beside}</div></body>");
    assert!(whole(&only).selected.content.is_empty(), "teasers alone are no article");
}

#[test]
fn broken_pages_are_read_somehow() {
    let address = url::Url::parse("https://a.example.vn/").unwrap();
    for (_, html) in ARTICLES.into_iter().chain([page!("sharepoint-list"), page!("wordpress-list")])
    {
        for part in 1..20 {
            let end = html.floor_char_boundary(html.len() * part / 20);
            let cut = &html[..end];
            for broken in [cut.to_owned(), cut.replace('"', ""), cut.replace("</div>", "")] {
                let _ = article(broken.as_bytes(), None, &Selectors::default(), true);
                let _ = crate::read::discover::discover(broken.as_bytes(), None, &address, &[]);
            }
        }
    }
}

/// A page of a headline, some markup and other articles below.
fn around(middle: &str) -> String {
    format!(
        "<title>Kiểm tra công trình - Cổng</title><nav><a href=/>Trang chủ</a></nav><h1>Kiểm tra công trình</h1>{middle}<div class=related><h4>Tin liên quan</h4><ul><li><a href=/1>Tin khác về mùa màng</a><li><a href=/2>Tin khác nữa về mùa màng</a></ul></div>"
    )
}

#[test]
fn a_lead_that_stands_apart_is_the_texts_first_paragraph() {
    let [a, b, c] = PROSE;
    for lead in [
        format!(
            "<main><h2 class=sapo>{a}</h2><div class=cms><p>{b}</p><p>{c}</p><p>Hết.</p></div></main>"
        ),
        format!(
            "<main><p class=tom-tat><b>{a}</b></p><div class=cms><p>{b}</p><p>{c}</p></div></main>"
        ),
        format!(
            "<div class=x1><strong>{a}</strong></div><p class=date>12/06/2026</p><div class=x2><p>{b}</p><p>{c}</p></div>"
        ),
        format!(
            "<table class=bai><tr><td class=sapo><b>{a}</b></td></tr><tr><td><p>{b}</p><p>{c}</p></td></tr></table>"
        ),
        format!(
            "<header class=article-header><p>{a}</p></header><div class=x2><p>{b}</p><p>{c}</p></div>"
        ),
    ] {
        let text = found(&lead, &around(&lead));
        assert!(text.find(a) < text.find(b), "{text}");
        assert!(!text.contains("Tin khác"), "{text}");
    }
}

#[test]
fn rows_of_a_layout_and_small_tables_stay() {
    let [a, b, c] = PROSE;
    let data =
        "<table><tr><td>Xã</td><td>Héc ta</td></tr><tr><td>Ngoài</td><td>12</td></tr></table>";
    for middle in [
        format!("<table><tr><td><p>{a}</p><p>{b}</p>{data}<p>{c}</p></td></tr></table>"),
        format!(
            "<table><tr><td>{a}</td></tr><tr><td>{b}</td></tr><tr><td>{data}</td></tr><tr><td>{c}</td></tr></table>"
        ),
        format!("<div class=nd><p>{a}</p>{data}<p>{b}</p><p>{c}</p></div>"),
    ] {
        let text = found(&middle, &around(&middle));
        assert!(text.contains("Héc ta") && text.contains("<td>"), "{text}");
    }
}

#[test]
fn a_text_that_stands_in_json_ld_only_is_taken_from_there() {
    let body = PROSE.join("\\n\\n");
    let html = format!(
        "<title>Kiểm tra</title><script type=application/ld+json>{{\"@type\":\"NewsArticle\",\"articleBody\":\"{body}\"}}</script><div id=app></div>"
    );
    let text = found("JSON-LD", &html);
    assert_eq!(text.matches("<p>").count(), 3, "{text}");
}

#[test]
fn embedded_media_are_kept_with_the_text() {
    let [a, b, c] = PROSE;
    let html = around(&format!(
        "<div class=nd><p>{a}</p><iframe src='https://video.example.vn/1'></iframe><p>{b}</p><video src=/a.mp4></video><p>{c}</p></div>"
    ));
    let text = found("media", &html);
    assert!(text.contains("video.example.vn/1") && text.contains("/a.mp4"), "{text}");
}
