//! Why a fetch failed: each variant is a line of the status page.

use super::chain::IncompleteChain;
use super::decode::DecodeError;
use super::host_port::host_port;
use crate::model::Timestamp;
use std::net::IpAddr;
use url::Url;

/// Why nothing usable came back. Names the host, never path or query, which may hold a token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Neither http nor https.
    #[error("`{scheme}:` is not http or https")]
    Scheme { scheme: String },
    /// A port that the config does not list.
    #[error(
        "{host}: port {port} is not allowed: add {port} to fetch.ports, or \"{host}:{port}\" to fetch.allow if {host} is in a network of your own"
    )]
    Port { host: String, port: u16 },
    /// An address inside a private network, or otherwise not for the public.
    #[error(
        "{host}: {address} is not a public address: add \"{host}:{port}\" to fetch.allow if it is meant, and to the source's allow if it is not the source's own address"
    )]
    Forbidden {
        host: String,
        /// The port that would have been dialed.
        port: u16,
        address: IpAddr,
    },
    /// The host asked to be left alone; no request was sent.
    #[error("{host}: asked to be left alone for a while: {why}")]
    Resting {
        /// As [`crate::text::host_key`] writes it.
        host: String,
        /// When it may be asked again.
        until: Timestamp,
        why: String,
    },
    /// The name has no address.
    #[error("{host}: name not found: {why}")]
    Resolve { host: String, why: String },
    #[error("{host}: cannot connect: {why}")]
    Connect { host: String, why: String },
    /// The encrypted connection could not be made or trusted. It is never retried over http.
    #[error("{host}: TLS: {fault}")]
    Tls { host: String, fault: TlsFault },
    /// Connecting or the headers took too long.
    #[error("{host}: no headers within {millis} ms")]
    HeaderTimeout { host: String, millis: u64 },
    /// The whole fetch took too long.
    #[error("{host}: not finished within {millis} ms")]
    Timeout { host: String, millis: u64 },
    /// The redirects did not end.
    #[error("{host}: more than {limit} redirects")]
    TooManyRedirects { host: String, limit: usize },
    /// A redirect that leads nowhere.
    #[error("{host}: redirect without a usable Location")]
    BadRedirect { host: String },
    /// Too many headers, or too long.
    #[error("{host}: headers too large")]
    HeadersTooLarge { host: String },
    /// The body is longer than its limit; the rest was not read.
    #[error("{host}: body larger than {limit} bytes")]
    BodyTooLarge {
        host: String,
        /// In decoded bytes.
        limit: usize,
    },
    /// The body is not what its `Content-Encoding` says.
    #[error("{host}: {why}")]
    Decode { host: String, why: DecodeError },
    /// Fewer bytes than `Content-Length` says.
    #[error("{host}: body is shorter than its Content-Length says")]
    Length { host: String },
    /// Not HTTP, or broken off.
    #[error("{host}: broken answer: {why}")]
    Broken { host: String, why: String },
    /// A certificate authority of `fetch.extra_ca` cannot be read.
    #[error("fetch.extra_ca: {path}: {why}")]
    ExtraCa { path: String, why: String },
    /// An entry of `fetch.allow` is not `host:port`.
    #[error("fetch.allow: `{entry}` is not host:port, as in \"portal.lan:8080\"")]
    Allow { entry: String },
    /// The TLS library does not start.
    #[error("TLS does not start: {why}")]
    Setup { why: String },
}

impl Error {
    /// Whether we refused to dial this very address.
    pub fn refuses(&self, url: &Url) -> bool {
        match self {
            Self::Forbidden { host, port, .. } | Self::Port { host, port } => {
                host_port(url).is_some_and(|(h, p)| h == *host && p == *port)
            }
            _ => false,
        }
    }
}

/// What was wrong with an encrypted connection.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TlsFault {
    #[error("the certificate has expired")]
    Expired,
    /// It is not valid yet, or a clock is wrong.
    #[error("the certificate is not valid yet")]
    NotYetValid,
    #[error("the certificate is for another name")]
    WrongName,
    /// No authority that we trust signed it.
    #[error("the certificate is self-signed or from an unknown authority")]
    UnknownAuthority,
    /// The server's own certificate came alone: the intermediate one is missing.
    #[error("the server does not send the intermediate certificate")]
    Incomplete,
    /// The server offers nothing that is still safe.
    #[error(
        "the server has no TLS that is still safe: TLS 1.3, or TLS 1.2 with ECDHE and AES-GCM or ChaCha20 ({0})"
    )]
    TooOld(String),
    /// Anything else.
    #[error("{0}")]
    Other(String),
}

impl TlsFault {
    /// The fault in an error of rustls.
    pub(super) fn of(error: &rustls::Error) -> Self {
        use rustls::AlertDescription::{HandshakeFailure, InsufficientSecurity, ProtocolVersion};
        match error {
            rustls::Error::InvalidCertificate(fault) => Self::of_certificate(fault),
            rustls::Error::PeerIncompatible(_)
            | rustls::Error::AlertReceived(
                HandshakeFailure | InsufficientSecurity | ProtocolVersion,
            ) => Self::TooOld(error.to_string()),
            other => Self::Other(other.to_string()),
        }
    }

    fn of_certificate(fault: &rustls::CertificateError) -> Self {
        use rustls::CertificateError as C;
        match fault {
            C::Expired | C::ExpiredContext { .. } => Self::Expired,
            C::NotValidYet | C::NotValidYetContext { .. } => Self::NotYetValid,
            C::NotValidForName | C::NotValidForNameContext { .. } => Self::WrongName,
            C::UnknownIssuer => Self::UnknownAuthority,
            C::Other(other) if other.0.is::<IncompleteChain>() => Self::Incomplete,
            // A self-signed certificate that is its own authority, as appliances make them.
            other if other.to_string().contains("CaUsedAsEndEntity") => Self::UnknownAuthority,
            other => Self::Other(other.to_string()),
        }
    }
}
