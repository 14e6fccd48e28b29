//! The ledger: each movement of money is a transaction, whose entries sum to zero.
//!
//! An entry adds to an account what the store has or spends (positive, a debit), or what it owes or earns (negative, a
//! credit). Nothing booked is ever changed: what goes back is a transaction of its own. Each is booked in the database
//! transaction that makes it true, so that neither is there without the other.

pub(crate) mod book;
pub(crate) mod check;
pub(crate) mod nightly;
mod service;
mod spread;
pub(crate) mod store;
mod wire;

use std::collections::BTreeMap;
use std::fmt;

use payments::Currency;
use uuid::Uuid;

use crate::id::{CustomerId, OrderId};
use crate::library::entitlement::Kind;

/// An account of the ledger, by its name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Account(String);

impl Account {
    /// What a provider holds for the store: what it took, less what it returned.
    pub(crate) fn provider(name: &str, currency: Currency) -> Self {
        Self(format!("provider:{name}:{}", currency.code()))
    }

    /// What was earned by a kind of offer, without taxes.
    pub(crate) fn revenue(kind: Kind) -> Self {
        Self(format!("revenue:{}", kind.name()))
    }

    /// What customers did not pay of the prices.
    pub(crate) fn discount() -> Self {
        Self("discount".to_owned())
    }

    /// What a country gets, which is its code of ISO 3166.
    pub(crate) fn tax(country: &str) -> Self {
        Self(format!("tax:{country}"))
    }

    /// What customers get back and do not have yet.
    pub(crate) fn refund_clearing() -> Self {
        Self("refund_clearing".to_owned())
    }

    /// An account of a stored entry.
    pub(crate) fn named(name: String) -> Self {
        Self(name)
    }

    pub(crate) fn name(&self) -> &str {
        &self.0
    }

    fn is_of_provider(&self) -> bool {
        self.0.starts_with("provider:")
    }
}

impl fmt::Display for Account {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// What a transaction is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum TransactionKind {
    /// A provider took the money of an order; the source is the payment.
    Sale,
    /// Money was decided to go back; the source is the refund.
    Refund,
    /// The provider returned it; the source is the refund.
    RefundPaid,
}

impl TransactionKind {
    const ALL: [Self; 3] = [Self::Sale, Self::Refund, Self::RefundPaid];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sale => "sale",
            Self::Refund => "refund",
            Self::RefundPaid => "refund_paid",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// What a transaction adds to an account, in minor units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) account: Account,
    pub(crate) currency: Currency,
    pub(crate) minor: i64,
}

/// What a transaction is of. There is one of each kind and source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Source {
    pub(crate) kind: TransactionKind,
    pub(crate) id: Uuid,
    pub(crate) customer: CustomerId,
    pub(crate) order: OrderId,
}

/// A transaction whose entries sum to zero in each currency; there is no other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Transaction {
    source: Source,
    entries: Vec<Entry>,
}

/// Entries that do not sum to zero.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the entries of a {kind} of {order} do not sum to zero: they leave {left} {currency}", kind = .of.kind.name(),
        order = .of.order)]
pub(crate) struct Unbalanced {
    of: Source,
    left: i128,
    currency: &'static str,
}

impl Transaction {
    /// A transaction of entries, which are put together by their accounts; what adds nothing is left out.
    pub(crate) fn balanced(
        source: Source,
        entries: impl IntoIterator<Item = Entry>,
    ) -> std::result::Result<Self, Unbalanced> {
        let mut by_account: BTreeMap<(Account, &'static str), Entry> = BTreeMap::new();
        let mut sums: BTreeMap<&'static str, i128> = BTreeMap::new();
        for entry in entries {
            let code = entry.currency.code();
            *sums.entry(code).or_default() += i128::from(entry.minor);
            let key = (entry.account.clone(), code);
            match by_account.get_mut(&key) {
                Some(known) => known.minor += entry.minor,
                None => drop(by_account.insert(key, entry)),
            }
        }
        if let Some((currency, left)) = sums.into_iter().find(|(_, sum)| *sum != 0) {
            return Err(Unbalanced {
                of: source,
                left,
                currency,
            });
        }
        let entries = by_account.into_values().filter(|entry| entry.minor != 0).collect();
        Ok(Self { source, entries })
    }

    pub(crate) fn source(&self) -> Source {
        self.source
    }

    /// By the names of their accounts.
    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source() -> Source {
        Source {
            kind: TransactionKind::Sale,
            id: Uuid::from_u128(1),
            customer: CustomerId::new(Uuid::from_u128(2)),
            order: OrderId::new(Uuid::from_u128(3)),
        }
    }

    fn entry(account: Account, currency: Currency, minor: i64) -> Entry {
        Entry {
            account,
            currency,
            minor,
        }
    }

    #[test]
    fn an_unbalanced_transaction_cannot_be_built() {
        let provider = || Account::provider("sandbox", Currency::BRL);
        let one = entry(provider(), Currency::BRL, 1);
        assert!(Transaction::balanced(source(), [one.clone()]).is_err());
        // What is too much in one currency does not make up for what is missing in another.
        let dollars = entry(Account::discount(), Currency::USD, -1);
        let error = Transaction::balanced(source(), [one.clone(), dollars]).unwrap_err();
        assert!(error.to_string().ends_with("they leave 1 BRL"), "{error}");
        let back = entry(provider(), Currency::BRL, -1);
        assert_eq!(Transaction::balanced(source(), [one, back]).unwrap().entries(), []);
    }

    #[test]
    fn entries_of_one_account_are_one() {
        let revenue = || Account::revenue(Kind::Rent);
        let entries = [
            entry(revenue(), Currency::BRL, -100),
            entry(Account::refund_clearing(), Currency::BRL, 300),
            entry(revenue(), Currency::BRL, -200),
        ];
        let booked = Transaction::balanced(source(), entries).unwrap();
        let minors: Vec<_> = booked.entries().iter().map(|entry| entry.minor).collect();
        assert_eq!(minors, [300, -300]);
    }

    #[test]
    fn names_of_kinds_are_read_back() {
        for kind in TransactionKind::ALL {
            assert_eq!(TransactionKind::from_name(kind.name()), Some(kind));
        }
        assert_eq!(TransactionKind::from_name("gift"), None);
    }
}
