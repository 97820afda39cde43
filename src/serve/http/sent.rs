//! The body of an answer, watched to its end: until then the connection is being answered.

use super::connections::Standing;
use super::guarded_body::held;
use axum::body::HttpBody;
use axum::response::Response;

/// A body of so many bytes at most goes in one piece; nothing is put around it.
const ONE_PIECE: u64 = 64 << 10;

/// The answer; says when the last of its body is handed over, at once where there is little or nothing.
pub fn watched(answer: Response, standing: &Standing) -> Response {
    let body = answer.body();
    if body.is_end_stream() || body.size_hint().exact().is_some_and(|bytes| bytes <= ONE_PIECE) {
        standing.handed_over();
        return answer;
    }
    answer.map(|body| held(body, Told(standing.clone())))
}

/// Says it when it is dropped.
struct Told(Standing);

impl Drop for Told {
    fn drop(&mut self) {
        self.0.handed_over();
    }
}
