use super::query::{Asking, unknown_cursor};
use super::shared::{Form, Question};
use crate::config::Config;
use crate::deliver::{
    Bounds, Cursor, Page, Reader, Rendering, Selection, Selector, Walk, feed_filter,
};
use crate::feeds::Encoding;
use crate::model::{FeedId, Filter, Partner, Seq};
use crate::serve::http::error::{Answer, Kind, Problem, run_blocking};
use crate::serve::state::{Phase, State};
use http::{HeaderMap, HeaderName, HeaderValue};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// How long an answer waits until the views show its events, and until an event that is being written is durable.
const SHOWN_WITHIN: Duration = Duration::from_secs(2);
/// Events that one page looks at.
const EVENTS: usize = 5_000;
/// Unpacked bytes that one page looks at.
const EVENT_BYTES: usize = 16 << 20;

/// One copy that is being read.
pub struct Copying {
    pub state: Arc<State>,
    pub config: Arc<Config>,
    /// Who reads; `None` for the public.
    partner: Option<Partner>,
    selection: Selection,
    selector: Selector,
    fingerprint: Option<String>,
    /// The selection that a walk leaves.
    old: Option<Selector>,
}

impl Copying {
    /// Begins at a cursor with the partner's selection, or with the one that is asked for.
    ///
    /// # Errors
    /// 400 names what is not there, 410 says that the cursor is of another selection or journal.
    pub async fn begin(
        state: &Arc<State>,
        config: Arc<Config>,
        partner: Option<Partner>,
        asked: Option<&Asking>,
        cursor: Cursor,
    ) -> Answer<(Arc<Self>, Cursor)> {
        let configured = partner.as_ref().filter(|partner| partner.has_selection());
        let selection = match (configured, asked) {
            (Some(_), Some(_)) => return Err(selected_already()),
            (Some(partner), None) => selection_of(partner, &config),
            (None, Some(asking)) => asking.resolve(&config)?,
            (None, None) => Selection::default(),
        };
        let mut copying = Self {
            state: Arc::clone(state),
            config,
            partner,
            selector: Selector::new(&selection),
            fingerprint: selection.fingerprint(),
            selection,
            old: None,
        };
        let cursor = copying.own_cursor(cursor, asked.is_none())?;
        copying.check_journal(&cursor).await?;
        copying.note(&cursor);
        Ok((Arc::new(copying), cursor))
    }

    /// The cursor, if it is of this selection. One of a partner's earlier selection begins a walk to the present one.
    fn own_cursor(&mut self, cursor: Cursor, is_configured: bool) -> Answer<Cursor> {
        let partner = self.partner.as_ref().filter(|_| is_configured);
        let earlier = partner
            .map(|partner| self.state.partners.earlier_selections(&partner.id, &self.selection));
        if cursor.seq == Seq(0) {
            return Ok(Cursor { selection: self.fingerprint.clone(), ..Cursor::default() });
        }
        let cursor = match cursor {
            cursor if cursor.selection == self.fingerprint => cursor,
            Cursor { seq, selection, walk: None } => {
                let walk = Some(Walk { at: Seq(0), from: selection });
                Cursor { seq, selection: self.fingerprint.clone(), walk }
            }
            cursor => return Err(self.gone(&cursor, true)),
        };
        if let Some(walk) = &cursor.walk {
            let is_it = |old: &Selection| old.fingerprint() == walk.from;
            let old = earlier.unwrap_or_default().into_iter().find(is_it);
            let old = old.ok_or_else(|| self.gone(&cursor, true))?;
            self.old = Some(Selector::new(&old));
        }
        Ok(cursor)
    }

    /// Makes sure that the cursor is of this journal.
    async fn check_journal(&self, cursor: &Cursor) -> Answer<()> {
        let (seq, last, journal) =
            (cursor.seq, self.state.journal.last(), self.state.journal.clone());
        if seq == last || seq == Seq(0) {
            return Ok(());
        }
        let has = move || seq < last && journal.log().has(seq).unwrap_or(false);
        if run_blocking(has).await? { Ok(()) } else { Err(self.gone(cursor, false)) }
    }

    /// Notes that the partner has everything up to a cursor.
    pub fn note(&self, cursor: &Cursor) {
        if let Some(partner) = &self.partner {
            let now = (self.state.now)();
            self.state.partners.note(&partner.id, &self.selection, cursor, now);
        }
    }

    /// A page as it is asked for now.
    pub fn question(&self, cursor: Cursor, limit: usize, form: Form, coding: Encoding) -> Question {
        let (full_content, emails) = self.rights();
        Question {
            cursor,
            limit,
            form,
            coding,
            selection: self.selection.clone(),
            full_content,
            emails,
            config: Arc::clone(&self.config),
            moment: (self.state.journal.last(), self.state.store.copies().version()),
        }
    }

    /// Whether bodies and authors' e-mail addresses are included.
    fn rights(&self) -> (bool, bool) {
        let full_content = self.partner.as_ref().is_none_or(|partner| partner.full_content);
        (full_content, self.partner.as_ref().is_some_and(|partner| partner.emails))
    }

    /// Whether nothing has happened since a cursor.
    pub fn is_at_end(&self, cursor: &Cursor) -> bool {
        cursor.walk.is_none() && cursor.seq >= self.state.journal.last()
    }

    /// Whether caches between us and the reader may keep answers.
    pub fn is_public(&self) -> bool {
        self.partner.is_none() && self.config.changes.public
    }

    fn gone(&self, cursor: &Cursor, other_selection: bool) -> Box<Problem> {
        let identity = HeaderValue::from_str(&self.state.journal.identity()).ok();
        let problem = unknown_cursor(cursor, other_selection);
        match identity {
            Some(identity) => problem.header(HeaderName::from_static("dongtin-journal"), identity),
            None => problem,
        }
    }

    /// Sets the headers of every answer that has a cursor.
    pub fn name(&self, next: &Cursor, headers: &mut HeaderMap) {
        let identity = self.state.journal.identity();
        for (name, value) in
            [("dongtin-next", next.to_string()), ("dongtin-journal", identity.to_string())]
        {
            let value = HeaderValue::from_str(&value).ok();
            headers.extend(value.map(|value| (HeaderName::from_static(name), value)));
        }
    }

    /// The page after a cursor, with at most so many steps and about so many bytes.
    ///
    /// # Errors
    /// An event cannot be read.
    pub async fn read(
        self: &Arc<Self>,
        cursor: &Cursor,
        steps: usize,
        bytes: usize,
    ) -> Answer<Page> {
        let bounds = Bounds { steps, bytes, events: EVENTS, event_bytes: EVENT_BYTES };
        let mut page = self.read_now(cursor.clone(), bounds).await?;
        if let Some(pending) = page.pending.filter(|_| page.steps.is_empty()) {
            let mut tail = self.state.journal.tail();
            let durable = tail.wait_for(|last| *last >= pending);
            let is_durable = tokio::time::timeout(SHOWN_WITHIN, durable).await.is_ok();
            page = self.read_now(page.next, bounds).await?;
            page.more &= is_durable;
        }
        // A partner that hears of a change finds it in the feeds too; a store that lags delays nobody for long.
        let shown = self.state.store.caught_up(page.next.seq);
        let _ = tokio::time::timeout(SHOWN_WITHIN, shown).await;
        Ok(page)
    }

    async fn read_now(self: &Arc<Self>, cursor: Cursor, bounds: Bounds) -> Answer<Page> {
        let copying = Arc::clone(self);
        let read = run_blocking(move || copying.reader(|reader| reader.read(&cursor, bounds)));
        read.await?.map_err(|error| Problem::internal(&error))
    }

    fn reader<T>(&self, read: impl FnOnce(&Reader<'_>) -> T) -> T {
        let identity = self.state.journal.identity();
        let (full_content, emails) = self.rights();
        read(&Reader {
            journal: &self.state.journal,
            selector: &self.selector,
            old: self.old.as_ref(),
            rendering: Rendering {
                site: &self.config.site,
                sources: &self.config.sources,
                store: Some(&self.state.store),
                journal: &identity,
                full_content,
                emails,
            },
        })
    }

    /// Waits until there is an event after a number; `false` if it is `until` first, or the daemon stops.
    pub async fn wait_for_news(&self, after: Seq, until: Instant) -> bool {
        let mut tail = self.state.journal.tail();
        let mut phase = self.state.phase.clone();
        tokio::select! {
            news = tail.wait_for(|last| *last > after) => news.is_ok(),
            _ = phase.wait_for(|phase| *phase == Phase::Stopping) => false,
            () = tokio::time::sleep_until(until) => false,
        }
    }

    /// Whether the daemon stops.
    pub fn is_stopping(&self) -> bool {
        *self.state.phase.borrow() == Phase::Stopping
    }
}

/// The selection that the config gives a partner; the config's check made sure that its feeds are there.
fn selection_of(partner: &Partner, config: &Config) -> Selection {
    let feed = |name: &String| FeedId::new(name).ok().and_then(|id| feed_filter(config, &id));
    // A feed that is not there takes nothing: no article has this source.
    let nothing = || Filter { sources: vec![String::new()], ..Filter::default() };
    let feeds = partner.feeds.iter().map(|name| feed(name).unwrap_or_else(nothing)).collect();
    Selection::new(feeds, partner.filter.clone())
}

fn selected_already() -> Box<Problem> {
    Problem::new(
        Kind::BadRequest,
        "the operator has set this partner's selection: leave `feed`, `source`, `category`, `language` and `province` out",
        "người vận hành đã đặt lựa chọn tin cho đối tác này: hãy bỏ `feed`, `source`, `category`, `language`, `province`",
    )
}
