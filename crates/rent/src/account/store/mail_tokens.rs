//! The SQL of links in mails, whose tokens are stored as hashes.

use store::{Error, Source, Tx, exactly_one, execute, fetch_all, fetch_optional};
use uuid::Uuid;

use crate::customer::Email;
use crate::id::CustomerId;
use crate::mail::message::LinkMail;
use crate::secret::SecretHash;
use crate::store::corrupt;

/// When the customer's mails of this kind were requested after a moment, oldest first.
pub(crate) async fn written_after(
    mut on: impl Source,
    customer: CustomerId,
    kind: LinkMail,
    after_us: i64,
) -> Result<Vec<i64>, Error> {
    const WRITTEN: &str = "SELECT created_at_us FROM mail_tokens \
         WHERE customer_id = $1 AND letter = $2 AND created_at_us > $3 ORDER BY created_at_us";
    let rows = fetch_all!(on, (i64,), WRITTEN, customer.uuid(), kind.name(), after_us)?;
    Ok(rows.into_iter().map(|(at_us,)| at_us).collect())
}

/// A link to write.
pub(crate) struct NewToken<'a> {
    pub(crate) token: SecretHash,
    pub(crate) customer: CustomerId,
    pub(crate) kind: LinkMail,
    pub(crate) address: &'a Email,
    pub(crate) created_at_us: i64,
    pub(crate) expires_at_us: i64,
    /// The request whose mail will have the link; `None` if its token was shown already.
    pub(crate) request: Option<Uuid>,
}

/// Writes a new token, and deletes the customer's expired ones.
pub(crate) async fn insert(tx: &mut Tx, new: &NewToken<'_>) -> Result<(), Error> {
    // A link may expire before its mail stops counting for the limit, so rows are kept for a day after they expire.
    const KEPT_US: i64 = 24 * crate::time::HOUR_US;
    const FORGET: &str = "DELETE FROM mail_tokens WHERE customer_id = $1 AND expires_at_us < $2";
    const INSERT: &str = "INSERT INTO mail_tokens (token_hash, customer_id, letter, created_at_us, expires_at_us, used, \
                          address, reserved_folded, request_id) VALUES ($1, $2, $3, $4, $5, FALSE, $6, $7, $8)";
    let customer = new.customer.uuid();
    execute!(tx, FORGET, customer, new.created_at_us - KEPT_US)?;
    let reserved = new.kind.reserves_address().then(|| new.address.folded());
    exactly_one(execute!(
        tx,
        INSERT,
        &new.token.0[..],
        customer,
        new.kind.name(),
        new.created_at_us,
        new.expires_at_us,
        new.address.as_str(),
        reserved,
        new.request,
    )?)
}

/// Replaces the token of a request's link, and returns the address that it is for; `None` if the link was used, revoked or deleted.
pub(crate) async fn renew(
    tx: &mut Tx,
    customer: CustomerId,
    request: Uuid,
    token: SecretHash,
    expires_at_us: i64,
) -> Result<Option<Email>, Error> {
    const RENEW: &str = "UPDATE mail_tokens SET token_hash = $3, expires_at_us = $4 \
                         WHERE customer_id = $1 AND request_id = $2 AND used = FALSE RETURNING address";
    let (customer, token) = (customer.uuid(), &token.0[..]);
    let row = fetch_optional!(tx, (String,), RENEW, customer, request, token, expires_at_us)?;
    Ok(row.map(|(address,)| Email::kept(address)))
}

/// The customer whose account can revert to this address.
pub(crate) async fn reserved_by(mut on: impl Source, email: &Email, now_us: i64) -> Result<Option<CustomerId>, Error> {
    const RESERVED: &str = "SELECT customer_id FROM mail_tokens \
                            WHERE reserved_folded = $1 AND expires_at_us > $2 AND used = FALSE LIMIT 1";
    let row = fetch_optional!(on, (Uuid,), RESERVED, email.folded(), now_us)?;
    Ok(row.map(|(customer,)| CustomerId::new(customer)))
}

/// The customer and the address that a token was sent to, while it works.
pub(crate) async fn find(
    mut on: impl Source,
    token: SecretHash,
    kind: LinkMail,
    now_us: i64,
) -> Result<Option<(CustomerId, Email)>, Error> {
    const BY_TOKEN: &str = "SELECT customer_id, address FROM mail_tokens \
                            WHERE token_hash = $1 AND letter = $2 AND expires_at_us > $3 AND used = FALSE \
                            AND address IS NOT NULL";
    let row = fetch_optional!(on, (Uuid, String), BY_TOKEN, &token.0[..], kind.name(), now_us)?;
    Ok(row.map(|(customer, address)| (CustomerId::new(customer), Email::kept(address))))
}

/// The customer's mails that are still recorded: the kind of each, and when it was sent, oldest first.
pub(crate) async fn list(mut on: impl Source, customer: CustomerId, limit: i64) -> Result<Vec<(LinkMail, i64)>, Error> {
    const LIST: &str = "SELECT letter, created_at_us FROM mail_tokens WHERE customer_id = $1 \
                        ORDER BY created_at_us LIMIT $2";
    let rows = fetch_all!(on, (String, i64), LIST, customer.uuid(), limit)?;
    rows.into_iter()
        .map(|(name, at_us)| {
            let kind = LinkMail::from_name(&name).ok_or_else(|| corrupt("a mail's kind", &name))?;
            Ok((kind, at_us))
        })
        .collect()
}

pub(crate) async fn delete_all(tx: &mut Tx, customer: CustomerId) -> Result<(), Error> {
    execute!(tx, "DELETE FROM mail_tokens WHERE customer_id = $1", customer.uuid())?;
    Ok(())
}

/// Ends the customer's links of every kind except the one that reverts a change of address.
pub(crate) async fn use_up_all(tx: &mut Tx, customer: CustomerId) -> Result<(), Error> {
    const USE_UP: &str = "UPDATE mail_tokens SET used = TRUE WHERE customer_id = $1 AND letter <> $2 AND used = FALSE";
    execute!(tx, USE_UP, customer.uuid(), LinkMail::RevertEmail.name())?;
    Ok(())
}

/// Ends all links of this kind that the customer has.
pub(crate) async fn use_up(tx: &mut Tx, customer: CustomerId, kind: LinkMail) -> Result<(), Error> {
    const USE_UP: &str = "UPDATE mail_tokens SET used = TRUE WHERE customer_id = $1 AND letter = $2";
    execute!(tx, USE_UP, customer.uuid(), kind.name())?;
    Ok(())
}

/// Ends a link that reverts a change of address, others to the same address, and those that were sent after it. Earlier
/// ones stay: they lead to addresses that the account had before.
pub(crate) async fn use_up_reverts(
    tx: &mut Tx,
    customer: CustomerId,
    token: SecretHash,
    address: &Email,
) -> Result<(), Error> {
    const USE_UP: &str = "UPDATE mail_tokens SET used = TRUE WHERE customer_id = $1 AND letter = $2 \
                          AND (reserved_folded = $3 OR created_at_us >= \
                          (SELECT created_at_us FROM mail_tokens WHERE token_hash = $4))";
    let letter = LinkMail::RevertEmail.name();
    execute!(tx, USE_UP, customer.uuid(), letter, address.folded(), &token.0[..])?;
    Ok(())
}
