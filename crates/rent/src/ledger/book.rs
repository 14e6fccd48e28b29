//! What a sale, a refund and a returned refund book.
//!
//! A sale: the provider holds the money, which is revenue and taxes; a discount makes up for what the prices are more.
//! A refund takes back a part of each of these, and the store owes it, in `refund_clearing`, until the provider has
//! returned it. A refund that the provider refuses stays there: the store still owes it.

use std::collections::BTreeMap;

use payments::{Currency, Money};

use super::spread::{part, spread};
use super::{Account, Entry, Source, Transaction, Unbalanced};
use crate::library::entitlement::Kind;

/// The code of no country: orders do not say yet in which country they are taxed.
pub(crate) const NO_COUNTRY: &str = "ZZ";

/// The money of an order, as its bill has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sale {
    pub(crate) provider: String,
    /// What was charged.
    pub(crate) total: Money,
    pub(crate) discount: Money,
    /// What is owed to each country, within the total.
    pub(crate) taxes: Vec<(String, Money)>,
    /// The price of each line.
    pub(crate) lines: Vec<(Kind, Money)>,
}

impl Sale {
    /// The sale as a transaction. Lines of one kind are put together. What is neither discount nor tax is revenue, spread
    /// over the kinds as their prices are.
    pub(crate) fn book(&self, source: Source) -> Result<Transaction, Unbalanced> {
        let currency = self.total.currency();
        let entry = |account, minor| Entry {
            account,
            currency,
            minor,
        };
        let kinds = [Kind::Rent, Kind::Buy];
        let prices = kinds.map(|kind| {
            let own = self.lines.iter().filter(|(of, _)| *of == kind);
            own.map(|(_, price)| price.minor()).sum()
        });
        let taxes: i64 = self.taxes.iter().map(|(_, tax)| tax.minor()).sum();
        let revenue = self.total.minor() + self.discount.minor() - taxes;
        let mut entries = vec![
            entry(Account::provider(&self.provider, currency), self.total.minor()),
            entry(Account::discount(), self.discount.minor()),
        ];
        entries.extend(
            self.taxes
                .iter()
                .map(|(country, tax)| entry(Account::tax(country), -tax.minor())),
        );
        let earned = kinds.into_iter().zip(spread(revenue, &prices));
        entries.extend(earned.map(|(kind, minor)| entry(Account::revenue(kind), -minor)));
        Transaction::balanced(source, entries)
    }
}

/// The sums of an order's entries, by account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Balance(BTreeMap<Account, i64>);

impl Balance {
    pub(crate) fn of<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Self {
        let mut sums = BTreeMap::new();
        for entry in entries {
            *sums.entry(entry.account.clone()).or_default() += entry.minor;
        }
        Self(sums)
    }

    /// What is left of a sale: neither the provider's money nor what is owed to the customer.
    fn left_of_sale(&self) -> impl Iterator<Item = (&Account, i64)> {
        let clearing = Account::refund_clearing();
        let sums = self.0.iter().map(|(account, minor)| (account, *minor));
        sums.filter(move |(account, _)| !account.is_of_provider() && **account != clearing)
    }

    /// A refund as a transaction, by what the sale and the refunds before it have left: each account gives back as much
    /// of it as the refund is of what is left of the payment, and never more than it has, so that the last refund leaves
    /// nothing.
    pub(crate) fn refund(&self, source: Source, amount: Money) -> Result<Transaction, Unbalanced> {
        let currency = amount.currency();
        let entry = |account: &Account, minor| Entry {
            account: account.clone(),
            currency,
            minor,
        };
        let (spent, earned): (Vec<_>, Vec<_>) = self.left_of_sale().partition(|(_, minor)| *minor > 0);
        let paid = -self.left_of_sale().map(|(_, minor)| minor).sum::<i64>();
        let mut entries = vec![entry(&Account::refund_clearing(), -amount.minor())];
        // Where it is more than what is left, the entries do not sum to zero, and it is not booked.
        let amount = amount.minor().min(paid);
        let mut to_spread = amount;
        for (account, left) in spent {
            let back = part(left, amount, paid);
            to_spread += back;
            entries.push(entry(account, -back));
        }
        let weights: Vec<_> = earned.iter().map(|(_, minor)| -minor).collect();
        let backs = earned.iter().zip(spread(to_spread, &weights));
        entries.extend(backs.map(|((account, _), back)| entry(account, back)));
        Transaction::balanced(source, entries)
    }
}

/// A refund that the provider has returned.
pub(crate) fn returned(source: Source, provider: &str, amount: Money) -> Result<Transaction, Unbalanced> {
    let currency: Currency = amount.currency();
    let entry = |account, minor| Entry {
        account,
        currency,
        minor,
    };
    let entries = [
        entry(Account::refund_clearing(), amount.minor()),
        entry(Account::provider(provider, currency), -amount.minor()),
    ];
    Transaction::balanced(source, entries)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::id::{CustomerId, OrderId};
    use crate::ledger::TransactionKind;

    fn source(kind: TransactionKind) -> Source {
        Source {
            kind,
            id: Uuid::from_u128(1),
            customer: CustomerId::new(Uuid::from_u128(2)),
            order: OrderId::new(Uuid::from_u128(3)),
        }
    }

    fn money(minor: i64) -> Money {
        Money::parse(minor, "BRL").unwrap()
    }

    fn sale(prices: &[(Kind, i64)], discount: i64, tax: i64) -> Sale {
        let subtotal: i64 = prices.iter().map(|(_, minor)| minor).sum();
        Sale {
            provider: "sandbox".to_owned(),
            total: money(subtotal - discount),
            discount: money(discount),
            taxes: vec![("BR".to_owned(), money(tax))],
            lines: prices.iter().map(|(kind, minor)| (*kind, money(*minor))).collect(),
        }
    }

    fn booked(transaction: &Transaction) -> Vec<(String, i64)> {
        let entries = transaction.entries().iter();
        entries.map(|entry| (entry.account.to_string(), entry.minor)).collect()
    }

    fn expected(entries: &[(&str, i64)]) -> Vec<(String, i64)> {
        entries
            .iter()
            .map(|(account, minor)| ((*account).to_owned(), *minor))
            .collect()
    }

    #[test]
    fn a_sale_books_revenue_by_kind_with_discount_and_taxes() {
        let lines = [(Kind::Rent, 1490), (Kind::Buy, 3990), (Kind::Rent, 510)];
        let plain = sale(&lines, 0, 0).book(source(TransactionKind::Sale)).unwrap();
        let accounts = [
            ("provider:sandbox:BRL", 5990),
            ("revenue:buy", -3990),
            ("revenue:rent", -2000),
        ];
        assert_eq!(booked(&plain), expected(&accounts));
        let whole = sale(&lines, 590, 900).book(source(TransactionKind::Sale)).unwrap();
        // Of 5090 in revenue, the purchases are 3990 of 5990.
        let accounts = [
            ("discount", 590),
            ("provider:sandbox:BRL", 5400),
            ("revenue:buy", -3391),
            ("revenue:rent", -1699),
            ("tax:BR", -900),
        ];
        assert_eq!(booked(&whole), expected(&accounts));
    }

    #[test]
    fn a_refund_is_owed_until_it_is_returned() {
        let returned = returned(source(TransactionKind::RefundPaid), "sandbox", money(500)).unwrap();
        let accounts = [("provider:sandbox:BRL", -500), ("refund_clearing", 500)];
        assert_eq!(booked(&returned), expected(&accounts));
    }

    #[test]
    fn refunds_by_thirds_take_back_the_sale_and_nothing_more() {
        let sold = sale(&[(Kind::Rent, 1000), (Kind::Buy, 1000)], 100, 33);
        let sold = sold.book(source(TransactionKind::Sale)).unwrap();
        let mut entries = sold.entries().to_vec();
        for third in [633, 633, 634] {
            let refund = Balance::of(&entries)
                .refund(source(TransactionKind::Refund), money(third))
                .unwrap();
            entries.extend_from_slice(refund.entries());
        }
        let left: Vec<_> = Balance::of(&entries).left_of_sale().map(|(_, minor)| minor).collect();
        assert_eq!(left, [0, 0, 0, 0]);
        // Nothing is left, so that another refund has no other side.
        assert!(
            Balance::of(&entries)
                .refund(source(TransactionKind::Refund), money(1))
                .is_err()
        );
        // Nor has one that is more than the sale.
        assert!(
            Balance::of(sold.entries())
                .refund(source(TransactionKind::Refund), money(1901))
                .is_err()
        );
    }

    proptest! {
        #[test]
        fn refunds_of_any_sale_are_never_more_than_it_and_end_at_zero(
            prices in prop::collection::vec((prop::bool::ANY, 0..=200_000_000_000_i64), 1..5),
            (off, taxed) in (0..=100_i64, 0..=100_i64),
            cuts in prop::collection::vec(1..=100_i64, 0..6),
        ) {
            let lines: Vec<_> = prices
                .iter()
                .map(|(is_rent, minor)| (if *is_rent { Kind::Rent } else { Kind::Buy }, *minor))
                .collect();
            let subtotal: i64 = lines.iter().map(|(_, minor)| minor).sum();
            let discount = subtotal * off / 100;
            let sold = sale(&lines, discount, (subtotal - discount) * taxed / 100);
            let sold = sold.book(source(TransactionKind::Sale)).unwrap();
            let mut entries = sold.entries().to_vec();
            let mut left = subtotal - discount;
            // The last one is the whole rest.
            for cut in cuts.into_iter().chain([100]) {
                let amount = left / 100 * cut + left % 100 * cut / 100;
                left -= amount;
                let before = Balance::of(&entries);
                let refund = before.refund(source(TransactionKind::Refund), money(amount)).unwrap();
                entries.extend_from_slice(refund.entries());
                for (account, minor) in Balance::of(&entries).left_of_sale() {
                    let (_, whole) = before.left_of_sale().find(|(of, _)| *of == account).unwrap();
                    prop_assert!(minor.signum() * whole.signum() >= 0, "{} {} {}", account, minor, whole);
                    prop_assert!(minor.abs() <= whole.abs());
                }
            }
            prop_assert!(Balance::of(&entries).left_of_sale().all(|(_, minor)| minor == 0));
        }
    }
}
