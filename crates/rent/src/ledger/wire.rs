//! From the check of the ledger to the messages of the contract.

use api::rent as wire;

use super::TransactionKind;
use super::check::{Difference, Proof, Summary, Told};

pub(crate) fn response(told: Told) -> wire::CheckLedgerResponse {
    match told {
        Told::Differences(differences) => wire::CheckLedgerResponse {
            differences: differences.iter().map(difference).collect(),
            summary: None,
        },
        Told::Summary(told) => wire::CheckLedgerResponse {
            differences: Vec::new(),
            summary: Some(summary(told)),
        },
    }
}

fn difference(difference: &Difference) -> wire::LedgerDifference {
    let proof = match difference.proof {
        Proof::Sum => wire::LedgerProof::Sum,
        Proof::Order => wire::LedgerProof::Order,
        Proof::Provider => wire::LedgerProof::Provider,
    };
    let account = difference.account.as_ref();
    wire::LedgerDifference {
        proof: proof.into(),
        order_id: difference.order.map(|order| order.to_string()).unwrap_or_default(),
        transaction_kind: difference
            .kind
            .map(TransactionKind::name)
            .unwrap_or_default()
            .to_owned(),
        source_id: difference.source.clone(),
        account: account.map(ToString::to_string).unwrap_or_default(),
        currency_code: difference.currency.code().to_owned(),
        expected_minor: difference.expected_minor,
        booked_minor: difference.booked_minor,
        at_us: difference.at_us,
    }
}

fn summary(summary: Summary) -> wire::LedgerSummary {
    let count = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    wire::LedgerSummary {
        orders: count(summary.orders),
        movements: count(summary.movements),
        unsettled_movements: count(summary.unsettled),
        differences: count(summary.differences),
        cut: summary.is_cut,
        unchecked_accounts: summary.unchecked,
    }
}
