//! Articles that wait: over their source's quota, or not old enough yet. A feed's window moves on, so they are kept here
//! until they are applied, the longest waiting first.

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
    now: Timestamp,
) -> Result<Applied, Error> {
    let waited = load(intake, source)?;
    let is_none = waited.is_empty();
    let batch = Batch { source, origin: Origin::Polled, now, published: 0 };
    let mut applied = take_in(intake, batch, join(waited, refined, now)).await?;
    keep(intake, source, is_none, &mut applied).await?;
    Ok(applied)
}

/// The articles that wait.
///
/// # Errors
/// If the store cannot be read or written.
pub(super) fn load(intake: &Intake, source: &Source) -> Result<Vec<Draft>, Error> {
    load_drafts(intake, source, Kind::Backlog)
}

/// Keeps the articles that have to wait on; `is_none` says that none waited before.
///
/// # Errors
/// If the store cannot be written.
pub(super) async fn keep(
    intake: &Intake,
    source: &Source,
    is_none: bool,
    applied: &mut Applied,
) -> Result<(), Error> {
    let left = std::mem::take(&mut applied.left);
    if is_none && left.is_empty() {
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

/// What waited goes before what is listed now; where both are one article the list has the newer word. An article that
/// the list says is gone waits no more.
pub(super) fn join(waited: Vec<Draft>, mut refined: Refined, now: Timestamp) -> Refined {
    if waited.is_empty() {
        return refined;
    }
    let listed: HashSet<ArticleKey> = refined.drafts.iter().map(Draft::key).collect();
    let mut drafts = waited;
    let is_gone = ended_by(&refined.tombstones, now);
    drafts.retain(|draft| !listed.contains(&draft.key()) && !is_gone(draft));
    drop(is_gone);
    drafts.append(&mut refined.drafts);
    refined.drafts = drafts;
    refined
}

/// As many as there is room for, and how many there is none for.
fn bounded(left: Vec<Draft>, (most, bytes): (usize, usize)) -> (Vec<Draft>, usize) {
    let all = left.len();
    let mut room = bytes;
    let fits = |draft: &Draft| {
        let texts = [draft.content.as_ref(), draft.summary.as_ref(), Some(&draft.title)];
        let size: usize = texts.into_iter().flatten().map(String::len).sum();
        room = room.saturating_sub(size + 1_000);
        room > 0
    };
    let kept: Vec<Draft> = left.into_iter().take(most).take_while(fits).collect();
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
    fn what_waited_goes_first_and_the_list_has_the_last_word() {
        let tombstone = Tombstone { upstream_id: "3".into(), when: None, comment: None };
        let refined = Refined {
            drafts: drafts(&["5", "2"]),
            tombstones: vec![tombstone],
            ..Refined::default()
        };
        let all = join(drafts(&["1", "2", "3", "4"]), refined, Timestamp(0));
        let ids: Vec<_> = all.drafts.iter().map(|d| d.upstream_id.as_str()).collect();
        assert_eq!(ids, ["1", "4", "5", "2"]);
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
            kept.first().map(|d| d.upstream_id.as_str()),
            Some("1"),
            "the longest waiting stay"
        );
    }
}
