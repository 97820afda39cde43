//! Articles that wait: over their source's quota, or not old enough yet. A feed's window moves on, so they are kept here
//! until they are applied. Like a document they have the newest first.

use super::Intake;
use super::apply::{Applied, Batch, take_in};
use super::decide::Origin;
use super::error::Error;
use super::kept_drafts::{keep_drafts, load_drafts};
use super::tombstones::ended_by;
use crate::model::{ArticleKey, Source, Timestamp};
use crate::refine::{Draft, Refined};
use crate::store::Kind;
use std::collections::HashSet;

/// Articles of one source that wait, at most, and bytes of their texts.
const MOST: (usize, usize) = (5_000, 64 << 20);

/// Resolves and applies what waits and what a list held, and keeps what has to wait on. Its source's lock is held.
///
/// # Errors
/// If the journal or the store fails.
pub(super) async fn apply_with_waiting(
    intake: &Intake,
    source: &Source,
    refined: Refined,
    origin: Origin,
    now: Timestamp,
) -> Result<Applied, Error> {
    let waited = load(intake, source)?;
    let before = Waited { count: waited.len(), is_listed: !refined.drafts.is_empty() };
    let batch = Batch { source, origin, now, published: 0, insists: &[] };
    let mut applied = take_in(intake, batch, join(waited, refined, now)).await?;
    keep(intake, source, before, &mut applied).await?;
    Ok(applied)
}

/// The articles that wait.
///
/// # Errors
/// If the store cannot be read or written.
pub(super) fn load(intake: &Intake, source: &Source) -> Result<Vec<Draft>, Error> {
    load_drafts(intake, source, Kind::Backlog)
}

/// What waited before a document was applied.
#[derive(Clone, Copy)]
pub(super) struct Waited {
    /// How many articles.
    pub count: usize,
    /// Whether a list may have said something else of them.
    pub is_listed: bool,
}

/// Keeps the articles that have to wait on. Many megabytes may wait: they are not written again where nothing changed.
///
/// # Errors
/// If the store cannot be written.
pub(super) async fn keep(
    intake: &Intake,
    source: &Source,
    before: Waited,
    applied: &mut Applied,
) -> Result<(), Error> {
    let left = std::mem::take(&mut applied.left);
    let is_unchanged = left.is_empty() || !before.is_listed;
    if left.len() == before.count && is_unchanged {
        return Ok(());
    }
    let (kept, beyond) = bounded(left, MOST);
    applied.beyond = beyond;
    keep_drafts(intake, source, Kind::Backlog, kept).await
}

/// Returns true if articles of a source wait.
///
/// # Errors
/// If the store cannot be read.
pub(super) fn has_waiting(intake: &Intake, source: &Source) -> Result<bool, Error> {
    Ok(intake.progress().has(Kind::Backlog, source.id.as_str())?)
}

/// What waited is older than what is listed now, so it comes after it; where both are one article the list has the newer
/// word. An article that the list says is gone waits no more.
pub(super) fn join(waited: Vec<Draft>, mut refined: Refined, now: Timestamp) -> Refined {
    if waited.is_empty() {
        return refined;
    }
    let listed: HashSet<ArticleKey> = refined.drafts.iter().map(Draft::key).collect();
    let is_gone = ended_by(&refined.tombstones, now);
    let left = waited.into_iter().filter(|d| !listed.contains(&d.key()) && !is_gone(d));
    let left: Vec<Draft> = left.collect();
    drop(is_gone);
    refined.drafts.extend(left);
    refined
}

/// As many as there is room for, the longest waiting, and how many there is none for.
fn bounded(left: Vec<Draft>, (most, bytes): (usize, usize)) -> (Vec<Draft>, usize) {
    let all = left.len();
    let mut room = bytes;
    let fits = |draft: &Draft| {
        let texts = [draft.content.as_ref(), draft.summary.as_ref(), Some(&draft.title)];
        let size: usize = texts.into_iter().flatten().map(String::len).sum();
        room = room.saturating_sub(size + 1_000);
        room > 0
    };
    let mut kept: Vec<Draft> = left.into_iter().rev().take(most).take_while(fits).collect();
    kept.reverse();
    let beyond = all - kept.len();
    (kept, beyond)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::SourceId;
    use crate::refine::Tombstone;

    fn drafts(ids: &[&str]) -> Vec<Draft> {
        let source = SourceId::new("s").unwrap();
        ids.iter().map(|id| Draft::named(source.clone(), (*id).to_owned())).collect()
    }

    #[test]
    fn what_waited_is_the_oldest_and_the_list_has_the_last_word() {
        let tombstone = Tombstone { upstream_id: "3".into(), when: None, comment: None };
        let refined = Refined {
            drafts: drafts(&["5", "2"]),
            tombstones: vec![tombstone],
            ..Refined::default()
        };
        let all = join(drafts(&["1", "2", "3", "4"]), refined, Timestamp(0));
        let ids: Vec<_> = all.drafts.iter().map(|d| d.upstream_id.as_str()).collect();
        assert_eq!(ids, ["5", "2", "1", "4"]);
    }

    #[test]
    fn what_waits_is_bounded_by_number_and_size() {
        let (kept, beyond) = bounded(drafts(&["1", "2", "3"]), (2, 1 << 20));
        assert_eq!((kept.len(), beyond), (2, 1));
        let mut large = drafts(&["1", "2", "3"]);
        large.iter_mut().for_each(|draft| draft.content = Some("x".repeat(10_000)));
        let (kept, beyond) = bounded(large, (100, 25_000));
        assert_eq!((kept.len(), beyond), (2, 1));
        assert_eq!(
            kept.last().map(|d| d.upstream_id.as_str()),
            Some("3"),
            "the longest waiting stay"
        );
    }
}
