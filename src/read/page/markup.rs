use crate::text::{Element, element, escape_attribute, escape_text};
use ego_tree::NodeId;
use ego_tree::iter::Edge;
use scraper::{ElementRef, Node};

/// What is written of an element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Write {
    /// All of it.
    Whole,
    /// All of it, under another name.
    As(&'static str),
    /// What stands in it.
    Inner,
    /// Other markup in its place.
    Instead(String),
    /// Nothing of it.
    Nothing,
}

/// Attributes of one element that are written; one page had 60,000.
const ATTRIBUTES: usize = 40;

/// Writes what stands in an element. `decide` says what of each element inside it is written, given the names of those that
/// are open around it; `attributes` writes what stands in its tag.
pub fn write<'a>(
    root: ElementRef<'a>,
    decide: &mut dyn FnMut(ElementRef<'a>, &[&'a str]) -> Write,
    attributes: &mut dyn FnMut(ElementRef<'a>, &mut String),
) -> String {
    let mut out = String::new();
    let mut open: Vec<&str> = Vec::new();
    let mut unwrapped: Vec<NodeId> = Vec::new();
    let mut skipping = None;
    for edge in root.traverse() {
        match edge {
            Edge::Open(node) if skipping.is_none() && node.id() != root.id() => {
                if let Node::Text(text) = node.value() {
                    escape_text(text, &mut out);
                }
                let Some(element) = ElementRef::wrap(node) else { continue };
                let name = match decide(element, &open) {
                    Write::Whole => element.value().name(),
                    Write::As(name) => name,
                    Write::Inner => {
                        unwrapped.push(node.id());
                        continue;
                    }
                    other => {
                        if let Write::Instead(markup) = other {
                            out.push_str(&markup);
                        }
                        skipping = Some(node.id());
                        continue;
                    }
                };
                out.push('<');
                out.push_str(name);
                attributes(element, &mut out);
                out.push('>');
                open.push(name);
            }
            Edge::Close(node) if skipping == Some(node.id()) => skipping = None,
            Edge::Close(node) if skipping.is_none() && node.value().is_element() => {
                if unwrapped.last() == Some(&node.id()) {
                    unwrapped.pop();
                } else if node.id() != root.id() {
                    end_tag(open.pop(), &mut out);
                }
            }
            _ => {}
        }
    }
    out
}

/// Writes those attributes of an element that are to be kept.
pub fn write_attributes(
    element: ElementRef<'_>,
    keep: impl Fn(&str, &str) -> bool,
    out: &mut String,
) {
    let kept = element.value().attrs().filter(|(name, value)| keep(name, value));
    for (name, value) in kept.take(ATTRIBUTES) {
        out.push(' ');
        out.push_str(name);
        out.push_str("=\"");
        escape_attribute(value, out);
        out.push('"');
    }
}

fn end_tag(name: Option<&str>, out: &mut String) {
    let is_void = |name: &&str| element(name).is_some_and(Element::is_void);
    if let Some(name) = name.filter(|name| !is_void(name)) {
        out.push_str("</");
        out.push_str(name);
        out.push('>');
    }
}
