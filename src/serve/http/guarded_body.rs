use super::connections::Standing;
use axum::body::{Body, Bytes, HttpBody};
use axum::response::Response;
use hyper::body::{Frame, SizeHint};
use std::pin::Pin;
use std::task::{Context, Poll};

/// A body up to this many bytes is handed over in one piece, so it needs no guard.
pub const ONE_PIECE: u64 = 64 << 10;

/// The body with a guard that is dropped with it; hyper drops a body after its last piece.
pub fn guarded<G: Send + Unpin + 'static>(body: Body, guard: G) -> Body {
    Body::new(GuardedBody { body, _guard: guard })
}

/// The answer; its connection counts as being answered until the last of the body is handed over.
pub fn guarded_by_connection(answer: Response, standing: &Standing) -> Response {
    let body = answer.body();
    if body.is_end_stream() || body.size_hint().exact().is_some_and(|bytes| bytes <= ONE_PIECE) {
        standing.handed_over();
        return answer;
    }
    answer.map(|body| guarded(body, HandedOver(standing.clone())))
}

struct HandedOver(Standing);

impl Drop for HandedOver {
    fn drop(&mut self) {
        self.0.handed_over();
    }
}

struct GuardedBody<G> {
    body: Body,
    _guard: G,
}

impl<G: Unpin> HttpBody for GuardedBody<G> {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
