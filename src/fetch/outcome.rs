use super::headers;
use crate::model::{Fingerprint, Timestamp};
use crate::net::{self, Response, TlsFault};
use bytes::Bytes;
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use serde::{Deserialize, Serialize};
use url::Url;

/// What a request brought.
#[derive(Clone, Debug)]
pub enum Outcome {
    Fresh(Box<Fresh>),
    /// Nothing new: 304, or the same bytes again.
    NotModified {
        /// The wait that the source asks for.
        wait_ms: Option<i64>,
        /// Where permanent redirects led.
        moved: Option<String>,
        /// What is sent back from now on.
        validators: Validators,
        /// Whether the whole body came.
        whole: bool,
    },
    /// 410: the source says that it is gone for good.
    Gone,
    Failed(Failure),
}

/// What an answer gave to be sent back, so that the next one comes only if something is new.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Validators {
    /// Sent back as `If-None-Match`.
    pub etag: Option<String>,
    /// Sent back as `If-Modified-Since`.
    pub last_modified: Option<String>,
}

impl Validators {
    /// Those of an answer that may be sent back.
    pub(super) fn of(headers: &HeaderMap, now: Timestamp) -> Self {
        Self { etag: headers::etag(headers), last_modified: headers::last_modified(headers, now) }
    }

    /// These, and of others what these lack (RFC 9111 §3.2: a 304 says only what is new).
    pub(super) fn or(self, others: &Self) -> Self {
        Self {
            etag: self.etag.or_else(|| others.etag.clone()),
            last_modified: self.last_modified.or_else(|| others.last_modified.clone()),
        }
    }
}

/// A body that was not there before.
#[derive(Clone, Debug)]
pub struct Fresh {
    pub body: Bytes,
    pub content_type: Option<String>,
    pub final_url: Url,
    /// What is sent back from now on.
    pub validators: Validators,
    /// The body's hash.
    pub body_hash: Fingerprint,
    /// The wait that the source asks for, by its headers or in the document.
    pub wait_ms: Option<i64>,
    /// Where permanent redirects led.
    pub moved: Option<String>,
    /// WebSub hubs that the headers name.
    pub hubs: Vec<String>,
    /// The document's own address, according to the headers.
    pub topic: Option<String>,
    /// The hash of its entries, once it was read. Bodies often change while the entries do not.
    pub entries: Option<Fingerprint>,
}

impl Fresh {
    pub(super) fn of(
        response: Response,
        wait_ms: Option<i64>,
        moved: Option<String>,
        now: Timestamp,
    ) -> Self {
        let content_type = response.headers.get(CONTENT_TYPE);
        Self {
            content_type: content_type.map(|v| String::from_utf8_lossy(v.as_bytes()).into_owned()),
            validators: Validators::of(&response.headers, now),
            body_hash: Fingerprint::of_bytes(&response.body),
            hubs: headers::links(&response.headers, "hub", &response.final_url),
            topic: headers::links(&response.headers, "self", &response.final_url)
                .into_iter()
                .next(),
            final_url: response.final_url,
            body: response.body,
            wait_ms,
            moved,
            entries: None,
        }
    }

    pub(super) fn unchanged(self) -> Outcome {
        let Self { wait_ms, moved, validators, .. } = self;
        Outcome::NotModified { wait_ms, moved, validators, whole: true }
    }

    /// Adds the wait that the document asks for, in minutes (`ttl`, `sy:updatePeriod`).
    pub fn asks_minutes(&mut self, minutes: u64) {
        let millis = i64::try_from(minutes).unwrap_or(i64::MAX).saturating_mul(60_000);
        self.wait_ms = self.wait_ms.max(Some(millis));
    }
}

/// Why nothing usable came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// A stable name in kebab-case, which [`super::explain()`] explains.
    pub name: String,
    /// Details for people.
    pub why: String,
    pub status: Option<u16>,
    /// The wait that the source asks for.
    pub wait_ms: Option<i64>,
}

impl From<Failure> for Outcome {
    fn from(failure: Failure) -> Self {
        Outcome::Failed(failure)
    }
}

impl Failure {
    /// A failure by its name.
    pub fn named(name: &str, why: impl Into<String>) -> Self {
        Self { name: name.to_owned(), why: why.into(), status: None, wait_ms: None }
    }

    /// The failure of an HTTP status that brings nothing.
    pub fn status(status: u16, wait_ms: Option<i64>) -> Self {
        let name = match status {
            401 | 403 | 407 | 451 => "refused",
            404 => "not-found",
            429 => "too-many-requests",
            500.. => "server-error",
            _ => "status",
        };
        let why = format!("HTTP status {status}");
        Self { name: name.to_owned(), why, status: Some(status), wait_ms }
    }

    /// A bot wall, whatever its status.
    pub(super) fn challenge(status: u16, wait_ms: Option<i64>) -> Self {
        let why = "a challenge for browsers (a bot wall) came in place of the document";
        Self { status: Some(status), wait_ms, ..Self::named("challenge", why) }
    }

    /// The failure that a client's error is; `now` turns the end of a rest into a wait.
    pub fn of(error: &net::Error, now: Timestamp) -> Self {
        use net::Error as E;
        let name = match error {
            E::Scheme { .. } | E::Port { .. } | E::Forbidden { .. } => "forbidden-address",
            E::Resolve { .. } => "name-not-found",
            E::Connect { .. } => "no-connection",
            E::Tls { fault: TlsFault::Expired, .. } => "certificate-expired",
            E::Tls { fault: TlsFault::NotYetValid, .. } => "certificate-not-yet-valid",
            E::Tls { fault: TlsFault::WrongName, .. } => "certificate-of-another-name",
            E::Tls { fault: TlsFault::UnknownAuthority, .. } => "certificate-unknown-authority",
            E::Tls { fault: TlsFault::Incomplete, .. } => "certificate-incomplete",
            E::Tls { fault: TlsFault::TooOld(_), .. } => "tls-too-old",
            E::Tls { .. } | E::Setup { .. } | E::ExtraCa { .. } | E::Allow { .. } => "tls",
            E::HeaderTimeout { .. } | E::Timeout { .. } => "too-slow",
            E::TooManyRedirects { .. } | E::BadRedirect { .. } => "redirects",
            E::HeadersTooLarge { .. } | E::BodyTooLarge { .. } => "too-large",
            E::Decode { .. } => "encoding",
            E::Length { .. } | E::Broken { .. } => "broken-answer",
            E::Resting { .. } => "host-resting",
        };
        let wait_ms = match error {
            E::Resting { until, .. } => Some(until.millis().saturating_sub(now.millis())),
            _ => None,
        };
        Self { wait_ms, ..Self::named(name, error.to_string()) }
    }
}
