//! Events: the transfers that came or were returned, sent to the address that the store registered.

use std::time::Duration;

use serde_json::{Value, json};

use crate::stripe::EventMode;

/// How often an event is sent that is not acknowledged, and the pause before it is sent again.
const TRIES: u32 = 5;
const PAUSE: Duration = Duration::from_millis(300);

#[derive(Default)]
pub(super) struct Events {
    pub(super) all: Vec<String>,
    held: Vec<String>,
}

impl Events {
    /// The bodies to send now.
    pub(super) fn arise(&mut self, transfer: &Value, mode: EventMode) -> Vec<String> {
        let body = json!({"pix": [transfer]}).to_string();
        self.all.push(body.clone());
        match mode {
            EventMode::Once => vec![body],
            EventMode::Twice => vec![body.clone(), body],
            EventMode::Held => {
                self.held.push(body);
                Vec::new()
            }
            EventMode::Lost => Vec::new(),
        }
    }

    pub(super) fn release(&mut self, is_reversed: bool) -> Vec<String> {
        let mut due = std::mem::take(&mut self.held);
        if is_reversed {
            due.reverse();
        }
        due
    }
}

/// Sends events one after another, each until it is acknowledged or given up. The contract appends `/pix` to the address.
pub(super) async fn deliver(http: reqwest::Client, url: String, bodies: Vec<String>) {
    let url = format!("{}/pix", url.trim_end_matches('/'));
    for body in bodies {
        for _ in 0..TRIES {
            let call = http
                .post(&url)
                .header("content-type", "application/json")
                .body(body.clone());
            if call.send().await.is_ok_and(|answer| answer.status().is_success()) {
                break;
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}
