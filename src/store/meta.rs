//! What the store knows of an article without reading its event.

use super::Error;
use crate::journal::{Codec, seal};
use crate::model::*;
use crate::text::slug;
use serde::{Deserialize, Serialize};

/// The form of a packed [`Meta`].
const META_VERSION: u8 = 1;
/// The most bytes that a packed [`Meta`] may take. A larger one is kept without its texts (see [`Meta::cut`]).
const MAX_PACKED: usize = 6 * 1024;

/// What the store knows of an article without reading its event: all that deciding and filtering need.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Meta {
    /// Its source.
    #[serde(rename = "s")]
    pub source: SourceId,
    /// What the source calls it.
    #[serde(rename = "u")]
    pub upstream_id: String,
    /// Its permanent id.
    #[serde(rename = "i")]
    pub id: ArticleId,
    /// Its last event: the `expected` of the next proposal.
    #[serde(rename = "q")]
    pub seq: Seq,
    /// Its last event that carries the article.
    #[serde(rename = "b")]
    pub article_seq: Seq,
    /// How many events it has had.
    #[serde(rename = "e")]
    pub events: u32,
    /// Its revision.
    #[serde(rename = "r")]
    pub revision: u32,
    /// A hash of what a reader sees.
    #[serde(rename = "f")]
    pub fingerprint: Fingerprint,
    /// Its published date as first read; a revision keeps it.
    #[serde(rename = "p")]
    pub published: Option<Dated>,
    /// When it first came.
    #[serde(rename = "t")]
    pub received: Timestamp,
    /// When its last event was.
    #[serde(rename = "c")]
    pub changed: Timestamp,
    /// Its place in the order of articles; set once.
    #[serde(rename = "o")]
    pub order: Timestamp,
    /// When it was withdrawn; `None` while it is live.
    #[serde(rename = "w")]
    pub withdrawn: Option<Timestamp>,
    /// Since when its own source's document says that it is gone; `None` if somebody else withdrew it.
    #[serde(rename = "d", default, skip_serializing_if = "Option::is_none")]
    pub gone_since: Option<Timestamp>,
    /// Its title.
    #[serde(rename = "n")]
    pub title: String,
    /// Its address.
    #[serde(rename = "l")]
    pub url: Option<String>,
    /// Its language.
    #[serde(rename = "g")]
    pub language: Option<String>,
    /// Its publisher.
    #[serde(rename = "y")]
    pub publisher: Option<String>,
    /// Its authors' names.
    #[serde(rename = "a")]
    pub authors: Vec<String>,
    /// Its categories as people see them.
    #[serde(rename = "k")]
    pub categories: Vec<CategoryName>,
    /// The slugs of category codes that also match filters.
    #[serde(rename = "m")]
    pub codes: Vec<String>,
    /// Whether the texts were too long to keep here: read the event instead.
    #[serde(rename = "x", default, skip_serializing_if = "std::ops::Not::not")]
    pub cut: bool,
}

/// A category as people see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CategoryName {
    /// In addresses.
    #[serde(rename = "s")]
    pub slug: String,
    /// For people.
    #[serde(rename = "l")]
    pub label: String,
}

impl Meta {
    /// What is known of an article after an event; `None` for the withdrawal of an unknown article.
    pub fn after(event: &Event, before: Option<&Meta>) -> Option<Meta> {
        let events = before.map_or(1, |meta| meta.events.saturating_add(1));
        match &event.change {
            Change::Published { article } | Change::Revised { article } => {
                let mut meta = Self::of(article, event.seq);
                meta.events = events;
                meta.changed = event.at;
                if let Some(before) = before {
                    meta.order = before.order;
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
        }
    }

    /// Whether a category's slug is one of its own.
    pub fn has_category(&self, slug: &str) -> bool {
        self.categories.iter().any(|category| category.slug == slug)
            || self.codes.iter().any(|code| code == slug)
    }

    /// Whether it is there for readers.
    pub fn is_live(&self) -> bool {
        self.withdrawn.is_none()
    }

    fn of(article: &Article, seq: Seq) -> Self {
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

    /// Its bytes in the store.
    ///
    /// # Errors
    /// It cannot be packed.
    pub fn pack(&self, codec: &Codec) -> Result<Vec<u8>, Error> {
        let packed = self.packed(codec)?;
        if packed.len() <= MAX_PACKED { Ok(packed) } else { self.without_texts().packed(codec) }
    }

    /// Reads what [`Meta::pack`] made.
    ///
    /// # Errors
    /// The bytes are damaged.
    pub fn unpack(codec: &Codec, key: &[u8], bytes: &[u8]) -> Result<Self, Error> {
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

    /// With the texts that were cut, taken from the article.
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

/// Room that a feed id leaves for a category's slug (`category-{slug}`).
const CATEGORY_SLUG: usize = 55;

/// The slug of a category's name, short enough for its feed's id; empty if the name has no letters or digits.
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
