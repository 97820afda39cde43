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

impl<'a> FeedContext<'a> {
    /// What is known around an entry of which its document says no more.
    pub fn of_entry(&self, dates: &'a DateEvidence) -> Context<'a> {
        Context {
            source: self.source,
            fetched_from: self.fetched_from,
            feed: FeedHints::default(),
            now: self.now,
            dates,
            article: None,
        }
    }
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
    /// The order of day and month that its dates prove, to be remembered for the source; `Auto` if they prove none.
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
    /// Returns true if the tombstone ends an entry that was changed at `changed`: the later of the two counts. A tombstone
    /// without a date ends every entry. An entry without a date, or with one in the future, is ended by every tombstone.
    pub fn ends(&self, changed: Option<Timestamp>, now: Timestamp) -> bool {
        let changed = changed.filter(|at| *at <= now.plus_millis(AHEAD_MS));
        !matches!((changed, self.when), (Some(changed), Some(when)) if changed > when)
    }
}

/// Refines every entry of a feed. Of two entries with the same id and link the same one is kept at every poll.
pub fn refine_feed(mut feed: ParsedFeed, context: &FeedContext<'_>) -> Refined {
    let found = quirks::find_quirks(&feed, context.source);
    if found.contains(&Quirk::HoabinhVcms) {
        quirks::separate_leads(&mut feed.entries, &mut feed.warnings);
    }
    quirks::drop_equal_lengths(&mut feed);
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
    newest_first(&mut refined.drafts);
    entry_or_tombstone(&mut refined, context.now);
    gather_warnings(&mut refined);
    refined.settled = when::settled_order(&refined.drafts);
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
        feed.rights.as_ref().map(|text| texts::shorten(&texts::plain_text(text), people::RIGHTS));
    let publisher = feed.publisher.as_ref().and_then(|person| person.name.clone());
    let publisher = publisher.map(|name| texts::shorten_markup(&name, people::NAME));
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
        let around = Context { feed: hints, ..context.of_entry(&dates) };
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

/// Turns round a list whose dates nearly all ascend: everywhere else the first of a document is its newest.
fn newest_first(drafts: &mut [Draft]) {
    let dated: Vec<Timestamp> =
        drafts.iter().filter_map(|d| Some(d.published.as_ref()?.at)).collect();
    let steps = || dated.iter().zip(dated.iter().skip(1));
    let up = steps().filter(|(one, next)| one < next).count();
    let down = steps().filter(|(one, next)| one > next).count();
    if up > down * 9 {
        drafts.reverse();
    }
}

/// Keeps one draft per id. Entries that share an id but not a link are named by their links; entries that share an id
/// which is only a link, by their titles. All others with one id are one article: the first is kept, or the one that was
/// changed last if their dates tell.
fn one_of_each_id(refined: &mut Refined) {
    rename(refined, identity::id_from_link, identity::id_from_link);
    let unnumbered =
        |d: &Draft| identity::id_from_link(d).is_some_and(|link| link == d.upstream_id);
    rename(
        refined,
        |d| unnumbered(d).then(|| d.title.clone()),
        |d| Some(identity::id_from_title(d)),
    );
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

/// Gives entries that share an id their own ids where something else about them differs.
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
    for flag in refined.drafts.iter().flat_map(|draft| &draft.flags) {
        let warning = match flag.rule.as_str() {
            "undated" => "date-unreadable",
            "future-date" => "date-in-future",
            _ => continue,
        };
        Warning::add(&mut refined.warnings, warning, Some(&flag.text));
    }
    for (_, reason) in &refined.rejected {
        Warning::add(&mut refined.warnings, "entry-rejected", Some(&reason.to_string()));
    }
}

/// Keeps the later of an entry and a tombstone with the same id.
fn entry_or_tombstone(refined: &mut Refined, now: Timestamp) {
    let Refined { drafts, tombstones, warnings, .. } = refined;
    let changed: HashMap<String, Option<Timestamp>> =
        drafts.iter().map(|d| (d.upstream_id.clone(), d.changed_by_source())).collect();
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

/// The feed's tombstones, with the ids that their entries would have.
fn tombstones(feed: &ParsedFeed, context: &FeedContext<'_>) -> Vec<Tombstone> {
    let tombstone = |t: &crate::model::ParsedTombstone| {
        Some(Tombstone {
            upstream_id: identity::id_from_written(&t.id)?,
            when: t
                .when
                .as_ref()
                .and_then(|when| when::read_lone_date(when, context.source, context.now)),
            comment: t
                .comment
                .as_deref()
                .map(|c| texts::shorten_markup(c, COMMENT))
                .filter(|c| !c.is_empty()),
        })
    };
    feed.tombstones.iter().filter_map(tombstone).collect()
}
