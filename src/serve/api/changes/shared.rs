use crate::config::Config;
use crate::deliver::{Cursor, Selection};
use crate::feeds::Encoding;
use crate::model::Seq;
use crate::serve::http::error::Answer;
use axum::body::Bytes;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use tokio::sync::{OnceCell, OwnedSemaphorePermit};

/// How a page is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A `StepPage`.
    Document,
    /// A step a line, and a last line.
    Lines,
    /// A list of steps.
    Array,
    /// Server-sent events: each step one, with its cursor as the id.
    Events,
    /// Server-sent events as Durable Streams wants them: `data` with a list, then `control` with the offset; `echo` is for
    /// `streamCursor`.
    DurableEvents { echo: u64 },
}

/// A page as it is sent, to one reader or to many.
pub struct WrittenPage {
    pub bytes: Bytes,
    pub next: Cursor,
    /// Whether there is more behind `next` now.
    pub more: bool,
    /// Whether it has no step.
    pub is_empty: bool,
    pub coding: Encoding,
    /// The hash of the bytes before they were compressed.
    pub tag: String,
    /// The room that it takes until the last reader has it.
    pub _room: Option<OwnedSemaphorePermit>,
}

/// Everything that a page follows from.
#[derive(Clone)]
pub struct Question {
    pub cursor: Cursor,
    pub limit: usize,
    pub form: Form,
    pub coding: Encoding,
    pub selection: Selection,
    pub full_content: bool,
    pub emails: bool,
    pub config: Arc<Config>,
    /// The last event, and the version of the copies of files.
    pub moment: (Seq, u64),
}

impl Question {
    fn is_same(&self, other: &Self) -> bool {
        let rights = |question: &Self| (question.full_content, question.emails);
        let ask =
            |question: &Self| (question.moment, question.limit, question.form, question.coding);
        self.cursor == other.cursor
            && ask(self) == ask(other)
            && rights(self) == rights(other)
            && Arc::ptr_eq(&self.config, &other.config)
            && self.selection == other.selection
    }
}

/// Pages that are being made or sent. Readers who ask the same while nothing happened get the same bytes: an event that
/// wakes a thousand readers is read and written once. Nothing is kept beyond the last of them.
#[derive(Default)]
pub struct SharedPages(Mutex<Vec<Weak<Flight>>>);

/// A page for all who ask the same.
struct Flight {
    question: Question,
    page: OnceCell<Answer<Arc<WrittenPage>>>,
}

/// One reader's share of a page.
pub struct SharedPage {
    page: Arc<WrittenPage>,
    _flight: Arc<Flight>,
}

impl std::ops::Deref for SharedPage {
    type Target = WrittenPage;

    fn deref(&self) -> &WrittenPage {
        &self.page
    }
}

impl SharedPages {
    /// The page that answers a question: made by the first who asks, awaited by the others.
    ///
    /// # Errors
    /// The page cannot be made; all who wait for it hear the same.
    pub async fn get(
        &self,
        question: Question,
        make: impl AsyncFnOnce(&Question) -> Answer<WrittenPage>,
    ) -> Answer<SharedPage> {
        let flight = self.flight(question);
        let made = flight.page.get_or_init(|| async { make(&flight.question).await.map(Arc::new) });
        let page = made.await.clone()?;
        Ok(SharedPage { page, _flight: flight })
    }

    fn flight(&self, question: Question) -> Arc<Flight> {
        let mut flights = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut found = None;
        flights.retain(|flight| {
            let Some(flight) = flight.upgrade() else { return false };
            if found.is_none() && flight.question.is_same(&question) {
                found = Some(flight);
            }
            true
        });
        found.unwrap_or_else(|| {
            let flight = Arc::new(Flight { question, page: OnceCell::new() });
            flights.push(Arc::downgrade(&flight));
            flight
        })
    }
}
