use super::clock::Clock;
use super::tokens;
use crate::config::{Config, StoreConfig};
use crate::feeds;
use crate::ingest::follow::Standby;
use crate::ingest::health::HealthExaminer;
use crate::ingest::hub::{Delivery, Subscriber};
use crate::ingest::{Intake, open_hosts, worker::Pool};
use crate::journal::disk::make_directory;
use crate::journal::{self, FollowerThread, Journal};
use crate::model::{Feed, SourceId, Timestamp, Tokens};
use crate::net;
use crate::serve;
use crate::store::Store;
use anyhow::Context;
use arc_swap::ArcSwap;
use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use tokio::sync::{Notify, mpsc, watch};

/// Bytes of rendered feeds that stay in memory.
const CACHE_BYTES: usize = 32 << 20;

/// Everything that is open while the daemon or a command works.
pub struct App {
    /// The config; a reload replaces it whole.
    pub config: Arc<ArcSwap<Config>>,
    /// The time by which sources are polled.
    pub clock: Clock,
    /// The events.
    pub journal: Journal,
    /// The views, folded from the events.
    pub store: Store,
    /// Every way in.
    pub ingest: Arc<Intake>,
    /// The rendered feeds.
    pub cache: feeds::Cache,
    /// The processes that read untrusted bytes.
    pub pool: Arc<Pool>,
    /// The outgoing client; replaced with the config.
    pub client: ArcSwap<net::Client>,
    /// Who may push.
    pub tokens: Arc<ArcSwap<Tokens>>,
    /// Our subscriptions at hubs.
    pub subscriber: Arc<Subscriber>,
    /// The copying of a leader's journal.
    pub standby: Arc<Standby>,
    deliveries: Mutex<Option<mpsc::Receiver<Delivery>>>,
    following: Mutex<Option<FollowerThread>>,
    asked: (Mutex<Vec<(SourceId, Timestamp)>>, Notify),
    polled: watch::Sender<LastPolls>,
    reloads: watch::Sender<u64>,
    phase: watch::Sender<serve::Phase>,
}

/// When the last poll of each source ended.
pub type LastPolls = HashMap<SourceId, Timestamp>;

/// Opens the journal of a data directory; the path is that of this program.
pub type OpenJournal = fn(&StoreConfig, &Path) -> Result<Journal, journal::Error>;

impl App {
    /// Opens the data directory and everything around it.
    ///
    /// # Errors
    /// If the directory cannot be used, the store cannot be opened, or the config names what is not there.
    pub fn open(config: Config) -> anyhow::Result<Self> {
        Self::open_on(config, |store, program| Journal::open(store, Some(program)))
    }

    /// Opens the data directory and everything around it, on the journal that `open_journal` opens.
    ///
    /// # Errors
    /// If the directory cannot be used, the store cannot be opened, or the config names what is not there.
    pub fn open_on(config: Config, open_journal: OpenJournal) -> anyhow::Result<Self> {
        let program = std::env::current_exe().context("the path of this program")?;
        let data = &config.store.directory;
        usable(data)?;
        let tokens = tokens::read(data)?;
        let journal = open_journal(&config.store, &program)?;
        journal.set_clock(Timestamp::now);
        journal.set_leader(leader(&config));
        if let Some(leader) = leader(&config).filter(|_| journal.leads()) {
            tracing::warn!(
                leader,
                "this node leads, since it was promoted: take [follow] out of its config"
            );
        }
        let store = Store::open(journal.clone(), &indexed(&config))?;
        let following = store.follow()?;
        let pool = Arc::new(Pool::new(program, &config.worker));
        let clock = Clock::system();
        let time = clock.clone();
        let hosts = Arc::new(open_hosts(&config.fetch, &store, move || time.now()));
        let client = ArcSwap::from_pointee(net::Client::new(&config.fetch, hosts)?);
        let config = Arc::new(ArcSwap::from_pointee(config));
        let ingest =
            Intake::new(Arc::clone(&config), journal.clone(), store.clone(), Arc::clone(&pool));
        let now = Timestamp::now();
        let cache = feeds::Cache::new(store.clone(), config.load_full(), CACHE_BYTES, now);
        let (subscriber, deliveries) = Subscriber::new(store.progress());
        Ok(Self {
            subscriber: Arc::new(subscriber),
            standby: Arc::new(Standby::new(store.clone())),
            deliveries: Mutex::new(Some(deliveries)),
            config,
            clock,
            journal,
            store,
            ingest: Arc::new(ingest),
            cache,
            pool,
            client,
            tokens: Arc::new(ArcSwap::from_pointee(tokens)),
            following: Mutex::new(Some(following)),
            asked: Default::default(),
            polled: watch::channel(LastPolls::new()).0,
            reloads: watch::channel(0).0,
            phase: watch::channel(serve::Phase::Ready).0,
        })
    }

    /// Takes a new config, or refuses it whole.
    ///
    /// # Errors
    /// If it names another data directory or address to listen on, or what is not there.
    pub fn reload(&self, config: Config) -> anyhow::Result<()> {
        let old = self.config.load();
        anyhow::ensure!(
            config.store.directory == old.store.directory,
            "store.directory cannot change while running: restart"
        );
        anyhow::ensure!(
            config.server.listen == old.server.listen,
            "server.listen cannot change while running: restart"
        );
        let later = at_the_next_start(&old, &config);
        let client = self.client.load().renewed(&config.fetch)?;
        if config.site.tag_authority != old.site.tag_authority {
            tracing::warn!(
                old = old.site.tag_authority,
                new = config.site.tag_authority,
                "site.tag_authority changed: articles that come from now on get ids that begin with it; those that are there keep theirs, and so do the feeds"
            );
        }
        self.store.add_feeds(&indexed(&config))?;
        self.client.store(Arc::new(client));
        self.journal.set_leader(leader(&config));
        let config = Arc::new(config);
        self.config.store(Arc::clone(&config));
        self.cache.set_config(Arc::clone(&config), Timestamp::now());
        // The indexes of removed feeds are dropped last: until now a reader could be served from them.
        if let Err(error) = self.store.keep_feeds(&indexed(&config)) {
            tracing::warn!(%error, "what the old feeds needed is not all removed, the next reload or start does it");
        }
        self.reloads.send_modify(|reloads| *reloads += 1);
        if !later.is_empty() {
            tracing::warn!(
                keys = later.join(", "),
                "what was changed here is kept to from the next start on"
            );
        }
        Ok(())
    }

    /// Reads the tokens file again.
    ///
    /// # Errors
    /// If the file cannot be read; the old tokens stay.
    pub fn reload_tokens(&self) -> anyhow::Result<()> {
        let tokens = tokens::read(&self.data())?;
        self.tokens.store(Arc::new(tokens));
        Ok(())
    }

    /// Examines sources as they are now.
    pub fn examiner(&self) -> HealthExaminer {
        let hosts = Arc::clone(self.client.load().hosts());
        HealthExaminer::new(self.store.clone(), hosts, Arc::clone(&self.subscriber))
    }

    /// Takes the receiver of what hubs deliver; `None` after the first time.
    pub fn deliveries(&self) -> Option<mpsc::Receiver<Delivery>> {
        self.deliveries.lock().ok()?.take()
    }

    /// Says whether the daemon serves or stops.
    pub fn phase(&self) -> watch::Receiver<serve::Phase> {
        self.phase.subscribe()
    }

    /// Ends all long polls, since the daemon stops soon.
    pub fn stopping(&self) {
        self.phase.send_replace(serve::Phase::Stopping);
    }

    /// A counter of reloads, for tasks that follow the config. A reload that comes while a task is busy is seen afterwards.
    pub fn reloads(&self) -> watch::Receiver<u64> {
        self.reloads.subscribe()
    }

    /// Waits until this node leads; `false` if it stops first.
    pub async fn until_it_leads(&self, stopped: &mut watch::Receiver<bool>) -> bool {
        let mut roles = self.journal.roles();
        tokio::select! {
            biased;
            _ = stopped.wait_for(|stop| *stop) => false,
            leads = roles.wait_for(|role| role.leads) => leads.is_ok(),
        }
    }

    /// Brings the next poll of sources forward.
    pub fn ask_polls(&self, sources: Vec<SourceId>, at: Timestamp) {
        let sources = sources.into_iter().map(|source| (source, at));
        self.asked.0.lock().unwrap_or_else(|e| e.into_inner()).extend(sources);
        self.asked.1.notify_one();
    }

    /// Waits for sources whose next poll is brought forward.
    pub async fn polls_asked(&self) -> Vec<(SourceId, Timestamp)> {
        self.asked.1.notified().await;
        std::mem::take(&mut *self.asked.0.lock().unwrap_or_else(|e| e.into_inner()))
    }

    /// Notes that a poll has ended.
    pub fn note_polled(&self, source: SourceId, now: Timestamp) {
        self.polled.send_modify(|polled| _ = polled.insert(source, now));
    }

    /// The polls that have ended.
    pub fn polled(&self) -> watch::Receiver<LastPolls> {
        self.polled.subscribe()
    }

    /// Stops in order: the views, then the journal.
    ///
    /// # Errors
    /// If the journal cannot be made durable.
    pub fn close(&self) -> anyhow::Result<()> {
        let following = self.following.lock().ok().and_then(|mut following| following.take());
        if let Some(following) = following {
            following.stop();
        }
        Ok(self.journal.close()?)
    }

    /// The data directory.
    pub fn data(&self) -> std::path::PathBuf {
        self.config.load().store.directory.clone()
    }
}

/// The address of the leader that a config names.
fn leader(config: &Config) -> Option<&str> {
    config.follow.as_ref().map(|follow| follow.of.as_str())
}

/// Makes the data directory if it is missing, and checks that this process may write in it.
fn usable(data: &Path) -> anyhow::Result<()> {
    use rustix::fs::{Access, access};
    let may = || access(data, Access::READ_OK | Access::WRITE_OK | Access::EXEC_OK);
    make_directory(data).map_err(anyhow::Error::from).and_then(|()| Ok(may()?)).with_context(|| {
        format!(
            "store.directory = \"{}\": cannot be used: name a folder in which this user may write; {}",
            data.display(),
            super::run_as_owner(data)
        )
    })
}

/// The keys that differ between two configs and take effect only at the next start.
fn at_the_next_start(old: &Config, new: &Config) -> Vec<&'static str> {
    let (server, was) = (&new.server, &old.server);
    let (store, stored) = (&new.store, &old.store);
    let (worker, worked) = (&new.worker, &old.worker);
    let differ = [
        ("server.header_timeout", server.header_timeout_ms != was.header_timeout_ms),
        ("server.max_connections", server.max_connections != was.max_connections),
        (
            "server.max_connections_per_address",
            server.max_connections_per_address != was.max_connections_per_address,
        ),
        ("server.stop_timeout", server.stop_ms != was.stop_ms),
        ("store.cache", store.cache_bytes != stored.cache_bytes),
        ("store.group", store.group != stored.group),
        ("store.reserve", store.reserve_bytes != stored.reserve_bytes),
        ("worker.processes", worker.processes != worked.processes),
        ("worker.memory", worker.memory_bytes != worked.memory_bytes),
        ("worker.cpu", worker.cpu_s != worked.cpu_s),
        ("worker.job_timeout", worker.job_ms != worked.job_ms),
    ];
    differ.into_iter().filter(|(_, differs)| *differs).map(|(key, _)| key).collect()
}

/// The feeds that need an index of their own.
fn indexed(config: &Config) -> Vec<Feed> {
    config.feeds.clone()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_reload_does_not_apply_is_named() {
        let parse = |text: &str| Config::parse(text, Path::new("/x")).unwrap();
        let text = "[server]\nheader_timeout = \"9s\"\nmax_connections = 77\nmax_connections_per_address = 7\nstop_timeout = \"7s\"\n\
            [store]\ncache = \"25MiB\"\ngroup = 7\nreserve = \"17MiB\"\n\
            [worker]\nprocesses = 3\nmemory = \"513MiB\"\ncpu = \"9s\"\njob_timeout = \"19s\"\n";
        let keys = at_the_next_start(&parse(""), &parse(text));
        assert_eq!(keys.len(), 11, "{keys:?}");
        for key in keys {
            let (room, name) = key.split_once('.').unwrap();
            assert!(
                text.contains(&format!("[{room}]")) && text.contains(&format!("\n{name} = ")),
                "{key}"
            );
        }
        assert!(at_the_next_start(&parse(text), &parse(text)).is_empty());
        let applied = parse("[server]\npush_body = \"2MiB\"\n[worker]\nmax_entries = 7\n");
        assert!(at_the_next_start(&parse(""), &applied).is_empty());
    }

    #[test]
    fn a_data_directory_that_is_a_file_names_its_key() {
        let file = tempfile::NamedTempFile::new().unwrap();
        for bad in [file.path().to_owned(), file.path().join("data")] {
            let error = format!("{:#}", usable(&bad).unwrap_err());
            assert!(error.starts_with("store.directory = "), "{error}");
        }
    }
}
