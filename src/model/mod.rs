//! The nouns of the house: what an article, a source, a feed and an event are. No I/O, no other room.
//!
//! In: nothing. Out: the types every other room speaks.

mod address;
mod article;
mod event;
mod feed;
mod fold;
mod ids;
mod link_header;
mod long_text;
mod parsed;
mod province;
mod source;
pub mod syllable;
mod time;
mod token;
mod warning;
mod words;

pub use address::{canonical, place_of, untracked};
pub use article::{
    Article, Author, Category, DateRule, Dated, Enclosure, Fingerprint, Flag, Image, Origin,
    Precision, Repair,
};
pub use event::{Change, Event, Seq};
pub use feed::{Feed, Filter};
pub use fold::{fold, holds_words, slug};
pub use ids::{ArticleId, ArticleKey, FeedId, InvalidId, SourceId};
pub use link_header::{Link, link_header};
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
pub use words::{common, hash_of, shingles, text_of_html, words, words_of_html};
