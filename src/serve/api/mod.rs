//! The JSON API, version 1; docs/api.md is its manual.
//!
//! In: requests with JSON or Atom. Out: receipts, articles, pages of changes, problem documents.

/// A source's own articles: push, read, withdraw.
pub mod push;
/// Who may push what: the token, the names in the address, the preconditions.
pub mod push_headers;
/// What a pushed article's JSON and Atom must be.
pub mod article_json;
/// What a push is answered with.
pub mod receipt;
/// Many articles in one request, as NDJSON.
pub mod batch;
/// One article by its key.
pub mod articles;
/// The journal in order, from any cursor.
pub mod changes;
/// Where hubs verify our subscriptions and deliver.
pub mod hub_callback;
/// The OpenAPI document, generated from the handlers.
pub mod openapi;
