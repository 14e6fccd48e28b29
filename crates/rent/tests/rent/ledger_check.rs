//! The check of the ledger: it finds nothing in books that are right, and every difference in those that are not.

use api::rent::{CheckLedgerRequest, LedgerDifference, LedgerProof, LedgerSummary};
use futures::TryStreamExt;
use payments::{Checkout, Money, PaymentMethod, PaymentProvider as _, PaymentRef, PaymentRequest, PaymentToken};
use rpc::{Call, Code};
use store::Clock as _;
use uuid::Uuid;

use crate::catalogue::{BUY_MINOR, RENT_MINOR};
use crate::ledger::{of_both, part, pay_for_what_is_held, refund};
use crate::provider::Line;
use crate::world::{Store, World, order, order_on, stories};

stories!(
    books_that_are_right_have_no_difference,
    a_difference_is_found_for_a_missing_entry,
    a_difference_is_found_for_a_missing_transaction,
    a_difference_is_found_for_a_charge_that_the_store_does_not_know,
    a_difference_is_found_for_a_charge_that_the_provider_does_not_know,
    a_difference_is_found_for_an_amount_that_is_another_at_the_provider,
    a_difference_is_found_for_a_bill_that_was_changed,
    a_difference_is_found_for_a_refund_made_outside_the_store,
    a_payment_that_is_not_settled_yet_is_no_difference_for_an_hour,
    a_payment_that_is_booked_days_later_is_no_difference,
    a_check_of_a_span_is_of_what_is_in_it,
    the_check_is_for_staff_and_refuses_a_span_that_is_none,
    a_check_ends_at_a_thousand_differences,
    the_ledger_is_checked_every_night,
);

/// Checks the ledger as the tool does.
pub(crate) async fn check(store: &Store, request: CheckLedgerRequest) -> (Vec<LedgerDifference>, LedgerSummary) {
    let checked = store.rent.check_ledger(Call::by_service(request)).await.unwrap();
    let messages: Vec<_> = checked.try_collect().await.unwrap();
    let summary = messages.last().unwrap().summary.clone().unwrap();
    let differences: Vec<_> = messages.into_iter().flat_map(|one| one.differences).collect();
    assert_eq!(i64::try_from(differences.len()).unwrap(), summary.differences);
    (differences, summary)
}

/// The whole ledger has no difference.
pub(crate) async fn expect_right(store: &Store, context: &str) -> LedgerSummary {
    let (differences, summary) = check(store, CheckLedgerRequest::default()).await;
    assert_eq!(differences, [], "{context}");
    assert_eq!(summary.unchecked_accounts, [""; 0], "{context}");
    summary
}

/// What each difference is between, its account, and its two amounts.
async fn found(store: &Store) -> Vec<(LedgerProof, String, i64, i64)> {
    let (differences, _) = check(store, CheckLedgerRequest::default()).await;
    let told = |one: LedgerDifference| (one.proof(), one.account, one.expected_minor, one.booked_minor);
    differences.into_iter().map(told).collect()
}

fn of(proof: LedgerProof, account: &str, expected: i64, booked: i64) -> (LedgerProof, String, i64, i64) {
    (proof, account.to_owned(), expected, booked)
}

const PROVIDER: &str = "provider:sandbox:BRL";

/// Changes the database as no program of the store does: without what protects the ledger.
async fn tamper(world: &World, statement: &'static str) {
    let triggers: &[&'static str] = match &*world.db {
        store::Db::Sqlite(_) => &[
            "DROP TRIGGER ledger_entries_are_not_changed",
            "DROP TRIGGER ledger_entries_are_not_deleted",
            "DROP TRIGGER ledger_transactions_are_not_deleted",
        ],
        store::Db::Postgres(_) => &[
            "DROP TRIGGER ledger_entries_stay ON ledger_entries",
            "DROP TRIGGER ledger_transactions_stay ON ledger_transactions",
        ],
    };
    for statement in triggers.iter().copied().chain(statement.split("; ")) {
        let done: Result<u64, store::Error> = store::write_tx!(world.db, |tx| { store::execute!(tx, statement) });
        done.unwrap();
    }
}

/// A payment that the store did not start.
fn foreign(number: u128, minor: i64) -> PaymentRequest {
    PaymentRequest {
        payment: PaymentRef::new(Uuid::from_u128(number)),
        amount: Money::parse(minor, "BRL").unwrap(),
        method: PaymentMethod::Card,
        token: PaymentToken::parse("tok_visa").unwrap(),
        pay_by_us: i64::MAX,
        checkout: Checkout::default(),
    }
}

async fn books_that_are_right_have_no_difference(world: World) {
    let store = world.open();
    let summary = expect_right(&store, "nothing is booked yet").await;
    assert_eq!((summary.orders, summary.movements), (0, 0));
    let ana = store.sign_up("ana").await;
    pay_for_what_is_held(&store, &ana).await;
    let rui = store.sign_up("rui").await;
    let paid = store.place(&rui, of_both("k1")).await.unwrap();
    let third = api::Money {
        amount_minor: (RENT_MINOR + BUY_MINOR) / 3,
        currency_code: "BRL".to_owned(),
    };
    refund(&store, part(&paid.order_id, "s1", Some(third))).await;
    expect_right(&store, "refunds are decided").await;
    store.reconcile().await;
    let declined = order_on("k2", "rent-3", "tok_declined");
    store.place(&rui, declined).await.unwrap();
    world.hours_pass(24 * 3);
    refund(&store, part(&paid.order_id, "s2", None)).await;
    store.reconcile().await;
    let summary = expect_right(&store, "refunds are returned").await;
    assert_eq!((summary.orders, summary.movements), (4, 6));
}

async fn a_difference_is_found_for_a_missing_entry(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    store.place(&ana, order("k1", "rent-1")).await.unwrap();
    tamper(&world, "DELETE FROM ledger_entries WHERE account = 'revenue:rent'").await;
    let expected = [
        of(LedgerProof::Sum, "", 0, RENT_MINOR),
        of(LedgerProof::Order, "revenue:rent", -RENT_MINOR, 0),
    ];
    assert_eq!(found(&store).await, expected);
}

async fn a_difference_is_found_for_a_missing_transaction(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    store.place(&ana, order("k1", "rent-1")).await.unwrap();
    tamper(&world, "DELETE FROM ledger_entries; DELETE FROM ledger_transactions").await;
    let expected = [
        of(LedgerProof::Order, PROVIDER, RENT_MINOR, 0),
        of(LedgerProof::Order, "revenue:rent", -RENT_MINOR, 0),
        of(LedgerProof::Provider, PROVIDER, RENT_MINOR, 0),
    ];
    assert_eq!(found(&store).await, expected);
}

async fn a_difference_is_found_for_a_charge_that_the_store_does_not_know(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    // It was made before the store had an order.
    world.provider.sandbox.start(&foreign(1, 7)).await.unwrap();
    world.hours_pass(24 * 2);
    store.place(&ana, order("k1", "rent-1")).await.unwrap();
    world.provider.sandbox.start(&foreign(2, 9)).await.unwrap();
    let expected = [7, 9].map(|minor| of(LedgerProof::Provider, PROVIDER, minor, 0));
    assert_eq!(found(&store).await, expected);
}

async fn a_difference_is_found_for_a_charge_that_the_provider_does_not_know(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    let paid = store.place(&ana, order("k1", "rent-1")).await.unwrap();
    let id = Uuid::parse_str(&paid.order_id).unwrap();
    world.provider.forget_movement(id);
    assert_eq!(
        found(&store).await,
        [of(LedgerProof::Provider, PROVIDER, 0, RENT_MINOR)]
    );
}

async fn a_difference_is_found_for_an_amount_that_is_another_at_the_provider(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    store.place(&ana, order("k1", "rent-1")).await.unwrap();
    let changed = "UPDATE ledger_entries SET amount_minor = 1 WHERE account = 'provider:sandbox:BRL'; \
                   UPDATE ledger_entries SET amount_minor = -1 WHERE account = 'revenue:rent'; \
                   UPDATE orders SET total_minor = 1, subtotal_minor = 1; \
                   UPDATE order_lines SET price_minor = 1; UPDATE payments SET amount_minor = 1";
    tamper(&world, changed).await;
    assert_eq!(
        found(&store).await,
        [of(LedgerProof::Provider, PROVIDER, RENT_MINOR, 1)]
    );
}

async fn a_difference_is_found_for_a_bill_that_was_changed(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    let paid = store.place(&ana, of_both("k1")).await.unwrap();
    refund(&store, part(&paid.order_id, "s1", None)).await;
    store.reconcile().await;
    tamper(&world, "UPDATE refunds SET amount_minor = amount_minor - 1").await;
    let whole = RENT_MINOR + BUY_MINOR;
    let expected = [
        of(LedgerProof::Order, "refund_clearing", -(whole - 1), -whole),
        of(LedgerProof::Order, PROVIDER, -(whole - 1), -whole),
        of(LedgerProof::Order, "refund_clearing", whole - 1, whole),
    ];
    assert_eq!(found(&store).await, expected);
}

async fn a_difference_is_found_for_a_refund_made_outside_the_store(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    let paid = store.place(&ana, order("k1", "rent-1")).await.unwrap();
    let outside = payments::RefundRequest {
        id: Uuid::from_u128(5),
        amount: Money::parse(90, "BRL").unwrap(),
    };
    let payment = PaymentRef::new(Uuid::parse_str(&paid.order_id).unwrap());
    world.provider.sandbox.refund(&payment, &outside).await.unwrap();
    assert_eq!(found(&store).await, [of(LedgerProof::Provider, PROVIDER, -90, 0)]);
}

async fn a_payment_that_is_not_settled_yet_is_no_difference_for_an_hour(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    world.provider.set(Line::LateAnswers);
    store.place(&ana, order("k1", "rent-1")).await.unwrap();
    world.provider.set(Line::Good);
    let summary = expect_right(&store, "it waits").await;
    assert_eq!((summary.movements, summary.unsettled_movements), (1, 1));
    world.hours_pass(1);
    assert_eq!(
        found(&store).await,
        [of(LedgerProof::Provider, PROVIDER, RENT_MINOR, 0)]
    );
    store.reconcile().await;
    assert_eq!(expect_right(&store, "it is settled").await.unsettled_movements, 0);
}

async fn a_payment_that_is_booked_days_later_is_no_difference(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    world.provider.set(Line::LateAnswers);
    store.place(&ana, order("k1", "rent-1")).await.unwrap();
    world.provider.set(Line::Good);
    world.hours_pass(24 * 9);
    store.reconcile().await;
    expect_right(&store, "all days").await;
    // The day of the booking alone, and the day of the payment alone.
    let day = |from_us| CheckLedgerRequest {
        from_us,
        until_us: from_us + 24 * 3_600_000_000,
    };
    let now_us = world.clock.now_us();
    assert_eq!(check(&store, day(now_us - 1)).await.0, []);
    let (differences, summary) = check(&store, day(now_us - 9 * 24 * 3_600_000_000 - 1)).await;
    assert_eq!((differences, summary.movements), (vec![], 1));
}

async fn a_check_of_a_span_is_of_what_is_in_it(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    let begins_us = world.clock.now_us();
    store.place(&ana, order("k1", "rent-1")).await.unwrap();
    world.hours_pass(24 * 5);
    let middle_us = world.clock.now_us();
    world.provider.sandbox.start(&foreign(1, 7)).await.unwrap();
    store.place(&ana, order("k2", "rent-2")).await.unwrap();
    let span = |from_us, until_us| CheckLedgerRequest { from_us, until_us };
    let (differences, summary) = check(&store, span(begins_us, middle_us)).await;
    assert_eq!((differences.len(), summary.orders, summary.movements), (0, 1, 1));
    let (differences, summary) = check(&store, span(middle_us, middle_us + 1)).await;
    assert_eq!((differences.len(), summary.orders, summary.movements), (1, 1, 2));
    let (differences, summary) = check(&store, span(middle_us + 1, 0)).await;
    assert_eq!((differences.len(), summary.orders, summary.movements), (0, 0, 0));
}

async fn the_check_is_for_staff_and_refuses_a_span_that_is_none(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    let call = store.by(&ana, CheckLedgerRequest::default()).await;
    let refused = store.rent.check_ledger(call).await.err().unwrap();
    assert_eq!(refused.code, Code::PermissionDenied);
    for (from_us, until_us) in [(2, 1), (1, 1), (-1, 1), (1, i64::MAX)] {
        let call = Call::by_service(CheckLedgerRequest { from_us, until_us });
        let refused = store.rent.check_ledger(call).await.err().unwrap();
        assert_eq!(refused.code, Code::InvalidArgument, "{from_us} {until_us}");
    }
}

async fn a_check_ends_at_a_thousand_differences(world: World) {
    let store = world.open();
    for number in 1..=1_001 {
        world.provider.sandbox.start(&foreign(number, 7)).await.unwrap();
    }
    let (differences, summary) = check(&store, CheckLedgerRequest::default()).await;
    assert_eq!((differences.len(), summary.cut), (1_000, true));
}

async fn the_ledger_is_checked_every_night(world: World) {
    const JOBS: &str = "SELECT run_at_us, is_dead FROM jobs WHERE kind = 'check_ledger'";
    let store = world.open();
    let ana = store.sign_up("ana").await;
    store.place(&ana, order("k1", "rent-1")).await.unwrap();
    let jobs = || async { store::fetch_all!(&*world.db, (i64, bool), JOBS).unwrap() };
    assert_eq!(jobs().await, []);
    // Two processes start, and there is one job.
    for _ in 0..2 {
        let stopped = tokio_util::sync::CancellationToken::new();
        stopped.cancel();
        store.reconciler.run(stopped).await;
    }
    let [(first_us, false)] = jobs().await[..] else {
        panic!("one job waits");
    };
    assert!(first_us > world.clock.now_us());
    for night in 1..=2 {
        world.hours_pass(24);
        store.deliver_mails().await;
        let [(next_us, false)] = jobs().await[..] else {
            panic!("one job waits for the next night");
        };
        assert_eq!(next_us - first_us, night * 24 * 3_600_000_000);
    }
}
