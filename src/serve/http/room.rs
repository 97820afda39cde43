use super::error::{Answer, Kind, Problem};
use super::guarded_body::{ONE_PIECE, guarded};
use axum::response::{IntoResponse, Response};
use http::header;
use hyper::body::Body as _;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The KiB that an answer takes before its size is known: so few are made at once.
const UNSEEN_KIB: u32 = 512;
/// The most KiB that one answer takes, however large it is: more than all would have to wait for ever.
const MOST_KIB: usize = 8 << 10;
/// How long an answer waits for room before it is refused.
const PATIENCE: Duration = Duration::from_secs(if cfg!(test) { 0 } else { 2 });

/// Makes an answer whose body is its own, within the room (in KiB) that all such bodies share until their last byte is
/// sent: clients that read nothing hold that much and no more.
pub async fn within(room: &Arc<Semaphore>, make: impl Future<Output = Response>) -> Response {
    match enter(room).await {
        Some(held) => fit(room, Some(held), make.await),
        None => full().into_response(),
    }
}

/// Takes room for an answer whose size is not known yet; `None` if there is none and none came for a while.
pub async fn enter(room: &Arc<Semaphore>) -> Option<OwnedSemaphorePermit> {
    let waiting = Arc::clone(room).acquire_many_owned(UNSEEN_KIB);
    tokio::time::timeout(PATIENCE, waiting).await.ok()?.ok()
}

/// An answer that holds the room that it takes until its last byte is sent; a problem instead if there is not so much.
/// A small answer needs none.
fn fit(room: &Arc<Semaphore>, held: Option<OwnedSemaphorePermit>, answer: Response) -> Response {
    match trim(room, held, answer.body().size_hint().exact().unwrap_or(0)) {
        Ok(Some(held)) => answer.map(|body| guarded(body, held)),
        Ok(None) => answer,
        Err(full) => full.into_response(),
    }
}

/// The room that so many bytes take, of what was held for them; `None` for few bytes, which need none.
///
/// # Errors
/// There is not so much.
pub fn trim(
    room: &Arc<Semaphore>,
    held: Option<OwnedSemaphorePermit>,
    bytes: u64,
) -> Answer<Option<OwnedSemaphorePermit>> {
    if bytes <= ONE_PIECE {
        return Ok(None);
    }
    let mut held = held.ok_or_else(full)?;
    let needed = usize::try_from(bytes.div_ceil(1024)).unwrap_or(MOST_KIB).min(MOST_KIB);
    drop(held.split(held.num_permits().saturating_sub(needed)));
    let more = u32::try_from(needed - held.num_permits()).unwrap_or(u32::MAX);
    held.merge(Arc::clone(room).try_acquire_many_owned(more).map_err(|_| full())?);
    Ok(Some(held))
}

fn full() -> Box<Problem> {
    let en = "too many answers wait to be read by those who asked for them: come again";
    let vi = "quá nhiều phản hồi đang chờ máy khách đọc: hãy thử lại sau giây lát";
    Problem::new(Kind::Unavailable, en, vi).header(header::RETRY_AFTER, 2.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;

    #[tokio::test]
    async fn clients_that_read_nothing_hold_what_there_is_and_no_more() {
        let room = Arc::new(Semaphore::new(2_048));
        let answer = async |kib: usize| {
            within(&room, async { Body::from(vec![b'x'; kib << 10]).into_response() }).await
        };
        let mut held = vec![answer(1_000).await, answer(400).await];
        assert_eq!(room.available_permits(), 648);
        assert_eq!(answer(1_200).await.status(), 503, "it does not fit");
        assert_eq!(answer(10).await.status(), 200, "small ones do");
        held.push(answer(600).await);
        assert_eq!(answer(10).await.status(), 503, "and wait while there is no room at all");
        drop(held);
        assert_eq!(room.available_permits(), 2_048);
        assert_eq!(answer(1_200).await.status(), 200);
    }
}
