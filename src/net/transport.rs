use super::Error;
use super::address_filter::Target;
use super::chain::ChainVerifier;
use super::reqwest_error::{body_error, request_error};
use super::resolver::{Resolver, Unresolved, resolve};
use http::header::CONTENT_LENGTH;
use http::{HeaderMap, StatusCode};
use rustls::client::WebPkiServerVerifier;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use url::Url;

const MAX_HEADERS: usize = 100;
/// Bytes of all headers of one answer at most; hyper's buffer and HTTP/2's list end an answer with more before we see it.
const MAX_HEADER_BYTES: usize = 400 << 10;
/// Longer header values are ignored (an ETag of 64 KB, a charset of 300 KB).
const MAX_VALUE_BYTES: usize = 8 << 10;

/// Sends requests that the address filter let through.
pub(super) struct Transport {
    /// Refuses every name with an address that is not public.
    public: reqwest::Client,
    /// Only for hosts and ports in `fetch.allow`.
    listed: reqwest::Client,
    /// For sources that are reached through a proxy: by its address, and whether `fetch.allow` names it.
    proxied: Mutex<HashMap<(Url, bool), reqwest::Client>>,
    tls: rustls::ClientConfig,
    connect_timeout: Duration,
}

impl Transport {
    /// A transport that trusts the system's certificate authorities and those in `extra_ca`.
    pub(super) fn new(extra_ca: &[PathBuf], connect_timeout: Duration) -> Result<Self, Error> {
        let tls = tls(extra_ca)?;
        let client = |any_address| client(tls.clone(), connect_timeout, any_address, None);
        let (public, listed) = (client(false)?, client(true)?);
        Ok(Self { public, listed, proxied: Mutex::default(), tls, connect_timeout })
    }

    /// Sends one request, perhaps through a proxy, and waits for the headers of its answer.
    ///
    /// # Errors
    /// No headers came, or too many.
    pub async fn send(
        &self,
        target: &Target,
        request: reqwest::Request,
        proxy: Option<(&Url, Target)>,
    ) -> Result<Incoming, Error> {
        let client = match proxy {
            Some((address, at)) => {
                refuse_private_name(target).await?;
                self.through(address, at.allowed)?
            }
            None if target.allowed => self.listed.clone(),
            None => self.public.clone(),
        };
        let answer = client.execute(request).await;
        let answer = answer.map_err(|e| request_error(&target.host, target.port, &e))?;
        Incoming::of(&target.host, answer)
    }
}

impl Transport {
    /// The client of a proxy.
    fn through(&self, proxy: &Url, allowed: bool) -> Result<reqwest::Client, Error> {
        let mut proxied = self.proxied.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (proxy.clone(), allowed);
        if let Some(client) = proxied.get(&key) {
            return Ok(client.clone());
        }
        let all = reqwest::Proxy::all(proxy.clone());
        let all = all.map_err(|e| Error::Setup { why: e.without_url().to_string() })?;
        let client = client(self.tls.clone(), self.connect_timeout, allowed, Some(all))?;
        proxied.insert(key, client.clone());
        Ok(client)
    }
}

/// Refuses a name that has a private address here: the proxy, which may stand in that network, would dial it. A name
/// that only the proxy can resolve passes.
async fn refuse_private_name(target: &Target) -> Result<(), Error> {
    let Target { host, port, allowed } = target;
    match resolve(host, *allowed).await {
        Err(Unresolved::Closed(address)) => {
            Err(Error::Forbidden { host: host.clone(), port: *port, address })
        }
        _ => Ok(()),
    }
}

/// Makes a reqwest client; nothing else does. It follows and retries nothing, keeps no connection, takes no proxy from
/// the environment, and is as tolerant of sloppy servers as browsers are. Over TLS it speaks HTTP/2 where the server
/// wants to; each request still has a connection of its own.
fn client(
    tls: rustls::ClientConfig,
    connect_timeout: Duration,
    any_address: bool,
    proxy: Option<reqwest::Proxy>,
) -> Result<reqwest::Client, Error> {
    let builder = reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .dns_resolver(Resolver { any_address })
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .pool_max_idle_per_host(0)
        .connect_timeout(connect_timeout)
        .http2_max_header_list_size(MAX_HEADER_BYTES as u32)
        .http1_max_headers(MAX_HEADERS)
        .http1_ignore_invalid_headers_in_responses(true)
        .http1_allow_obsolete_multiline_headers_in_responses(true)
        .http1_allow_spaces_after_header_name_in_responses(true);
    let builder = proxy.into_iter().fold(builder, |builder, proxy| builder.proxy(proxy));
    builder.build().map_err(|e| Error::Setup { why: e.to_string() })
}

fn tls(extra_ca: &[PathBuf]) -> Result<rustls::ClientConfig, Error> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    for path in extra_ca {
        add_authorities(&mut roots, path)?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier =
        WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
    let verifier = verifier.build().map_err(|e| Error::Setup { why: e.to_string() })?;
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| Error::Setup { why: e.to_string() })?;
    let mut config = config
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(ChainVerifier(verifier)))
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
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

/// An answer whose headers are there and whose body is still to be read.
pub(super) struct Incoming {
    pub status: StatusCode,
    /// Without values that are too long.
    pub headers: HeaderMap,
    host: String,
    response: reqwest::Response,
}

impl Incoming {
    fn of(host: &str, mut response: reqwest::Response) -> Result<Self, Error> {
        let headers = limited(host, std::mem::take(response.headers_mut()))?;
        Ok(Self { status: response.status(), headers, host: host.to_owned(), response })
    }

    /// Reads what comes of a body within a time, `limit` bytes at most: of a stream that does not end.
    pub(super) async fn beginning(
        mut self,
        limit: usize,
        within: Duration,
    ) -> Result<Vec<u8>, Error> {
        let (until, mut bytes) = (tokio::time::Instant::now() + within, Vec::new());
        while let Ok(chunk) = tokio::time::timeout_at(until, self.response.chunk()).await {
            let chunk = chunk.map_err(|error| body_error(&self.host, &error, false))?;
            let Some(data) = chunk.filter(|_| bytes.len() < limit) else { break };
            bytes.extend(data.iter().take(limit - bytes.len()));
        }
        Ok(bytes)
    }

    /// Reads the whole body as it comes over the wire, still encoded. Beyond `limit` bytes the connection is dropped.
    pub(super) async fn body(mut self, limit: usize) -> Result<Vec<u8>, Error> {
        let too_large = || Error::BodyTooLarge { host: self.host.clone(), limit };
        let named = self.headers.contains_key(CONTENT_LENGTH);
        let length = self.response.content_length().filter(|_| named);
        if length.is_some_and(|length| length > u64::try_from(limit).unwrap_or(u64::MAX)) {
            return Err(too_large());
        }
        let mut bytes = Vec::new();
        let fault = |e| body_error(&self.host, &e, named);
        while let Some(data) = self.response.chunk().await.map_err(fault)? {
            if data.len() > limit.saturating_sub(bytes.len()) {
                return Err(too_large());
            }
            bytes.extend_from_slice(&data);
        }
        Ok(bytes)
    }
}

fn limited(host: &str, mut headers: HeaderMap) -> Result<HeaderMap, Error> {
    let sizes = headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4);
    if sizes.sum::<usize>() > MAX_HEADER_BYTES || headers.len() > MAX_HEADERS {
        return Err(Error::HeadersTooLarge { host: host.to_owned() });
    }
    let long = |value: &http::HeaderValue| value.len() > MAX_VALUE_BYTES;
    let named: Vec<_> =
        headers.iter().filter(|(_, value)| long(value)).map(|(name, _)| name.clone()).collect();
    for name in named {
        headers.remove(name);
    }
    Ok(headers)
}
