//! Doors whose views lag: nobody folds but the test.

use super::*;
use crate::ingest::error::Withdrawal;
use crate::ingest::{Applied, Outcome, Precondition};
use crate::model::Text;

const NOW: Timestamp = Timestamp(1_795_000_000_000);

struct TestIngest {
    ingest: Ingest,
    source: SourceId,
    _folder: tempfile::TempDir,
}

impl TestIngest {
    fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let text = "[[source]]\nid = \"p\"\ntitle = \"P\"\nkind = \"push\"\n";
        let config = Config::parse(text, folder.path()).unwrap();
        let journal = Journal::open(&config.store, None).unwrap();
        let store = Store::open(journal.clone(), &[]).unwrap();
        let pool = Arc::new(Pool::new("/nowhere".into(), &config.worker));
        let ingest = Ingest::new(Arc::new(ArcSwap::from_pointee(config)), journal, store, pool);
        Self { ingest, source: SourceId::new("p").unwrap(), _folder: folder }
    }

    async fn push(&self, title: &str, options: PushOptions) -> Result<Pushed, Error> {
        self.ingest.push(&self.source, entry(title), options, NOW).await
    }

    async fn withdraw(&self) -> Result<Withdrawal, Error> {
        self.ingest.withdraw(&self.source, "1", None, None, NOW).await
    }

    fn fold(&self) {
        self.ingest.store.catch_up().unwrap();
    }

    /// What becomes of a call that finds the views behind, which catch up while it waits.
    async fn behind<T>(&self, call: impl Future<Output = T>) -> T {
        let folding = async {
            loop {
                tokio::task::yield_now().await;
                self.fold();
            }
        };
        tokio::select! {
            biased;
            answer = call => answer,
            () = folding => unreachable!(),
        }
    }

    /// Takes in an article as a push does, and does not wait until the views show it.
    async fn unseen(&self, title: &str, key: Option<&str>) {
        let options = PushOptions { idempotency_key: key.map(str::to_owned), precondition: None };
        let source = self.ingest.source("p").unwrap();
        let draft = self.ingest.refine(&source, entry(title), NOW).await.unwrap();
        let own = draft.key();
        self.ingest.commit(&source, own, draft, Origin::Direct, &options, NOW).await.unwrap();
        assert!(self.ingest.store.watermark() < self.ingest.journal.last());
    }

    async fn unseen_withdrawal(&self) {
        let key = ArticleKey::of(&self.source, "1");
        let known = self.ingest.store.known(key).unwrap().unwrap();
        let change = Change::Withdrawn {
            key,
            id: known.id,
            source: self.source.clone(),
            upstream_id: "1".to_owned(),
            reason: None,
            revision: known.revision + 1,
            gone_since: None,
        };
        let proposal = Proposal { change, expected: None, idempotency_key: None, at: NOW };
        self.ingest.journal.append(proposal).await.unwrap();
    }

    /// Whether a call is still waiting after it was begun.
    async fn waits<T>(&self, call: impl Future<Output = T>) -> bool {
        tokio::select! {
            biased;
            _ = call => false,
            () = tokio::task::yield_now() => true,
        }
    }
}

fn entry(title: &str) -> ParsedEntry {
    let title = Some(Text { value: title.to_owned(), ..Text::default() });
    ParsedEntry { id: Some("1".to_owned()), title, ..ParsedEntry::default() }
}

fn nothing() -> PushOptions {
    PushOptions::default()
}

#[tokio::test]
async fn a_push_after_an_unseen_withdrawal_brings_the_article_back() {
    let test = TestIngest::open();
    test.unseen("một", None).await;
    test.fold();
    test.unseen_withdrawal().await;
    let again = test.behind(test.push("một", nothing())).await.unwrap();
    assert_eq!(again.outcome, Outcome::Revised);
    assert!(test.ingest.store.article(again.key).unwrap().is_some());
}

#[tokio::test]
async fn a_withdrawal_after_an_unseen_push_withdraws() {
    let test = TestIngest::open();
    test.unseen("một", None).await;
    assert!(test.behind(test.withdraw()).await.unwrap().fresh);
    test.unseen("một", None).await;
    assert!(test.behind(test.withdraw()).await.unwrap().fresh);
    assert!(!test.withdraw().await.unwrap().fresh);
}

#[tokio::test]
async fn an_unseen_change_is_no_reason_to_refuse_or_to_do_nothing() {
    let test = TestIngest::open();
    test.unseen("một", None).await;
    test.fold();
    test.unseen("hai", None).await;
    let back = test.behind(test.push("một", nothing())).await.unwrap();
    assert_eq!((back.outcome, back.revision), (Outcome::Revised, 3));
    test.unseen_withdrawal().await;
    let absent = PushOptions { precondition: Some(Precondition::Absent), ..nothing() };
    let again = test.behind(test.push("một", absent)).await.unwrap();
    assert_eq!(again.revision, 5);
}

#[tokio::test]
async fn a_document_is_held_against_all_that_was_acknowledged() {
    for origin in [Origin::Direct, Origin::Polled] {
        let test = TestIngest::open();
        test.unseen("một", None).await;
        test.fold();
        test.unseen("hai", None).await;
        let source = test.ingest.source("p").unwrap();
        let draft = test.ingest.refine(&source, entry("một"), NOW).await.unwrap();
        let refined = refine::Refined { drafts: vec![draft], ..Default::default() };
        let taken = test.behind(test.ingest.take(&source, refined, origin, NOW)).await.unwrap();
        assert_eq!((taken.revised, taken.unchanged), (1, 0), "{origin:?}");
    }
}

#[tokio::test]
async fn a_key_whose_push_is_unseen_is_known() {
    let test = TestIngest::open();
    test.unseen("một", Some("k")).await;
    test.fold();
    test.unseen("hai", None).await;
    let options = PushOptions { idempotency_key: Some("k".to_owned()), precondition: None };
    let repeated = test.behind(test.push("một", options.clone())).await.unwrap();
    assert_eq!((repeated.seq, repeated.outcome), (Seq(1), Outcome::Published));
    test.unseen("ba", Some("l")).await;
    let options = PushOptions { idempotency_key: Some("l".to_owned()), precondition: None };
    let reused = test.behind(test.push("bốn", options)).await;
    assert!(matches!(reused, Err(Error::KeyReused)), "{reused:?}");
}

#[tokio::test]
async fn views_that_are_behind_decide_nothing() {
    let test = TestIngest::open();
    test.unseen("một", None).await;
    assert!(test.waits(test.withdraw()).await);
    assert!(test.waits(test.push("một", nothing())).await);
    test.fold();
    test.unseen_withdrawal().await;
    assert!(test.waits(test.withdraw()).await);
    assert_eq!(test.ingest.journal.last(), Seq(2));
}

#[tokio::test]
async fn no_lock_of_a_key_outlives_its_pushes() {
    let test = TestIngest::open();
    test.unseen("một", None).await;
    let options = PushOptions { idempotency_key: Some("k".to_owned()), precondition: None };
    // A client that hangs up: its push is dropped where it waits.
    assert!(test.waits(test.push("hai", options.clone())).await);
    assert_eq!(test.ingest.idempotent.lock().unwrap().len(), 0);
    let (first, second) = test
        .behind(async {
            tokio::join!(test.push("hai", options.clone()), test.push("hai", options.clone()))
        })
        .await;
    assert_eq!(first.unwrap(), second.unwrap());
    assert_eq!(test.ingest.idempotent.lock().unwrap().len(), 0);
}

#[tokio::test]
async fn a_list_read_beside_views_that_were_then_made_anew_is_left_for_the_next_poll() {
    let test = TestIngest::open();
    let source = test.ingest.source("p").unwrap();
    let draft = test.ingest.refine(&source, entry("một"), NOW).await.unwrap();
    let group = [(draft.key(), draft)];
    let before = test.ingest.store.epoch();
    test.ingest.store.rebuild(&mut |_, _| {}).unwrap();
    let mut taken = Applied::default();
    for (epoch, last) in [(before, Seq(0)), (test.ingest.store.epoch(), Seq(1))] {
        let origin = Origin::Polled;
        let done = test.ingest.take_group(&source, &group, origin, NOW, epoch, &mut taken).await;
        assert_eq!((done.is_ok(), test.ingest.journal.last()), (last > Seq(0), last));
    }
}
