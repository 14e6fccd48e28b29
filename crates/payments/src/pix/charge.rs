//! Charges (`cob`): what a customer is asked to pay, and the transfers that came for it.

use serde_json::{Value, json};
use uuid::Uuid;

use super::amount;
use super::time::instant_us;
use crate::money::Money;
use crate::payment::{NextAction, PaymentReport, PaymentRequest, PaymentState};
use crate::provider::{ProviderError, Result};

/// The shortest and the longest time that a code is valid.
const SHORTEST_S: i64 = 60;
const LONGEST_S: i64 = 30 * 24 * 60 * 60;
/// The longest text that the payer reads in their app.
const DESCRIPTION_LIMIT_CHARS: usize = 140;

/// What the bank is asked to charge. It depends on nothing but the payment, so that a repetition changes nothing.
pub(super) fn request(request: &PaymentRequest, key: &str, amount: &str, began_at_us: i64) -> Value {
    let seconds = (request.pay_by_us - began_at_us) / 1_000_000;
    let mut charge = json!({
        "calendario": {"expiracao": seconds.clamp(SHORTEST_S, LONGEST_S)},
        "valor": {"original": amount},
        "chave": key,
    });
    let description = description(&request.checkout.description);
    if !description.is_empty() {
        charge["solicitacaoPagador"] = json!(description);
    }
    charge
}

/// The smallest charge, in place of one that the bank is never to get.
pub(super) fn placeholder(key: &str) -> Value {
    json!({"calendario": {"expiracao": SHORTEST_S}, "valor": {"original": "0.01"}, "chave": key})
}

fn description(text: &str) -> String {
    let text = text.trim();
    if text.chars().count() <= DESCRIPTION_LIMIT_CHARS {
        return text.to_owned();
    }
    text.chars().take(DESCRIPTION_LIMIT_CHARS - 1).chain(['…']).collect()
}

/// What a charge tells of its payment. A transfer that came counts, whatever the state of the charge: an app may send the
/// money in the moment in which the charge is removed.
pub(super) fn report(charge: &Value) -> Result<PaymentReport> {
    let charged = amount::from_text(&charge["valor"]["original"]);
    let charged = charged.ok_or_else(|| unreadable("a charge without its amount"))?;
    if let Some(pix) = paying(charge, charged)? {
        return Ok(PaymentReport {
            state: PaymentState::Succeeded,
            reference: Some(pix),
        });
    }
    let state = match charge["status"].as_str().unwrap_or_default() {
        "ATIVA" => PaymentState::NeedsAction(action(charge)?),
        "REMOVIDA_PELO_USUARIO_RECEBEDOR" | "REMOVIDA_PELO_PSP" => PaymentState::Cancelled,
        // Paid, and the transfer is not listed yet.
        "CONCLUIDA" => PaymentState::Pending,
        _ => return Err(unreadable("a charge in an unknown state")),
    };
    Ok(state.into())
}

/// The transfer that pays a charge: of several, the first that came. One of less than was charged pays nothing; the bank
/// takes no such transfer, so staff have to look at it.
fn paying(charge: &Value, charged: Money) -> Result<Option<String>> {
    let all = charge["pix"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut enough = Vec::new();
    for pix in all {
        let (id, came) = id_of(pix)
            .zip(amount::from_text(&pix["valor"]))
            .ok_or_else(|| unreadable("a transfer without its id or its amount"))?;
        if came.minor() >= charged.minor() {
            enough.push((instant_us(&pix["horario"]), id));
        }
    }
    let first = enough.into_iter().min().map(|(_, id)| id);
    if first.is_none() && !all.is_empty() {
        return Err(unreadable("a transfer of less than was charged"));
    }
    Ok(first)
}

/// The id of a transfer, the same at the payer's bank and at the store's.
pub(super) fn id_of(pix: &Value) -> Option<String> {
    const LENGTHS: std::ops::RangeInclusive<usize> = 1..=64;
    let id = pix["endToEndId"].as_str()?;
    let is_id = LENGTHS.contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
    is_id.then(|| id.to_owned())
}

/// The store's id of the payment that a transfer or a charge belongs to.
pub(super) fn payment_of(object: &Value) -> Option<Uuid> {
    const LENGTH: usize = 32;
    let id = object["txid"].as_str().filter(|id| id.len() == LENGTH)?;
    Uuid::try_parse(id).ok()
}

fn action(charge: &Value) -> Result<NextAction> {
    let code = charge["pixCopiaECola"].as_str().filter(|code| !code.is_empty());
    let since_us = instant_us(&charge["calendario"]["criacao"]);
    let seconds = charge["calendario"]["expiracao"].as_i64();
    let (Some(code), Some(since_us), Some(seconds)) = (code, since_us, seconds) else {
        return Err(unreadable("a charge without its code or its time"));
    };
    Ok(NextAction::ShowCode {
        code: code.to_owned(),
        expires_at_us: since_us.saturating_add(seconds.saturating_mul(1_000_000)),
    })
}

fn unreadable(what: &str) -> ProviderError {
    ProviderError::Failed(format!("the bank answers with {what}"))
}
