//! For the room's tests: everything that takes articles in, below a folder of its own, and documents to give it.

use super::apply::{Applied, Batch, take_in};
use super::brought::Brought;
use super::crawl_state::CrawlState;
use super::decide::Origin;
use super::hub::{self, Subscriber};
use super::worker::{self, Job, JobOutput, Pool};
use super::{Error, Intake, Poll, poll};
use crate::config::Config;
use crate::fetch::Outcome;
use crate::journal::{FollowerThread, Journal};
use crate::model::{ArticleKey, DateOrder, Source, SourceId, Timestamp};
use crate::net::tests::client_for;
use crate::refine::Refined;
use crate::store::{IndexId, Store};
use arc_swap::ArcSwap;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

pub(super) const NOW: i64 = 1_795_000_000;

/// A whole way in below a folder of its own, polled with documents given to it.
pub(super) struct TestIngest {
    pub(super) ingest: Intake,
    pub(super) store: Store,
    pub(super) journal: Journal,
    pub(super) following: Option<FollowerThread>,
    pub(super) runtime: tokio::runtime::Runtime,
    pub(super) config: Arc<ArcSwap<Config>>,
    pub(super) polls: i64,
}

/// What became of a poll.
#[derive(Debug)]
pub(super) struct Settled {
    pub(super) applied: Applied,
    pub(super) state: CrawlState,
}

impl TestIngest {
    pub(super) fn open(folder: &Path) -> Self {
        let sources: String = ["a", "b"]
            .iter()
            .map(|id| format!("[[source]]\nid = \"{id}\"\ntitle = \"{id}\"\nkind = \"feed\"\naddress = \"https://{id}.vn/rss\"\n"))
            .collect();
        let config = Config::parse(&sources, folder).unwrap();
        let journal = Journal::open(&config.store, None).unwrap();
        let store = Store::open(journal.clone(), &[]).unwrap();
        let following = Some(store.follow().unwrap());
        let pool = Arc::new(Pool::new("/nowhere".into(), &config.worker));
        let config = Arc::new(ArcSwap::from_pointee(config));
        let ingest = Intake::new(Arc::clone(&config), journal.clone(), store.clone(), pool);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        Self { ingest, store, journal, following, runtime, config, polls: 0 }
    }

    pub(super) fn close(mut self) {
        self.following.take().unwrap().stop();
        self.journal.close().unwrap();
    }

    /// Resolves and applies a document, without judging it.
    pub(super) fn poll(&mut self, source: &str, document: &str) -> Applied {
        let (source, refined, now) = self.read(source, document);
        self.take_in(&source, refined, Origin::Polled, now)
    }

    pub(super) fn take_in(
        &self,
        source: &Source,
        refined: Refined,
        origin: Origin,
        now: Timestamp,
    ) -> Applied {
        let batch = Batch { source, origin, now, published: 0, insists: &[] };
        self.runtime.block_on(take_in(&self.ingest, batch, refined)).unwrap()
    }

    /// Applies a document as one that a hub delivered.
    pub(super) fn deliver(&self, source: &Source, refined: Refined, now: Timestamp) -> Applied {
        let delivered = hub::apply_delivered(&self.ingest, source, refined, now);
        self.runtime.block_on(delivered).unwrap()
    }

    /// Takes in what a poll brought, as the daemon does.
    pub(super) fn settle(&mut self, source: &str, document: &str) -> Result<Settled, Error> {
        self.settle_within(Duration::from_secs(600), source, document)
    }

    /// Takes in what a poll brought, and is stopped in the middle of it when the time is over.
    pub(super) fn settle_within(
        &mut self,
        time: Duration,
        source: &str,
        document: &str,
    ) -> Result<Settled, Error> {
        let (source, refined, now) = self.read(source, document);
        let config = self.config.load_full();
        let client = client_for(&config.fetch);
        let (_stop, stopped) = watch::channel(false);
        let (hubs, _deliveries) = Subscriber::new(self.store.progress());
        let poll = Poll {
            source: &source,
            config: &config,
            now,
            jitter: 0.5,
            client: &client,
            pool: &self.ingest.pool,
            hubs: &hubs,
            host: "a.vn",
            stopped: &stopped,
        };
        let mut brought = Brought {
            outcome: Outcome::Gone,
            output: Some(JobOutput { refined, ..JobOutput::default() }),
            facts: None,
            page: None,
            date_order: DateOrder::Auto,
        };
        let taking = poll::take_in(&self.ingest, &poll, &mut brought);
        let taken = async { tokio::time::timeout(time, taking).await };
        let done = self.runtime.block_on(taken).unwrap_or(Err(Error::Busy))?;
        Ok(Settled { applied: done.applied.unwrap(), state: done.crawl.unwrap() })
    }

    /// The keys of drafts that are articles which we hold.
    pub(super) fn held(&self, source: &Source, refined: &Refined) -> BTreeSet<ArticleKey> {
        let held = self.ingest.resolver.known_among(source, refined.drafts.clone());
        self.runtime.block_on(held).unwrap().0
    }

    pub(super) fn read(&mut self, source: &str, document: &str) -> (Source, Refined, Timestamp) {
        self.polls += 1;
        let now = Timestamp::from_secs(NOW + self.polls * 600);
        let source = self.config.load().sources.iter().find(|s| s.id.as_str() == source).cloned();
        let source = source.unwrap();
        let job = Job::Feed {
            content_type: None,
            fetched_from: source.kind.address().unwrap().to_owned(),
            source: source.clone(),
            now,
            settled: DateOrder::Auto,
            max_entries: 100_000,
            max_bytes: 10 << 20,
        };
        let reading = worker::run_job(job, document.as_bytes()).unwrap();
        (source, reading.refined, now)
    }

    /// New, revised and withdrawn of a poll.
    pub(super) fn counts(&mut self, source: &str, document: &str) -> (usize, usize, usize) {
        let applied = self.poll(source, document);
        (applied.published, applied.revised, applied.withdrawn)
    }

    pub(super) fn titles(&self, source: &str) -> Vec<String> {
        self.runtime.block_on(self.store.caught_up(self.journal.last()));
        let index = IndexId::source(&SourceId::new(source).unwrap());
        let all = self.store.latest(index, 100_000).unwrap();
        let mut titles: Vec<_> = all.iter().map(|article| article.title.clone()).collect();
        titles.sort();
        titles
    }
}

/// An item; an empty part is left out.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Item {
    pub(super) guid: String,
    pub(super) link: String,
    pub(super) title: String,
    pub(super) body: String,
    pub(super) date: String,
}

pub(super) fn item(guid: &str, link: &str, title: &str) -> Item {
    let text = |t: &str| t.to_owned();
    Item { guid: text(guid), link: text(link), title: text(title), ..Item::default() }
}

impl Item {
    pub(super) fn dated(self, minute: usize) -> Self {
        let date = format!(
            "2026-11-{:02}T{:02}:{:02}:00+07:00",
            1 + minute / 1440,
            minute / 60 % 24,
            minute % 60
        );
        Self { date, ..self }
    }

    pub(super) fn saying(self, body: &str) -> Self {
        Self { body: body.to_owned(), ..self }
    }
}

pub(super) fn rss(items: &[Item]) -> String {
    let mut xml =
        "<rss version='2.0' xmlns:dc='http://purl.org/dc/elements/1.1/'><channel><title>T</title>"
            .to_owned();
    for item in items {
        let parts = [
            ("guid", &item.guid),
            ("link", &item.link),
            ("title", &item.title),
            ("description", &item.body),
            ("dc:date", &item.date),
        ];
        xml += "<item>";
        for (name, value) in parts.into_iter().filter(|(_, value)| !value.is_empty()) {
            xml += &format!("<{name}>{}</{name}>", value.replace('&', "&amp;"));
        }
        xml += "</item>";
    }
    xml + "</channel></rss>"
}

/// Fifty words that only text number `n` has.
pub(super) fn prose(n: usize) -> String {
    (0..50).map(|word| format!("tu{n}x{word} ")).collect()
}

/// A way in below a folder of its own.
pub(super) fn open() -> (tempfile::TempDir, TestIngest) {
    let folder = tempfile::tempdir().unwrap();
    let test = TestIngest::open(folder.path());
    (folder, test)
}
