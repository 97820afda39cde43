//! From an address that passed the guard to an open connection: names resolved, every answer checked, exactly those dialed.

use super::guard::{Guard, Target};
use super::{Error, TlsFault};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// A connection, encrypted or not.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// Addresses of one name that are tried at most.
const MOST_ADDRESSES: usize = 4;

/// Opens connections.
#[derive(Clone)]
pub(super) struct Dialer {
    tls: TlsConnector,
    connect_timeout: Duration,
}

impl Dialer {
    /// A dialer that trusts the system's certificate authorities and those in some PEM files.
    pub fn new(extra_ca: &[PathBuf], connect_timeout: Duration) -> Result<Self, Error> {
        let mut roots = rustls::RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        for path in extra_ca {
            add_authorities(&mut roots, path)?;
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|e| Error::Setup { why: e.to_string() })?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self { tls: TlsConnector::from(Arc::new(config)), connect_timeout })
    }

    /// A connection to a target that the guard let through.
    pub async fn dial(&self, guard: &Guard, target: &Target) -> Result<Box<dyn Stream>, Error> {
        let addresses = resolve(guard, target).await?;
        let tcp = self.connect(target, &addresses).await?;
        // Small requests should not wait for an answer to the last one; a failure costs milliseconds only.
        let _ = tcp.set_nodelay(true);
        if target.tls { self.encrypt(target, tcp).await } else { Ok(Box::new(tcp)) }
    }

    /// The first address that answers; the time to connect is shared among them.
    async fn connect(&self, target: &Target, addresses: &[IpAddr]) -> Result<TcpStream, Error> {
        let share = self.connect_timeout / u32::try_from(addresses.len().max(1)).unwrap_or(1);
        let mut why = "no address".to_owned();
        for address in addresses {
            let to = SocketAddr::new(*address, target.port);
            match tokio::time::timeout(share, TcpStream::connect(to)).await {
                Ok(Ok(stream)) => return Ok(stream),
                Ok(Err(e)) => why = e.to_string(),
                Err(_) => why = format!("no answer within {} ms", share.as_millis()),
            }
        }
        Err(Error::Connect { host: target.host.clone(), why })
    }

    async fn encrypt(&self, target: &Target, tcp: TcpStream) -> Result<Box<dyn Stream>, Error> {
        let fault = |fault| Error::Tls { host: target.host.clone(), fault };
        let name = match target.literal {
            Some(address) => ServerName::IpAddress(address.into()),
            None => ServerName::try_from(target.host.clone())
                .map_err(|e| fault(TlsFault::Other(e.to_string())))?,
        };
        let stream = self.tls.connect(name, tcp).await;
        Ok(Box::new(stream.map_err(|e| fault(TlsFault::of(&e)))?))
    }
}

/// Every address of a target, checked together: one that is not public refuses all.
async fn resolve(guard: &Guard, target: &Target) -> Result<Vec<IpAddr>, Error> {
    if let Some(address) = target.literal {
        return Ok(vec![address]);
    }
    let failed = |why: String| Error::Resolve { host: target.host.clone(), why };
    let found = tokio::net::lookup_host((target.host.as_str(), target.port)).await;
    let mut addresses: Vec<IpAddr> =
        found.map_err(|e| failed(e.to_string()))?.map(|a| a.ip()).collect();
    guard.check(target, &addresses)?;
    addresses.dedup();
    addresses.truncate(MOST_ADDRESSES);
    if addresses.is_empty() { Err(failed("no address".to_owned())) } else { Ok(addresses) }
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
