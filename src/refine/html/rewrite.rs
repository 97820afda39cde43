use super::picture::{is_counter, picture_address, pixels};
use super::policy::{REL, attributes_of, is_inline};
use super::tree::{Fate, Kind, Tree, attribute, declared, set};
use super::{Place, picture};
use crate::model::Image;
use crate::refine::link;
use crate::text::{is_forbidden, is_invisible, one_line};
use std::collections::HashSet;

/// What was found and left out while rewriting.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Pictures that stay, in order.
    pub images: Vec<Image>,
    /// Pictures that were counters.
    pub pixels: usize,
    /// Links and pictures without an address that can be used.
    pub broken: usize,
}

/// Rewrites a whole tree.
pub fn rewrite(tree: &mut Tree, place: Place<'_>) -> Found {
    let mut found = Found::default();
    let targets = targets(tree);
    let mut unnamed = targets.clone();
    for number in 1..tree.nodes.len() {
        // The first element of a name is meant.
        let own = tree.nodes.get(number).and_then(|node| own_name(&node.kind, &unnamed));
        let name = own.map(str::to_owned).and_then(|name| unnamed.take(&name));
        rewrite_node(tree, number, place, &targets, &mut found);
        if let Some(name) = name {
            name_node(tree, number, name);
        }
    }
    unrepeat_pictures(tree);
    let mut visible = vec![false; tree.nodes.len()];
    for number in (1..tree.nodes.len()).rev() {
        let seen = decide_fate(tree, number, &visible);
        if let Some(slot) = visible.get_mut(number) {
            *slot = seen;
        }
    }
    found.images = pictures(tree);
    found
}

/// The places in the text that links lead to, by the names that elements may give themselves.
fn targets(tree: &Tree) -> HashSet<String> {
    let fragment = |kind: &Kind| match kind {
        Kind::Element("a", attributes) => {
            let (_, name) = attribute(attributes, "href")?.rsplit_once('#')?;
            let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.:".contains(&b);
            ((1..=100).contains(&name.len()) && name.bytes().all(plain)).then(|| name.to_owned())
        }
        _ => None,
    };
    let named: HashSet<String> =
        tree.nodes.iter().filter_map(|node| fragment(&node.kind)).collect();
    if named.is_empty() {
        return named;
    }
    let own = tree.nodes.iter().filter_map(|node| own_name(&node.kind, &named));
    own.map(str::to_owned).collect()
}

/// The name of an element that a link leads to; old pages name places by `<a name>`.
fn own_name<'k>(kind: &'k Kind, named: &HashSet<String>) -> Option<&'k str> {
    let Kind::Element(tag, attributes) = kind else { return None };
    let names =
        [attribute(attributes, "id"), attribute(attributes, "name").filter(|_| *tag == "a")];
    names.into_iter().flatten().find(|name| named.contains(*name))
}

/// Rewrites the addresses of one element and drops the attributes that may not stay.
fn rewrite_node(
    tree: &mut Tree,
    number: usize,
    place: Place<'_>,
    targets: &HashSet<String>,
    found: &mut Found,
) {
    let sources = picture::sources(tree, number);
    let Some(node) = tree.nodes.get_mut(number) else { return };
    let Kind::Element(tag, attributes) = &mut node.kind else { return };
    match *tag {
        "a" => match attribute(attributes, "href").and_then(|href| target(href, place, targets)) {
            Some(href) => set(attributes, "href", href),
            None => {
                found.broken += 1;
                node.fate = Fate::Unwrapped;
            }
        },
        "img" if is_counter(attributes) => {
            found.pixels += 1;
            node.fate = Fate::Gone;
        }
        "img" => match picture_address(attributes, &sources, place.base) {
            Some(src) => set(attributes, "src", src),
            None => {
                found.broken += 1;
                node.fate = Fate::Gone;
            }
        },
        "picture" => node.fate = Fate::Unwrapped,
        "source" => node.fate = Fate::Gone,
        _ => {}
    }
    if *tag != "source" {
        keep_allowed(tag, attributes);
    }
}

/// The address that a link leads to; one to a place of this text leads there, or to that place of the article's own page.
fn target(href: &str, place: Place<'_>, targets: &HashSet<String>) -> Option<String> {
    match href.trim().strip_prefix('#') {
        Some("") => None,
        Some(name) => {
            let on_page =
                place.page.and_then(|page| link::resolve(href, Some(page))).map(String::from);
            on_page.or_else(|| targets.contains(name).then(|| format!("#{name}")))
        }
        None => link::resolve_target(href, place.base),
    }
}

/// Gives an element the name that links know it by; a link that leads nowhere was only a name.
fn name_node(tree: &mut Tree, number: usize, name: String) {
    let Some(node) = tree.nodes.get_mut(number) else { return };
    let Kind::Element(tag, attributes) = &mut node.kind else { return };
    if *tag == "a" && node.fate == Fate::Unwrapped {
        (*tag, node.fate) = ("span", Fate::Stays);
        attributes.clear();
    }
    attributes.insert(0, ("id".to_owned(), name));
}

/// Keeps the attributes that may stay, in one order, with values that mean something.
fn keep_allowed(tag: &str, attributes: &mut Vec<(String, String)>) {
    if tag == "a" {
        set(attributes, "rel", REL);
    }
    if matches!(tag, "ol" | "li")
        && let Some(numbering) = numbering(attributes)
    {
        set(attributes, "type", numbering);
    }
    let kept = attributes_of(tag).iter().filter_map(|name| {
        let value = attribute(attributes, name)?;
        Some(((*name).to_owned(), allowed_value(name, value)?))
    });
    *attributes = kept.collect();
}

/// How the items of a list are numbered, where its style says so.
fn numbering(attributes: &[(String, String)]) -> Option<&'static str> {
    let style =
        declared(attributes, "list-style-type").or_else(|| declared(attributes, "list-style"))?;
    Some(match style.split_whitespace().find(|word| word.contains('-'))? {
        "lower-alpha" | "lower-latin" => "a",
        "upper-alpha" | "upper-latin" => "A",
        "lower-roman" => "i",
        "upper-roman" => "I",
        _ => return None,
    })
}

/// An attribute's value as it may stay.
fn allowed_value(name: &str, value: &str) -> Option<String> {
    match name {
        "width" | "height" => pixels(value).filter(|n| *n > 1).map(|n| n.to_string()),
        "colspan" | "rowspan" | "span" => value
            .trim()
            .parse::<u16>()
            .ok()
            .filter(|n| (2..=1000).contains(n))
            .map(|n| n.to_string()),
        "start" | "value" => value.trim().parse::<i32>().ok().map(|n| n.to_string()),
        "type" => {
            ["1", "a", "A", "i", "I"].contains(&value.trim()).then(|| value.trim().to_owned())
        }
        "reversed" => Some(String::new()),
        "datetime" => {
            let simple = |c: char| c.is_ascii_digit() || "-:+.TZPHMSDWY ".contains(c);
            (value.len() <= 40 && value.chars().all(simple)).then(|| value.to_owned())
        }
        "alt" | "title" => {
            let line = one_line(value);
            let clean: String = line.chars().filter(|c| !is_invisible(*c)).take(1000).collect();
            (name == "alt" || !clean.trim().is_empty()).then(|| clean.trim().to_owned())
        }
        _ => Some(value.to_owned()),
    }
}

/// Decides whether an element without anything to see stays, and says whether there is something to see.
fn decide_fate(tree: &mut Tree, number: usize, visible: &[bool]) -> bool {
    let Some(node) = tree.nodes.get(number) else { return false };
    if node.fate == Fate::Gone {
        return false;
    }
    let (tag, is_named) = match &node.kind {
        Kind::Text(text) => return text.chars().any(is_seen),
        Kind::Element(tag, attributes) => (*tag, attribute(attributes, "id").is_some()),
    };
    let seen = node.children.iter().any(|child| visible.get(*child).copied().unwrap_or(false));
    let seen = seen || is_named;
    let stays =
        seen || matches!(tag, "img" | "hr" | "br" | "td" | "th" | "tr" | "col" | "colgroup");
    let fate = if is_inline(tag) { Fate::Unwrapped } else { Fate::Gone };
    if !stays
        && !matches!(tag, "tbody" | "thead" | "tfoot" | "caption")
        && let Some(node) = tree.nodes.get_mut(number)
    {
        node.fate = fate;
    }
    seen || matches!(tag, "img" | "hr")
}

/// Whether a character shows.
fn is_seen(c: char) -> bool {
    !c.is_whitespace() && !is_invisible(c) && !is_forbidden(c)
}

/// Drops a picture that follows itself (the lazy one and the one for readers without scripts).
fn unrepeat_pictures(tree: &mut Tree) {
    let mut last: Option<String> = None;
    for number in 1..tree.nodes.len() {
        let Some(node) = tree.nodes.get_mut(number) else { continue };
        if node.fate == Fate::Gone {
            continue;
        }
        match &node.kind {
            Kind::Text(text) if text.chars().any(is_seen) => last = None,
            Kind::Element("img", attributes) => {
                let src = attribute(attributes, "src").map(str::to_owned);
                if src.is_some() && src == last {
                    node.fate = Fate::Gone;
                }
                last = src;
            }
            Kind::Element("td" | "th", _) => last = None,
            _ => {}
        }
    }
}

/// The pictures that stay, in order.
fn pictures(tree: &Tree) -> Vec<Image> {
    let stays = tree.nodes.iter().filter(|node| node.fate == Fate::Stays);
    let image = |attributes: &[(String, String)]| -> Option<Image> {
        let number = |name| attribute(attributes, name).and_then(|v| v.parse().ok());
        let alt = attribute(attributes, "alt").filter(|alt| !alt.is_empty());
        Some(Image {
            url: attribute(attributes, "src")?.to_owned(),
            alt: alt.map(str::to_owned),
            width: number("width"),
            height: number("height"),
        })
    };
    stays
        .filter_map(|node| match &node.kind {
            Kind::Element("img", attributes) => image(attributes),
            _ => None,
        })
        .collect()
}
