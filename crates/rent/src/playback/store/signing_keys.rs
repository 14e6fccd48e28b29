//! The SQL of the keys that sign media tokens.

use store::{Error, Source, Tx, execute, fetch_optional};

use crate::playback::media_token::SigningKey;
use crate::store::bytes;

pub(crate) async fn find(mut on: impl Source, number: i64) -> Result<Option<SigningKey>, Error> {
    const BY_NUMBER: &str = "SELECT key_number, secret, created_at_us FROM signing_keys WHERE key_number = $1";
    read(fetch_optional!(on, (i64, Vec<u8>, i64), BY_NUMBER, number)?)
}

pub(crate) async fn newest(mut on: impl Source) -> Result<Option<SigningKey>, Error> {
    const NEWEST: &str = "SELECT key_number, secret, created_at_us FROM signing_keys ORDER BY key_number DESC LIMIT 1";
    read(fetch_optional!(on, (i64, Vec<u8>, i64), NEWEST)?)
}

/// Writes a new key; false if another process has written one with this number.
pub(crate) async fn insert(tx: &mut Tx, key: &SigningKey) -> Result<bool, Error> {
    const INSERT: &str = "INSERT INTO signing_keys (key_number, secret, created_at_us) VALUES ($1, $2, $3) \
                          ON CONFLICT (key_number) DO NOTHING";
    Ok(execute!(tx, INSERT, key.number, &key.secret[..], key.created_at_us)? == 1)
}

/// Deletes the keys that were made before a moment.
pub(crate) async fn delete_before(tx: &mut Tx, created_before_us: i64) -> Result<(), Error> {
    execute!(
        tx,
        "DELETE FROM signing_keys WHERE created_at_us < $1",
        created_before_us
    )?;
    Ok(())
}

fn read(row: Option<(i64, Vec<u8>, i64)>) -> Result<Option<SigningKey>, Error> {
    let Some((number, secret, created_at_us)) = row else {
        return Ok(None);
    };
    Ok(Some(SigningKey {
        number,
        secret: bytes(secret)?,
        created_at_us,
    }))
}
