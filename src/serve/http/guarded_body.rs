//! A body that holds something until it was sent or given up: room in memory, a place among those being answered.

use axum::body::{Body, Bytes, HttpBody};
use hyper::body::{Frame, SizeHint};
use std::pin::Pin;
use std::task::{Context, Poll};

/// The body; what it holds is dropped with it, which hyper does with the last piece.
pub fn held<H: Send + Unpin + 'static>(body: Body, hold: H) -> Body {
    Body::new(Held { body, _hold: hold })
}

struct Held<H> {
    body: Body,
    _hold: H,
}

impl<H: Unpin> HttpBody for Held<H> {
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
