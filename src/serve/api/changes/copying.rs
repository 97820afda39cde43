use super::query::{Asking, unknown_cursor};
use crate::config::Config;
use crate::deliver::{Bounds, Cursor, Page, Reader, Rendering, Selection, Selector};
use crate::model::Seq;
use crate::serve::http::error::{Answer, Problem, run_blocking};
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
    config: Arc<Config>,
    selector: Selector,
    selection: Option<String>,
}

impl Copying {
    /// Begins with the selection that is asked for.
    ///
    /// # Errors
    /// A problem that names what is not there.
    pub fn begin(state: &Arc<State>, asked: Option<&Asking>) -> Answer<Arc<Self>> {
        let config = state.config.load_full();
        let selection = match asked {
            Some(asking) => asking.resolve(&config)?,
            None => Selection::default(),
        };
        Ok(Arc::new(Self {
            state: Arc::clone(state),
            config,
            selector: Selector::new(&selection),
            selection: selection.fingerprint(),
        }))
    }

    /// The cursor, if it is of this selection and of this journal.
    ///
    /// # Errors
    /// 410.
    pub async fn own_cursor(&self, cursor: Cursor) -> Answer<Cursor> {
        if cursor.seq == Seq(0) {
            return Ok(Cursor { selection: self.selection.clone(), ..Cursor::default() });
        }
        if cursor.selection != self.selection || cursor.walk.is_some() {
            return Err(self.gone(&cursor, true));
        }
        let journal = &self.state.journal;
        let last = journal.last();
        if cursor.seq > last {
            return Err(self.gone(&cursor, false));
        }
        let (seq, journal) = (cursor.seq, journal.clone());
        let found = run_blocking(move || seq == last || journal.log().has(seq).unwrap_or(false));
        if found.await? { Ok(cursor) } else { Err(self.gone(&cursor, false)) }
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
        read(&Reader {
            journal: &self.state.journal,
            selector: &self.selector,
            old: None,
            rendering: Rendering {
                site: &self.config.site,
                sources: &self.config.sources,
                journal: &identity,
                full_content: true,
                emails: false,
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
