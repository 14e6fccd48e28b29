//! The calls of Stripe's interface that the store makes.

use std::sync::Arc;

use ::store::Clock;
use http::{Method, StatusCode};
use serde_json::Value;
use uuid::Uuid;

use super::session::Session;
use crate::call::CallRecorder;
use crate::http::{Answer, Client, Request, SetupError};
use crate::payment::{PaymentMethod, PaymentRef, PaymentRequest};
use crate::provider::{ProviderError, Result};
use crate::secret::Secret;

/// The version of the interface that this client speaks.
const VERSION: &str = "2026-10-28.endive";
/// The shortest time that Stripe keeps a page open is 30 minutes; the rest is for clocks that differ.
const SHORTEST_PAGE_US: i64 = 35 * 60 * 1_000_000;
/// The longest text about what is paid for.
const DESCRIPTION_LIMIT_CHARS: usize = 200;
/// A session is looked for from so long before the payment was made until so long after.
const CLOCKS_DIFFER_S: i64 = 10 * 60;
const ARRIVES_WITHIN_S: i64 = 60 * 60;
const A_PAGE: &str = "100";
/// The most pages of a list that are read: 10,000 entries.
const PAGES_LIMIT: usize = 100;
/// The languages of Stripe's page that the store has, or may get.
const LOCALES: [&str; 12] = [
    "da", "de", "en", "es", "fr", "it", "ja", "nl", "pl", "pt", "pt-BR", "sv",
];

pub(super) struct Api {
    client: Client,
}

/// Why Stripe does not begin a payment.
#[derive(Debug)]
pub(super) enum Refusal {
    /// The amount is too small or too large.
    Amount,
    /// The payment was begun before, with other words on its page.
    KeyUsed,
    Other(String),
}

impl Api {
    pub(super) fn new(
        address: &str,
        key: &Secret,
        clock: Arc<dyn Clock>,
        recorder: Arc<dyn CallRecorder>,
    ) -> std::result::Result<Self, SetupError> {
        let version = ("stripe-version", VERSION);
        let client = Client::new("stripe", address, key, version, clock, recorder)?;
        Ok(Self { client })
    }

    /// Begins a payment, or returns the session that was begun for it. Everything sent follows from the request, so that a
    /// repeated call sends the same.
    pub(super) async fn create_session(
        &self,
        request: &PaymentRequest,
        amount: i64,
    ) -> Result<std::result::Result<Session, Refusal>> {
        let id = request.payment.id();
        let checkout = &request.checkout;
        let mut form = vec![
            ("mode", "payment".to_owned()),
            ("client_reference_id", id.to_string()),
            ("metadata[payment_id]", id.to_string()),
            ("payment_intent_data[metadata][payment_id]", id.to_string()),
            ("payment_method_types[0]", method(request.method).to_owned()),
            ("line_items[0][quantity]", "1".to_owned()),
            ("line_items[0][price_data][unit_amount]", amount.to_string()),
            (
                "line_items[0][price_data][currency]",
                request.amount.currency_code().to_ascii_lowercase(),
            ),
            (
                "line_items[0][price_data][product_data][name]",
                description(&checkout.description),
            ),
            ("success_url", checkout.return_url.clone()),
            ("cancel_url", checkout.return_url.clone()),
            ("expires_at", expires_at_s(request).to_string()),
            ("locale", locale(&checkout.language).to_owned()),
        ];
        // Stripe takes no addresses with other letters.
        if !checkout.email.is_empty() && checkout.email.is_ascii() {
            form.push(("customer_email", checkout.email.clone()));
        }
        let created = self
            .send(Request {
                form,
                idempotency_key: Some(id.to_string()),
                ..Request::new(Method::POST, "/v1/checkout/sessions", Some(id))
            })
            .await?;
        if created.status.is_success() {
            return Session::read(&created.body).map(Ok);
        }
        let error = &created.body["error"];
        Ok(Err(match (error["code"].as_str(), error["type"].as_str()) {
            (Some("amount_too_small" | "amount_too_large"), _) => Refusal::Amount,
            (_, Some("idempotency_error")) => Refusal::KeyUsed,
            _ => Refusal::Other(told(&created)),
        }))
    }

    pub(super) async fn session(&self, session: &str, payment: Uuid) -> Result<Session> {
        let found = self
            .send(Request {
                query: vec![("expand[]", "payment_intent".to_owned())],
                ..Request::new(Method::GET, format!("/v1/checkout/sessions/{session}"), Some(payment))
            })
            .await?;
        Session::read(&success(found)?)
    }

    /// The session of a payment whose id was never heard.
    pub(super) async fn find_session(&self, payment: &PaymentRef) -> Result<Option<Session>> {
        let made_s = payment.made_at_us().unwrap_or_default() / 1_000_000;
        let query = vec![
            ("created[gte]", (made_s - CLOCKS_DIFFER_S).to_string()),
            ("created[lte]", (made_s + ARRIVES_WITHIN_S).to_string()),
            ("expand[]", "data.payment_intent".to_owned()),
        ];
        let id = payment.to_string();
        let is_it = |session: &Value| session["client_reference_id"].as_str() == Some(&id);
        let found = self
            .list("/v1/checkout/sessions", query, Some(payment.id()), is_it)
            .await?;
        found
            .iter()
            .find(|session| is_it(session))
            .map(Session::read)
            .transpose()
    }

    /// Closes a page; none if it is not open any more.
    pub(super) async fn expire_session(&self, session: &str, payment: Uuid) -> Result<Option<Session>> {
        let path = format!("/v1/checkout/sessions/{session}/expire");
        let expired = self.send(Request::new(Method::POST, path, Some(payment))).await?;
        if expired.status == StatusCode::BAD_REQUEST {
            return Ok(None);
        }
        Session::read(&success(expired)?).map(Some)
    }

    pub(super) async fn refunds(&self, intent: &str, payment: Uuid) -> Result<Vec<Value>> {
        let query = vec![("payment_intent", intent.to_owned())];
        self.list("/v1/refunds", query, Some(payment), |_| false).await
    }

    /// Returns a part of a payment; what Stripe does not return, it refuses with a reason.
    pub(super) async fn create_refund(
        &self,
        intent: &str,
        amount: i64,
        payment: Uuid,
        refund: Uuid,
    ) -> Result<std::result::Result<Value, String>> {
        let created = self
            .send(Request {
                form: vec![
                    ("payment_intent", intent.to_owned()),
                    ("amount", amount.to_string()),
                    ("metadata[payment_id]", payment.to_string()),
                    ("metadata[refund_id]", refund.to_string()),
                ],
                idempotency_key: Some(refund.to_string()),
                ..Request::new(Method::POST, "/v1/refunds", Some(payment))
            })
            .await?;
        if created.status.is_success() {
            return Ok(Ok(created.body));
        }
        Ok(Err(told(&created)))
    }

    pub(super) async fn balance_transactions(&self, from_us: i64, until_us: i64) -> Result<Vec<Value>> {
        // Stripe's times are whole seconds.
        let query = vec![
            ("created[gte]", (from_us / 1_000_000).to_string()),
            ("created[lt]", (until_us / 1_000_000).to_string()),
            ("expand[]", "data.source".to_owned()),
        ];
        self.list("/v1/balance_transactions", query, None, |_| false).await
    }

    /// The store's id of the payment of an intent; none if it is not a payment of the store's.
    pub(super) async fn payment_of(&self, intent: &str) -> Result<Option<Uuid>> {
        let path = format!("/v1/payment_intents/{intent}");
        let found = success(self.send(Request::new(Method::GET, path, None)).await?)?;
        Ok(store_id(&found["metadata"]["payment_id"]))
    }

    pub(super) async fn dispute(&self, dispute: &str) -> Result<Value> {
        let found = self
            .send(Request {
                query: vec![("expand[]", "payment_intent".to_owned())],
                ..Request::new(Method::GET, format!("/v1/disputes/{dispute}"), None)
            })
            .await?;
        success(found)
    }

    /// A list, page by page, until `is_enough` of an entry or its end.
    async fn list(
        &self,
        path: &str,
        query: Vec<(&'static str, String)>,
        payment: Option<Uuid>,
        is_enough: impl Fn(&Value) -> bool,
    ) -> Result<Vec<Value>> {
        let mut entries: Vec<Value> = Vec::new();
        for _ in 0..PAGES_LIMIT {
            let mut query = query.clone();
            query.push(("limit", A_PAGE.to_owned()));
            if let Some(last) = entries.last().and_then(|last| last["id"].as_str()) {
                query.push(("starting_after", last.to_owned()));
            }
            let page = self
                .send(Request {
                    query,
                    ..Request::new(Method::GET, path, payment)
                })
                .await?;
            let mut page = success(page)?;
            let Value::Array(read) = page["data"].take() else {
                return Err(ProviderError::Failed("Stripe's answer is no list".to_owned()));
            };
            let is_last = page["has_more"] != true || read.is_empty() || read.iter().any(&is_enough);
            entries.extend(read);
            if is_last {
                return Ok(entries);
            }
        }
        Err(ProviderError::Failed("Stripe's list is too long".to_owned()))
    }

    async fn send(&self, request: Request) -> Result<Answer> {
        self.client.send(&request).await
    }
}

/// The object of an answer, or why there is none.
fn success(answer: Answer) -> Result<Value> {
    if answer.status.is_success() {
        return Ok(answer.body);
    }
    Err(ProviderError::Failed(told(&answer)))
}

/// What Stripe says is wrong: the code and the parameter. Its message may quote what was sent, such as the customer's address,
/// and this text is logged.
fn told(answer: &Answer) -> String {
    let error = &answer.body["error"];
    let code = error["code"].as_str().or_else(|| error["type"].as_str());
    match (code, error["param"].as_str()) {
        (Some(code), Some(parameter)) => format!("{code} ({parameter})"),
        (Some(code), None) => code.to_owned(),
        (None, _) => answer.status.to_string(),
    }
}

/// An id of the store's that went along with something.
pub(super) fn store_id(text: &Value) -> Option<Uuid> {
    Uuid::try_parse(text.as_str()?).ok()
}

fn method(method: PaymentMethod) -> &'static str {
    match method {
        PaymentMethod::Card => "card",
        PaymentMethod::Pix => "pix",
    }
}

fn description(text: &str) -> String {
    let text: String = text.chars().take(DESCRIPTION_LIMIT_CHARS).collect();
    if text.trim().is_empty() {
        "Film".to_owned()
    } else {
        text
    }
}

fn locale(language: &str) -> &str {
    LOCALES.into_iter().find(|known| *known == language).unwrap_or("auto")
}

/// Until when the page is open, in seconds since 1970 UTC.
fn expires_at_s(request: &PaymentRequest) -> i64 {
    let shortest_us = request.payment.made_at_us().unwrap_or_default() + SHORTEST_PAGE_US;
    request.pay_by_us.max(shortest_us) / 1_000_000
}
