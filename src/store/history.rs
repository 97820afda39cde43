use super::fold::{dedupe_keys, keys_of};
use super::{Error, Meta, Store};
use crate::model::{ArticleKey, Event, Purge};

impl Store {
    /// All events of an article, oldest first.
    ///
    /// # Errors
    /// An event cannot be read or is missing.
    pub fn history(&self, key: ArticleKey) -> Result<Vec<Event>, Error> {
        let event = |seq| {
            let event = self.journal().get(seq)?;
            event.ok_or_else(|| {
                Error::Inconsistent(format!("event {seq} of article {key} is missing"))
            })
        };
        self.revisions(key)?.into_iter().map(event).collect()
    }

    /// Takes what an article said out of the journal and the views. Returns how many events said something.
    ///
    /// # Errors
    /// An event cannot be read, or nothing can be written; then the article is to be purged again.
    pub fn purge(&self, purge: &Purge) -> Result<usize, Error> {
        let key = purge.key;
        let _nothing_folds = self.followed.pause();
        let events = self.history(key)?;
        let mut overlay = self.views().overlay();
        for article in events.iter().filter_map(|event| event.change.article()) {
            keys_of(article).into_iter().for_each(|key| overlay.remove(key));
        }
        let mut known = None;
        for event in self.journal().purge(&events, purge)? {
            known = Meta::after(&event, known.as_ref());
            if let Some(article) = event.change.article() {
                dedupe_keys(&mut overlay, article);
            }
        }
        if let Some(known) = &known {
            overlay.put_meta(key, known)?;
        }
        overlay.write()?;
        Ok(events.iter().filter(|event| event.change.article().is_some()).count())
    }
}
