//! How we behave where articles' own pages are: one of us at a time on a host, and what its `robots.txt` asks.

use super::poll::Polling;
use super::rest::Rest;
use crate::fetch::{asks_for_rest, rest_ms};
use crate::model::{Source, Timestamp};
use crate::net::{self, Request, Response, Trust};
use crate::read::discover::robots;
use http::HeaderMap;
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use url::Url;

/// Milliseconds for which an answer counts.
const DAY_MS: i64 = 24 * 3_600_000;
/// Bytes of it that are kept; rules beyond are not seen.
const MOST: usize = 32 * 1024;
/// The name that its rules know us by.
const NAME: &str = "dongtin";
/// The name of the warning that a host asked for a rest.
pub(super) const BUSY: &str = "detail-resting";

/// Milliseconds for which a `robots.txt` that cannot be had closes its host (RFC 9309 §2.3.1.4).
const CLOSED_MS: i64 = 30 * DAY_MS;

/// What a `robots.txt` said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Manners {
    /// When it was last had, or known not to be there.
    pub asked: Option<Timestamp>,
    /// What it said; empty where there is none.
    pub text: String,
    /// Since when it cannot be had.
    pub failing_since: Option<Timestamp>,
    /// How often in a row it could not be had.
    pub tries: u32,
    /// When it is asked for again.
    pub again: Option<Timestamp>,
}

/// What came of asking for a `robots.txt`.
enum Answer {
    /// What it says; nothing where there is none.
    Text(String),
    /// It cannot be had, for a reason; whether the host asked us to leave it alone; and the headers that said so.
    Unreachable { why: String, is_refusal: bool, headers: HeaderMap },
}

impl Manners {
    /// Asks, where the last answer is a day old. While it cannot be had the last one holds, and where there was none
    /// nothing of the host may be read until the answered time.
    pub(super) async fn ask(
        &mut self,
        page: &Url,
        source: &Source,
        polling: Polling<'_>,
        now: Timestamp,
    ) -> Result<(), Rest> {
        let fresh = |at: Timestamp| (0..DAY_MS).contains(&now.millis().saturating_sub(at.millis()));
        if self.asked.is_some_and(fresh) {
            return Ok(());
        }
        let Ok(url) = page.join("/robots.txt") else { return Ok(()) };
        if let Some(again) = self.again.filter(|again| *again > now) {
            return self.closed(again, "robots.txt", now);
        }
        let answer = polling.client.get(Request::to(url, Trust::of(source))).await;
        // Nobody was asked: the page will not be either, and says so by its own name. Its host need not rest for it.
        if answer.as_ref().is_err_and(|error| error.refuses(page)) {
            return Ok(());
        }
        match Answer::of(answer) {
            Answer::Text(text) => {
                *self = Self { asked: Some(now), text, ..Self::default() };
                Ok(())
            }
            Answer::Unreachable { why, is_refusal, headers } => {
                self.tries = self.tries.saturating_add(1);
                self.failing_since = self.failing_since.or(Some(now));
                let wait = rest_ms(&headers, self.tries, now, polling.config);
                let until = now.plus_millis(wait);
                self.again = Some(until);
                let why = format!("robots.txt: {why}");
                if is_refusal {
                    return Err(Rest { until, times: self.tries, name: BUSY.to_owned(), why });
                }
                self.closed(until, &why, now)
            }
        }
    }

    /// Whether the host is closed while its `robots.txt` cannot be had: not where an earlier one is known.
    fn closed(&self, until: Timestamp, why: &str, now: Timestamp) -> Result<(), Rest> {
        let long = |since: Timestamp| now.millis().saturating_sub(since.millis()) >= CLOSED_MS;
        if self.asked.is_some() || self.failing_since.is_some_and(long) {
            return Ok(());
        }
        let name = "detail-robots-unreachable".to_owned();
        Err(Rest { until, times: self.tries, name, why: why.to_owned() })
    }

    /// Whether a path with its query may be asked for.
    pub(super) fn allows(&self, path: &str) -> bool {
        robots(&self.text, NAME).allows(path)
    }

    /// What it wants between two requests.
    pub(super) fn delay(&self) -> Duration {
        robots(&self.text, NAME).delay
    }
}

impl Answer {
    /// RFC 9309 §2.3.1: 4xx and endless redirects mean that there is none, all else that it is unreachable; 429 too.
    fn of(answer: Result<Response, net::Error>) -> Self {
        let answer = match answer {
            Ok(answer) => answer,
            Err(net::Error::TooManyRedirects { .. } | net::Error::BadRedirect { .. }) => {
                return Self::Text(String::new());
            }
            Err(error) => {
                let (why, headers) = (error.to_string(), HeaderMap::new());
                return Self::Unreachable { why, is_refusal: false, headers };
            }
        };
        match answer.status.as_u16() {
            200..=299 => {
                let bytes = answer.body.get(..MOST).unwrap_or(&answer.body);
                Self::Text(String::from_utf8_lossy(bytes).into_owned())
            }
            300..=428 | 430..=499 => Self::Text(String::new()),
            status => Self::Unreachable {
                why: format!("HTTP status {status}"),
                is_refusal: asks_for_rest(answer.status, &answer.headers),
                headers: answer.headers,
            },
        }
    }
}

/// What each host's `robots.txt` said last, whichever source asked; every source also keeps its own for the next start.
#[derive(Debug, Default)]
pub(super) struct Told(Mutex<HashMap<String, Manners>>);

impl Told {
    /// Hosts that are remembered at most.
    const MANY: usize = 1_000;

    /// The newer of what a source knows and what another heard.
    pub(super) fn newest(&self, host: &str, own: Manners) -> Manners {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let word = |manners: &Manners| (manners.asked, manners.again);
        let other = all.get(host).filter(|other| word(other) > word(&own));
        other.cloned().unwrap_or(own)
    }

    /// Tells the others.
    pub(super) fn tell(&self, host: String, manners: Manners) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= Self::MANY {
            all.clear();
        }
        all.insert(host, manners);
    }
}

/// Hosts that nobody polls and on which articles' pages are being read.
#[derive(Debug, Default)]
pub(super) struct Visited(Mutex<HashSet<String>>);

/// One source's visits; when it is gone its hosts are free again.
pub(super) struct Visits<'a> {
    all: &'a Visited,
    own: Vec<String>,
}

impl Visited {
    /// Visits that have not begun.
    pub(super) fn begin(&self) -> Visits<'_> {
        Visits { all: self, own: Vec::new() }
    }
}

impl Visits<'_> {
    /// Whether a host is ours now: nobody else was there.
    pub(super) fn enter(&mut self, host: &str) -> bool {
        if self.own.iter().any(|own| own == host) {
            return true;
        }
        let mut all = self.all.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_free = all.insert(host.to_owned());
        if is_free {
            self.own.push(host.to_owned());
        }
        is_free
    }
}

impl Drop for Visits<'_> {
    fn drop(&mut self) {
        let mut all = self.all.0.lock().unwrap_or_else(PoisonError::into_inner);
        self.own.iter().for_each(|host| _ = all.remove(host));
    }
}

/// The host of an address in the form in which hosts are compared: `www.` is the same machine.
pub(super) fn host_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default().to_ascii_lowercase();
    host.strip_prefix("www.").unwrap_or(&host).to_owned()
}

/// The same of an address as it is written, if it is one.
pub(super) fn host_in(address: Option<&str>) -> Option<String> {
    address.and_then(|address| Url::parse(address).ok()).map(|url| host_of(&url))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_one_sources_until_its_visits_end() {
        let all = Visited::default();
        let (mut one, mut two) = (all.begin(), all.begin());
        assert!(one.enter("a.vn") && one.enter("a.vn") && two.enter("b.vn"));
        assert!(!two.enter("a.vn"));
        drop(one);
        assert!(two.enter("a.vn"));
    }

    const NOW: Timestamp = Timestamp(1_800_000_000_000);

    fn answer(status: u16, retry: Option<&'static str>) -> Answer {
        let mut headers = HeaderMap::new();
        let retry = retry.map(http::HeaderValue::from_static);
        headers.extend(retry.map(|retry| (http::header::RETRY_AFTER, retry)));
        Answer::of(Ok(Response {
            status: http::StatusCode::from_u16(status).unwrap(),
            headers,
            body: "User-agent: *".into(),
            final_url: Url::parse("https://a.vn/robots.txt").unwrap(),
            permanent_redirect: None,
            hops: 0,
        }))
    }

    #[test]
    fn no_robots_txt_is_told_from_one_that_cannot_be_had() {
        assert!(matches!(answer(200, None), Answer::Text(text) if text == "User-agent: *"));
        for status in [301, 401, 403, 404, 410, 451] {
            assert!(matches!(answer(status, None), Answer::Text(text) if text.is_empty()));
        }
        for status in [429, 500, 502, 503, 504, 599] {
            assert!(matches!(answer(status, None), Answer::Unreachable { .. }), "{status}");
        }
        for (status, retry, refuses) in
            [(429, None, true), (503, Some("60"), true), (503, None, false), (500, None, false)]
        {
            let Answer::Unreachable { is_refusal, .. } = answer(status, retry) else { panic!() };
            assert_eq!(is_refusal, refuses, "{status}");
        }
        let host = || "a.vn".to_owned();
        let endless = net::Error::TooManyRedirects { host: host(), limit: 5 };
        assert!(matches!(Answer::of(Err(endless)), Answer::Text(_)));
        let silent = net::Error::Timeout { host: host(), millis: 1 };
        assert!(matches!(Answer::of(Err(silent)), Answer::Unreachable { is_refusal: false, .. }));
    }

    #[test]
    fn the_latest_word_of_a_host_is_every_sources() {
        let at = |hours: i64| Some(NOW.plus_millis(hours * 3_600_000));
        let heard = |asked, again| Manners { asked, again, ..Manners::default() };
        let told = Told::default();
        assert_eq!(told.newest("a.vn", heard(at(1), None)), heard(at(1), None));
        told.tell("a.vn".into(), heard(at(2), None));
        assert_eq!(told.newest("a.vn", heard(at(1), at(9))), heard(at(2), None));
        assert_eq!(told.newest("a.vn", heard(at(3), None)), heard(at(3), None));
        assert_eq!(told.newest("b.vn", heard(None, None)), heard(None, None));
        told.tell("a.vn".into(), heard(at(2), at(4)));
        assert_eq!(
            told.newest("a.vn", heard(at(2), None)),
            heard(at(2), at(4)),
            "not to be had since"
        );
    }

    #[test]
    fn an_earlier_robots_txt_holds_while_it_cannot_be_had_and_a_host_is_not_closed_for_ever() {
        let mut manners = Manners { failing_since: Some(NOW), ..Manners::default() };
        let until = NOW.plus_millis(300_000);
        let closed = manners.closed(until, "robots.txt: HTTP status 500", NOW).unwrap_err();
        assert_eq!((closed.until, &*closed.name), (until, "detail-robots-unreachable"));
        assert!(manners.closed(until, "", NOW.plus_millis(CLOSED_MS)).is_ok());
        manners.asked = Some(NOW.plus_millis(-2 * DAY_MS));
        manners.text = "User-agent: *\nDisallow: /x".into();
        assert!(manners.closed(until, "", NOW).is_ok() && !manners.allows("/x"));
    }
}
