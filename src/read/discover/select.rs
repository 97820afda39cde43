//! CSS selectors that find given elements and no others, as short as they can be.

use ego_tree::NodeId;
use scraper::{ElementRef, Html, Selector};
use std::collections::HashSet;

/// Ancestors that are tried to tell a list from others.
const ANCESTORS: usize = 8;

/// A selector that finds exactly some sibling elements of a page.
pub(super) fn selector_of_items(page: &Html, items: &[ElementRef<'_>]) -> Option<String> {
    let first = *items.first()?;
    let wanted: HashSet<NodeId> = items.iter().map(|item| item.id()).collect();
    let names = shared_names(items);
    let mut nearly = None;
    let ancestors = first.ancestors().filter_map(ElementRef::wrap).take(ANCESTORS);
    let ancestors: Vec<ElementRef<'_>> = ancestors.collect();
    let alone = names.iter().filter(|name| name.contains('.')).cloned();
    let within = ancestors.iter().enumerate().flat_map(|(level, ancestor)| {
        let joints = joints(ancestors.get(..level).unwrap_or_default());
        let names = &names;
        names_of(*ancestor).into_iter().flat_map(move |outer| {
            joints
                .clone()
                .into_iter()
                .flat_map(move |joint| {
                    let outer = outer.clone();
                    names.iter().map(move |name| format!("{outer}{joint}{name}"))
                })
                .collect::<Vec<_>>()
        })
    });
    for candidate in alone.chain(within).take(400) {
        let Ok(selector) = Selector::parse(&candidate) else { continue };
        let found: Vec<NodeId> = page.select(&selector).take(2_000).map(|e| e.id()).collect();
        let all = wanted.iter().all(|id| found.contains(id));
        if all && found.len() == wanted.len() {
            return Some(candidate);
        }
        if all && found.len() <= wanted.len() + 1 + wanted.len() / 5 && nearly.is_none() {
            nearly = Some(candidate);
        }
    }
    nearly
}

/// What stands between an ancestor and the items: any depth, or each element between by its tag.
fn joints(between: &[ElementRef<'_>]) -> Vec<String> {
    let tags: String =
        between.iter().rev().map(|element| format!(" > {}", element.value().name())).collect();
    let exact = format!("{tags} > ");
    if between.is_empty() { vec![exact] } else { vec![" ".to_owned(), exact] }
}

/// A selector that, inside each item, first finds its element; for nine of ten items at least.
pub(super) fn selector_of_field(
    items: &[(ElementRef<'_>, Option<ElementRef<'_>>)],
) -> Option<String> {
    let there = items.iter().filter_map(|(item, field)| Some((*item, (*field)?)));
    let there: Vec<_> = there.collect();
    if there.is_empty() || there.len() * 2 < items.len() {
        return None;
    }
    let mut candidates: Vec<String> = Vec::new();
    for (item, field) in there.iter().take(2) {
        let tag = field.value().name();
        candidates.extend(names_of(*field).into_iter().filter(|name| name.contains('.')));
        candidates.push(tag.to_owned());
        let outer = field.ancestors().filter_map(ElementRef::wrap);
        for outer in outer.take_while(|outer| outer.id() != item.id()).take(2) {
            candidates.extend(names_of(outer).iter().map(|outer| format!("{outer} {tag}")));
            candidates.extend(place_of(outer).map(|outer| format!("{outer} {tag}")));
        }
        candidates.push(format!("a ~ {tag}"));
        candidates.extend(place_of(*field));
    }
    candidates.into_iter().find(|candidate| {
        let Ok(selector) = Selector::parse(candidate) else { return false };
        let fits = items.iter().filter(|(item, field)| {
            item.select(&selector).next().map(|e| e.id()) == field.map(|field| field.id())
        });
        fits.count() * 10 >= items.len() * 9
    })
}

/// An element by its place among its siblings: the third cell of a row.
fn place_of(element: ElementRef<'_>) -> Option<String> {
    let place = element.prev_siblings().filter_map(ElementRef::wrap).count() + 1;
    (place <= 12).then(|| format!("{}:nth-child({place})", element.value().name()))
}

/// Names of an element that a selector can say: its id, its classes, its tag; the surest first.
fn names_of(element: ElementRef<'_>) -> Vec<String> {
    let tag = element.value().name();
    let mut names: Vec<String> = classes(element).iter().map(|c| format!("{tag}.{c}")).collect();
    if let Some(id) = element.value().id().filter(|id| is_name(id)) {
        let numbered = id.bytes().filter(u8::is_ascii_digit).count() > 2;
        names.insert(if numbered { names.len() } else { 0 }, format!("#{id}"));
    }
    if !["html", "body"].contains(&tag) {
        names.push(tag.to_owned());
    }
    names
}

/// What all of some elements are called: their tag with a class that they share, all such classes, the tag alone.
fn shared_names(items: &[ElementRef<'_>]) -> Vec<String> {
    let Some((first, others)) = items.split_first() else { return Vec::new() };
    let tag = first.value().name();
    let mut shared = classes(*first);
    for other in others {
        let own = classes(*other);
        shared.retain(|class| own.contains(class));
    }
    let mut names: Vec<String> = shared.iter().map(|class| format!("{tag}.{class}")).collect();
    if shared.len() > 1 {
        names.push(format!("{tag}.{}", shared.join(".")));
    }
    names.push(tag.to_owned());
    names
}

fn classes(element: ElementRef<'_>) -> Vec<String> {
    let named = element.value().classes().filter(|c| is_name(c) && !is_generated(c)).take(6);
    named.map(str::to_owned).collect()
}

/// Whether a word can stand in a selector without escapes.
fn is_name(word: &str) -> bool {
    let starts = word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    starts
        && word.len() <= 60
        && word.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

/// Whether a class numbers its element or says its place: it would not find the next one.
fn is_generated(class: &str) -> bool {
    let states = ["first", "last", "odd", "even", "active", "clearfix", "hover", "current"];
    let filed = ["category-", "tag-", "post-", "status-"].iter().any(|s| class.starts_with(s));
    filed || states.contains(&class) || class.bytes().filter(u8::is_ascii_digit).count() > 2
}
