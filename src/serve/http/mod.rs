//! The protocol, apart from what is served: from a connection to the bytes of an answer.
//!
//! In: TCP connections and request heads. Out: bodies within their limits, what the client accepts and has, answers with
//! their headers, problem documents.

/// The accept loop: connections in, each served under our limits, all closed in time at a stop.
pub mod accept;
/// Which connections are open, and which of them closes when a place is needed.
pub mod connections;
/// Looks at the raw heads of a connection for request smuggling, and limits how long a write may stall.
pub mod framing;
/// What holds for every request: panics, problems, security headers, counting.
pub mod middleware;
/// The log line and the counts of each request, by route, method and status.
pub mod request_log;
/// What the client accepts: media type, coding, language.
pub mod negotiate;
/// Which revision the client has: ETags and dates.
pub mod conditional;
/// `Range` and `If-Range`.
pub mod range;
/// A request's body within its limits.
pub mod body;
/// A page or JSON made for one request, compressed as the client accepts; feeds bring their codings with them.
pub mod compressed_answer;
/// A part of a file as a body.
pub mod file_body;
/// A body that holds something until it was sent: memory, or its connection's place.
pub mod guarded_body;
/// Everything that can go wrong for a client, as problem details (RFC 9457).
pub mod error;
/// The errors of the other rooms as problem documents.
mod room_errors;
/// What is wrong with an article's JSON, as a problem document.
pub mod json_errors_vi;
