//! The latest other id of an article, for portals that renumber. If it is lost, link and text find the article again.
//!
//! The row `SOURCE/ID` leads to the article and `SOURCE=ARTICLE` back, so that an article has only one such id. An id is
//! written as the key that an article of this id would have.

use super::{Error, Kind, Progress};
use crate::model::{ArticleKey, SourceId};

impl Progress {
    /// The article that another id of a source meant last.
    ///
    /// # Errors
    /// If the row cannot be read.
    pub fn article_of_id(
        &self,
        source: &SourceId,
        id: ArticleKey,
    ) -> Result<Option<ArticleKey>, Error> {
        self.get(Kind::FormerId, &to_article(source, id))
    }

    /// The other id by which a source calls an article now; `None` if it uses the article's own.
    ///
    /// # Errors
    /// If the row cannot be read.
    pub fn other_id(
        &self,
        source: &SourceId,
        article: ArticleKey,
    ) -> Result<Option<ArticleKey>, Error> {
        self.get(Kind::FormerId, &to_id(source, article))
    }

    /// Stores which articles other ids of a source mean: pairs of the id and the article.
    ///
    /// # Errors
    /// If a row cannot be read or written.
    pub fn put_other_ids(
        &self,
        source: &SourceId,
        pairs: &[(ArticleKey, ArticleKey)],
    ) -> Result<(), Error> {
        let mut changes = self.changes();
        for (id, article) in pairs {
            match self.other_id(source, *article)? {
                Some(same) if same == *id => continue,
                Some(before) => changes.remove(Kind::FormerId, &to_article(source, before))?,
                None => {}
            }
            changes.put(Kind::FormerId, &to_article(source, *id), article)?;
            changes.put(Kind::FormerId, &to_id(source, *article), id)?;
        }
        changes.apply()
    }

    /// Forgets the other ids of articles that are called by their own again.
    ///
    /// # Errors
    /// If a row cannot be read or removed.
    pub fn remove_other_ids(
        &self,
        source: &SourceId,
        articles: &[ArticleKey],
    ) -> Result<(), Error> {
        let mut changes = self.changes();
        for article in articles {
            if let Some(other) = self.other_id(source, *article)? {
                changes.remove(Kind::FormerId, &to_article(source, other))?;
                changes.remove(Kind::FormerId, &to_id(source, *article))?;
            }
        }
        changes.apply()
    }
}

fn to_article(source: &SourceId, id: ArticleKey) -> String {
    format!("{source}/{id}")
}

fn to_id(source: &SourceId, article: ArticleKey) -> String {
    format!("{source}={article}")
}
