use super::Error;
use super::address_filter::Target;
use super::reqwest_error::{body_error, request_error};
use super::resolver::Resolver;
use http::header::CONTENT_LENGTH;
use http::{HeaderMap, StatusCode};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

const MAX_HEADERS: usize = 100;
/// The most bytes of all headers of an answer; hyper's buffer refuses more.
const MAX_HEADER_BYTES: usize = 400 << 10;
/// Longer header values are ignored (an ETag of 64 KB, a charset of 300 KB).
const MAX_VALUE_BYTES: usize = 8 << 10;

/// Sends requests that the address filter let through.
pub(super) struct Transport {
    /// Refuses every name with an address that is not public.
    public: reqwest::Client,
    /// Only for hosts and ports in `fetch.allow`.
    listed: reqwest::Client,
}

impl Transport {
    /// A transport that trusts the system's certificate authorities and those in `extra_ca`.
    pub(super) fn new(extra_ca: &[PathBuf], connect_timeout: Duration) -> Result<Self, Error> {
        let tls = tls(extra_ca)?;
        let client = |any_address| client(tls.clone(), connect_timeout, Resolver { any_address });
        Ok(Self { public: client(false)?, listed: client(true)? })
    }

    /// Sends one request and waits for the headers of its answer.
    pub(super) async fn send(
        &self,
        target: &Target,
        request: reqwest::Request,
    ) -> Result<Incoming, Error> {
        let client = if target.allowed { &self.listed } else { &self.public };
        let answer = client.execute(request).await;
        let answer = answer.map_err(|e| request_error(&target.host, target.port, &e))?;
        Incoming::of(&target.host, answer)
    }
}

/// The only reqwest client. It follows and retries nothing, keeps no connection, takes no proxy from the environment,
/// and is as tolerant of sloppy servers as browsers are.
fn client(
    tls: rustls::ClientConfig,
    connect_timeout: Duration,
    resolver: Resolver,
) -> Result<reqwest::Client, Error> {
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .dns_resolver(resolver)
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
    if sizes.sum::<usize>() > MAX_HEADER_BYTES {
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
