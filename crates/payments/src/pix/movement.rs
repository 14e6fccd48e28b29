//! Movements: the transfers that the bank received, and what was returned of them.

use serde_json::Value;
use uuid::Uuid;

use super::api::Api;
use super::charge::{id_of, payment_of};
use super::time::{instant_us, text};
use super::{CURRENCY, amount};
use crate::money::Money;
use crate::movement::{Movement, MovementKind};
use crate::provider::{ProviderError, Result};

const DAY_US: i64 = 24 * 60 * 60 * 1_000_000;
/// A transfer may be returned for 90 days, and the bank may take its time.
const RETURNED_WITHIN_US: i64 = 100 * DAY_US;
/// Banks list a limited span of time at once.
const SPAN_US: i64 = 30 * DAY_US;
const PAGE_LENGTH: &str = "100";
/// The most pages of one span that are read: 100,000 transfers.
const PAGES_LIMIT: u64 = 1_000;

/// The bank lists transfers by the time at which they came, and returns below them. So returns in a span are found below the
/// transfers of months before.
pub(super) async fn list(api: &Api, from_us: i64, until_us: i64) -> Result<Vec<Movement>> {
    let mut movements = Vec::new();
    let is_within = |at_us: i64| (from_us..until_us).contains(&at_us);
    each(api, from_us, until_us, false, |pix| {
        let movement = payment(pix)?;
        movements.extend(Some(movement).filter(|one| is_within(one.at_us)));
        Ok(())
    })
    .await?;
    each(api, from_us.saturating_sub(RETURNED_WITHIN_US), until_us, true, |pix| {
        for returned in pix["devolucoes"].as_array().into_iter().flatten() {
            movements.extend(refund(pix, returned)?.filter(|one| is_within(one.at_us)));
        }
        Ok(())
    })
    .await?;
    // Two spans meet in an instant, whose transfers are in both.
    movements.sort_by(|a, b| (a.at_us, &a.reference).cmp(&(b.at_us, &b.reference)));
    movements.dedup_by(|a, b| a.reference == b.reference && a.kind == b.kind);
    Ok(movements)
}

/// Reads the transfers of a time, those with returns alone if wanted.
async fn each(
    api: &Api,
    from_us: i64,
    until_us: i64,
    only_returned: bool,
    mut take: impl FnMut(&Value) -> Result<()> + Send,
) -> Result<()> {
    let mut since_us = from_us;
    while since_us < until_us {
        let end_us = since_us.saturating_add(SPAN_US).min(until_us);
        let (since, end) = text(since_us)
            .zip(text(end_us))
            .ok_or_else(|| unreadable("asked about a time that no calendar has"))?;
        let mut page = 0;
        loop {
            let mut query = vec![
                ("inicio", since.clone()),
                ("fim", end.clone()),
                ("paginacao.paginaAtual", page.to_string()),
                ("paginacao.itensPorPagina", PAGE_LENGTH.to_owned()),
            ];
            if only_returned {
                query.push(("devolucaoPresente", "true".to_owned()));
            }
            let answer = api.received(query).await?;
            for pix in answer["pix"].as_array().into_iter().flatten() {
                take(pix)?;
            }
            page += 1;
            let pages = answer["parametros"]["paginacao"]["quantidadeDePaginas"].as_u64();
            let pages = pages.ok_or_else(|| unreadable("answers with a list without its length"))?;
            if page >= pages {
                break;
            }
            if page >= PAGES_LIMIT {
                return Err(unreadable("lists more transfers than are read at once"));
            }
        }
        since_us = end_us;
    }
    Ok(())
}

fn payment(pix: &Value) -> Result<Movement> {
    let parts = id_of(pix)
        .zip(amount::from_text(&pix["valor"]))
        .zip(instant_us(&pix["horario"]));
    let ((reference, amount), at_us) = parts.ok_or_else(|| unreadable("answers with a transfer without its amount"))?;
    Ok(Movement {
        kind: MovementKind::Payment,
        payment: payment_of(pix),
        reference,
        amount,
        fee: no_fee(amount),
        at_us,
    })
}

/// None while the money has not moved.
fn refund(pix: &Value, returned: &Value) -> Result<Option<Movement>> {
    if returned["status"] != "DEVOLVIDO" {
        return Ok(None);
    }
    let times = &returned["horario"];
    let at_us = instant_us(&times["liquidacao"]).or_else(|| instant_us(&times["solicitacao"]));
    let reference = returned["rtrId"].as_str().or_else(|| returned["id"].as_str());
    let parts = reference.zip(amount::from_text(&returned["valor"])).zip(at_us);
    let ((reference, amount), at_us) = parts.ok_or_else(|| unreadable("answers with a return without its amount"))?;
    let kind = match returned["natureza"].as_str() {
        // The banks return it among themselves, after a fraud or a fault (Mecanismo Especial de Devolução).
        Some(nature) if nature.starts_with("MED_") => MovementKind::DisputeOpened,
        _ => MovementKind::Refund(returned["id"].as_str().and_then(|id| Uuid::try_parse(id).ok())),
    };
    Ok(Some(Movement {
        kind,
        payment: payment_of(pix),
        reference: reference.to_owned(),
        amount,
        fee: no_fee(amount),
        at_us,
    }))
}

/// API Pix does not tell what the bank keeps.
fn no_fee(amount: Money) -> Money {
    debug_assert_eq!(amount.currency(), CURRENCY);
    amount.zero()
}

fn unreadable(what: &str) -> ProviderError {
    ProviderError::Failed(format!("the bank {what}"))
}
