use crate::model::{
    Article, ArticleId, ArticleKey, Fingerprint, Flag, SourceId, Timestamp, Warning,
};
use serde::{Deserialize, Serialize};
use std::ops::{Deref, DerefMut};

/// An article before it is committed; it travels from the worker as it is, and its fields are the article's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Draft {
    /// What it says. Its id, times, revision and path count only if it was copied; otherwise the committer gives them.
    #[serde(flatten)]
    pub article: Article,
    /// What was unusual about it, for the source's status.
    pub warnings: Vec<Warning>,
    /// Whether it was copied from another journal, which gave it its id, times and revision.
    #[serde(default)]
    pub is_copied: bool,
}

impl From<Article> for Draft {
    fn from(article: Article) -> Self {
        Self { article, warnings: Vec::new(), is_copied: false }
    }
}

impl Deref for Draft {
    type Target = Article;

    fn deref(&self) -> &Article {
        &self.article
    }
}

impl DerefMut for Draft {
    fn deref_mut(&mut self) -> &mut Article {
        &mut self.article
    }
}

impl Draft {
    /// A draft of which nothing is known but whose it is and what it is called.
    pub fn named(source: SourceId, upstream_id: String) -> Self {
        Self::from(Article::named(source, upstream_id))
    }

    /// The key that the article has or will have.
    pub fn key(&self) -> ArticleKey {
        match self.is_copied {
            true => ArticleKey::of_copy(&self.id),
            false => ArticleKey::of(&self.source, &self.upstream_id),
        }
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
        let mut article = Article { id, key, title, received, changed, revision, ..self.article };
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
