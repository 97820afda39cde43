//! The protocol, apart from what is served: from a connection to the bytes of an answer.
//!
//! In: TCP connections and request heads. Out: bodies within their limits, what the client accepts and has, answers with
//! their headers, problem documents.

/// The accept loop: connections in, each served under our limits, all closed in time at a stop.
pub mod accept;
/// The open connections, and which of them closes when another needs its slot or it waited too long.
pub mod connections;
/// The address that a request comes from, also behind a proxy.
pub mod client_address;
/// Requests per minute of each address and each partner.
pub mod budget;
/// Looks at the raw heads of a connection for request smuggling, and limits how long a write may stall.
pub mod framing;
/// What holds for every request: a panic is a 500, security headers stand, it is counted and logged once.
pub mod middleware;
/// The log line and the counts of each request, by route, method and status.
pub mod request_log;
/// What a client accepts: media type, content coding, language. Pure.
pub mod negotiate;
/// Conditions of a request to read (RFC 9110 §13): which revision a client has. Pure.
pub mod conditional;
/// Which bytes of a file a client asked for (RFC 9110 §14). Pure.
pub mod range;
/// A request's body within its limits: refused by its length before it is read, counted after decompression.
pub mod body;
/// A page or JSON made for one request, compressed as the client accepts; feeds bring their codings with them.
pub mod compressed_answer;
/// A part of a file as a body, read piece by piece while it is sent.
pub mod file_body;
/// A body in pieces, each made when the one before was sent.
pub mod pieces;
/// A body that holds something until it was sent or given up: memory, or its connection's place.
pub mod guarded_body;
/// The memory that answers share which are made for one request each.
pub mod room;
/// Everything that can go wrong for a client, as problem details (RFC 9457).
pub mod error;
/// The errors of the other rooms as problem documents.
mod room_errors;
/// What is wrong with an article's JSON, as a problem document.
pub mod json_errors_vi;
