//! `dvs ledger`: proves that the books are right.

use anyhow::{Result, bail};
use api::rent::{CheckLedgerRequest, LedgerDifference, LedgerProof, LedgerSummary};
use futures::StreamExt;
use jiff::Timestamp;
use payments::Currency;
use rpc::Call;

use crate::commands::{counted, note, say, told};
use crate::config::LedgerCheckOptions;
use crate::reach::{Missing, StoreConnection};
use crate::values::Bound;

/// Prints each difference on a line, and what was compared.
pub(crate) async fn check(options: LedgerCheckOptions) -> Result<()> {
    let store = StoreConnection::open(&options.store, "dvs ledger check", Missing::Refuse).await?;
    let request = CheckLedgerRequest {
        from_us: options.from.map(Bound::begins_us).unwrap_or_default(),
        until_us: options.to.map(end_us).unwrap_or_default(),
    };
    let checked = print(&store, request).await;
    store.close().await;
    let Some(summary) = checked? else {
        bail!("the check ended before its end; try again");
    };
    for account in &summary.unchecked_accounts {
        note(format_args!(
            "{account} was not compared: the store is not connected to this payment provider"
        ))?;
    }
    say(sum(&summary))?;
    if summary.differences > 0 {
        bail!("the ledger differs");
    }
    Ok(())
}

/// A day is checked to its end.
fn end_us(bound: Bound) -> i64 {
    const DAY_US: i64 = 24 * 60 * 60 * 1_000_000;
    match bound {
        Bound::Day(begins_us) => begins_us.saturating_add(DAY_US),
        other => other.ends_us(),
    }
}

async fn print(store: &StoreConnection, request: CheckLedgerRequest) -> Result<Option<LedgerSummary>> {
    let rent = store.rent().await?;
    let checked = rent.check_ledger(Call::by_service(request)).await;
    let mut messages = checked.map_err(|fault| told(&fault))?;
    let mut summary = None;
    while let Some(message) = messages.next().await {
        let message = message.map_err(|fault| told(&fault))?;
        message.differences.iter().try_for_each(|one| say(line(one)))?;
        summary = message.summary.or(summary);
    }
    Ok(summary)
}

fn sum(summary: &LedgerSummary) -> String {
    let orders = counted(summary.orders, "order", "orders");
    let movements = counted(summary.movements, "movement", "movements");
    let differences = match summary.differences {
        0 => "no difference".to_owned(),
        some => counted(some, "difference", "differences"),
    };
    let cut = if summary.cut { "; there may be more" } else { "" };
    let unsettled = match summary.unsettled_movements {
        0 => String::new(),
        some => format!(", {some} not settled yet"),
    };
    format!("{orders}, {movements}{unsettled}, {differences}{cut}")
}

/// When, what, and the two amounts.
fn line(difference: &LedgerDifference) -> String {
    let at = Timestamp::from_microsecond(difference.at_us);
    let at = at.map_or_else(|_| difference.at_us.to_string(), |at| format!("{at:.0}"));
    let of = match difference.order_id.as_str() {
        "" => "no order".to_owned(),
        order => format!("order {order}"),
    };
    let kind = match difference.transaction_kind.as_str() {
        "" => "money",
        kind => kind,
    };
    let account = match difference.account.as_str() {
        "" => "all accounts",
        account => account,
    };
    let expected = match difference.proof() {
        LedgerProof::Provider => "the provider's record has",
        LedgerProof::Order => "by the order it is",
        LedgerProof::Sum | LedgerProof::Unspecified => "the sum should be",
    };
    format!(
        "{at} {of}: {kind} {} on {account}: {expected} {}, and {} is booked",
        difference.source_id,
        amount(difference.expected_minor, &difference.currency_code),
        amount(difference.booked_minor, &difference.currency_code),
    )
}

/// An amount as people read it: `-14.90 BRL`.
fn amount(minor: i64, code: &str) -> String {
    let digits = Currency::from_code(code)
        .and_then(Currency::exponent)
        .unwrap_or_default();
    let sign = if minor < 0 { "-" } else { "" };
    let (minor, width) = (minor.unsigned_abs(), usize::from(digits));
    let unit = 10_u64.pow(digits.into());
    match width {
        0 => format!("{sign}{minor} {code}"),
        width => format!("{sign}{}.{:0width$} {code}", minor / unit, minor % unit),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_have_the_digits_of_their_currency() {
        assert_eq!(amount(1490, "BRL"), "14.90 BRL");
        assert_eq!(amount(-5, "BRL"), "-0.05 BRL");
        assert_eq!(amount(1490, "JPY"), "1490 JPY");
        assert_eq!(amount(-1001, "KWD"), "-1.001 KWD");
        assert_eq!(amount(i64::MIN, "JPY"), "-9223372036854775808 JPY");
    }

    #[test]
    fn the_last_line_says_what_was_compared() {
        let mut summary = LedgerSummary {
            orders: 12,
            movements: 14,
            ..LedgerSummary::default()
        };
        assert_eq!(sum(&summary), "12 orders, 14 movements, no difference");
        summary.unsettled_movements = 1;
        (summary.differences, summary.cut) = (1000, true);
        let said = "12 orders, 14 movements, 1 not settled yet, 1000 differences; there may be more";
        assert_eq!(sum(&summary), said);
    }

    #[test]
    fn a_difference_says_when_what_and_both_amounts() {
        let difference = LedgerDifference {
            proof: LedgerProof::Provider.into(),
            order_id: "o1".to_owned(),
            transaction_kind: "sale".to_owned(),
            source_id: "p1".to_owned(),
            account: "provider:sandbox:BRL".to_owned(),
            currency_code: "BRL".to_owned(),
            expected_minor: 1490,
            booked_minor: 0,
            at_us: 0,
        };
        let said = "1970-01-01T00:00:00Z order o1: sale p1 on provider:sandbox:BRL: the provider's record has 14.90 BRL, \
                    and 0.00 BRL is booked";
        assert_eq!(line(&difference), said);
    }
}
