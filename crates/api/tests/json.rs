//! The JSON of messages over the REST carrier.

#![allow(clippy::unwrap_used, reason = "tests")]

use api::rent::next_action::{Action, ShowCode, Wait};
use api::rent::play_event::question::Question as Asked;
use api::rent::play_event::{Ended, Event, Question, StartNotConfirmed};
use api::rent::play_request::{Message, Open, Position};
use api::rent::{DeclineReason, NextAction, Order, PaymentMethod, PlayEvent, PlayRequest};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// Checks that a message is written as this JSON, and read back from it.
fn assert_json<M: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(message: &M, expected: &Value) {
    assert_eq!(serde_json::to_value(message).unwrap(), *expected);
    assert_eq!(serde_json::from_value::<M>(expected.clone()).unwrap(), *message);
}

#[test]
fn the_set_field_of_a_oneof_is_written_like_any_other_field() {
    let said = |message| PlayRequest { message: Some(message) };
    let event = |event| PlayEvent { event: Some(event) };
    let open = Open {
        entitlement_id: "held-1".to_owned(),
        confirm_start: true,
        ..Open::default()
    };
    let start = StartNotConfirmed {
        viewing_window_hours: 48,
    };
    let question = Question {
        question: Some(Asked::StartNotConfirmed(start)),
    };
    let shown = Order {
        payment_method: PaymentMethod::Pix.into(),
        next_action: Some(NextAction {
            action: Some(Action::ShowCode(ShowCode {
                code: "000201".to_owned(),
                expires_at_us: 1,
                sandbox: true,
            })),
        }),
        ..Order::default()
    };
    let waits = Order {
        decline_reason: DeclineReason::InvalidToken.into(),
        next_action: Some(NextAction {
            action: Some(Action::Wait(Wait {})),
        }),
        ..Order::default()
    };
    assert_json(
        &said(Message::Open(open)),
        &json!({"open": {"entitlement_id": "held-1", "confirm_start": true}}),
    );
    assert_json(
        &said(Message::PictureShown(Position { seconds: 3 })),
        &json!({"picture_shown": {"seconds": 3}}),
    );
    assert_json(&said(Message::Beat(Position { seconds: 0 })), &json!({"beat": {}}));
    assert_json(
        &event(Event::Asked(question)),
        &json!({"asked": {"start_not_confirmed": {"viewing_window_hours": 48}}}),
    );
    assert_json(&event(Event::Ended(Ended {})), &json!({"ended": {}}));
    assert_json(
        &shown,
        &json!({
            "payment_method": "PAYMENT_METHOD_PIX",
            "next_action": {"show_code": {"code": "000201", "expires_at_us": 1, "sandbox": true}},
        }),
    );
    assert_json(
        &waits,
        &json!({"decline_reason": "DECLINE_REASON_INVALID_TOKEN", "next_action": {"wait": {}}}),
    );
}

#[test]
fn a_oneof_without_a_known_field_is_unset() {
    assert_json(&PlayRequest { message: None }, &json!({}));
    for text in [r#"{"rewind": {"seconds": 1}}"#, r#"{"beat": null}"#] {
        let message: PlayRequest = serde_json::from_str(text).unwrap();
        assert_eq!(message.message, None, "{text}");
    }
}

#[test]
fn a_oneof_with_a_malformed_field_or_with_two_fields_is_refused() {
    for (text, reason) in [
        (r#"{"beat": {"seconds": "one"}}"#, "invalid type: string \"one\""),
        (r#"{"beat": 1}"#, "invalid type"),
        (
            r#"{"beat": {}, "seek": {}}"#,
            "only one of [\"beat\", \"seek\"] may be set",
        ),
    ] {
        let refusal = serde_json::from_str::<PlayRequest>(text).unwrap_err().to_string();
        assert!(refusal.contains(reason), "{text}: {refusal}");
    }
}
