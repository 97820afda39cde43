//! A journal that follows another one: who leads, what was purged, and the way back to where both agree.

use super::log::{CUT, STANDING};
use super::{Error, Journal, Standing};
use crate::model::{ArticleKey, Event, Purge, Seq, Timestamp};
use std::collections::BTreeSet;
use std::sync::Arc;
use tokio::sync::watch;

/// Purges that a follower is told of at once.
const PURGES: usize = 500;

/// Whether a journal leads, as far as the config lets it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Role {
    pub leads: bool,
    /// The leader that the config names.
    pub leader: Option<String>,
}

impl Journal {
    /// Takes the leader that the config names: the journal leads or follows from now on.
    pub fn set_leader(&self, leader: Option<&str>) {
        let leads = self.standing().leads_under(leader);
        let role = Role { leads, leader: leader.map(str::to_owned) };
        // Whoever copies stops when the role changes: it must not be told of what is as it was.
        self.0.role.send_if_modified(|known| std::mem::replace(known, role.clone()) != role);
    }

    /// Whether it leads, as a channel.
    pub fn roles(&self) -> watch::Receiver<Role> {
        self.0.role.subscribe()
    }

    /// Whether it numbers events itself.
    pub fn leads(&self) -> bool {
        self.0.role.borrow().leads
    }

    /// Lets pass what is new, if this journal leads.
    ///
    /// # Errors
    /// [`Error::Following`] if another one leads.
    pub fn refuse_if_following(&self) -> Result<(), Error> {
        let role = self.0.role.borrow();
        if role.leads { Ok(()) } else { Err(Error::Following { leader: role.leader.clone() }) }
    }

    /// Whether it leads, as it is written in it.
    pub fn standing(&self) -> Arc<Standing> {
        self.0.standing.load_full()
    }

    /// Replaces what is written in it, durably; it leads or follows from then on.
    ///
    /// # Errors
    /// Nothing can be written.
    pub fn set_standing(&self, standing: Standing) -> Result<(), Error> {
        if *self.standing() != standing {
            self.0.log.put_row(STANDING, &standing)?;
            self.0.standing.store(Arc::new(standing));
        }
        let leader = self.0.role.borrow().leader.clone();
        self.set_leader(leader.as_deref());
        Ok(())
    }

    /// Makes it the leader of a new term. The numbers that its leader may have given since are left out, so that none is
    /// given twice. Nothing may be copied into it meanwhile.
    ///
    /// # Errors
    /// Nothing can be written.
    pub fn promote(&self, now: Timestamp) -> Result<Arc<Standing>, Error> {
        self.0.log.remove_row(CUT)?; // what was to be given up is kept
        self.skip_numbers(now)?;
        let leader = self.0.role.borrow().leader.clone();
        self.set_standing(self.standing().promoted(leader.as_deref()))?;
        Ok(self.standing())
    }

    /// Has everything after an event taken out of the journal when it is opened next: it is not its leader's.
    ///
    /// # Errors
    /// Nothing can be written.
    pub fn cut_at_next_start(&self, to: Seq) -> Result<(), Error> {
        self.0.log.put_row(CUT, &to)
    }

    /// What tells an event from the one of another journal; `None` if there is none of this number.
    ///
    /// # Errors
    /// The event cannot be read.
    pub fn mark_of(&self, seq: Seq) -> Result<Option<String>, Error> {
        Ok(self.get(seq)?.map(|event| event.mark()))
    }

    /// The last purge.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn last_purge(&self) -> Result<Option<Purge>, Error> {
        self.0.log.last_purge()
    }

    /// Whether an article was purged: what it said may not come back by a copy.
    ///
    /// # Errors
    /// The purges cannot be read.
    pub fn is_purged(&self, key: ArticleKey) -> Result<bool, Error> {
        Ok(self.0.log.purges(1, usize::MAX)?.iter().any(|purge| purge.key == key))
    }

    /// The purges that a follower does not know of, which names the last one that it knows; oldest first, and not too many.
    ///
    /// # Errors
    /// They cannot be read.
    pub fn purges_after(&self, mark: Option<&str>) -> Result<Vec<Purge>, Error> {
        let number = mark.and_then(|mark| mark.split('.').next()?.parse().ok()).unwrap_or(0);
        let known = self.0.log.purges(number, 1)?.into_iter().next();
        let is_ours = known.is_some_and(|known| Some(known.mark().as_str()) == mark);
        self.0.log.purges(if is_ours { number + 1 } else { 1 }, PURGES)
    }

    /// Changes with every purge.
    pub fn purges(&self) -> watch::Receiver<()> {
        self.0.purged.subscribe()
    }

    /// Takes what events said out of the journal for good. They keep their numbers. A purge without a number is a new one.
    ///
    /// # Errors
    /// One cannot be read, nothing can be written, or a new one is the leader's to make.
    pub fn purge(&self, events: &[Event], purge: &Purge) -> Result<Vec<Event>, Error> {
        let mut purge = purge.clone();
        if purge.number == 0 {
            self.refuse_if_following()?;
            purge.number = self.last_purge()?.map_or(0, |last| last.number) + 1;
            purge.after = self.last();
        }
        let without =
            |event: &Event| Event { change: event.change.purged(&purge.reason), ..event.clone() };
        let purged: Vec<Event> = events.iter().map(without).collect();
        self.0.log.replace(purged.clone(), &purge)?;
        purged.iter().for_each(|event| self.0.cache.replace(event));
        self.0.purged.send_replace(());
        Ok(purged)
    }

    /// Notes the purges that events of another journal tell of, so that followers of this one hear of them.
    ///
    /// # Errors
    /// They cannot be read or written.
    pub(super) fn note_purges(
        &self,
        events: &[(ArticleKey, String)],
        known: &mut BTreeSet<ArticleKey>,
    ) -> Result<(), Error> {
        for (key, reason) in events {
            if known.insert(*key) {
                let number = self.last_purge()?.map_or(0, |last| last.number) + 1;
                self.0.log.replace(Vec::new(), &Purge { number, ..Purge::new(*key, reason) })?;
            }
        }
        Ok(())
    }

    /// The articles that were purged.
    ///
    /// # Errors
    /// The purges cannot be read.
    pub(super) fn purged_articles(&self) -> Result<BTreeSet<ArticleKey>, Error> {
        Ok(self.0.log.purges(1, usize::MAX)?.into_iter().map(|purge| purge.key).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{open, publish, sample};
    use super::*;
    use crate::journal::archive;

    async fn journal_of(count: u64, directory: &std::path::Path) -> Journal {
        let journal = open(directory);
        let proposals = (0..count).map(|n| publish(&sample(n), None)).collect();
        assert!(journal.append_many(proposals).await.iter().all(Result::is_ok));
        journal
    }

    #[tokio::test]
    async fn a_journal_that_follows_takes_nothing_but_copies_until_it_is_promoted() {
        let directory = tempfile::tempdir().unwrap();
        let leader = journal_of(3, &directory.path().join("a")).await;
        let follower = open(&directory.path().join("b"));
        let address = Some("https://a.vn");
        follower.set_leader(address);
        follower.set_standing(follower.standing().following(1).unwrap()).unwrap();
        follower.follow(leader.read(Seq(0), 9).unwrap()).await.unwrap();
        let refused = Err(Error::Following { leader: address.map(str::to_owned) });
        assert_eq!(follower.append(publish(&sample(9), None)).await, refused);
        assert_eq!(follower.purge(&[], &Purge::new(sample(1).key, "x")).err(), refused.err());
        let path = directory.path().join("all");
        let written = archive::write_file(&path, |to| {
            archive::export(&leader, to, &mut |_, _| {}).map(|_| ())
        });
        written.unwrap();
        let imported = archive::import(&follower, &path, &|event| event, &mut |_, _| {}).await;
        assert!(matches!(imported, Err(Error::Following { .. })));
        drop(follower);
        let follower = open(&directory.path().join("b"));
        assert!(!follower.leads(), "also without the config");
        follower.set_leader(address);
        assert_eq!(follower.promote(Timestamp::from_secs(1_800_000_000)).unwrap().term, 2);
        assert_eq!(
            follower.append(publish(&sample(9), None)).await,
            Ok(Seq(1_800_000_000_001)),
            "no number that its leader may have given"
        );
        let written = archive::write_file(&path.with_extension("2"), |to| {
            archive::export(&follower, to, &mut |_, _| {}).map(|_| ())
        });
        written.unwrap();
        let restored = open(&directory.path().join("c"));
        archive::import(&restored, &path.with_extension("2"), &|event| event, &mut |_, _| {})
            .await
            .unwrap();
        assert_eq!(
            (restored.standing().term, restored.leads()),
            (2, true),
            "a backup knows its term"
        );
    }

    #[tokio::test]
    async fn a_journal_is_cut_back_to_an_event_when_it_is_opened() {
        let directory = tempfile::tempdir().unwrap();
        let journal = journal_of(20, directory.path()).await;
        let revised = publish(&sample(3), None);
        assert_eq!(journal.append(revised).await, Ok(Seq(21)));
        journal.cut_at_next_start(Seq(12)).unwrap();
        assert_eq!(journal.last(), Seq(21), "not while it is open");
        journal.close().unwrap();
        drop(journal);
        for _ in 0..2 {
            let journal = open(directory.path());
            assert_eq!((journal.last(), journal.event_count()), (Seq(12), 12));
            assert_eq!(journal.log().head(sample(3).key).unwrap(), Seq(4));
            assert_eq!(journal.log().head(sample(15).key).unwrap(), Seq(0));
            assert_eq!(journal.get(Seq(13)).unwrap(), None);
        }
        let journal = open(directory.path());
        assert_eq!(journal.append(publish(&sample(15), Some(Seq(0)))).await, Ok(Seq(13)));
        journal.cut_at_next_start(Seq(0)).unwrap();
        drop(journal);
        let journal = open(directory.path());
        assert_eq!((journal.last(), journal.log().heads().count()), (Seq(0), 0));
    }

    #[tokio::test]
    async fn a_follower_is_told_of_the_purges_that_it_lacks_or_of_all() {
        let directory = tempfile::tempdir().unwrap();
        let leader = journal_of(3, &directory.path().join("a")).await;
        let numbers = |mark: Option<&str>| {
            let purges = leader.purges_after(mark).unwrap();
            purges.into_iter().map(|purge| purge.number).collect::<Vec<_>>()
        };
        assert_eq!(numbers(None), [0; 0]);
        for n in 0..3 {
            let event = leader.get(Seq(n + 1)).unwrap().unwrap();
            let mark = event.mark();
            let purged = leader.purge(&[event], &Purge::new(sample(n).key, "tòa")).unwrap();
            assert_eq!(purged[0].mark(), mark, "it is the same event");
        }
        assert_eq!(numbers(None), [1, 2, 3]);
        let second = leader.purges_after(None).unwrap()[1].clone();
        assert_eq!((second.key, second.after), (sample(1).key, Seq(3)));
        assert_eq!(numbers(Some(&second.mark())), [3]);
        assert_eq!(numbers(Some("2.ffff")), [1, 2, 3], "of another journal");
        assert_eq!(numbers(Some("x")), [1, 2, 3]);

        let follower = open(&directory.path().join("b"));
        follower.set_leader(Some("https://a.vn"));
        follower.purge(&[], &Purge { number: 9, ..second.clone() }).unwrap();
        assert_eq!(
            leader
                .purges_after(follower.last_purge().unwrap().map(|p| p.mark()).as_deref())
                .unwrap()
                .len(),
            3
        );
        follower.purge(&[], &second).unwrap();
        assert_eq!(follower.last_purge().unwrap(), Some(second), "the leader's numbers count");

        let path = directory.path().join("all");
        archive::write_file(&path, |to| archive::export(&leader, to, &mut |_, _| {}).map(|_| ()))
            .unwrap();
        let restored = open(&directory.path().join("c"));
        for _ in 0..2 {
            archive::import(&restored, &path, &|event| event, &mut |_, _| {}).await.unwrap();
            assert_eq!(
                restored.purges_after(None).unwrap().len(),
                3,
                "its followers hear of them again"
            );
        }
    }
}
