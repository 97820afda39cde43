use super::app::App;
use crate::config::Config;
use crate::fetch::State;
use crate::ingest::schedule::{Schedule, polled_host, soonest};
use crate::ingest::{Poll, poll, source_state};
use crate::model::{Source, SourceId, SourceKind, Timestamp};
use crate::net::HostLock;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::{Id, JoinError, JoinSet};

/// The loop looks at least this often, whatever the schedule says: the clock may jump.
const LONGEST_SLEEP_MS: i64 = 60_000;

/// Polls until stopped; a poll under way is finished first.
pub async fn run(app: Arc<App>, mut stopped: watch::Receiver<bool>) {
    let (mut reloads, mut moves) = (app.reloads(), app.clock.moves());
    let mut trust = app.subscriber.trust();
    if !app.until_it_leads(&mut stopped).await {
        return;
    }
    let mut polls = Polls::new(Arc::clone(&app), stopped.clone(), app.clock.now());
    loop {
        if !app.until_it_leads(&mut stopped).await {
            break;
        }
        let now = app.clock.now();
        let next = polls.step(now).map_or(LONGEST_SLEEP_MS, |at| at.millis() - now.millis());
        let sleep = Duration::from_millis(next.clamp(1, LONGEST_SLEEP_MS).unsigned_abs());
        tokio::select! {
            _ = stopped.wait_for(|stop| *stop) => break,
            Some(ended) = polls.under_way.join_next_with_id() => polls.end(ended, app.clock.now()),
            asked = app.polls_asked() => {
                asked.iter().for_each(|(id, at)| polls.schedule.hurry(id, *at));
            }
            Ok(()) = reloads.changed() => polls.reschedule(app.clock.now()),
            Ok(()) = trust.changed() => polls.reschedule(app.clock.now()),
            Ok(()) = moves.changed() => {}
            _ = tokio::time::sleep(sleep) => {}
        }
    }
    while polls.under_way.join_next().await.is_some() {}
}

/// The polls that are under way, and those to come.
struct Polls {
    app: Arc<App>,
    stopped: watch::Receiver<bool>,
    config: Arc<Config>,
    schedule: Schedule,
    under_way: JoinSet<(Source, State)>,
    sources: HashMap<Id, SourceId>,
}

impl Polls {
    /// Nothing under way; every source of the config has its turn.
    fn new(app: Arc<App>, stopped: watch::Receiver<bool>, now: Timestamp) -> Self {
        let (config, schedule) = (app.config.load_full(), Schedule::default());
        let (under_way, sources) = (JoinSet::new(), HashMap::new());
        let mut polls = Self { app, stopped, config, schedule, under_way, sources };
        polls.load(now);
        polls.catch_up(now);
        polls
    }

    /// Begins the polls whose turn it is. Returns when the next one's is.
    fn step(&mut self, now: Timestamp) -> Option<Timestamp> {
        let hosts = Arc::clone(self.app.client.load().hosts());
        for (id, lock) in self.schedule.due(&hosts, now) {
            self.begin(id, lock, now);
        }
        self.schedule.wake_at(&hosts, now)
    }

    fn begin(&mut self, id: SourceId, lock: HostLock, now: Timestamp) {
        let source = self.config.sources.iter().find(|source| source.id == id).cloned();
        let Some(source) = source else { return };
        let (app, config) = (Arc::clone(&self.app), Arc::clone(&self.config));
        let (stopped, host) = (self.stopped.clone(), lock.host().to_owned());
        // A mirror's publisher lets it wait for news, which keeps nobody else from its host.
        let lock = (!matches!(source.kind, SourceKind::Mirror { .. })).then_some(lock);
        let task = self.under_way.spawn(async move {
            let client = app.client.load_full();
            let this = Poll {
                source: &source,
                config: &config,
                now,
                jitter: chance(),
                client: &client,
                pool: &app.pool,
                hubs: &app.subscriber,
                host: &host,
                stopped: &stopped,
            };
            let state = poll::poll(&app.ingest, &this).await;
            drop(lock);
            (source, state)
        });
        self.sources.insert(task.id(), id);
    }

    /// Notes that a poll has ended, and when its source is next.
    fn end(&mut self, ended: Result<(Id, (Source, State)), JoinError>, now: Timestamp) {
        let task = ended.as_ref().map_or_else(JoinError::id, |(task, _)| *task);
        let ended_id = self.sources.remove(&task);
        match ended {
            Ok((_, (source, mut state))) => {
                self.heed_hub(&source, &mut state, now);
                self.schedule.finished(&source, &state, now);
            }
            Err(error) => {
                tracing::error!(%error, "a poll was lost, its source is asked again");
                if let Some(id) = &ended_id {
                    self.schedule.forget(id);
                }
                self.reschedule(now);
            }
        }
        if let Some(id) = ended_id {
            self.app.note_polled(id, now);
        }
    }

    /// Takes the config as it is now; polls under way go on.
    fn reschedule(&mut self, now: Timestamp) {
        self.config = self.app.config.load_full();
        self.load(now);
    }

    fn load(&mut self, now: Timestamp) {
        self.schedule.rebound(&self.config.fetch);
        let progress = self.app.store.progress();
        let polled = self.config.sources.iter().filter(|source| source.kind.address().is_some());
        let states: BTreeMap<&SourceId, (&Source, State)> = polled
            .map(|source| {
                let mut state = source_state::look(&progress, source);
                self.heed_hub(source, &mut state, now);
                (&source.id, (source, state))
            })
            .collect();
        self.schedule.load(states.values().map(|(source, state)| (*source, state)), now);
    }

    /// At a start a source whose hub tells of changes is polled as soon as it may be: what was delivered before the stop,
    /// or meanwhile, may be known to nobody.
    fn catch_up(&mut self, now: Timestamp) {
        let (app, config) = (Arc::clone(&self.app), Arc::clone(&self.config));
        for source in config.sources.iter().filter(|s| app.subscriber.is_live(&s.id, now)) {
            let state = source_state::look(&app.store.progress(), source);
            if let Some(at) = soonest(&state, &config.fetch) {
                self.schedule.hurry(&source.id, at);
            }
        }
    }

    /// A source whose hub tells of its changes is polled less often.
    fn heed_hub(&self, source: &Source, state: &mut State, now: Timestamp) {
        let hubs = &self.app.subscriber;
        state.next_check = hubs.next_check(&source.id, state, &self.config.fetch, now);
    }
}

/// The polled sources of these ids; all of them if no id is given.
///
/// # Errors
/// If an id is not that of a polled source.
pub fn wanted(config: &Config, ids: &[String]) -> anyhow::Result<Vec<SourceId>> {
    let polled = config.sources.iter().filter(|source| source.kind.address().is_some());
    let polled: Vec<_> = polled.map(|source| source.id.clone()).collect();
    if ids.is_empty() {
        return Ok(polled);
    }
    let find = |id: &String| {
        let found = polled.iter().find(|polled| polled.as_str() == id).cloned();
        found.ok_or_else(|| anyhow::anyhow!("source {id}: not in the config, or not polled"))
    };
    ids.iter().map(find).collect()
}

/// Has sources polled now because a person asks for it, also where a host wanted to be left alone longer: it is asked
/// once, and left alone again if it still refuses.
pub fn insist(app: &App, sources: Vec<SourceId>, now: Timestamp) {
    let (config, client) = (app.config.load(), app.client.load());
    for source in config.sources.iter().filter(|source| sources.contains(&source.id)) {
        client.hosts().end_rest(
            &polled_host(source, &source_state::look(&app.store.progress(), source)),
            now,
        );
    }
    app.ask_polls(sources, now);
}

/// A number in 0..1, so that many sources do not move in step.
fn chance() -> f64 {
    let mut bytes = [0; 4];
    match getrandom::fill(&mut bytes) {
        Ok(()) => f64::from(u32::from_le_bytes(bytes)) / (f64::from(u32::MAX) + 1.0),
        Err(_) => 0.5,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_step_polls_what_is_due_and_nothing_before_its_time() {
        let folder = tempfile::tempdir().unwrap();
        crate::net::install_crypto();
        let text = "[[source]]\nid = \"a\"\nkind = \"feed\"\naddress = \"http://127.0.0.1:9/\"\n";
        let config = Config::parse(text, folder.path()).unwrap();
        let app = Arc::new(App::open(config).unwrap());
        let (_stop, stopped) = watch::channel(false);
        let now = Timestamp::now();
        let mut polls = Polls::new(Arc::clone(&app), stopped, now);
        polls.step(now);
        let ended = polls.under_way.join_next_with_id().await.unwrap();
        polls.end(ended, now);
        let next = polls.step(now).unwrap();
        assert!(polls.under_way.is_empty() && next > now);
        polls.step(next);
        assert_eq!(polls.under_way.len(), 1);
        while polls.under_way.join_next().await.is_some() {}
        app.close().unwrap();
    }
}
