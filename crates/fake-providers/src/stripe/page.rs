//! The page on which a customer pays: approve, decline, or prove who they are first (3-D Secure); and what follows from it.

use axum::Router;
use axum::extract::{Path, State as Extract};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use bytes::Bytes;
use serde_json::{Value, json};

use super::api::form_fields;
use super::{Outcome, Shared, State};

pub(super) fn routes(shared: &Shared) -> Router {
    Router::new()
        .route("/pay/{session}", get(show).post(press))
        .route("/pay/{session}/challenge", post(challenge))
        .with_state(shared.clone())
}

/// The button of a form that was pressed.
fn pressed(body: &[u8]) -> String {
    form_fields(body).remove("button").unwrap_or_default()
}

async fn show(Extract(shared): Extract<Shared>, Path(session): Path<String>) -> Response {
    let state = shared.lock();
    let found = state.objects.find(&session).cloned();
    let Some(found) = found.filter(|session| session["status"] == "open") else {
        return Html("<title>Checkout</title><h1>This page has expired or was paid</h1>").into_response();
    };
    let name = escape(found["_name"].as_str().unwrap_or_default());
    let method = found["payment_method_types"][0].as_str().unwrap_or_default();
    let buttons = if method == "pix" {
        [("approve", "Pay"), ("delay", "Pay later today")].as_slice()
    } else {
        [
            ("approve", "Pay"),
            ("decline", "Pay with a card that is declined"),
            ("secure", "Pay with 3-D Secure"),
        ]
        .as_slice()
    };
    let buttons = buttons
        .iter()
        .map(|(name, label)| format!(r#"<button name="button" value="{name}">{label}</button>"#));
    Html(format!(
        r#"<!doctype html><html lang="en"><title>Checkout</title><h1>{name}</h1>
<p>{} {}</p><form method="post">{}</form><p><a href="{}">Back</a></p>"#,
        found["amount_total"],
        escape(found["currency"].as_str().unwrap_or_default()),
        buttons.collect::<String>(),
        escape(found["cancel_url"].as_str().unwrap_or_default()),
    ))
    .into_response()
}

async fn press(Extract(shared): Extract<Shared>, Path(session): Path<String>, body: Bytes) -> Response {
    let outcome = match pressed(&body).as_str() {
        "approve" => Outcome::Approved,
        "delay" => Outcome::Delayed,
        "decline" => Outcome::Declined,
        _ => {
            let page = r#"<title>Your bank</title><h1>Is it you?</h1>
<form method="post" action="CHALLENGE"><button name="button" value="confirm">Yes</button>
<button name="button" value="abandon">No</button></form>"#;
            return Html(page.replace("CHALLENGE", &format!("/pay/{session}/challenge"))).into_response();
        }
    };
    answer(&shared, &session, outcome)
}

async fn challenge(Extract(shared): Extract<Shared>, Path(session): Path<String>, body: Bytes) -> Response {
    let is_confirmed = pressed(&body) == "confirm";
    let outcome = if is_confirmed {
        Outcome::Approved
    } else {
        Outcome::Declined
    };
    answer(&shared, &session, outcome)
}

/// Sends the customer back to the shop, or lets them try again.
fn answer(shared: &Shared, session: &str, outcome: Outcome) -> Response {
    let is_done = decide(&mut shared.lock(), session, outcome);
    shared.send_events();
    let back = shared
        .lock()
        .objects
        .find(session)
        .map(|found| found["success_url"].clone());
    match (outcome, back.as_ref().and_then(Value::as_str)) {
        (Outcome::Approved | Outcome::Delayed, Some(back)) if is_done => Redirect::to(back).into_response(),
        (Outcome::Declined, _) if is_done => {
            let page = r#"<title>Checkout</title><h1>Your card was declined</h1><p><a href="PAGE">Try again</a></p>"#;
            Html(page.replace("PAGE", &format!("/pay/{session}"))).into_response()
        }
        _ => Html("<title>Checkout</title><h1>This page has expired or was paid</h1>").into_response(),
    }
}

/// What the customer did; false if the session is not open.
pub(super) fn decide(state: &mut State, session: &str, outcome: Outcome) -> bool {
    let now_s = state.objects.now_s;
    let Some(open) = state
        .objects
        .find(session)
        .filter(|found| found["status"] == "open")
        .cloned()
    else {
        return false;
    };
    if outcome == Outcome::Declined {
        let failed = state.objects.begin_payment(&open, "requires_payment_method");
        state.events.arise(now_s, "payment_intent.payment_failed", &failed);
        return true;
    }
    let intent = state.objects.begin_payment(&open, "processing");
    let id = intent["id"].as_str().unwrap().to_owned();
    let found = state.objects.find_mut(session).unwrap();
    found["status"] = json!("complete");
    found["url"] = Value::Null;
    found["payment_intent"] = json!(id);
    if outcome == Outcome::Approved {
        take(state, session, &id, "checkout.session.completed");
    } else {
        let found = state.objects.find(session).unwrap().clone();
        state.events.arise(now_s, "checkout.session.completed", &found);
    }
    true
}

/// The money of a delayed payment comes, or does not.
pub(super) fn settle(state: &mut State, session: &str, is_paid: bool) {
    let now_s = state.objects.now_s;
    let intent = state.objects.find(session).unwrap()["payment_intent"]
        .as_str()
        .unwrap()
        .to_owned();
    if is_paid {
        take(state, session, &intent, "checkout.session.async_payment_succeeded");
        return;
    }
    state.objects.find_mut(&intent).unwrap()["status"] = json!("requires_payment_method");
    let found = state.objects.find(session).unwrap().clone();
    state
        .events
        .arise(now_s, "checkout.session.async_payment_failed", &found);
}

fn take(state: &mut State, session: &str, intent: &str, told: &str) {
    let now_s = state.objects.now_s;
    let charge = state.objects.charge(intent);
    let found = state.objects.find_mut(session).unwrap();
    found["payment_status"] = json!("paid");
    let session = found.clone();
    let intent = state.objects.find(intent).unwrap().clone();
    for (kind, object) in [
        ("charge.succeeded", charge),
        ("payment_intent.succeeded", intent),
        (told, session),
    ] {
        state.events.arise(now_s, kind, &object);
    }
}

impl State {
    /// A customer's bank takes the money of a payment back.
    pub(super) fn dispute(&mut self, session: &str) -> String {
        let objects = &mut self.objects;
        let intent = objects.find(session).unwrap()["payment_intent"].clone();
        let charge = objects
            .list("charge")
            .find(|charge| charge["payment_intent"] == intent)
            .unwrap()
            .clone();
        let dispute = objects.push(json!({
            "id": objects.id("dp"), "object": "dispute", "created": objects.now_s, "status": "needs_response",
            "amount": charge["amount"], "currency": charge["currency"], "charge": charge["id"], "payment_intent": intent,
            "reason": "fraudulent", "metadata": {},
        }));
        let amount = dispute["amount"].as_i64().unwrap();
        objects.book("adjustment", -amount, 1_500, &dispute);
        let id = dispute["id"].as_str().unwrap().to_owned();
        self.events
            .arise(self.objects.now_s, "charge.dispute.created", &dispute);
        id
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}
