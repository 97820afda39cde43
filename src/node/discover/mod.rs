//! What an address offers as a source. Every candidate is fetched and read as the daemon would, with the same pauses.

/// A proposed source as a `[[source]]` block.
mod proposal;

pub use proposal::{Proposal, id_of, masked};

use crate::config::Config;
use crate::ingest::sitemaps;
use crate::ingest::worker::{self, Job, JobOutput, Pool};
use crate::model::{DateOrder, HtmlProfile, Selectors, Timestamp};
use crate::net::{self, Client, Hosts, Purpose, Request, Response, Trust};
use crate::read::discover::{Discovery, Pattern, profile};
use crate::read::robots::robots;
use crate::refine::Draft;
use crate::text::link_header;
use std::sync::Arc;
use url::Url;

/// The most feeds and sitemaps that are tried.
const TRIES: usize = 8;
/// Entries that are shown.
const SHOWN: usize = 10;

/// Something that can be read, and what it yields.
pub struct Finding {
    /// The source that it would be.
    pub proposal: Proposal,
    /// How many entries it has.
    pub entries: usize,
    /// Sitemaps that an index names, and how many of them were read to count.
    pub parts: (usize, usize),
    /// Its first entries.
    pub shown: Vec<Shown>,
    /// The WebSub hubs that it names.
    pub hubs: Vec<String>,
    /// Whether its entries come with their full texts.
    pub whole: bool,
}

/// One entry of a table.
pub struct Shown {
    /// Its title.
    pub title: String,
    /// Its date in the site's offset, `-` if it has none.
    pub date: String,
    /// Its address, `-` if it has none.
    pub link: String,
}

/// All that was found.
#[derive(Default)]
pub struct Found {
    /// The page's title.
    pub title: Option<String>,
    /// The portal software, where it was recognized.
    pub platform: Option<HtmlProfile>,
    /// What can be read.
    pub findings: Vec<Finding>,
    /// The WebSub hubs that are named.
    pub hubs: Vec<String>,
    /// Addresses that were tried and gave nothing, and why.
    pub failed: Vec<(String, String)>,
}

/// Why an address cannot be looked at.
#[derive(Debug)]
pub struct Failed {
    /// The reason.
    pub why: anyhow::Error,
    /// The `host:port` that would have to be allowed, if that is the reason.
    pub allow: Option<String>,
}

impl From<anyhow::Error> for Failed {
    fn from(why: anyhow::Error) -> Self {
        let allow = match why.downcast_ref() {
            Some(net::Error::Forbidden { host, port, .. } | net::Error::Port { host, port }) => {
                Some(format!("{host}:{port}"))
            }
            _ => None,
        };
        Self { why, allow }
    }
}

/// Finds what an address and the addresses that it names offer; `allow` may be dialed besides what is public.
///
/// # Errors
/// If the address cannot be fetched or read.
pub fn discover(
    config: &Config,
    address: &Url,
    allow: &[String],
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Found, Failed> {
    let trust = Trust::address(address).and(allow);
    let runtime = super::runtime()?;
    let found = runtime.block_on(async {
        Looking::new(config, trust, Timestamp::now(), progress)?.look(address).await
    });
    Ok(found?)
}

/// One look at an address.
struct Looking<'a> {
    client: Client,
    trust: Trust,
    pool: Pool,
    config: &'a Config,
    now: Timestamp,
    progress: &'a mut dyn FnMut(u64, u64),
    asked: u64,
}

impl<'a> Looking<'a> {
    /// A look with a client of the config's limits.
    fn new(
        config: &'a Config,
        trust: Trust,
        now: Timestamp,
        progress: &'a mut dyn FnMut(u64, u64),
    ) -> anyhow::Result<Self> {
        let hosts = Hosts::new(&config.fetch, Timestamp::now);
        let client = Client::new(&config.fetch, Arc::new(hosts))?;
        let pool = Pool::new(std::env::current_exe()?, &config.worker);
        Ok(Self { client, trust, pool, config, now, progress, asked: 0 })
    }

    /// Looks at an address and at what it names.
    async fn look(&mut self, address: &Url) -> anyhow::Result<Found> {
        let answer = self.get(address.clone()).await?;
        let mut found = Found::default();
        let proposal = self.proposal("feed", answer.final_url.as_str());
        if let Ok(finding) = self.read_list(proposal, &answer).await {
            found.hubs = finding.hubs.clone();
            found.hubs.extend(hubs(&answer));
            found.hubs.dedup();
            found.findings.push(finding);
            return Ok(found);
        }
        let page = self.page(&answer).await?;
        if let Some(trouble) = &page.trouble {
            anyhow::bail!("{}: {trouble} (không phải trang tin)", masked(address.as_str()));
        }
        found.title = page.title.clone();
        found.platform = page.platform;
        found.hubs = page.hubs.clone();
        self.feeds(&page, &mut found).await;
        self.list(&page, &answer, &mut found).await;
        self.sitemaps(&page, &answer.final_url, &mut found).await;
        Ok(found)
    }

    /// Fetches an address; the client keeps the pause between requests to a host.
    async fn get(&mut self, url: Url) -> anyhow::Result<Response> {
        self.asked += 1;
        (self.progress)(self.asked, self.asked + 1);
        let shown = masked(url.as_str());
        let answer = self.client.get(Request::to(url, self.trust.clone(), Purpose::Poll)).await?;
        let status = answer.status.as_u16();
        anyhow::ensure!((200..=203).contains(&status), "{shown}: HTTP status {status}");
        anyhow::ensure!(!answer.body.is_empty(), "{shown}: empty answer");
        Ok(answer)
    }

    async fn page(&self, answer: &Response) -> anyhow::Result<Discovery> {
        let links = answer.headers.get_all(http::header::LINK).iter();
        let links = links.map(|v| String::from_utf8_lossy(v.as_bytes()).into_owned()).collect();
        let job = Job::Discover {
            content_type: content_type(answer),
            fetched_from: answer.final_url.to_string(),
            links,
            known: None,
        };
        let reading = self.pool.call(&job, answer.body.clone()).await?;
        Ok(reading.found.map(|found| *found).unwrap_or_default())
    }

    /// Tries the feeds that a page names, or if it names none, those that its software usually has.
    async fn feeds(&mut self, page: &Discovery, found: &mut Found) {
        let comments = |title: &str, address: &str| {
            let title = title.to_lowercase();
            title.contains("comment")
                || title.contains("bình luận")
                || address.contains("/comments/")
        };
        let named: Vec<(String, String)> = page
            .feeds
            .iter()
            .filter(|(address, title)| !comments(title, address))
            .cloned()
            .collect();
        let guessed = page.feed_guesses.iter().map(|address| (address.clone(), String::new()));
        let is_guess = named.is_empty();
        let all: Vec<_> = if is_guess { guessed.collect() } else { named };
        for (address, title) in all.into_iter().take(TRIES) {
            let mut proposal = self.proposal("feed", &address);
            proposal.platform = page.platform;
            proposal.title = if title.is_empty() { proposal.title } else { title };
            self.try_one(proposal, found, is_guess).await;
            if is_guess && !found.findings.is_empty() {
                break;
            }
        }
    }

    /// Reads the list on the page itself.
    async fn list(&mut self, page: &Discovery, answer: &Response, found: &mut Found) {
        let Some(Pattern { selectors, .. }) = page.pattern.clone() else { return };
        let mut proposal = self.proposal("page", answer.final_url.as_str());
        proposal.selectors = Some(selectors);
        proposal.platform = page.platform;
        proposal.title = page.title.clone().unwrap_or(proposal.title);
        match self.read_list(proposal, answer).await {
            Ok(finding) => found.findings.push(finding),
            Err(error) => found.failed.push((answer.final_url.to_string(), error.to_string())),
        }
    }

    /// Tries the sitemaps that `robots.txt` and the page name, or if they name none, the usual ones.
    async fn sitemaps(&mut self, page: &Discovery, address: &Url, found: &mut Found) {
        let mut named = page.sitemaps.clone();
        if let Ok(url) = address.join("/robots.txt")
            && let Ok(answer) = self.get(url).await
        {
            let text = String::from_utf8_lossy(&answer.body).into_owned();
            named.extend(robots(&text, "dongtin").sitemaps);
        }
        let is_guess = named.is_empty();
        let mut all = if is_guess { page.sitemap_guesses.clone() } else { named };
        all.sort_by_key(|address| !address.contains("news"));
        all.dedup();
        for address in all.into_iter().take(TRIES / 2) {
            let mut proposal = self.proposal("sitemap", &address);
            proposal.platform = page.platform;
            let before = found.findings.len();
            self.try_one(proposal, found, is_guess).await;
            if found.findings.len() > before {
                break;
            }
        }
    }

    async fn try_one(&mut self, proposal: Proposal, found: &mut Found, is_guess: bool) {
        let Ok(url) = Url::parse(&proposal.address) else { return };
        let address = proposal.address.clone();
        let read = match self.get(url).await {
            Ok(answer) => self.read_list(proposal, &answer).await,
            Err(error) => Err(error),
        };
        match read {
            Ok(finding) => found.findings.push(finding),
            Err(_) if is_guess => {}
            Err(error) => found.failed.push((masked(&address), error.to_string())),
        }
    }

    /// Reads a document as the proposed source, and the first article's own page to see whether full texts can be read.
    async fn read_list(
        &mut self,
        mut proposal: Proposal,
        answer: &Response,
    ) -> anyhow::Result<Finding> {
        let mut reading = self.read(&proposal, answer).await?;
        if proposal.kind == "feed" && reading.is_sitemap {
            proposal.kind = "sitemap";
            reading = self.read(&proposal, answer).await?;
        }
        let named = reading.sitemaps.len();
        let followed = self.follow(&proposal, &reading.sitemaps, &mut reading.refined.drafts).await;
        let drafts = &reading.refined.drafts;
        anyhow::ensure!(
            !drafts.is_empty() || !reading.sitemaps.is_empty(),
            "{}: nothing in it (không có tin nào)",
            masked(&proposal.address)
        );
        if let (Some(title), true) = (&reading.title, proposal.kind == "feed") {
            proposal.title = title.clone();
        }
        let long = |draft: &Draft| draft.content.as_deref().is_some_and(|text| text.len() > 1_000);
        let mut whole = drafts.iter().filter(|draft| long(draft)).count() * 2 > drafts.len();
        if let (false, Some(first)) = (whole, drafts.first().cloned()) {
            whole = self.texts(&mut proposal, first).await.unwrap_or(false);
        }
        let shown = drafts.iter().take(SHOWN).map(|draft| self.shown(draft)).collect();
        Ok(Finding {
            entries: drafts.len(),
            parts: (named, followed),
            shown,
            hubs: reading.hubs.clone(),
            whole,
            proposal,
        })
    }

    /// Adds the entries of the sitemaps that a first poll of an index would read; returns how many were read.
    async fn follow(
        &mut self,
        proposal: &Proposal,
        named: &[(String, Option<String>)],
        drafts: &mut Vec<Draft>,
    ) -> usize {
        let mut followed = 0;
        for url in sitemaps::first(named).iter().filter_map(|address| Url::parse(address).ok()) {
            let Ok(answer) = self.get(url).await else { continue };
            if let Ok(part) = self.read(proposal, &answer).await {
                drafts.extend(part.refined.drafts);
                followed += 1;
            }
        }
        followed
    }

    async fn read(&self, proposal: &Proposal, answer: &Response) -> anyhow::Result<JobOutput> {
        let job = Job::Feed {
            content_type: content_type(answer),
            source: proposal.source(self.config.site.utc_offset)?,
            fetched_from: answer.final_url.to_string(),
            now: self.now,
            settled: DateOrder::Auto,
            max_entries: self.config.worker.max_entries,
            max_bytes: self.config.fetch.body_bytes,
        };
        Ok(self.pool.call(&job, answer.body.clone()).await?)
    }

    /// Looks for the text on an article's own page, by the selector that its software usually has, else without one, and
    /// puts into the proposal what is needed to read it.
    async fn texts(&mut self, proposal: &mut Proposal, listed: Draft) -> anyhow::Result<bool> {
        let Some(url) = listed.parsed_url() else {
            return Ok(false);
        };
        let answer = self.get(url).await?;
        let named = proposal.platform.map(|platform| profile(platform).body.to_owned());
        if let (Some(body), Some(selectors)) = (named, proposal.selectors.clone()) {
            let with = Selectors { detail_body: body, ..selectors };
            let tried = Proposal { selectors: Some(with), ..proposal.clone() };
            if self.text_of(&tried, &listed, &answer).await? {
                // A page on which the selector finds nothing is read without it.
                *proposal = Proposal { full_text: true, ..tried };
                return Ok(true);
            }
        }
        let tried = Proposal { full_text: true, ..proposal.clone() };
        if self.text_of(&tried, &listed, &answer).await? {
            *proposal = tried;
            return Ok(true);
        }
        Ok(false)
    }

    async fn text_of(
        &self,
        proposal: &Proposal,
        listed: &Draft,
        answer: &Response,
    ) -> anyhow::Result<bool> {
        let job = Job::Detail {
            content_type: content_type(answer),
            source: proposal.source(self.config.site.utc_offset)?,
            listed: Box::new(listed.clone()),
            fetched_from: answer.final_url.to_string(),
            now: self.now,
            settled: DateOrder::Auto,
        };
        match self.pool.call(&job, answer.body.clone()).await {
            Ok(reading) => {
                let content = reading.refined.drafts.first().and_then(|d| d.content.as_deref());
                Ok(content.is_some_and(|text| text.chars().count() > 200))
            }
            Err(worker::Error::Unread(_)) => Ok(false),
            Err(other) => Err(other.into()),
        }
    }

    /// A proposal for an address, with an id that is free.
    fn proposal(&self, kind: &'static str, address: &str) -> Proposal {
        let taken = |id: &str| self.config.sources.iter().any(|s| s.id.as_str() == id);
        let id = id_of(address, &taken);
        let host = Url::parse(address).ok().and_then(|url| url.host_str().map(str::to_owned));
        let title = host.unwrap_or_else(|| id.clone());
        Proposal { id, title, kind, address: address.to_owned(), ..Proposal::default() }
    }

    fn shown(&self, draft: &Draft) -> Shown {
        let at = |at: Timestamp| at.at(self.config.site.utc_offset).format("%Y-%m-%d %H:%M");
        Shown {
            title: draft.title.clone(),
            date: draft.published.as_ref().map_or("-".to_owned(), |date| at(date.at).to_string()),
            link: draft.url.clone().unwrap_or_else(|| "-".to_owned()),
        }
    }
}

fn content_type(answer: &Response) -> Option<String> {
    let value = answer.headers.get(http::header::CONTENT_TYPE)?;
    Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
}

/// The WebSub hubs that an answer's `Link` headers name.
fn hubs(answer: &Response) -> Vec<String> {
    let headers = answer.headers.get_all(http::header::LINK).iter();
    let links = headers.filter_map(|v| v.to_str().ok()).flat_map(link_header);
    links.filter(|link| link.is("hub")).map(|link| link.target).collect()
}
