//! A whole feed refined: entries explain each other (leads that accumulate, dates in order, ids that repeat).

use super::{
    Context, DateEvidence, Draft, FeedHints, Rejected, identity, people, quirks, refine, texts,
    when,
};
use crate::model::{
    DateOrder, FeedKind, ParsedFeed, ParsedPerson, Quirk, Source, Timestamp, Warning,
};
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};
use url::Url;

/// How far another clock may be ahead of ours.
const AHEAD_MS: i64 = 3_600_000;

/// The longest reason for a withdrawal, in characters.
const COMMENT: usize = 1000;

/// What is known around a feed.
#[derive(Clone, Copy, Debug)]
pub struct FeedContext<'a> {
    /// Whose feed it is.
    pub source: &'a Source,
    /// The address that it came from, after redirects.
    pub fetched_from: Option<&'a Url>,
    /// The time of reading.
    pub now: Timestamp,
    /// The order of day and month that was settled before for this source.
    pub settled: DateOrder,
}

/// What became of a feed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Refined {
    /// One draft per article, in the feed's order.
    pub drafts: Vec<Draft>,
    /// The places of the entries that are no articles, and why.
    pub rejected: Vec<(usize, Rejected)>,
    /// What was unusual, counted, for the source's status.
    pub warnings: Vec<Warning>,
    /// Articles that the feed says are gone.
    pub tombstones: Vec<Tombstone>,
    /// The order of day and month that its dates settle, to be remembered for the source; `Auto` where they do not.
    pub settled: DateOrder,
}

/// An article that its feed says is gone (RFC 6721).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tombstone {
    /// What the source called it.
    pub upstream_id: String,
    /// Since when.
    pub when: Option<Timestamp>,
    /// Why, in the source's words.
    pub comment: Option<String>,
}

impl Tombstone {
    /// Whether it ends an entry that says when it was changed: the later word counts. A tombstone without a date ends every
    /// entry, and an entry without one, or with one that is still to come, outlives no tombstone.
    pub fn ends(&self, changed: Option<Timestamp>, now: Timestamp) -> bool {
        let changed = changed.filter(|at| *at <= now.plus_millis(AHEAD_MS));
        !matches!((changed, self.when), (Some(changed), Some(when)) if changed > when)
    }
}

/// Refines every entry of a feed. Of two entries with one id and one link one stays, the same at every poll.
pub fn refine_feed(mut feed: ParsedFeed, context: &FeedContext<'_>) -> Refined {
    let found = quirks::of_feed(&feed, context.source);
    if found.contains(&Quirk::HoabinhVcms) {
        quirks::unaccumulate(&mut feed.entries, &mut feed.warnings);
    }
    quirks::unlength(&mut feed);
    let mut refined = Refined {
        warnings: std::mem::take(&mut feed.warnings),
        tombstones: tombstones(&feed, context),
        rejected: std::mem::take(&mut feed.unread)
            .into_iter()
            .map(|(place, why)| (place, Rejected::Unread(why)))
            .collect(),
        ..Refined::default()
    };
    refine_entries(feed, context, &found, &mut refined);
    one_of_each_id(&mut refined);
    entry_or_tombstone(&mut refined, context.now);
    gather_warnings(&mut refined);
    refined.settled = when::settled(&refined.drafts);
    refined
}

/// Refines the entries one after the other.
fn refine_entries(
    mut feed: ParsedFeed,
    context: &FeedContext<'_>,
    found: &[Quirk],
    refined: &mut Refined,
) {
    let entries = std::mem::take(&mut feed.entries);
    // Cut here: what stands in the feed's head stands in every one of its articles.
    let rights =
        feed.rights.as_ref().map(|text| texts::short(&texts::plain_text(text), people::RIGHTS));
    let publisher = feed.publisher.as_ref().and_then(|person| person.name.clone());
    let publisher = publisher.map(|name| texts::short_plain(&name, people::NAME));
    let hints = FeedHints {
        language: feed.language.as_deref(),
        base: feed.base.as_deref(),
        link: feed.link.as_deref(),
        authors: inherited(&feed),
        rights: rights.as_deref(),
        publisher: publisher.as_deref(),
        quirks: found,
    };
    let neighbors = when::neighbors(&entries, context.source, context.now);
    for (place, (entry, neighbors)) in entries.into_iter().zip(neighbors).enumerate() {
        let dates = DateEvidence { settled: context.settled, neighbors };
        let around = Context {
            source: context.source,
            fetched_from: context.fetched_from,
            feed: hints,
            now: context.now,
            dates: &dates,
        };
        match refine(entry, &around) {
            Ok(draft) => refined.drafts.push(draft),
            Err(reason) => refined.rejected.push((place, reason)),
        }
    }
}

/// The feed's authors where its kind gives them to entries that name none.
fn inherited(feed: &ParsedFeed) -> &[ParsedPerson] {
    match feed.kind {
        FeedKind::Atom | FeedKind::Json | FeedKind::File => &feed.authors,
        _ => &[],
    }
}

/// One draft per id. Where entries with one id have different links, their portal does not number them and each is
/// named by its link; where the id is only a link that several have, by its title. The others are one article, of
/// which the first stays, or the last changed if their dates say which.
fn one_of_each_id(refined: &mut Refined) {
    rename(refined, identity::of_link, identity::of_link);
    let unnumbered = |d: &Draft| identity::of_link(d).is_some_and(|link| link == d.upstream_id);
    rename(refined, |d| unnumbered(d).then(|| d.title.clone()), |d| Some(identity::of_title(d)));
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut kept: Vec<Draft> = Vec::with_capacity(refined.drafts.len());
    for draft in std::mem::take(&mut refined.drafts) {
        match places.get(&draft.upstream_id).and_then(|place| kept.get_mut(*place)) {
            Some(first) => {
                Warning::add(&mut refined.warnings, "duplicate-id", Some(&draft.upstream_id));
                if changed_after(&draft, first) {
                    *first = draft;
                }
            }
            None => {
                places.insert(draft.upstream_id.clone(), kept.len());
                kept.push(draft);
            }
        }
    }
    refined.drafts = kept;
}

/// Gives entries with one id, of which something else differs, ids of their own.
fn rename(
    refined: &mut Refined,
    differs: impl Fn(&Draft) -> Option<String>,
    name: impl Fn(&Draft) -> Option<String>,
) {
    let mut first: HashMap<&str, String> = HashMap::new();
    let mut many = HashSet::new();
    for draft in &refined.drafts {
        let Some(value) = differs(draft) else { continue };
        match first.get(draft.upstream_id.as_str()) {
            Some(first) if *first != value => _ = many.insert(draft.upstream_id.clone()),
            Some(_) => {}
            None => _ = first.insert(&draft.upstream_id, value),
        }
    }
    for draft in refined.drafts.iter_mut().filter(|draft| many.contains(&draft.upstream_id)) {
        Warning::add(&mut refined.warnings, "duplicate-id", Some(&draft.upstream_id));
        draft.upstream_id = name(draft).unwrap_or_else(|| draft.upstream_id.clone());
    }
}

fn changed_after(a: &Draft, b: &Draft) -> bool {
    let at = |draft: &Draft| draft.updated.as_ref().map(|dated| dated.at);
    at(a) > at(b) && at(b).is_some()
}

/// Adds the drafts' warnings to the feed's.
fn gather_warnings(refined: &mut Refined) {
    for warning in refined.drafts.iter_mut().flat_map(|draft| std::mem::take(&mut draft.warnings)) {
        match refined.warnings.iter_mut().find(|known| known.name == warning.name) {
            Some(known) => known.count = known.count.saturating_add(warning.count),
            None => refined.warnings.push(warning),
        }
    }
    let flags = refined.drafts.iter().flat_map(|draft| &draft.flags);
    for flag in flags.filter(|flag| flag.rule == "undated") {
        Warning::add(&mut refined.warnings, "date-unreadable", Some(&flag.text));
    }
    for (_, reason) in &refined.rejected {
        Warning::add(&mut refined.warnings, "entry-rejected", Some(&reason.to_string()));
    }
}

/// Of an entry and a tombstone with one id in one document the later stays.
fn entry_or_tombstone(refined: &mut Refined, now: Timestamp) {
    let Refined { drafts, tombstones, warnings, .. } = refined;
    let changed: HashMap<String, Option<Timestamp>> =
        drafts.iter().map(|d| (d.upstream_id.clone(), d.changed())).collect();
    let ends = |t: &Tombstone| changed.get(&t.upstream_id).is_none_or(|at| t.ends(*at, now));
    tombstones.retain(ends);
    let gone: HashSet<&str> = tombstones.iter().map(|t| t.upstream_id.as_str()).collect();
    drafts.retain(|draft| {
        let stays = !gone.contains(draft.upstream_id.as_str());
        if !stays {
            Warning::add(warnings, "entry-deleted", Some(&draft.upstream_id));
        }
        stays
    });
}

/// The articles that the feed says are gone, by the ids that their entries would have.
fn tombstones(feed: &ParsedFeed, context: &FeedContext<'_>) -> Vec<Tombstone> {
    let tombstone = |t: &crate::model::ParsedTombstone| {
        Some(Tombstone {
            upstream_id: identity::of_id(&t.id)?,
            when: t.when.as_ref().and_then(|when| when::alone(when, context.source, context.now)),
            comment: t
                .comment
                .as_deref()
                .map(|c| texts::short_plain(c, COMMENT))
                .filter(|c| !c.is_empty()),
        })
    };
    feed.tombstones.iter().filter_map(tombstone).collect()
}
