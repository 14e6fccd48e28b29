//! The objects of an account: sessions, payment intents, charges, refunds, disputes and lines of the balance.

use std::collections::HashMap;

use serde_json::{Value, json};

/// Stripe's share of a payment: 3.99 % and 39 of the smallest unit.
fn fee(amount: i64) -> i64 {
    (amount * 399 + 5_000) / 10_000 + 39
}

/// Everything of an account, in the order in which it was made.
pub(super) struct Objects {
    all: Vec<Value>,
    url: String,
    pub(super) now_s: i64,
}

/// A request that the documentation refuses: a status, a code and a message.
pub(super) type Refused = (u16, &'static str, String);

impl Objects {
    pub(super) fn new(url: &str) -> Self {
        Self {
            all: Vec::new(),
            url: url.to_owned(),
            now_s: 0,
        }
    }

    pub(super) fn find(&self, id: &str) -> Option<&Value> {
        self.all.iter().find(|object| object["id"] == id)
    }

    pub(super) fn find_mut(&mut self, id: &str) -> Option<&mut Value> {
        self.all.iter_mut().find(|object| object["id"] == id)
    }

    /// The objects of a kind, newest first.
    pub(super) fn list(&self, kind: &str) -> impl Iterator<Item = &Value> {
        self.all.iter().rev().filter(move |object| object["object"] == kind)
    }

    pub(super) fn id(&self, prefix: &str) -> String {
        format!("{prefix}_{:08}", self.all.len() + 1)
    }

    pub(super) fn push(&mut self, object: Value) -> Value {
        self.all.push(object.clone());
        object
    }

    pub(super) fn create_session(&mut self, form: &HashMap<String, String>) -> Result<Value, Refused> {
        let field = |name: &str| form.get(name).cloned().unwrap_or_default();
        let number = |name: &str| field(name).parse::<i64>().ok();
        let missing = |name: &str| (400, "parameter_missing", format!("Missing required param: {name}."));
        let amount = number("line_items[0][price_data][unit_amount]")
            .ok_or_else(|| missing("line_items[0][price_data][unit_amount]"))?;
        let quantity = number("line_items[0][quantity]").ok_or_else(|| missing("line_items[0][quantity]"))?;
        for name in [
            "mode",
            "success_url",
            "line_items[0][price_data][currency]",
            "line_items[0][price_data][product_data][name]",
        ] {
            if field(name).is_empty() {
                return Err(missing(name));
            }
        }
        let total = amount * quantity;
        if total < 50 {
            return Err((400, "amount_too_small", "The amount is below the minimum.".to_owned()));
        }
        if total > 99_999_999 {
            return Err((
                400,
                "amount_too_large",
                "The amount has more than eight digits.".to_owned(),
            ));
        }
        let expires_at = number("expires_at").unwrap_or(self.now_s + 86_400);
        if !(self.now_s + 1_800..=self.now_s + 86_400).contains(&expires_at) {
            let message = "The expires_at timestamp must be between 30 minutes and 24 hours from now.";
            return Err((400, "parameter_invalid", message.to_owned()));
        }
        let id = self.id("cs_test");
        let metadata = |prefix: &str| -> Value {
            let inner = form.iter().filter_map(|(name, value)| {
                let key = name.strip_prefix(prefix)?.strip_suffix(']')?;
                Some((key.to_owned(), json!(value)))
            });
            Value::Object(inner.collect())
        };
        Ok(self.push(json!({
            "id": id, "object": "checkout.session", "created": self.now_s, "status": "open", "payment_status": "unpaid",
            "mode": "payment", "amount_total": total, "currency": field("line_items[0][price_data][currency]"),
            "client_reference_id": form.get("client_reference_id"), "expires_at": expires_at, "livemode": false,
            "metadata": metadata("metadata["), "payment_intent": null, "url": format!("{}/pay/{id}", self.url),
            "success_url": field("success_url"), "cancel_url": field("cancel_url"), "locale": field("locale"),
            "payment_method_types": [field("payment_method_types[0]")], "customer_email": form.get("customer_email"),
            "_name": field("line_items[0][price_data][product_data][name]"),
            "_intent_metadata": metadata("payment_intent_data[metadata]["),
        })))
    }

    /// The sessions whose time has come; they are expired from now on.
    pub(super) fn expire_due(&mut self) -> Vec<Value> {
        let now_s = self.now_s;
        let is_due = |object: &&mut Value| {
            object["object"] == "checkout.session"
                && object["status"] == "open"
                && object["expires_at"].as_i64().is_some_and(|at| at <= now_s)
        };
        let due = self.all.iter_mut().filter(is_due);
        due.map(|session| {
            session["status"] = json!("expired");
            session["url"] = Value::Null;
            session.clone()
        })
        .collect()
    }

    /// The customer begins to pay a session.
    pub(super) fn begin_payment(&mut self, session: &Value, status: &str) -> Value {
        let intent = json!({
            "id": self.id("pi"), "object": "payment_intent", "created": self.now_s, "status": status,
            "amount": session["amount_total"], "currency": session["currency"], "metadata": session["_intent_metadata"],
            "latest_charge": null,
        });
        self.push(intent)
    }

    /// Takes the money of a payment that was begun. Returns the charge.
    pub(super) fn charge(&mut self, intent: &str) -> Value {
        let now_s = self.now_s;
        let found = self.find(intent).unwrap().clone();
        let amount = found["amount"].as_i64().unwrap();
        let charge = self.push(json!({
            "id": self.id("ch"), "object": "charge", "created": now_s, "status": "succeeded", "paid": true,
            "amount": amount, "amount_refunded": 0, "refunded": false, "currency": found["currency"],
            "payment_intent": intent, "metadata": found["metadata"],
        }));
        let found = self.find_mut(intent).unwrap();
        found["status"] = json!("succeeded");
        found["latest_charge"] = charge["id"].clone();
        self.book("charge", amount, fee(amount), &charge);
        charge
    }

    /// A line of the balance.
    pub(super) fn book(&mut self, kind: &str, amount: i64, fee: i64, source: &Value) {
        let line = json!({
            "id": self.id("txn"), "object": "balance_transaction", "created": self.now_s, "type": kind, "amount": amount,
            "fee": fee, "net": amount - fee, "currency": source["currency"], "source": source["id"],
        });
        self.push(line);
    }

    pub(super) fn create_refund(
        &mut self,
        form: &HashMap<String, String>,
        status: &'static str,
    ) -> Result<Value, Refused> {
        let intent = form.get("payment_intent").cloned().unwrap_or_default();
        let is_of_intent = |charge: &&Value| charge["payment_intent"] == intent.as_str();
        let Some(charge) = self.list("charge").find(is_of_intent).cloned() else {
            let message = format!("This PaymentIntent ({intent}) does not have a successful charge to refund.");
            return Err((400, "charge_not_refundable", message));
        };
        let left = charge["amount"].as_i64().unwrap() - charge["amount_refunded"].as_i64().unwrap();
        let amount = form.get("amount").map_or(Some(left), |amount| amount.parse().ok());
        let Some(amount) = amount.filter(|amount| *amount > 0) else {
            return Err((400, "parameter_invalid_integer", "Invalid positive integer".to_owned()));
        };
        if left == 0 {
            return Err((
                400,
                "charge_already_refunded",
                "The charge has already been refunded.".to_owned(),
            ));
        }
        if amount > left {
            let message = format!("Refund amount ({amount}) is greater than unrefunded amount on charge ({left})");
            return Err((400, "amount_too_large", message));
        }
        let metadata = form.iter().filter_map(|(name, value)| {
            let key = name.strip_prefix("metadata[")?.strip_suffix(']')?;
            Some((key.to_owned(), json!(value)))
        });
        let refund = self.push(json!({
            "id": self.id("re"), "object": "refund", "created": self.now_s, "amount": amount, "status": status,
            "currency": charge["currency"], "charge": charge["id"], "payment_intent": intent,
            "metadata": metadata.collect::<serde_json::Map<_, _>>(),
            "failure_reason": if status == "failed" { json!("expired_or_canceled_card") } else { Value::Null },
        }));
        if status != "failed" {
            let charge = self.find_mut(charge["id"].as_str().unwrap()).unwrap();
            charge["amount_refunded"] = json!(charge["amount_refunded"].as_i64().unwrap() + amount);
            charge["refunded"] = json!(charge["amount_refunded"] == charge["amount"]);
            self.book("refund", -amount, 0, &refund);
        }
        Ok(refund)
    }
}
