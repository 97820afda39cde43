//! The only outgoing HTTP client: nothing else in this program opens a connection to another machine.
//!
//! In: a URL, what the request is for, which private addresses it may go to, and what is sent with it. Out: the answer,
//! decoded and within its limits, or a named reason. Before each hop the registry of hosts is asked for a turn and the
//! address filter whether it may be dialed.

/// Requests as the other rooms make them.
mod client;
/// The registry of hosts: who may be asked when.
mod hosts;
/// One host: what is kept of it between two runs, and when it may be asked again. Pure.
mod host;
/// How long to wait after failures in a row, and what `Retry-After` asks for. Pure.
mod backoff;
/// Which private addresses a request may go to: only those that the operator wrote for its source.
mod trust;
/// Hosts with ports, in the one form in which `fetch.allow` and URLs are compared.
mod host_port;
/// Which addresses may be dialed: checked as a URL before a name is resolved, and as IP addresses after.
mod address_filter;
/// One request over its redirects, which we follow by hand: each hop is checked before it is dialed.
mod redirect;
/// Cookies within one fetch.
mod cookies;
/// Sends one request and reads its answer within limits.
mod transport;
/// Certificates, and what is wrong with a chain of them.
mod chain;
/// Resolves names to addresses that may be dialed.
mod resolver;
/// Undoes one `Content-Encoding` (RFC 9110 §8.4), never producing more than its limit.
mod decode;
/// Why a request failed; each variant is a line of the status page.
mod error;
/// Turns reqwest's errors into ours.
mod reqwest_error;

pub use backoff::{Backoff, is_refusal, refusal_wait_ms, retry_after_ms, seconds_ms};
pub use client::{Client, Post, Request, Response};
pub use error::{Error, TlsFault};
#[cfg(test)]
pub use host::Rest;
pub use host::{HostRow, Purpose, RobotsTxt};
pub use hosts::{HostLock, Hosts};
pub use trust::Trust;

/// Makes ring the process's cryptography; called first thing in `main`, harmless when called again.
pub fn install_crypto() {
    // An error says that a provider is there already, which is all that is wanted.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

#[cfg(test)]
pub(crate) mod tests;
