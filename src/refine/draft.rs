use crate::model::{
    Article, ArticleId, ArticleKey, Author, Category, Dated, Enclosure, Fingerprint, Flag, Image,
    Origin, Repair, SourceId, Timestamp, Warning,
};
use serde::{Deserialize, Serialize};

/// An `Article` without the id, times and revision that only `ingest` can give; it travels from the worker as it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Draft {
    /// The source it came through.
    pub source: SourceId,
    /// What the source calls it.
    pub upstream_id: String,
    /// The original's address.
    pub url: Option<String>,
    /// Plain text; empty where it has nothing but pictures.
    pub title: String,
    /// Plain text.
    pub summary: Option<String>,
    /// Sanitized HTML.
    pub content: Option<String>,
    /// Who wrote it.
    pub authors: Vec<Author>,
    /// What it is filed under.
    pub categories: Vec<Category>,
    /// Files that belong to it.
    pub enclosures: Vec<Enclosure>,
    /// The picture that stands for it.
    pub image: Option<Image>,
    /// BCP 47.
    pub language: Option<String>,
    /// When the source says it was published.
    pub published: Option<Dated>,
    /// When the source says it was last changed.
    pub updated: Option<Dated>,
    /// `dc:rights`.
    pub rights: Option<String>,
    /// `dc:publisher`.
    pub publisher: Option<String>,
    /// Where the source had it from.
    pub origin: Option<Origin>,
    /// What was repaired in its text.
    pub repairs: Vec<Repair>,
    /// What looked wrong and was left alone.
    pub flags: Vec<Flag>,
    /// What was unusual about it, for the source's status.
    pub warnings: Vec<Warning>,
    /// What it is already, where its source is a copy of another journal; otherwise the committer decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given: Option<Given>,
}

/// The id, times, revision and path that an article has where a draft was copied from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Given {
    /// Its permanent id.
    pub id: ArticleId,
    /// When it was first taken in.
    pub received: Timestamp,
    /// When this revision was.
    pub changed: Timestamp,
    /// Which revision it is.
    pub revision: u32,
    /// The journals that it was copied through.
    pub path: Vec<String>,
}

impl Draft {
    /// A draft of which nothing is known but whose it is and what it is called.
    pub fn named(source: SourceId, upstream_id: String) -> Self {
        Self {
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
            rights: None,
            publisher: None,
            origin: None,
            repairs: Vec::new(),
            flags: Vec::new(),
            warnings: Vec::new(),
            given: None,
        }
    }

    /// The key that the article has or will have.
    pub fn key(&self) -> ArticleKey {
        match &self.given {
            Some(given) => ArticleKey::of_copy(&given.id),
            None => ArticleKey::of(&self.source, &self.upstream_id),
        }
    }

    /// When the source says it was last changed, else published.
    pub fn changed(&self) -> Option<Timestamp> {
        self.updated.as_ref().or(self.published.as_ref()).map(|dated| dated.at)
    }

    /// The article that this draft is at one revision, its fingerprint computed.
    pub fn into_article(
        self,
        id: ArticleId,
        key: ArticleKey,
        received: Timestamp,
        changed: Timestamp,
        revision: u32,
    ) -> Article {
        let title = self.shown_title();
        let mut article = Article {
            id,
            key,
            source: self.source,
            upstream_id: self.upstream_id,
            url: self.url,
            title,
            summary: self.summary,
            content: self.content,
            authors: self.authors,
            categories: self.categories,
            enclosures: self.enclosures,
            image: self.image,
            language: self.language,
            published: self.published,
            updated: self.updated,
            received,
            changed,
            revision,
            rights: self.rights,
            publisher: self.publisher,
            origin: self.origin,
            path: Vec::new(),
            repairs: self.repairs,
            flags: self.flags,
            fingerprint: Fingerprint::default(),
        };
        article.fingerprint = Fingerprint::of(&article);
        article
    }

    /// Its title; one that has only its address, or pictures, says so in its language, since an address is no title.
    fn shown_title(&self) -> String {
        if !self.title.is_empty() && self.url.as_ref() != Some(&self.title) {
            return self.title.clone();
        }
        let language = self.language.as_deref().unwrap_or("vi");
        let is_vietnamese =
            language.split('-').next().is_some_and(|l| l.eq_ignore_ascii_case("vi"));
        if is_vietnamese { "(không có tiêu đề)" } else { "(untitled)" }.to_owned()
    }

    /// Notes something that was left as it was.
    pub(super) fn flag(&mut self, field: &str, text: &str, rule: &str) {
        self.flags.push(Flag {
            field: field.to_owned(),
            text: text.chars().take(200).collect(),
            suggestion: None,
            rule: rule.to_owned(),
        });
    }
}

impl From<Article> for Draft {
    /// What an article says, without its id, times and revision.
    fn from(article: Article) -> Self {
        Self {
            url: article.url,
            title: article.title,
            summary: article.summary,
            content: article.content,
            authors: article.authors,
            categories: article.categories,
            enclosures: article.enclosures,
            image: article.image,
            language: article.language,
            published: article.published,
            updated: article.updated,
            rights: article.rights,
            publisher: article.publisher,
            origin: article.origin,
            repairs: article.repairs,
            flags: article.flags,
            ..Self::named(article.source, article.upstream_id)
        }
    }
}
