//! The caller's identity, which rent signs and every service verifies for itself.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signature, Signer as _, SigningKey, Verifier as _, VerifyingKey};
use moka::sync::Cache;
use serde::{Deserialize, Serialize};

use crate::access::Permission;
use crate::call::{Authority, Context};
use crate::fault::{Code, Fault};
use crate::revocations::{FRESH_US, Revocations};
use crate::security::{self, Event, Outcome};

/// How long an identity is valid after it was signed, in microseconds.
pub const VALIDITY_US: i64 = 60 * 1_000_000;

/// A longer signed identity is refused without being parsed.
const SIGNED_LIMIT_BYTES: usize = 1024;
/// How many identities a verifier caches, of some hundred bytes each.
const CHECKED: u64 = 10_000;

/// What a service needs to know of a customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    pub customer_id: String,
    /// The session that the identity was signed for: when it ends, so does the identity.
    #[serde(default)]
    pub session_id: String,
    pub staff: bool,
    /// The names of a staff member's permissions. A name that this process does not know grants nothing here.
    #[serde(default)]
    pub permissions: Vec<String>,
    /// Microseconds since 1970 UTC; 0 if an older version of rent signed it without this field, and then never fresh.
    #[serde(default)]
    pub signed_at_us: i64,
    /// Microseconds since 1970 UTC.
    pub expires_at_us: i64,
}

impl Identity {
    /// Whether this is a member of staff who may do this.
    pub fn may(&self, permission: Permission) -> bool {
        self.staff && self.permissions.iter().any(|name| name == permission.name())
    }
}

/// The bytes of a signature.
pub const SIGNATURE_BYTES: usize = ed25519_dalek::SIGNATURE_LENGTH;

/// Signs identities; only rent has one.
pub struct Signer(SigningKey);

impl Signer {
    /// A signer from its 32-byte secret.
    pub fn from_secret(secret: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(secret))
    }

    pub fn verifier(&self) -> Verifier {
        Verifier::new(self.0.verifying_key())
    }

    /// `payload.signature`, both base64url.
    pub fn sign(&self, identity: &Identity) -> Result<String, serde_json::Error> {
        let payload = URL_SAFE_NO_PAD.encode(serde_json::to_vec(identity)?);
        let signature = self.0.sign(payload.as_bytes());
        Ok(format!("{payload}.{}", URL_SAFE_NO_PAD.encode(signature.to_bytes())))
    }

    /// Signs something else for a purpose. It counts for that purpose alone, and never as an identity.
    pub fn sign_for(&self, purpose: &str, bytes: &[u8]) -> [u8; SIGNATURE_BYTES] {
        self.0.sign(&for_purpose(purpose, bytes)).to_bytes()
    }
}

/// What is signed for a purpose. No identity looks like it: there is no zero in base64url, nor in a purpose.
fn for_purpose(purpose: &str, bytes: &[u8]) -> Vec<u8> {
    [purpose.as_bytes(), &[0], bytes].concat()
}

/// Verifies identities with rent's public key. A customer's calls carry the same identity for a while, so identities
/// with a verified signature are cached under their whole signed text; expiry and revocation are checked in every call.
#[derive(Debug, Clone)]
pub struct Verifier {
    key: VerifyingKey,
    checked: Cache<Box<str>, Identity>,
    revocations: Revocations,
}

/// Why an identity is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refused {
    /// The signature is not by rent's key.
    Forged,
    Expired,
    /// Its session has ended.
    Ended,
}

impl Verifier {
    fn new(key: VerifyingKey) -> Self {
        let lifetime = Duration::from_micros(VALIDITY_US.unsigned_abs());
        Self {
            key,
            checked: Cache::builder().max_capacity(CHECKED).time_to_live(lifetime).build(),
            revocations: Revocations::default(),
        }
    }

    /// A verifier that refuses the identities of these ended sessions.
    #[must_use]
    pub fn hearing_of(self, revocations: &Revocations) -> Self {
        Self {
            revocations: revocations.clone(),
            ..self
        }
    }

    /// The ended sessions that this verifier knows of; its clones share them.
    pub fn revocations(&self) -> &Revocations {
        &self.revocations
    }

    /// A verifier from rent's 32-byte public key; none when the bytes are no key.
    pub fn from_public(key: &[u8; 32]) -> Option<Self> {
        VerifyingKey::from_bytes(key).ok().map(Self::new)
    }

    pub fn public_key(&self) -> [u8; 32] {
        self.key.to_bytes()
    }

    /// Whether rent [signed](Signer::sign_for) this for a purpose.
    pub fn has_signed_for(&self, purpose: &str, bytes: &[u8], signature: &[u8; SIGNATURE_BYTES]) -> bool {
        let signature = Signature::from_bytes(signature);
        self.key.verify(&for_purpose(purpose, bytes), &signature).is_ok()
    }

    fn verify(&self, signed: &str, now_us: i64) -> Result<Identity, Refused> {
        let identity = if let Some(checked) = self.checked.get(signed) {
            checked
        } else {
            let identity = self.check(signed).ok_or(Refused::Forged)?;
            self.checked.insert(signed.into(), identity.clone());
            identity
        };
        if identity.expires_at_us <= now_us {
            return Err(Refused::Expired);
        }
        if self.revocations.has_ended(&identity.session_id) {
            return Err(Refused::Ended);
        }
        Ok(identity)
    }

    /// Whether the identity may be trusted without asking rent: this process receives the feed of ended sessions, or
    /// the identity was signed less than [`FRESH_US`] ago.
    fn is_current(&self, identity: &Identity, now_us: i64) -> bool {
        self.revocations.is_heard() || now_us - identity.signed_at_us < FRESH_US
    }

    fn check(&self, signed: &str) -> Option<Identity> {
        if signed.len() > SIGNED_LIMIT_BYTES {
            return None;
        }
        let (payload, signature) = signed.split_once('.')?;
        let signature = Signature::from_slice(&URL_SAFE_NO_PAD.decode(signature).ok()?).ok()?;
        self.key.verify(payload.as_bytes(), &signature).ok()?;
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()
    }
}

/// In whose name a service should act.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Caller {
    #[default]
    Anybody,
    Customer(Identity),
    /// The store itself: another service, or a tool of the operator.
    Service,
}

impl Caller {
    /// Reads the caller from the context. An invalid identity is a fault; the call is not treated as an anonymous one.
    /// While this process does not receive the feed of ended sessions, only an identity that was signed just now is
    /// valid.
    pub(crate) fn of(context: &Context, verifier: &Verifier, now_us: i64) -> Result<Self, Fault> {
        let caller = Self::claimed(context, verifier, now_us)?;
        match &caller {
            Self::Customer(identity) if !verifier.is_current(identity, now_us) => Err(signed_out()),
            _ => Ok(caller),
        }
    }

    /// Like [`Self::of`], but trusts an identity until it expires. The calling code must ask itself whether the session
    /// is still open, unless the verifier [receives the feed](Revocations::is_heard) of ended sessions.
    pub(crate) fn claimed(context: &Context, verifier: &Verifier, now_us: i64) -> Result<Self, Fault> {
        if context.authority == Authority::Service {
            return Ok(Self::Service);
        }
        let Some(signed) = &context.identity else {
            return Ok(Self::Anybody);
        };
        match verifier.verify(signed, now_us) {
            Ok(identity) => Ok(Self::Customer(identity)),
            Err(refused) => {
                if refused == Refused::Forged {
                    security::record(&Event::new("forged_identity", Outcome::Refused), context);
                }
                Err(signed_out())
            }
        }
    }

    /// The customer, or a fault that asks to sign in.
    pub fn customer(&self) -> Result<&Identity, Fault> {
        match self {
            Self::Customer(identity) => Ok(identity),
            Self::Anybody | Self::Service => Err(signed_out()),
        }
    }
}

pub(crate) fn signed_out() -> Fault {
    Fault::new(Code::Unauthenticated, "UNAUTHENTICATED", "Sign in to do this.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signer() -> Signer {
        Signer::from_secret(&[7; 32])
    }

    fn ana() -> Identity {
        Identity {
            customer_id: "ana".to_owned(),
            session_id: "session".to_owned(),
            staff: false,
            permissions: Vec::new(),
            signed_at_us: 0,
            expires_at_us: 1_000,
        }
    }

    fn caller(signed: &str, now_us: i64) -> Result<Caller, Fault> {
        caller_by(&signer().verifier(), signed, now_us)
    }

    fn caller_by(verifier: &Verifier, signed: &str, now_us: i64) -> Result<Caller, Fault> {
        let context = Context {
            identity: Some(signed.into()),
            ..Context::default()
        };
        Caller::of(&context, verifier, now_us)
    }

    #[test]
    fn a_signed_identity_is_the_customer_until_it_expires() {
        let signed = signer().sign(&ana()).unwrap();
        let verifier = signer().verifier();
        for _ in ["checked", "remembered"] {
            assert_eq!(caller_by(&verifier, &signed, 999).unwrap(), Caller::Customer(ana()));
            let ended = caller_by(&verifier, &signed, 1_000).unwrap_err();
            assert_eq!(ended.code, Code::Unauthenticated);
        }
    }

    #[test]
    fn a_cached_identity_does_not_vouch_for_another_signature() {
        let verifier = signer().verifier();
        let signed = signer().sign(&ana()).unwrap();
        assert!(caller_by(&verifier, &signed, 0).is_ok());
        let (payload, _) = signed.split_once('.').unwrap();
        let other = Signer::from_secret(&[8; 32]).sign(&ana()).unwrap();
        let (_, signature) = other.split_once('.').unwrap();
        assert!(caller_by(&verifier, &format!("{payload}.{signature}"), 0).is_err());
        assert!(caller_by(&verifier, payload, 0).is_err());
    }

    #[test]
    fn an_identity_signed_by_another_key_or_changed_is_refused() {
        let other = Signer::from_secret(&[8; 32]).sign(&ana()).unwrap();
        assert!(caller(&other, 0).is_err());
        let signed = signer().sign(&ana()).unwrap();
        let (_, signature) = signed.split_once('.').unwrap();
        let forged = Identity { staff: true, ..ana() };
        let payload = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&forged).unwrap());
        assert!(caller(&format!("{payload}.{signature}"), 0).is_err());
        assert!(caller("garbage", 0).is_err());
        assert!(caller(&"x".repeat(2_000), 0).is_err());
    }

    #[test]
    fn an_identity_ends_with_its_session() {
        let verifier = signer().verifier();
        let signed = signer().sign(&ana()).unwrap();
        assert!(caller_by(&verifier, &signed, 0).is_ok());
        let other = verifier.clone();
        other.revocations().hear(&["session".to_owned()]);
        let ended = caller_by(&verifier, &signed, 0).unwrap_err();
        assert_eq!(ended.code, Code::Unauthenticated);
    }

    #[test]
    fn without_the_feed_of_ended_sessions_only_a_fresh_identity_is_valid() {
        let long = Identity {
            expires_at_us: VALIDITY_US,
            ..ana()
        };
        let verifier = signer().verifier();
        let signed = signer().sign(&long).unwrap();
        assert!(caller_by(&verifier, &signed, FRESH_US - 1).is_ok());
        assert!(caller_by(&verifier, &signed, FRESH_US).is_err());
        let context = Context {
            identity: Some(signed.as_str().into()),
            ..Context::default()
        };
        assert!(Caller::claimed(&context, &verifier, FRESH_US).is_ok());
        verifier.revocations().hear(&[]);
        assert!(caller_by(&verifier, &signed, VALIDITY_US - 1).is_ok());
    }
}
