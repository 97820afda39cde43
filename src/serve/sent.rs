//! The body of an answer, watched to its end: until then the connection is being answered.

use super::guests::Standing;
use axum::body::{Body, Bytes, HttpBody};
use axum::response::Response;
use hyper::body::{Frame, SizeHint};
use std::pin::Pin;
use std::task::{Context, Poll};

/// A body of so many bytes at most goes in one piece; nothing is put around it.
const ONE_PIECE: u64 = 64 << 10;

/// The answer; says when the last of its body is handed over, at once where there is little or nothing.
pub fn watched(answer: Response, standing: &Standing) -> Response {
    let body = answer.body();
    if body.is_end_stream() || body.size_hint().exact().is_some_and(|bytes| bytes <= ONE_PIECE) {
        standing.handed_over();
        return answer;
    }
    answer.map(|body| Body::new(ToTheEnd { body, standing: standing.clone() }))
}

/// A body that says when it is dropped, which hyper does with its last piece.
struct ToTheEnd {
    body: Body,
    standing: Standing,
}

impl Drop for ToTheEnd {
    fn drop(&mut self) {
        self.standing.handed_over();
    }
}

impl HttpBody for ToTheEnd {
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
