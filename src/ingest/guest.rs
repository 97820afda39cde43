//! How we behave where articles' own pages are: one of us at a time on a host, and what its `robots.txt` asks.

use super::poll::Polling;
use crate::model::Timestamp;
use crate::net::Request;
use crate::read::discover::robots;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};
use url::Url;

/// Milliseconds for which an answer counts.
const DAY_MS: i64 = 24 * 3_600_000;
/// Bytes of it that are kept; rules beyond are not seen.
const MOST: usize = 32 * 1024;
/// The name that its rules know us by.
const NAME: &str = "dongtin";

/// What a `robots.txt` said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Manners {
    /// When it was asked for.
    pub asked: Option<Timestamp>,
    /// What it said; empty where there is none.
    pub text: String,
}

impl Manners {
    /// Asks, where the last answer is a day old. What cannot be had leaves the last answer.
    pub(super) async fn ask(&mut self, page: &Url, polling: Polling<'_>, now: Timestamp) {
        let fresh = |at: Timestamp| now.millis().saturating_sub(at.millis()) < DAY_MS;
        if self.asked.is_some_and(fresh) {
            return;
        }
        let Ok(url) = page.join("/robots.txt") else { return };
        self.asked = Some(now);
        let Ok(answer) = polling.client.get(Request::to(url)).await else { return };
        match answer.status.as_u16() {
            200..=203 => {
                let bytes = answer.body.get(..MOST).unwrap_or(&answer.body);
                self.text = String::from_utf8_lossy(bytes).into_owned();
            }
            400..=499 => self.text.clear(),
            _ => {}
        }
    }

    /// Whether a path with its query may be asked for.
    pub(super) fn allows(&self, path: &str) -> bool {
        robots(&self.text, NAME).allows(path)
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
}
