//! One event to key changes: the rules by which every view follows from the journal.

use super::index::automatic;
use super::likeness;
use super::member::{Member, State};
use super::view::{View, Watermark};
use super::{Counts, Error, IndexId, Matcher, Meta, keys};
use crate::model::{Article, ArticleKey, Event, Fingerprint, Seq, Timestamp};
use serde::{Deserialize, Serialize};

/// The version of these rules; views made by others are made anew.
pub const RULES: u32 = 4;

/// What a push with an idempotency key became.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repeat {
    /// Its event.
    pub seq: Seq,
    /// Its article.
    pub key: ArticleKey,
    /// What the article was then; all zero for a withdrawal.
    pub fingerprint: Fingerprint,
    /// When.
    pub at: Timestamp,
}

/// A category and how many live articles it has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CategoryCount {
    /// In addresses.
    pub slug: String,
    /// For people, as first seen.
    pub label: String,
    /// Live articles.
    pub live: u64,
}

/// Folds one event into the views.
pub fn fold(view: &mut View<'_>, matchers: &[Matcher], event: &Event) -> Result<(), Error> {
    let key = event.change.key();
    let before = view.meta(key)?;
    let after = Meta::after(event, before.as_ref());
    if let Some(after) = &after {
        view.put_meta(key, after)?;
        revisions(view, key, before.as_ref(), event.seq);
        members(view, matchers, key, before.as_ref(), after)?;
        if let Some(article) = event.change.article() {
            likenesses(view, article);
        }
        counts(view, before.as_ref(), after)?;
        categories(view, before.as_ref(), after)?;
    }
    repeat(view, event)?;
    view.put_json(keys::WATERMARK.to_vec(), &Watermark { seq: event.seq, rules: RULES })
}

/// The indexes that a state is in; a withdrawn article is in none.
pub fn indexes(matchers: &[Matcher], meta: &Meta) -> Vec<IndexId> {
    if !meta.is_live() {
        return Vec::new();
    }
    let mut ids = automatic(meta);
    ids.extend(matchers.iter().filter(|matcher| matcher.matches(meta)).map(|matcher| matcher.id));
    ids
}

/// An article's place in every index: live where it belongs, a marker where it no longer does.
fn members(
    view: &mut View<'_>,
    matchers: &[Matcher],
    key: ArticleKey,
    before: Option<&Meta>,
    after: &Meta,
) -> Result<(), Error> {
    let now_in = indexes(matchers, after);
    let was_in = before.map(|before| indexes(matchers, before)).unwrap_or_default();
    let left = was_in.into_iter().filter(|id| !now_in.contains(id));
    let members = left.map(|id| (id, State::Gone)).collect::<Vec<_>>().into_iter();
    for (id, state) in members.chain(now_in.iter().map(|id| (*id, State::Live))) {
        let member = Member { state, seq: after.seq, at: after.changed };
        view.put(keys::member(id, after.order, key), member.bytes());
        view.put(keys::version(id), after.seq.0.to_be_bytes().to_vec());
    }
    Ok(())
}

/// The numbers of an article's events; of most there is one, which the article's own state says.
fn revisions(view: &mut View<'_>, key: ArticleKey, before: Option<&Meta>, seq: Seq) {
    let Some(before) = before else { return };
    if before.events == 1 {
        view.put(keys::revision(key, before.seq), Vec::new());
    }
    view.put(keys::revision(key, seq), Vec::new());
}

/// Where an article is found again under a new id. What it was once stays: a portal may go back.
fn likenesses(view: &mut View<'_>, article: &Article) {
    let place = article.url.as_deref().and_then(likeness::place);
    if let Some(place) = place {
        view.put(keys::link(&article.source, &place, article.key), Vec::new());
    }
    let text =
        likeness::text(&article.title, article.summary.as_deref(), article.content.as_deref());
    view.put(keys::text(&article.source, text, article.key), Vec::new());
}

fn counts(view: &mut View<'_>, before: Option<&Meta>, after: &Meta) -> Result<(), Error> {
    let at = keys::counts(&after.source);
    let mut counts: Counts = view.json(&at)?.unwrap_or_else(|| Counts::none(after.source.clone()));
    if let Some(before) = before {
        *counts.of(before) = counts.of(before).saturating_sub(1);
    }
    *counts.of(after) += 1;
    counts.last_seq = after.seq;
    counts.last_at = after.changed;
    view.put_json(at, &counts)
}

fn categories(view: &mut View<'_>, before: Option<&Meta>, after: &Meta) -> Result<(), Error> {
    for (meta, change) in [(before, -1), (Some(after), 1)] {
        let Some(meta) = meta.filter(|meta| meta.is_live()) else { continue };
        for name in &meta.categories {
            let at = keys::category(&name.slug);
            let mut category = view.json(&at)?.unwrap_or_else(|| CategoryCount {
                slug: name.slug.clone(),
                label: name.label.clone(),
                live: 0,
            });
            category.live = category.live.saturating_add_signed(change);
            view.put_json(at, &category)?;
        }
    }
    Ok(())
}

fn repeat(view: &mut View<'_>, event: &Event) -> Result<(), Error> {
    let Some(idempotency) = &event.idempotency_key else { return Ok(()) };
    let at = keys::idempotency(event.change.source(), idempotency);
    let fingerprint = event.change.article().map(|article| article.fingerprint).unwrap_or_default();
    let repeat = Repeat { seq: event.seq, key: event.change.key(), fingerprint, at: event.at };
    if let Some(before) = view.json::<Repeat>(&at)? {
        view.remove(keys::idempotency_time(before.at, &at));
    }
    view.put(keys::idempotency_time(event.at, &at), Vec::new());
    view.put_json(at, &repeat)
}
