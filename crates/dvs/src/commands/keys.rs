//! `dvs keys`: generates the secrets that the roles of a store share.

use anyhow::Result;
use rpc::identity::Signer;
use store::OsRandomness;

use crate::commands::say;
use crate::identity::random_key;
use crate::values::Key;

pub(crate) fn run() -> Result<()> {
    let secret = random_key(&OsRandomness);
    let public = Key(Signer::from_secret(&secret.0).verifier().public_key());
    say(format_args!("DVS_IDENTITY_KEY={secret}"))?;
    say(format_args!("DVS_IDENTITY_PUBLIC_KEY={public}"))?;
    say(format_args!("DVS_SERVICE_TOKEN={}", random_key(&OsRandomness)))
}
