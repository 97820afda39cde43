use super::member::{Member, State};
use super::overlay::{from_json, scan};
use super::{Error, IndexId, Matcher, Meta, Store, keys};
use crate::journal::seal;
use crate::model::{ArticleKey, Feed, Filter};
use serde::{Deserialize, Serialize};
use sled::Batch;
use std::collections::BTreeMap;
use std::ops::Bound::{Excluded, Included};

/// How many changes are written at once while an index is filled or dropped.
const AT_ONCE: usize = 2_000;
/// How many articles are put into new indexes at once. Folding waits meanwhile.
const ARTICLES: usize = 200;

/// A configured index as it is stored.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Configured {
    filter: Filter,
    /// False while it is being filled or dropped, so that the next opening notices an interruption.
    ready: bool,
}

impl Store {
    /// Takes the feeds of a config: fills the indexes that are missing and drops those that no feed has.
    ///
    /// # Errors
    /// An index could not be filled or dropped; the next opening does it.
    pub fn set_feeds(&self, feeds: &[Feed]) -> Result<(), Error> {
        self.add_feeds(feeds)?;
        self.keep_feeds(feeds)
    }

    /// Fills the indexes that feeds need and that are missing. The other indexes are kept up and folding goes on meanwhile.
    ///
    /// # Errors
    /// An index could not be filled; the old ones remain.
    pub fn add_feeds(&self, feeds: &[Feed]) -> Result<(), Error> {
        let _alone = self.views().lock_indexes();
        let mut missing = matchers_of(feeds);
        for (id, configured) in self.configured()? {
            if configured.ready {
                missing.remove(&id);
            } else {
                self.drop_index(id, &configured)?;
            }
        }
        let missing: Vec<Matcher> = missing.into_values().collect();
        if missing.is_empty() {
            return Ok(());
        }
        let made = self.make_indexes(&missing);
        if made.is_err() {
            self.match_by(self.kept_matchers()?);
        }
        made
    }

    /// Drops the indexes that no feed has any more. Call it when nobody shows them.
    ///
    /// # Errors
    /// An index could not be dropped; the next opening does it.
    pub fn keep_feeds(&self, feeds: &[Feed]) -> Result<(), Error> {
        let _alone = self.views().lock_indexes();
        let wanted = matchers_of(feeds);
        let kept = self.kept_matchers()?.into_iter();
        self.match_by(kept.filter(|matcher| wanted.contains_key(&matcher.id)).collect());
        for (id, configured) in self.configured()? {
            if !wanted.contains_key(&id) {
                self.drop_index(id, &configured)?;
            }
        }
        Ok(())
    }

    /// Sets the matchers between two groups of events.
    fn match_by(&self, matchers: Vec<Matcher>) {
        let _between_events = self.followed.pause();
        self.views().set_matchers(matchers);
    }

    /// The matchers of the indexes that are complete.
    pub(super) fn kept_matchers(&self) -> Result<Vec<Matcher>, Error> {
        let kept = self.configured()?.into_values().filter(|configured| configured.ready);
        Ok(kept.map(|configured| Matcher::new(&configured.filter)).collect())
    }

    fn configured(&self) -> Result<BTreeMap<IndexId, Configured>, Error> {
        let mut all = BTreeMap::new();
        for item in scan(&self.views().tree, vec![b'x']) {
            let (key, bytes) = item?;
            if let Some(id) = key.get(1..).and_then(|id| id.try_into().ok()) {
                all.insert(IndexId(id), from_json(&key, &bytes)?);
            }
        }
        Ok(all)
    }

    fn mark(&self, id: IndexId, configured: &Configured, ready: bool) -> Result<(), Error> {
        let mut overlay = self.views().overlay();
        overlay.put_json(keys::configured(id), &Configured { ready, ..configured.clone() })?;
        overlay.write()
    }

    fn drop_index(&self, id: IndexId, configured: &Configured) -> Result<(), Error> {
        self.views().dropped().insert(id);
        self.mark(id, configured, false)?;
        loop {
            let members = self.views().tree.scan_prefix(keys::members(id)).keys().take(AT_ONCE);
            let members = members.collect::<Result<Vec<_>, _>>()?;
            if members.is_empty() {
                break;
            }
            let mut batch = Batch::default();
            members.into_iter().for_each(|key| batch.remove(key));
            self.journal().disk().apply(&self.views().tree, batch)?;
        }
        let mut overlay = self.views().overlay();
        overlay.remove(keys::version(id));
        overlay.remove(keys::configured(id));
        overlay.write()
    }

    /// Fills new indexes with the existing articles, a few at a time. Events that come meanwhile are folded into them too.
    fn make_indexes(&self, missing: &[Matcher]) -> Result<(), Error> {
        let configured =
            |matcher: &Matcher| Configured { filter: matcher.filter().clone(), ready: false };
        for matcher in missing {
            self.mark(matcher.id, &configured(matcher), false)?;
        }
        self.match_by(self.kept_matchers()?.iter().chain(missing).cloned().collect());
        let mut after = None;
        while let Some(last) = self.fill(missing, after)? {
            after = Some(last);
        }
        for matcher in missing {
            self.mark(matcher.id, &configured(matcher), true)?;
            self.views().dropped().remove(&matcher.id);
        }
        Ok(())
    }

    /// Puts the next articles into new indexes. Returns the last of them, `None` if there are no more.
    fn fill(
        &self,
        missing: &[Matcher],
        after: Option<ArticleKey>,
    ) -> Result<Option<ArticleKey>, Error> {
        let _nothing_folds = self.followed.pause();
        let mut overlay = self.views().overlay();
        let mut last = None;
        for key in self.keys_after(after) {
            let key = key?;
            last = Some(key);
            let Some(meta) = self.known(key)? else { continue };
            for matcher in missing {
                let Some(member) = self.member_of(matcher, key, &meta)? else { continue };
                overlay.put(keys::member(matcher.id, meta.order, meta.first, key), member.bytes());
                let version = overlay.version(matcher.id)?.max(member.seq);
                overlay.put(keys::version(matcher.id), version.0.to_be_bytes().to_vec());
            }
            if overlay.len() >= AT_ONCE {
                break;
            }
        }
        overlay.write()?;
        Ok(last)
    }

    /// The next articles after one, in the order of keys.
    fn keys_after(
        &self,
        after: Option<ArticleKey>,
    ) -> impl Iterator<Item = Result<ArticleKey, Error>> + '_ {
        let from = after.map_or(Included(vec![b'a']), |key| Excluded(keys::article(key)));
        let found = self.views().tree.range((from, Excluded(vec![b'b']))).keys().take(ARTICLES);
        found.map(|key| {
            let key = key?;
            let article = key.get(1..).and_then(|article| article.try_into().ok());
            Ok(ArticleKey(article.ok_or_else(|| seal::damaged(&key))?))
        })
    }

    /// The member that folding every event would have made of an article.
    fn member_of(
        &self,
        matcher: &Matcher,
        key: ArticleKey,
        meta: &Meta,
    ) -> Result<Option<Member>, Error> {
        if meta.is_live() && matcher.matches(meta) {
            return Ok(Some(Member {
                state: State::Live,
                seq: meta.article_seq,
                at: meta.changed,
            }));
        }
        if meta.events <= 1 {
            return Ok(None);
        }
        let mut known: Option<Meta> = None;
        let mut gone = None;
        for event in self.history(key)? {
            let after = Meta::after(&event, known.as_ref());
            let is_in = |meta: &Meta| meta.is_live() && matcher.matches(meta);
            if let Some(after) = &after
                && known.as_ref().is_some_and(is_in)
                && !is_in(after)
            {
                gone = Some(Member { state: State::Gone, seq: event.seq, at: after.changed });
            }
            known = after;
        }
        Ok(gone)
    }
}

fn matchers_of(feeds: &[Feed]) -> BTreeMap<IndexId, Matcher> {
    let matchers = feeds.iter().map(|feed| Matcher::new(&feed.filter));
    matchers.filter(|matcher| matcher.id != IndexId::all()).map(|m| (m.id, m)).collect()
}
