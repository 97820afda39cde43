//! The text of an article found on its page without selectors: which element holds it, and whether that is sure.
//!
//! Paragraphs give points to the elements around them; links, comments and lists of other news take them away.
//! What is not sure is not taken: a lead is better than a menu.

use super::nodes::{has_day, is_around, said};
use crate::text::escape_markup;
use ego_tree::NodeId;
use ego_tree::iter::Edge;
use scraper::{ElementRef, Html, Node};
use std::collections::{HashMap, HashSet};

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// The article's markup, without what stands around it.
    Sure(String),
    /// Nothing that is surely an article; why.
    Unsure(&'static str),
}

/// A text block counts from this many characters on.
const PARAGRAPH: usize = 25;
/// An article has at least this many characters of prose.
const SHORTEST: usize = 200;
/// More of the text than this in links is no article.
const LINKED: f64 = 0.35;
/// Blocks that a page may have; beyond them it is not looked at.
const MANY: usize = 200_000;

/// Names that the containers of article texts have in the portals' templates.
const NAMED: &[&str] = &[
    "articlebody",
    "article-body",
    "article_body",
    "news-bodyhtml",
    "bodytext",
    "journal-content-article",
    "asset-full-content",
    "ms-rtestate-field",
    "entry-content",
    "post-content",
    "td-post-content",
    "articlecontent",
    "article-content",
    "article_content",
    "detail-content",
    "content-detail",
    "contentdetail",
    "detailcontent",
    "news-content",
    "newscontent",
    "news-detail",
    "newsdetail",
    "noidung",
    "noi-dung",
    "noi_dung",
    "chitiet",
    "chi-tiet",
    "edn_article",
    "fulltext",
    "maincontent",
];

/// Finds the text of the article on a page.
pub fn body(page: &Html) -> Body {
    let around = around(page);
    let measures = measure(page, &around);
    let Some((best, measure)) = best(page, &measures, &around) else {
        return Body::Unsure("no-text");
    };
    if measure.prose < SHORTEST {
        return Body::Unsure("too-short");
    }
    if measure.linked() > LINKED {
        return Body::Unsure("mostly-links");
    }
    let parts = parts(best, &measures);
    let listed = parts.iter().any(|part| is_list(*part, &around));
    if listed || parts.is_empty() || is_one_of_many(best, &measures) {
        return Body::Unsure("a-list");
    }
    let html: String = parts.iter().map(|part| written(*part, &around)).collect();
    if html.is_empty() { Body::Unsure("no-text") } else { Body::Sure(html) }
}

/// The outermost elements that are around articles.
fn around(page: &Html) -> HashSet<NodeId> {
    let mut found = HashSet::new();
    let mut inside = None;
    for edge in page.root_element().traverse() {
        match edge {
            Edge::Open(node) if inside.is_none() => {
                let element = ElementRef::wrap(node);
                if element.is_some_and(|e| is_around(e) || is_box_of_links(e)) {
                    found.insert(node.id());
                    inside = Some(node.id());
                }
            }
            Edge::Close(node) if inside == Some(node.id()) => inside = None,
            _ => {}
        }
    }
    found
}

/// A list of three or more items of which each is a link to elsewhere, its date aside.
fn is_box_of_links(element: ElementRef<'_>) -> bool {
    if !["ul", "ol"].contains(&element.value().name()) {
        return false;
    }
    let items: Vec<ElementRef<'_>> = element.child_elements().take(40).collect();
    let linked = items.iter().filter(|item| {
        let links: usize = item
            .descendent_elements()
            .filter(|e| e.value().name() == "a" && e.value().attr("href").is_some())
            .take(20)
            .map(|a| a.text().map(str::len).sum::<usize>())
            .sum();
        let all: usize = item.text().take(200).map(|t| t.trim().len()).sum();
        links > 0 && all < 600 && links * 10 >= all * 6
    });
    items.len() >= 3 && linked.count() * 10 >= items.len() * 8
}

/// What an element holds, what is around aside.
#[derive(Clone, Copy, Debug, Default)]
struct Measure {
    /// Characters of text.
    text: usize,
    /// Characters of it in links.
    links: usize,
    /// Characters in paragraphs.
    prose: usize,
    /// Points from paragraphs.
    points: f64,
}

impl Measure {
    fn linked(&self) -> f64 {
        if self.text == 0 { 1.0 } else { self.links as f64 / self.text as f64 }
    }
}

/// Measures every element in one walk; the points of a paragraph go to its parent, half to the next, a third to the one after.
fn measure(page: &Html, around: &HashSet<NodeId>) -> HashMap<NodeId, Measure> {
    let mut all: HashMap<NodeId, Measure> = HashMap::new();
    let mut open: Vec<Open> = Vec::new();
    let mut skipping = None;
    for (count, edge) in page.root_element().traverse().enumerate() {
        if count > MANY {
            break;
        }
        match edge {
            Edge::Open(node) => {
                if skipping.is_none() && around.contains(&node.id()) {
                    skipping = Some(node.id());
                }
                match node.value() {
                    _ if skipping.is_some() => {}
                    Node::Text(text) => add_text(&mut open, text),
                    Node::Element(element) => {
                        let is_link = element.name() == "a" && element.attr("href").is_some();
                        open.push(Open::new(node.id(), element.name(), is_link));
                    }
                    _ => {}
                }
            }
            Edge::Close(node) if skipping == Some(node.id()) => skipping = None,
            Edge::Close(node) if open.last().is_some_and(|top| top.id == node.id()) => {
                close(&mut open, &mut all);
            }
            Edge::Close(_) => {}
        }
    }
    while !open.is_empty() {
        close(&mut open, &mut all);
    }
    all
}

/// An element whose end has not come.
struct Open {
    id: NodeId,
    is_link: bool,
    is_paragraph: bool,
    /// Whether another block stands in it: then its own text is no paragraph.
    has_blocks: bool,
    /// Characters and commas that are directly in it or in inline elements.
    own: (usize, usize),
    measure: Measure,
}

impl Open {
    fn new(id: NodeId, name: &str, is_link: bool) -> Self {
        let is_paragraph = ["p", "div", "td", "pre", "blockquote", "li", "section"].contains(&name);
        Self {
            id,
            is_link,
            is_paragraph,
            has_blocks: false,
            own: (0, 0),
            measure: Measure::default(),
        }
    }
}

fn add_text(open: &mut [Open], text: &str) {
    let length = text.split_whitespace().map(|word| word.chars().count() + 1).sum::<usize>();
    let commas = text.matches([',', '.', ';']).count();
    let linked = open.iter().any(|o| o.is_link);
    let Some(top) = open.last_mut() else { return };
    top.measure.text += length;
    top.measure.links += if linked { length } else { 0 };
    if let Some(block) = open.iter_mut().rev().find(|o| o.is_paragraph) {
        block.own.0 += if linked { 0 } else { length };
        block.own.1 += commas;
    }
}

/// Closes the innermost element: its measure goes to the one around it, its points to three of those.
fn close(open: &mut Vec<Open>, all: &mut HashMap<NodeId, Measure>) {
    let Some(mut closed) = open.pop() else { return };
    let (length, commas) = closed.own;
    if closed.is_paragraph && length >= PARAGRAPH {
        let points = 1.0 + commas as f64 + (length as f64 / 100.0).min(3.0);
        closed.measure.prose += length;
        // A text that stands in an element beside blocks (broken by `br`) is that element's own.
        if closed.has_blocks || closed.own.0 > 600 {
            closed.measure.points += points;
        }
        for (place, outer) in open.iter_mut().rev().take(3).enumerate() {
            outer.measure.points += points / (place + 1) as f64;
        }
    }
    if let Some(outer) = open.last_mut() {
        outer.measure.text += closed.measure.text;
        outer.measure.links += closed.measure.links;
        outer.measure.prose += closed.measure.prose;
        outer.has_blocks |= closed.is_paragraph;
    }
    all.insert(closed.id, closed.measure);
}

/// The element with the most points, those of named containers raised and those of links lowered.
fn best<'a>(
    page: &'a Html,
    measures: &HashMap<NodeId, Measure>,
    around: &HashSet<NodeId>,
) -> Option<(ElementRef<'a>, Measure)> {
    let mut best: Option<(f64, ElementRef<'a>, Measure)> = None;
    for (id, measure) in measures {
        let Some(element) = page.tree.get(*id).and_then(ElementRef::wrap) else { continue };
        if around.contains(id) || ["html", "p", "a", "span", "li"].contains(&element.value().name())
        {
            continue;
        }
        let points = measure.points * (1.0 - measure.linked()) * weight(element);
        let better = best.as_ref().is_none_or(|(most, other, _)| {
            points > *most || (points == *most && element.id() < other.id())
        });
        if better && measure.points > 0.0 {
            best = Some((points, element, *measure));
        }
    }
    best.map(|(_, element, measure)| (element, measure))
}

fn weight(element: ElementRef<'_>) -> f64 {
    let value = element.value();
    let name = |attribute: &str| value.attr(attribute).unwrap_or("").to_ascii_lowercase();
    let words = format!("{} {} {}", name("class"), name("id"), name("itemprop"));
    if NAMED.iter().any(|named| words.contains(named)) {
        2.0
    } else if value.name() == "article" {
        1.3
    } else if value.name() == "body" {
        0.5
    } else {
        1.0
    }
}

/// Whether an element is a list of teasers or comments: three or more children of one class, each more than a paragraph.
fn is_list(element: ElementRef<'_>, around: &HashSet<NodeId>) -> bool {
    let mut kinds: HashMap<(&str, String), (usize, usize)> = HashMap::new();
    let mut whole = 0;
    for child in element.child_elements().filter(|child| !around.contains(&child.id())) {
        let length = said(child).chars().count();
        whole += length;
        let inner = child.child_elements().filter(|e| !is_inline(e.value().name())).count();
        let plain = ["p", "h2", "h3", "h4", "figure", "table", "ul", "ol", "blockquote"];
        let repeats = !plain.contains(&child.value().name()) && inner > 0;
        let teaser = repeats && (has_link_or_day(child));
        if teaser {
            let kind = kinds.entry(kind_of(child)).or_default();
            kind.0 += 1;
            kind.1 += length;
        }
    }
    kinds.values().any(|(count, length)| *count >= 3 && length * 2 > whole)
}

/// The parts of an article: the element with its siblings of a kind that are text too. None where they are teasers or
/// comments, which have links or days.
fn parts<'a>(best: ElementRef<'a>, measures: &HashMap<NodeId, Measure>) -> Vec<ElementRef<'a>> {
    let prose = |e: ElementRef<'_>| measures.get(&e.id()).map_or(0, |m| m.prose);
    let (kind, own) = (kind_of(best), prose(best));
    let Some(parent) = best.parent().and_then(ElementRef::wrap) else { return vec![best] };
    let alike = parent.child_elements().take(400).filter(|e| kind_of(*e) == kind);
    let alike: Vec<ElementRef<'a>> = alike.filter(|e| prose(*e) >= PARAGRAPH).collect();
    if alike.len() < 2 {
        return vec![best];
    }
    let as_long = alike.iter().filter(|e| prose(**e) * 4 >= own).count();
    match alike.iter().any(|part| has_link_or_day(*part)) {
        true if as_long > 2 => Vec::new(),
        true => vec![best],
        false => alike,
    }
}

/// Whether an element around one is one of three or more siblings of a kind with as much to say: a comment, a teaser.
fn is_one_of_many(element: ElementRef<'_>, measures: &HashMap<NodeId, Measure>) -> bool {
    let mut around = element.ancestors().take(4).filter_map(ElementRef::wrap);
    let prose = |e: ElementRef<'_>| measures.get(&e.id()).map_or(0, |m| m.prose);
    around.any(|one| {
        let (kind, own) = (kind_of(one), prose(one));
        let siblings = one.prev_siblings().chain(one.next_siblings()).take(400);
        let alike = |e: &ElementRef<'_>| kind_of(*e) == kind && prose(*e) * 4 >= own;
        one.value().name() != "body"
            && siblings.filter_map(ElementRef::wrap).filter(alike).count() >= 2
    })
}

/// An element's name and its classes without those that number it.
fn kind_of(element: ElementRef<'_>) -> (&str, String) {
    let classes = element.value().classes().filter(|c| !c.contains(|c: char| c.is_ascii_digit()));
    (element.value().name(), classes.collect::<Vec<_>>().join(" "))
}

fn has_link_or_day(element: ElementRef<'_>) -> bool {
    element.descendent_elements().take(200).any(|e| {
        let is_link = e.value().name() == "a" && e.value().attr("href").is_some();
        is_link || (e.child_elements().next().is_none() && said(e).len() < 80 && has_day(&said(e)))
    })
}

fn is_inline(name: &str) -> bool {
    ["a", "b", "i", "em", "strong", "span", "u", "br", "font", "img", "sup", "sub"].contains(&name)
}

/// An element's markup without what is around: written here, since elements are left out.
fn written(element: ElementRef<'_>, around: &HashSet<NodeId>) -> String {
    let mut out = String::new();
    let mut skipping = None;
    for edge in element.traverse() {
        match edge {
            Edge::Open(node) => {
                if skipping.is_none() && node.id() != element.id() && around.contains(&node.id()) {
                    skipping = Some(node.id());
                }
                match node.value() {
                    _ if skipping.is_some() || node.id() == element.id() => {}
                    Node::Text(text) => escape_markup(text, &mut out),
                    Node::Element(inner) => open_tag(inner, &mut out),
                    _ => {}
                }
            }
            Edge::Close(node) if skipping == Some(node.id()) => skipping = None,
            Edge::Close(node) if skipping.is_none() && node.id() != element.id() => {
                if let Node::Element(inner) = node.value()
                    && !is_void(inner.name())
                {
                    out.push_str("</");
                    out.push_str(inner.name());
                    out.push('>');
                }
            }
            Edge::Close(_) => {}
        }
    }
    out.trim().to_owned()
}

fn open_tag(element: &scraper::node::Element, out: &mut String) {
    out.push('<');
    out.push_str(element.name());
    for (name, value) in element.attrs() {
        out.push(' ');
        out.push_str(name);
        out.push_str("=\"");
        escape_markup(value, out);
        out.push('"');
    }
    out.push('>');
}

fn is_void(name: &str) -> bool {
    ["br", "hr", "img", "input", "source", "track", "wbr", "col", "embed", "area", "link", "meta"]
        .contains(&name)
}
