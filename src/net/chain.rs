//! Verifies certificates as rustls does, and tells a server that does not send its whole chain from an unknown authority.

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, Error, OtherError, SignatureScheme};
use std::sync::Arc;

/// The OID of `caIssuers`, by which a certificate says where its authority's own certificate is to be had.
const CA_ISSUERS: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x02];

/// The server sent its own certificate only, and an authority of no root that we trust has signed it.
#[derive(Debug, thiserror::Error)]
#[error("the server does not send the intermediate certificate")]
pub(super) struct IncompleteChain;

/// rustls's own verifier with one more name for a fault.
#[derive(Debug)]
pub(super) struct ChainVerifier(pub Arc<WebPkiServerVerifier>);

impl ServerCertVerifier for ChainVerifier {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let verified = self.0.verify_server_cert(leaf, intermediates, name, ocsp, now);
        let alone = intermediates.iter().all(|other| other == leaf);
        let has_issuer = leaf.windows(CA_ISSUERS.len()).any(|window| window == CA_ISSUERS);
        verified.map_err(|error| match error {
            Error::InvalidCertificate(CertificateError::UnknownIssuer) if alone && has_issuer => {
                CertificateError::Other(OtherError(Arc::new(IncompleteChain))).into()
            }
            other => other,
        })
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.0.verify_tls12_signature(message, cert, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.0.verify_tls13_signature(message, cert, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_verify_schemes()
    }
}
