//! TLS to providers: with the public authorities that browsers trust, and with a certificate of the store's own where a
//! provider asks for one.

use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};

use crate::http::SetupError;
use crate::secret::Secret;

/// Whom a client trusts, and as whom it shows itself. All in PEM format.
#[derive(Default, Clone, Copy)]
pub(crate) struct Tls<'a> {
    /// Authorities that are trusted besides those of browsers.
    pub(crate) authorities: Option<&'a [u8]>,
    /// The store's certificate, with those that signed it, and its private key.
    pub(crate) identity: Option<(&'a [u8], &'a Secret)>,
}

impl Tls<'_> {
    pub(crate) fn config(&self) -> Result<ClientConfig, SetupError> {
        let mut roots = RootCertStore {
            roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
        };
        for authority in certificates(self.authorities.unwrap_or_default())? {
            roots.add(authority).map_err(|_| unreadable())?;
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let versions = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let versions = versions.map_err(|error| SetupError::new(error.to_string()))?;
        let trusting = versions.with_root_certificates(roots);
        let Some((certificate, key)) = self.identity else {
            return Ok(trusting.with_no_client_auth());
        };
        let chain = certificates(certificate)?;
        if chain.is_empty() {
            return Err(unreadable());
        }
        // The error is not passed on: it could tell of the key.
        let unusable = || SetupError::new("the private key cannot be read as PEM, or is not the certificate's");
        let key = PrivateKeyDer::from_pem_slice(key.reveal().as_bytes()).map_err(|_| unusable())?;
        trusting.with_client_auth_cert(chain, key).map_err(|_| unusable())
    }
}

fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, SetupError> {
    CertificateDer::pem_slice_iter(pem)
        .collect::<Result<_, _>>()
        .map_err(|_| unreadable())
}

fn unreadable() -> SetupError {
    SetupError::new("a certificate cannot be read as PEM")
}
