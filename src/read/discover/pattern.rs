//! The pattern of a list page: siblings of one structure, each with a link that reads like a title.

use super::links::{absolute_address, base_of};
use super::select::{selector_of_field, selector_of_items};
use crate::model::Selectors;
use crate::read::page::entries;
use crate::read::page::nodes::{has_day, is_around, said};
use crate::text::host_key;
use ego_tree::NodeId;
use scraper::{ElementRef, Html, Selector};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap, HashSet};
use url::Url;

/// A list on a page, and how it would be read.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Pattern {
    /// Selectors that read it.
    pub selectors: Selectors,
    /// Entries that they yield.
    pub count: usize,
    /// The first of them.
    pub samples: Vec<Sample>,
}

/// What one entry of a list would be.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample {
    /// The title.
    pub title: String,
    /// The date as written.
    pub date: Option<String>,
    /// The whole address.
    pub link: String,
    /// Whether it has a lead.
    pub lead: bool,
}

/// Characters that a title has at least.
const TITLE: usize = 15;
/// Levels above a link at which the repetition is looked for.
const LEVELS: usize = 8;
/// Samples that are kept.
const SAMPLES: usize = 10;

/// A link that reads like a title, or leads to a known article.
struct Titled<'a> {
    link: ElementRef<'a>,
    address: String,
    length: usize,
}

/// Siblings of one structure, each with its title's link.
type Group<'a> = Vec<(ElementRef<'a>, Titled<'a>)>;

/// Finds the best list on a page; with `known` the one that holds most of those addresses.
pub fn pattern(page: &Html, address: &Url, known: Option<&[String]>) -> Option<Pattern> {
    let base = base_of(page, address);
    let known: Option<HashSet<String>> =
        known.map(|known| known.iter().map(|address| path_of(address)).collect());
    let groups = groups(page, &base, known.as_ref());
    let mut scored: Vec<(f64, Group<'_>)> = groups
        .into_iter()
        .map(|group| (score(&group, known.is_some()), group))
        .filter(|(score, _)| *score > 0.0)
        .collect();
    scored.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    scored.iter().take(5).find_map(|(_, group)| proposal(page, &base, group, known.as_ref()))
}

/// The address in the form in which links of one site are compared: without scheme and host.
fn path_of(address: &str) -> String {
    let Ok(url) = Url::parse(address) else { return address.to_owned() };
    let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
    format!("{}{query}", url.path().trim_end_matches('/'))
}

fn groups<'a>(page: &'a Html, base: &Url, known: Option<&HashSet<String>>) -> Vec<Group<'a>> {
    let mut groups: BTreeMap<(NodeId, String), BTreeMap<NodeId, (ElementRef<'a>, Titled<'a>)>> =
        BTreeMap::new();
    for titled in titled(page, base, known) {
        let ancestors = titled.link.ancestors().filter_map(ElementRef::wrap);
        let chain = std::iter::once(titled.link).chain(ancestors).take(LEVELS);
        for item in chain.take_while(|e| !["body", "html", "form"].contains(&e.value().name())) {
            let Some(parent) = item.parent() else { break };
            let items = groups.entry((parent.id(), kind_of(item))).or_default();
            let longer = items.get(&item.id()).is_none_or(|(_, old)| old.length < titled.length);
            if longer {
                let Titled { link, length, .. } = titled;
                let address = titled.address.clone();
                items.insert(item.id(), (item, Titled { link, address, length }));
            }
        }
    }
    groups.into_values().map(|items| items.into_values().collect()).collect()
}

/// The links that read like titles of articles of this site, what is around a page's content aside.
fn titled<'a>(page: &'a Html, base: &Url, known: Option<&HashSet<String>>) -> Vec<Titled<'a>> {
    let Ok(links) = Selector::parse("a[href]") else { return Vec::new() };
    let mut around: HashMap<NodeId, bool> = HashMap::new();
    let mut found = Vec::new();
    for link in page.select(&links).take(3_000) {
        let Some(address) = link.value().attr("href").and_then(|href| absolute_address(href, base))
        else {
            continue;
        };
        let length = said(link).chars().count();
        let wanted = match known {
            Some(known) => length > 0 && known.contains(&path_of(&address)),
            None => {
                let same = Url::parse(&address)
                    .is_ok_and(|url| host_key(&url) == host_key(base) && url.path().len() > 1);
                same && length >= TITLE && !is_inside(link, &mut around)
            }
        };
        if wanted {
            found.push(Titled { link, address, length });
        }
    }
    found
}

fn is_inside(link: ElementRef<'_>, around: &mut HashMap<NodeId, bool>) -> bool {
    let mut ancestors = link.ancestors().take(40).filter_map(ElementRef::wrap);
    // A list's own items may have headers; only what is around the whole counts.
    ancestors.any(|e| {
        let inner = ["header", "footer"].contains(&e.value().name());
        !inner && *around.entry(e.id()).or_insert_with(|| is_around(e))
    })
}

/// An element's name and its classes without those that number it.
fn kind_of(element: ElementRef<'_>) -> String {
    let classes = element.value().classes().filter(|c| !c.bytes().any(|b| b.is_ascii_digit()));
    let states = ["first", "last", "odd", "even", "active"];
    let classes: Vec<&str> = classes.filter(|c| !states.contains(c)).collect();
    format!("{}.{}", element.value().name(), classes.join("."))
}

/// How much a group looks like a list of news; 0 where it does not.
fn score(group: &Group<'_>, known: bool) -> f64 {
    let addresses: HashSet<&str> =
        group.iter().map(|(_, titled)| titled.address.as_str()).collect();
    let count = addresses.len().min(60) as f64;
    if addresses.len() < if known { 2 } else { 3 } {
        return 0.0;
    }
    let share = |holds: &dyn Fn(ElementRef<'_>) -> bool| {
        group.iter().filter(|(item, _)| holds(*item)).count() as f64 / group.len() as f64
    };
    let mean = group.iter().map(|(_, t)| t.length).sum::<usize>() as f64 / group.len() as f64;
    let worded = if mean < 25.0 && !known { 0.4 } else { 1.0 };
    let dated = share(&|item| date_in(item).is_some());
    let image = share(&|item| item.descendent_elements().any(|e| e.value().name() == "img"));
    let lead = share(&|item| lead_in(item, None).is_some());
    count * worded * (1.0 + dated + 0.5 * lead + 0.3 * image)
}

/// The selectors of a group and what they yield; nothing where they do not find it again.
fn proposal(
    page: &Html,
    base: &Url,
    group: &Group<'_>,
    known: Option<&HashSet<String>>,
) -> Option<Pattern> {
    let items: Vec<ElementRef<'_>> = group.iter().map(|(item, _)| *item).collect();
    let whole_kind = siblings(&items);
    let item = selector_of_items(page, &whole_kind).or_else(|| selector_of_items(page, &items))?;
    let titles: Vec<_> = group.iter().map(|(item, t)| (*item, Some(t.link))).collect();
    let first_link = |item: &ElementRef<'_>| {
        let mut links = item.descendent_elements().filter(|e| {
            e.value().name() == "a" && e.value().attr("href").is_some() && !said(*e).is_empty()
        });
        links.next().map(|e| e.id())
    };
    let plain = titles.iter().all(|(item, link)| first_link(item) == link.map(|l| l.id()));
    let title = if plain { String::new() } else { selector_of_field(&titles).unwrap_or_default() };
    let dates: Vec<_> = items.iter().map(|item| (*item, date_in(*item))).collect();
    let date = selector_of_field(&dates).unwrap_or_default();
    let leads: Vec<_> = titles.iter().map(|(item, link)| (*item, lead_in(*item, *link))).collect();
    let lead = selector_of_field(&leads).unwrap_or_default();
    let selectors =
        Selectors { item, link: title.clone(), title, date, lead, ..Selectors::default() };
    let found = entries(page, &selectors).ok()?;
    let links =
        || found.iter().filter_map(|e| e.link.as_deref()).filter_map(|l| absolute_address(l, base));
    let fits = match known {
        Some(known) => links().filter(|link| known.contains(&path_of(link))).count() >= 2,
        None => found.len() >= 3,
    };
    fits.then(|| Pattern {
        count: found.len(),
        samples: found.iter().take(SAMPLES).filter_map(|entry| sample(entry, base)).collect(),
        selectors,
    })
}

/// Some items with their siblings of the same kind (a known list has new items that are not known yet).
fn siblings<'a>(items: &[ElementRef<'a>]) -> Vec<ElementRef<'a>> {
    let Some(first) = items.first() else { return Vec::new() };
    let kind = kind_of(*first);
    let Some(parent) = first.parent().and_then(ElementRef::wrap) else { return items.to_vec() };
    let has_link = |e: &ElementRef<'a>| {
        e.value().name() == "a" || e.descendent_elements().any(|d| d.value().name() == "a")
    };
    parent.child_elements().filter(|e| kind_of(*e) == kind && has_link(e)).collect()
}

fn sample(entry: &crate::model::ParsedEntry, base: &Url) -> Option<Sample> {
    Some(Sample {
        title: entry.title.as_ref()?.value.clone(),
        date: entry.published.as_ref().map(|date| date.raw.clone()),
        link: absolute_address(entry.link.as_deref()?, base)?,
        lead: entry.summary.is_some(),
    })
}

/// The element of an item that is a date: the innermost short text with a day in it.
fn date_in(item: ElementRef<'_>) -> Option<ElementRef<'_>> {
    let mut inner = item.descendent_elements().filter(|e| e.id() != item.id()).take(200);
    inner.find(|e| {
        let leaf = e.child_elements().all(|c| ["i", "br", "svg", "em"].contains(&c.value().name()));
        let text = if leaf { said(*e) } else { String::new() };
        let whole = e.value().attr("datetime").is_some_and(has_day);
        whole
            || (!text.is_empty()
                && text.chars().count() < 60
                && has_day(&text)
                && e.value().name() != "a")
    })
}

/// The element of an item that is its lead: the longest text without the title and the date.
fn lead_in<'a>(item: ElementRef<'a>, title: Option<ElementRef<'_>>) -> Option<ElementRef<'a>> {
    let holds_title = |e: &ElementRef<'_>| match title {
        Some(title) => e.id() == title.id() || title.ancestors().any(|a| a.id() == e.id()),
        None => e.descendent_elements().any(|d| d.value().name() == "a" && said(d).len() > TITLE),
    };
    let inner = item.descendent_elements().filter(|e| e.id() != item.id()).take(200);
    let blocks =
        inner.filter(|e| ["p", "div", "span", "td", "section"].contains(&e.value().name()));
    blocks
        .filter(|e| {
            !holds_title(e) && !e.child_elements().any(|c| ["p", "div"].contains(&c.value().name()))
        })
        .map(|e| (said(e).chars().count(), e))
        .filter(|(length, e)| *length >= 30 && !(has_day(&said(*e)) && *length < 60))
        .max_by_key(|(length, e)| (*length, std::cmp::Reverse(e.id())))
        .map(|(_, e)| e)
}
