use super::nodes::{is_furniture, is_link, walk};
use crate::text::one_line;
use ego_tree::iter::Edge;
use ego_tree::{NodeId, NodeRef};
use scraper::{ElementRef, Html, Node};
use std::collections::HashSet;

/// The text of a block that stands between two other blocks.
#[derive(Clone, Debug)]
pub struct Line<'a> {
    /// The block that it stands in.
    pub block: ElementRef<'a>,
    /// The innermost element that holds all of it.
    pub element: ElementRef<'a>,
    /// On one line.
    pub text: String,
    /// How many of its characters lead elsewhere.
    pub linked: usize,
}

/// Lines of a page that are kept.
const MANY: usize = 10_000;
/// From this many characters on a line is a paragraph and no label, date or name.
pub const PARAGRAPH: usize = 80;

impl Line<'_> {
    /// How many characters it has.
    pub fn length(&self) -> usize {
        self.text.chars().count()
    }

    /// Whether more than half of it leads elsewhere.
    pub fn is_link(&self) -> bool {
        self.linked * 2 > self.length()
    }

    /// Whether its element, its block or what is around them is called by one of some words.
    pub fn is_called(&self, words: &[&str]) -> bool {
        let outer = self.element.ancestors().filter_map(ElementRef::wrap);
        let near = std::iter::once(self.element).chain(outer);
        let all = ["body", "html", "main", "article", "form", "table", "tbody"];
        near.take(3).take_while(|e| !all.contains(&e.value().name())).any(|e| is_called(e, words))
    }
}

/// Whether a class, an id or the microdata of an element has one of some words in it.
pub fn is_called(element: ElementRef<'_>, words: &[&str]) -> bool {
    let value = element.value();
    let named = value.classes().chain(value.id()).chain(value.attr("itemprop"));
    named.map(str::to_ascii_lowercase).any(|name| words.iter().any(|word| name.contains(word)))
}

/// What a page says line by line, what is around its content aside.
pub fn lines<'a>(page: &'a Html, around: &HashSet<NodeId>) -> Vec<Line<'a>> {
    let mut reading = Reading::default();
    let is_left_out =
        |node: NodeRef<'_, Node>| around.contains(&node.id()) || is_unread(node.value());
    for edge in walk(page.root_element(), is_left_out) {
        match edge {
            Edge::Open(node) => match node.value() {
                Node::Text(text) => reading.add(text),
                _ => ElementRef::wrap(node).into_iter().for_each(|e| reading.open(e)),
            },
            Edge::Close(node) => ElementRef::wrap(node).into_iter().for_each(|e| reading.close(e)),
        }
    }
    reading.end_line();
    reading.lines
}

/// Where the line with a title is: a heading before any other line.
pub fn headline(lines: &[Line<'_>], title: &str) -> Option<usize> {
    let title = one_line(title).to_lowercase();
    let says = |line: &Line<'_>| {
        let text = line.text.to_lowercase();
        text == title || (line.length() > 15 && title.starts_with(&text))
    };
    let place = |wanted: &dyn Fn(&Line<'_>) -> bool| {
        lines.iter().position(|line| wanted(line) && says(line))
    };
    if title.is_empty() {
        return None;
    }
    place(&|line| line.block.value().name() == "h1")
        .or_else(|| place(&|line| is_heading(line.block)))
        .or_else(|| place(&|line| !line.is_link()))
}

/// Whether an element is a heading.
pub fn is_heading(element: ElementRef<'_>) -> bool {
    matches!(element.value().name().as_bytes(), [b'h', b'1'..=b'6'])
}

/// The elements that are around a page's content; of those inside each other the outermost.
pub fn around(page: &Html) -> HashSet<NodeId> {
    let mut found = HashSet::new();
    let is_around = |node| {
        let element = ElementRef::wrap(node);
        let is_around = element.is_some_and(|e| is_furniture(e) || is_box_of_links(e));
        is_around && found.insert(node.id())
    };
    walk(page.root_element(), is_around).for_each(drop);
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
            .filter(|e| is_link(*e))
            .take(20)
            .map(|a| a.text().map(str::len).sum::<usize>())
            .sum();
        let all: usize = item.text().take(200).map(|t| t.trim().len()).sum();
        links > 0 && all < 600 && links * 10 >= all * 6
    });
    items.len() >= 3 && linked.count() * 10 >= items.len() * 8
}

/// The line that is being read, and the elements that are open around it.
#[derive(Default)]
struct Reading<'a> {
    lines: Vec<Line<'a>>,
    blocks: Vec<ElementRef<'a>>,
    open: Vec<ElementRef<'a>>,
    text: String,
    /// The element of the line's first text; its block, once another element says more of it.
    element: Option<ElementRef<'a>>,
    links: usize,
    linked: usize,
}

impl<'a> Reading<'a> {
    fn open(&mut self, element: ElementRef<'a>) {
        if !is_inline(element.value().name()) {
            self.end_line();
            self.blocks.push(element);
        }
        self.links += usize::from(is_link(element));
        self.open.push(element);
    }

    fn close(&mut self, element: ElementRef<'a>) {
        if !is_inline(element.value().name()) {
            self.end_line();
            self.blocks.pop();
        }
        self.links = self.links.saturating_sub(usize::from(is_link(element)));
        self.open.pop();
    }

    fn add(&mut self, text: &str) {
        self.text.push_str(text);
        let said = text.split_whitespace().map(|word| word.chars().count() + 1).sum::<usize>();
        if said == 0 {
            return;
        }
        self.linked += if self.links > 0 { said } else { 0 };
        let innermost = self.open.last().copied();
        let is_same =
            self.element.is_none_or(|known| Some(known.id()) == innermost.map(|e| e.id()));
        self.element = if is_same { innermost } else { self.blocks.last().copied() };
    }

    fn end_line(&mut self) {
        let text = one_line(&std::mem::take(&mut self.text));
        let (element, linked) = (self.element.take(), std::mem::take(&mut self.linked));
        if let (Some(element), Some(block), false) = (element, self.blocks.last(), text.is_empty())
            && self.lines.len() < MANY
        {
            self.lines.push(Line { block: *block, element, text, linked });
        }
    }
}

/// Elements that do not end a line.
pub fn is_inline(name: &str) -> bool {
    [
        "a", "abbr", "b", "bdi", "bdo", "big", "cite", "code", "del", "dfn", "em", "font", "i",
        "img", "ins", "kbd", "label", "mark", "picture", "q", "s", "samp", "small", "source",
        "span", "strike", "strong", "sub", "sup", "time", "tt", "u", "var", "wbr",
    ]
    .contains(&name)
}

/// Whether nobody sees what stands in an element.
fn is_unread(node: &Node) -> bool {
    let hidden = ["script", "style", "template", "noscript", "iframe", "object", "head", "svg"];
    node.as_element().is_some_and(|element| hidden.contains(&element.name()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_and_line_breaks_end_a_line_and_inline_elements_do_not() {
        let page = Html::parse_document(
            "<div><b>Một</b> hai<br>ba <a href=/x>bốn</a><p>năm</p> sáu<script>x</script></div><nav>x</nav>",
        );
        let around = around(&page);
        let lines = lines(&page, &around);
        let texts: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
        assert_eq!(texts, ["Một hai", "ba bốn", "năm", "sáu"]);
        assert!(!lines[0].is_link() && lines[1].is_link());
    }

    #[test]
    fn a_headline_is_a_heading_or_any_line_that_says_the_title() {
        let page = Html::parse_document(
            "<p><a href=/>Tin lớn</a></p><td>Tin lớn</td><div class=TieuDe>Tin lớn</div>",
        );
        let around = around(&page);
        let lines = lines(&page, &around);
        let found = headline(&lines, "Tin  LỚN").unwrap();
        assert!(!lines[found].is_link());
        assert_eq!(headline(&lines, "Tin nhỏ"), None);
    }
}
