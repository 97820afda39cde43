//! Requests as the other rooms make them. Each hop asks the registry of hosts and the address filter; one deadline covers
//! all hops.

use super::address_filter::{AddressFilter, Target};
use super::decode::{ACCEPT_ENCODING, DecodeError, Encoding, decode};
use super::error::Error;
use super::host::{Purpose, Rest};
use super::hosts::Hosts;
use super::redirect::{Route, is_followed};
use super::transport::{Incoming, Transport};
use super::trust::Trust;
use crate::config::FetchConfig;
use crate::model::Timestamp;
use crate::text::host_key;
use bytes::Bytes;
use http::header::{
    ACCEPT, ACCEPT_ENCODING as ACCEPT_ENCODING_NAME, AUTHORIZATION, CONNECTION, CONTENT_TYPE,
    COOKIE, IF_MODIFIED_SINCE, IF_NONE_MATCH, USER_AGENT,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use url::Url;

/// The client. Clones share everything; `node` makes one for each config.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
}

struct Shared {
    hosts: Arc<Hosts>,
    filter: AddressFilter,
    transport: Transport,
    user_agent: HeaderValue,
    header_timeout: Duration,
    total_timeout: Duration,
    redirects: usize,
    body_bytes: usize,
}

/// A `GET`. A name and password in the URL are sent to its own origin only.
#[derive(Clone, Debug)]
pub struct Request {
    pub url: Url,
    /// The hosts for which `fetch.allow` counts.
    pub trust: Trust,
    /// Decides whether a host's refusal closes it for this request.
    pub purpose: Purpose,
    pub accept: &'static str,
    /// `If-None-Match`.
    pub etag: Option<String>,
    /// `If-Modified-Since`.
    pub last_modified: Option<String>,
    /// The longest decoded body; `None` takes the config's.
    pub limit: Option<usize>,
    /// For the whole fetch; `None` takes the config's.
    pub timeout: Option<Duration>,
    /// How much longer the server may take before it answers, because it was asked to wait for news.
    pub wait: Duration,
    /// If set, only what comes of the body within this time is wanted, as of a stream that has no end.
    pub beginning: Option<Duration>,
    /// `User-Agent`; `None` takes the config's.
    pub user_agent: Option<HeaderValue>,
    /// Further headers, sent to the first origin only.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// The proxy that every hop goes through.
    pub proxy: Option<Url>,
}

impl Request {
    /// A request without conditions that accepts anything.
    pub fn to(url: Url, trust: Trust, purpose: Purpose) -> Self {
        Self {
            url,
            trust,
            purpose,
            accept: "*/*",
            etag: None,
            last_modified: None,
            limit: None,
            timeout: None,
            wait: Duration::ZERO,
            beginning: None,
            user_agent: None,
            headers: Vec::new(),
            proxy: None,
        }
    }
}

/// A `POST`.
#[derive(Clone, Debug)]
pub struct Post {
    pub url: Url,
    /// The hosts for which `fetch.allow` counts.
    pub trust: Trust,
    pub content_type: &'static str,
    pub body: Bytes,
    /// Further headers, sent to the first origin only.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// The longest decoded body of the answer.
    pub limit: usize,
}

/// An answer, whatever its status.
#[derive(Clone, Debug)]
pub struct Response {
    /// 200, 304, 404 and so on; never a redirect that could be followed.
    pub status: StatusCode,
    /// The headers of the last hop, without values over 8 KiB.
    pub headers: HeaderMap,
    /// Decoded, at most the request's limit.
    pub body: Bytes,
    /// The address that answered, without name and password.
    pub final_url: Url,
    /// Where permanent redirects (301, 308), unbroken from the first hop on, have led.
    pub permanent_redirect: Option<Url>,
    pub hops: usize,
    /// Until when the host is left alone, if it has refused (429, 503).
    pub rests_until: Option<Timestamp>,
}

/// What every hop sends.
struct Message {
    method: Method,
    headers: HeaderMap,
    /// Sent to the first origin only.
    private: HeaderMap,
    body: Bytes,
    limit: usize,
    /// Until the headers of one hop are there.
    header_timeout: Duration,
    timeout: Duration,
    beginning: Option<Duration>,
    purpose: Purpose,
    proxy: Option<Url>,
}

impl Client {
    /// A client with the config's limits that asks a registry before each hop.
    ///
    /// # Errors
    /// A CA file or an `allow` entry cannot be read.
    pub fn new(config: &FetchConfig, hosts: Arc<Hosts>) -> Result<Self, Error> {
        let user_agent = HeaderValue::from_str(&config.user_agent);
        let shared = Shared {
            hosts,
            filter: AddressFilter::new(config)?,
            transport: Transport::new(
                &config.extra_ca,
                Duration::from_millis(config.connect_timeout_ms),
            )?,
            user_agent: user_agent.unwrap_or(HeaderValue::from_static("dongtin")),
            header_timeout: Duration::from_millis(config.header_timeout_ms),
            total_timeout: Duration::from_millis(config.total_timeout_ms),
            redirects: config.redirects,
            body_bytes: config.body_bytes,
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// A client of another config with the same registry, which takes the config's pauses.
    ///
    /// # Errors
    /// A CA file or an `allow` entry cannot be read; the registry is unchanged then.
    pub fn renewed(&self, config: &FetchConfig) -> Result<Self, Error> {
        let renewed = Self::new(config, Arc::clone(&self.shared.hosts))?;
        self.shared.hosts.reconfigure(config);
        Ok(renewed)
    }

    /// The registry of hosts that it asks.
    pub fn hosts(&self) -> &Arc<Hosts> {
        &self.shared.hosts
    }

    /// Gets an address.
    ///
    /// # Errors
    /// Why nothing usable came, or why no request was made.
    pub async fn get(&self, request: Request) -> Result<Response, Error> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static(request.accept));
        let conditions =
            [(IF_NONE_MATCH, request.etag), (IF_MODIFIED_SINCE, request.last_modified)];
        for (name, value) in conditions {
            if let Some(value) = value.and_then(|v| HeaderValue::from_str(&v).ok()) {
                headers.insert(name, value);
            }
        }
        let user_agent = request.user_agent.unwrap_or_else(|| self.shared.user_agent.clone());
        headers.insert(USER_AGENT, user_agent);
        let timeout = request.timeout.unwrap_or(self.shared.total_timeout);
        let message = Message {
            method: Method::GET,
            headers,
            private: request.headers.into_iter().collect(),
            body: Bytes::new(),
            limit: request.limit.unwrap_or(self.shared.body_bytes),
            header_timeout: self.shared.header_timeout.saturating_add(request.wait),
            timeout: timeout.saturating_add(request.wait),
            beginning: request.beginning,
            purpose: request.purpose,
            proxy: request.proxy,
        };
        self.send(Route::from(request.url, request.trust), message).await
    }

    /// Posts to an address. Only 307 and 308 are followed, since the other redirects lose the method.
    ///
    /// # Errors
    /// Why nothing usable came, or why no request was made.
    pub async fn post(&self, post: Post) -> Result<Response, Error> {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(post.content_type));
        headers.insert(USER_AGENT, self.shared.user_agent.clone());
        let message = Message {
            method: Method::POST,
            headers,
            private: post.headers.into_iter().collect(),
            body: post.body,
            limit: post.limit,
            header_timeout: self.shared.header_timeout,
            timeout: self.shared.total_timeout,
            beginning: None,
            purpose: Purpose::Poll,
            proxy: None,
        };
        self.send(Route::from(post.url, post.trust), message).await
    }

    /// The deadline covers all hops, but not the waits for hosts' turns.
    async fn send(&self, mut route: Route, message: Message) -> Result<Response, Error> {
        let shared = &self.shared;
        let mut left = message.timeout;
        loop {
            let target = shared.filter.target(&route.at, &route.trust)?;
            let host = host_key(&route.at);
            let turn = shared.hosts.turn(&host, message.purpose).await;
            turn.map_err(|Rest { until, why, .. }| Error::Resting {
                host: host.clone(),
                until,
                why,
            })?;
            let began = Instant::now();
            let step = tokio::time::timeout(left, shared.step(&mut route, &target, &message)).await;
            shared.hosts.ended(&host);
            match step {
                Ok(Ok(None)) => left = left.saturating_sub(began.elapsed()),
                Ok(Ok(Some(response))) => return Ok(response),
                Ok(Err(error)) => return Err(error),
                Err(_) => {
                    let millis = millis(message.timeout);
                    return Err(Error::Timeout { host: route.host(), millis });
                }
            }
        }
    }
}

impl Shared {
    /// One hop: an answer, or `None` if a redirect leads on.
    async fn step(
        &self,
        route: &mut Route,
        target: &Target,
        message: &Message,
    ) -> Result<Option<Response>, Error> {
        let answer = self.hop(route, target, message).await?;
        let status = answer.status;
        let host = host_key(&route.at);
        let headers = &answer.headers;
        let rests_until = self.hosts.answered(&host, message.purpose, status, headers);
        if rests_until.is_some() && message.purpose == Purpose::Crawl && route.hops > 0 {
            // Otherwise the host that redirects to a refusing one would have us ask that one again.
            self.hosts.answered(&host_key(&route.first), message.purpose, status, headers);
        }
        if !is_followed(status, &message.method) {
            let response = self.finish(route, answer, message).await?;
            return Ok(Some(Response { rests_until, ..response }));
        }
        if route.hops >= self.redirects {
            return Err(Error::TooManyRedirects { host: route.host(), limit: self.redirects });
        }
        route.go(status, &answer.headers)?;
        Ok(None)
    }

    /// One request, until its headers are there.
    async fn hop(
        &self,
        route: &Route,
        target: &Target,
        message: &Message,
    ) -> Result<Incoming, Error> {
        let proxy = match &message.proxy {
            Some(proxy) => Some((proxy, self.filter.target(proxy, &Trust::address(proxy))?)),
            None => None,
        };
        let answer = self.transport.send(target, self.request(route, message), proxy);
        match tokio::time::timeout(message.header_timeout, answer).await {
            Ok(answer) => answer,
            Err(_) => Err(Error::HeaderTimeout {
                host: route.host(),
                millis: millis(message.header_timeout),
            }),
        }
    }

    fn request(&self, route: &Route, message: &Message) -> reqwest::Request {
        let mut request = reqwest::Request::new(message.method.clone(), route.at.clone());
        *request.body_mut() = Some(message.body.clone().into());
        let headers = request.headers_mut();
        headers.extend(message.headers.clone());
        headers.insert(ACCEPT_ENCODING_NAME, HeaderValue::from_static(ACCEPT_ENCODING));
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
        if route.at_home() {
            headers.extend(message.private.clone());
            headers.extend(route.credentials.clone().map(|value| (AUTHORIZATION, value)));
        }
        headers.extend(route.cookies.header(&route.at).map(|value| (COOKIE, value)));
        request
    }

    async fn finish(
        &self,
        route: &mut Route,
        answer: Incoming,
        &Message { limit, beginning, .. }: &Message,
    ) -> Result<Response, Error> {
        let host = route.host();
        let named = |why| match why {
            DecodeError::TooLarge => Error::BodyTooLarge { host: host.clone(), limit },
            why => Error::Decode { host: host.clone(), why },
        };
        let (status, headers) = (answer.status, answer.headers.clone());
        let encoding = Encoding::of(&headers).map_err(named)?;
        let body = match beginning {
            Some(within) => answer.beginning(limit, within).await?,
            None => answer.body(limit).await?,
        };
        let body = decode(encoding, body, limit).map_err(named)?;
        Ok(Response {
            status,
            headers,
            body: body.into(),
            final_url: route.at.clone(),
            permanent_redirect: route.permanent.take(),
            hops: route.hops,
            rests_until: None,
        })
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
