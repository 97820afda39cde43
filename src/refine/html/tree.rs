//! Sanitized HTML as a tree of nodes in document order, and back to text under a limit.

use super::policy::{TAGS, is_void};
use crate::text::html_token::{Token, Tokens, attributes};
use crate::text::{decode, escape_attribute, escape_text};

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
                    let Some(tag) = TAGS.iter().find(|tag| **tag == name) else { continue };
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
                    if open.last().is_some_and(|(tag, _)| *tag == name) {
                        open.pop();
                    }
                }
                Token::Raw(_) | Token::Aside(_) => {}
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
}

/// Writes a tree, never more than a limit, always well nested.
pub struct Writer<'a> {
    tree: &'a Tree,
    limit: usize,
    /// What was written.
    pub out: String,
    /// Whether the limit left something out.
    pub cut: bool,
    closing: usize,
}

impl<'a> Writer<'a> {
    /// A writer that writes at most `limit` bytes.
    pub fn new(tree: &'a Tree, limit: usize) -> Self {
        let out = String::with_capacity(1024.min(limit));
        Self { tree, limit, out, cut: false, closing: 0 }
    }

    /// Writes everything; `placed` gets the number of each text and where it begins.
    pub fn write(&mut self, placed: &mut dyn FnMut(usize, usize)) {
        enum Step {
            Enter(usize),
            Leave(&'static str),
        }
        let mut steps: Vec<Step> = self.children(0).map(Step::Enter).collect();
        while let Some(step) = steps.pop() {
            match step {
                Step::Leave(tag) => {
                    self.out.push_str("</");
                    self.out.push_str(tag);
                    self.out.push('>');
                    self.closing -= tag.len() + 3;
                }
                Step::Enter(_) if self.cut => {}
                Step::Enter(number) => {
                    let Some(node) = self.tree.nodes.get(number) else { continue };
                    match (&node.kind, node.fate) {
                        (_, Fate::Gone) => {}
                        (Kind::Text(value), _) => {
                            placed(number, self.out.len());
                            self.text(number, value);
                        }
                        (Kind::Element(..), Fate::Unwrapped) => {
                            steps.extend(self.children(number).map(Step::Enter));
                        }
                        (Kind::Element(tag, attributes), Fate::Stays) => {
                            if self.start(tag, attributes) && !is_void(tag) {
                                self.closing += tag.len() + 3;
                                steps.push(Step::Leave(tag));
                                steps.extend(self.children(number).map(Step::Enter));
                            }
                        }
                    }
                }
            }
        }
    }

    /// The children of a node, last first.
    fn children(&self, number: usize) -> impl Iterator<Item = usize> + use<'a> {
        let tree = self.tree;
        tree.nodes.get(number).into_iter().flat_map(|n| n.children.iter().rev().copied())
    }

    /// Bytes that are left, besides the end tags that are still to come.
    fn room(&self) -> usize {
        self.limit.saturating_sub(self.out.len() + self.closing)
    }

    /// Writes a start tag if it and its end tag still have room.
    fn start(&mut self, tag: &str, attributes: &[(String, String)]) -> bool {
        let before = self.out.len();
        let room = self.room();
        self.out.push('<');
        self.out.push_str(tag);
        for (name, value) in attributes {
            self.out.push(' ');
            self.out.push_str(name);
            self.out.push_str("=\"");
            escape_attribute(value, &mut self.out);
            self.out.push('"');
        }
        self.out.push('>');
        let end = if is_void(tag) { 0 } else { tag.len() + 3 };
        if self.out.len() - before + end > room {
            self.out.truncate(before);
            self.cut = true;
        }
        !self.cut
    }

    /// Writes as much of a text as has room.
    fn text(&mut self, number: usize, value: &str) {
        let parent = self.tree.nodes.get(number).map_or(0, |n| n.parent);
        let first = self.out.ends_with("<pre>") && self.tree.tag(parent) == Some("pre");
        let value = if first { value.trim_start_matches(['\n', '\r']) } else { value };
        let before = self.out.len();
        let room = self.room();
        escape_text(value, &mut self.out);
        if self.out.len() - before > room {
            self.out.truncate(before);
            self.cut = true;
            self.text_part(value, room);
        }
    }

    /// Writes the characters of a text that fit into `room` bytes.
    fn text_part(&mut self, value: &str, room: usize) {
        let before = self.out.len();
        for c in value.chars() {
            let at = self.out.len();
            escape_text(c.encode_utf8(&mut [0; 4]), &mut self.out);
            if self.out.len() - before > room {
                self.out.truncate(at);
                return;
            }
        }
    }
}
