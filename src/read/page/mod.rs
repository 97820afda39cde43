//! Web pages: a list of links as a source, and the page of one article.
//!
//! In: a page's bytes, and what the config knows of it. Out: entries; or why the page is not what it was.
//! A page that gives nothing is an error and never an empty feed.

/// Whether a text holds a day. What it says exactly is read later, with all that is known then.
pub(super) mod days;
/// Small questions about the elements of a page.
pub(super) mod nodes;
/// Titles that say what a page is instead of news.
mod titles;
/// Pages that are no news though they come with status 200: an error, a login, a challenge.
mod trouble;
/// A list of links.
pub(super) mod list;
/// The lines of a page in the order in which they are read, and which of them is the headline.
pub(super) mod lines;
/// What a page says of its article in JSON-LD.
mod json_ld;
/// When an article was published, as its page says.
mod dates;
/// What a page says of its article: title, lead, authors, picture, dates; as written.
mod facts;
/// A part of a page written as HTML again: some elements left out, some under another name.
mod markup;
/// Lists of other articles and comments, where they were taken for an article.
mod teasers;
/// An article's whole text.
mod body;
/// An article's own page: what the selectors find, what the page says of itself, and its text.
mod article;
#[cfg(test)]
mod tests;

pub(super) use article::said_of;
pub use article::{ArticlePage, article};
pub use list::{PageError, entries, list};
pub use titles::{Said, said_by};
pub use trouble::trouble;

/// What a page is instead of news.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// It says that something went wrong.
    #[error("an error page with status 200")]
    Error,
    /// It asks for a password.
    #[error("a login page")]
    Login,
    /// Its script sets a cookie and loads it again.
    #[error("a cookie challenge")]
    Challenge,
}
