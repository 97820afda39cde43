//! The nouns of the house: what an article, a source, a feed and an event are. No I/O, no other room.
//!
//! In: nothing. Out: the types every other room speaks.

mod article;
mod event;
mod feed;
mod ids;
mod parsed;
mod province;
mod source;
mod time;
mod token;
mod warning;

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
