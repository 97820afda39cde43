//! The only outgoing HTTP client: nothing else in the house opens a connection to another machine.
//!
//! In: an address, who led us to it and what may be sent with it. Out: the answer, decoded and within its limits, or a named reason.
//! The transport is reqwest. Every hop is checked by `guard` before it is sent, and exactly the addresses that were
//! checked are dialed.

mod backoff;
mod client;
mod decode;
mod error;
mod exchange;
mod fault;
mod guard;
mod host;
mod hosts;
mod transport;
mod trust;

pub use backoff::{Backoff, is_refusal, refusal_wait_ms, retry_after_ms, seconds_ms};
pub use client::{Client, Post, Request, Response};
pub use error::{Error, TlsFault};
pub use guard::is_public;
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
