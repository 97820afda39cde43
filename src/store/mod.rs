//! The views: everything that follows from the journal, folded into one sled tree. Nothing here is a fact of its own.
//!
//! In: the events of the journal, in groups, each folded by the rules of `fold` and written together with the
//! watermark. Out: `Store::article`, `Store::known`, `Store::window`, the lists of `lists`; and `Progress`,
//! which is no view.
//!
//! The views may be deleted at any time: `Store::rebuild` makes them again, byte by byte the same.

/// The views as a follower of the journal: how a group of events is folded into their tree.
mod views;
/// Folds one event into changes of keys: the rules.
mod fold;
/// What the store knows of an article without reading its event.
mod meta;
/// Which articles belong to an index: how a filter of sources, categories, provinces and words decides that.
mod matcher;
/// A member of an index: live, or a marker that it once was.
mod member;
/// Configured indexes: filled when a feed's filter is new, dropped when no feed has it any more.
mod indexes;
/// What a feed shows: the newest members of an index, and those that are gone from among them.
mod window;
/// What a feed shows no more: older members, in documents that stay as they are.
mod archive;
/// Every event of an article, and taking what it said out for good.
mod history;
/// How many articles a source or a category has.
mod counts;
/// Lists and counts for pages and commands.
mod lists;
/// Keys by which a source's article is found again when it comes under a new id.
pub mod match_keys;
/// The keys of the tree, one letter per kind.
mod keys;
/// Changes laid over the tree of the views: reads see them at once, and they are written together.
mod overlay;
/// Checks that every view follows from the journal.
pub mod check;
/// What sources, hosts, folders and feeds remember between two runs.
mod progress;
/// Copies of the files that articles show: which we hold, and which article shows them. Progress, not facts: a copy that
/// is lost is fetched again.
mod copies;
/// The copies themselves: files in the data directory, named by their hashes.
mod media_files;
/// What can go wrong.
mod error;

pub use archive::Archive;
pub use copies::{ArticleFiles, Copies, Copy, FileState};
pub use counts::{CategoryCount, Counts};
pub use error::Error;
pub use fold::Repeat;
pub use lists::IDEMPOTENCY_MS;
pub use matcher::{IndexId, Matcher};
pub use media_files::MediaFiles;
pub use meta::{Meta, category_slug};
pub use progress::{Kind, Progress};
pub use window::{Gone, Window};

use crate::journal::{Followed, FollowerThread, Journal};
use crate::model::{Article, ArticleKey, Feed, Seq};
use overlay::article_at;
use std::sync::Arc;
use views::Views;

/// The store; clones are the same store.
#[derive(Clone)]
pub struct Store {
    followed: Arc<Followed<Views>>,
    progress: Progress,
    copies: Copies,
}

impl Store {
    /// Opens the views of a journal, rebuilds them if they do not fit it, and folds what is new; [`Store::follow`] keeps them up.
    ///
    /// # Errors
    /// A tree cannot be opened, or the views cannot be folded.
    pub fn open(journal: Journal, feeds: &[Feed]) -> Result<Self, Error> {
        let progress = Progress::open(journal.disk())?;
        let followed = Arc::new(Followed::new(journal.clone(), Views::open(journal)?));
        let copies = Copies::open(progress.clone())?;
        let store = Self { followed, progress, copies };
        store.views().set_matchers(store.kept_matchers()?);
        store.followed.resume()?;
        store.set_feeds(feeds)?;
        store.catch_up()?;
        Ok(store)
    }

    /// Starts the thread that keeps the views up with the journal.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn follow(&self) -> Result<FollowerThread, Error> {
        Ok(self.followed.start()?)
    }

    /// Folds until the views have everything that the journal has.
    ///
    /// # Errors
    /// An event cannot be read, or the views cannot be written.
    pub fn catch_up(&self) -> Result<(), Error> {
        self.followed.catch_up()
    }

    /// Folds the views again from the first event on; `progress` gets how many of how many events are folded.
    ///
    /// # Errors
    /// An event cannot be read, or the views cannot be written; the next opening rebuilds them.
    pub fn rebuild(&self, progress: &mut dyn FnMut(u64, u64)) -> Result<(), Error> {
        self.followed.rebuild(progress)
    }

    /// A published article; `None` if there is none or it was withdrawn.
    ///
    /// # Errors
    /// The views or the event cannot be read.
    pub fn article(&self, key: ArticleKey) -> Result<Option<Arc<Article>>, Error> {
        let live = self.known(key)?.filter(Meta::is_live);
        live.map(|meta| self.article_of_event(key, meta.article_seq)).transpose()
    }

    /// What is known of an article, also of a withdrawn one.
    ///
    /// # Errors
    /// The views or the event cannot be read.
    pub fn known(&self, key: ArticleKey) -> Result<Option<Meta>, Error> {
        self.views().overlay().meta(key)
    }

    /// The last revision of an article, withdrawn or not.
    ///
    /// # Errors
    /// The views or the event cannot be read.
    pub fn last_article(&self, key: ArticleKey) -> Result<Option<Arc<Article>>, Error> {
        let known = self.known(key)?;
        known.map(|meta| self.article_of_event(key, meta.article_seq)).transpose()
    }

    /// What is remembered between two runs.
    pub fn progress(&self) -> Progress {
        self.progress.clone()
    }

    /// Which files of articles we hold copies of.
    pub fn copies(&self) -> &Copies {
        &self.copies
    }

    /// The journal from which the views follow.
    pub fn journal(&self) -> &Journal {
        &self.views().journal
    }

    /// The last event that is folded in.
    pub fn watermark(&self) -> Seq {
        self.followed.watermark()
    }

    /// Waits until an event is folded in. The caller sets a timeout, since a full disk delays folding.
    pub async fn caught_up(&self, seq: Seq) {
        // The store holds the sender, so this never fails.
        let _ = self.followed.watermarks().wait_for(|folded| *folded >= seq).await;
    }

    /// Changes whenever a rebuild of the views starts or ends; see [`Store::consistent_since`].
    pub fn epoch(&self) -> u64 {
        self.followed.epoch()
    }

    /// Returns true if no rebuild has started or ended since `epoch` was read, and none was under way. If true,
    /// everything read in between is one consistent view, and an article that was not found does not exist.
    pub fn consistent_since(&self, epoch: u64) -> bool {
        self.followed.consistent_since(epoch)
    }

    /// Why folding or writing is stuck, if it is.
    pub fn trouble(&self) -> Option<Error> {
        self.followed.trouble().or_else(|| self.journal().disk().trouble().map(Error::Journal))
    }

    /// The tag authority of the very first article, if there is one. It never changes, also in a copy of the journal.
    ///
    /// # Errors
    /// The views or the event cannot be read.
    pub fn first_authority(&self) -> Result<Option<String>, Error> {
        let first = self.journal().read(Seq(0), 1)?;
        let article = first.first().and_then(|event| event.change.article());
        Ok(article.and_then(|article| article.id.authority().map(str::to_owned)))
    }

    /// The article that an event of it carries.
    fn article_of_event(&self, key: ArticleKey, seq: Seq) -> Result<Arc<Article>, Error> {
        let article = article_at(self.journal(), seq)?;
        let fits = article.key == key;
        fits.then_some(article)
            .ok_or_else(|| Error::Inconsistent(format!("event {seq} is not of article {key}")))
    }

    fn views(&self) -> &Views {
        self.followed.follower()
    }
}

#[cfg(test)]
mod ops;
#[cfg(test)]
mod tests;
