//! The proof of one order: what is booked of it is its bill, its refunds and its taxes.

use std::collections::BTreeMap;

use payments::Currency;
use uuid::Uuid;

use super::{Difference, Proof};
use crate::ledger::book::{Sale, returned};
use crate::ledger::store::facts::OrderFacts;
use crate::ledger::{Account, Entry, Source, Transaction, TransactionKind};

/// The sums of entries by their accounts and currencies.
type Sums = BTreeMap<(Account, &'static str), (Currency, i64)>;

fn sums<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Sums {
    let mut sums = Sums::new();
    for entry in entries {
        let key = (entry.account.clone(), entry.currency.code());
        sums.entry(key).or_insert((entry.currency, 0)).1 += entry.minor;
    }
    sums
}

/// All that is booked of an order and should not be, or should be and is not.
pub(super) fn differences(facts: &OrderFacts) -> Vec<Difference> {
    let mut proof = OrderProof {
        facts,
        found: Vec::new(),
    };
    proof.bill();
    proof.sale();
    proof.refunds();
    proof.unexpected();
    proof.found
}

struct OrderProof<'a> {
    facts: &'a OrderFacts,
    found: Vec<Difference>,
}

impl OrderProof<'_> {
    fn source(&self, kind: TransactionKind, id: Uuid) -> Source {
        Source {
            kind,
            id,
            customer: self.facts.customer,
            order: self.facts.order,
        }
    }

    fn booked(&self, kind: TransactionKind, id: Uuid) -> (&[Entry], i64) {
        let booked = self.facts.booked.iter().find(|one| (one.kind, one.id) == (kind, id));
        booked.map_or((&[], self.facts.created_at_us), |one| (&one.entries, one.at_us))
    }

    /// What was charged is the total of the bill.
    fn bill(&mut self) {
        let (charged, total) = (self.facts.charged, self.facts.sale.total);
        if self.facts.is_paid && charged != total {
            let account = Account::provider(&self.facts.sale.provider, total.currency());
            let of = (
                Some(TransactionKind::Sale),
                self.facts.order.uuid(),
                self.facts.created_at_us,
            );
            self.differs(of, &account, total.currency(), charged.minor(), total.minor());
        }
    }

    fn sale(&mut self) {
        if self.facts.is_paid {
            let source = self.source(TransactionKind::Sale, self.facts.order.uuid());
            let sale: &Sale = &self.facts.sale;
            self.expect(source, &sale.book(source));
        }
    }

    /// Each refund is owed, and those that the provider has returned are paid. Together they take back no more of an account
    /// than the sale gave it, and all of them where all of the money went back.
    fn refunds(&mut self) {
        for refund in &self.facts.refunds {
            let (entries, at_us) = self.booked(TransactionKind::Refund, refund.id);
            let clearing = Account::refund_clearing();
            let owed = entries.iter().filter(|entry| entry.account == clearing);
            let booked = owed.map(|entry| entry.minor).sum();
            let of = (Some(TransactionKind::Refund), refund.id, at_us);
            self.differs(of, &clearing, refund.amount.currency(), -refund.amount.minor(), booked);
            if refund.is_returned {
                let source = self.source(TransactionKind::RefundPaid, refund.id);
                self.expect(source, &returned(source, &self.facts.sale.provider, refund.amount));
            }
        }
        let left: i64 =
            self.facts.sale.total.minor() - self.facts.refunds.iter().map(|one| one.amount.minor()).sum::<i64>();
        let of_kind = |kind| self.facts.booked.iter().filter(move |one| one.kind == kind);
        let sold = sums(of_kind(TransactionKind::Sale).flat_map(|one| &one.entries));
        let taken_back = sums(of_kind(TransactionKind::Refund).flat_map(|one| &one.entries));
        for ((account, code), (currency, back)) in taken_back {
            if account == Account::refund_clearing() {
                continue;
            }
            let had = sold.get(&(account.clone(), code)).map_or(0, |(_, minor)| *minor);
            let is_within = back.signum() * had.signum() <= 0 && back.abs() <= had.abs();
            if !is_within || (left == 0 && back != -had) {
                let of = (None, self.facts.order.uuid(), self.facts.created_at_us);
                self.differs(of, &account, currency, -had, back);
            }
        }
    }

    /// What is booked of it without a reason.
    fn unexpected(&mut self) {
        let facts = self.facts;
        let has_reason = |kind, id| match kind {
            TransactionKind::Sale => facts.is_paid && id == facts.order.uuid(),
            TransactionKind::Refund => facts.refunds.iter().any(|one| one.id == id),
            TransactionKind::RefundPaid => facts.refunds.iter().any(|one| one.id == id && one.is_returned),
        };
        for booked in facts.booked.iter().filter(|one| !has_reason(one.kind, one.id)) {
            for entry in &booked.entries {
                let of = (Some(booked.kind), booked.id, booked.at_us);
                self.differs(of, &entry.account, entry.currency, 0, entry.minor);
            }
        }
    }

    /// Compares a transaction, account by account. One that cannot be built has nothing to be compared with.
    fn expect<E>(&mut self, source: Source, expected: &Result<Transaction, E>) {
        let expected = expected.as_ref().map(Transaction::entries).unwrap_or_default();
        let (entries, at_us) = self.booked(source.kind, source.id);
        let (mut expected, booked) = (sums(expected), sums(entries));
        for (key, (currency, _)) in &booked {
            expected.entry(key.clone()).or_insert((*currency, 0));
        }
        for (key, (currency, minor)) in expected {
            let booked = booked.get(&key).map_or(0, |(_, minor)| *minor);
            self.differs((Some(source.kind), source.id, at_us), &key.0, currency, minor, booked);
        }
    }

    fn differs(
        &mut self,
        (kind, source, at_us): (Option<TransactionKind>, Uuid, i64),
        account: &Account,
        currency: Currency,
        expected_minor: i64,
        booked_minor: i64,
    ) {
        if expected_minor != booked_minor {
            self.found.push(Difference {
                proof: Proof::Order,
                order: Some(self.facts.order),
                kind,
                source: source.to_string(),
                account: Some(account.clone()),
                currency,
                expected_minor,
                booked_minor,
                at_us,
            });
        }
    }
}
