//! The calls of Stripe's interface, and those by which a test in another process changes how the stand-in behaves.

use std::collections::HashMap;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Path, Query, Request, State as Extract};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};

use super::idempotency::Turn;
use super::objects::Refused;
use super::{RefundMode, Shared, State, Switches, Webhook};

pub(super) type Fields = HashMap<String, String>;

pub(super) fn routes(shared: &Shared) -> Router {
    let api = Router::new()
        .route("/v1/checkout/sessions", get(list_sessions).post(create_session))
        .route("/v1/checkout/sessions/{id}", get(read))
        .route("/v1/checkout/sessions/{id}/expire", post(expire))
        .route("/v1/payment_intents/{id}", get(read))
        .route("/v1/refunds", get(list_refunds).post(create_refund))
        .route("/v1/refunds/{id}", get(read))
        .route("/v1/disputes/{id}", get(read))
        .route("/v1/balance_transactions", get(list_balance))
        .layer(middleware::from_fn_with_state(shared.clone(), through_switches));
    let tests = Router::new()
        .route("/_fake/switches", post(switch))
        .route("/_fake/webhook", post(set_webhook))
        .route("/_fake/events/release", post(release))
        .route("/_fake/sessions/{id}/settle", post(settle))
        .route("/_fake/sessions/{id}/dispute", post(dispute));
    api.merge(tests).with_state(shared.clone())
}

/// Late, unavailable, without its answer, without a key: what every call goes through.
async fn through_switches(Extract(shared): Extract<Shared>, request: Request, next: Next) -> Response {
    let switches = shared.lock().switches.clone();
    tokio::time::sleep(Duration::from_millis(switches.delay_ms)).await;
    if switches.unavailable {
        return refuse(&(503, "api_error", "Stripe is not available.".to_owned()));
    }
    if !request.headers().contains_key(header::AUTHORIZATION) {
        return refuse(&(
            401,
            "invalid_request_error",
            "You did not provide an API key.".to_owned(),
        ));
    }
    let changes = request.method() == "POST";
    let answer = next.run(request).await;
    shared.send_events();
    let is_lost = changes && {
        let mut state = shared.lock();
        let is_lost = state.switches.lose_answers > 0;
        state.switches.lose_answers = state.switches.lose_answers.saturating_sub(1);
        is_lost
    };
    if is_lost {
        // The connection ends in the middle of the answer.
        let cut = futures::stream::once(async { Err::<Bytes, _>(std::io::Error::other("lost")) });
        return Response::builder().body(Body::from_stream(cut)).unwrap();
    }
    answer
}

fn refuse((status, code, message): &Refused) -> Response {
    let kind = if *code == "idempotency_error" {
        "idempotency_error"
    } else {
        "invalid_request_error"
    };
    let body = json!({"error": {"type": kind, "code": code, "message": message}});
    (StatusCode::from_u16(*status).unwrap(), Json(body)).into_response()
}

fn missing(id: &str) -> Response {
    refuse(&(404, "resource_missing", format!("No such object: {id}")))
}

/// Does what a form asks for, once for each idempotency key.
fn do_once(
    shared: &Shared,
    path: &str,
    headers: &HeaderMap,
    body: &Bytes,
    work: impl FnOnce(&mut State, &Fields) -> Result<Value, Refused>,
) -> Response {
    let fields: Fields = form_fields(body);
    let key = headers
        .get("idempotency-key")
        .and_then(|key| key.to_str().ok())
        .map(ToOwned::to_owned);
    let mut state = shared.lock();
    if let Some(key) = &key {
        let request = format!("{path}?{}", String::from_utf8_lossy(body));
        match state.idempotency.begin(key, &request) {
            Turn::Do => {}
            Turn::Repeat(status, bytes) => return bytes_answer(status, bytes),
            Turn::InProgress => {
                let message = "There is currently another in-progress request using this Idempotent Key.";
                return refuse(&(409, "idempotency_key_in_use", message.to_owned()));
            }
            Turn::OtherRequest => {
                let message = "Keys for idempotent requests can only be used with the same parameters.";
                return refuse(&(400, "idempotency_error", message.to_owned()));
            }
        }
    }
    let (status, answer) = match work(&mut state, &fields) {
        Ok(object) => (200, public(object)),
        Err((status, code, message)) => {
            let error = json!({"type": "invalid_request_error", "code": code, "message": message});
            (status, json!({"error": error}))
        }
    };
    let bytes = Bytes::from(answer.to_string());
    if let Some(key) = &key {
        state.idempotency.end(key, status, bytes.clone());
    }
    bytes_answer(status, bytes)
}

fn bytes_answer(status: u16, bytes: Bytes) -> Response {
    let status = StatusCode::from_u16(status).unwrap();
    (status, [(header::CONTENT_TYPE, "application/json")], bytes).into_response()
}

/// The fields of a form.
pub(super) fn form_fields(body: &[u8]) -> Fields {
    let text = String::from_utf8_lossy(body);
    let decode = |part: &str| percent_decode(&part.replace('+', " "));
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name), decode(value))
        })
        .collect()
}

fn percent_decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let code = after.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        match code.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) if *first == b'%' => {
                bytes.push(byte);
                rest = &after[2..];
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// An object without what only the stand-in knows.
fn public(mut object: Value) -> Value {
    if let Some(fields) = object.as_object_mut() {
        fields.retain(|name, _| !name.starts_with('_'));
    }
    object
}

/// An object with the objects inside that were asked for.
fn expanded(state: &State, object: &Value, fields: &[&str]) -> Value {
    let mut object = public(object.clone());
    for field in fields {
        let inner = object[*field].as_str().and_then(|id| state.objects.find(id)).cloned();
        if let Some(inner) = inner {
            object[*field] = public(inner);
        }
    }
    object
}

/// What is to come whole: `expand[]`, or `expand[0]` and so on, as Stripe's own libraries write it.
fn expansions(query: &Fields) -> impl Iterator<Item = &str> {
    let asked = query.iter().filter(|(name, _)| name.starts_with("expand["));
    asked.map(|(_, value)| value.as_str())
}

async fn create_session(Extract(shared): Extract<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    do_once(&shared, "sessions", &headers, &body, |state, fields| {
        state.objects.create_session(fields)
    })
}

async fn create_refund(Extract(shared): Extract<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    do_once(&shared, "refunds", &headers, &body, |state, fields| {
        let status = match state.switches.refunds {
            RefundMode::Succeeds => "succeeded",
            RefundMode::Pends => "pending",
            RefundMode::Fails => "failed",
        };
        let refund = state.objects.create_refund(fields, status)?;
        let charge = state.objects.find(refund["charge"].as_str().unwrap()).unwrap().clone();
        let now_s = state.objects.now_s;
        state.events.arise(now_s, "refund.created", &refund);
        state.events.arise(now_s, "charge.refunded", &charge);
        Ok(refund)
    })
}

async fn expire(Extract(shared): Extract<Shared>, Path(id): Path<String>) -> Response {
    let mut state = shared.lock();
    let now_s = state.objects.now_s;
    let Some(session) = state.objects.find_mut(&id) else {
        return missing(&id);
    };
    if session["status"] != "open" {
        let message = "Only Checkout Sessions with a status in [\"open\"] can be expired.";
        return refuse(&(400, "checkout_session_not_open", message.to_owned()));
    }
    session["status"] = json!("expired");
    session["url"] = Value::Null;
    let session = session.clone();
    state.events.arise(now_s, "checkout.session.expired", &session);
    Json(public(session)).into_response()
}

async fn read(Extract(shared): Extract<Shared>, Path(id): Path<String>, Query(query): Query<Fields>) -> Response {
    let state = shared.lock();
    let fields: Vec<_> = expansions(&query).collect();
    match state.objects.find(&id) {
        Some(object) => Json(expanded(&state, object, &fields)).into_response(),
        None => missing(&id),
    }
}

async fn list_sessions(Extract(shared): Extract<Shared>, Query(query): Query<Fields>) -> Response {
    list(&shared.lock(), "/v1/checkout/sessions", "checkout.session", &query)
}

async fn list_refunds(Extract(shared): Extract<Shared>, Query(query): Query<Fields>) -> Response {
    list(&shared.lock(), "/v1/refunds", "refund", &query)
}

async fn list_balance(Extract(shared): Extract<Shared>, Query(query): Query<Fields>) -> Response {
    list(
        &shared.lock(),
        "/v1/balance_transactions",
        "balance_transaction",
        &query,
    )
}

fn list(state: &State, path: &str, kind: &str, query: &Fields) -> Response {
    let number = |name: &str| query.get(name).and_then(|text| text.parse::<i64>().ok());
    let size = usize::try_from(number("limit").unwrap_or(10).clamp(1, 100)).unwrap();
    let is_wanted = |object: &&Value| {
        let created = object["created"].as_i64().unwrap_or_default();
        number("created[gte]").is_none_or(|from| created >= from)
            && number("created[lte]").is_none_or(|until| created <= until)
            && number("created[lt]").is_none_or(|until| created < until)
            && query
                .get("payment_intent")
                .is_none_or(|intent| object["payment_intent"] == intent.as_str())
    };
    let mut found: Vec<_> = state.objects.list(kind).filter(is_wanted).collect();
    if let Some(after) = query.get("starting_after") {
        let at = found.iter().position(|object| object["id"] == after.as_str());
        found.drain(..at.map_or(0, |at| at + 1));
    }
    let has_more = found.len() > size;
    let fields: Vec<_> = expansions(query)
        .filter_map(|path| path.strip_prefix("data."))
        .collect();
    let data: Vec<_> = found
        .into_iter()
        .take(size)
        .map(|object| expanded(state, object, &fields))
        .collect();
    Json(json!({"object": "list", "data": data, "has_more": has_more, "url": path})).into_response()
}

async fn switch(Extract(shared): Extract<Shared>, Json(switches): Json<Switches>) -> StatusCode {
    let mut state = shared.lock();
    if switches.forget_keys {
        state.idempotency = super::Idempotency::default();
    }
    state.switches = Switches {
        forget_keys: false,
        ..switches
    };
    StatusCode::NO_CONTENT
}

async fn set_webhook(Extract(shared): Extract<Shared>, Json(webhook): Json<Webhook>) -> StatusCode {
    shared.lock().webhook = Some(webhook);
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct Release {
    reversed: bool,
}

async fn release(Extract(shared): Extract<Shared>, Json(release): Json<Release>) -> StatusCode {
    shared.lock().events.release(release.reversed);
    shared.send_events();
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
struct Settle {
    paid: bool,
}

async fn settle(
    Extract(shared): Extract<Shared>,
    Path(id): Path<String>,
    Json(Settle { paid }): Json<Settle>,
) -> StatusCode {
    super::page::settle(&mut shared.lock(), &id, paid);
    shared.send_events();
    StatusCode::NO_CONTENT
}

async fn dispute(Extract(shared): Extract<Shared>, Path(id): Path<String>) -> Json<Value> {
    let id = shared.lock().dispute(&id);
    shared.send_events();
    Json(json!({"id": id}))
}
