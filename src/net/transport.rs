//! reqwest behind the guard: a name is resolved and checked in one place, and the answer is what reqwest dials.

use super::Error;
use super::fault::fault;
use super::guard::{Target, closed};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Addresses of one name that are tried at most.
const MOST_ADDRESSES: usize = 4;
/// Headers in one answer at most.
const MAX_HEADERS: usize = 100;

/// Sends requests that the guard let through.
pub(super) struct Transport {
    /// Refuses every name that has an address which is not public.
    public: reqwest::Client,
    /// For a host and port that `fetch.allow` names, and for nothing else.
    listed: reqwest::Client,
}

impl Transport {
    /// A transport that trusts the system's certificate authorities and those in some PEM files.
    pub fn new(extra_ca: &[PathBuf], connect_timeout: Duration) -> Result<Self, Error> {
        let tls = tls(extra_ca)?;
        let client = |any_address| client(tls.clone(), connect_timeout, Names { any_address });
        Ok(Self { public: client(false)?, listed: client(true)? })
    }

    /// Sends one request; which client sends it was decided with its host and port.
    pub async fn send(
        &self,
        target: &Target,
        request: reqwest::Request,
    ) -> Result<reqwest::Response, Error> {
        let client = if target.allowed { &self.listed } else { &self.public };
        client.execute(request).await.map_err(|e| fault(&target.host, target.port, &e))
    }
}

/// The only place where a reqwest client is made: nothing is followed, retried, kept or taken from the environment.
/// As tolerant of sloppy servers as browsers are.
fn client(
    tls: rustls::ClientConfig,
    connect_timeout: Duration,
    names: Names,
) -> Result<reqwest::Client, Error> {
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .dns_resolver(names)
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .pool_max_idle_per_host(0)
        .connect_timeout(connect_timeout)
        .http1_only()
        .http1_max_headers(MAX_HEADERS)
        .http1_ignore_invalid_headers_in_responses(true)
        .http1_allow_obsolete_multiline_headers_in_responses(true)
        .http1_allow_spaces_after_header_name_in_responses(true)
        .build()
        .map_err(|e| Error::Setup { why: e.to_string() })
}

fn tls(extra_ca: &[PathBuf]) -> Result<rustls::ClientConfig, Error> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    for path in extra_ca {
        add_authorities(&mut roots, path)?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| Error::Setup { why: e.to_string() })?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

fn add_authorities(roots: &mut rustls::RootCertStore, path: &PathBuf) -> Result<(), Error> {
    let error = |why: String| Error::ExtraCa { path: path.display().to_string(), why };
    let certificates = CertificateDer::pem_file_iter(path).map_err(|e| error(e.to_string()))?;
    let mut count = 0;
    for certificate in certificates {
        let certificate = certificate.map_err(|e| error(e.to_string()))?;
        roots.add(certificate).map_err(|e| error(e.to_string()))?;
        count += 1;
    }
    if count == 0 { Err(error("no certificate in it".to_owned())) } else { Ok(()) }
}

/// Resolves the names that a client dials. reqwest does not ask it for IP literals: the guard has seen those.
struct Names {
    any_address: bool,
}

/// Why a name is not dialed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unresolved {
    /// One of its addresses is not public.
    #[error("{0} is not a public address")]
    Closed(IpAddr),
    /// It has none.
    #[error("{0}")]
    Failed(String),
}

impl Resolve for Names {
    fn resolve(&self, name: Name) -> Resolving {
        let any_address = self.any_address;
        Box::pin(async move {
            let addresses = resolve(name.as_str(), any_address).await?;
            // The port 0 stands for the port of the address that was asked for.
            let dialed = addresses.into_iter().map(|address| SocketAddr::new(address, 0));
            Ok(Box::new(dialed) as Addrs)
        })
    }
}

/// Every address of a name, checked together: one that is not public refuses all.
async fn resolve(name: &str, any_address: bool) -> Result<Vec<IpAddr>, Unresolved> {
    let found = tokio::net::lookup_host((name, 0)).await;
    let found = found.map_err(|e| Unresolved::Failed(e.to_string()))?;
    let mut addresses: Vec<IpAddr> = found.map(|address| address.ip()).collect();
    if let Some(address) = closed(&addresses).filter(|_| !any_address) {
        return Err(Unresolved::Closed(address));
    }
    addresses.dedup();
    addresses.truncate(MOST_ADDRESSES);
    if addresses.is_empty() {
        return Err(Unresolved::Failed("no address".to_owned()));
    }
    Ok(addresses)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_listed_client_takes_closed_addresses() {
        assert!(matches!(resolve("localhost", false).await, Err(Unresolved::Closed(_))));
        assert!(!resolve("localhost", true).await.unwrap().is_empty());
    }
}
