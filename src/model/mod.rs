//! The nouns of the house: what an article, a source, a feed and an event are. No I/O, no other room.
//!
//! In: nothing. Out: the types every other room speaks.

/// Instants.
mod time;
/// Names of sources, feeds and articles.
mod ids;
/// What we read.
mod source;
/// What a document says, before any of it is checked.
mod parsed;
/// The meaning of each warning's name.
mod warning;
/// What we hold of one piece of news.
mod article;
/// What happened to an article.
mod event;
/// What we publish.
mod feed;
/// The provinces before and after July 2025.
mod province;
/// The secrets by which sources push.
mod token;

pub use article::{
    Article, Author, Category, DateRule, Dated, Enclosure, Fingerprint, Flag, Image, Origin,
    Precision, Repair,
};
pub use event::{Change, Event, Seq};
pub use feed::{Feed, Filter};
pub use ids::{ArticleId, ArticleKey, FeedId, InvalidId, SourceId};
pub use parsed::{
    FeedKind, FeedLink, ParsedDate, ParsedEnclosure, ParsedEntry, ParsedFeed, ParsedPerson,
    ParsedSource, ParsedTombstone, Text, TextKind, Warning,
};
pub use province::{
    Province, is_known, is_of_old, is_of_today, made_of, province, provinces, spoken_of, today,
};
pub use source::{
    DateOrder, HtmlProfile, Publisher, Quirk, RepairMode, Selectors, Source, SourceKind, WebSub,
};
pub use time::Timestamp;
pub use token::{TokenError, TokenHash, TokenLine, TokenVerdict, Tokens, hash_token, new_token};
pub use warning::{Meaning, meaning};
