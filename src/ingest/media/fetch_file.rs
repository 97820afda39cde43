use crate::config::{Config, FollowConfig};
use crate::fetch::request_of_file;
use crate::ingest::robots::{self, Visitor};
use crate::ingest::worker::{Job, Pool};
use crate::model::{ArticleKey, Source, Timestamp, media_type_of_bytes};
use crate::net::{self, Client, Purpose, Request, Trust};
use crate::text::host_key;
use bytes::Bytes;
use http::HeaderValue;
use std::time::Duration;
use tokio::time::Instant;
use url::Url;

/// Bytes of a picture in which its size is looked for.
const HEAD: usize = 256 << 10;
/// Milliseconds until a file is tried again whose host is busy with something else.
const BUSY_MS: i64 = 5_000;
/// Milliseconds until the leader is asked again for a copy that it does not have yet.
const COPY_MS: i64 = 30_000;
/// How often a busy host is looked at, and how often at most.
const LOOKS: (Duration, u32) = (Duration::from_millis(100), 100);

/// What came of a file.
pub(super) enum Fetched {
    /// Its bytes, what they are, and the size of a picture.
    Bytes(Bytes, &'static str, Option<(u32, u32)>),
    /// It is not its turn.
    Later(Timestamp),
    /// It cannot be had: why, and whether trying again is of no use.
    Failed(String, bool),
}

/// What fetching works with.
#[derive(Clone, Copy)]
pub(super) struct Fetcher<'a> {
    pub client: &'a Client,
    pub config: &'a Config,
    pub pool: &'a Pool,
    pub source: &'a Source,
    /// Whose files they are.
    pub key: ArticleKey,
    /// The leader, while one is followed: its copies are taken, and no origin is asked.
    pub leader: Option<&'a FollowConfig>,
    pub now: Timestamp,
    /// When `now` was.
    pub began: Instant,
}

impl Fetcher<'_> {
    /// Fetches one file: a stranger's request, without cookies or the source's own headers.
    pub(super) async fn fetch(&self, address: &str) -> Fetched {
        if let Some(leader) = self.leader {
            return self.fetch_copy(leader, address).await;
        }
        let Ok(url) = Url::parse(address) else {
            return Fetched::Failed("no address".to_owned(), true);
        };
        let (hosts, host) = (self.client.hosts(), host_key(&url));
        if let Some(rest) = hosts.rest(&host, Purpose::Crawl, self.time()) {
            return Fetched::Later(rest.until);
        }
        let Some(_lock) = self.enter(&host).await else {
            return Fetched::Later(self.time().plus_millis(BUSY_MS));
        };
        if self.config.fetch.robots {
            let Self { client, config, source, now, .. } = *self;
            match robots::allows(Visitor { client, config, source, now }, &url).await {
                Err(until) => return Fetched::Later(until),
                Ok(false) => {
                    return Fetched::Failed("robots.txt asks to leave it alone".to_owned(), true);
                }
                Ok(true) => {}
            }
        }
        self.judge(self.client.get(self.request(url)).await).await
    }

    /// Fetches the leader's copy. Only what the leader has given up is given up here.
    async fn fetch_copy(&self, leader: &FollowConfig, address: &str) -> Fetched {
        let later = Fetched::Later(self.time().plus_millis(COPY_MS));
        let Ok(request) = request_of_file(leader, self.key, address).await else { return later };
        let limit = Some(self.config.media.file_bytes);
        match self.client.get(Request { limit, ..request }).await {
            Ok(answer) if matches!(answer.status.as_u16(), 200 | 410) => {
                self.judge(Ok(answer)).await
            }
            _ => later,
        }
    }

    /// The time now.
    fn time(&self) -> Timestamp {
        let passed = i64::try_from(self.began.elapsed().as_millis()).unwrap_or(i64::MAX);
        self.now.plus_millis(passed)
    }

    /// Takes a host for one request, after its pause. `None` where another has it for long.
    async fn enter(&self, host: &str) -> Option<net::HostLock> {
        let (hosts, (pause, looks)) = (self.client.hosts(), LOOKS);
        for _ in 0..looks {
            let now = self.time();
            if hosts.ready_at(host, now).is_some_and(|at| at <= now)
                && let Some(lock) = hosts.enter(host)
            {
                return Some(lock);
            }
            tokio::time::sleep(pause).await;
        }
        None
    }

    fn request(&self, url: Url) -> Request {
        let own = &self.source.fetch;
        Request {
            accept: "image/avif, image/webp, image/*, audio/*, video/*, application/pdf, */*;q=0.1",
            limit: Some(self.config.media.file_bytes),
            timeout: own.total_timeout_ms.map(Duration::from_millis),
            user_agent: own.user_agent.as_deref().and_then(|text| HeaderValue::from_str(text).ok()),
            proxy: own.proxy.as_deref().and_then(|proxy| Url::parse(proxy).ok()),
            ..Request::to(url, Trust::of(self.source), Purpose::Crawl)
        }
    }

    async fn judge(&self, answer: Result<net::Response, net::Error>) -> Fetched {
        let answer = match answer {
            Ok(answer) => answer,
            Err(net::Error::Resting { until, .. }) => return Fetched::Later(until),
            Err(error) => {
                let is_final = matches!(error, net::Error::BodyTooLarge { .. });
                return Fetched::Failed(error.to_string(), is_final);
            }
        };
        let status = answer.status.as_u16();
        if let Some(until) = answer.rests_until {
            return Fetched::Later(until);
        }
        if !(200..=203).contains(&status) {
            return Fetched::Failed(format!("HTTP status {status}"), matches!(status, 404 | 410));
        }
        match media_type_of_bytes(&answer.body) {
            Some(kind) => {
                let size = self.size_of(kind, &answer.body).await;
                Fetched::Bytes(answer.body, kind, size)
            }
            None => Fetched::Failed("its bytes are of no kind that is copied".to_owned(), true),
        }
    }

    /// The pixels of a picture; a worker looks, since the bytes are a stranger's.
    async fn size_of(&self, kind: &str, bytes: &Bytes) -> Option<(u32, u32)> {
        if !kind.starts_with("image/") {
            return None;
        }
        let head = bytes.slice(..bytes.len().min(HEAD));
        self.pool.call(&Job::Picture, head).await.ok()?.pixels
    }
}
