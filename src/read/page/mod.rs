//! Web pages: a list of links as a source, and the page of one article.
//!
//! In: a page's bytes, and what the config knows of it. Out: entries; or why the page is not what it was.
//! A page that gives nothing is an error and never an empty feed.

/// Whether a text holds a day.
pub(super) mod days;
/// What elements say.
pub(super) mod nodes;
/// Titles that say what a page is instead of news.
mod titles;
/// Pages that are no news: errors, logins, challenges.
mod trouble;
/// A list of links.
pub(super) mod list;
/// The lines of a page, and its headline.
pub(super) mod lines;
/// What a page says in JSON-LD.
mod json_ld;
/// When an article was published, as its page says.
mod dates;
/// What an article's page says of itself.
mod facts;
/// A part of a page written as HTML again.
mod markup;
/// Lists of other articles, and comments.
mod teasers;
/// An article's whole text.
mod body;
/// The page of one article.
mod article;
#[cfg(test)]
mod tests;

pub use article::{ArticlePage, article};
pub use list::{PageError, entries, list};
pub use titles::{Said, said_by};
pub use trouble::{Trouble, trouble};
