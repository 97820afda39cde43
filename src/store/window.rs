use super::member::{Member, State};
use super::overlay::scan;
use super::{Error, IndexId, Store, keys};
use crate::model::{Article, ArticleId, ArticleKey, Feed, Seq, Timestamp};
use std::sync::Arc;

/// What a feed shows. The same journal and limits give the same window on any node.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Window {
    /// The live members, newest first.
    pub entries: Vec<Arc<Article>>,
    /// Articles within the window's stretch of time that are no longer members, newest first; at most `max_entries`.
    pub gone: Vec<Gone>,
    /// The last change within the window, from which `Last-Modified` is made; 1970 if the window is empty.
    pub changed: Timestamp,
}

/// A former member (RFC 6721 `deleted-entry`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gone {
    pub id: ArticleId,
    /// When it ceased to be a member, but not before the latest time that feeds gave it: a source's clock may be ahead.
    pub at: Timestamp,
}

impl Gone {
    /// The next whole second, since an entry's time may have a fraction.
    pub fn when(&self) -> Timestamp {
        Timestamp::from_secs(self.at.millis().div_euclid(1_000).saturating_add(1))
    }
}

impl Store {
    /// The newest members of an index within a feed's limits: `min_entries` if there are as many, further ones that are
    /// at most `max_age_ms` older than the newest, never more than `max_entries`.
    ///
    /// # Errors
    /// [`Error::Behind`] while the views are rebuilt or the index is dropped, so that no half of a window is shown.
    pub fn window(&self, index: IndexId, limits: &Feed) -> Result<Window, Error> {
        let epoch = self.epoch();
        let window = self.read_window(index, limits);
        if !self.consistent_since(epoch) || self.views().dropped().contains(&index) {
            return Err(Error::Behind);
        }
        window
    }

    fn read_window(&self, index: IndexId, limits: &Feed) -> Result<Window, Error> {
        let mut window = Window::default();
        let mut oldest = None;
        for item in scan(&self.views().tree, keys::members(index)) {
            let (at, bytes) = item?;
            let Some((order, key)) = keys::of_member(&at) else { continue };
            let enough = window.entries.len() >= limits.min_entries;
            if window.entries.len() >= limits.max_entries
                || enough && oldest.is_some_and(|oldest| order < oldest)
            {
                break;
            }
            let member = Member::of(&at, &bytes)?;
            match member.state {
                State::Live => {
                    oldest.get_or_insert(order.plus_millis(limits.max_age_ms.saturating_neg()));
                    window.entries.push(self.article_of_event(key, member.seq)?);
                }
                State::Gone if window.gone.len() < limits.max_entries => {
                    window.gone.push(self.gone(key, &member)?);
                }
                State::Gone => {}
            }
            window.changed = window.changed.max(member.at);
        }
        Ok(window)
    }

    /// The last event that changed an index. While it stays the same, so does every window of the index.
    ///
    /// # Errors
    /// The views cannot be read or are damaged.
    pub fn version(&self, index: IndexId) -> Result<Seq, Error> {
        self.views().overlay().version(index)
    }

    pub(super) fn gone(&self, key: ArticleKey, member: &Member) -> Result<Gone, Error> {
        let meta = self.known(key)?;
        let meta = meta.ok_or_else(|| Error::Inconsistent(format!("no article {key}")))?;
        let shown = meta.order.plus_millis(i64::from(meta.revision)).max(meta.changed);
        Ok(Gone { id: meta.id, at: member.at.max(shown) })
    }
}
