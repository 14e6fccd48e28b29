//! The query plans of `SQLite` for frequent statements: they use keys, even if the store has grown much since its statistics were taken.

use std::collections::BTreeSet;

use api::rent::{
    AddToWatchlistRequest, CheckPlaybackRequest, ClosePlaybackRequest, GetOrderRequest, ListWatchlistRequest,
    UpdatePlaybackRequest,
};
use payments::sandbox::Sandbox;
use payments::{Money, PaymentProvider as _, RefundRequest};
use store::Db;
use store::testing::plans::{self, Heard};
use uuid::Uuid;

use crate::watching::{play, to_open};
use crate::world::{Shopper, Store, World, by_guest, order};

const CUSTOMERS: i64 = 30_000;
/// Tables that have only a few rows in every store.
const SMALL: [&str; 5] = ["lab_clock", "signing_keys", "late", "sqlite_stat1", "_sqlx_migrations"];
/// Indexes that contain only open or due rows, which are the ones that are read.
const PARTIAL: [&str; 3] = [
    "orders_with_letters_due",
    "entitlements_with_reminders",
    "entitlements_lately",
];

/// What customers and the store itself do often.
async fn work(store: &Store, ana: &Shopper) {
    let rented = store.place(ana, order("k1", "rent-1")).await.unwrap();
    let call = store
        .by(
            ana,
            GetOrderRequest {
                order_id: rented.order_id.clone(),
            },
        )
        .await;
    store.rent.get_order(call).await.unwrap();
    store.orders(ana).await;
    store.library(ana).await;
    let film = rented.entitlements[0].entitlement_id.clone();
    let playing = play(store, ana, &film).await;
    let media_token = playing.media_token.clone();
    store
        .rent
        .check_playback(by_guest(CheckPlaybackRequest { media_token }))
        .await
        .unwrap();
    let beat = UpdatePlaybackRequest {
        entitlement_id: film.clone(),
        playback_id: playing.playback_id.clone(),
        position_seconds: 9,
        ..UpdatePlaybackRequest::default()
    };
    store.rent.update_playback(store.by(ana, beat).await).await.unwrap();
    let close = ClosePlaybackRequest {
        entitlement_id: film.clone(),
        playback_id: playing.playback_id,
    };
    store.rent.close_playback(store.by(ana, close).await).await.unwrap();
    store
        .rent
        .open_playback(store.by(ana, to_open(&film)).await)
        .await
        .unwrap();
    let add = AddToWatchlistRequest {
        title_id: "film-2".to_owned(),
    };
    store.rent.add_to_watchlist(store.by(ana, add).await).await.unwrap();
    store
        .rent
        .list_watchlist(store.by(ana, ListWatchlistRequest {}).await)
        .await
        .unwrap();
    store.reconcile().await;
    store.service.worker().run_due().await.unwrap();
}

/// What else the sandbox is asked, directly.
async fn pay_and_refund(world: &World) {
    let sandbox = Sandbox::open(world.sandbox.clone(), world.clock.clone());
    let [charge] = sandbox.list(0, 10).await.unwrap().try_into().unwrap();
    let refund = RefundRequest {
        id: Uuid::from_u128(7),
        amount: Money::parse(1, "BRL").unwrap(),
    };
    sandbox.refund(&charge.payment, &refund).await.unwrap();
    sandbox.look_up(&charge.payment).await.unwrap();
    sandbox.cancel(&charge.payment).await.unwrap();
}

/// Adds many customers, each with an order, a rental, a player and a session.
async fn grow(db: &Db) {
    const NUMBERS: &str = "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < $1) ";
    const ID: &str = "CAST(printf('%016d', n) AS BLOB)";
    let rows = [
        format!(
            "INSERT INTO customers (customer_id, email, email_folded, email_verified, name, language, staff, \
             password_hash, created_at_us) {NUMBERS} SELECT {ID}, n, n, 1, n, 'en', 0, '', n FROM numbers"
        ),
        format!(
            "INSERT INTO sessions (token_hash, customer_id, created_at_us, expires_at_us) {NUMBERS} \
             SELECT {ID}, {ID}, n, n FROM numbers"
        ),
        format!(
            "INSERT INTO orders (customer_id, order_id, idempotency_key, fingerprint, state, currency_code, \
             subtotal_minor, discount_minor, tax_minor, total_minor, created_at_us, \
             lapses_at_us, answered, revision) {NUMBERS} \
             SELECT {ID}, {ID}, n, x'00', 'fulfilled', 'BRL', 1, 0, 0, 1, n, n, 1, n FROM numbers"
        ),
        format!(
            "INSERT INTO payments (customer_id, payment_id, order_id, provider, method, state, amount_minor, \
             currency_code, created_at_us) {NUMBERS} \
             SELECT {ID}, {ID}, {ID}, 'sandbox', 'card', 'succeeded', 1, 'BRL', n FROM numbers"
        ),
        format!(
            "INSERT INTO ledger_transactions (kind, source_id, customer_id, order_id, booked_at_us) {NUMBERS} \
             SELECT 'sale', {ID}, {ID}, {ID}, n FROM numbers"
        ),
        format!(
            "INSERT INTO order_lines (customer_id, order_id, line_number, offer_id, title_id, title_name, \
             runtime_minutes, kind, price_minor, start_window_hours, viewing_window_hours) {NUMBERS} \
             SELECT {ID}, {ID}, 1, 'offer', 'film', 'Film', 90, 'rent', 1, 720, 48 FROM numbers"
        ),
        format!(
            "INSERT INTO entitlements (customer_id, entitlement_id, order_id, title_id, title_name, runtime_minutes, \
             kind, start_window_hours, viewing_window_hours, granted_at_us, position_seconds, revision) {NUMBERS} \
             SELECT {ID}, {ID}, {ID}, 'film', 'Film', 90, 'rent', 720, 48, n, 0, n FROM numbers"
        ),
        format!(
            "INSERT INTO playbacks (customer_id, playback_id, entitlement_id, opened_at_us, ends_at_us, \
             lease_until_us, taken_over) {NUMBERS} SELECT {ID}, {ID}, {ID}, n, n, n, 0 FROM numbers"
        ),
        format!(
            "INSERT INTO watchlist (customer_id, title_id, added_at_us) {NUMBERS} SELECT {ID}, 'film', n FROM numbers"
        ),
    ];
    plans::write(db, rows.into(), CUSTOMERS).await.unwrap();
}

/// The steps of the plans that read a large table completely.
async fn scans(db: &Db, statements: &BTreeSet<String>) -> Vec<String> {
    let is_small = |step: &String| SMALL.iter().any(|table| step.starts_with(&format!("SCAN {table}")));
    let is_of_what_is_due = |step: &String| PARTIAL.iter().any(|index| step.contains(index));
    let mut steps = plans::scans(db, statements).await.unwrap();
    // The rows of an insertion are no table.
    let is_of_values = |step: &String| step.contains("VALUES CLAUSE");
    steps.retain(|step| !is_small(step) && !is_of_what_is_due(step) && !is_of_values(step));
    steps
}

#[tokio::test]
async fn what_is_asked_all_the_time_is_found_by_keys_in_a_store_that_grew_large() {
    let heard = Heard::listen();
    let world = World::on_sqlite().await;
    let store = world.open();
    let ana = store.sign_up("ana").await;
    work(&store, &ana).await;
    pay_and_refund(&world).await;
    // The sandbox has its tables in a database of its own.
    // Rent has refunds too, but with other columns.
    let of_refunds = [
        "INSERT INTO refunds (refund_id, order_id, amount_minor",
        "FROM refunds WHERE refund_id = $1",
    ];
    let of_sandbox =
        |statement: &String| statement.contains("charges") || of_refunds.iter().any(|part| statement.contains(part));
    let (sandboxs, statements): (BTreeSet<_>, BTreeSet<_>) = heard.statements().into_iter().partition(of_sandbox);
    assert!(
        sandboxs.len() > 4,
        "{} statements of the sandbox were heard",
        sandboxs.len()
    );
    assert!(statements.len() > 40, "{} statements were heard", statements.len());

    // As an earlier version left it when it was closed first: with statistics of tables with a row or two.
    let mut tx = world.db.begin_write().await.unwrap();
    store::execute!(tx, "ANALYZE").unwrap();
    tx.commit().await.unwrap();
    grow(&world.db).await;
    let next_day = plans::opened_again(&world.db).await.unwrap();
    assert_eq!(scans(&next_day, &statements).await, Vec::<String>::new());

    let charges = "WITH RECURSIVE numbers (n) AS (SELECT 100 UNION ALL SELECT n + 1 FROM numbers WHERE n < $1) \
                   INSERT INTO charges (order_id, number, state, amount_minor, currency_code, created_at_us) \
                   SELECT CAST(printf('%016d', n) AS BLOB), n, 'charged', 1, 'BRL', n FROM numbers";
    plans::write(&world.sandbox, vec![charges.to_owned()], CUSTOMERS)
        .await
        .unwrap();
    let next_day = plans::opened_again(&world.sandbox).await.unwrap();
    let mut steps = scans(&next_day, &sandboxs).await;
    // SQLite plans to look for refunds of a charge that was missing before, and there are none: refunds refer to charges.
    steps.retain(|step| !step.starts_with("SCAN refunds: INSERT INTO charges"));
    assert_eq!(steps, Vec::<String>::new());

    // Also a store that was small when it was opened and has grown since.
    let small = World::on_sqlite().await;
    work(&small.open(), &small.open().sign_up("ana").await).await;
    let morning = plans::opened_again(&small.db).await.unwrap();
    morning.refresh_statistics().await.unwrap();
    grow(&small.db).await;
    assert_eq!(scans(&morning, &statements).await, Vec::<String>::new());
}
