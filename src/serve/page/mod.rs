//! The pages that people read: data in, HTML out.
//!
//! In: a `Frame` (site, language, feeds) and what the page shows. Out: a whole HTML document as text.
//! `handlers` looks the data up; everything else is pure: no store, no clock, no JavaScript.
//! Every text is escaped by maud; only an article's sanitized `content` goes out as HTML.

/// Answers each page's address: looks up what the page shows.
pub mod handlers;
/// What each page shows, before it is HTML.
mod views;
/// An article's revisions: each number, its time, and which parts it changed.
mod revisions;
/// Head, header and footer of every page; `inert` is applied to each page last.
mod layout;
/// Every word of the pages that is not news, in Vietnamese and in English.
mod text;
/// Times as people of either language write them, at the site's offset.
mod dates;
/// Pieces that several pages share.
mod parts;
/// The front page: the latest articles, and every feed.
mod front;
/// A feed opened in a browser: its address to copy, ways to follow it, its latest entries.
mod feed;
/// An article's permanent page, and the page of a withdrawn one.
mod article;
/// What machines read on an article's page: schema.org's NewsArticle, and OpenGraph.
mod jsonld;
/// How every source is, and what the portal's team should do about it.
mod status;
/// The page for what is not there or did not work.
mod error;
/// One stylesheet and one logo, both part of the program.
mod style;
#[cfg(test)]
mod tests;

pub use article::{article, withdrawn};
pub use error::error;
pub use feed::feed;
pub use front::front;
pub use status::status;
pub use style::{FAVICON, STYLE, style_path};
pub use views::{
    ArticleView, Entry, Frame, Group, HubView, Listing, Part, RevisionView, SourceStatusView,
    WarningView, Way, WithdrawnView,
};
