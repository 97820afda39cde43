//! A whole feed refined: entries explain each other (leads that accumulate, dates in order, ids that repeat).

use super::{
    Context, DateEvidence, Draft, FeedHints, Rejected, html, identity, quirks, refine, when,
};
use crate::model::{
    DateOrder, FeedKind, ParsedDate, ParsedFeed, ParsedPerson, Quirk, Source, Text, Timestamp,
    Warning,
};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use url::Url;

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
    /// When, as written.
    pub when: Option<ParsedDate>,
    /// Why, in the source's words.
    pub comment: Option<String>,
}

/// Refines every entry of a feed. Of two entries with one id the first stays (the newest place), at every poll.
pub fn refine_feed(mut feed: ParsedFeed, context: &FeedContext<'_>) -> Refined {
    let found = quirks::of_feed(&feed, context.source);
    if found.contains(&Quirk::HoabinhVcms) {
        quirks::unaccumulate(&mut feed.entries, &mut feed.warnings);
    }
    quirks::unlength(&mut feed);
    let mut refined = Refined {
        warnings: std::mem::take(&mut feed.warnings),
        tombstones: tombstones(&feed),
        ..Refined::default()
    };
    refine_entries(feed, context, &found, &mut refined);
    first_of_each_id(&mut refined);
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
    let plain = |text: &Option<Text>| text.as_ref().map(|t| html::one_line(&html::plain(t)));
    let rights = plain(&feed.rights);
    let publisher = feed.publisher.as_ref().and_then(|person| person.name.clone());
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

/// Keeps the first draft of each id and counts the others.
fn first_of_each_id(refined: &mut Refined) {
    let mut seen = HashSet::new();
    let warnings = &mut refined.warnings;
    refined.drafts.retain(|draft| {
        let first = seen.insert(draft.upstream_id.clone());
        if !first {
            Warning::add(warnings, "duplicate-id", Some(&draft.upstream_id));
        }
        first
    });
}

/// Adds the drafts' warnings to the feed's.
fn gather_warnings(refined: &mut Refined) {
    for warning in refined.drafts.iter_mut().flat_map(|draft| std::mem::take(&mut draft.warnings)) {
        match refined.warnings.iter_mut().find(|known| known.name == warning.name) {
            Some(known) => known.count = known.count.saturating_add(warning.count),
            None => refined.warnings.push(warning),
        }
    }
    for (_, reason) in &refined.rejected {
        Warning::add(&mut refined.warnings, "entry-rejected", Some(&reason.to_string()));
    }
}

/// The articles that the feed says are gone, by the ids that their entries would have.
fn tombstones(feed: &ParsedFeed) -> Vec<Tombstone> {
    let tombstone = |t: &crate::model::ParsedTombstone| {
        Some(Tombstone {
            upstream_id: identity::of_id(&t.id)?,
            when: t.when.clone(),
            comment: t.comment.as_deref().map(html::one_line).filter(|c| !c.is_empty()),
        })
    };
    feed.tombstones.iter().filter_map(tombstone).collect()
}
