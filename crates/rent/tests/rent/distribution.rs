//! What PostgreSQL extensions that spread tables over machines ask of a schema.

use store::{Db, fetch_all};

/// Small or looked up by another key: each machine has them whole, or they are spread by that key. Why, and how, is
/// in docs/operations/scaling.md.
const NOT_BY_CUSTOMER: [&str; 9] = [
    "attempts_pkey",
    "customers_email_folded_key",
    "ended_sessions_pkey",
    "jobs_kind_job_key_key",
    "jobs_pkey",
    "lab_clock_pkey",
    "mail_tokens_pkey",
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
