//! What a host's `robots.txt` asks of us before articles' own pages are read: once a day.

use super::poll::Polling;
use crate::model::{Source, Timestamp};
use crate::net::Request;
use crate::read::discover::robots;
use serde::{Deserialize, Serialize};
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
    pub(super) async fn ask(&mut self, source: &Source, polling: Polling<'_>, now: Timestamp) {
        let fresh = |at: Timestamp| now.millis().saturating_sub(at.millis()) < DAY_MS;
        if self.asked.is_some_and(fresh) {
            return;
        }
        let list = source.kind.address().and_then(|address| Url::parse(address).ok());
        let Some(url) = list.and_then(|list| list.join("/robots.txt").ok()) else { return };
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
