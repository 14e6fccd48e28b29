//! The SQL of customers.

use sqlx::FromRow;
use store::{Db, Dialects, Error, List, Source, Tx, exactly_one, execute, fetch_all, fetch_one, fetch_optional};
use uuid::Uuid;

use crate::customer::{Customer, Email, Language, Name};
use crate::id::CustomerId;

macro_rules! select {
    ($tail:literal) => {
        concat!(
            "SELECT customer_id, email, email_verified, name, language, staff, reminders, password_hash, \
             created_at_us FROM customers ",
            $tail
        )
    };
}

#[derive(FromRow)]
pub(super) struct CustomerRow {
    customer_id: Uuid,
    email: String,
    email_verified: bool,
    name: String,
    language: String,
    staff: bool,
    reminders: bool,
    password_hash: String,
    created_at_us: i64,
}

/// A customer, unless their account was deleted.
pub(crate) async fn find(mut on: impl Source, customer: CustomerId) -> Result<Option<Customer>, Error> {
    const BY_ID: &str = select!("WHERE customer_id = $1 AND deleted_at_us IS NULL");
    let row = fetch_optional!(on, CustomerRow, BY_ID, customer.uuid())?;
    Ok(row.map(CustomerRow::read))
}

/// Locks the customer's row until the transaction ends: the customer's other calls that lock it wait, and other
/// customers' calls do not. False if the account was deleted.
pub(crate) async fn lock(tx: &mut Tx, customer: CustomerId) -> Result<bool, Error> {
    // Weaker than FOR UPDATE, so that rows that only refer to the customer can still be written.
    const LOCK: Dialects = Dialects {
        sqlite: "SELECT customer_id FROM customers WHERE customer_id = $1 AND deleted_at_us IS NULL",
        postgres: "SELECT customer_id FROM customers WHERE customer_id = $1 AND deleted_at_us IS NULL \
                   FOR NO KEY UPDATE",
    };
    Ok(fetch_optional!(tx, (Uuid,), LOCK, customer.uuid())?.is_some())
}

/// Locks the row of a customer whose account may have been deleted: their orders and refunds outlive it.
pub(crate) async fn lock_any(tx: &mut Tx, customer: CustomerId) -> Result<(), Error> {
    const LOCK: Dialects = Dialects {
        sqlite: "SELECT customer_id FROM customers WHERE customer_id = $1",
        postgres: "SELECT customer_id FROM customers WHERE customer_id = $1 FOR NO KEY UPDATE",
    };
    fetch_optional!(tx, (Uuid,), LOCK, customer.uuid())?;
    Ok(())
}

/// Counts a change to what the customer has, and returns its revision. The customer's row is locked from here on.
pub(crate) async fn next_revision(tx: &mut Tx, customer: CustomerId) -> Result<i64, Error> {
    const NEXT: &str = "UPDATE customers SET revision = revision + 1 WHERE customer_id = $1 RETURNING revision";
    let (revision,) = fetch_one!(tx, (i64,), NEXT, customer.uuid())?;
    Ok(revision)
}

/// The revision of a customer's last change.
pub(crate) async fn revision(mut on: impl Source, customer: CustomerId) -> Result<i64, Error> {
    const REVISION: &str = "SELECT revision FROM customers WHERE customer_id = $1";
    let row = fetch_optional!(on, (i64,), REVISION, customer.uuid())?;
    Ok(row.map_or(0, |(revision,)| revision))
}

/// The revisions of some customers' last changes.
pub(crate) async fn revisions(db: &Db, customers: &[CustomerId]) -> Result<Vec<(CustomerId, i64)>, Error> {
    const REVISIONS: Dialects = Dialects {
        sqlite: "SELECT customer_id, revision FROM customers \
                 WHERE customer_id IN (SELECT unhex(value) FROM json_each($1))",
        postgres: "SELECT customer_id, revision FROM customers WHERE customer_id = ANY($1)",
    };
    let ids: Vec<_> = customers.iter().map(|customer| customer.uuid()).collect();
    let rows = fetch_all!(db, (Uuid, i64), REVISIONS, List(&ids))?;
    let read = |(customer, revision)| (CustomerId::new(customer), revision);
    Ok(rows.into_iter().map(read).collect())
}

/// The customer with this address, and the hash of their password.
pub(crate) async fn find_by_email(mut on: impl Source, email: &Email) -> Result<Option<(Customer, String)>, Error> {
    // Both forms, because older accounts are stored under the other one. The present form has precedence.
    const BY_EMAIL: &str = select!(
        "WHERE email_folded IN ($1, $2) AND deleted_at_us IS NULL \
         ORDER BY CASE WHEN email_folded = $1 THEN 0 ELSE 1 END LIMIT 1"
    );
    let row = fetch_optional!(on, CustomerRow, BY_EMAIL, email.folded(), email.lower_case())?;
    Ok(row.map(|row| {
        let hash = row.password_hash.clone();
        (row.read(), hash)
    }))
}

/// Writes a new customer; false when the address is taken.
pub(crate) async fn insert(tx: &mut Tx, customer: &Customer, password_hash: &str) -> Result<bool, Error> {
    const INSERT: &str = "INSERT INTO customers (customer_id, email, email_folded, email_verified, name, language, \
         staff, password_hash, created_at_us) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) \
         ON CONFLICT (email_folded) DO NOTHING";
    let written = execute!(
        tx,
        INSERT,
        customer.id.uuid(),
        customer.email.as_str(),
        customer.email.folded(),
        customer.email_verified,
        customer.name.as_str(),
        customer.language.tag(),
        customer.staff,
        password_hash,
        customer.created_at_us,
    )?;
    Ok(written == 1)
}

pub(crate) async fn write_password(tx: &mut Tx, customer: CustomerId, hash: &str) -> Result<(), Error> {
    const WRITE: &str = "UPDATE customers SET password_hash = $2 WHERE customer_id = $1";
    exactly_one(execute!(tx, WRITE, customer.uuid(), hash)?)
}

/// The hash of a customer's password.
pub(crate) async fn password_hash(mut on: impl Source, customer: CustomerId) -> Result<Option<String>, Error> {
    const HASH: &str = "SELECT password_hash FROM customers WHERE customer_id = $1 AND deleted_at_us IS NULL";
    let row = fetch_optional!(on, (String,), HASH, customer.uuid())?;
    Ok(row.map(|(hash,)| hash))
}

/// Writes the settings that the customer may choose freely.
pub(crate) async fn write_settings(tx: &mut Tx, customer: &Customer) -> Result<(), Error> {
    const WRITE: &str = "UPDATE customers SET name = $2, language = $3, reminders = $4 WHERE customer_id = $1";
    let (id, name, language) = (customer.id.uuid(), customer.name.as_str(), customer.language.tag());
    exactly_one(execute!(tx, WRITE, id, name, language, customer.reminders)?)
}

/// Writes another address, which the customer has verified.
pub(crate) async fn write_email(tx: &mut Tx, customer: CustomerId, email: &Email) -> Result<(), Error> {
    const WRITE: &str = "UPDATE customers SET email = $2, email_folded = $3, email_verified = TRUE \
                         WHERE customer_id = $1";
    exactly_one(execute!(tx, WRITE, customer.uuid(), email.as_str(), email.folded())?)
}

/// Erases everything personal of a customer. The id remains, because orders refer to it.
pub(crate) async fn erase(tx: &mut Tx, customer: CustomerId, now_us: i64) -> Result<(), Error> {
    const ERASE: &str = "UPDATE customers SET email = $2, email_folded = $2, email_verified = FALSE, name = '-', \
         language = 'en', staff = FALSE, reminders = FALSE, password_hash = '', deleted_at_us = $3 \
         WHERE customer_id = $1";
    // An address that cannot exist, so that the old one becomes free for another account.
    let email = format!("{customer}@deleted.invalid");
    exactly_one(execute!(tx, ERASE, customer.uuid(), email.as_str(), now_us)?)
}

pub(crate) async fn verify_email(tx: &mut Tx, customer: CustomerId) -> Result<(), Error> {
    const VERIFY: &str = "UPDATE customers SET email_verified = TRUE WHERE customer_id = $1";
    exactly_one(execute!(tx, VERIFY, customer.uuid())?)
}

pub(crate) async fn write_staff(tx: &mut Tx, customer: CustomerId, staff: bool) -> Result<(), Error> {
    const WRITE: &str = "UPDATE customers SET staff = $2 WHERE customer_id = $1";
    exactly_one(execute!(tx, WRITE, customer.uuid(), staff)?)
}

/// The members of staff, the oldest account first.
pub(crate) async fn list_staff(
    mut on: impl Source,
    after: Option<(i64, CustomerId)>,
    limit: i64,
) -> Result<Vec<Customer>, Error> {
    const LIST: &str = select!(
        "WHERE staff = TRUE AND (created_at_us, customer_id) > ($1, $2) ORDER BY created_at_us, customer_id LIMIT $3"
    );
    let (created_at_us, id) = after.map_or((i64::MIN, Uuid::nil()), |(at_us, id)| (at_us, id.uuid()));
    let rows = fetch_all!(on, CustomerRow, LIST, created_at_us, id, limit)?;
    Ok(rows.into_iter().map(CustomerRow::read).collect())
}

impl CustomerRow {
    pub(super) fn read(self) -> Customer {
        Customer {
            id: CustomerId::new(self.customer_id),
            email: Email::kept(self.email),
            name: Name::kept(self.name),
            email_verified: self.email_verified,
            language: Language::nearest(&self.language),
            staff: self.staff,
            reminders: self.reminders,
            created_at_us: self.created_at_us,
        }
    }
}
