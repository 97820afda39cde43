//! The JSON API, version 1; docs/api.md is its manual.
//!
//! In: requests with JSON or Atom. Out: receipts, articles, pages of changes, problem documents.

/// A source's own articles: push, read, withdraw.
pub mod push;
/// What the head of a push says, as read: the token, the names in the address, the preconditions.
pub mod push_headers;
/// A pushed article as JSON: what every article's JSON must be, and what only a push must.
pub mod article_json;
/// What a push is answered with.
pub mod receipt;
/// Many articles in one request: NDJSON in, one result per line out, each when its article is on the disk.
pub mod batch;
/// One article by its key: `/api/v1/articles/{key}` and `/a/{key}`.
pub mod articles;
/// Who may read changes: the public and partners, each within a budget.
pub mod access;
/// Every article at its present state, in the order of the journal, from any cursor.
pub mod changes;
/// The events as they are, for followers.
pub mod journal;
/// What a node that follows answers to what writes.
pub mod leader;
/// `/websub/{token}`: where hubs verify our subscriptions and deliver.
pub mod hub_callback;
/// `/api/v1/openapi.json`: what the routes take and give, generated from the handlers.
pub mod openapi;
