//! Stories: one piece of news as several portals tell it.
//!
//! In: articles and their sources. Out: each story with its original and the other articles. The result does not depend on
//! the order of the articles, so a feed has the same bytes after a restart.
//!
//! Work and memory are linear in the articles: two are compared only if they share a phrase that few others have.

mod origin;
mod sketch;
#[cfg(test)]
mod tests;

use crate::model::{Article, ArticleKey, Source, SourceId};
use origin::Names;
use sketch::Sketch;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// The longest time between the articles of one story, in milliseconds.
pub const SPAN_MS: i64 = 3 * 86_400_000;
/// A phrase in more articles than this is boilerplate and is not used for matching.
const COMMON: usize = 24;
const MEMBERS: usize = 64;
/// The most earlier articles that one is compared with; those with most phrases in common come first.
const COMPARED: usize = 16;

/// One piece of news.
#[derive(Clone, Debug, PartialEq)]
pub struct Story {
    /// The article that the others name as their source, or the earliest that can be believed.
    pub original: Arc<Article>,
    /// The others, earliest first.
    pub others: Vec<Arc<Article>>,
}

/// An article and its sketch.
type Telling = (Arc<Article>, Sketch);

/// Groups articles into stories, in the order of their first article; an article that stands alone is a story too.
pub fn stories(articles: &[Arc<Article>], sources: &BTreeMap<SourceId, Source>) -> Vec<Story> {
    let mut told: Vec<Telling> =
        articles.iter().map(|article| (article.clone(), Sketch::of(article))).collect();
    told.sort_by_key(|(article, sketch)| (sketch.at, article.key));
    told.dedup_by_key(|(article, _)| article.key);
    let groups = groups(&told);
    groups.into_iter().map(|members| story(&told, &members, sources)).collect()
}

/// The articles of each story, by their places in `told`.
fn groups(told: &[Telling]) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    let mut group_of: Vec<usize> = Vec::with_capacity(told.len());
    let mut phrases: HashMap<u64, Vec<usize>> = HashMap::new();
    for (place, (_, sketch)) in told.iter().enumerate() {
        let alike = alike(told, place, &phrases);
        let joined = alike.into_iter().filter_map(|other| group_of.get(other).copied());
        let joined = joined.into_iter().find(|group| {
            groups.get(*group).is_some_and(|members| is_welcome(told, members, place))
        });
        let group = joined.unwrap_or(groups.len());
        match groups.get_mut(group) {
            Some(members) => members.push(place),
            None => groups.push(vec![place]),
        }
        group_of.push(group);
        for phrase in sketch.phrases() {
            let known = phrases.entry(*phrase).or_default();
            if known.len() <= COMMON {
                known.push(place);
            }
        }
    }
    groups
}

/// The earlier articles that tell the same, the most alike first.
fn alike(told: &[Telling], place: usize, phrases: &HashMap<u64, Vec<usize>>) -> Vec<usize> {
    let Some((article, sketch)) = told.get(place) else { return Vec::new() };
    let mut shared: BTreeMap<usize, usize> = BTreeMap::new();
    for phrase in sketch.phrases() {
        let known = phrases.get(phrase).filter(|known| known.len() <= COMMON);
        for other in known.into_iter().flatten() {
            *shared.entry(*other).or_default() += 1;
        }
    }
    let mut most: Vec<(usize, usize)> = shared.into_iter().map(|(o, count)| (count, o)).collect();
    most.sort_by_key(|(count, other)| (std::cmp::Reverse(*count), *other));
    let compared = most.into_iter().take(COMPARED).filter_map(|(_, other)| {
        let (theirs, their_sketch) = told.get(other)?;
        let near = sketch.at.millis().saturating_sub(their_sketch.at.millis()) <= SPAN_MS;
        let comparable = near && theirs.source != article.source;
        let likeness = comparable.then(|| sketch.likeness(their_sketch))??;
        Some((likeness, other))
    });
    let mut found: Vec<(u32, usize)> = compared.collect();
    found.sort_by_key(|(likeness, other)| (std::cmp::Reverse(*likeness), *other));
    found.into_iter().map(|(_, other)| other).collect()
}

/// Whether a story takes one more article: only one of each source, within the time, not too many.
fn is_welcome(told: &[Telling], members: &[usize], place: usize) -> bool {
    let telling = |place: usize| told.get(place);
    let (Some((article, sketch)), Some((_, first))) =
        (telling(place), members.first().and_then(|first| telling(*first)))
    else {
        return false;
    };
    let other_source =
        |member: &usize| telling(*member).is_some_and(|(m, _)| m.source != article.source);
    members.len() < MEMBERS
        && sketch.at.millis().saturating_sub(first.at.millis()) <= SPAN_MS
        && members.iter().all(other_source)
}

fn story(told: &[Telling], members: &[usize], sources: &BTreeMap<SourceId, Source>) -> Story {
    let members: Vec<Arc<Article>> =
        members.iter().filter_map(|m| Some(told.get(*m)?.0.clone())).collect();
    let names: Vec<Names> = members.iter().map(|m| Names::of(m, sources.get(&m.source))).collect();
    let original = origin::original(&members, &names);
    let mut others = members;
    let original = others.remove(original);
    Story { original, others }
}

/// The other articles of each story, by its original.
pub type Related = BTreeMap<ArticleKey, Vec<Arc<Article>>>;
