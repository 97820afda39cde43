//! A mirror, from top to bottom: ask → refine → apply → remember, one page of another dongtin's changes after the other.
//!
//! A copy that begins anew, since the publisher no longer knows our cursor or we lost it, ends with the withdrawal of what
//! it did not name.

use super::apply::{Applied, Batch, apply};
use super::commit::wait_for_views;
use super::decide::Origin;
use super::error::Error;
use super::source_state;
use super::withdraw::Removal;
use super::worker;
use super::{Intake, Poll};
use crate::fetch::{
    self, AskedSteps, Failure, Last, Outcome, START, State, Steps, StepsError, Validators,
    fetch_steps, request_for,
};
use crate::model::{
    ArticleId, ArticleKey, CopiedArticle, Notice, Selection, Source, SourceKind, Step, StepKind,
    Timestamp, Warning,
};
use crate::net::{Purpose, Request};
use crate::refine::{Draft, Refined};
use crate::store::{IndexId, Kind};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::time::Duration;
use url::Url;

/// Steps in one page.
const PAGE: usize = 1_000;
/// How long the publisher may wait for news before it answers.
const WAIT: Duration = Duration::from_secs(25);
/// When it is asked again after it had nothing.
const AGAIN_MS: i64 = 1_000;

/// How far a copy has got; the row of [`Kind::Copy`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Copy {
    /// The address that it is of.
    pub address: String,
    /// What is copied.
    pub selection: Selection,
    /// The identity of the publisher's journal.
    pub journal: Option<String>,
    /// The publisher's cursor; everything before it is on our disk.
    pub cursor: String,
    /// Whether an article came that another mirror has already brought.
    pub has_passed_over: bool,
}

/// Copies the changes of another dongtin, until it has no more. Returns what is remembered of the source.
pub(super) async fn copy(intake: &Intake, poll: &Poll<'_>) -> State {
    let before = source_state::look(&intake.progress(), poll.source);
    let lock = intake.locks.of_source(&poll.source.id);
    let _alone = lock.lock().await;
    let mut applied = Applied::default();
    let ended = copy_pages(intake, poll, &mut applied).await;
    remember(intake, poll, &before, &applied, ended)
}

/// Why a copy ended early.
enum Ended {
    Failed(Failure),
    Error(Error),
}

impl<E: Into<Error>> From<E> for Ended {
    fn from(error: E) -> Self {
        Self::Error(error.into())
    }
}

async fn copy_pages(intake: &Intake, poll: &Poll<'_>, applied: &mut Applied) -> Result<(), Ended> {
    let request = request_of(poll).await.map_err(Ended::Failed)?;
    let mut walk = Walk::begin(intake, poll.source)?;
    loop {
        let steps = match walk.ask(poll, request.clone()).await {
            None => return Ok(()),
            Some(Err(StepsError::CursorGone(_))) if walk.copy.cursor != START => {
                walk.begin_again(intake, poll.source)?;
                continue;
            }
            Some(steps) => steps.map_err(|error| Ended::Failed(error.failure(poll.now)))?,
        };
        if walk.is_of_another(&steps) {
            walk.begin_again(intake, poll.source)?;
            walk.copy.journal = steps.journal;
            continue;
        }
        let more = steps.page.more;
        walk.take(intake, poll, steps, applied).await?;
        if !more {
            return Ok(walk.end(intake, poll, applied).await?);
        }
    }
}

/// The request of the publisher's own address.
async fn request_of(poll: &Poll<'_>) -> Result<Request, Failure> {
    let address = poll.source.kind.address().unwrap_or_default();
    let url = Url::parse(address).map_err(|error| Failure::named("address", error.to_string()))?;
    request_for(poll.source, url, Purpose::Copy).await
}

/// A copy under way.
struct Walk {
    copy: Copy,
    /// In a copy that begins anew, what it has named.
    named: Option<HashSet<ArticleKey>>,
    /// Whether the publisher may wait for news.
    waits: bool,
    /// Whether it began again in this poll.
    is_again: bool,
}

impl Walk {
    /// Goes on where the last copy ended, if it was of the same address and selection.
    fn begin(intake: &Intake, source: &Source) -> Result<Self, Error> {
        let progress = intake.progress();
        let known: Option<Copy> = progress.get_or_set_aside(Kind::Copy, &source.id)?;
        let new = Copy::of(source);
        let is_same =
            |known: &Copy| (&known.address, &known.selection) == (&new.address, &new.selection);
        let known = known.filter(is_same).filter(|copy| copy.cursor != START);
        let waits = known.is_some();
        let copy = known.unwrap_or(new);
        let mut walk = Self { copy, named: None, waits, is_again: false };
        let has_articles = intake.store.counts_of(&source.id)?.live > 0;
        if progress.requires_whole(&source.id)? || (!waits && has_articles) {
            walk.begin_anew(intake, source)?;
        }
        Ok(walk)
    }

    /// Begins anew because of an answer: once in a poll, since a publisher that is two in turn would be asked for ever.
    fn begin_again(&mut self, intake: &Intake, source: &Source) -> Result<(), Ended> {
        if std::mem::replace(&mut self.is_again, true) {
            let why = "the publisher answers as different journals in turn";
            return Err(Ended::Failed(Failure::named("not-a-dongtin", why)));
        }
        Ok(self.begin_anew(intake, source)?)
    }

    /// Begins at the start; what the new copy does not name is withdrawn at its end.
    fn begin_anew(&mut self, intake: &Intake, source: &Source) -> Result<(), Error> {
        tracing::info!(source.id = %source.id, "the mirror is copied anew");
        intake.progress().read_whole_next(&source.id)?;
        self.copy = Copy { journal: self.copy.journal.take(), ..Copy::of(source) };
        (self.named, self.waits) = (Some(HashSet::new()), false);
        Ok(())
    }

    /// Whether another journal answers than the one that gave the cursor.
    fn is_of_another(&self, steps: &Steps) -> bool {
        self.copy.journal.is_some() && self.copy.journal != steps.journal
    }

    /// Asks for the next page; `None` if the daemon stops meanwhile.
    async fn ask(&self, poll: &Poll<'_>, request: Request) -> Option<Result<Steps, StepsError>> {
        let asked = AskedSteps {
            after: &self.copy.cursor,
            selection: &self.copy.selection,
            limit: PAGE,
            wait: if self.waits { WAIT } else { Duration::ZERO },
        };
        let mut stopped = poll.stopped.clone();
        tokio::select! {
            _ = stopped.wait_for(|stop| *stop) => None,
            steps = fetch_steps(poll.client, request, &asked) => Some(steps),
        }
    }

    /// Takes in a page, and remembers that it did.
    async fn take(
        &mut self,
        intake: &Intake,
        poll: &Poll<'_>,
        steps: Steps,
        applied: &mut Applied,
    ) -> Result<(), Error> {
        let (mut copied, mut gone) = (Vec::new(), Vec::new());
        for step in steps.page.changes {
            let key = ArticleKey::of_copy(&ArticleId(step.id.clone()));
            match step {
                Step { kind: StepKind::Put, article: Some(article), .. } => {
                    if went_round(intake, &article) {
                        continue;
                    }
                    if is_own(intake, poll, &article.id)? {
                        Notice::OwnId.add(&mut applied.ignored, &article.id);
                    } else if self.wants(intake, poll.source, key, &article)? {
                        copied.push(article);
                    }
                }
                step => gone.push((key, step)),
            }
        }
        apply_copied(intake, poll, copied, applied).await?;
        for (key, step) in gone {
            let is_removed = step.kind == StepKind::Removed;
            let since = (!is_removed).then_some(poll.now);
            let is_gone = withdraw(intake, poll, key, step.reason, since).await?;
            applied.withdrawn += usize::from(is_gone);
            if is_gone && is_removed {
                ask_others(intake, poll)?;
            }
        }
        self.copy.journal = steps.journal;
        self.copy.cursor = steps.page.next;
        self.keep(intake, poll.source)
    }

    /// Whether an article is to be taken: not if another source holds it.
    fn wants(
        &mut self,
        intake: &Intake,
        source: &Source,
        key: ArticleKey,
        article: &CopiedArticle,
    ) -> Result<bool, Error> {
        let known = intake.store.known(key)?;
        if let Some(known) = known.filter(|known| known.source != source.id) {
            // A mirror that lags brings no text back that was withdrawn where it came from.
            let is_older = known.gone_since.is_some() && article.revision <= known.revision;
            if known.is_live() || is_older {
                self.copy.has_passed_over |= known.is_live();
                return Ok(false);
            }
        }
        self.named.as_mut().map(|named| named.insert(key));
        Ok(true)
    }

    /// Keeps the cursor, unless what this copy has not named yet may have to go.
    fn keep(&self, intake: &Intake, source: &Source) -> Result<(), Error> {
        match self.named {
            None => Ok(intake.progress().put(Kind::Copy, source.id.as_str(), &self.copy)?),
            Some(_) => Ok(()),
        }
    }

    /// Ends a copy: what one that began anew did not name is withdrawn.
    async fn end(
        mut self,
        intake: &Intake,
        poll: &Poll<'_>,
        applied: &mut Applied,
    ) -> Result<(), Error> {
        let Some(named) = self.named.take() else { return Ok(()) };
        wait_for_views(&intake.store, intake.store.journal().last()).await?;
        for key in intake.store.live_keys(IndexId::source(&poll.source.id))? {
            if !named.contains(&key) {
                applied.withdrawn += usize::from(withdraw(intake, poll, key, None, None).await?);
            }
        }
        self.keep(intake, poll.source)?;
        Ok(intake.progress().was_read_whole(&poll.source.id)?)
    }
}

impl Copy {
    /// A copy of a source that has not begun.
    fn of(source: &Source) -> Self {
        let (address, selection) = match &source.kind {
            SourceKind::Mirror { address, selection } => (address.clone(), selection.clone()),
            _ => Default::default(),
        };
        Self { address, selection, cursor: START.to_owned(), ..Self::default() }
    }
}

/// Whether an article was here before it went round.
fn went_round(intake: &Intake, article: &CopiedArticle) -> bool {
    article.path.contains(&intake.store.journal().identity())
}

/// Whether an id is one that this dongtin gave an article, or gives to those of its own sources.
fn is_own(intake: &Intake, poll: &Poll<'_>, id: &str) -> Result<bool, Error> {
    let authority = &poll.config.site.tag_authority;
    let is_given = |source: &Source| {
        !matches!(source.kind, SourceKind::Mirror { .. })
            && id.starts_with(&format!("tag:{authority}:{}/", source.id))
    };
    if poll.config.sources.iter().any(is_given) {
        return Ok(true);
    }
    let Some(key) = id.rsplit('/').next().and_then(|key| key.parse().ok()) else {
        return Ok(false);
    };
    Ok(intake.store.known(key)?.is_some_and(|known| known.id.as_str() == id))
}

/// Applies the articles of a page together.
async fn apply_copied(
    intake: &Intake,
    poll: &Poll<'_>,
    copied: Vec<CopiedArticle>,
    applied: &mut Applied,
) -> Result<(), Error> {
    let Poll { source, now, .. } = *poll;
    let mut drafts = refine(intake, poll, copied, applied).await?;
    // A document lists the newest first.
    drafts.reverse();
    let refined = Refined { drafts, ..Refined::default() };
    let resolved = intake.resolver.resolve(source, refined, Origin::Direct).await?;
    let batch = Batch { source, origin: Origin::Direct, now, published: 0, insists: &[] };
    applied.add(&apply(&intake.committer, batch, resolved).await?);
    Ok(())
}

/// Cleans articles: together on a thread of this process those that are surely cheap, the others in a worker each. One that
/// a worker cannot read is left out, so that it keeps no other from coming.
async fn refine(
    intake: &Intake,
    poll: &Poll<'_>,
    copied: Vec<CopiedArticle>,
    applied: &mut Applied,
) -> Result<Vec<Draft>, Error> {
    let (own, now) = (poll.source.clone(), poll.now);
    let refining = tokio::task::spawn_blocking(move || {
        let refined = copied.into_iter().map(|article| worker::refine_if_cheap(article, &own, now));
        refined.collect::<Vec<_>>()
    });
    let mut drafts = Vec::new();
    for refined in refining.await.map_err(|_| Error::Busy)? {
        let article = match refined {
            Ok(draft) => {
                drafts.push(draft);
                continue;
            }
            Err(article) => article,
        };
        let id = article.id.clone();
        let job = worker::Job::Copied { article, source: poll.source.clone(), now };
        match intake.pool.call(&job, bytes::Bytes::new()).await {
            Ok(output) => drafts.extend(output.refined.drafts),
            // Not the article's fault: it is asked for again.
            Err(error @ (worker::Error::Start(_) | worker::Error::Killed(_))) => {
                return Err(error.into());
            }
            Err(error) => Notice::CopyUnread.add(&mut applied.ignored, &format!("{id}: {error}")),
        }
    }
    Ok(drafts)
}

/// Withdraws a copy. Returns whether there was one of this source.
async fn withdraw(
    intake: &Intake,
    poll: &Poll<'_>,
    key: ArticleKey,
    reason: Option<String>,
    gone_since: Option<Timestamp>,
) -> Result<bool, Error> {
    let Poll { source, now, .. } = *poll;
    let known = intake.store.known(key)?;
    if known.is_some_and(|known| known.source != source.id) {
        return Ok(false);
    }
    let removal = Removal { source: &source.id, key, upstream_id: "", reason, gone_since };
    match intake.committer.withdraw(&removal, None, now).await {
        Ok(withdrawal) => Ok(withdrawal.fresh),
        Err(Error::NotFound { .. }) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Has other mirrors that passed articles over copied anew: they may have one that this one no longer has.
fn ask_others(intake: &Intake, poll: &Poll<'_>) -> Result<(), Error> {
    let progress = intake.progress();
    for source in poll.config.sources.iter().filter(|source| source.id != poll.source.id) {
        let copy: Option<Copy> = progress.get(Kind::Copy, source.id.as_str())?;
        if copy.is_some_and(|copy| copy.has_passed_over) {
            progress.read_whole_next(&source.id)?;
        }
    }
    Ok(())
}

/// Remembers how a copy ended, and when the publisher is asked again.
fn remember(
    intake: &Intake,
    poll: &Poll<'_>,
    before: &State,
    applied: &Applied,
    ended: Result<(), Ended>,
) -> State {
    let Poll { source, now, config, .. } = *poll;
    let nothing = Outcome::NotModified {
        wait_ms: None,
        moved: None,
        validators: Validators::default(),
        whole: false,
    };
    let outcome = match ended {
        Ok(()) => nothing,
        Err(Ended::Failed(failure)) => failure.into(),
        Err(Ended::Error(error)) => Failure::named("not-taken-in", error.to_string()).into(),
    };
    let has_failed = matches!(outcome, Outcome::Failed(_));
    let mut state = fetch::next(before, &outcome, now, &config.fetch.of(source), poll.jitter);
    let noted = state.noted.get_or_insert_default();
    Warning::merge(&mut noted.ignored, &applied.ignored);
    if !has_failed {
        state.next_check = Some(now.plus_millis(AGAIN_MS));
        if !applied.is_nothing() {
            (state.last, state.last_change) = (Last::Fresh, Some(now));
            tracing::info!(source.id = %source.id, taken = %applied, "mirror read");
        }
    }
    source_state::keep_and_count(intake, source, &state, &outcome);
    state
}
