//! A mirror, from top to bottom: ask → refine → apply → remember, one page of another dongtin's changes after the other.
//! While a page is applied, the next one is asked for and refined.
//!
//! A copy that begins anew, since the publisher no longer knows our cursor or we lost it, ends with the withdrawal of what
//! it did not name.

/// How far a copy has got, and what is left out of it.
mod row;
/// Which publisher an id is at home with.
mod home;
/// One page, asked for and refined.
mod page;

use super::apply::{Applied, Batch, apply};
use super::commit::wait_for_views;
use super::decide::Origin;
use super::error::Error;
use super::source_state;
use super::withdraw::Removal;
use super::{Intake, Poll};
use crate::fetch::{
    self, Failure, Last, Outcome, START, State, StepsError, Validators, request_for,
};
use crate::model::{
    Article, ArticleId, ArticleKey, Notice, Source, SourceId, Step, StepKind, Timestamp,
};
use crate::net::{Purpose, Request};
use crate::refine::{Draft, Refined};
use crate::store::{IndexId, Kind, Meta};
use crate::text::map_addresses;
use home::Homes;
use page::{Asking, Page, Put};
use row::Copy;
use std::collections::HashSet;
use std::time::Duration;
use url::Url;

/// When the publisher is asked again after it had nothing.
const AGAIN_MS: i64 = 1_000;

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

/// Empty pages in a row that promise more, after which a publisher is asked with pauses: it may go on so for ever.
const EMPTY: u32 = 100;
const PAUSE: Duration = Duration::from_secs(1);

async fn copy_pages(intake: &Intake, poll: &Poll<'_>, applied: &mut Applied) -> Result<(), Ended> {
    let request = request_of(poll).await.map_err(Ended::Failed)?;
    let mut walk = Walk::begin(intake, poll)?;
    let mut answer = walk.asking(intake, poll, &request).ask(&walk.copy.cursor, walk.waits).await?;
    let mut empty = 0_u32;
    loop {
        let page = match answer {
            None => return Ok(()),
            Some(Err(StepsError::CursorGone(_))) if walk.copy.cursor != START => {
                walk.begin_again(intake, poll.source)?;
                None
            }
            Some(page) => Some(page.map_err(|error| Ended::Failed(error.failure(poll.now)))?),
        };
        let page = match page {
            Some(page) if walk.is_of_another(&page) => {
                walk.begin_again(intake, poll.source)?;
                walk.copy.journal = page.journal;
                None
            }
            page => page,
        };
        let asking = walk.asking(intake, poll, &request);
        answer = match page {
            None => asking.ask(START, false).await?,
            Some(page) if page.more => {
                empty = if page.puts.is_empty() && page.gone.is_empty() {
                    empty.saturating_add(1)
                } else {
                    0
                };
                if empty > EMPTY {
                    tokio::time::sleep(PAUSE).await;
                }
                let next = page.next.clone();
                let (ahead, taken) =
                    tokio::join!(asking.ask(&next, false), walk.take(intake, poll, page, applied));
                taken?;
                ahead?
            }
            Some(page) => {
                walk.take(intake, poll, page, applied).await?;
                return Ok(walk.end(intake, poll, applied).await?);
            }
        };
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
    /// Where the authorities of ids are at home.
    homes: Homes,
    /// In a copy that begins anew, what it has named.
    named: Option<HashSet<ArticleKey>>,
    /// Whether the publisher may wait for news.
    waits: bool,
    /// Whether it began again in this poll.
    is_again: bool,
}

impl Walk {
    /// Goes on where the last copy ended, if it was of the same address and selection.
    fn begin(intake: &Intake, poll: &Poll<'_>) -> Result<Self, Error> {
        let (progress, source) = (intake.progress(), poll.source);
        let known: Option<Copy> = progress.get_or_set_aside(Kind::Copy, &source.id)?;
        let new = Copy::of(source);
        let known = known.filter(|known| known.is_of_same(&new) && known.cursor != START);
        let waits = known.is_some();
        let homes = Homes::load(poll.config, &progress)?;
        let mut walk =
            Self { copy: known.unwrap_or(new), homes, named: None, waits, is_again: false };
        let has_articles = intake.store.counts_of(&source.id)?.live > 0;
        let mut foreign = walk.copy.left_out_as(Notice::ForeignId);
        let is_home_now = foreign
            .any(|id| walk.homes.of(&ArticleId(id.to_owned()), &source.id) == Some(&source.id));
        drop(foreign);
        if progress.requires_whole(&source.id)? || (!waits && has_articles) || is_home_now {
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
        let before = std::mem::replace(&mut self.copy, Copy::of(source));
        (self.copy.journal, self.copy.homes) = (before.journal, before.homes);
        (self.named, self.waits) = (Some(HashSet::new()), false);
        Ok(())
    }

    /// Whether another journal answers than the one that gave the cursor.
    fn is_of_another(&self, page: &Page) -> bool {
        self.copy.journal.is_some() && self.copy.journal != page.journal
    }

    fn asking<'a>(&self, intake: &'a Intake, poll: &'a Poll<'a>, request: &Request) -> Asking<'a> {
        Asking { intake, poll, selection: self.copy.selection.clone(), request: request.clone() }
    }

    /// Takes in a page, and remembers that it did.
    async fn take(
        &mut self,
        intake: &Intake,
        poll: &Poll<'_>,
        page: Page,
        applied: &mut Applied,
    ) -> Result<(), Error> {
        self.copy.journal = page.journal;
        let mut drafts = Vec::new();
        for Put { id, refined } in page.puts {
            self.copy.hear_of(&id);
            match refined {
                Err(why) => self.copy.leave_out(&id, Notice::CopyUnread, format!("{id}: {why}")),
                Ok(draft) if self.wants(intake, poll, &draft)? => drafts.push(*draft),
                Ok(_) => {}
            }
        }
        apply_drafts(intake, poll, drafts, applied).await?;
        for step in page.gone {
            self.copy.hear_of(&step.id);
            self.remove(intake, poll, step, applied).await?;
        }
        self.copy.cursor = page.next;
        self.keep(intake, poll.source)
    }

    /// Takes back what the publisher takes back, if it may.
    async fn remove(
        &self,
        intake: &Intake,
        poll: &Poll<'_>,
        step: Step,
        applied: &mut Applied,
    ) -> Result<(), Error> {
        let id = ArticleId(step.id.clone());
        let (key, home) = (ArticleKey::of_copy(&id), self.homes.of(&id, &poll.source.id));
        let is_home = home == Some(&poll.source.id);
        // Whoever only passes an article on may lose it; that it is gone everywhere is its home's to say.
        let only_here = step.kind == StepKind::Removed || home.is_some() && !is_home;
        let since = (!only_here).then_some(poll.now);
        if withdraw(intake, poll, (key, is_home), step.reason, since).await? {
            applied.withdrawn += 1;
            if only_here {
                ask_others(intake, poll)?;
            }
        }
        Ok(())
    }

    /// Whether an article is to be taken: not if its id is not the publisher's to give, and not if another source holds it,
    /// unless it is at home here.
    fn wants(&mut self, intake: &Intake, poll: &Poll<'_>, draft: &Draft) -> Result<bool, Error> {
        if !draft.is_copied {
            return Ok(false);
        }
        let (id, own) = (draft.id.as_str(), &poll.source.id);
        if is_own(intake, poll, &draft.id)? {
            self.copy.leave_out(id, Notice::OwnId, id.to_owned());
            return Ok(false);
        }
        if draft.path.len() <= 1
            && self.homes.of(&draft.id, own).is_none()
            && let Some(authority) = draft.id.authority()
        {
            self.copy.note_home(authority);
            self.homes.claim(authority, own);
        }
        let home = self.homes.of(&draft.id, own).cloned();
        if let Some(home) = &home
            && home != own
            && !self.homes.may_come_from(home, &draft.path)
        {
            self.copy.leave_out(id, Notice::ForeignId, format!("{id} ({home})"));
            return Ok(false);
        }
        let known = intake.store.known(draft.key())?;
        let takes = match &known {
            None => true,
            Some(known) if known.is_live() => {
                let is_other = known.source != *own;
                let says_more = is_other
                    && home.as_ref() == Some(own)
                    && !says_the_same(intake.store.last_article(draft.key())?.as_deref(), draft);
                self.copy.has_passed_over |= is_other && !says_more;
                !is_other || says_more
            }
            Some(known) => may_return(intake, known, draft, own, home.as_ref())?,
        };
        if takes {
            self.named.as_mut().map(|named| named.insert(draft.key()));
        }
        Ok(takes)
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
                let gone = withdraw(intake, poll, (key, false), None, None).await?;
                applied.withdrawn += usize::from(gone);
            }
        }
        self.keep(intake, poll.source)?;
        Ok(intake.progress().was_read_whole(&poll.source.id)?)
    }
}

/// Whether an article that is withdrawn may return: not if it was purged here, not by a mirror that lags, and not against the
/// word of its home.
fn may_return(
    intake: &Intake,
    known: &Meta,
    draft: &Draft,
    own: &SourceId,
    home: Option<&SourceId>,
) -> Result<bool, Error> {
    if intake.store.journal().is_purged(draft.key())? {
        return Ok(false);
    }
    if home == Some(own) {
        return Ok(true);
    }
    if home.is_some() {
        let event = intake.store.journal().get(known.seq)?;
        if event.is_some_and(|event| Some(event.change.source()) == home) {
            return Ok(false);
        }
    }
    let is_older = known.gone_since.is_some() && draft.revision <= known.revision;
    Ok(known.source == *own || !is_older)
}

/// Whether a draft has the texts of an article, wherever its files are.
fn says_the_same(article: Option<&Article>, draft: &Draft) -> bool {
    let bare = |html: &Option<String>| {
        html.as_deref()
            .map(|html| map_addresses(html, &mut |_, _| Some(String::new())).into_owned())
    };
    article.is_some_and(|article| {
        (&article.title, &article.summary) == (&draft.title, &draft.summary)
            && bare(&article.content) == bare(&draft.content)
    })
}

/// Whether an id is one that this dongtin gave an article, or gives to those of its own sources.
fn is_own(intake: &Intake, poll: &Poll<'_>, id: &ArticleId) -> Result<bool, Error> {
    if home::is_given_here(poll.config, id) {
        return Ok(true);
    }
    let Some(key) = id.as_str().rsplit('/').next().and_then(|key| key.parse().ok()) else {
        return Ok(false);
    };
    Ok(intake.store.known(key)?.is_some_and(|known| known.id == *id))
}

/// Applies the articles of a page together.
async fn apply_drafts(
    intake: &Intake,
    poll: &Poll<'_>,
    mut drafts: Vec<Draft>,
    applied: &mut Applied,
) -> Result<(), Error> {
    let Poll { source, now, .. } = *poll;
    // A document lists the newest first.
    drafts.reverse();
    let refined = Refined { drafts, ..Refined::default() };
    let resolved = intake.resolver.resolve(source, refined, Origin::Direct).await?;
    let batch = Batch { source, origin: Origin::Direct, now, published: 0, insists: &[] };
    applied.add(&apply(&intake.committer, batch, resolved).await?);
    Ok(())
}

/// Withdraws a copy; one of another source only where its id is at home here. Returns whether there was one.
async fn withdraw(
    intake: &Intake,
    poll: &Poll<'_>,
    (key, is_home): (ArticleKey, bool),
    reason: Option<String>,
    gone_since: Option<Timestamp>,
) -> Result<bool, Error> {
    let Poll { source, now, .. } = *poll;
    let known = intake.store.known(key)?;
    if known.is_some_and(|known| known.source != source.id && !is_home) {
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
    let copy: Option<Copy> = intake.progress().get(Kind::Copy, source.id.as_str()).ok().flatten();
    let noted = state.noted.get_or_insert_default();
    noted.ignored = copy.map(|copy| copy.warnings()).unwrap_or_default();
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
