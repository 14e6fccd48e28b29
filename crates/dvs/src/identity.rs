//! The keys with which services verify who calls: rent's secret key, and its public half.

use anyhow::{Context, Result};
use rpc::identity::{Signer, Verifier};
use store::Randomness;

use crate::config::IdentityOptions;
use crate::folder::DataFolder;
use crate::values::Key;

/// The file with the key in the data folder of a store on one machine.
const IN_FOLDER: &str = "identity.key";

/// The keys that the command line gave.
#[derive(Default)]
pub(crate) struct IdentityKeys {
    secret: Option<Key>,
    public: Option<Key>,
}

impl IdentityKeys {
    pub(crate) fn read(options: &IdentityOptions) -> Result<Self> {
        let secret = match &options.identity_key_file {
            None => options.identity_key.clone(),
            Some(path) => {
                let at = || format!("cannot read the identity key from {}", path.display());
                let text = std::fs::read_to_string(path).with_context(at)?;
                let key: Result<Key, String> = text.parse();
                Some(key.map_err(anyhow::Error::msg).with_context(at)?)
            }
        };
        Ok(Self {
            secret,
            public: options.identity_public_key.clone(),
        })
    }

    /// Rent's signer; if no key was given, with one that is generated in the folder.
    pub(crate) fn signer(&self, folder: &DataFolder, randomness: &dyn Randomness) -> Result<Signer> {
        let secret = match &self.secret {
            Some(key) => key.0,
            None => folder.key(IN_FOLDER, || random_key(randomness).0)?,
        };
        Ok(Signer::from_secret(&secret))
    }

    /// Verifies identities in a catalogue whose process does not run rent.
    pub(crate) fn verifier(&self) -> Result<Verifier> {
        let key = self.public.as_ref();
        let key = key.context(
            "the catalogue checks who is calling: give it the public half of rent's key (--identity-public-key), or \
             run rent in this process",
        )?;
        Verifier::from_public(&key.0).context("the identity's public key is no key")
    }
}

pub(crate) fn random_key(randomness: &dyn Randomness) -> Key {
    let mut key = [0; 32];
    randomness.fill(&mut key);
    Key(key)
}
