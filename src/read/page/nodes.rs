//! Small questions about the elements of a page.

use crate::model::{ParsedDate, Text, TextKind};
use ego_tree::iter::Edge;
use scraper::{ElementRef, Html, Selector};

/// Words in a `class` or `id` that say that a part of a page is around an article and not of it.
const AROUND: &[&str] = &[
    "comment", "binh-luan", "binhluan", "sidebar", "menu", "navbar", "breadcrumb", "related",
    "lien-quan", "lienquan", "tin-khac", "tinkhac", "other-news", "othernews", "news-other",
    "other_news", "xem-them", "xemthem", "docnhieu", "doc-nhieu", "most-view", "mostview",
    "footer", "masthead", "share", "social", "addthis", "banner", "quang-cao", "quangcao",
    "advert", "popup", "login", "dangnhap", "rating", "danhgia", "danh-gia", "paging",
    "pagination", "newsletter", "toolbar", "print-link", "skip-link",
];

/// Elements whose text nobody sees.
const HIDDEN: [&str; 6] = ["script", "style", "template", "noscript", "iframe", "object"];

/// Elements that never hold an article's text.
const NEVER: &[&str] = &[
    "script", "style", "noscript", "template", "nav", "header", "footer", "aside", "form",
    "select", "button", "input", "textarea", "iframe", "object", "svg", "head", "dialog", "menu",
];

/// The text of an element on one line; what a browser does not show is none.
pub fn said(element: ElementRef<'_>) -> String {
    let mut text = String::new();
    let mut hidden = 0_usize;
    for edge in element.traverse() {
        let (node, opens) = match edge {
            Edge::Open(node) => (node, true),
            Edge::Close(node) => (node, false),
        };
        if let Some(part) = node.value().as_element() {
            if node.id() != element.id() && HIDDEN.contains(&part.name()) {
                hidden = if opens { hidden + 1 } else { hidden.saturating_sub(1) };
            }
        } else if let (Some(part), true, 0) = (node.value().as_text(), opens, hidden) {
            text.push_str(part);
        }
    }
    one_line(&text)
}

/// Every run of white space is one space.
pub fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A plain text construct.
pub fn text(value: String) -> Text {
    Text { value, kind: TextKind::Text, ..Text::default() }
}

/// The first element that a selector of ours finds.
pub fn first<'a>(page: &'a Html, selector: &str) -> Option<ElementRef<'a>> {
    page.select(&Selector::parse(selector).ok()?).next()
}

/// An attribute of the first element that a selector finds.
pub fn attribute(page: &Html, selector: &str, name: &str) -> Option<String> {
    let element = first(page, selector)?;
    element.value().attr(name).map(|value| value.trim().to_owned()).filter(|v| !v.is_empty())
}

/// The page's own title.
pub fn title_of(page: &Html) -> Option<String> {
    let title = first(page, "title").map(said)?;
    Some(title.chars().take(200).collect()).filter(|title: &String| !title.is_empty())
}

/// Whether an element is a part around an article: navigation, comments, other news, a form.
pub fn is_around(element: ElementRef<'_>) -> bool {
    let name = element.value().name();
    // A portal of ASP.NET wraps the whole page in one form; a page's own header may hold the article's title.
    let whole = ["body", "html", "main", "article"].contains(&name);
    let form_of_all = name == "form" && element.descendent_elements().nth(40).is_some();
    if whole || form_of_all {
        return false;
    }
    NEVER.contains(&name) || is_named_around(element)
}

fn is_named_around(element: ElementRef<'_>) -> bool {
    let value = element.value();
    let hidden = value.attr("style").is_some_and(|s| s.replace(' ', "").contains("display:none"))
        || value.attr("hidden").is_some();
    let role = value.attr("role").unwrap_or("");
    let named = value.id().is_some_and(is_around_name) || value.classes().any(is_around_name);
    let aside = ["navigation", "complementary", "search"].contains(&role);
    // What holds the page's heading is a page, whatever its theme calls it.
    hidden || ((named || aside) && !has_heading(element))
}

/// Whether a class or id names a part around an article; `has-sidebar` and the like describe the whole page.
fn is_around_name(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let alone = ["hidden", "d-none", "hide", "tags", "keywords", "sr-only"];
    let of_all = ["has-", "with-", "no-", "without-", "page-with", "left-", "right-", "both-"];
    let of_page = of_all.iter().any(|start| lower.starts_with(start)) && lower.ends_with("sidebar")
        || ["-open", "-closed"].iter().any(|end| lower.ends_with(end));
    alone.contains(&lower.as_str()) || (!of_page && AROUND.iter().any(|word| lower.contains(word)))
}

fn has_heading(element: ElementRef<'_>) -> bool {
    element.descendent_elements().take(2_000).any(|e| e.value().name() == "h1")
}

/// The date of an element: its `datetime` or `content`, else its text; nothing where there is no figure in it.
pub fn date(element: ElementRef<'_>) -> Option<ParsedDate> {
    let written = element.value().attr("datetime").or(element.value().attr("content"));
    let raw = written.map(|raw| raw.trim().to_owned()).unwrap_or_else(|| said(element));
    let raw = raw.trim_matches(['(', ')', '|', '-', ' ']).to_owned();
    raw.bytes().any(|b| b.is_ascii_digit()).then_some(ParsedDate { raw })
}

/// Whether a short text is, or holds, a day with month and year: `12/06/2009`, `ngày 12 tháng 6 năm 2009`, `2009-06-12`.
pub fn has_day(text: &str) -> bool {
    let mut figures: Vec<(usize, &str)> = Vec::new();
    let mut between = String::new();
    let mut rest = text.get(..text.floor_char_boundary(400)).unwrap_or(text);
    while let Some(at) = rest.find(|c: char| c.is_ascii_digit()) {
        between.push_str(rest.get(..at).unwrap_or(""));
        rest = rest.get(at..).unwrap_or("");
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let joined = is_joint(&between);
        between.clear();
        if !joined {
            figures.clear();
        }
        figures.push((end, rest.get(..end).unwrap_or("")));
        rest = rest.get(end..).unwrap_or("");
        if figures.windows(3).any(is_day) {
            return true;
        }
    }
    false
}

fn is_joint(between: &str) -> bool {
    let between = between.trim().to_lowercase();
    matches!(between.as_str(), "/" | "-" | "." | "tháng" | "năm" | "," | ", tháng" | "thg")
}

fn is_day(three: &[(usize, &str)]) -> bool {
    let numbers: Vec<u32> = three.iter().filter_map(|(_, n)| n.parse().ok()).collect();
    let year = |n: u32| (1990..2100).contains(&n);
    match numbers[..] {
        [a, b, c] if year(c) => (1..=31).contains(&a) && (1..=31).contains(&b) && a.min(b) <= 12,
        [a, b, c] if year(a) => (1..=12).contains(&b) && (1..=31).contains(&c),
        _ => false,
    }
}

/// The address of a picture, the lazy one first.
pub fn image_of(picture: ElementRef<'_>) -> Option<String> {
    let names = ["data-original", "data-src", "data-lazy-src", "src"];
    let found = names.iter().find_map(|name| picture.value().attr(name))?.trim();
    (!found.is_empty() && !found.starts_with("data:")).then(|| found.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_seen_in_short_texts() {
        for day in [
            "12/06/2009 20:30",
            "(20:30 12/6/2009)",
            "Thứ sáu, ngày 12 tháng 06 năm 2009",
            "2009-06-12T20:30:00",
            "Thứ Sáu, 12.06.2009",
        ] {
            assert!(has_day(day), "{day}");
        }
        for other in ["", "20:30", "Quyết định số 12/QĐ-UBND", "1/2/3", "45/2009/NĐ-CP", "12/06"]
        {
            assert!(!has_day(other), "{other}");
        }
    }

    #[test]
    fn parts_around_an_article_are_known() {
        let page = Html::parse_document(
            "<div class='box-comment-list'></div><nav></nav><div class=noi-dung></div><form><p>x</form>",
        );
        let around = |css| is_around(first(&page, css).unwrap());
        assert!(around("div") && around("nav") && around("form"));
        assert!(!around(".noi-dung") && !around("body"));
    }
}
