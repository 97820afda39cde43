//! Articles' own pages: what a list says is made whole by them, a bounded number at each poll, politely.

use super::Applied;
use super::commit::Ingest;
use super::decide::Origin;
use super::error::Error;
use super::memory::{Memory, Pending, Wanted, is_untitled, reads_pages, wants_page};
use super::poll::{Document, Polling};
use super::push::KeyLock;
use super::quarantine::Judged;
use super::robots;
use super::sitemaps::follow;
use super::worker::{Job, JobOutput};
use crate::model::{ArticleKey, DateOrder, Source, Timestamp};
use crate::net::{self, HostLock, Purpose, Request, Response, Trust, is_refusal};
use crate::refine::{Draft, Refined};
use crate::store::Kind;
use crate::text::host_key;
use std::collections::HashSet;
use std::time::Duration;
use tokio::time::Instant;
use url::Url;

/// How long one poll may spend on articles' pages; the rest waits for the next.
const LONGEST: Duration = Duration::from_secs(90);
/// Milliseconds that an article waits which is too young, or did not fit.
const HELD_MS: i64 = 300_000;

/// What a poll brought, and what is remembered of its source besides.
#[derive(Debug, Default)]
pub struct Settled {
    /// What became of the articles.
    pub taken: Applied,
    /// What is remembered.
    pub memory: Memory,
}

impl Ingest {
    /// Takes in what a poll brought, unless the source is not what it was; articles of lists that only name them are
    /// completed from their own pages. `document` is a page that was read, or could not be.
    pub async fn settle(
        &self,
        source: &Source,
        reading: Option<JobOutput>,
        document: Option<Document>,
        settled: DateOrder,
        polling: Polling<'_>,
        now: Timestamp,
    ) -> Result<Settled, Error> {
        let lock = self.poll_lock(source);
        let _alone = lock.lock().await;
        let mut memory = self.own_memory(source)?;
        self.recount(source, &mut memory).await?;
        let (mut taken, mut released) = (Applied::default(), false);
        let reading = follow(source, reading, settled, polling, &mut memory, now).await;
        let is_new = reading.is_some() || !memory.children.is_empty();
        let is_good = match reading {
            Some(reading) => match self.judged(source, reading.refined, &mut memory, now).await? {
                Some(Judged { refined, is_believed }) => {
                    released = is_believed;
                    let refined = self.note(source, refined, &mut memory, now).await?;
                    taken = self.take_list(source, refined, now).await?;
                    true
                }
                None => false,
            },
            None => {
                if document.is_none() {
                    taken = self.take_list(source, Refined::default(), now).await?;
                }
                document.is_none()
            }
        };
        if let (false, Some(document)) = (is_good, &document) {
            self.propose(source, document, polling, &mut memory).await;
        }
        if is_new || !is_good {
            self.keep_memory(source, &memory)?;
        }
        if released {
            self.empty_quarantine(source).await?;
        }
        if is_good && reads_pages(source) {
            self.read_pages(source, settled, polling, &mut memory, &mut taken, now).await?;
        }
        Ok(Settled { taken, memory })
    }

    /// Notes the drafts whose pages are to be read; the others are left to be taken as they are. What waits and is gone
    /// waits no more.
    async fn note(
        &self,
        source: &Source,
        mut refined: Refined,
        memory: &mut Memory,
        now: Timestamp,
    ) -> Result<Refined, Error> {
        let mut plain = Vec::new();
        let in_list: HashSet<ArticleKey> = refined.drafts.iter().map(Draft::key).collect();
        memory.prune(&in_list, now);
        self.let_go_ended(source, &refined.tombstones, memory, now).await?;
        for draft in std::mem::take(&mut refined.drafts) {
            if !wants_page(source, &draft) {
                plain.push(draft);
                continue;
            }
            let is_known = self.store().known(draft.key())?.is_some();
            if memory.note(draft.clone(), is_known, now) == Wanted::AsListed {
                plain.push(draft);
            }
        }
        refined.drafts = plain;
        Ok(refined)
    }

    /// Reads the pages whose turn it is, one after the other; the client keeps the host's pause between.
    async fn read_pages(
        &self,
        source: &Source,
        settled: DateOrder,
        polling: Polling<'_>,
        memory: &mut Memory,
        taken: &mut Applied,
        now: Timestamp,
    ) -> Result<(), Error> {
        let began = Instant::now();
        memory.bound_waits(now);
        let mut locks = Vec::new();
        let polled = if memory.next(now).is_some() { self.polled_hosts()? } else { HashSet::new() };
        for _ in 0..polling.config.pages_per_poll {
            let Some(pending) = memory.next(now) else { break };
            if began.elapsed() > LONGEST || *polling.stopped.borrow() {
                break;
            }
            let young = pending.draft.published.as_ref().map(|d| d.at.plus_millis(source.delay_ms));
            if let Some(until) = young.filter(|until| source.delay_ms > 0 && *until > now) {
                memory.wait(&pending.draft, until);
                continue;
            }
            let before = taken.published;
            let read = match way(&pending.draft, polling, &polled, &mut locks) {
                Way::Later => {
                    memory.wait(&pending.draft, now.plus_millis(HELD_MS));
                    continue;
                }
                Way::No(why) => Err(why),
                Way::Free(url) => {
                    let mut stopped = polling.stopped.clone();
                    let reading = visit(source, &pending, url, settled, polling, memory, now);
                    // A host may want a long pause before its next request: a stop does not wait for it.
                    let read = tokio::select! {
                        biased;
                        Ok(_) = stopped.wait_for(|stop| *stop) => break,
                        read = reading => read,
                    };
                    match read {
                        Ok(read) => read,
                        Err((host, until)) => {
                            let left = self.leave(source, &host, until, memory, before, now);
                            taken.add(&left.await?);
                            continue;
                        }
                    }
                }
            };
            taken.add(&self.take_page(source, &pending, read, memory, before, now).await?);
            self.keep_memory(source, memory)?;
        }
        Ok(())
    }

    /// Leaves a host alone: articles whose pages wait there are taken as listed meanwhile.
    async fn leave(
        &self,
        source: &Source,
        host: &str,
        until: Timestamp,
        memory: &mut Memory,
        before: usize,
        now: Timestamp,
    ) -> Result<Applied, Error> {
        let mut drafts = Vec::new();
        for draft in memory.put_off(host, until) {
            if !is_untitled(&draft) && self.store().known(draft.key())?.is_none() {
                drafts.push(draft);
            }
        }
        let mut taken = Applied::default();
        if !drafts.is_empty() {
            let refined = Refined { drafts, ..Refined::default() };
            taken = self.take_more(source, refined, Origin::Polled, before, now).await?;
        }
        self.keep_memory(source, memory)?;
        Ok(taken)
    }

    /// Takes in what a page made of a draft; where it could not be read, the draft as the list has it, once. What the quota
    /// has no room for waits.
    async fn take_page(
        &self,
        source: &Source,
        pending: &Pending,
        read: Result<JobOutput, Unreadable>,
        memory: &mut Memory,
        before: usize,
        now: Timestamp,
    ) -> Result<Applied, Error> {
        let listed = &pending.draft;
        let (taken, unread) = match read {
            Ok(reading) => {
                let note = note_of(&reading, listed);
                let taken =
                    self.take_more(source, reading.refined, Origin::Polled, before, now).await?;
                if taken.held == 0 {
                    memory.done(listed, note);
                }
                (taken, None)
            }
            Err(Unreadable { name, .. }) if name == "not-an-article" => {
                memory.done(listed, None);
                (Applied::default(), None)
            }
            Err(unread) => (self.take_listed(source, listed, before, now).await?, Some(unread)),
        };
        if taken.held > 0 {
            memory.wait(listed, now.plus_millis(HELD_MS.max(source.delay_ms / 4)));
            return Ok(taken);
        }
        match unread {
            None => {}
            Some(Unreadable { name, why }) if ["elsewhere", "robots"].contains(&name.as_str()) => {
                memory.done(listed, Some((format!("detail-{name}"), why)));
            }
            Some(Unreadable { name, why }) => {
                tracing::debug!(source.id = %source.id, name, why, "an article's page was not read");
                memory.failed(listed, &why, now);
            }
        }
        Ok(taken)
    }

    /// Takes an article in as its list has it, unless we hold it or it has no title.
    async fn take_listed(
        &self,
        source: &Source,
        listed: &Draft,
        before: usize,
        now: Timestamp,
    ) -> Result<Applied, Error> {
        if is_untitled(listed) || self.store().known(listed.key())?.is_some() {
            return Ok(Applied::default());
        }
        let refined = Refined { drafts: vec![listed.clone()], ..Refined::default() };
        self.take_more(source, refined, Origin::Polled, before, now).await
    }

    /// What is remembered of a polled source besides its address.
    pub fn memory(&self, source: &Source) -> Result<Memory, Error> {
        let progress = self.store().progress();
        let memory: Memory = progress.get_or_default(Kind::Crawl, source.id.as_str())?;
        Ok(memory.about(source))
    }

    /// The same for the one who replaces it.
    pub(super) fn own_memory(&self, source: &Source) -> Result<Memory, Error> {
        let memory: Memory = self.store().progress().get_or_set_aside(Kind::Crawl, &source.id)?;
        Ok(memory.about(source))
    }

    /// Replaces what is remembered, whole.
    pub(super) fn keep_memory(&self, source: &Source, memory: &Memory) -> Result<(), Error> {
        Ok(self.store().progress().put(Kind::Crawl, source.id.as_str(), memory)?)
    }

    /// Held while a source's progress is read, used and written again.
    pub(super) fn poll_lock(&self, source: &Source) -> KeyLock<'_> {
        self.lock_of(&source.id, "")
    }
}

/// Why a page could not be read: a stable name and the particulars.
struct Unreadable {
    name: String,
    why: String,
}

fn unreadable(name: &str, why: impl Into<String>) -> Unreadable {
    Unreadable { name: name.to_owned(), why: why.into() }
}

/// Whether a page may be asked for now.
enum Way {
    /// Its host is ours to ask.
    Free(Url),
    /// Another source's articles are read there.
    Later,
    /// Never.
    No(Unreadable),
}

/// Whether an article's page may be asked for: the poll under way keeps others from its list's host; on a host that
/// nobody polls only one source at a time reads pages.
fn way(
    listed: &Draft,
    polling: Polling<'_>,
    polled: &HashSet<String>,
    locks: &mut Vec<HostLock>,
) -> Way {
    let url = listed.url.as_deref().and_then(|url| Url::parse(url).ok());
    let Some(url) = url else { return Way::No(unreadable("address", "no address")) };
    let host = host_key(&url);
    if host == polling.host || locks.iter().any(|lock| lock.host() == host) {
        return Way::Free(url);
    }
    if polled.contains(&host) {
        let why = format!("{url}: on a host that another source polls");
        return Way::No(unreadable("elsewhere", why));
    }
    match polling.client.hosts().enter(&host) {
        Some(lock) => {
            locks.push(lock);
            Way::Free(url)
        }
        None => Way::Later,
    }
}

/// Reads an article's page, if its host lets us; otherwise the host and until when it is left alone.
async fn visit(
    source: &Source,
    pending: &Pending,
    url: Url,
    settled: DateOrder,
    polling: Polling<'_>,
    memory: &mut Memory,
    now: Timestamp,
) -> Result<Result<JobOutput, Unreadable>, (String, Timestamp)> {
    let host = host_key(&url);
    if let Some(rest) = polling.client.hosts().rest(&host, Purpose::Crawl, now) {
        return Err((host, rest.until));
    }
    if polling.config.robots {
        let allowed = robots::allows(source, &url, polling, now).await;
        if !allowed.map_err(|until| (host.clone(), until))? {
            let why = format!("{url}: robots.txt asks to leave it alone");
            return Ok(Err(unreadable("robots", why)));
        }
    }
    let answer = match get_page(source, url, polling).await {
        Ok(answer) => answer,
        Err(net::Error::Resting { until, .. }) => return Err((host, until)),
        Err(error) => return Ok(Err(unreadable("fetch", error.to_string()))),
    };
    let refused = answer.rests_until.filter(|_| is_refusal(answer.status, &answer.headers));
    if let Some(until) = refused {
        memory.behind(&pending.draft);
        return Err((host, until));
    }
    Ok(read_page(source, &pending.draft, answer, settled, polling, now).await)
}

/// Gets an article's page.
async fn get_page(source: &Source, url: Url, polling: Polling<'_>) -> Result<Response, net::Error> {
    let accept = "text/html, application/xhtml+xml, */*;q=0.5";
    let request = Request { accept, ..Request::to(url, Trust::of(source), Purpose::Crawl) };
    polling.client.get(request).await
}

/// Has a worker complete a draft with its article's page.
async fn read_page(
    source: &Source,
    listed: &Draft,
    answer: Response,
    settled: DateOrder,
    polling: Polling<'_>,
    now: Timestamp,
) -> Result<JobOutput, Unreadable> {
    if !(200..=203).contains(&answer.status.as_u16()) {
        return Err(unreadable("status", format!("HTTP status {}", answer.status.as_u16())));
    }
    let asked = listed.url.as_deref().and_then(|url| Url::parse(url).ok());
    let asked = asked.map_or(String::new(), |url| url.path().to_owned());
    if answer.hops > 0 && answer.final_url.path().trim_matches('/').is_empty() && asked.len() > 1 {
        return Err(unreadable("moved", "it leads to the home page"));
    }
    let content_type = answer.headers.get(http::header::CONTENT_TYPE);
    let job = Job::Detail {
        content_type: content_type.map(|v| String::from_utf8_lossy(v.as_bytes()).into_owned()),
        source: source.clone(),
        listed: Box::new(listed.clone()),
        fetched_from: answer.final_url.to_string(),
        now,
        settled,
    };
    let reading = polling.pool.call(&job, answer.body).await.map_err(|error| match error {
        super::worker::Error::Unread(unread) => unreadable(&unread.name, unread.message),
        other => unreadable(other.name(), other.to_string()),
    })?;
    match reading.refined.rejected.first() {
        Some((_, reason)) => Err(unreadable("rejected", reason.to_string())),
        None => Ok(reading),
    }
}

/// What was not well about a page that was read.
fn note_of(reading: &JobOutput, listed: &Draft) -> Option<(String, String)> {
    let unsure = reading.refined.warnings.iter().find(|w| w.name == "full-text-unsure")?;
    let why = unsure.example.as_deref().unwrap_or("");
    Some((unsure.name.clone(), format!("{}: {why}", listed.url.as_deref().unwrap_or(""))))
}
