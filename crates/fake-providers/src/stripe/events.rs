//! Events: they arise with what happens, and are sent to the webhook, signed.

use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use super::{EventMode, Time, Webhook};

/// How often an event is sent that is not acknowledged, and the pause before it is sent again.
const TRIES: u32 = 5;
const PAUSE: Duration = Duration::from_millis(300);

#[derive(Default)]
pub(super) struct Events {
    pub(super) all: Vec<Value>,
    /// How many of them were dealt with.
    seen: usize,
    held: Vec<Value>,
    released: Vec<Value>,
}

impl Events {
    pub(super) fn arise(&mut self, now_s: i64, kind: &str, object: &Value) {
        let id = format!("evt_{:06}", self.all.len() + 1);
        self.all.push(json!({
            "id": id, "object": "event", "api_version": "2026-10-28.endive", "created": now_s, "livemode": false,
            "type": kind, "data": {"object": object}, "pending_webhooks": 1, "request": {"id": null, "idempotency_key": null},
        }));
    }

    /// The events to send now.
    pub(super) fn take_due(&mut self, mode: EventMode) -> Vec<Value> {
        let mut due = std::mem::take(&mut self.released);
        let fresh = self.all[self.seen..].to_vec();
        self.seen = self.all.len();
        match mode {
            EventMode::Once => due.extend(fresh),
            EventMode::Twice => due.extend(fresh.iter().chain(&fresh).cloned()),
            EventMode::Held => self.held.extend(fresh),
            EventMode::Lost => {}
        }
        due
    }

    pub(super) fn release(&mut self, is_reversed: bool) {
        self.released = std::mem::take(&mut self.held);
        if is_reversed {
            self.released.reverse();
        }
    }
}

/// Sends events one after another, each until it is acknowledged or given up.
pub(super) async fn deliver(http: reqwest::Client, webhook: Webhook, events: Vec<Value>, time: Time) {
    for event in events {
        let body = event.to_string();
        for _ in 0..TRIES {
            let signed = sign(&webhook.secret, time(), &body);
            let call = http
                .post(&webhook.url)
                .header("content-type", "application/json; charset=utf-8")
                .header("stripe-signature", signed)
                .body(body.clone());
            if call.send().await.is_ok_and(|answer| answer.status().is_success()) {
                break;
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}

fn sign(secret: &str, at_s: i64, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("{at_s}.{body}").as_bytes());
    let hex: Vec<_> = mac
        .finalize()
        .into_bytes()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("t={at_s},v1={}", hex.concat())
}
