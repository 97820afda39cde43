//! Doors whose views lag: nobody folds but the test.

use super::*;
use crate::ingest::apply::{Batch, apply, take_in};
use crate::ingest::error::Withdrawal;
use crate::ingest::push::{push, read};
use crate::ingest::worker::Pool;
use crate::ingest::{Intake, Precondition, Removal};
use crate::model::{ParsedEntry, SourceId, Text};
use crate::refine::Refined;

const NOW: Timestamp = Timestamp(1_795_000_000_000);

struct TestIngest {
    ingest: Intake,
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
        let ingest = Intake::new(Arc::new(ArcSwap::from_pointee(config)), journal, store, pool);
        Self { ingest, source: SourceId::new("p").unwrap(), _folder: folder }
    }

    async fn push(&self, title: &str, options: PushOptions) -> Result<Pushed, Error> {
        push(&self.ingest, &self.source, entry(title), options, NOW).await
    }

    async fn withdraw(&self) -> Result<Withdrawal, Error> {
        let removal = Removal::of(&self.source, "1", None);
        self.ingest.committer.withdraw(&removal, None, NOW).await
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
        let draft = read(&self.ingest, &source, entry(title), NOW).await.unwrap();
        let (source, key, draft, origin, now) = (&source, draft.key(), &draft, Origin::Direct, NOW);
        let proposed = Proposed { source, key, draft, origin, now };
        self.ingest.committer.commit(proposed, &options).await.unwrap();
        assert!(self.ingest.store.watermark() < self.ingest.committer.journal.last());
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
        self.ingest.committer.journal.append(proposal).await.unwrap();
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
        let draft = read(&test.ingest, &source, entry("một"), NOW).await.unwrap();
        let refined = Refined { drafts: vec![draft], ..Default::default() };
        let batch = Batch { source: &source, origin, now: NOW, published: 0, insists: &[] };
        let taken = test.behind(take_in(&test.ingest, batch, refined)).await.unwrap();
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
    assert_eq!(test.ingest.committer.journal.last(), Seq(2));
}

#[tokio::test]
async fn no_lock_of_a_key_outlives_its_pushes() {
    let test = TestIngest::open();
    test.unseen("một", None).await;
    let options = PushOptions { idempotency_key: Some("k".to_owned()), precondition: None };
    // A client that hangs up: its push is dropped where it waits.
    assert!(test.waits(test.push("hai", options.clone())).await);
    assert_eq!(test.ingest.locks.count(), 0);
    let (first, second) = test
        .behind(async {
            tokio::join!(test.push("hai", options.clone()), test.push("hai", options.clone()))
        })
        .await;
    assert_eq!(first.unwrap(), second.unwrap());
    assert_eq!(test.ingest.locks.count(), 0);
}

#[tokio::test]
async fn a_list_read_beside_views_that_were_then_made_anew_is_left_for_the_next_poll() {
    let test = TestIngest::open();
    let source = test.ingest.source("p").unwrap();
    let draft = read(&test.ingest, &source, entry("một"), NOW).await.unwrap();
    let (origin, refined) = (Origin::Polled, Refined { drafts: vec![draft], ..Default::default() });
    for (is_rebuilt, last) in [(true, Seq(0)), (false, Seq(1))] {
        let resolved = test.ingest.resolver.resolve(&source, refined.clone(), origin).await;
        if is_rebuilt {
            test.ingest.store.rebuild(&mut |_, _| {}).unwrap();
        }
        let batch = Batch { source: &source, origin, now: NOW, published: 0, insists: &[] };
        let done = apply(&test.ingest.committer, batch, resolved.unwrap()).await;
        assert_eq!((done.is_ok(), test.ingest.committer.journal.last()), (last > Seq(0), last));
    }
}

#[tokio::test]
async fn a_draft_that_was_copied_keeps_its_id_its_times_and_its_revision() {
    let test = TestIngest::open();
    let source = test.ingest.source("p").unwrap();
    let at = |hours: i64| NOW.plus_millis(hours * 3_600_000);
    let copied = |title: &str, changed, revision| {
        let article = Article {
            id: ArticleId("tag:nguon.example,2026:bai/1".to_owned()),
            title: title.to_owned(),
            received: at(-9),
            changed,
            revision,
            path: vec!["a".to_owned()],
            ..Article::named(test.source.clone(), "1".to_owned())
        };
        let draft = Draft { is_copied: true, ..Draft::from(article) };
        Refined { drafts: vec![draft], ..Refined::default() }
    };
    for (title, changed, revision) in [("một", at(-9), 3), ("hai", at(-5), 7)] {
        let batch =
            Batch { source: &source, origin: Origin::Polled, now: NOW, published: 0, insists: &[] };
        let refined = copied(title, changed, revision);
        test.behind(take_in(&test.ingest, batch, refined)).await.unwrap();
        test.fold();
        let id = ArticleId("tag:nguon.example,2026:bai/1".to_owned());
        let article = test.ingest.store.article(ArticleKey::of_copy(&id)).unwrap().unwrap();
        assert_eq!((article.id.clone(), &*article.path), (id, &["a".to_owned()][..]));
        assert_eq!((article.received, article.changed), (at(-9), changed));
        assert_eq!((article.revision, &*article.title), (revision, title));
    }
}
