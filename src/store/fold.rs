use super::counts::{CategoryCount, Counts};
use super::match_keys;
use super::matcher::automatic;
use super::member::{Member, State};
use super::overlay::Overlay;
use super::{Error, IndexId, Matcher, Meta, keys};
use crate::model::{Article, ArticleKey, Change, Event, Fingerprint, Seq, Timestamp};
use serde::{Deserialize, Serialize};

/// The version of these rules. Views that another version made are rebuilt.
pub const RULES: u32 = 5;

/// The result of a push with an idempotency key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repeat {
    pub seq: Seq,
    pub key: ArticleKey,
    /// The article's fingerprint then; all zero for a withdrawal.
    pub fingerprint: Fingerprint,
    pub at: Timestamp,
}

/// Folds one event into the views.
pub(super) fn fold(
    overlay: &mut Overlay<'_>,
    matchers: &[Matcher],
    event: &Event,
) -> Result<(), Error> {
    let key = event.change.key();
    let before = overlay.meta(key)?;
    let after = Meta::after(event, before.as_ref());
    if let Some(after) = &after {
        overlay.put_meta(key, after)?;
        revisions(overlay, key, before.as_ref(), event.seq);
        if matches!(event.change, Change::Files { .. }) {
            // No feed has another entry than before.
            return repeat(overlay, event);
        }
        members(overlay, matchers, key, before.as_ref(), after)?;
        if let Some(article) = event.change.article() {
            dedupe_keys(overlay, article);
        }
        counts(overlay, before.as_ref(), after)?;
        categories(overlay, before.as_ref(), after)?;
    }
    repeat(overlay, event)
}

/// The indexes that an article belongs to; none if it is withdrawn.
pub fn indexes(matchers: &[Matcher], meta: &Meta) -> Vec<IndexId> {
    if !meta.is_live() {
        return Vec::new();
    }
    let mut ids = automatic(meta);
    ids.extend(matchers.iter().filter(|matcher| matcher.matches(meta)).map(|matcher| matcher.id));
    ids
}

/// Updates an article's members: live in the indexes that it belongs to, a marker in those that it left.
fn members(
    overlay: &mut Overlay<'_>,
    matchers: &[Matcher],
    key: ArticleKey,
    before: Option<&Meta>,
    after: &Meta,
) -> Result<(), Error> {
    let now_in = indexes(matchers, after);
    let was_in = before.map(|before| indexes(matchers, before)).unwrap_or_default();
    if let Some(before) = before.filter(|before| before.order != after.order) {
        for id in &was_in {
            overlay.remove(keys::member(*id, before.order, before.first, key));
        }
    }
    let left = was_in.into_iter().filter(|id| !now_in.contains(id));
    let members = left.map(|id| (id, State::Gone)).collect::<Vec<_>>().into_iter();
    for (id, state) in members.chain(now_in.iter().map(|id| (*id, State::Live))) {
        let seq = if state == State::Live { after.article_seq } else { after.seq };
        let member = Member { state, seq, at: after.changed };
        overlay.put(keys::member(id, after.order, after.first, key), member.bytes());
        overlay.put(keys::version(id), after.seq.0.to_be_bytes().to_vec());
    }
    Ok(())
}

/// Notes the numbers of an article's events. Most articles have only one event, which their meta names.
fn revisions(overlay: &mut Overlay<'_>, key: ArticleKey, before: Option<&Meta>, seq: Seq) {
    let Some(before) = before else { return };
    if before.events == 1 {
        overlay.put(keys::revision(key, before.seq), Vec::new());
    }
    overlay.put(keys::revision(key, seq), Vec::new());
}

/// Adds the keys that find the article under a new id. Its former keys stay, since a portal may go back to them.
pub(super) fn dedupe_keys(overlay: &mut Overlay<'_>, article: &Article) {
    keys_of(article).into_iter().for_each(|key| overlay.put(key, Vec::new()));
}

/// The keys that find an article as it was at one revision: by its address and by its text.
pub(super) fn keys_of(article: &Article) -> Vec<Vec<u8>> {
    let url_key = article.url.as_deref().and_then(match_keys::url_key);
    let link = url_key.map(|url_key| keys::link(&article.source, &url_key, article.key));
    let (summary, content) = (article.summary.as_deref(), article.content.as_deref());
    let text_key = match_keys::text_key(&article.title, summary, content);
    link.into_iter().chain([keys::text(&article.source, text_key, article.key)]).collect()
}

fn counts(overlay: &mut Overlay<'_>, before: Option<&Meta>, after: &Meta) -> Result<(), Error> {
    let at = keys::counts(&after.source);
    let mut counts: Counts =
        overlay.json(&at)?.unwrap_or_else(|| Counts::none(after.source.clone()));
    match before {
        Some(before) if before.source == after.source => {
            *counts.of(before) = counts.of(before).saturating_sub(1);
        }
        Some(before) => leave_source(overlay, before)?,
        None => {}
    }
    *counts.of(after) += 1;
    counts.last_seq = after.seq;
    counts.last_at = after.changed;
    overlay.put_json(at, &counts)
}

/// Takes an article out of the counts of the source that held it before.
fn leave_source(overlay: &mut Overlay<'_>, before: &Meta) -> Result<(), Error> {
    let at = keys::counts(&before.source);
    let Some(mut counts) = overlay.json::<Counts>(&at)? else { return Ok(()) };
    *counts.of(before) = counts.of(before).saturating_sub(1);
    overlay.put_json(at, &counts)
}

fn categories(overlay: &mut Overlay<'_>, before: Option<&Meta>, after: &Meta) -> Result<(), Error> {
    for (meta, change) in [(before, -1), (Some(after), 1)] {
        let Some(meta) = meta.filter(|meta| meta.is_live()) else { continue };
        for name in &meta.categories {
            let at = keys::category(&name.slug);
            let mut category = overlay.json(&at)?.unwrap_or_else(|| CategoryCount {
                slug: name.slug.clone(),
                label: name.label.clone(),
                live: 0,
            });
            category.live = category.live.saturating_add_signed(change);
            overlay.put_json(at, &category)?;
        }
    }
    Ok(())
}

fn repeat(overlay: &mut Overlay<'_>, event: &Event) -> Result<(), Error> {
    let Some(idempotency) = &event.idempotency_key else { return Ok(()) };
    let at = keys::idempotency(event.change.source(), idempotency);
    let fingerprint = event.change.article().map(|article| article.fingerprint).unwrap_or_default();
    let repeat = Repeat { seq: event.seq, key: event.change.key(), fingerprint, at: event.at };
    if let Some(before) = overlay.json::<Repeat>(&at)? {
        overlay.remove(keys::idempotency_time(before.at, &at));
    }
    overlay.put(keys::idempotency_time(event.at, &at), Vec::new());
    overlay.put_json(at, &repeat)
}
