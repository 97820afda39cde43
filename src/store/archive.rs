use super::member::{Member, State};
use super::overlay::scan_from;
use super::{Error, IndexId, Store, Window, keys};
use crate::model::ArticleKey;

/// About one member in so many begins a document of the archive.
const ABOUT: u8 = 64;
/// The most members of one document; the next one begins there where none would before.
const MOST: usize = 256;

/// A document of an index's archive: some members next to each other, in the order of feeds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Archive {
    /// What it shows: every member from its first on until the next document begins.
    pub window: Window,
    /// The first member of the next older document, unless this is the last one.
    pub older: Option<ArticleKey>,
}

impl Store {
    /// The document that begins with an article, whether that still is a member or not. `None` if there is no such article.
    ///
    /// Where a document ends follows from the keys of its members alone, which are hashes. So it stays the same whatever
    /// comes and goes in other documents, and the same on any node.
    ///
    /// # Errors
    /// [`Error::Behind`] while the views are rebuilt or the index is dropped.
    pub fn archive(&self, index: IndexId, from: ArticleKey) -> Result<Option<Archive>, Error> {
        let epoch = self.epoch();
        let archive = self.read_archive(index, from);
        if !self.consistent_since(epoch) || self.views().dropped().contains(&index) {
            return Err(Error::Behind);
        }
        archive
    }

    /// The member after an article, in the order of feeds.
    ///
    /// # Errors
    /// The views cannot be read.
    pub fn older_than(&self, index: IndexId, key: ArticleKey) -> Result<Option<ArticleKey>, Error> {
        let Some(meta) = self.known(key)? else { return Ok(None) };
        let start = keys::member(index, meta.order, meta.first, key);
        let keys = self.views().tree.range(start..end_of(index)).keys();
        let mut members = keys.filter_map(|at| match at {
            Ok(at) => keys::of_member(&at).map(|(_, key)| Ok(key)),
            Err(error) => Some(Err(error.into())),
        });
        members.find(|member| !matches!(member, Ok(member) if *member == key)).transpose()
    }

    fn read_archive(&self, index: IndexId, from: ArticleKey) -> Result<Option<Archive>, Error> {
        let Some(meta) = self.known(from)? else { return Ok(None) };
        let start = keys::member(index, meta.order, meta.first, from);
        let mut archive = Archive::default();
        for (place, item) in scan_from(&self.views().tree, start, end_of(index)).enumerate() {
            let (at, bytes) = item?;
            let Some((_, key)) = keys::of_member(&at) else { continue };
            if place == MOST || place > 0 && begins(key) {
                archive.older = Some(key);
                break;
            }
            self.add(&mut archive.window, key, &Member::of(&at, &bytes)?)?;
        }
        Ok(Some(archive))
    }

    fn add(&self, window: &mut Window, key: ArticleKey, member: &Member) -> Result<(), Error> {
        match member.state {
            State::Live => window.entries.push(self.article_of_event(key, member.seq)?),
            State::Gone => window.gone.push(self.gone(key, member)?),
        }
        window.changed = window.changed.max(member.at);
        Ok(())
    }
}

/// Whether a member begins a document.
fn begins(key: ArticleKey) -> bool {
    key.0.last().is_some_and(|byte| byte % ABOUT == 0)
}

/// The key after all members of an index.
fn end_of(index: IndexId) -> Vec<u8> {
    let mut end = keys::members(index);
    end.extend([0xff; 33]);
    end
}

#[cfg(test)]
mod tests {
    use super::super::tests::{at, feed, open_journal, publish, sample, withdraw};
    use super::*;
    use crate::journal::Proposal;
    use crate::model::{Article, Filter};
    use proptest::prelude::*;
    use std::collections::BTreeMap;
    use std::sync::Arc;

    struct Walked {
        store: Store,
        runtime: tokio::runtime::Runtime,
        _folder: tempfile::TempDir,
    }

    impl Walked {
        fn open() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let store = Store::open(open_journal(folder.path()), &[]).unwrap();
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            Self { store, runtime, _folder: folder }
        }

        fn append(&self, proposals: Vec<Proposal>) {
            let journal = self.store.journal();
            for proposal in proposals {
                self.runtime.block_on(journal.append(proposal)).unwrap();
            }
            self.store.catch_up().unwrap();
        }

        /// The current document's articles, and where the archive begins.
        fn head(&self) -> (Vec<Arc<Article>>, Option<ArticleKey>) {
            let window = self.store.window(IndexId::all(), &feed(Filter::default())).unwrap();
            let oldest = window.entries.last().map(|article| article.key);
            let older = oldest.and_then(|key| self.store.older_than(IndexId::all(), key).unwrap());
            (window.entries, older)
        }

        fn archive(&self, from: ArticleKey) -> Archive {
            self.store.archive(IndexId::all(), from).unwrap().unwrap()
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_walk_meets_every_live_article_once_while_new_ones_come(
            count in 0u64..400, gone in proptest::collection::vec(0u64..400, 0..60), seed in 0u64..1_000,
        ) {
            let walked = Walked::open();
            let article = |n: u64| sample(seed * 10_000 + n);
            walked.append((0..count).map(|n| publish(article(n))).collect());
            let gone: std::collections::BTreeSet<u64> = gone.into_iter().filter(|n| *n < count).collect();
            walked.append(gone.iter().map(|n| withdraw(&article(*n), at(1))).collect());
            let (entries, mut older) = walked.head();
            let mut met: BTreeMap<ArticleKey, usize> = BTreeMap::new();
            let mut meet = |entries: &[Arc<Article>]| {
                entries.iter().for_each(|article| *met.entry(article.key).or_default() += 1);
            };
            meet(&entries);
            let mut documents = 0;
            while let Some(from) = older {
                walked.append(vec![publish(article(1_000 + documents))]);
                let archive = walked.archive(from);
                prop_assert!(archive.window.entries.len() <= MOST);
                meet(&archive.window.entries);
                older = archive.older;
                documents += 1;
            }
            let live = (0..count).filter(|n| !gone.contains(n)).map(|n| (article(n).key, 1));
            prop_assert_eq!(met, live.collect::<BTreeMap<_, _>>());
        }
    }

    #[test]
    fn a_full_document_stays_as_it_is_and_shows_no_text_that_was_withdrawn() {
        let walked = Walked::open();
        walked.append((0..300).map(|n| publish(sample(n))).collect());
        let (_, older) = walked.head();
        let full = walked.archive(older.unwrap()).older.unwrap();
        let before = walked.archive(full);
        assert!(!before.window.entries.is_empty());
        walked.append((300..400).map(|n| publish(sample(n))).collect());
        let mut from = walked.head().1.unwrap();
        while from != full {
            from = walked.archive(from).older.unwrap();
        }
        assert_eq!(walked.archive(full), before, "the same document at the same address");
        let first = before.window.entries.first().unwrap();
        walked.append(vec![withdraw(first, at(9_000))]);
        let after = walked.archive(full);
        assert_eq!(after.older, before.older);
        assert_eq!(after.window.entries, before.window.entries[1..]);
        assert_eq!(after.window.gone[0].id, first.id);
        let unknown = ArticleKey([9; 16]);
        assert_eq!(walked.store.archive(IndexId::all(), unknown).unwrap(), None);
    }
}
