use super::app::{App, OpenJournal};
use super::{control, copying, folders, following, hubs, polls, runtime, signals};
use crate::config::Config;
use crate::deliver::PartnerLog;
use crate::model::Timestamp;
use crate::{journal, serve};
use anyhow::Context;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// Bytes of address space without which threads and caches cannot be made.
const LEAST_ADDRESS_SPACE: u64 = 320 << 20;
/// Files that are open besides connections: the store's, folders, workers, fetches.
const OWN_FILES: u64 = 512;
/// Connections that may wait to be accepted. The system's own limit (somaxconn) is usually lower.
const BACKLOG: u32 = 4_096;
/// How often measurements are added to their histograms.
const UPKEEP: Duration = Duration::from_secs(5);
/// How often progress is made durable: a kill loses at most this much of it.
const SETTLED_WITHIN: Duration = Duration::from_secs(1);

/// Runs the daemon until SIGTERM or SIGINT. SIGHUP reads `file` again; `listening` is called with the address.
///
/// # Errors
/// If it cannot open the data directory or listen, or the journal cannot be made durable at the end.
pub fn run(
    config: Config,
    file: Option<PathBuf>,
    listening: impl FnOnce(SocketAddr),
) -> anyhow::Result<()> {
    run_on(config, file, |store, program| journal::Journal::open(store, Some(program)), listening)
}

/// Runs the daemon on the journal that `open_journal` opens.
///
/// # Errors
/// If it cannot open the data directory or listen, or the journal cannot be made durable at the end.
pub fn run_on(
    config: Config,
    file: Option<PathBuf>,
    open_journal: OpenJournal,
    listening: impl FnOnce(SocketAddr),
) -> anyhow::Result<()> {
    let runtime = runtime()?;
    runtime.block_on(serve_until_stopped(config, file, open_journal, listening))?;
    runtime.shutdown_timeout(Duration::from_secs(1));
    Ok(())
}

async fn serve_until_stopped(
    config: Config,
    file: Option<PathBuf>,
    open_journal: OpenJournal,
    listening: impl FnOnce(SocketAddr),
) -> anyhow::Result<()> {
    let reloads = signals::Reloads::catch()?;
    ensure_address_space()?;
    raise_open_files(config.server.max_connections);
    let listener = listen(config.server.listen).or_else(|taken| {
        journal::disk::refuse_if_used(&config.store.directory).map_err(Into::into).and(Err(taken))
    })?;
    let address = listener.local_addr()?;
    let stop_after = Duration::from_millis(config.server.stop_ms);
    let metrics = recorder();
    let app = Arc::new(App::open_on(config, open_journal)?);
    let stops = signals::Stops::catch()?;
    let (stop, stopped) = watch::channel(false);
    let mut tasks = JoinSet::new();
    tasks.spawn(upkeep(metrics.clone(), stopped.clone()));
    tasks.spawn(settle(app.journal.clone(), stopped.clone()));
    tasks.spawn(following::run(Arc::clone(&app), stopped.clone()));
    tasks.spawn(folders::watch(Arc::clone(&app), stopped.clone()));
    tasks.spawn(polls::run(Arc::clone(&app), stopped.clone()));
    tasks.spawn(copying::run(Arc::clone(&app), stopped.clone()));
    tasks.spawn(hubs::renew(Arc::clone(&app), stopped.clone()));
    if let Some(deliveries) = app.deliveries() {
        tasks.spawn(hubs::apply_deliveries(Arc::clone(&app), deliveries, stopped.clone()));
    }
    let serving = Arc::new(serving(&app, metrics));
    let (partners, config) = (Arc::clone(&serving.partners), app.config.load_full());
    tasks.spawn(write_partners(partners, config, stopped.clone()));
    let answers = serve::answers(serving);
    let limits = serve::Limits::from(&app.config.load().server);
    let server = tokio::spawn(serve::serve(listener, answers, limits, stopped.clone()));
    control::listen(Arc::clone(&app)).context("the control socket")?;
    listening(address);
    tracing::info!(%address, "listening");
    notify(&[sd_notify::NotifyState::Ready]);
    signals::until_stop(stops, reloads, &app, file.as_deref()).await;
    notify(&[sd_notify::NotifyState::Stopping]);
    tracing::info!("stopping");
    app.stopping();
    let _ = stop.send(true);
    let everything = async {
        let _ = server.await;
        while tasks.join_next().await.is_some() {}
    };
    if tokio::time::timeout(stop_after, everything).await.is_err() {
        tracing::warn!("some requests were cut off to stop in time");
    }
    let closing = tokio::task::spawn_blocking(move || app.close());
    closing.await.context("closing")?
}

/// Installs the recorder of metrics.
fn recorder() -> Option<PrometheusHandle> {
    let builder = PrometheusBuilder::new().set_buckets(&serve::BUCKETS).ok()?;
    let handle = builder.install_recorder().ok();
    serve::describe_metrics();
    handle
}

/// Everything that the routes use.
fn serving(app: &App, metrics: Option<PrometheusHandle>) -> serve::State {
    let mut state = serve::State::new(
        Arc::clone(&app.config),
        Arc::clone(&app.ingest),
        app.cache.clone(),
        Arc::clone(&app.tokens),
        metrics,
        app.phase(),
        Timestamp::now,
    );
    state.examiner = Some(app.examiner());
    state.standby = Some(Arc::clone(&app.standby));
    state
}

/// Adds measurements to their histograms until stopped. Without it they would pile up if nobody asks for `/metrics`.
async fn upkeep(metrics: Option<PrometheusHandle>, mut stopped: watch::Receiver<bool>) {
    let Some(metrics) = metrics else { return };
    loop {
        tokio::select! {
            _ = stopped.wait_for(|stop| *stop) => return,
            () = tokio::time::sleep(UPKEEP) => metrics.run_upkeep(),
        }
    }
}

/// Makes progress durable until stopped, one fsync for many polls. It does nothing if nothing changed.
async fn settle(journal: journal::Journal, mut stopped: watch::Receiver<bool>) {
    loop {
        tokio::select! {
            _ = stopped.wait_for(|stop| *stop) => return,
            () = tokio::time::sleep(SETTLED_WITHIN) => {}
        }
        let journal = journal.clone();
        let settling = tokio::task::spawn_blocking(move || journal.disk().settle());
        if let Ok(Err(error)) = settling.await {
            tracing::debug!(%error, "progress is not durable yet");
        }
    }
}

/// Forgets partners that are not in the config any more, then writes down what the others have taken until stopped, and
/// once more.
async fn write_partners(
    partners: Arc<PartnerLog>,
    config: Arc<Config>,
    mut stopped: watch::Receiver<bool>,
) {
    let (log, forgetting) = (Arc::clone(&partners), Arc::clone(&config));
    let forgetting = tokio::task::spawn_blocking(move || log.forget_others(&forgetting.partners));
    if let Ok(Err(error)) = forgetting.await {
        tracing::warn!(%error, "partners that are no longer in the config are still remembered");
    }
    loop {
        let is_over = tokio::select! {
            _ = stopped.wait_for(|stop| *stop) => true,
            () = tokio::time::sleep(SETTLED_WITHIN) => false,
        };
        let partners = Arc::clone(&partners);
        let writing = tokio::task::spawn_blocking(move || partners.write());
        if let Ok(Err(error)) = writing.await {
            tracing::debug!(%error, "what partners have taken is not written down yet");
        }
        if is_over {
            return;
        }
    }
}

/// Refuses to start where sled would fail on its first page for want of memory.
fn ensure_address_space() -> anyhow::Result<()> {
    use rustix::process::{Resource, getrlimit};
    let may = getrlimit(Resource::As).current.unwrap_or(u64::MAX);
    anyhow::ensure!(
        may >= LEAST_ADDRESS_SPACE,
        "the address space is limited to {} MiB (ulimit -v, LimitAS): allow {} MiB at least, and worker.memory for each worker process",
        may >> 20,
        LEAST_ADDRESS_SPACE >> 20
    );
    Ok(())
}

/// Raises the limit of open files, since every connection is one: a shell gives 1,024, the system allows more on request.
fn raise_open_files(connections: usize) {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit });
    let may = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    if may < connections as u64 + OWN_FILES {
        tracing::warn!(
            open_files = may,
            connections,
            "fewer files may be open than server.max_connections wants: raise LimitNOFILE, or lower it"
        );
    }
}

/// Listens, with a long queue of connections that wait to be accepted.
fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    let listening = || {
        let socket = if address.is_ipv6() { TcpSocket::new_v6() } else { TcpSocket::new_v4() }?;
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        socket.listen(BACKLOG)
    };
    listening().with_context(|| {
        format!("server.listen = \"{address}\": cannot listen there; choose another port, or end what listens there")
    })
}

/// Tells systemd, if it started this process.
fn notify(states: &[sd_notify::NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::debug!(%error, "systemd was not told");
    }
}
