//! The ledger: what orders, refunds and their providers book, and that it is never changed.

use api::rent::{
    OrderState, PaySandboxOrderRequest, PaymentMethod, PlaceOrderRequest, RefundOrderRequest, RefundReason,
};
use rpc::Call;
use store::testing::TestDb;
use store::{Db, fetch_all};
use uuid::Uuid;

use crate::catalogue::{BUY_MINOR, RENT_MINOR};
use crate::provider::Line;
use crate::world::{Shopper, Store, World, item, order, order_on, stories};

stories!(
    a_sale_books_what_the_provider_holds_and_what_was_earned,
    an_order_that_was_not_paid_books_nothing,
    refunds_by_thirds_take_back_each_part_of_the_sale,
    a_refund_is_owed_until_the_provider_has_returned_it,
    a_refund_that_the_provider_refuses_stays_owed,
    an_order_that_gives_nothing_books_its_sale_and_its_refund,
    a_refund_that_is_confirmed_again_is_booked_once,
    amounts_without_cents_with_three_digits_and_at_the_limit_are_exact,
    what_is_booked_is_not_changed_or_deleted,
);

/// The sums of all entries by account, without those that are zero.
pub(crate) async fn balances(world: &World) -> Vec<(String, i64)> {
    const SUMS: &str = "SELECT account, CAST(SUM(amount_minor) AS BIGINT) FROM ledger_entries GROUP BY account \
                        HAVING SUM(amount_minor) <> 0 ORDER BY account";
    fetch_all!(&*world.db, (String, i64), SUMS).unwrap()
}

/// How many transactions of each kind there are.
async fn booked(db: &Db) -> Vec<(String, i64)> {
    const KINDS: &str = "SELECT kind, COUNT(*) FROM ledger_transactions GROUP BY kind ORDER BY kind";
    fetch_all!(db, (String, i64), KINDS).unwrap()
}

fn named(sums: &[(&str, i64)]) -> Vec<(String, i64)> {
    sums.iter().map(|(name, sum)| ((*name).to_owned(), *sum)).collect()
}

pub(crate) fn part(order_id: &str, key: &str, amount: Option<api::Money>) -> RefundOrderRequest {
    RefundOrderRequest {
        order_id: order_id.to_owned(),
        idempotency_key: key.to_owned(),
        amount,
        reason: RefundReason::Requested.into(),
        keep_access: true,
    }
}

pub(crate) async fn refund(store: &Store, request: RefundOrderRequest) {
    store.rent.refund_order(Call::by_service(request)).await.unwrap();
}

fn money(minor: i64, code: &str) -> api::Money {
    api::Money {
        amount_minor: minor,
        currency_code: code.to_owned(),
    }
}

/// An order of a rental and a purchase.
pub(crate) fn of_both(key: &str) -> PlaceOrderRequest {
    PlaceOrderRequest {
        items: vec![item("rent-1"), item("buy-2")],
        ..order(key, "rent-1")
    }
}

async fn a_sale_books_what_the_provider_holds_and_what_was_earned(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    store.place(&ana, of_both("k1")).await.unwrap();
    // The same call again is the same sale.
    store.place(&ana, of_both("k1")).await.unwrap();
    let sums = [
        ("provider:sandbox:BRL", RENT_MINOR + BUY_MINOR),
        ("revenue:buy", -BUY_MINOR),
        ("revenue:rent", -RENT_MINOR),
    ];
    assert_eq!(balances(&world).await, named(&sums));
    assert_eq!(booked(&world.db).await, named(&[("sale", 1)]));
}

async fn an_order_that_was_not_paid_books_nothing(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    let declined = order_on("k1", "rent-1", "tok_declined");
    assert_eq!(store.place(&ana, declined).await.unwrap().state(), OrderState::Declined);
    world.provider.set(Line::NoCharges);
    store.place(&ana, order("k2", "rent-2")).await.unwrap();
    world.provider.set(Line::Good);
    world.orders_lapse();
    store.reconcile().await;
    assert_eq!(booked(&world.db).await, []);
}

async fn refunds_by_thirds_take_back_each_part_of_the_sale(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    let paid = store.place(&ana, of_both("k1")).await.unwrap();
    let third = (RENT_MINOR + BUY_MINOR) / 3;
    refund(&store, part(&paid.order_id, "s1", Some(money(third, "BRL")))).await;
    // A third of the payment is 1826: of the rental's 1490 that is 496.49, of the purchase's 3990 it is 1329.51.
    let sums = [
        ("provider:sandbox:BRL", RENT_MINOR + BUY_MINOR),
        ("refund_clearing", -third),
        ("revenue:buy", -BUY_MINOR + 1330),
        ("revenue:rent", -RENT_MINOR + 496),
    ];
    assert_eq!(balances(&world).await, named(&sums));
    refund(&store, part(&paid.order_id, "s2", Some(money(third, "BRL")))).await;
    refund(&store, part(&paid.order_id, "s2", Some(money(third, "BRL")))).await;
    refund(&store, part(&paid.order_id, "s3", None)).await;
    store.reconcile().await;
    assert_eq!(balances(&world).await, []);
    let kinds = [("refund", 3), ("refund_paid", 3), ("sale", 1)];
    assert_eq!(booked(&world.db).await, named(&kinds));
}

async fn a_refund_is_owed_until_the_provider_has_returned_it(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    let paid = store.place(&ana, order("k1", "rent-1")).await.unwrap();
    world.provider.set(Line::Dead);
    refund(&store, part(&paid.order_id, "s1", None)).await;
    store.reconcile().await;
    let owed = [("provider:sandbox:BRL", RENT_MINOR), ("refund_clearing", -RENT_MINOR)];
    assert_eq!(balances(&world).await, named(&owed));
    world.provider.set(Line::Good);
    world.hours_pass(1);
    store.reconcile().await;
    assert_eq!(balances(&world).await, []);
}

/// The operator has returned the money by another way, so that the provider has none left.
async fn a_refund_that_the_provider_refuses_stays_owed(world: World) {
    use payments::{Money, PaymentProvider as _, PaymentRef, RefundRequest};
    let store = world.open();
    let ana = store.sign_up("ana").await;
    let paid = store.place(&ana, order("k1", "rent-1")).await.unwrap();
    let elsewhere = RefundRequest {
        id: Uuid::from_u128(1),
        amount: Money::parse(RENT_MINOR, "BRL").unwrap(),
    };
    let payment = PaymentRef::new(paid.order_id.parse().unwrap());
    world.provider.sandbox.refund(&payment, &elsewhere).await.unwrap();
    refund(&store, part(&paid.order_id, "s1", None)).await;
    store.reconcile().await;
    let owed = [("provider:sandbox:BRL", RENT_MINOR), ("refund_clearing", -RENT_MINOR)];
    assert_eq!(balances(&world).await, named(&owed));
}

/// Pays for a film by Pix that was bought meanwhile.
pub(crate) async fn pay_for_what_is_held(store: &Store, ana: &Shopper) {
    let mut pix = order("k1", "rent-1");
    let payment = pix.payment.as_mut().unwrap();
    (payment.method, payment.token) = (PaymentMethod::Pix.into(), String::new());
    let waiting = store.place(ana, pix).await.unwrap();
    store.place(ana, order("k2", "buy-1")).await.unwrap();
    let order_id = waiting.order_id;
    let call = store.by(ana, PaySandboxOrderRequest { order_id }).await;
    let paid = store.rent.pay_sandbox_order(call).await.unwrap();
    assert_eq!(paid.state(), OrderState::Refunded);
}

async fn an_order_that_gives_nothing_books_its_sale_and_its_refund(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    pay_for_what_is_held(&store, &ana).await;
    let sums = [
        ("provider:sandbox:BRL", RENT_MINOR + BUY_MINOR),
        ("refund_clearing", -RENT_MINOR),
        ("revenue:buy", -BUY_MINOR),
    ];
    assert_eq!(balances(&world).await, named(&sums));
    store.reconcile().await;
    let sums = [("provider:sandbox:BRL", BUY_MINOR), ("revenue:buy", -BUY_MINOR)];
    assert_eq!(balances(&world).await, named(&sums));
}

async fn a_refund_that_is_confirmed_again_is_booked_once(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    let paid = store.place(&ana, order("k1", "rent-1")).await.unwrap();
    refund(&store, part(&paid.order_id, "s1", None)).await;
    // Two processes return it at once, because the lease of the first ran out: both hear that it has succeeded.
    let (one, two) = (world.open(), world.open());
    futures::join!(one.reconcile(), two.reconcile());
    world.leases_end();
    store.reconcile().await;
    assert_eq!(balances(&world).await, []);
    let kinds = [("refund", 1), ("refund_paid", 1), ("sale", 1)];
    assert_eq!(booked(&world.db).await, named(&kinds));
}

async fn amounts_without_cents_with_three_digits_and_at_the_limit_are_exact(world: World) {
    const MOST: i64 = 1_000_000_000_000;
    let store = world.open();
    let ana = store.sign_up("ana").await;
    for (number, (minor, code)) in [(1490, "JPY"), (1499, "KWD"), (MOST, "USD")].into_iter().enumerate() {
        let offer = format!("buy-{number}");
        world.films.change(&offer, |one| one.price = Some(money(minor, code)));
        let mut request = order(&format!("k{number}"), &offer);
        request.items[0].price = Some(money(minor, code));
        let paid = store.place(&ana, request).await.unwrap();
        assert_eq!(paid.state(), OrderState::Fulfilled, "{code}");
        for key in ["s1", "s2"] {
            refund(&store, part(&paid.order_id, key, Some(money(minor / 3, code)))).await;
        }
        store.reconcile().await;
        let left = minor - 2 * (minor / 3);
        let sums = [
            (format!("provider:sandbox:{code}"), left),
            ("revenue:buy".to_owned(), -left),
        ];
        assert_eq!(balances(&world).await, sums);
        refund(&store, part(&paid.order_id, "s3", None)).await;
        store.reconcile().await;
        assert_eq!(balances(&world).await, []);
    }
}

async fn what_is_booked_is_not_changed_or_deleted(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    store.place(&ana, order("k1", "rent-1")).await.unwrap();
    for statement in [
        "UPDATE ledger_transactions SET booked_at_us = 0",
        "UPDATE ledger_entries SET amount_minor = 1",
        "DELETE FROM ledger_entries",
        "DELETE FROM ledger_transactions",
    ] {
        let done: Result<u64, store::Error> = store::write_tx!(world.db, |tx| { store::execute!(tx, statement) });
        let error = store::causes(&done.unwrap_err());
        assert!(error.contains("booked in the ledger"), "{statement}: {error}");
    }
    let sums = [("provider:sandbox:BRL", RENT_MINOR), ("revenue:rent", -RENT_MINOR)];
    assert_eq!(balances(&world).await, named(&sums));
}

/// Orders as the version before the ledger wrote them: the customer, and for each order its number, its state, its rentals
/// and purchases, and its refunds with their states.
type Earlier<'a> = (u128, &'a str, i64, i64, &'a [(i64, &'a str)]);

const EARLIER: [Earlier<'_>; 5] = [
    (2, "fulfilled", 1490, 3990, &[]),
    (3, "fulfilled", 1000, 1000, &[(333, "succeeded"), (333, "failed")]),
    (
        4,
        "refunded",
        999_999_999_998,
        1,
        &[
            (333_333_333_333, "succeeded"),
            (333_333_333_333, "succeeded"),
            (333_333_333_333, "pending"),
        ],
    ),
    (5, "declined", 500, 0, &[]),
    (6, "fulfilled", 0, 0, &[]),
];

async fn write_earlier_orders(db: &Db) -> Result<(), store::Error> {
    const CUSTOMER: &str = "INSERT INTO customers (customer_id, email, email_folded, email_verified, name, language, staff, \
         password_hash, created_at_us) VALUES ($1, 'a@b', 'a@b', FALSE, 'ana', 'en', FALSE, '', 0)";
    const ORDER: &str = "INSERT INTO orders (customer_id, order_id, idempotency_key, fingerprint, state, currency_code, \
         subtotal_minor, discount_minor, tax_minor, total_minor, created_at_us, lapses_at_us, answered, revision) \
         VALUES ($1, $2, $3, $4, $5, 'BRL', $6, 0, 0, $6, $7, 2, FALSE, 1)";
    const LINE: &str = "INSERT INTO order_lines (customer_id, order_id, line_number, offer_id, title_id, title_name, \
         runtime_minutes, kind, price_minor, start_window_hours, viewing_window_hours) \
         VALUES ($1, $2, $3, $4, $4, '', 1, $4, $5, 1, 1)";
    const PAYMENT: &str = "INSERT INTO payments (customer_id, payment_id, order_id, provider, method, state, \
         amount_minor, currency_code, created_at_us, decline_reason) \
         VALUES ($1, $2, $2, 'sandbox', 'card', $3, $4, 'BRL', $5, 'declined')";
    const REFUND: &str = "INSERT INTO refunds (customer_id, refund_id, order_id, idempotency_key, amount_minor, \
         currency_code, reason, decided_by, ends_access, state, failure, decided_at_us) \
         VALUES ($1, $2, $3, $4, $5, 'BRL', 'requested', 'staff', FALSE, $6, 'why', $7)";
    let customer = Uuid::from_u128(1);
    let mut tx = db.begin_write().await?;
    store::execute!(tx, CUSTOMER, customer)?;
    for (number, state, rental, purchase, refunds) in EARLIER {
        let (id, key) = (Uuid::from_u128(number), number.to_string());
        let total = rental + purchase;
        let at_us = i64::try_from(number).unwrap();
        store::execute!(tx, ORDER, customer, id, &key, [0_u8; 32].to_vec(), state, total, at_us)?;
        for (line, kind, price) in [(1_i32, "rent", rental), (2, "buy", purchase)] {
            store::execute!(tx, LINE, customer, id, line, kind, price)?;
        }
        let paid = if state == "declined" { state } else { "succeeded" };
        store::execute!(tx, PAYMENT, customer, id, paid, total, at_us)?;
        for (index, (minor, state)) in (1_i64..).zip(refunds) {
            let refund = Uuid::from_u128(number * 100 + u128::try_from(index).unwrap());
            store::execute!(
                tx,
                REFUND,
                customer,
                refund,
                id,
                index.to_string(),
                *minor,
                *state,
                at_us + index
            )?;
        }
    }
    tx.commit().await
}

/// What was sold and refunded before there was a ledger is booked when the store is upgraded.
async fn orders_from_before_the_ledger_are_booked(db: TestDb, sandbox: TestDb) {
    const UNBALANCED: &str = "SELECT kind, COUNT(*) FROM (SELECT kind, source_id FROM ledger_entries \
                              GROUP BY kind, source_id, currency_code HAVING SUM(amount_minor) <> 0) AS sums GROUP BY kind";
    write_earlier_orders(&db).await.unwrap();
    db.migrate(&rent::MIGRATIONS).await.unwrap();
    let world = World::on(db, sandbox);
    let kinds = [("refund", 5), ("refund_paid", 3), ("sale", 4)];
    assert_eq!(booked(&world.db).await, named(&kinds));
    assert_eq!(fetch_all!(&*world.db, (String, i64), UNBALANCED).unwrap(), []);
    let third = 333_333_333_333;
    let sums = [
        ("provider:sandbox:BRL", 5480 + 2000 - 333 + third),
        ("refund_clearing", -333 - third),
        ("revenue:buy", -3990 - 1000 + 333),
        ("revenue:rent", -1490 - 1000 + 333),
    ];
    assert_eq!(balances(&world).await, named(&sums));
}

mod orders_from_before_the_ledger_are_booked {
    use payments::sandbox;
    use store::testing::migrations_before;

    const LEDGER: i64 = 14;

    #[tokio::test]
    async fn sqlite() {
        let db = store::testing::sqlite(&migrations_before(LEDGER, &rent::MIGRATIONS)).await;
        let sandbox = store::testing::sqlite(&sandbox::MIGRATIONS).await;
        super::orders_from_before_the_ledger_are_booked(db, sandbox).await;
    }

    #[tokio::test]
    async fn postgres() {
        if let Some(db) = store::testing::postgres(&migrations_before(LEDGER, &rent::MIGRATIONS)).await {
            let sandbox = store::testing::postgres(&sandbox::MIGRATIONS).await.unwrap();
            super::orders_from_before_the_ledger_are_booked(db, sandbox).await;
        }
    }
}
