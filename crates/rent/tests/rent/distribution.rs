//! The requirements of `PostgreSQL` extensions that distribute tables over machines.

use store::{Db, fetch_all};

/// Tables that every machine can have completely, because they are small, or that are distributed by another key.
/// docs/operations/scaling.md says why and how.
const NOT_BY_CUSTOMER: [&str; 12] = [
    "attempts_pkey",
    "customers_email_folded_key",
    "ended_sessions_pkey",
    "jobs_kind_job_key_key",
    "jobs_pkey",
    "lab_clock_pkey",
    "mail_notices_pkey",
    "mail_tokens_pkey",
    "provider_calls_pkey",
    "provider_events_pkey",
    "sessions_pkey",
    "signing_keys_pkey",
];

#[tokio::test]
async fn every_key_of_what_a_customer_has_begins_with_the_customer() {
    let Some(db) = store::testing::postgres(&rent::MIGRATIONS).await else {
        return;
    };
    assert_eq!(keys_without_the_customer(&db).await, NOT_BY_CUSTOMER);
}

async fn keys_without_the_customer(db: &Db) -> Vec<String> {
    const KEYS: &str = "SELECT key.relname::text FROM pg_index \
         JOIN pg_class key ON key.oid = indexrelid JOIN pg_class kept ON kept.oid = indrelid \
         JOIN pg_attribute first ON first.attrelid = indrelid AND first.attnum = indkey[0] \
         WHERE indisunique AND kept.relnamespace = current_schema()::regnamespace \
         AND first.attname <> 'customer_id' AND kept.relname NOT LIKE '\\_sqlx%' ORDER BY 1";
    async fn ask(mut on: impl store::Source) -> Result<Vec<(String,)>, store::Error> {
        fetch_all!(on, (String,), KEYS)
    }
    let keys = ask(db).await.unwrap();
    keys.into_iter().map(|(key,)| key).collect()
}
