//! The text of an article found on its page without selectors, and whether that is sure.
//!
//! Which part of a page is the article is decided by `dom_smoothie`, an implementation of mozilla's readability. It is given
//! the page without what portals put around articles, and no more of it than it can read in bounded time; what it finds
//! is judged, and gets back a lead that stands apart. What is not sure is not taken: a lead is better than a menu.

use super::dates::is_stamp;
use super::facts::Facts;
use super::lines::{self, Line};
use super::markup::{Write, write, write_attributes};
use super::teasers::{alike, listed};
use crate::text::{escape_text, looks_like_html, text_to_html, unaccented};
use dom_smoothie::{Config, Readability};
use ego_tree::NodeId;
use scraper::{ElementRef, Html, Selector};
use std::collections::{HashMap, HashSet};

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// It is sure.
    Sure {
        /// The article's markup, without what stands around it.
        html: String,
        /// The lead between headline and text that is not in it.
        lead: Option<String>,
    },
    /// Nothing that is surely an article; why.
    Unsure(&'static str),
}

/// An article has at least this many characters of prose.
const SHORTEST: usize = 200;
/// A line of fewer characters is no prose.
const PROSE: usize = 25;
/// More of the text than this many in a hundred in links is no article.
const LINKED: usize = 50;
/// Elements inside each other, and all of them, that the library is given: parts of it are recursive or look through all
/// that an element holds.
const DEEPEST: usize = 96;
const MANY: usize = 50_000;
/// Times that the text is looked for.
const ROUNDS: usize = 3;
/// Bytes of markup that it is given.
const LONGEST: usize = 4 << 20;
/// Text of at least so many characters ends its search with the first, strictest way of looking.
const ENOUGH: usize = 300;

/// Finds the text of the article on a page, of which the facts and lines are known.
pub fn body(page: &Html, facts: &Facts, lines: &[Line<'_>], around: &HashSet<NodeId>) -> Body {
    let written = facts.body.as_deref().filter(|text| text.chars().count() >= SHORTEST);
    match (found_text(page, facts, lines, around), written) {
        (Body::Sure { html, .. }, Some(text)) if html.len() < text.len() / 2 => html_of(text),
        (Body::Unsure(_), Some(text)) => html_of(text),
        (found, _) => found,
    }
}

/// A text of JSON-LD, which may be HTML, as HTML.
fn html_of(text: &str) -> Body {
    let html = if looks_like_html(text) { text.to_owned() } else { text_to_html(text) };
    Body::Sure { html, lead: None }
}

fn found_text(page: &Html, facts: &Facts, lines: &[Line<'_>], around: &HashSet<NodeId>) -> Body {
    let Some(root) = super::nodes::first(page, "body") else { return Body::Unsure("no-text") };
    let mut around = around.clone();
    // A list of teasers, or comments, may be longer than the article beside: they are left out, and it is looked for again.
    for _ in 0..ROUNDS {
        let given = Given::of(root, &around);
        if given.markup.len() > LONGEST {
            return Body::Unsure("too-large");
        }
        let title = facts.title.as_deref().unwrap_or("");
        let Some(found) = given.read(title) else { return Body::Unsure("no-text") };
        let fragment = Html::parse_fragment(&found);
        if let Some(why) = doubt(&fragment) {
            return Body::Unsure(why);
        }
        let others = given.others(&fragment);
        if others.is_empty() {
            let lead = missing_lead(&fragment, facts, lines, &given);
            return Body::Sure { html: given.original(&fragment), lead };
        }
        around.extend(others);
    }
    Body::Unsure("a-list")
}

/// Why a text is surely none of an article, if it is not.
fn doubt(fragment: &Html) -> Option<&'static str> {
    let lines = lines::lines(fragment, &HashSet::new());
    let sum = |of: &dyn Fn(&Line<'_>) -> usize| lines.iter().map(of).sum::<usize>();
    let all = sum(&|line| line.length());
    let linked = sum(&|line| line.linked);
    let prose = sum(&|line| match line.length() {
        length if length >= PROSE => length.saturating_sub(line.linked),
        _ => 0,
    });
    match () {
        () if all == 0 => Some("no-text"),
        () if prose < SHORTEST => Some("too-short"),
        () if linked * 100 > all * LINKED => Some("mostly-links"),
        () => None,
    }
}

/// What the library is given of a page.
struct Given<'a> {
    markup: String,
    /// Its elements by the numbers that they have in the markup.
    elements: Vec<ElementRef<'a>>,
    /// Videos, sounds and frames, in whose place the markup has pictures.
    embeds: Vec<ElementRef<'a>>,
}

/// The attribute with an element's number.
const NUMBER: &str = "data-n";
/// How the address of a picture begins that stands for something embedded.
const EMBED: &str = "embed:";

impl<'a> Given<'a> {
    fn of(root: ElementRef<'a>, around: &HashSet<NodeId>) -> Self {
        let (mut elements, mut embeds) = (Vec::new(), Vec::new());
        let mut tables = HashMap::new();
        let mut decide = |element: ElementRef<'a>, open: &[&'a str]| {
            if is_embed(element) {
                embeds.push(element);
                return Write::Instead(format!("<img src=\"{EMBED}{}\">", embeds.len() - 1));
            }
            if around.contains(&element.id()) {
                return Write::Nothing;
            }
            decide(element, open, &mut tables)
        };
        let mut attributes = |element: ElementRef<'a>, out: &mut String| {
            write_attributes(element, is_given, out);
            out.push_str(&format!(" {NUMBER}=\"{}\"", elements.len()));
            // A table that says what it is about is one of data, and stays.
            out.push_str(if element.value().name() == "table" { " summary=\"\"" } else { "" });
            elements.push(element);
        };
        let markup = write(root, &mut decide, &mut attributes);
        Self { markup, elements, embeds }
    }

    /// The article's markup as the library writes it.
    fn read(&self, title: &str) -> Option<String> {
        let mut page = String::with_capacity(self.markup.len() + 400);
        page.push_str("<html><head><title>");
        escape_text(title.get(..title.floor_char_boundary(300)).unwrap_or(""), &mut page);
        page.push_str("</title></head><body>");
        page.push_str(&self.markup);
        page.push_str("</body></html>");
        let config = Config {
            keep_classes: true,
            disable_json_ld: true,
            max_elements_to_parse: MANY,
            char_threshold: ENOUGH,
            ..Config::default()
        };
        let article = Readability::new(page, None, Some(config)).ok()?.parse().ok()?;
        Some(article.content.to_string())
    }

    /// What the library found, with what it was not given: embedded media instead of the pictures in their place.
    fn original(&self, fragment: &Html) -> String {
        let signs = signs(fragment);
        let mut decide = |element: ElementRef<'_>, _: &[&str]| {
            if signs.contains(&element.id()) {
                return Write::Nothing;
            }
            let source = element.value().attr("src").and_then(|src| src.strip_prefix(EMBED));
            let embed = source.and_then(|at| self.embeds.get(at.parse::<usize>().ok()?));
            embed.map_or(Write::Whole, |embed| Write::Instead(embed.html()))
        };
        let kept = |name: &str, _: &str| !matches!(name, "class" | "summary" | NUMBER);
        let mut attributes =
            |element: ElementRef<'_>, out: &mut String| write_attributes(element, kept, out);
        let page = Selector::parse("#readability-page-1").ok();
        let root = page.and_then(|page| fragment.select(&page).next());
        let root = root.unwrap_or(fragment.root_element());
        write(root, &mut decide, &mut attributes).trim().to_owned()
    }

    /// The elements of the page that are teasers or comments and were found instead of an article.
    fn others(&self, fragment: &Html) -> Vec<NodeId> {
        let listed = listed(fragment).into_iter().filter_map(|e| self.numbered(e));
        let listed: Vec<NodeId> = listed.map(|element| element.id()).collect();
        if !listed.is_empty() {
            return listed;
        }
        let kept = self.kept(fragment);
        let first = fragment.root_element().descendent_elements().find_map(|e| self.numbered(e));
        let alike = first.map(alike).unwrap_or_default();
        let left_out = alike.iter().filter(|element| !kept.contains(&element.id())).count();
        alike.iter().filter(|_| left_out >= 2).map(|element| element.id()).collect()
    }

    /// The element of the page that an element of what was found was.
    fn numbered(&self, element: ElementRef<'_>) -> Option<ElementRef<'a>> {
        self.elements.get(element.value().attr(NUMBER)?.parse::<usize>().ok()?).copied()
    }

    /// The elements that are in what the library found.
    fn kept(&self, fragment: &Html) -> HashSet<NodeId> {
        let found = fragment.root_element().descendent_elements();
        found.filter_map(|element| self.numbered(element)).map(|element| element.id()).collect()
    }
}

/// Lines at the start of a text that only say when it was published.
const FIRST: usize = 8;
/// How a line begins that leads to other articles, or stands where advertisements do.
const SIGNS: &[&str] = &[
    "xem them", "doc them", "tin lien quan", "bai lien quan", "tham khao them", "quang cao",
    "related", "read more", "see more", "read also", "see also", "more:", "continue reading",
    "don't miss", "advert", "recommended",
];

/// The blocks of a text that are signs in it and no part of it: the date of publication, the way to other articles.
fn signs(fragment: &Html) -> HashSet<NodeId> {
    let lines = lines::lines(fragment, &HashSet::new());
    let is_sign = |at: usize, line: &Line<'_>| {
        let plain = unaccented(&line.text);
        let other = SIGNS.iter().any(|sign| plain.starts_with(sign));
        (at < FIRST && is_stamp(line)) || (other && (line.is_link() || line.length() < PROSE))
    };
    let signs = lines.iter().enumerate().filter(|(at, line)| is_sign(*at, line));
    let alone = |line: &Line<'_>| super::nodes::said(line.block) == line.text;
    signs.filter(|(_, line)| alone(line)).map(|(_, line)| line.block.id()).collect()
}

/// What of an element the library is given.
fn decide<'a>(element: ElementRef<'a>, open: &[&str], tables: &mut HashMap<NodeId, bool>) -> Write {
    let name = element.value().name();
    // Whether the table around it only lays the page out, and is of one column.
    let layout = |tables: &HashMap<NodeId, bool>| {
        let mut outer = element.ancestors().take(4).filter_map(ElementRef::wrap);
        let table = outer.find(|outer| outer.value().name() == "table");
        table.map_or(Some(false), |table| tables.get(&table.id()).copied())
    };
    let has_blocks = || element.child_elements().any(|e| !lines::is_inline(e.value().name()));
    match name {
        _ if open.len() > DEEPEST => Write::Inner,
        "table" if is_layout(element) => {
            let count = |name: &str| {
                element.descendent_elements().filter(|e| e.value().name() == name).count()
            };
            tables.insert(element.id(), columns_of(element) < 2 && count("a") * 2 <= count("tr"));
            Write::As("div")
        }
        "tbody" | "thead" | "tfoot" | "tr" | "td" | "th" | "caption" => match layout(tables) {
            // The rows of one column are the parts of one text.
            Some(true) if has_blocks() => Write::Inner,
            Some(_) => Write::As("div"),
            None => Write::Whole,
        },
        "colgroup" | "col" if layout(tables).is_some() => Write::Nothing,
        "form" | "fieldset" | "center" => Write::As("div"),
        "xmp" | "plaintext" | "listing" => Write::As("pre"),
        "noembed" | "noframes" | "frameset" | "noscript" => Write::Nothing,
        // An element that the parser would carry into others, and is open already.
        "a" | "b" | "big" | "code" | "em" | "font" | "i" | "nobr" | "s" | "small" | "strike"
        | "strong" | "tt" | "u"
            if open.contains(&name) =>
        {
            Write::Inner
        }
        _ => Write::Whole,
    }
}

/// Whether an attribute is one that the library, or who shows the article, goes by.
fn is_given(name: &str, value: &str) -> bool {
    let long = value.len() > 4_096 && !matches!(name, "src" | "srcset" | "href");
    let number = matches!(name, "colspan" | "rowspan") && value.len() > 3;
    let own = name.starts_with("data-readability") || matches!(name, NUMBER | "summary");
    !long && !number && !own && !name.starts_with("on")
}

/// Whether an element embeds a video, a sound or a document.
fn is_embed(element: ElementRef<'_>) -> bool {
    let value = element.value();
    match value.name() {
        "iframe" | "embed" => value.attr("src").is_some_and(|src| src.len() > 1),
        "object" => value.attr("data").is_some(),
        "video" | "audio" => true,
        _ => false,
    }
}

/// Whether a table only lays a page out: of one column, with a table in it, or most of it in one cell.
fn is_layout(table: ElementRef<'_>) -> bool {
    let inner = || table.descendent_elements().take(3_000).filter(|e| e.id() != table.id());
    let nested = inner().any(|e| e.value().name() == "table");
    let length = |e: ElementRef<'_>| e.text().map(|text| text.trim().len()).sum::<usize>();
    let all = length(table);
    let longest = || inner().filter(is_cell).map(length).max().unwrap_or(0);
    columns_of(table) < 2 || nested || (all > 800 && longest() * 2 > all)
}

fn is_cell(element: &ElementRef<'_>) -> bool {
    matches!(element.value().name(), "td" | "th")
}

/// The most cells in a row of a table; tables inside its cells aside.
fn columns_of(table: ElementRef<'_>) -> usize {
    let groups = table.child_elements().chain([table]);
    let rows = groups.flat_map(|group| group.child_elements().filter(|e| e.value().name() == "tr"));
    rows.take(1_000).map(|row| row.child_elements().filter(is_cell).count()).max().unwrap_or(0)
}

/// What a lead is called in the templates of portals.
const LEADS: &[&str] = &[
    "sapo", "lead", "chapo", "standfirst", "description", "summary", "abstract", "excerpt",
    "intro", "subtitle", "sub-title", "subhead", "deck", "dek", "hometext", "tomtat", "tom-tat",
    "trichdan", "trich-dan", "trichyeu", "trich-yeu", "motangan", "mo-ta", "gioithieu",
];
/// What a line is called that is no lead however long it is.
const NO_LEADS: &[&str] =
    &["caption", "credit", "author", "byline", "date", "tag", "bread", "alert"];

/// The lead between the headline and the article's text that is missing in what was found.
fn missing_lead(
    fragment: &Html,
    facts: &Facts,
    lines: &[Line<'_>],
    given: &Given<'_>,
) -> Option<String> {
    let kept = given.kept(fragment);
    let text = super::nodes::said(fragment.root_element());
    let is_text = |line: &Line<'_>| kept.contains(&line.block.id()) && text.contains(&line.text);
    let start = lines.iter().position(|line| is_text(line) && line.length() > 40)?;
    let title = facts.title.as_deref().unwrap_or("");
    let headline = lines::headline(lines, title).filter(|at| *at < start);
    let from = headline.map_or(start.saturating_sub(12), |at| at + 1);
    let described = facts.lead.as_deref().map(|lead| lead.trim_end_matches(['.', '…', ' ']));
    let is_lead = |line: &&Line<'_>| {
        let length = line.length();
        let figure = line.block.value().name() == "figcaption" || line.is_called(NO_LEADS);
        let named = length >= 30 && line.is_called(LEADS);
        let said = length >= 30 && described.is_some_and(|lead| line.text.starts_with(lead));
        let prose = headline.is_some() && length >= 100 && line.linked == 0 && !figure;
        (named || said || prose) && !line.is_link() && !text.contains(&line.text)
    };
    let between = lines.get(from..start).unwrap_or_default();
    let leads: Vec<&str> =
        between.iter().filter(is_lead).take(3).map(|l| l.text.as_str()).collect();
    Some(leads.join(" ")).filter(|lead| !lead.is_empty())
}
