use super::days::has_day;
use super::lines::is_inline;
use super::nodes::{is_link, kind_of, said};
use scraper::{ElementRef, Html};
use std::collections::HashMap;

/// The elements of a text, if most of it lies in three or more of one kind that each have the link of a title or a day: a list of other
/// articles, or comments.
pub fn listed(fragment: &Html) -> Vec<ElementRef<'_>> {
    let whole = length(fragment.root_element());
    let mut element = fragment.root_element();
    // Down to the element that parts the text.
    for _ in 0..40 {
        let listed = listed_in(element, whole);
        let longest = element.child_elements().max_by_key(|child| said(*child).len());
        match longest.filter(|child| length(*child) * 10 > whole * 6) {
            Some(child) if listed.is_empty() => element = child,
            _ => return listed,
        }
    }
    Vec::new()
}

/// The children of one element that are of one kind, have the link of a title or a day, and hold most of a text.
fn listed_in(element: ElementRef<'_>, whole: usize) -> Vec<ElementRef<'_>> {
    let mut kinds: HashMap<String, Vec<ElementRef<'_>>> = HashMap::new();
    for child in element.child_elements() {
        let inner = child.child_elements().filter(|e| !is_inline(e.value().name())).count();
        let plain = ["p", "h2", "h3", "h4", "figure", "table", "ul", "ol", "blockquote"];
        if !plain.contains(&child.value().name()) && inner > 0 && is_teaser(child) {
            kinds.entry(kind_of(child)).or_default().push(child);
        }
    }
    let most = |of: &Vec<ElementRef<'_>>| {
        of.len() >= 3 && of.iter().map(|e| length(*e)).sum::<usize>() * 2 > whole
    };
    kinds.into_values().find(most).unwrap_or_default()
}

/// The siblings of an element, or of one around it, if it is one of three or more of a kind with about as much to say that
/// have the link of a title or a day, as the comments on an article are.
pub fn alike(element: ElementRef<'_>) -> Vec<ElementRef<'_>> {
    let around = element.ancestors().filter_map(ElementRef::wrap);
    for one in std::iter::once(element).chain(around).take(5) {
        if ["body", "html", "p", "tr", "td"].contains(&one.value().name()) || !is_teaser(one) {
            continue;
        }
        let (kind, own) = (kind_of(one), length(one));
        let siblings = one.prev_siblings().chain(one.next_siblings()).take(400);
        let is_alike =
            |e: &ElementRef<'_>| kind_of(*e) == kind && length(*e) * 4 >= own && is_teaser(*e);
        let mut alike: Vec<_> = siblings.filter_map(ElementRef::wrap).filter(is_alike).collect();
        if alike.len() >= 2 {
            alike.push(one);
            return alike;
        }
    }
    Vec::new()
}

fn length(element: ElementRef<'_>) -> usize {
    said(element).chars().count()
}

/// Whether an element is an article of its own, leads elsewhere by a link that stands alone, as a title does, or bears a day.
fn is_teaser(element: ElementRef<'_>) -> bool {
    element.value().name() == "article"
        || element.descendent_elements().take(200).any(|e| {
            let text = said(e);
            let leaf = e.child_elements().next().is_none();
            (is_link(e) && text.chars().count() >= 15 && is_alone(e, &text))
                || (leaf && text.len() < 80 && has_day(&text))
        })
}

/// Whether the block that a link stands in says little more.
fn is_alone(link: ElementRef<'_>, text: &str) -> bool {
    let outer = link.ancestors().filter_map(ElementRef::wrap);
    let block = outer.take(6).find(|outer| !is_inline(outer.value().name()));
    block.is_none_or(|block| said(block).len() < text.len() + 30)
}
