//! The pattern of a list page: siblings of one structure, each with a link that reads like a title.

use super::links::{absolute_address, base_of};
use super::select::{selector_of_field, selector_of_items};
use crate::model::{ParsedEntry, Selectors};
use crate::read::page::days::{has_day, is_relative};
use crate::read::page::entries;
use crate::read::page::lines::{is_called, is_heading};
use crate::read::page::list::{TITLE, TITLES, title_in};
use crate::read::page::nodes::{first_link, is_around, kind_of, said};
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

/// Levels above a link at which the repetition is looked for.
const LEVELS: usize = 8;
/// Samples that are kept.
const SAMPLES: usize = 10;

/// A link that reads like a title, or leads to a known article.
#[derive(Clone)]
struct Titled<'a> {
    link: ElementRef<'a>,
    /// The element that says the title: the link, or a part of it where it is a whole card.
    title: ElementRef<'a>,
    address: String,
    length: usize,
    /// How likely it is the title of its item: 0 is likeliest.
    rank: u8,
}

impl Titled<'_> {
    /// Whether it is the title of its item rather than another link of it.
    fn is_before(&self, other: &Self) -> bool {
        let longer = self.address != other.address && self.length > other.length;
        self.rank < other.rank || (self.rank == other.rank && longer)
    }
}

/// Elements of one structure, each with its title's link.
type Group<'a> = Vec<(ElementRef<'a>, Titled<'a>)>;
/// What the elements of a group have in common: their parent, or else its kind and that of its own parent; and their kind.
type Likeness = (Option<NodeId>, String);

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
    let mut tried = scored.iter().take(5);
    let (group, pattern) = tried
        .find_map(|(_, group)| Some((group, proposal(page, &base, group, known.as_ref())?)))?;
    let boxes = is_apart(group) && known.is_none();
    Some(if boxes { with_others(page, &base, group, pattern, &scored) } else { pattern })
}

/// A pattern of what stands in boxes, with what else stands in the same boxes: the first article of each often looks
/// different from the others.
fn with_others(
    page: &Html,
    base: &Url,
    group: &Group<'_>,
    mut pattern: Pattern,
    scored: &[(f64, Group<'_>)],
) -> Pattern {
    let boxes: HashSet<NodeId> = group.iter().flat_map(|(item, _)| boxes_of(*item)).collect();
    let stands = |item: ElementRef<'_>| boxes_of(item).any(|outer| boxes.contains(&outer));
    let inside = |other: &Group<'_>| {
        other.iter().filter(|(item, _)| stands(*item)).count() * 2 >= other.len()
    };
    let others = scored.iter().map(|(_, other)| other);
    for other in others.filter(|other| is_apart(other) && inside(other)).take(8) {
        let Some(more) = proposal(page, base, other, None) else { continue };
        let (own, new) = (&pattern.selectors, more.selectors);
        if own.title != new.title || own.link != new.link {
            continue;
        }
        let either = |a: &String, b: String| if a.is_empty() { b } else { a.clone() };
        let selectors = Selectors {
            item: format!("{}, {}", own.item, new.item),
            date: either(&own.date, new.date),
            lead: either(&own.lead, new.lead),
            ..own.clone()
        };
        let found = entries(page, &selectors).unwrap_or_default();
        let links: HashSet<_> = found.iter().filter_map(|entry| entry.link.as_ref()).collect();
        if links.len() == pattern.count + more.count {
            pattern = pattern_of(selectors, &found, base);
        }
    }
    pattern
}

/// The boxes that an item stands in, the nearest three.
fn boxes_of(item: ElementRef<'_>) -> impl Iterator<Item = NodeId> {
    let outer = item.ancestors().take(3).filter_map(ElementRef::wrap);
    let names = ["body", "html", "main"];
    outer.filter(move |e| !names.contains(&e.value().name())).map(|e| e.id())
}

fn pattern_of(selectors: Selectors, found: &[ParsedEntry], base: &Url) -> Pattern {
    let samples = found.iter().take(SAMPLES).filter_map(|entry| sample(entry, base)).collect();
    Pattern { count: found.len(), samples, selectors }
}

/// The address in the form in which links of one site are compared: without scheme and host.
fn path_of(address: &str) -> String {
    let Ok(url) = Url::parse(address) else { return address.to_owned() };
    let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
    format!("{}{query}", url.path().trim_end_matches('/'))
}

fn groups<'a>(page: &'a Html, base: &Url, known: Option<&HashSet<String>>) -> Vec<Group<'a>> {
    let mut groups: BTreeMap<Likeness, BTreeMap<NodeId, (ElementRef<'a>, Titled<'a>)>> =
        BTreeMap::new();
    for titled in titled(page, base, known) {
        let ancestors = titled.link.ancestors().filter_map(ElementRef::wrap);
        let chain = std::iter::once(titled.link).chain(ancestors).take(LEVELS);
        for item in chain.take_while(|e| !["body", "html", "form"].contains(&e.value().name())) {
            for likeness in likenesses(item) {
                let items = groups.entry(likeness).or_default();
                if items.get(&item.id()).is_none_or(|(_, old)| titled.is_before(old)) {
                    items.insert(item.id(), (item, titled.clone()));
                }
            }
        }
    }
    let mut groups: Vec<Group<'a>> =
        groups.into_values().map(|items| items.into_values().collect()).collect();
    // Boxes of one link each are no list; a group across boxes is one only if it is more than one of them.
    groups.retain(|group: &Group<'a>| group.len() > 1);
    groups
}

/// What an element has in common with the other items of a list: its parent, or the kind of box that it stands in.
fn likenesses(item: ElementRef<'_>) -> Vec<Likeness> {
    let Some(parent) = item.parent() else { return Vec::new() };
    let kind = kind_of(item);
    let outer: Vec<String> =
        item.ancestors().take(2).filter_map(ElementRef::wrap).map(kind_of).collect();
    vec![(None, format!("{} > {kind}", outer.join(" < "))), (Some(parent.id()), kind)]
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
        let title = title_in(link);
        let text = said(title);
        let length = text.chars().count();
        let wanted = match known {
            Some(known) => length > 0 && known.contains(&path_of(&address)),
            None => {
                let same = Url::parse(&address)
                    .is_ok_and(|url| host_key(&url) == host_key(base) && url.path().len() > 1);
                same && length >= TITLE && text.contains(' ') && !is_inside(link, &mut around)
            }
        };
        if wanted {
            found.push(Titled { link, title, address, length, rank: rank_of(title, &text) });
        }
    }
    found
}

/// How likely an element says the title of its item: a heading, a plain link, the number of a document.
fn rank_of(title: ElementRef<'_>, text: &str) -> u8 {
    let near =
        || std::iter::once(title).chain(title.ancestors().take(2).filter_map(ElementRef::wrap));
    let number = text.contains('/') && text.split(' ').count() <= 3;
    match () {
        () if number => 2,
        () if near().any(|e| is_heading(e) || is_called(e, TITLES)) => 0,
        () => 1,
    }
}

fn is_inside(link: ElementRef<'_>, around: &mut HashMap<NodeId, bool>) -> bool {
    let mut ancestors = link.ancestors().take(40).filter_map(ElementRef::wrap);
    // A list's own items may have headers; only what is around the whole counts.
    ancestors.any(|e| {
        let inner = ["header", "footer"].contains(&e.value().name());
        !inner && *around.entry(e.id()).or_insert_with(|| is_around(e))
    })
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
    // Boxes of a home page hold many articles each; items of a list one.
    let full = group.iter().filter(|(item, titled)| holds_many(*item, titled)).count();
    let boxes = if full * 2 > group.len() { 0.2 } else { 1.0 };
    let apart = if is_apart(group) { 0.9 } else { 1.0 };
    count * worded * (1.0 + dated + 0.5 * lead + 0.3 * image) * boxes * apart
}

/// The selectors of a group and what they yield; nothing where they do not find it again.
fn proposal(
    page: &Html,
    base: &Url,
    group: &Group<'_>,
    known: Option<&HashSet<String>>,
) -> Option<Pattern> {
    let items: Vec<ElementRef<'_>> = group.iter().map(|(item, _)| *item).collect();
    let whole_kind = if is_apart(group) { items.clone() } else { siblings(&items) };
    let item = selector_of_items(page, &whole_kind).or_else(|| selector_of_items(page, &items))?;
    let titles: Vec<_> = group.iter().map(|(item, t)| (*item, Some(t.title))).collect();
    let links: Vec<_> = group.iter().map(|(item, t)| (*item, Some(t.link))).collect();
    let plain = links.iter().all(|(item, link)| first_link(*item) == *link);
    let link = if plain { String::new() } else { selector_of_field(&links)? };
    let is_link = group.iter().all(|(_, t)| t.title.id() == t.link.id());
    let title = if is_link { link.clone() } else { String::new() };
    let dates: Vec<_> = items.iter().map(|item| (*item, date_in(*item))).collect();
    let date = selector_of_field(&dates).unwrap_or_default();
    let leads: Vec<_> = titles.iter().map(|(item, link)| (*item, lead_in(*item, *link))).collect();
    let lead = selector_of_field(&leads).unwrap_or_default();
    let selectors = Selectors { item, link, title, date, lead, ..Selectors::default() };
    let found = entries(page, &selectors).ok()?;
    let links =
        || found.iter().filter_map(|e| e.link.as_deref()).filter_map(|l| absolute_address(l, base));
    let fits = match known {
        Some(known) => links().filter(|link| known.contains(&path_of(link))).count() >= 2,
        None => found.len() >= 3,
    };
    fits.then(|| pattern_of(selectors, &found, base))
}

/// Whether the items of a group stand in different parents.
fn is_apart(group: &Group<'_>) -> bool {
    let parent = |item: ElementRef<'_>| item.parent().map(|parent| parent.id());
    group
        .windows(2)
        .any(|two| two.first().map(|(a, _)| parent(*a)) != two.last().map(|(b, _)| parent(*b)))
}

/// Whether an item has links to three or more other pages that read like titles.
fn holds_many(item: ElementRef<'_>, titled: &Titled<'_>) -> bool {
    let own = titled.link.value().attr("href");
    let links = item.descendent_elements().take(400).filter(|e| e.value().name() == "a");
    let others = links.filter(|a| said(*a).chars().count() >= TITLE);
    let others: HashSet<&str> =
        others.filter_map(|a| a.value().attr("href")).filter(|href| Some(*href) != own).collect();
    others.len() >= 2
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

fn sample(entry: &ParsedEntry, base: &Url) -> Option<Sample> {
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
        let dated = || has_day(&text) || is_relative(&text);
        whole || (text.chars().count() < 60 && e.value().name() != "a" && dated())
    })
}

/// The element of an item that is its lead: the longest text without the title and the date.
fn lead_in<'a>(item: ElementRef<'a>, title: Option<ElementRef<'_>>) -> Option<ElementRef<'a>> {
    let holds_title = |e: &ElementRef<'_>| match title {
        Some(title) => {
            let inside =
                |a: ElementRef<'_>, b: ElementRef<'_>| a.ancestors().any(|o| o.id() == b.id());
            e.id() == title.id() || inside(title, *e) || inside(*e, title)
        }
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
