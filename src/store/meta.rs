use super::Error;
use crate::journal::{Codec, seal};
use crate::model::*;
use crate::text::slug;
use serde::{Deserialize, Serialize};

/// The version of a packed [`Meta`].
const META_VERSION: u8 = 1;
/// The longest packed [`Meta`], in bytes. A longer one is stored without its texts (see [`Meta::cut`]).
const MAX_PACKED: usize = 6 * 1024;

/// What the store knows of an article without reading its event: all that decisions and filters need.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Meta {
    #[serde(rename = "s")]
    pub source: SourceId,
    #[serde(rename = "u")]
    pub upstream_id: String,
    #[serde(rename = "i")]
    pub id: ArticleId,
    /// Its last event, which the next proposal expects.
    #[serde(rename = "q")]
    pub seq: Seq,
    /// Its last event that carries the article.
    #[serde(rename = "b")]
    pub article_seq: Seq,
    /// How many events it has had.
    #[serde(rename = "e")]
    pub events: u32,
    #[serde(rename = "r")]
    pub revision: u32,
    #[serde(rename = "f")]
    pub fingerprint: Fingerprint,
    /// Its published date as first read; revisions keep it.
    #[serde(rename = "p")]
    pub published: Option<Dated>,
    #[serde(rename = "t")]
    pub received: Timestamp,
    /// The time of its last event.
    #[serde(rename = "c")]
    pub changed: Timestamp,
    /// Its place in the order of articles; never changes.
    #[serde(rename = "o")]
    pub order: Timestamp,
    /// Its first event, which orders articles that have one `order`.
    #[serde(rename = "h")]
    pub first: Seq,
    /// When it was withdrawn; `None` while it is live.
    #[serde(rename = "w")]
    pub withdrawn: Option<Timestamp>,
    /// Since when its own source's document reports it gone; `None` if somebody else withdrew it.
    #[serde(rename = "d", default, skip_serializing_if = "Option::is_none")]
    pub gone_since: Option<Timestamp>,
    #[serde(rename = "n")]
    pub title: String,
    #[serde(rename = "l")]
    pub url: Option<String>,
    #[serde(rename = "g")]
    pub language: Option<String>,
    #[serde(rename = "y")]
    pub publisher: Option<String>,
    #[serde(rename = "a")]
    pub authors: Vec<String>,
    /// Its categories as people see them.
    #[serde(rename = "k")]
    pub categories: Vec<CategoryName>,
    /// The slugs of category codes, which filters match too.
    #[serde(rename = "m")]
    pub codes: Vec<String>,
    /// Whether the texts were too long to store here, so that the event must be read.
    #[serde(rename = "x", default, skip_serializing_if = "std::ops::Not::not")]
    pub cut: bool,
}

/// A category's label and slug.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CategoryName {
    #[serde(rename = "s")]
    pub slug: String,
    #[serde(rename = "l")]
    pub label: String,
}

impl Meta {
    /// An article's meta after an event; `None` for the withdrawal of an unknown article.
    pub fn after(event: &Event, before: Option<&Meta>) -> Option<Meta> {
        let events = before.map_or(1, |meta| meta.events.saturating_add(1));
        match &event.change {
            Change::Published { article } | Change::Revised { article } => {
                let mut meta = Self::of(article, event.seq);
                meta.events = events;
                meta.changed = event.at;
                if let Some(before) = before {
                    meta.first = before.first;
                    // A time of receipt moves only if the clock that gave it was ahead.
                    if article.received >= before.received {
                        meta.order = before.order;
                    }
                }
                Some(meta)
            }
            Change::Withdrawn { revision, gone_since, .. } => before.map(|before| Meta {
                seq: event.seq,
                events,
                revision: *revision,
                changed: event.at,
                withdrawn: Some(event.at),
                gone_since: *gone_since,
                ..before.clone()
            }),
            Change::Files { .. } => {
                before.map(|before| Meta { seq: event.seq, events, ..before.clone() })
            }
        }
    }

    /// Returns true if the article is filed under a category.
    pub fn has_category(&self, slug: &str) -> bool {
        self.categories.iter().any(|category| category.slug == slug)
            || self.codes.iter().any(|code| code == slug)
    }

    /// Returns true if the article is published and not withdrawn.
    pub fn is_live(&self) -> bool {
        self.withdrawn.is_none()
    }

    /// The meta of an article whose first and only event has this number.
    pub fn of(article: &Article, seq: Seq) -> Self {
        let (categories, codes) = categories(&article.categories);
        Self {
            source: article.source.clone(),
            upstream_id: article.upstream_id.clone(),
            id: article.id.clone(),
            seq,
            article_seq: seq,
            events: 1,
            revision: article.revision,
            fingerprint: article.fingerprint,
            published: article.published.clone(),
            received: article.received,
            changed: article.changed,
            order: article.order(),
            first: seq,
            withdrawn: None,
            gone_since: None,
            title: article.title.clone(),
            url: article.url.clone(),
            language: article.language.clone(),
            publisher: article.publisher.clone(),
            authors: article.authors.iter().filter_map(|author| author.name.clone()).collect(),
            categories,
            codes,
            cut: false,
        }
    }

    pub(super) fn pack(&self, codec: &Codec) -> Result<Vec<u8>, Error> {
        let packed = self.packed(codec)?;
        if packed.len() <= MAX_PACKED { Ok(packed) } else { self.without_texts().packed(codec) }
    }

    /// Reads what [`Meta::pack`] made.
    pub(super) fn unpack(codec: &Codec, key: &[u8], bytes: &[u8]) -> Result<Self, Error> {
        let json = bytes
            .split_first()
            .filter(|(version, _)| **version == META_VERSION)
            .and_then(|(_, packed)| codec.unpack(packed));
        let meta = json.and_then(|json| serde_json::from_slice(&json).ok());
        meta.ok_or_else(|| seal::damaged(key).into())
    }

    fn packed(&self, codec: &Codec) -> Result<Vec<u8>, Error> {
        let json = serde_json::to_vec(self)
            .map_err(|e| Error::Unkeepable { what: self.id.to_string(), reason: e.to_string() })?;
        let mut packed = vec![META_VERSION];
        codec.pack(&json, &mut packed)?;
        Ok(packed)
    }

    fn without_texts(&self) -> Self {
        Self {
            title: String::new(),
            url: None,
            publisher: None,
            authors: Vec::new(),
            categories: Vec::new(),
            codes: Vec::new(),
            cut: true,
            ..self.clone()
        }
    }

    /// Restores the texts that were cut from the article.
    pub fn with_texts_of(self, article: &Article) -> Self {
        let whole = Self::of(article, self.article_seq);
        Self {
            title: whole.title,
            url: whole.url,
            publisher: whole.publisher,
            authors: whole.authors,
            categories: whole.categories,
            codes: whole.codes,
            cut: false,
            ..self
        }
    }
}

/// The longest slug whose feed id `category-SLUG` is valid.
const CATEGORY_SLUG: usize = 55;

/// The slug of a category's name; empty if the name has no letters or digits.
pub fn category_slug(name: &str) -> String {
    let mut slug = slug(name);
    slug.truncate(CATEGORY_SLUG);
    slug.truncate(slug.trim_end_matches('-').len());
    slug
}

/// The categories as people see them, each slug once, and the slugs of their codes.
fn categories(given: &[Category]) -> (Vec<CategoryName>, Vec<String>) {
    let mut names: Vec<CategoryName> = Vec::new();
    let mut codes = Vec::new();
    for category in given {
        let label = category.label.as_ref().unwrap_or(&category.term).trim().to_owned();
        let slug = category_slug(&label);
        let code = category_slug(&category.term);
        if code != slug && !code.is_empty() && !codes.contains(&code) {
            codes.push(code);
        }
        if !slug.is_empty() && names.iter().all(|name| name.slug != slug) {
            names.push(CategoryName { slug, label });
        }
    }
    (names, codes)
}
