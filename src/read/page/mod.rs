//! Web pages: a list of links as a source, and the page of one article.
//!
//! In: a page's bytes, and what the config or a person knows of it. Out: entries, or why the page is not what it was.

mod list;

pub use list::{PageError, detail, list, merge};
