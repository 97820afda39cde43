//! The latest other id of an article, for portals that renumber. Progress: lost, it is found again by link and text.
//!
//! In the tree of progress: `alias/SOURCE/` and the key of the other id leads to the article, `alias/SOURCE=` and the
//! article back, so that an article has one such id and what is kept is bounded by the articles.

use super::{Error, Progress};
use crate::journal::seal::{seal, unseal};
use crate::model::{ArticleKey, SourceId};
use sled::Batch;

impl Progress {
    /// The article that an id of a source meant last; the id is given by the key that it would have.
    pub fn alias(&self, source: &SourceId, id: ArticleKey) -> Result<Option<ArticleKey>, Error> {
        self.alias_row(&row(source, '/', id))
    }

    /// Remembers which articles other ids of a source meant: pairs of the id's own key and the article's.
    pub fn put_aliases(
        &self,
        source: &SourceId,
        pairs: &[(ArticleKey, ArticleKey)],
    ) -> Result<(), Error> {
        let mut batch = Batch::default();
        for (id, article) in pairs {
            let (to, back) = (row(source, '/', *id), row(source, '=', *article));
            match self.alias_row(&back)? {
                Some(same) if same == *id => continue,
                Some(before) => batch.remove(row(source, '/', before)),
                None => {}
            }
            batch.insert(&*to, seal(&to, &article.0));
            batch.insert(&*back, seal(&back, &id.0));
        }
        self.apply(batch)
    }

    /// The id, as its own key, that an article of a source is called by now instead of its own.
    pub fn other_id(
        &self,
        source: &SourceId,
        article: ArticleKey,
    ) -> Result<Option<ArticleKey>, Error> {
        self.alias_row(&row(source, '=', article))
    }

    /// Forgets the other ids of articles that are called by their own again.
    pub fn drop_aliases(&self, source: &SourceId, articles: &[ArticleKey]) -> Result<(), Error> {
        let mut batch = Batch::default();
        let mut any = false;
        for article in articles {
            let back = row(source, '=', *article);
            if let Some(other) = self.alias_row(&back)? {
                batch.remove(row(source, '/', other));
                batch.remove(back);
                any = true;
            }
        }
        if any { self.apply(batch) } else { Ok(()) }
    }

    fn alias_row(&self, row: &[u8]) -> Result<Option<ArticleKey>, Error> {
        let value = self.tree().get(row)?;
        let key = value.as_ref().and_then(|value| unseal(row, value)?.try_into().ok());
        Ok(key.map(ArticleKey))
    }
}

fn row(source: &SourceId, way: char, key: ArticleKey) -> Vec<u8> {
    let mut row = format!("alias/{source}{way}").into_bytes();
    row.extend_from_slice(&key.0);
    row
}
