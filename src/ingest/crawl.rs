//! Articles' own pages: what a list says is made whole by them, a bounded number at each poll, politely.

use super::apply::{Applied, Batch, take_in};
use super::crawl_state::{self, CrawlState, Pending, Wanted, is_untitled, wants_page};
use super::decide::Origin;
use super::error::Error;
use super::robots;
use super::schedule::polled_host;
use super::source_state;
use super::tombstones::drop_tombstoned;
use super::worker::{self, Fault, Job, JobOutput};
use super::{Intake, Poll};
use crate::fetch::request_for;
use crate::model::{ArticleKey, DateOrder, Notice, Source, Timestamp};
use crate::net::{self, HostLock, Purpose, Request, Response, Trust, is_refusal};
use crate::refine::{Draft, Refined};
use crate::text::host_key;
use std::collections::HashSet;
use std::time::Duration;
use tokio::time::Instant;
use url::Url;

/// How long one poll may spend on articles' pages; the rest waits for the next.
const LONGEST: Duration = Duration::from_secs(90);
/// Milliseconds that an article waits which is too young, or did not fit.
const HELD_MS: i64 = 300_000;

/// Notes the drafts whose pages are to be read, and drops what waits and is gone. Returns the other drafts, to be applied
/// as they are.
///
/// # Errors
/// If the store fails.
pub(super) async fn note_pages(
    intake: &Intake,
    source: &Source,
    mut refined: Refined,
    state: &mut CrawlState,
    now: Timestamp,
) -> Result<Refined, Error> {
    let mut plain = Vec::new();
    let in_list: HashSet<ArticleKey> = refined.drafts.iter().map(Draft::key).collect();
    state.prune(&in_list, now);
    drop_tombstoned(intake, source, &refined.tombstones, state, now).await?;
    // The oldest page is read first, since the article that comes last is the newest.
    for draft in std::mem::take(&mut refined.drafts).into_iter().rev() {
        if !wants_page(source, &draft) {
            plain.push(draft);
            continue;
        }
        let is_known = intake.store.known(draft.key())?.is_some();
        if state.note(draft.clone(), is_known, now) == Wanted::AsListed {
            plain.push(draft);
        }
    }
    plain.reverse();
    refined.drafts = plain;
    Ok(refined)
}

/// Reads the pages whose turn it is, one after the other; the client keeps the host's pause between.
///
/// # Errors
/// If the journal or the store fails.
pub(super) async fn crawl(
    intake: &Intake,
    poll: &Poll<'_>,
    date_order: DateOrder,
    state: &mut CrawlState,
    applied: &mut Applied,
) -> Result<(), Error> {
    let began = Instant::now();
    state.bound_waits(poll.now);
    if state.next(poll.now).is_none() {
        return Ok(());
    }
    let (polled, locks) = (polled_hosts(intake)?, Vec::new());
    let mut crawl = Crawl { intake, poll, date_order, state, applied, polled, locks };
    for _ in 0..poll.config.fetch.pages_per_poll {
        let Some(pending) = crawl.state.next(poll.now) else { break };
        if began.elapsed() > LONGEST || *poll.stopped.borrow() {
            break;
        }
        // A host may want a long pause before its next request: a stop does not wait for it.
        let mut stopped = poll.stopped.clone();
        let read = tokio::select! {
            biased;
            Ok(_) = stopped.wait_for(|stop| *stop) => break,
            read = crawl.visit(&pending) => read,
        };
        crawl.apply_visit(&pending, read).await?;
    }
    Ok(())
}

/// The hosts on which sources are polled, as [`polled_host`] says them.
///
/// # Errors
/// If the store cannot be read.
pub(super) fn polled_hosts(intake: &Intake) -> Result<HashSet<String>, Error> {
    let (config, progress) = (intake.config.load(), intake.progress());
    let polled = config.sources.iter().filter(|source| source.kind.address().is_some());
    let host = |source: &Source| polled_host(source, &source_state::look(&progress, source));
    Ok(polled.map(host).collect())
}

/// The reading of articles' pages in one poll.
struct Crawl<'a> {
    intake: &'a Intake,
    poll: &'a Poll<'a>,
    date_order: DateOrder,
    state: &'a mut CrawlState,
    applied: &'a mut Applied,
    polled: HashSet<String>,
    /// Hosts that nobody polls and that are ours until the crawl ends.
    locks: Vec<HostLock>,
}

/// What came of the visit to an article's page.
enum Visit {
    /// It was read.
    Read(Box<JobOutput>),
    /// It is no article.
    NotAnArticle,
    /// It is not to be read, ever, by a rule: a note for the status.
    Forbidden(Notice, String),
    /// It could not be read: a stable name for the log, and the particulars.
    Failed(&'static str, String),
    /// It is not due yet.
    Wait(Timestamp),
    /// Its host wants to be left alone until then.
    Rest(String, Timestamp),
}

fn failed(name: &'static str, why: impl Into<String>) -> Visit {
    Visit::Failed(name, why.into())
}

impl Crawl<'_> {
    /// Reads an article's page, if it is old enough and its host lets us.
    async fn visit(&mut self, pending: &Pending) -> Visit {
        let (source, now) = (self.poll.source, self.poll.now);
        let draft = &pending.draft;
        let young = draft.published.as_ref().map(|d| d.at.plus_millis(source.delay_ms));
        if let Some(until) = young.filter(|until| source.delay_ms > 0 && *until > now) {
            return Visit::Wait(until);
        }
        let Some(url) = draft.parsed_url() else { return failed("address", "no address") };
        let host = host_key(&url);
        if let Some(no) = self.enter(&host, &url) {
            return no;
        }
        if let Some(rest) = self.poll.client.hosts().rest(&host, Purpose::Crawl, now) {
            return Visit::Rest(host, rest.until);
        }
        if self.poll.config.fetch.robots {
            match robots::allows(self.poll.visitor(), &url).await {
                Err(until) => return Visit::Rest(host, until),
                Ok(true) => {}
                Ok(false) => {
                    let why = format!("{url}: robots.txt asks to leave it alone");
                    return Visit::Forbidden(Notice::DetailRobots, why);
                }
            }
        }
        match get_page(self.poll, url).await {
            Err(net::Error::Resting { until, .. }) => Visit::Rest(host, until),
            Err(error) => failed("fetch", error.to_string()),
            Ok(answer) => match answer.rests_until {
                Some(until) if is_refusal(answer.status, &answer.headers) => {
                    self.state.behind(draft);
                    Visit::Rest(host, until)
                }
                _ => read_page(self.poll, draft, answer, self.date_order).await,
            },
        }
    }

    /// Enters a host, or says why not: the poll under way keeps others from its list's host; on a host that nobody polls
    /// only one source at a time reads pages.
    fn enter(&mut self, host: &str, url: &Url) -> Option<Visit> {
        if host == self.poll.host || self.locks.iter().any(|lock| lock.host() == host) {
            return None;
        }
        if self.polled.contains(host) {
            let why = format!("{url}: on a host that another source polls");
            return Some(Visit::Forbidden(Notice::DetailElsewhere, why));
        }
        match self.poll.client.hosts().enter(host) {
            Some(lock) => {
                self.locks.push(lock);
                None
            }
            None => Some(Visit::Wait(self.poll.now.plus_millis(HELD_MS))),
        }
    }

    /// Applies what a page made of a draft; where it could not be read, the draft as the list has it, once. What the quota
    /// has no room for waits.
    async fn apply_visit(&mut self, pending: &Pending, visit: Visit) -> Result<(), Error> {
        let (listed, now) = (&pending.draft, self.poll.now);
        match visit {
            Visit::Wait(until) => {
                self.state.wait(listed, until);
                return Ok(());
            }
            Visit::Rest(host, until) => {
                let put_off = self.state.put_off(&host, until);
                self.apply_listed(put_off).await?;
            }
            Visit::NotAnArticle => self.state.done(listed, None),
            Visit::Read(mut output) => {
                let note = note_of(&output, listed);
                self.drop_furniture(&mut output.refined.drafts);
                if self.fits(listed, output.refined).await? {
                    self.state.done(listed, note);
                }
            }
            Visit::Forbidden(notice, why) => {
                if self.fits_listed(listed).await? {
                    self.state.done(listed, Some((notice, why)));
                }
            }
            Visit::Failed(name, why) => {
                if self.fits_listed(listed).await? {
                    let id = &self.poll.source.id;
                    tracing::debug!(source.id = %id, name, why, "an article's page was not read");
                    self.state.failed(listed, &why, now);
                }
            }
        }
        Ok(crawl_state::keep(&self.intake.progress(), self.poll.source, self.state)?)
    }

    /// Drops dates that stand outside of their articles and that other pages of the source have too: they are the page's.
    fn drop_furniture(&self, drafts: &mut [Draft]) {
        for draft in drafts {
            let (key, is_same) = (draft.key(), |raw: &str| {
                draft.published.as_ref().is_some_and(|date| date.raw == raw)
            });
            let outside =
                draft.warnings.iter().find(|w| w.name == Notice::DateOutsideArticle.name());
            let raw = outside.and_then(|warning| warning.example.as_deref());
            if raw.is_some_and(|raw| is_same(raw) && self.state.is_on_other_pages(raw, key)) {
                draft.published = None;
            }
        }
    }

    /// Applies a draft as its list has it, unless it waits on: it does not fit.
    async fn fits_listed(&mut self, listed: &Draft) -> Result<bool, Error> {
        let held = self.apply_listed(vec![listed.clone()]).await?;
        Ok(self.wait_if(held, listed))
    }

    /// Applies what a page made of a draft, unless it waits on: it does not fit.
    async fn fits(&mut self, listed: &Draft, refined: Refined) -> Result<bool, Error> {
        let held = self.apply(refined).await?;
        Ok(self.wait_if(held, listed))
    }

    fn wait_if(&mut self, held: usize, listed: &Draft) -> bool {
        if held > 0 {
            let wait = HELD_MS.max(self.poll.source.delay_ms / 4);
            self.state.wait(listed, self.poll.now.plus_millis(wait));
        }
        held == 0
    }

    /// Applies drafts as their list has them, unless we hold them or they have no title. Returns how many are held back.
    async fn apply_listed(&mut self, listed: Vec<Draft>) -> Result<usize, Error> {
        let mut drafts = Vec::new();
        for draft in listed {
            if !is_untitled(&draft) && self.intake.store.known(draft.key())?.is_none() {
                drafts.push(draft);
            }
        }
        if drafts.is_empty() {
            return Ok(0);
        }
        self.apply(Refined { drafts, ..Refined::default() }).await
    }

    async fn apply(&mut self, refined: Refined) -> Result<usize, Error> {
        let Poll { source, now, .. } = *self.poll;
        let published = self.applied.published;
        let batch = Batch { source, origin: Origin::Polled, now, published, insists: &[] };
        let applied = take_in(self.intake, batch, refined).await?;
        self.applied.add(&applied);
        Ok(applied.held)
    }
}

/// Gets an article's page.
async fn get_page(poll: &Poll<'_>, url: Url) -> Result<Response, net::Error> {
    let accept = "text/html, application/xhtml+xml, */*;q=0.5";
    let plain = Request::to(url.clone(), Trust::of(poll.source), Purpose::Crawl);
    // A header that cannot be read has failed the poll already, under its own name.
    let own = request_for(poll.source, url, Purpose::Crawl).await.unwrap_or(plain);
    poll.client.get(Request { accept, ..own }).await
}

/// Has a worker complete a draft with its article's page.
async fn read_page(
    poll: &Poll<'_>,
    listed: &Draft,
    answer: Response,
    date_order: DateOrder,
) -> Visit {
    if !(200..=203).contains(&answer.status.as_u16()) {
        return failed("status", format!("HTTP status {}", answer.status.as_u16()));
    }
    let asked = listed.parsed_url().map_or(String::new(), |url| url.path().to_owned());
    if answer.hops > 0 && answer.final_url.path().trim_matches('/').is_empty() && asked.len() > 1 {
        return failed("moved", "it leads to the home page");
    }
    let content_type = answer.headers.get(http::header::CONTENT_TYPE);
    let job = Job::Detail {
        content_type: content_type.map(|v| String::from_utf8_lossy(v.as_bytes()).into_owned()),
        source: poll.source.clone(),
        listed: Box::new(listed.clone()),
        fetched_from: answer.final_url.to_string(),
        now: poll.now,
        settled: date_order,
    };
    match poll.pool.call(&job, answer.body).await {
        Err(worker::Error::Unread(error)) if error.fault == Fault::NotAnArticle => {
            Visit::NotAnArticle
        }
        Err(error) => failed(error.name(), error.to_string()),
        Ok(output) => match output.refined.rejected.first() {
            Some((_, reason)) => failed("rejected", reason.to_string()),
            None => Visit::Read(Box::new(output)),
        },
    }
}

/// What was not well about a page that was read.
fn note_of(output: &JobOutput, listed: &Draft) -> Option<(Notice, String)> {
    let warnings = &output.refined.warnings;
    [Notice::FullTextUnsure, Notice::DateOutsideArticle].into_iter().find_map(|notice| {
        let warning = warnings.iter().find(|w| w.name == notice.name())?;
        let why = warning.example.as_deref().unwrap_or("");
        Some((notice, format!("{}: {why}", listed.url.as_deref().unwrap_or(""))))
    })
}
