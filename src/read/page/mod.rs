//! Web pages: a list of links as a source, and the page of one article.
//!
//! In: a page's bytes, and what the config knows of it. Out: entries; or why the page is not what it was.
//! A page that gives nothing is an error and never an empty feed.

mod article;
mod body;
mod facts;
mod list;
pub(super) mod nodes;
#[cfg(test)]
mod tests;
mod titles;
mod trouble;

pub use article::{ArticlePage, article};
pub use list::{PageError, entries, list};
pub use titles::{Said, said_by};
pub use trouble::{Trouble, trouble};
