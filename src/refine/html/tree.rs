use super::output::Output;
use super::policy::is_void;
use crate::text::html_token::{Token, Tokens, attributes};
use crate::text::{decode, element};

/// An element or a text, with its place in the tree.
#[derive(Clone, Debug)]
pub struct Node {
    /// What it is.
    pub kind: Kind,
    /// What becomes of it.
    pub fate: Fate,
    /// The number of its parent; every parent has a smaller number.
    pub parent: usize,
    /// The numbers of its children, in order.
    pub children: Vec<usize>,
}

/// An element or a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A tag that may stay and its attributes, decoded.
    Element(&'static str, Vec<(String, String)>),
    /// Text, decoded.
    Text(String),
}

/// What becomes of a node when the tree is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It stays.
    Stays,
    /// It goes, what is in it stays.
    Unwrapped,
    /// It goes with all that is in it.
    Gone,
}

/// A tree; node 0 is the root and is never written.
#[derive(Clone, Debug)]
pub struct Tree {
    /// The nodes in document order.
    pub nodes: Vec<Node>,
    /// Whether elements were left out because they lay too deep.
    pub deep: bool,
}

impl Tree {
    /// The tree of sanitized HTML. Elements deeper than `depth` are unwrapped.
    pub fn of(html: &str, depth: usize) -> Self {
        let root = Kind::Element("div", Vec::new());
        let mut tree = Self { nodes: vec![], deep: false };
        tree.push(root, 0);
        let mut open: Vec<(&'static str, usize)> = Vec::new();
        for token in Tokens::of(html) {
            let parent = open.last().map_or(0, |(_, node)| *node);
            match token {
                Token::Text(text) => _ = tree.push(Kind::Text(decode(text).into_owned()), parent),
                Token::Start(name, attrs) => {
                    let Some(tag) = element(name).and_then(|element| element.written) else {
                        continue;
                    };
                    if open.len() >= depth && !is_void(tag) {
                        tree.deep = true;
                        open.push((tag, parent));
                        continue;
                    }
                    let decoded = |(n, v): (&str, &str)| (n.to_owned(), decode(v).into_owned());
                    let node = tree
                        .push(Kind::Element(tag, attributes(attrs).map(decoded).collect()), parent);
                    if !is_void(tag) {
                        open.push((tag, node));
                    }
                }
                Token::End(name) => {
                    let written = element(name).and_then(|element| element.written);
                    if open.last().is_some_and(|(tag, _)| written == Some(*tag)) {
                        open.pop();
                    }
                }
                Token::Raw(_) | Token::Foreign(..) | Token::Aside(_) => {}
            }
        }
        tree
    }

    /// Adds a node and says its number.
    fn push(&mut self, kind: Kind, parent: usize) -> usize {
        let number = self.nodes.len();
        self.nodes.push(Node { kind, fate: Fate::Stays, parent, children: Vec::new() });
        if number > 0
            && let Some(parent) = self.nodes.get_mut(parent)
        {
            parent.children.push(number);
        }
        number
    }

    /// The tag of a node, if it is an element.
    pub fn tag(&self, number: usize) -> Option<&'static str> {
        match &self.nodes.get(number)?.kind {
            Kind::Element(tag, _) => Some(tag),
            Kind::Text(_) => None,
        }
    }

    /// The children of a node, last first.
    fn children_backwards(&self, number: usize) -> impl Iterator<Item = usize> + use<'_> {
        self.nodes.get(number).into_iter().flat_map(|node| node.children.iter().rev().copied())
    }

    /// A text without the line's end that a parser drops where it begins a `pre`.
    fn shown_text<'t>(&self, number: usize, text: &'t str, written: &str) -> &'t str {
        let parent = self.nodes.get(number).map_or(0, |node| node.parent);
        let first = written.ends_with("<pre>") && self.tag(parent) == Some("pre");
        if first { text.trim_start_matches(['\n', '\r']) } else { text }
    }
}

/// Writes a tree in at most `limit` bytes; `placed` gets the number of each text and where it begins.
pub fn write(tree: &Tree, limit: usize, placed: &mut dyn FnMut(usize, usize)) -> Output {
    enum Step {
        Enter(usize),
        Leave(&'static str),
    }
    let mut output = Output::new(limit, 1024);
    let mut steps: Vec<Step> = tree.children_backwards(0).map(Step::Enter).collect();
    while let Some(step) = steps.pop() {
        let number = match step {
            Step::Leave(tag) => {
                output.end(tag);
                continue;
            }
            Step::Enter(_) if output.cut => continue,
            Step::Enter(number) => number,
        };
        let Some(node) = tree.nodes.get(number) else { continue };
        match (&node.kind, node.fate) {
            (_, Fate::Gone) => {}
            (Kind::Text(value), _) => {
                placed(number, output.html.len());
                output.text(tree.shown_text(number, value, &output.html));
            }
            (Kind::Element(..), Fate::Unwrapped) => {
                steps.extend(tree.children_backwards(number).map(Step::Enter));
            }
            (Kind::Element(tag, attributes), Fate::Stays) => {
                let attributes = attributes.iter().map(|(name, value)| (name.as_str(), value));
                if output.start(tag, attributes) && !is_void(tag) {
                    steps.push(Step::Leave(tag));
                    steps.extend(tree.children_backwards(number).map(Step::Enter));
                }
            }
        }
    }
    output
}

/// The value of an attribute.
pub fn attribute<'a>(attributes: &'a [(String, String)], name: &str) -> Option<&'a str> {
    attributes.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
}

/// Sets an attribute.
pub fn set(attributes: &mut Vec<(String, String)>, name: &str, value: impl Into<String>) {
    attributes.retain(|(n, _)| n != name);
    attributes.push((name.to_owned(), value.into()));
}

/// The value of one declaration in the `style` attribute.
pub fn declared(attributes: &[(String, String)], property: &str) -> Option<String> {
    let style = attribute(attributes, "style")?;
    style.split(';').find_map(|declaration| {
        let (name, value) = declaration.split_once(':')?;
        name.trim().eq_ignore_ascii_case(property).then(|| value.trim().to_ascii_lowercase())
    })
}
