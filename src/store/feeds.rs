//! Configured indexes: made when a feed's filter is new, dropped when no feed has it any more.

use super::member::{Member, State};
use super::view::{View, from_json, scan};
use super::{Error, IndexId, Matcher, Meta, Store, keys};
use crate::model::{ArticleKey, Event, Feed, Filter, Seq};
use serde::{Deserialize, Serialize};
use sled::Batch;
use std::collections::BTreeMap;

/// Changes written at once while an index is made or dropped.
const AT_ONCE: usize = 2_000;

/// A configured index as the store remembers it.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Configured {
    filter: Filter,
    /// False while it is being made or dropped: a stop half way is seen at the next opening.
    ready: bool,
}

impl Store {
    /// Takes the feeds of a new config: makes the indexes that are missing, drops those that no feed has.
    pub fn set_feeds(&self, feeds: &[Feed]) -> Result<(), Error> {
        let _nothing_folds = self.folding();
        let wanted = matchers_of(feeds);
        let kept = self.configured()?;
        for (id, configured) in &kept {
            if !configured.ready || !wanted.contains_key(id) {
                self.drop_index(*id, configured)?;
            }
        }
        for (id, matcher) in &wanted {
            if !kept.get(id).is_some_and(|configured| configured.ready) {
                self.make_index(matcher)?;
            }
        }
        self.set_matchers(wanted.into_values().collect());
        Ok(())
    }

    /// The matchers of the indexes that are there already.
    pub(super) fn kept_matchers(&self) -> Result<Vec<Matcher>, Error> {
        let kept = self.configured()?.into_values().filter(|configured| configured.ready);
        Ok(kept.map(|configured| Matcher::new(&configured.filter)).collect())
    }

    fn configured(&self) -> Result<BTreeMap<IndexId, Configured>, Error> {
        let mut all = BTreeMap::new();
        for item in scan(self.tree(), vec![b'x']) {
            let (key, bytes) = item?;
            if let Some(id) = key.get(1..).and_then(|id| id.try_into().ok()) {
                all.insert(IndexId(id), from_json(&key, &bytes)?);
            }
        }
        Ok(all)
    }

    fn mark(&self, id: IndexId, configured: &Configured, ready: bool) -> Result<(), Error> {
        let mut view = View::of(self.journal(), self.tree());
        view.put_json(keys::configured(id), &Configured { ready, ..configured.clone() })?;
        view.write()
    }

    fn drop_index(&self, id: IndexId, configured: &Configured) -> Result<(), Error> {
        self.mark(id, configured, false)?;
        loop {
            let members = self.tree().scan_prefix(keys::members(id)).keys().take(AT_ONCE);
            let members = members.collect::<Result<Vec<_>, _>>()?;
            if members.is_empty() {
                break;
            }
            let mut batch = Batch::default();
            members.into_iter().for_each(|key| batch.remove(key));
            self.journal().disk().apply(self.tree(), batch)?;
        }
        let mut view = View::of(self.journal(), self.tree());
        view.remove(keys::version(id));
        view.remove(keys::configured(id));
        view.write()
    }

    fn make_index(&self, matcher: &Matcher) -> Result<(), Error> {
        let configured = Configured { filter: matcher.filter().clone(), ready: false };
        self.mark(matcher.id, &configured, false)?;
        let mut version = Seq(0);
        let mut view = View::of(self.journal(), self.tree());
        for item in self.metas() {
            let (key, meta) = item?;
            let Some(member) = self.member_of(matcher, key, &meta)? else { continue };
            version = version.max(member.seq);
            view.put(keys::member(matcher.id, meta.order, key), member.bytes());
            if view.len() >= AT_ONCE {
                std::mem::replace(&mut view, View::of(self.journal(), self.tree())).write()?;
            }
        }
        if version > Seq(0) {
            view.put(keys::version(matcher.id), version.0.to_be_bytes().to_vec());
        }
        view.write()?;
        self.mark(matcher.id, &configured, true)
    }

    /// The place that folding every event would have given an article in an index.
    fn member_of(
        &self,
        matcher: &Matcher,
        key: ArticleKey,
        meta: &Meta,
    ) -> Result<Option<Member>, Error> {
        if meta.is_live() && matcher.matches(meta) {
            return Ok(Some(Member { state: State::Live, seq: meta.seq, at: meta.changed }));
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

    /// All events of an article, oldest first.
    pub fn history(&self, key: ArticleKey) -> Result<Vec<Event>, Error> {
        let event = |seq| {
            let event = self.journal().get(seq)?;
            event.ok_or_else(|| {
                Error::Inconsistent(format!("event {seq} of article {key} is missing"))
            })
        };
        self.revisions(key)?.into_iter().map(event).collect()
    }
}

fn matchers_of(feeds: &[Feed]) -> BTreeMap<IndexId, Matcher> {
    let matchers = feeds.iter().map(|feed| Matcher::new(&feed.filter));
    matchers.filter(|matcher| matcher.id != IndexId::all()).map(|m| (m.id, m)).collect()
}
