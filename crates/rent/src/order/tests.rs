//! The rules of orders, one sentence each.

use payments::DeclineReason;
use proptest::prelude::*;

use super::refund_order::RefundRefusal;
use super::*;
use crate::world::{customer_id, entitlement_id, item, offer, offer_id, order_id, price};

fn request() -> OrderRequest {
    OrderRequest {
        customer: customer_id(1),
        key: IdempotencyKey::parse("key").unwrap(),
        items: vec![item()],
        method: PaymentMethod::Card,
        token: PaymentToken::parse("tok_visa").unwrap(),
    }
}

fn order() -> Order {
    let line = offer().line(&item()).unwrap();
    Order::new(order_id(1), &request(), "sandbox", vec![line], 0, 1).unwrap()
}

#[test]
fn an_approved_charge_is_paid_and_fulfilled_at_once() {
    let mut order = order();
    let moves = order.conclude(&PaymentState::Succeeded, true).unwrap();
    let names: Vec<_> = moves
        .iter()
        .map(|step| (step.from().name(), step.to().name()))
        .collect();
    assert_eq!(names, [("pending", "paid"), ("paid", "fulfilled")]);
}

#[test]
fn money_without_a_place_for_an_entitlement_is_given_back() {
    let mut order = order();
    order.conclude(&PaymentState::Succeeded, false).unwrap();
    assert_eq!(order.state, OrderState::Paid);
    assert!(order.state.is_open());
    assert_eq!(order.left_to_refund(), price());
    order.move_to(OrderState::Refunded).unwrap();
}

#[test]
fn a_decline_ends_the_order_with_its_reason() {
    let mut order = order();
    order
        .conclude(&PaymentState::Declined(DeclineReason::InsufficientFunds), true)
        .unwrap();
    assert_eq!(order.state, OrderState::Declined);
    assert_eq!(order.payment.decline_reason(), Some(DeclineReason::InsufficientFunds));
}

#[test]
fn an_undecided_charge_moves_nothing() {
    assert_eq!(order().conclude(&PaymentState::Pending, true).unwrap(), []);
}

#[test]
fn an_order_has_each_title_once_whatever_its_offers() {
    let line = |number| {
        let offer = crate::order::offer::Offer {
            id: offer_id(number),
            ..offer()
        };
        offer.line(&item()).unwrap()
    };
    assert!(Order::new(order_id(1), &request(), "sandbox", vec![line(1), line(2)], 0, 1).is_err());
}

#[test]
fn an_order_may_rent_or_buy_a_title_together_with_other_titles() {
    let line = |number, holding| {
        let offer = crate::order::offer::Offer {
            title: crate::world::title_id(number),
            holding,
            ..offer()
        };
        offer.line(&item()).unwrap()
    };
    let both = [line(1, Holding::Purchase), line(1, crate::world::rental())];
    let others = [line(1, Holding::Purchase), line(2, Holding::Purchase)];
    for lines in [both, others] {
        assert!(Order::new(order_id(1), &request(), "sandbox", lines.into(), 0, 1).is_ok());
    }
}

#[test]
fn an_order_lapses_some_time_after_it_was_placed() {
    let line = offer().line(&item()).unwrap();
    let order = Order::new(order_id(1), &request(), "sandbox", vec![line], 5, 7).unwrap();
    assert_eq!((order.created_at_us, order.lapses_at_us), (5, 12));
    assert_eq!(order.answered_at_us(), 5, "nothing was given yet");
}

#[test]
fn a_code_is_to_be_paid_while_the_order_is_pending() {
    let code = NextAction::ShowCode {
        code: "000201".to_owned(),
        expires_at_us: 9,
    };
    let mut order = order();
    order.payment.state = PaymentState::NeedsAction(code.clone());
    assert_eq!(order.action_to_take(), Some(&code));
    order.conclude(&PaymentState::Succeeded, true).unwrap();
    assert_eq!(order.action_to_take(), None);
}

#[test]
fn an_order_has_one_to_ten_lines_each_once() {
    let items = |numbers: std::ops::Range<u8>| {
        let items = numbers
            .map(|number| OrderItem {
                offer: offer_id(number),
                price: price(),
            })
            .collect();
        OrderRequest { items, ..request() }
    };
    assert!(items(0..0).check(10).is_err());
    assert!(items(0..10).check(10).is_ok());
    assert!(items(0..11).check(10).is_err());
    let twice = OrderRequest {
        items: vec![item(), item()],
        ..request()
    };
    assert!(twice.check(10).is_err());
}

#[test]
fn a_key_is_1_to_255_visible_characters() {
    assert!(IdempotencyKey::parse(&"k".repeat(255)).is_ok());
    for bad in ["", "a b", "ção", "tab\t", &"k".repeat(256)] {
        assert!(IdempotencyKey::parse(bad).is_err(), "{bad:?}");
    }
}

#[test]
fn the_fingerprint_tells_apart_all_that_the_customer_asked_for() {
    let base = request();
    assert_eq!(base.fingerprint(), request().fingerprint());
    let other_price = Money::parse(1491, "BRL").unwrap();
    let others = [
        OrderRequest {
            method: PaymentMethod::Pix,
            ..request()
        },
        OrderRequest {
            token: PaymentToken::parse("tok_declined").unwrap(),
            ..request()
        },
        OrderRequest {
            items: vec![OrderItem {
                offer: offer_id(2),
                ..item()
            }],
            ..request()
        },
        OrderRequest {
            items: vec![OrderItem {
                price: other_price,
                ..item()
            }],
            ..request()
        },
        OrderRequest {
            items: vec![
                item(),
                OrderItem {
                    offer: offer_id(2),
                    ..item()
                },
            ],
            ..request()
        },
    ];
    for other in others {
        assert_ne!(other.fingerprint(), base.fingerprint(), "{other:?}");
    }
}

#[test]
fn an_answer_does_not_change_when_the_film_is_played() {
    let mut order = order();
    order.conclude(&PaymentState::Succeeded, true).unwrap();
    let mut played = order.grant(&order.lines[0], entitlement_id(1), 7);
    order.entitlements = vec![played.clone()];
    let answered = order.clone().into_answered();
    played.show_picture(9);
    played.position_seconds = 60;
    played.ended_at_us = Some(10);
    order.entitlements = vec![played];
    order.refunds = vec![refund(1490)];
    order.move_to(OrderState::Refunded).unwrap();
    let repeated = order.into_answered();
    assert_eq!(repeated.entitlements, answered.entitlements);
    assert_eq!((repeated.state, repeated.refunds.len()), (OrderState::Fulfilled, 0));
    assert_eq!(answered.answered_at_us(), 7);
}

fn any_charge() -> impl Strategy<Value = (PaymentState, bool)> {
    let state = prop_oneof![
        Just(PaymentState::Pending),
        Just(PaymentState::Succeeded),
        Just(PaymentState::Declined(DeclineReason::Declined)),
        Just(PaymentState::Cancelled),
    ];
    (state, any::<bool>())
}

proptest! {
    /// Whatever answers a provider gives, in any order: the moves follow each other, each is in the table, and an order
    /// that has ended changes only by money that comes all the same.
    #[test]
    fn an_order_moves_only_as_the_table_says(charges in prop::collection::vec(any_charge(), 1..12)) {
        let mut order = order();
        for (charge, has_place) in charges {
            let before = order.state;
            let moves = order.conclude(&charge, has_place).unwrap();
            let mut at = before;
            for step in &moves {
                prop_assert_eq!(step.from(), at);
                prop_assert!(OrderState::MOVES.contains(&(step.from(), step.to())));
                at = step.to();
            }
            prop_assert_eq!(order.state, at);
            // Only money that comes after the end moves an order that has ended: it goes back.
            let is_late = matches!(before, OrderState::Declined | OrderState::Cancelled)
                && charge == PaymentState::Succeeded;
            if is_late {
                prop_assert_eq!(at, OrderState::Paid);
            } else if !before.is_open() {
                prop_assert!(moves.is_empty());
            }
        }
    }
}

#[test]
fn a_state_is_read_by_the_name_that_it_was_stored_with() {
    for state in OrderState::ALL {
        assert_eq!(OrderState::from_name(state.name()), Some(state));
    }
    assert_eq!(OrderState::from_name("charged"), None);
}

#[test]
fn an_order_is_open_until_it_is_decided() {
    let open = OrderState::ALL.into_iter().filter(|state| state.is_open());
    assert_eq!(open.collect::<Vec<_>>(), [OrderState::Pending, OrderState::Paid]);
}

#[test]
fn a_pending_order_follows_what_the_provider_did_to_its_charge() {
    let mut order = order();
    let steps = order.conclude(&PaymentState::Cancelled, true).unwrap();
    let names: Vec<_> = steps
        .iter()
        .map(|step| (step.from().name(), step.to().name()))
        .collect();
    assert_eq!(names, [("pending", "cancelled")]);
    assert_eq!(order.payment.state, PaymentState::Cancelled);
}

fn refund(minor: i64) -> Refund {
    Refund {
        id: crate::id::RefundId::new(uuid::Uuid::from_u128(1)),
        amount: Money::parse(minor, "BRL").unwrap(),
        reason: crate::payment::refund::RefundReason::Requested,
        decided_by: crate::payment::refund::DecidedBy::Staff,
        ends_access: false,
        state: RefundState::Succeeded,
        decided_at_us: 7,
    }
}

#[test]
fn three_thirds_of_a_payment_leave_nothing() {
    let mut order = order();
    for (part, left) in [(496, 994), (497, 497), (497, 0)] {
        order.refunds.push(refund(part));
        assert_eq!(order.left_to_refund().minor(), left);
    }
}

fn fulfilled(holding: Holding) -> Order {
    let mut order = order();
    order.lines[0].holding = holding;
    order.conclude(&PaymentState::Succeeded, true).unwrap();
    order.entitlements = vec![order.grant(&order.lines[0], entitlement_id(1), 0)];
    order
}

#[test]
fn a_customer_may_withdraw_from_what_was_never_played() {
    const HOUR_US: i64 = 3_600_000_000;
    let limits = crate::limits::Limits::default();
    let until = |order: &Order| order.withdraw_until_us(&limits);
    assert_eq!(until(&order()), Err(RefundRefusal::NotPaid));
    assert_eq!(until(&fulfilled(crate::world::rental())), Ok(48 * HOUR_US));
    assert_eq!(until(&fulfilled(Holding::Purchase)), Ok(7 * 24 * HOUR_US));
    let mut played = fulfilled(Holding::Purchase);
    played.entitlements[0].show_picture(5);
    assert_eq!(until(&played), Err(RefundRefusal::Played));
    let mut refunded = fulfilled(Holding::Purchase);
    refunded.refunds.push(refund(1));
    assert!(until(&refunded).is_ok(), "a part was given back and the film kept");
    refunded.refunds.push(refund(1489));
    assert_eq!(until(&refunded), Err(RefundRefusal::Refunded));
    let mut ended = fulfilled(Holding::Purchase);
    ended.refunds.push(refund(1));
    ended.entitlements[0].ended_at_us = Some(7);
    assert_eq!(until(&ended), Err(RefundRefusal::Refunded));
}

#[test]
fn the_shortest_time_to_withdraw_counts_for_an_order_of_several_films() {
    let mut order = fulfilled(Holding::Purchase);
    let rented = fulfilled(crate::world::rental()).entitlements.remove(0);
    order.entitlements.push(rented);
    let until_us = order.withdraw_until_us(&crate::limits::Limits::default());
    assert_eq!(until_us, Ok(48 * 3_600_000_000));
}

#[test]
fn an_idempotency_key_is_the_one_that_was_sent() {
    assert_eq!(IdempotencyKey::parse("a-key_1").unwrap().as_str(), "a-key_1");
}
