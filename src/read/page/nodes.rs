use super::days::is_relative;
use crate::model::{ParsedDate, Text, TextKind};
use crate::text::one_line;
use ego_tree::NodeRef;
use ego_tree::iter::Edge;
use scraper::{ElementRef, Html, Node, Selector};

/// Words in a `class` or `id` that say, in Vietnamese or in the templates of portals, that a part of a page is around an
/// article and not of it.
const FURNITURE: &[&str] = &[
    "binh-luan", "binhluan", "lien-quan", "lienquan", "tin-khac", "tinkhac", "other-news",
    "othernews", "news-other", "other_news", "xem-them", "xemthem", "docnhieu", "doc-nhieu",
    "most-view", "mostview", "quang-cao", "quangcao", "dangnhap", "danhgia", "danh-gia", "addthis",
    "skip-link",
];
/// The same in English; some themes call whole pages by them.
const AROUND: &[&str] = &[
    "comment", "sidebar", "menu", "navbar", "breadcrumb", "related", "footer", "masthead", "share",
    "social", "banner", "advert", "popup", "login", "rating", "paging", "pagination", "newsletter",
    "toolbar", "print-link",
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
    let is_hidden = |node: NodeRef<'_, Node>| {
        let part = node.value().as_element();
        node.id() != element.id() && part.is_some_and(|part| HIDDEN.contains(&part.name()))
    };
    for edge in walk(element, is_hidden) {
        if let Edge::Open(node) = edge
            && let Node::Text(part) = node.value()
        {
            text.push_str(part);
        }
    }
    one_line(&text)
}

/// Goes through an element; a node that `is_left_out` names is left out with all that stands in it.
pub fn walk<'a>(
    element: ElementRef<'a>,
    mut is_left_out: impl FnMut(NodeRef<'a, Node>) -> bool,
) -> impl Iterator<Item = Edge<'a, Node>> {
    let mut left_out = None;
    element.traverse().filter(move |edge| match *edge {
        Edge::Open(node) if left_out.is_none() => {
            left_out = is_left_out(node).then_some(node.id());
            left_out.is_none()
        }
        Edge::Close(node) if left_out == Some(node.id()) => {
            left_out = None;
            false
        }
        _ => left_out.is_none(),
    })
}

/// Whether an element leads elsewhere.
pub fn is_link(element: ElementRef<'_>) -> bool {
    element.value().name() == "a" && element.value().attr("href").is_some()
}

/// The element itself if it is a link, else the first link with a text in it.
pub fn first_link(element: ElementRef<'_>) -> Option<ElementRef<'_>> {
    let inner = || element.descendent_elements().find(|e| is_link(*e) && !said(*e).is_empty());
    if is_link(element) { Some(element) } else { inner() }
}

/// An element's name and its classes without those that number it or say its place.
pub fn kind_of(element: ElementRef<'_>) -> String {
    let classes = element.value().classes().filter(|c| !c.bytes().any(|b| b.is_ascii_digit()));
    let states = ["first", "last", "odd", "even", "active"];
    let classes: Vec<&str> = classes.filter(|c| !states.contains(c)).collect();
    format!("{}.{}", element.value().name(), classes.join("."))
}

/// A plain text construct.
pub fn text(value: String) -> Text {
    Text::of(value, TextKind::Text)
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

/// Whether an element is a part around a list or an article: navigation, comments, other news, a form.
pub fn is_around(element: ElementRef<'_>) -> bool {
    is_furniture(element) || (!is_whole(element) && is_named(element, AROUND))
}

/// Whether an element is surely around an article: by what it is, or by a name that whole pages never have.
pub fn is_furniture(element: ElementRef<'_>) -> bool {
    let never = NEVER.contains(&element.value().name()) && !is_head_of_article(element);
    !is_whole(element) && (never || is_hidden(element) || is_named(element, FURNITURE))
}

/// Whether an element may hold the whole of a page; a portal of ASP.NET wraps it in one form.
fn is_whole(element: ElementRef<'_>) -> bool {
    let name = element.value().name();
    let form_of_all = name == "form" && element.descendent_elements().nth(40).is_some();
    form_of_all || ["body", "html", "main", "article"].contains(&name)
}

fn is_hidden(element: ElementRef<'_>) -> bool {
    let style = element.value().attr("style").unwrap_or("").replace(' ', "");
    style.contains("display:none") || element.value().attr("hidden").is_some()
}

/// Whether a header is an article's own and not the site's: it has the heading or a lead, and few links.
fn is_head_of_article(element: ElementRef<'_>) -> bool {
    let links =
        || element.descendent_elements().filter(|e| e.value().name() == "a").take(6).count();
    let says = || has_heading(element) || said(element).chars().count() > 100;
    element.value().name() == "header" && links() < 6 && says()
}

/// Whether a name of an element has one of some words in it; what holds the page's heading is a page, whatever its theme
/// calls it.
fn is_named(element: ElementRef<'_>, words: &[&str]) -> bool {
    let value = element.value();
    let role = value.attr("role").unwrap_or("");
    let named =
        value.id().into_iter().chain(value.classes()).any(|name| is_around_name(name, words));
    let aside = ["navigation", "complementary", "search"].contains(&role);
    (named || aside) && !has_heading(element)
}

/// Whether a class or id names a part around an article; `has-sidebar` and the like describe the whole page.
fn is_around_name(name: &str, words: &[&str]) -> bool {
    let lower = name.to_ascii_lowercase();
    let alone = ["hidden", "d-none", "hide", "tags", "keywords", "sr-only"];
    let of_all = ["has-", "with-", "no-", "without-", "page-with", "left-", "right-", "both-"];
    let of_page = of_all.iter().any(|start| lower.starts_with(start)) && lower.ends_with("sidebar")
        || ["-open", "-closed"].iter().any(|end| lower.ends_with(end));
    alone.contains(&lower.as_str()) || (!of_page && words.iter().any(|word| lower.contains(word)))
}

fn has_heading(element: ElementRef<'_>) -> bool {
    element.descendent_elements().take(2_000).any(|e| e.value().name() == "h1")
}

/// The date of an element: its `datetime` or `content`, else its text; nothing where it says none.
pub fn date(element: ElementRef<'_>) -> Option<ParsedDate> {
    let written = element.value().attr("datetime").or(element.value().attr("content"));
    let raw = written.map(|raw| raw.trim().to_owned()).unwrap_or_else(|| said(element));
    let raw = raw.trim_matches(['(', ')', '|', '-', ' ']).to_owned();
    let says = raw.bytes().any(|b| b.is_ascii_digit()) || is_relative(&raw);
    says.then_some(ParsedDate { raw })
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
    fn parts_around_an_article_are_known() {
        let page = Html::parse_document(
            "<div class='box-comment-list'></div><nav></nav><div class=noi-dung></div><form><p>x</form>",
        );
        let around = |css| is_around(first(&page, css).unwrap());
        assert!(around("div") && around("nav") && around("form"));
        assert!(!around(".noi-dung") && !around("body"));
    }
}
