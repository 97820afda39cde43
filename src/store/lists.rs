use super::counts::{CategoryCount, Counts};
use super::fold::Repeat;
use super::member::{Member, State};
use super::overlay::{from_json, scan};
use super::{Error, IndexId, Store, keys};
use crate::model::{Article, ArticleKey, Seq, SourceId, Timestamp};
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

/// How long an idempotency key is remembered.
pub const IDEMPOTENCY_MS: i64 = 7 * 24 * 3_600_000;

impl Store {
    /// The `most` categories with the most live articles, in the order of slugs. No more than these are held in memory, since
    /// a source may bring any number of names.
    ///
    /// # Errors
    /// The views cannot be read or are damaged.
    pub fn largest_categories(&self, most: usize) -> Result<Vec<CategoryCount>, Error> {
        let mut kept = BTreeMap::new();
        for item in scan(&self.views().tree, vec![b'k']) {
            let (key, bytes) = item?;
            let category: CategoryCount = from_json(&key, &bytes)?;
            if category.live == 0 {
                continue;
            }
            kept.insert((category.live, Reverse(category.slug.clone())), category);
            if kept.len() > most {
                kept.pop_first();
            }
        }
        let mut kept: Vec<_> = kept.into_values().collect();
        kept.sort_by(|a, b| a.slug.cmp(&b.slug));
        Ok(kept)
    }

    /// The category of a slug, if it has live articles.
    ///
    /// # Errors
    /// The views cannot be read or are damaged.
    pub fn category(&self, slug: &str) -> Result<Option<CategoryCount>, Error> {
        let found = self.views().overlay().json(&keys::category(slug))?;
        Ok(found.filter(|category: &CategoryCount| category.live > 0))
    }

    /// The counts of every source that ever had an article, configured or not, in the order of ids.
    ///
    /// # Errors
    /// The views cannot be read or are damaged.
    pub fn counts(&self) -> Result<Vec<Counts>, Error> {
        scan(&self.views().tree, vec![b'c'])
            .map(|item| item.and_then(|(key, bytes)| from_json(&key, &bytes)))
            .collect()
    }

    /// The counts of one source.
    ///
    /// # Errors
    /// The views cannot be read or are damaged.
    pub fn counts_of(&self, source: &SourceId) -> Result<Counts, Error> {
        let found = self.views().overlay().json(&keys::counts(source))?;
        Ok(found.unwrap_or_else(|| Counts::none(source.clone())))
    }

    /// The newest live articles of an index.
    ///
    /// # Errors
    /// The views or an event cannot be read or are damaged.
    pub fn latest(&self, index: IndexId, count: usize) -> Result<Vec<Arc<Article>>, Error> {
        let live = self.live(index).take(count);
        live.map(|member| member.and_then(|(key, seq)| self.article_of_event(key, seq))).collect()
    }

    /// The keys of the live articles of an index.
    ///
    /// # Errors
    /// The views cannot be read or are damaged.
    pub fn live_keys(&self, index: IndexId) -> Result<Vec<ArticleKey>, Error> {
        self.live(index).map(|member| member.map(|(key, _)| key)).collect()
    }

    /// The numbers of all events of an article, oldest first.
    ///
    /// # Errors
    /// The views cannot be read or are damaged.
    pub fn revisions(&self, key: ArticleKey) -> Result<Vec<Seq>, Error> {
        if let Some(only) = self.known(key)?.filter(|known| known.events == 1) {
            return Ok(vec![only.seq]);
        }
        let seq_of = |key: Vec<u8>| {
            let bytes = key.get(17..).and_then(|bytes| bytes.try_into().ok()).unwrap_or_default();
            Seq(u64::from_be_bytes(bytes))
        };
        scan(&self.views().tree, keys::revisions(key))
            .map(|item| item.map(|(key, _)| seq_of(key)))
            .collect()
    }

    /// The result of a push with this idempotency key, if it came within the last seven days.
    ///
    /// # Errors
    /// The views cannot be read or are damaged.
    pub fn repeat(
        &self,
        source: &SourceId,
        idempotency_key: &str,
        now: Timestamp,
    ) -> Result<Option<Repeat>, Error> {
        let key = keys::idempotency(source, idempotency_key);
        let found: Option<Repeat> = self.views().overlay().json(&key)?;
        Ok(found.filter(|repeat| repeat.at.plus_millis(IDEMPOTENCY_MS) > now))
    }

    fn live(&self, index: IndexId) -> impl Iterator<Item = Result<(ArticleKey, Seq), Error>> + '_ {
        scan(&self.views().tree, keys::members(index)).filter_map(|item| {
            let live = item.and_then(|(at, bytes)| {
                let member = Member::of(&at, &bytes)?;
                let key = keys::of_member(&at).map(|(_, key)| key);
                Ok(key.filter(|_| member.state == State::Live).map(|key| (key, member.seq)))
            });
            live.transpose()
        })
    }
}
