//! The nouns of the house: what an article, a source, a feed and an event are. No I/O, no other room.
//!
//! In: nothing. Out: the types every other room speaks.

/// Instants: milliseconds since 1970-01-01T00:00:00Z, the only clock value that rooms pass around.
mod time;
/// Names of sources, feeds and articles.
mod ids;
/// A source, and how it is to be read.
mod source;
/// What a document says, before any of it is checked: the output of `read`, the input of `refine`.
mod parsed;
/// The languages in which the program speaks to people.
mod language;
/// The meaning of each warning of a document.
mod warning;
/// What we find about a source besides, and what it means.
mod notice;
/// What we hold of one piece of news.
mod article;
/// What a file is, by its bytes, and the ending of its name. Pure.
mod file_kind;
/// The addresses of an article, and those of files that we serve ourselves.
mod addresses;
/// What happened to an article.
mod event;
/// What partners copy: pages of steps, each with an article as it stands; the JSON of `/api/v1/changes`.
mod copied;
/// What followers copy: a page of their leader's journal.
mod journal_page;
/// A feed as the config names it.
mod feed;
/// The provinces before and after July 2025, and which one a publisher or an address speaks of.
mod province;
/// A network of addresses, as CIDR writes it.
mod network;
/// A site that mirrors us: what it gets, and from where it asks.
mod partner;
/// The secret by which a source pushes or a partner reads: random, kept only as a hash, compared in constant time, quoted in no error.
mod token;

pub use addresses::{own_media, own_path};
pub use article::{
    Article, Author, Category, DateRule, Dated, Enclosure, Fingerprint, Flag, Image, Origin,
    Precision, Repair,
};
pub use copied::{
    CopiedArticle, CopiedAuthor, CopiedCategory, CopiedFlag, CopiedImage, CopiedMedia,
    CopiedOrigin, CopiedSource, Step, StepKind, StepPage,
};
pub use event::{Change, Event, Seq};
pub use feed::{Feed, Filter};
pub use file_kind::{SERVED, ending_of, is_html, media_type_of_bytes};
pub use ids::{ArticleId, ArticleKey, FeedId, InvalidId, PartnerId, SourceId, is_journal_identity};
pub use journal_page::{JournalHead, Purge};
pub use language::{Language, Meaning};
pub use network::{Network, NotANetwork};
pub use notice::Notice;
pub use parsed::{
    FeedKind, FeedLink, ParsedDate, ParsedEnclosure, ParsedEntry, ParsedFeed, ParsedPerson,
    ParsedSource, ParsedTombstone, Text, TextKind, Warning,
};
pub use partner::Partner;
pub use province::{
    Province, is_known, is_of_old, is_of_today, made_of, province, provinces, spoken_of, today,
};
pub use source::{
    DateOrder, HeaderText, HtmlProfile, Publisher, Quirk, RepairMode, Selection, Selectors, Source,
    SourceFetch, SourceKind, WebSub,
};
pub use time::Timestamp;
pub use token::{
    TokenError, TokenHash, TokenLine, TokenOwner, TokenVerdict, Tokens, hash_token, new_token,
};
pub use warning::meaning;
