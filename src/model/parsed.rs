use serde::{Deserialize, Serialize};

/// A document that was read as a feed (or as a page, a sitemap, a file).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ParsedFeed {
    /// The places of the entries that could not be read at all, and why.
    pub unread: Vec<(usize, String)>,
    pub kind: FeedKind,
    /// RSS `channel/title`, Atom `feed/title`, JSON Feed `title`.
    pub title: Option<Text>,
    /// RSS `channel/description`, Atom `subtitle`, JSON Feed `description`.
    pub description: Option<Text>,
    /// RSS `channel/link`, Atom `link rel=alternate`, JSON Feed `home_page_url`; as written, or resolved where xml:base is known.
    pub link: Option<String>,
    /// Every link of the feed: `self`, `hub`, `next`, `prev-archive` and so on (Atom §4.2.7, RFC 5005).
    pub links: Vec<FeedLink>,
    /// Atom `id`, RDF `rdf:about`, JSON Feed `feed_url`.
    pub id: Option<String>,
    /// RSS `language`, `xml:lang`, `dc:language`, JSON Feed `language`.
    pub language: Option<String>,
    /// RSS `copyright`, Atom `rights`, `dc:rights`.
    pub rights: Option<Text>,
    /// RSS and Atom `generator`.
    pub generator: Option<String>,
    /// RSS `image/url`, Atom `logo`, JSON Feed `icon`.
    pub image: Option<String>,
    /// Atom `icon`, JSON Feed `favicon`.
    pub icon: Option<String>,
    /// RSS `managingEditor`, `dc:creator`, Atom `author`, `itunes:author`.
    pub authors: Vec<ParsedPerson>,
    /// RSS `webMaster`, Atom `contributor`, `dc:contributor`.
    pub contributors: Vec<ParsedPerson>,
    /// `dc:publisher`, RSS `webMaster`.
    pub publisher: Option<ParsedPerson>,
    /// RSS and Atom `category`, `dc:subject`: term, scheme, label.
    pub categories: Vec<(String, Option<String>, Option<String>)>,
    /// RSS `pubDate`, `dc:date`.
    pub published: Option<ParsedDate>,
    /// RSS `lastBuildDate`, Atom `updated`, `dcterms:modified`.
    pub updated: Option<ParsedDate>,
    /// Minutes: RSS `ttl`, or `sy:updatePeriod` / `sy:updateFrequency` in minutes.
    pub ttl: Option<u64>,
    pub entries: Vec<ParsedEntry>,
    /// RFC 6721 `at:deleted-entry`.
    pub tombstones: Vec<ParsedTombstone>,
    /// The encoding that the bytes were read in, by its WHATWG name.
    pub encoding: String,
    /// Each kind of repair that was needed, once, with a count.
    pub warnings: Vec<Warning>,
    /// The `xml:base` in force at the root, if any.
    pub base: Option<String>,
}

/// What kind of document it was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FeedKind {
    /// RSS 0.91 to 2.0, and its misspelled versions.
    #[default]
    Rss,
    /// RSS 0.90, 1.0.
    Rdf,
    /// Atom 1.0 (RFC 4287) or 0.3.
    Atom,
    /// Channel Definition Format.
    Cdf,
    /// JSON Feed 1.0, 1.1.
    Json,
    /// An HTML list page.
    Page,
    /// A sitemap (sitemaps.org 0.9), with or without news.
    Sitemap,
    /// One article in a file: text, HTML, Markdown, JSON.
    File,
}

/// A text construct as it was written (Atom §3.1); what it means is `refine`'s to say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Text {
    /// The value: plain text, or HTML markup (entities of the XML already resolved once).
    pub value: String,
    /// What `value` is.
    pub kind: TextKind,
    /// `xml:lang` in force.
    pub language: Option<String>,
    /// `xml:base` in force, absolute where it could be made so.
    pub base: Option<String>,
    /// Atom `content@src`.
    pub src: Option<String>,
    /// The `type` attribute as written, or its meaning: `text/html`, `application/xhtml+xml`, `text/plain`.
    pub media_type: Option<String>,
}

impl Text {
    /// A text of which nothing is known but its kind.
    pub fn of(value: impl Into<String>, kind: TextKind) -> Self {
        Self { value: value.into(), kind, ..Self::default() }
    }
}

/// What a text's value is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TextKind {
    /// The document does not say; RSS `title` and `description` are of this kind.
    #[default]
    Unknown,
    Text,
    Html,
    /// XHTML markup, as a string.
    Xhtml,
}

/// One entry, item or page, as written.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ParsedEntry {
    /// RSS `guid`, Atom `id`, `rdf:about`, JSON Feed `id`; trimmed.
    pub id: Option<String>,
    /// RSS `guid@isPermaLink`: whether the guid is an address.
    pub id_is_permalink: bool,
    /// `dc:identifier`.
    pub dc_identifier: Option<String>,
    /// RSS `link`, Atom `link rel=alternate`, JSON Feed `url`; resolved against xml:base where there is one.
    pub link: Option<String>,
    pub links: Vec<FeedLink>,
    /// RSS `title`, `dc:title`.
    pub title: Option<Text>,
    /// RSS `description`, Atom `summary`, JSON Feed `summary`, `itunes:summary`.
    pub summary: Option<Text>,
    /// `dc:description`, kept apart because some portals accumulate leads in `description`.
    pub dc_description: Option<Text>,
    /// `content:encoded`, Atom `content`, `xhtml:body`, `fullitem`, JSON Feed `content_html` / `content_text`; several where several are given.
    pub content: Vec<Text>,
    /// RSS `author`, `dc:creator`, Atom `author`, `itunes:author`.
    pub authors: Vec<ParsedPerson>,
    /// `dc:contributor`, Atom `contributor`.
    pub contributors: Vec<ParsedPerson>,
    /// `dc:publisher`.
    pub publisher: Option<ParsedPerson>,
    /// Term, scheme, label.
    pub categories: Vec<(String, Option<String>, Option<String>)>,
    /// RSS `enclosure`, Atom `link rel=enclosure`, `media:content`, JSON Feed `attachments`.
    pub enclosures: Vec<ParsedEnclosure>,
    /// `media:thumbnail`, `itunes:image`, JSON Feed `image`.
    pub image: Option<String>,
    /// RSS `pubDate`, Atom `published` / `issued`, `dcterms:issued`, JSON Feed `date_published`.
    pub published: Option<ParsedDate>,
    /// Atom `updated` / `modified`, `dc:date`, `dcterms:modified`, JSON Feed `date_modified`.
    pub updated: Option<ParsedDate>,
    /// Atom 0.3 `created`, `dcterms:created`.
    pub created: Option<ParsedDate>,
    /// RSS `expirationDate`, `dcterms:valid` end.
    pub expires: Option<ParsedDate>,
    pub comments: Option<String>,
    /// RSS `source`, Atom `source`.
    pub source: Option<ParsedSource>,
    /// Atom `rights`, `dc:rights`.
    pub rights: Option<Text>,
    /// `xml:lang`, `dc:language`, JSON Feed `language`.
    pub language: Option<String>,
    /// `georss:point`, `geo:lat`/`geo:long`: latitude, longitude in degrees.
    pub point: Option<(f64, f64)>,
    /// The `xml:base` in force, if any.
    pub base: Option<String>,
}

/// A date as written; `refine` reads it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParsedDate {
    pub raw: String,
}

/// A person as written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParsedPerson {
    /// The name, or the whole text where it is not `name <email>` or `email (name)`.
    pub name: Option<String>,
    pub email: Option<String>,
    /// Atom `uri` / `url`, JSON Feed `url`.
    pub uri: Option<String>,
}

impl ParsedPerson {
    /// A person of whom only the name is known.
    pub fn named(name: impl Into<String>) -> Self {
        Self { name: Some(name.into()), ..Self::default() }
    }
}

/// A link as written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedLink {
    /// `alternate` where none was written.
    pub rel: String,
    /// Resolved against xml:base where there is one.
    pub href: String,
    pub media_type: Option<String>,
    pub hreflang: Option<String>,
    pub title: Option<String>,
    /// `length` in bytes, as written.
    pub length: Option<String>,
}

/// An enclosure as written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParsedEnclosure {
    pub url: String,
    pub media_type: Option<String>,
    pub length: Option<String>,
    /// `media:title`, JSON Feed attachment `title`.
    pub title: Option<String>,
    /// Pixels, as written.
    pub width: Option<String>,
    /// Pixels, as written.
    pub height: Option<String>,
    /// Seconds, as written.
    pub duration: Option<String>,
    /// Media RSS `medium`, or what the element was: `image`, `video`, `audio`.
    pub medium: Option<String>,
}

/// The source that an entry names as its origin.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ParsedSource {
    /// RSS `source` text, Atom `source/title`.
    pub title: Option<String>,
    /// RSS `source@url`, Atom `source/link`.
    pub link: Option<String>,
    /// Atom `source/id`.
    pub id: Option<String>,
    /// Atom `source/author`.
    pub authors: Vec<ParsedPerson>,
    /// Atom `source/updated`.
    pub updated: Option<ParsedDate>,
    /// Atom `source/rights`.
    pub rights: Option<Text>,
}

/// An entry that its feed says is gone (RFC 6721).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParsedTombstone {
    /// `ref`.
    pub id: String,
    /// `when`.
    pub when: Option<ParsedDate>,
    /// `at:comment`.
    pub comment: Option<String>,
}

/// A kind of repair or loss, counted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Warning {
    /// A stable name in kebab-case: `bare-ampersand`, `unclosed-tag`, `encoding-label-wrong`, `nukeviet-minute-is-month`.
    pub name: String,
    /// How often.
    pub count: u32,
    /// What it was about, where one example helps; at most 120 characters.
    pub example: Option<String>,
}

impl Warning {
    /// Adds the counts of other warnings to a list.
    pub fn merge(list: &mut Vec<Warning>, others: &[Warning]) {
        for other in others {
            match list.iter_mut().find(|known| known.name == other.name) {
                Some(known) => known.count = known.count.saturating_add(other.count),
                None => list.push(other.clone()),
            }
        }
    }

    /// Counts one more of a kind in a list of warnings, keeping the first example.
    pub fn add(list: &mut Vec<Warning>, name: &str, example: Option<&str>) {
        match list.iter_mut().find(|w| w.name == name) {
            Some(known) => known.count = known.count.saturating_add(1),
            None => list.push(Warning {
                name: name.to_owned(),
                count: 1,
                example: example.map(|e| e.chars().take(120).collect()),
            }),
        }
    }
}
