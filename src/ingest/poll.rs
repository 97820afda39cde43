//! One poll of one source, from top to bottom: fetch → read → judge → resolve → apply → crawl → remember.

use super::apply::{Applied, Batch, apply};
use super::backlog::{self, Waited};
use super::brought::{Brought, Done, Facts, Page};
use super::crawl::{crawl, note_pages};
use super::crawl_state::{self, CrawlState, reads_pages};
use super::decide::Origin;
use super::error::Error;
use super::selectors::propose_selectors;
use super::source_state::{before_poll, remember};
use super::worker;
use super::{Intake, Poll, mirror, paged, quarantine, sitemaps};
use crate::fetch::{self, Failure, Fresh, Outcome, State};
use crate::model::{DateOrder, Fingerprint, SourceKind};
use crate::refine::{Draft, Refined};
use crate::text::untracked;

/// Polls a source. Returns what is remembered of it, and with it when it comes next.
///
/// After a 304, or a failure, there is no document: only what waits in the backlog is applied, and after a 304 articles'
/// pages that wait are read.
pub async fn poll(intake: &Intake, poll: &Poll<'_>) -> State {
    if let SourceKind::Mirror { .. } = poll.source.kind {
        return mirror::copy(intake, poll).await;
    }
    let before = before_poll(intake, poll.source);
    let answer = fetch::fetch(poll.client, poll.source, &before, poll.now).await;
    let mut brought = read(poll, &before, answer).await;
    let pages = brought.output.as_mut().and_then(|output| output.next.take());
    let done = take_in(intake, poll, &mut brought).await;
    if done.is_ok() && brought.is_reached() {
        read_pages(intake, poll, pages, brought.date_order).await;
    }
    remember(intake, poll, &before, &brought, done)
}

/// Reads the pages of a feed that are left, or remembers that the first poll left some.
async fn read_pages(intake: &Intake, poll: &Poll<'_>, left: Option<String>, date_order: DateOrder) {
    let read = match left {
        Some(next) => paged::leave(intake, poll.source, next),
        None => paged::read_on(intake, poll, date_order).await,
    };
    if let Err(error) = read {
        tracing::warn!(source.id = %poll.source.id, %error, "a feed's further pages were not read, the next poll goes on");
    }
}

/// Takes in what a poll brought, unless its source is not what it was.
///
/// # Errors
/// If the journal or the store fails; then the source is read whole again.
pub(super) async fn take_in(
    intake: &Intake,
    poll: &Poll<'_>,
    brought: &mut Brought,
) -> Result<Done, Error> {
    let Poll { source, now, .. } = *poll;
    let crawls = brought.may_crawl(poll);
    if !crawls && !backlog::has_waiting(intake, source)? {
        return Ok(Done::default());
    }
    let lock = intake.locks.of_source(&source.id);
    let _alone = lock.lock().await;
    if !crawls {
        let (refined, origin) = (Refined::default(), Origin::Polled);
        let applied = backlog::apply_with_waiting(intake, source, refined, origin, now).await?;
        return Ok(Done { applied: Some(applied), crawl: None });
    }
    let mut state = crawl_state::load(&intake.progress(), source)?;
    let Some(judged) = judge(intake, poll, brought, &mut state).await? else {
        return Ok(Done { applied: Some(Applied::default()), crawl: Some(state) });
    };
    let waited = backlog::load(intake, source)?;
    let before = Waited { count: waited.len(), is_listed: !judged.refined.drafts.is_empty() };
    let refined = backlog::join(waited, judged.refined, now);
    let resolved = intake.resolver.resolve(source, refined, Origin::Polled).await?;
    let insists = poll.hubs.contradicted(&source.id);
    let batch = Batch { source, origin: Origin::Polled, now, published: 0, insists: &insists };
    let mut applied = apply(&intake.committer, batch, resolved).await?;
    backlog::keep(intake, source, before, &mut applied).await?;
    if judged.is_news {
        poll.hubs.note_listed(&source.id, &applied.older);
        crawl_state::keep(&intake.progress(), source, &state)?;
    }
    if judged.ends_quarantine {
        quarantine::end(intake, source).await?;
    }
    if reads_pages(source) {
        crawl(intake, poll, brought.date_order, &mut state, &mut applied).await?;
    }
    Ok(Done { applied: Some(applied), crawl: Some(state) })
}

/// A document that is to be applied.
struct Judged {
    refined: Refined,
    /// Whether there is something to remember of it.
    is_news: bool,
    /// Whether what was kept from readers is in it and kept no longer.
    ends_quarantine: bool,
}

/// Has a worker read and refine the body of an answer. A body that cannot be read makes the poll a failed one: its
/// validators are not kept, what was good before is.
async fn read(poll: &Poll<'_>, before: &State, answer: Outcome) -> Brought {
    let date_order = before.settled;
    let Outcome::Fresh(mut fresh) = answer else {
        return Brought { outcome: answer, output: None, facts: None, page: None, date_order };
    };
    let page = matches!(poll.source.kind, SourceKind::Page { .. }).then(|| Page::of(&fresh));
    let job = poll.feed_job(fresh.content_type.clone(), fresh.final_url.to_string(), date_order);
    match poll.pool.call(&job, fresh.body.clone()).await {
        Ok(mut output) => {
            fresh.entries = Some(entries_of(&output.refined));
            if before.last_good.is_none() {
                paged::follow(poll, &mut output, date_order).await;
            } else {
                output.next = None;
            }
            if let Some(minutes) = output.ttl {
                fresh.asks_minutes(minutes);
            }
            let facts = Some(Facts::of(&output, &fresh));
            let settled = output.refined.settled;
            let date_order = if settled == DateOrder::Auto { date_order } else { settled };
            let outcome = Outcome::Fresh(fresh);
            Brought { outcome, output: Some(output), facts, page, date_order }
        }
        Err(error) => {
            let outcome = failure(&error, &fresh).into();
            Brought { outcome, output: None, facts: None, page, date_order }
        }
    }
}

/// Judges what a poll brought by what its source usually sends, and notes which articles' pages are to be read. `None` if
/// it is not to be applied: it drifted, or a page could not be read.
async fn judge(
    intake: &Intake,
    poll: &Poll<'_>,
    brought: &mut Brought,
    state: &mut CrawlState,
) -> Result<Option<Judged>, Error> {
    let Poll { source, now, .. } = *poll;
    quarantine::recount(intake, source, state).await?;
    let output = sitemaps::follow(poll, brought.output.take(), brought.date_order, state).await;
    let is_news = output.is_some() || !state.children.is_empty();
    let trusted = match output {
        Some(output) => quarantine::judge(intake, source, output.refined, state, now).await?,
        None if brought.page.is_none() => {
            let refined = Refined::default();
            return Ok(Some(Judged { refined, is_news, ends_quarantine: false }));
        }
        None => None,
    };
    let Some(quarantine::Trusted { refined, ends_quarantine }) = trusted else {
        if let Some(page) = &brought.page {
            propose_selectors(poll, page, state).await;
        }
        crawl_state::keep(&intake.progress(), source, state)?;
        return Ok(None);
    };
    let refined = note_pages(intake, source, refined, state, now).await?;
    Ok(Some(Judged { refined, is_news, ends_quarantine }))
}

/// A document that cannot be read fails its poll: its validators are not kept, what was good before is.
fn failure(error: &worker::Error, fresh: &Fresh) -> Failure {
    Failure {
        wait_ms: fresh.wait_ms,
        status: Some(200),
        ..Failure::named(error.name(), error.to_string())
    }
}

/// What a reader would see of the entries, as a hash: many bodies change (a build date, an advertisement) where nothing is new.
fn entries_of(refined: &Refined) -> Fingerprint {
    let seen: Vec<_> =
        refined.drafts.iter().map(|d| (page_of(d), &d.title, &d.summary, &d.content)).collect();
    Fingerprint::of_bytes(&serde_json::to_vec(&seen).unwrap_or_default())
}

/// A new number or another tracking parameter is nothing new.
fn page_of(draft: &Draft) -> Option<String> {
    draft.parsed_url().map(|url| untracked(&url))
}
