//! The check of the ledger: that the entries of each transaction sum to zero, that what is booked of each order is its
//! bill, its refunds and its taxes, and that what is booked with a provider is the provider's own record, day by day.

mod movements;
mod orders;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use payments::{Currency, Providers};
use store::{Clock, Db};
use uuid::Uuid;

use super::store::facts::{self, Found, Span};
use super::{Account, TransactionKind};
use crate::fault::{Fault, Result};
use crate::id::OrderId;

pub(crate) const DAY_US: i64 = 24 * 60 * 60 * 1_000_000;
/// The most days of one check.
const DAYS_CHECKED: i64 = 20 * 366;
/// The most differences of one check; it ends at them.
const DIFFERENCES_TOLD: u64 = 1_000;
const DIFFERENCES_AT_ONCE: i64 = 1_000;
/// The orders that are read at once.
const ORDERS_AT_ONCE: i64 = 200;
/// How long a provider may take for the record of a day.
const RECORD_DEADLINE: Duration = Duration::from_mins(1);

/// What a difference is between.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Proof {
    /// The entries of a transaction, and zero.
    Sum,
    /// The ledger, and what the order's bill, refunds and taxes say.
    Order,
    /// The ledger, and the provider's own record.
    Provider,
}

/// Something that should be booked otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Difference {
    pub(crate) proof: Proof,
    /// None for money that is of no order of this store.
    pub(crate) order: Option<OrderId>,
    /// None if it is of several transactions, or of one that the ledger does not know.
    pub(crate) kind: Option<TransactionKind>,
    /// The id of the payment or the refund, or the provider's own of a movement.
    pub(crate) source: String,
    /// None where it is of all accounts.
    pub(crate) account: Option<Account>,
    pub(crate) currency: Currency,
    pub(crate) expected_minor: i64,
    pub(crate) booked_minor: i64,
    /// When the money was moved, or was booked.
    pub(crate) at_us: i64,
}

/// What a check has seen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Summary {
    pub(crate) orders: u64,
    pub(crate) movements: u64,
    /// Movements whose orders are not settled yet; they are booked soon.
    pub(crate) unsettled: u64,
    pub(crate) differences: u64,
    /// Whether the check ended before its end, because there are so many differences.
    pub(crate) is_cut: bool,
    /// Accounts of providers that the store is not connected to, so that there is no record to compare them with.
    pub(crate) unchecked: Vec<String>,
}

/// What a check tells next.
#[derive(Debug)]
pub(crate) enum Told {
    Differences(Vec<Difference>),
    /// The last.
    Summary(Summary),
}

/// What a check works with.
#[derive(Clone)]
pub(crate) struct Books {
    pub(crate) db: Db,
    pub(crate) providers: Providers,
    pub(crate) clock: Arc<dyn Clock>,
}

/// Where a check is.
#[derive(Debug, Clone)]
enum Phase {
    Sums,
    Orders {
        after: Uuid,
    },
    /// The movements of a day, of the provider at this place.
    Movements {
        provider: usize,
        from_us: i64,
    },
    /// What is booked with it on a day and was not among its movements.
    Booked {
        provider: usize,
        from_us: i64,
    },
    End,
    Told,
}

/// A check under way.
pub(crate) struct Check {
    books: Books,
    span: Span,
    phase: Phase,
    now_us: i64,
    /// The end of the first day of which something may be booked; what is before it is compared at once.
    first_day_end_us: i64,
    summary: Summary,
    /// The accounts of providers, by name.
    accounts: Vec<String>,
    /// What the provider that is looked at has moved.
    seen: HashSet<(TransactionKind, Uuid)>,
}

impl Books {
    /// Begins a check of a span: from the beginning if it names none, and until the end of today.
    pub(crate) async fn check(&self, from_us: Option<i64>, until_us: Option<i64>) -> Result<Check> {
        let now_us = self.clock.now_us();
        let span = Span {
            from_us: from_us.unwrap_or_default(),
            until_us: until_us.unwrap_or_else(|| end_of_day(now_us)),
        };
        let first_us = facts::first_booked_at_us(&self.db).await?.unwrap_or(now_us);
        let first_day_end_us = end_of_day(first_us.max(span.from_us));
        if span.from_us < 0 || span.from_us >= span.until_us {
            return Err(Fault::invalid("until_us", "The check ends after it begins."));
        }
        if (span.until_us - first_day_end_us) / DAY_US > DAYS_CHECKED {
            let message = format!("A check is of {DAYS_CHECKED} days at most.");
            return Err(Fault::invalid("until_us", message));
        }
        Ok(Check {
            books: self.clone(),
            span,
            phase: Phase::Sums,
            now_us,
            first_day_end_us,
            summary: Summary::default(),
            accounts: Vec::new(),
            seen: HashSet::new(),
        })
    }
}

/// The first moment of the day after, in UTC.
fn end_of_day(at_us: i64) -> i64 {
    (at_us.div_euclid(DAY_US) + 1).saturating_mul(DAY_US)
}

impl Check {
    /// What it finds next; none after the summary. The steps in between find nothing.
    pub(crate) async fn next(&mut self) -> Result<Option<Told>> {
        loop {
            let found = match self.phase.clone() {
                Phase::Sums => self.sums().await?,
                Phase::Orders { after } => self.orders(after).await?,
                Phase::Movements { provider, from_us } => self.movements(provider, from_us).await?,
                Phase::Booked { provider, from_us } => self.booked(provider, from_us).await?,
                Phase::End => {
                    self.phase = Phase::Told;
                    return Ok(Some(Told::Summary(self.summary.clone())));
                }
                Phase::Told => return Ok(None),
            };
            if !found.is_empty() {
                return Ok(Some(Told::Differences(self.count(found))));
            }
        }
    }

    /// Counts what was found. The check ends when it has found as much as it may tell.
    fn count(&mut self, mut found: Vec<Difference>) -> Vec<Difference> {
        let room = DIFFERENCES_TOLD.saturating_sub(self.summary.differences);
        let room = usize::try_from(room).unwrap_or(usize::MAX);
        if found.len() >= room {
            found.truncate(room);
            self.summary.is_cut = true;
            self.phase = Phase::End;
        }
        self.summary.differences += u64::try_from(found.len()).unwrap_or_default();
        found
    }

    async fn sums(&mut self) -> Result<Vec<Difference>> {
        self.phase = Phase::Orders { after: Uuid::nil() };
        let found = facts::unbalanced(&self.books.db, self.span, DIFFERENCES_AT_ONCE).await?;
        let difference = |found: Found| Difference {
            account: None,
            ..of_found(Proof::Sum, &found, 0)
        };
        Ok(found.into_iter().map(difference).collect())
    }

    async fn orders(&mut self, after: Uuid) -> Result<Vec<Difference>> {
        let page = facts::orders(&self.books.db, self.span, after, ORDERS_AT_ONCE).await?;
        match page.last() {
            Some(last) => {
                self.phase = Phase::Orders {
                    after: last.order.uuid(),
                }
            }
            None => self.begin_movements().await?,
        }
        self.summary.orders += u64::try_from(page.len()).unwrap_or_default();
        Ok(page.iter().flat_map(orders::differences).collect())
    }

    async fn begin_movements(&mut self) -> Result<()> {
        let mut last = String::new();
        while let Some(account) = facts::next_account(&self.books.db, &last).await? {
            last.clone_from(&account);
            if Account::named(account.clone()).is_of_provider() {
                self.accounts.push(account);
            }
        }
        let names: Vec<_> = self.books.providers.all().map(|one| one.name().to_owned()).collect();
        let is_known = |account: &&String| {
            names
                .iter()
                .any(|name| account.starts_with(&format!("provider:{name}:")))
        };
        self.summary.unchecked = self
            .accounts
            .iter()
            .filter(|account| !is_known(account))
            .cloned()
            .collect();
        self.phase = self.at_provider(0);
        Ok(())
    }

    /// Where the comparison with a provider begins; the end after the last.
    fn at_provider(&mut self, provider: usize) -> Phase {
        self.seen.clear();
        if self.books.providers.all().nth(provider).is_none() {
            return Phase::End;
        }
        Phase::Movements {
            provider,
            from_us: self.span.from_us,
        }
    }

    /// The part of the span that is compared at once: a day, or all before the first thing that was booked.
    fn day(&self, from_us: i64) -> Span {
        let until_us = end_of_day(from_us).max(self.first_day_end_us - DAY_US);
        Span {
            from_us,
            until_us: until_us.min(self.span.until_us),
        }
    }
}

fn of_found(proof: Proof, found: &Found, expected_minor: i64) -> Difference {
    Difference {
        proof,
        order: Some(found.order),
        kind: Some(found.kind),
        source: found.id.to_string(),
        account: Some(found.account.clone()),
        currency: found.currency,
        expected_minor,
        booked_minor: found.minor,
        at_us: found.booked_at_us,
    }
}
