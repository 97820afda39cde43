use super::{ArticleId, ArticleKey, SourceId, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use url::Url;

/// One article as it stands at one revision. Immutable: a revision is a new value.
///
/// Every text is NFC without characters that XML 1.0 §2.2 forbids; `content` is sanitized HTML,
/// every other field is plain text (not HTML, not escaped).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Article {
    /// RSS `guid`, Atom `id`, JSON Feed `id`; set at first publication, never changed.
    #[serde(default)]
    pub id: ArticleId,
    /// (source, upstream id) as the key of the store and of the permalink page.
    #[serde(default)]
    pub key: ArticleKey,
    /// The source it came through; only that source can change it.
    pub source: SourceId,
    /// What the source calls it, trimmed; unique within the source only.
    pub upstream_id: String,
    /// The original's address, http or https: RSS `link`, Atom `link rel=alternate`, JSON Feed `url`.
    pub url: Option<String>,
    /// Plain text, at most 1,000 characters.
    pub title: String,
    /// Plain text, the lead: RSS `description`, Atom `summary`, JSON Feed `summary`.
    pub summary: Option<String>,
    /// Sanitized HTML, at most 512 KiB: `content:encoded`, Atom `content`, JSON Feed `content_html`.
    #[serde(serialize_with = "crate::text::json_string::serialize")]
    pub content: Option<String>,
    /// `dc:creator`, Atom `author`, JSON Feed `authors`.
    pub authors: Vec<Author>,
    /// RSS `category`, Atom `category`, JSON Feed `tags`.
    pub categories: Vec<Category>,
    /// RSS `enclosure`, Atom `link rel=enclosure`, JSON Feed `attachments`.
    pub enclosures: Vec<Enclosure>,
    /// The article's picture: Media RSS `media:content`, JSON Feed `image`.
    pub image: Option<Image>,
    /// BCP 47: `vi`, `vi-VN`, `en`.
    pub language: Option<String>,
    /// When the source says it was published; `None` where that could not be read. Never changes.
    pub published: Option<Dated>,
    /// When the source says it was last changed.
    pub updated: Option<Dated>,
    /// When dongtin first took it in. Never changes.
    #[serde(default)]
    pub received: Timestamp,
    /// When dongtin took in this revision; Atom `updated` is this, or `published` for the first revision.
    #[serde(default)]
    pub changed: Timestamp,
    /// 1 for the first publication, one more for each revision (also one after a withdrawal).
    #[serde(default)]
    pub revision: u32,
    /// `dc:rights`, Atom `rights`.
    pub rights: Option<String>,
    /// `dc:publisher`: the body that answers for the text.
    pub publisher: Option<String>,
    /// Where the source itself had it from: RSS `source`, Atom `source`.
    pub origin: Option<Origin>,
    /// The journals that it was copied through, the first one first; empty if it came in here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub path: Vec<String>,
    /// What was repaired in its text, in order, so that each repair can be undone.
    pub repairs: Vec<Repair>,
    /// What looked wrong and was left alone (glued words and the like).
    pub flags: Vec<Flag>,
    /// What a reader would see, as a hash: the same fingerprint is the same revision.
    #[serde(default)]
    pub fingerprint: Fingerprint,
}

impl Article {
    /// An article that says nothing: only its source, and what the source calls it, are known.
    pub fn named(source: SourceId, upstream_id: String) -> Self {
        Self {
            id: ArticleId::default(),
            key: ArticleKey::of(&source, &upstream_id),
            source,
            upstream_id,
            url: None,
            title: String::new(),
            summary: None,
            content: None,
            authors: Vec::new(),
            categories: Vec::new(),
            enclosures: Vec::new(),
            image: None,
            language: None,
            published: None,
            updated: None,
            received: Timestamp(0),
            changed: Timestamp(0),
            revision: 0,
            rights: None,
            publisher: None,
            origin: None,
            path: Vec::new(),
            repairs: Vec::new(),
            flags: Vec::new(),
            fingerprint: Fingerprint::default(),
        }
    }

    /// The same revision without anything that it said: its number, id and dates stay, and a flag says why.
    pub fn purged(&self, reason: &str) -> Self {
        let flag = Flag {
            field: "article".to_owned(),
            text: reason.to_owned(),
            suggestion: None,
            rule: "purged".to_owned(),
        };
        Self {
            id: self.id.clone(),
            key: self.key,
            language: self.language.clone(),
            published: self.published.clone(),
            updated: self.updated.clone(),
            received: self.received,
            changed: self.changed,
            revision: self.revision,
            path: self.path.clone(),
            flags: vec![flag],
            ..Self::named(self.source.clone(), self.upstream_id.clone())
        }
    }

    /// When its source says that it was last changed, else published.
    pub fn changed_by_source(&self) -> Option<Timestamp> {
        self.updated.as_ref().or(self.published.as_ref()).map(|dated| dated.at)
    }

    /// The original's address, where it is one.
    pub fn parsed_url(&self) -> Option<Url> {
        Url::parse(self.url.as_deref()?).ok()
    }

    /// The instant that orders articles: the published time clamped to [1970, received + 1 h], or the time of receipt.
    pub fn order(&self) -> Timestamp {
        if self.published.is_none() {
            self.received
        } else {
            self.shown_published().max(Timestamp(0))
        }
    }

    /// The instant that feeds show as published: the source's date if it could be read, at most an hour after receipt.
    pub fn shown_published(&self) -> Timestamp {
        let latest = self.received.plus_millis(3_600_000).max(Timestamp(0));
        self.published.as_ref().map_or(self.received, |dated| dated.at.min(latest))
    }

    /// The instant that feeds show as updated, in whole seconds; it moves only when the article really changed.
    pub fn shown_updated(&self) -> Timestamp {
        let published = self.shown_published();
        let revisions = i64::from(self.revision.saturating_sub(1));
        // An article dated later than now still shows another time for each revision.
        if revisions == 0 {
            published
        } else {
            self.changed.max(published.plus_millis(1_000 * revisions))
        }
    }
}

/// Who wrote it; at least one field is not empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Author {
    pub name: Option<String>,
    /// As given; published only in Atom, and only where the source's own feed published it.
    pub email: Option<String>,
    /// http or https.
    pub uri: Option<String>,
}

/// What it is filed under.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Category {
    /// The name or code: RSS `category` text, Atom `category@term`.
    pub term: String,
    /// The vocabulary it is from: RSS `category@domain`, Atom `category@scheme`.
    pub scheme: Option<String>,
    /// The name for people where `term` is a code: Atom `category@label`.
    pub label: Option<String>,
}

/// A file that belongs to an article.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enclosure {
    /// http or https.
    pub url: String,
    /// `image/jpeg`; `application/octet-stream` where unknown.
    pub media_type: String,
    /// Bytes; `None` where unknown (RSS writes 0).
    pub length: Option<u64>,
    pub title: Option<String>,
    /// Seconds, for sound and film.
    pub duration: Option<u64>,
}

/// A picture that stands for the article.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {
    /// http or https.
    pub url: String,
    pub alt: Option<String>,
    /// Pixels.
    pub width: Option<u32>,
    /// Pixels.
    pub height: Option<u32>,
}

/// Where a source had an article from (an aggregator's entry names its own source).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    pub title: Option<String>,
    /// The address of the origin's feed or page, http or https.
    pub url: Option<String>,
    /// Atom `source/id`.
    pub id: Option<String>,
}

/// A date as a source wrote it and as we read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dated {
    pub at: Timestamp,
    /// Seconds east of UTC that the text said or implied; 25,200 in Vietnam.
    pub offset: i32,
    /// The text, cut at 200 characters.
    pub raw: String,
    /// How much of the instant the text said.
    pub precision: Precision,
    /// What decided the order of day and month.
    pub rule: DateRule,
}

/// How much of an instant a text said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Precision {
    Year,
    Month,
    /// A day without a time of day.
    Day,
    /// The hour is sure, the minutes are not.
    Hour,
    Minute,
    Second,
}

/// What decided how a date was read, strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DateRule {
    /// RFC 822/2822 or its relatives: the month has a name.
    Named,
    /// ISO 8601 / RFC 3339: year first.
    Iso,
    /// The source's `date_order` says so.
    Configured,
    /// One part is above 12.
    Unambiguous,
    /// The weekday that the text names fits one order only.
    Weekday,
    /// SA or CH beside it, or the words ngày/tháng: Vietnamese order.
    Vietnamese,
    /// Slashes, unpadded, seconds and AM/PM: month first.
    UsAmPm,
    /// The other order would be in the future.
    NotFuture,
    /// The order of the list that it stands in fits one order only.
    Monotone,
    /// What was settled before for this source.
    Settled,
    /// The dateline of the body fits one order only.
    Body,
    /// Nothing decided: day first.
    Default,
    /// It is told from the time of reading: `2 giờ trước`.
    Relative,
}

/// A change that was made to a text, with enough to undo it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repair {
    /// `title`, `summary`, `content`, `author`, `category`.
    pub field: String,
    pub from: String,
    pub to: String,
    /// Which rule: `tcvn3`, `tcvn3-lost-horn-u`, `vni`, `nfc`, `look-alike`.
    pub rule: String,
    /// Where in the field's repaired text, in bytes.
    pub offset: usize,
}

/// Something that looked wrong and was left as it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flag {
    /// `title`, `summary`, `content`, `published` and so on.
    pub field: String,
    pub text: String,
    /// What it may have been, where that is known.
    pub suggestion: Option<String>,
    /// Which rule: `glued`, `cut`, `undated` and so on.
    pub rule: String,
}

/// SHA-256, cut to 128 bits, of everything that a reader sees of an article.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Fingerprint(pub [u8; 16]);

impl Fingerprint {
    /// Hashes texts, people, categories, files and addresses; no times of ours, no repairs, no ids.
    pub fn of(article: &Article) -> Self {
        let seen = (
            &article.url,
            &article.title,
            &article.summary,
            &article.content,
            &article.authors,
            &article.categories,
            &article.enclosures,
            &article.image,
            (&article.language, &article.rights, &article.publisher, &article.origin),
            article.published.as_ref().map(|d| d.at),
        );
        let bytes = serde_json::to_vec(&seen).unwrap_or_default();
        Self::of_bytes(&bytes)
    }

    /// The fingerprint of bytes.
    pub fn of_bytes(bytes: &[u8]) -> Self {
        let digest = Sha256::digest(bytes);
        let mut fingerprint = [0; 16];
        fingerprint.copy_from_slice(&digest[..16]);
        Self(fingerprint)
    }
}
