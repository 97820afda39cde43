//! A follower, one page of its leader's journal after the other: ask → judge → screen → append → purge → say how far.

use crate::config::FollowConfig;
use crate::fetch::{AskedEvents, EventPage, EventsError, fetch_events, request_of_leader};
use crate::journal::archive::LAST_NUMBER;
use crate::journal::{self, Journal, Standing};
use crate::model::{Change, Event, JournalHead, Seq, Timestamp};
use crate::net::Client;
use crate::refine;
use crate::store::{self, Store};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Events in one page.
const PAGE: usize = 1_000;
/// How long the leader may wait for news before it answers.
const WAIT: Duration = Duration::from_secs(20);

/// Why a follower does not follow.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// The leader cannot be asked, or does not answer as one.
    #[error("the leader gives nothing: {0}")]
    NoAnswer(String),
    #[error(
        "the leader has another journal ({theirs}): this one was never a copy of it; take [follow] out, or move the data directory aside to copy it from its beginning"
    )]
    OtherJournal { theirs: String },
    /// It was replaced while it was away.
    #[error(
        "the leader is of term {theirs} and was replaced by one of term {ours}: let it follow that one, or `dongtin promote` it"
    )]
    OldLeader { theirs: u64, ours: u64 },
    /// The leader went back and took another road, or this node has news of its own.
    #[error(
        "event {last} is not in the leader's journal, which was restored from a backup or replaced: `dongtin rejoin` says what only this node has and gives it up, `dongtin promote` keeps it and leads"
    )]
    OtherRoad { last: Seq },
    #[error("the leader does not lead: {0}")]
    NotLeading(String),
    /// What came cannot be written here.
    #[error("what the leader gave is not written: {0}")]
    NotWritten(String),
}

impl Trouble {
    /// Whether it may pass with nobody doing anything about it.
    pub fn may_pass(&self) -> bool {
        matches!(self, Self::NoAnswer(_) | Self::NotWritten(_))
    }
}

impl From<EventsError> for Trouble {
    fn from(error: EventsError) -> Self {
        match error {
            EventsError::NotLeading(said) => Self::NotLeading(said),
            other => Self::NoAnswer(other.to_string()),
        }
    }
}

impl From<journal::Error> for Trouble {
    fn from(error: journal::Error) -> Self {
        match error {
            journal::Error::OutOfOrder { seq, .. } => Self::OtherRoad { last: seq },
            other => Self::NotWritten(other.to_string()),
        }
    }
}

impl From<store::Error> for Trouble {
    fn from(error: store::Error) -> Self {
        Self::NotWritten(error.to_string())
    }
}

/// How far a follower is behind its leader.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Behind {
    /// Events that are not here yet, as far as is known; `None` before the leader has first answered.
    pub events: Option<u64>,
    /// Since when it has not been known to have everything; `None` while it has.
    pub since: Option<Timestamp>,
    /// When the leader last answered.
    pub answered: Option<Timestamp>,
    /// Why it does not get on, if it does not.
    pub trouble: Option<Trouble>,
}

impl Behind {
    /// Seconds that it is behind.
    pub fn seconds(&self, now: Timestamp) -> i64 {
        self.since.map_or(0, |since| (now.millis() - since.millis()).max(0) / 1_000)
    }
}

/// The copying of a leader's journal; it does something only while the journal follows.
pub struct Standby {
    journal: Journal,
    store: Store,
    behind: Mutex<Behind>,
    /// Held while a page is written, and while this node is made the leader.
    pub turn: tokio::sync::Mutex<()>,
}

impl Standby {
    pub fn new(store: Store) -> Self {
        let journal = store.journal().clone();
        Self { journal, store, behind: Mutex::default(), turn: tokio::sync::Mutex::default() }
    }

    /// How far it is behind; `None` if it leads.
    pub fn behind(&self) -> Option<Behind> {
        (!self.journal.leads()).then(|| self.known().clone())
    }

    /// Whether it once had everything, so that what it shows is not half a copy.
    pub fn was_whole(&self) -> bool {
        self.journal.standing().was_whole
    }

    /// Copies one page. Returns whether there is more.
    ///
    /// # Errors
    /// Why there is none, or why it was not taken.
    pub async fn copy_page(
        &self,
        client: &Client,
        follow: &FollowConfig,
        now: fn() -> Timestamp,
    ) -> Result<bool, Trouble> {
        let copied = self.try_copy_page(client, follow, now).await;
        if let Err(trouble) = &copied {
            let mut known = self.known();
            known.since = known.since.or(known.answered).or_else(|| Some(now()));
            known.trouble = Some(trouble.clone());
        }
        copied
    }

    async fn try_copy_page(
        &self,
        client: &Client,
        follow: &FollowConfig,
        now: fn() -> Timestamp,
    ) -> Result<bool, Trouble> {
        let last = self.journal.last();
        // While something is wrong, an answer is wanted at once.
        let wait = if self.known().trouble.is_some() { Duration::ZERO } else { WAIT };
        let page = self.ask(client, follow, last, PAGE, wait).await?;
        let _alone = self.turn.lock().await;
        if self.journal.leads() {
            return Ok(false);
        }
        self.accept(&page.head, last)?;
        let EventPage { head, events } = page;
        let newest = events.last().map(|event| event.at);
        if let Some(oldest) = events.first().map(|event| event.at) {
            self.known().since.get_or_insert(oldest);
            let screened = tokio::task::spawn_blocking(|| screened(events)).await;
            let events = screened.map_err(|error| Trouble::NotWritten(error.to_string()))?;
            self.journal.follow(events).await?;
        }
        self.purge(&head).await?;
        let is_whole = self.journal.last() >= head.last;
        self.note(&head, is_whole, newest, now())?;
        Ok(!is_whole)
    }

    /// Follows the leader that the config names, although this node was promoted over it, if that one was promoted later.
    ///
    /// # Errors
    /// The journal cannot be read or written.
    pub async fn follow_if_later(
        &self,
        client: &Client,
        follow: &FollowConfig,
    ) -> Result<(), Trouble> {
        let last = self.journal.last();
        let theirs = match self.fetch(client, follow, last, 1, Duration::ZERO).await? {
            Ok(page) => Some((page.head.journal, page.head.term)),
            Err(EventsError::OtherRoad { journal, term, .. }) => journal.zip(term),
            Err(_) => None,
        };
        let _alone = self.turn.lock().await;
        let standing = self.journal.standing();
        let is_later = |(journal, term): &(String, u64)| {
            *journal == *self.journal.identity() && *term > standing.term
        };
        let Some((_, term)) = theirs.filter(is_later) else { return Ok(()) };
        if let Some(following) = standing.following(term) {
            tracing::warn!(term, "another node was promoted after this one, which follows it now");
            self.journal.set_standing(following)?;
        }
        Ok(())
    }

    /// Asks for events after one that is here.
    async fn ask(
        &self,
        client: &Client,
        follow: &FollowConfig,
        after: Seq,
        limit: usize,
        wait: Duration,
    ) -> Result<EventPage, Trouble> {
        let page = self.fetch(client, follow, after, limit, wait).await?;
        page.map_err(|error| match error {
            EventsError::OtherRoad { journal, term, .. } => self.other_road(journal, term, after),
            error => error.into(),
        })
    }

    async fn fetch(
        &self,
        client: &Client,
        follow: &FollowConfig,
        after: Seq,
        limit: usize,
        wait: Duration,
    ) -> Result<Result<EventPage, EventsError>, Trouble> {
        let mark = self.journal.mark_of(after)?;
        let purged = self.journal.last_purge()?.map(|purge| purge.mark());
        let (mark, purged) = (mark.as_deref(), purged.as_deref());
        let asked = AskedEvents { after, mark, purged, limit, wait };
        Ok(match request_of_leader(follow).await {
            Ok(request) => fetch_events(client, request, &asked).await,
            Err(error) => Err(error),
        })
    }

    /// Why the leader's journal does not have an event that is here.
    fn other_road(&self, journal: Option<String>, term: Option<u64>, last: Seq) -> Trouble {
        let ours = self.journal.standing().term;
        match (journal, term) {
            (Some(theirs), _) if theirs != *self.journal.identity() => {
                Trouble::OtherJournal { theirs }
            }
            (_, Some(theirs)) if theirs < ours => Trouble::OldLeader { theirs, ours },
            _ => Trouble::OtherRoad { last },
        }
    }

    /// Accepts the leader of a page: from now on this journal follows it, whatever the config says.
    fn accept(&self, head: &JournalHead, last: Seq) -> Result<(), Trouble> {
        let following = self.judge(head, last)?;
        if head.journal != *self.journal.identity() {
            self.journal.adopt_identity(&head.journal)?;
        }
        Ok(self.journal.set_standing(following)?)
    }

    /// How this journal stands behind the leader of a page: one of the same journal, that nobody has replaced.
    fn judge(&self, head: &JournalHead, last: Seq) -> Result<Standing, Trouble> {
        let standing = self.journal.standing();
        if head.last > LAST_NUMBER {
            return Err(Trouble::NoAnswer("its numbers leave no room for later ones".to_owned()));
        }
        if head.journal != *self.journal.identity() && last > Seq(0) {
            return Err(Trouble::OtherJournal { theirs: head.journal.clone() });
        }
        let old = Trouble::OldLeader { theirs: head.term, ours: standing.term };
        standing.following(head.term).ok_or(old)
    }

    /// Purges what the leader has purged, as soon as everything is here that it had then.
    async fn purge(&self, head: &JournalHead) -> Result<(), Trouble> {
        let last = self.journal.last();
        let due = head.purges.iter().take_while(|purge| purge.after <= last || last >= head.last);
        for purge in due {
            self.store.caught_up(last).await;
            let (store, purge) = (self.store.clone(), purge.clone());
            let purging = tokio::task::spawn_blocking(move || store.purge(&purge)).await;
            purging.map_err(|error| Trouble::NotWritten(error.to_string()))??;
        }
        Ok(())
    }

    fn note(
        &self,
        head: &JournalHead,
        is_whole: bool,
        newest: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<(), Trouble> {
        let standing = self.journal.standing();
        if is_whole && !standing.was_whole {
            let standing = Standing { was_whole: true, ..(*standing).clone() };
            self.journal.set_standing(standing)?;
        }
        let mut known = self.known();
        known.events = Some(head.count.saturating_sub(self.journal.event_count()));
        known.since = if is_whole { None } else { newest.or(known.since) };
        (known.answered, known.trouble) = (Some(now), None);
        Ok(())
    }

    /// The last event on which this node and its leader agree, by asking for ever older ones.
    ///
    /// # Errors
    /// The leader cannot be asked, or is none that may be followed.
    pub async fn agreed(&self, client: &Client, follow: &FollowConfig) -> Result<Seq, Trouble> {
        let mut back = 1;
        let mut at = self.journal.last();
        loop {
            match self.ask(client, follow, at, 1, Duration::ZERO).await {
                Ok(page) => {
                    self.judge(&page.head, at)?;
                    return Ok(at);
                }
                Err(Trouble::OtherRoad { .. }) if at > Seq(0) => {
                    at = self.before(at, back)?;
                    back *= 2;
                }
                Err(trouble) => return Err(trouble),
            }
        }
    }

    /// The event so many events before one; 0 if there are not so many.
    fn before(&self, seq: Seq, count: usize) -> Result<Seq, journal::Error> {
        let mut at = seq;
        for _ in 0..count {
            let Some((before, _)) = self.journal.log().record(at)? else { return Ok(Seq(0)) };
            at = before;
        }
        Ok(at)
    }

    fn known(&self) -> MutexGuard<'_, Behind> {
        self.behind.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Events whose articles can do no harm, whoever has the leader in his hand. An article of ours stays as it is.
fn screened(mut events: Vec<Event>) -> Vec<Event> {
    for event in &mut events {
        if let Change::Published { article } | Change::Revised { article } = &mut event.change {
            refine::screen(Arc::make_mut(article));
        }
    }
    events
}
