//! A push: one entry is read, resolved, and applied; the same push again is answered as the first was.

use super::Intake;
use super::commit::{Proposed, wait_for_views};
use super::decide::Origin;
use super::error::{Error, Outcome, PushOptions, PushWarning, Pushed};
use super::worker::{self, Job};
use crate::model::{ArticleKey, Change, ParsedEntry, Source, SourceId, Timestamp};
use crate::refine::{self, Draft};
use crate::store::Repeat;

/// Takes in one pushed entry; the answer comes after it is on disk.
///
/// # Errors
/// If the source takes no pushes, the entry cannot be an article, the precondition does not hold, the idempotency key came
/// with another article, or the journal or the store fails.
pub async fn push(
    intake: &Intake,
    source: &SourceId,
    entry: ParsedEntry,
    options: PushOptions,
    now: Timestamp,
) -> Result<Pushed, Error> {
    intake.check_takes_pushes(source)?;
    let source = intake.source(source.as_str())?;
    let draft = read(intake, &source, entry, now).await?;
    let warnings = warnings_of(&draft);
    let pushed = apply_once(intake, &source, draft, &options, now).await?;
    Ok(Pushed { warnings, ..pushed })
}

/// Applies a draft, unless its `Idempotency-Key` was seen before.
async fn apply_once(
    intake: &Intake,
    source: &Source,
    draft: Draft,
    options: &PushOptions,
    now: Timestamp,
) -> Result<Pushed, Error> {
    let Some(key) = &options.idempotency_key else {
        return apply(intake, source, draft, options, now).await;
    };
    let lock = intake.locks.of_key(&source.id, key);
    let _held = lock.lock().await;
    // The views say what a key was used for: they must know of everything that was acknowledged.
    wait_for_views(&intake.store, intake.committer.journal.last()).await?;
    match intake.store.repeat(&source.id, key, now)? {
        Some(before) => answer_again(intake, source, draft, before),
        None => apply(intake, source, draft, options, now).await,
    }
}

/// What reading changed or left out of an article, for whoever pushed it.
fn warnings_of(draft: &Draft) -> Vec<PushWarning> {
    let of_draft = draft.warnings.iter().map(|warning| PushWarning {
        name: warning.name.clone(),
        field: None,
        count: warning.count,
        example: warning.example.clone(),
    });
    let cut = draft.flags.iter().filter(|flag| flag.rule == "cut");
    let of_cuts = cut.map(|flag| PushWarning {
        name: if flag.field == "title" { "title-cut" } else { "text-cut" }.to_owned(),
        field: Some(flag.field.clone()),
        count: 1,
        example: None,
    });
    of_draft.chain(of_cuts).collect()
}

/// Reads and cleans an entry: in this process where that is surely cheap, else in a worker.
pub(super) async fn read(
    intake: &Intake,
    source: &Source,
    entry: ParsedEntry,
    now: Timestamp,
) -> Result<Draft, Error> {
    if worker::is_cheap(&entry) {
        return Ok(worker::refine_entry(entry, source, now)?);
    }
    let job = Job::Entry { entry: Box::new(entry), source: source.clone(), now };
    let refined = intake.pool.call(&job, bytes::Bytes::new()).await?.refined;
    let rejected = refined.rejected.into_iter().next().map(|(_, reason)| reason);
    match (refined.drafts.into_iter().next(), rejected) {
        (Some(draft), _) => Ok(draft),
        (None, Some(reason)) => Err(reason.into()),
        (None, None) => Err(refine::Rejected::Nothing.into()),
    }
}

/// Commits the draft of an entry as the article whose id it says, and waits until readers see it.
async fn apply(
    intake: &Intake,
    source: &Source,
    draft: Draft,
    options: &PushOptions,
    now: Timestamp,
) -> Result<Pushed, Error> {
    let (key, draft, origin) = (draft.key(), &draft, Origin::Direct);
    let proposed = Proposed { source, key, draft, origin, now };
    let pushed = intake.committer.commit(proposed, options).await?;
    intake.committer.wait_until_shown(pushed.seq).await;
    Ok(pushed)
}

/// The answer to a push whose `Idempotency-Key` was seen before.
fn answer_again(
    intake: &Intake,
    source: &Source,
    mut draft: Draft,
    before: Repeat,
) -> Result<Pushed, Error> {
    let event = intake.committer.journal.get(before.seq)?;
    let Some(event) = event else { return Err(Error::Busy) };
    let Some(article) = event.change.article() else { return Err(Error::KeyReused) };
    let key = ArticleKey::of(&source.id, &draft.upstream_id);
    draft.published = article.published.clone();
    let again = draft.into_article(
        article.id.clone(),
        key,
        article.received,
        article.changed,
        article.revision,
    );
    if again.key != article.key || again.fingerprint != article.fingerprint {
        return Err(Error::KeyReused);
    }
    let outcome = match event.change {
        Change::Published { .. } => Outcome::Published,
        _ => Outcome::Revised,
    };
    Ok(Pushed {
        seq: before.seq,
        key: article.key,
        id: article.id.clone(),
        revision: article.revision,
        upstream_id: article.upstream_id.clone(),
        outcome,
        warnings: Vec::new(),
    })
}
