use super::EVENTS;
use super::copying::Copying;
use super::forms::control;
use super::page::page_of;
use super::shared::{Form, SharedPage};
use crate::deliver::Cursor;
use crate::feeds::Encoding;
use crate::serve::http::error::{Answer, Kind, Problem};
use crate::serve::http::pieces::in_pieces;
use axum::body::Bytes;
use axum::response::Response;
use http::{HeaderValue, header};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;

/// Steps of one piece.
const STEPS: usize = 100;
/// The longest silence, after which a comment is sent: proxies close what is silent.
const SILENCE: Duration = Duration::from_secs(15);
/// How long a stream lasts; its reader comes again with `Last-Event-ID`.
const LASTS: Duration = Duration::from_secs(600);
/// Tells the reader to come again after 3 seconds.
const BEGINNING: &str = "retry: 3000\n\n";

/// One server-sent event, as the document of the API describes it.
#[derive(utoipa::ToSchema)]
#[schema(as = Event)]
#[allow(dead_code)]
pub struct WrittenEvent {
    /// The cursor after this event.
    id: Option<String>,
    /// `put`, `removed` or `withdrawn`; in a stream of Durable Streams `data` or `control`.
    event: Option<String>,
    /// JSON: a step, a list of steps, or what `control` says.
    data: Option<serde_json::Value>,
    /// Milliseconds after which to come again.
    retry: Option<u64>,
}

/// A stream at one moment.
struct Stream {
    copying: Arc<Copying>,
    cursor: Cursor,
    /// The cursor that the reader knows of.
    told: Cursor,
    ends: Instant,
    form: Form,
    begun: bool,
    /// The piece that is being sent.
    sent: Option<SharedPage>,
    _place: OwnedSemaphorePermit,
}

/// A stream of the steps after a cursor.
///
/// # Errors
/// 503 if too many wait already.
pub fn answer(copying: Arc<Copying>, cursor: Cursor, form: Form) -> Answer<Response> {
    let place = Arc::clone(&copying.state.waiters).try_acquire_owned().map_err(|_| too_many())?;
    let ends = Instant::now() + LASTS;
    let mut response = Response::default();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(EVENTS));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    headers.append(header::VARY, HeaderValue::from_static("Accept, Authorization"));
    copying.name(&cursor, headers);
    let told = cursor.clone();
    let stream =
        Stream { copying, cursor, told, ends, form, begun: false, sent: None, _place: place };
    *response.body_mut() = in_pieces(Box::new(stream), next_piece);
    Ok(response)
}

fn too_many() -> Box<Problem> {
    let (en, vi) = (
        "too many readers wait already: come again in a while, or ask without a stream",
        "đã có quá nhiều người đọc đang chờ: hãy thử lại sau, hoặc đọc từng trang",
    );
    Problem::new(Kind::Unavailable, en, vi).header(header::RETRY_AFTER, 30.into())
}

/// The next piece: steps, or after a silence a comment. `None` ends the stream.
async fn next_piece(mut stream: Box<Stream>) -> Option<(Bytes, Box<Stream>)> {
    if !stream.begun {
        stream.begun = true;
        return Some((stream.beginning(), stream));
    }
    // What was sent before is with the reader's system by now.
    stream.sent = None;
    stream.copying.note(&stream.cursor);
    let until = stream.ends.min(Instant::now() + SILENCE);
    loop {
        let page = stream.page().await.ok()?;
        stream.cursor = page.next.clone();
        if !page.is_empty {
            stream.told = stream.cursor.clone();
            return Some((stream.send(page), stream));
        }
        let goes_on = page.more || stream.copying.wait_for_news(stream.cursor.seq, until).await;
        if stream.copying.is_stopping() || Instant::now() >= stream.ends {
            return None;
        }
        if !goes_on || Instant::now() >= until {
            return Some((stream.comment(), stream));
        }
    }
}

impl Stream {
    /// What a stream begins with. One of Durable Streams says at once where it is.
    fn beginning(&self) -> Bytes {
        match self.form {
            Form::DurableEvents { echo } => {
                let is_last = self.cursor.walk.is_none()
                    && self.cursor.seq == self.copying.state.journal.last();
                control(&self.cursor, echo, is_last).into()
            }
            _ => Bytes::from_static(BEGINNING.as_bytes()),
        }
    }

    async fn page(&self) -> Answer<SharedPage> {
        let (cursor, coding) = (self.cursor.clone(), Encoding::Identity);
        let question = self.copying.question(cursor, STEPS, self.form, coding);
        page_of(&self.copying, question).await
    }

    /// The bytes of a page, whose room is held until the next piece is asked for.
    fn send(&mut self, page: SharedPage) -> Bytes {
        let bytes = page.bytes.clone();
        self.sent = Some(page);
        bytes
    }

    /// A comment; with the cursor, if it moved over events that are none of this selection.
    fn comment(&mut self) -> Bytes {
        let moved = self.told != self.cursor;
        self.told = self.cursor.clone();
        match self.form {
            Form::DurableEvents { echo } if moved => control(&self.cursor, echo, true).into(),
            Form::Events if moved => format!("id: {}\n:\n\n", self.cursor).into(),
            _ => Bytes::from_static(b":\n\n"),
        }
    }
}
