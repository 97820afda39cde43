//! The pages that people read: data in, HTML out.
//!
//! In: a `Frame` (site, language, feeds) and one view struct per page. Out: a whole HTML document as text.
//! `handlers` looks the data up; everything else is pure: no store, no clock, no JavaScript.
//! Every text is escaped by maud; only an article's sanitized `content` goes out as HTML.

/// What each page is asked by and where its data comes from.
pub mod handlers;
/// What each page shows, before it is HTML.
mod views;
/// Which parts of an article each revision changed.
mod revisions;
/// Head, header and footer of every page.
mod layout;
/// Every word that is not news, in Vietnamese and in English.
mod text;
/// Times as people of either language write them.
mod dates;
/// Pieces that several pages share.
mod parts;
/// The front page: the latest articles, and every feed.
mod front;
/// A feed opened in a browser.
mod feed;
/// An article's permanent page, and the page of a withdrawn one.
mod article;
/// What machines read on an article's page: schema.org's NewsArticle, and OpenGraph.
mod jsonld;
/// How every source is, and what to do about it.
mod status;
/// The page for what is not there or did not work.
mod error;
/// One stylesheet, one logo.
mod style;
#[cfg(test)]
mod tests;

pub use article::{article, withdrawn};
pub use error::error;
pub use feed::feed;
pub use front::front;
pub use status::status;
pub use style::{FAVICON, STYLE, style_path};
pub use text::Lang;
pub use views::{
    ArticleView, Entry, FeedView, Frame, FrontView, Group, HubView, Listing, RevisionView,
    SourceStatusView, State, StatusView, WarningView, Way, WithdrawnView,
};
