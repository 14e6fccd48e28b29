//! The comparison with a provider's own record, day by day.
//!
//! The provider's clock is another one, and the store learns of a payment later than it was made: near midnight the same
//! movement is of two days. So a movement is of the day that the provider says, and what is booked of it is found by the
//! ids of the payment and the refund, whenever it was booked. What is booked with the provider on a day must be among its
//! movements of the span, or of a while around the booking.

use std::collections::{BTreeMap, HashMap, HashSet};

use payments::{Currency, Movement, MovementKind, PaymentProvider, ProviderError};
use uuid::Uuid;

use super::{Check, DAY_US, Difference, Phase, Proof, RECORD_DEADLINE, end_of_day, of_found};
use crate::fault::Result;
use crate::id::OrderId;
use crate::ledger::store::facts::{self, Found, Span};
use crate::ledger::{Account, TransactionKind};

/// How long the store may take to book what a provider has moved, before it is a difference.
const SETTLING_US: i64 = 60 * 60 * 1_000_000;
/// How long before it was booked a movement may have been made, and after, by the provider's clock.
const BOOKED_LATE_US: i64 = 35 * DAY_US;
const BOOKED_EARLY_US: i64 = DAY_US;

/// What the ledger has of a movement: the kind of its transaction, its source, and the sign of its entry. None where the
/// ledger knows no such movement.
fn booking(movement: &Movement) -> Option<(TransactionKind, Uuid)> {
    match movement.kind {
        MovementKind::Payment => movement.payment.map(|payment| (TransactionKind::Sale, payment)),
        MovementKind::Refund(refund) => refund.map(|refund| (TransactionKind::RefundPaid, refund)),
        MovementKind::DisputeOpened | MovementKind::DisputeWon => None,
    }
}

/// What a movement adds to the provider's account.
fn signed(movement: &Movement) -> i64 {
    match movement.kind {
        MovementKind::Payment | MovementKind::DisputeWon => movement.amount.minor(),
        MovementKind::Refund(_) | MovementKind::DisputeOpened => -movement.amount.minor(),
    }
}

/// The movements of one source and currency, put together.
struct Moved {
    key: Option<(TransactionKind, Uuid)>,
    payment: Option<Uuid>,
    reference: String,
    currency: Currency,
    minor: i64,
    at_us: i64,
}

fn put_together(movements: Vec<Movement>) -> Vec<Moved> {
    let mut by_key: BTreeMap<(TransactionKind, Uuid, &'static str), Moved> = BTreeMap::new();
    let mut foreign = Vec::new();
    for movement in movements {
        let moved = Moved {
            key: booking(&movement),
            payment: movement.payment,
            minor: signed(&movement),
            currency: movement.amount.currency(),
            reference: movement.reference,
            at_us: movement.at_us,
        };
        let Some((kind, id)) = moved.key else {
            foreign.push(moved);
            continue;
        };
        match by_key.get_mut(&(kind, id, moved.currency.code())) {
            Some(known) => known.minor += moved.minor,
            None => drop(by_key.insert((kind, id, moved.currency.code()), moved)),
        }
    }
    by_key.into_values().chain(foreign).collect()
}

impl Check {
    fn provider(&self, place: usize) -> Result<&dyn PaymentProvider> {
        let provider = self.books.providers.all().nth(place);
        Ok(provider.ok_or_else(|| ProviderError::Failed("there is no such provider".to_owned()))?)
    }

    async fn record(&self, provider: usize, span: Span) -> Result<Vec<Movement>> {
        let provider = self.provider(provider)?;
        let answer = provider.movements(span.from_us, span.until_us);
        let answer = tokio::time::timeout(RECORD_DEADLINE, answer).await;
        Ok(answer.unwrap_or(Err(ProviderError::Late(RECORD_DEADLINE)))?)
    }

    /// Compares what a provider moved on a day with what is booked of it.
    pub(super) async fn movements(&mut self, provider: usize, from_us: i64) -> Result<Vec<Difference>> {
        let day = self.day(from_us);
        self.phase = if day.until_us < self.span.until_us {
            Phase::Movements {
                provider,
                from_us: day.until_us,
            }
        } else {
            Phase::Booked {
                provider,
                from_us: self.span.from_us,
            }
        };
        let movements = self.record(provider, day).await?;
        self.summary.movements += u64::try_from(movements.len()).unwrap_or_default();
        let moved = put_together(movements);
        let booked = self.booked_of(&moved).await?;
        let payments: Vec<_> = moved.iter().filter_map(|one| one.payment).collect();
        let unsettled = facts::unsettled(&self.books.db, &payments).await?;
        let name = self.provider(provider)?.name().to_owned();
        let mut differences = Vec::new();
        for one in moved {
            differences.extend(self.compare(&name, &one, &booked, &unsettled));
        }
        Ok(differences)
    }

    /// The entries of providers that are of these movements.
    async fn booked_of(&self, moved: &[Moved]) -> Result<HashMap<(TransactionKind, Uuid), Vec<Found>>> {
        let mut booked: HashMap<_, Vec<_>> = HashMap::new();
        for kind in [TransactionKind::Sale, TransactionKind::RefundPaid] {
            let own = moved.iter().filter_map(|one| one.key).filter(|(of, _)| *of == kind);
            let ids: Vec<_> = own.map(|(_, id)| id).collect();
            for found in facts::of_providers(&self.books.db, kind, &ids).await? {
                booked.entry((kind, found.id)).or_default().push(found);
            }
        }
        Ok(booked)
    }

    fn compare(
        &mut self,
        provider: &str,
        moved: &Moved,
        booked: &HashMap<(TransactionKind, Uuid), Vec<Found>>,
        unsettled: &HashSet<Uuid>,
    ) -> Vec<Difference> {
        let account = Account::provider(provider, moved.currency);
        let found: &[Found] = moved.key.and_then(|key| booked.get(&key)).map_or(&[], Vec::as_slice);
        // What was moved on another day already is moved twice, and was booked once.
        let is_again = moved.key.is_some_and(|key| !self.seen.insert(key));
        let own = found.iter().filter(|one| one.account == account && !is_again);
        let booked_minor = own.map(|one| one.minor).sum();
        let is_of_unsettled = || moved.key.is_some_and(|(_, id)| unsettled.contains(&id));
        if found.is_empty() && moved.at_us > self.now_us - SETTLING_US && is_of_unsettled() {
            self.summary.unsettled += 1;
            return Vec::new();
        }
        let elsewhere = found.iter().filter(|one| one.account != account);
        let mut differences: Vec<_> = elsewhere.map(|one| of_found(Proof::Provider, one, 0)).collect();
        if booked_minor != moved.minor {
            differences.push(Difference {
                proof: Proof::Provider,
                order: found.first().map(|one| one.order).or(moved.payment.map(OrderId::new)),
                kind: moved.key.map(|(kind, _)| kind),
                source: moved
                    .key
                    .map_or_else(|| moved.reference.clone(), |(_, id)| id.to_string()),
                account: Some(account),
                currency: moved.currency,
                expected_minor: moved.minor,
                booked_minor,
                at_us: moved.at_us,
            });
        }
        differences
    }

    /// Finds what is booked with a provider on a day and is not in its record.
    pub(super) async fn booked(&mut self, provider: usize, from_us: i64) -> Result<Vec<Difference>> {
        let day = self.day(from_us);
        let of_provider = format!("provider:{}:", self.provider(provider)?.name());
        let accounts = self.accounts.iter().filter(|account| account.starts_with(&of_provider));
        let mut missing = Vec::new();
        for account in accounts {
            let booked = facts::of_account(&self.books.db, account, day).await?;
            missing.extend(
                booked
                    .into_iter()
                    .filter(|one| !self.seen.contains(&(one.kind, one.id))),
            );
        }
        let around = Span {
            from_us: day.from_us.saturating_sub(BOOKED_LATE_US).max(0),
            until_us: end_of_day(day.until_us).saturating_add(BOOKED_EARLY_US),
        };
        let around = if missing.is_empty() {
            Vec::new()
        } else {
            put_together(self.record(provider, around).await?)
        };
        let is_around = |found: &Found| {
            let is_it = |moved: &Moved| {
                moved.key == Some((found.kind, found.id))
                    && (moved.currency, moved.minor) == (found.currency, found.minor)
            };
            around.iter().any(is_it)
        };
        missing.retain(|found| !is_around(found));
        self.phase = if day.until_us < self.span.until_us {
            Phase::Booked {
                provider,
                from_us: day.until_us,
            }
        } else {
            self.at_provider(provider + 1)
        };
        Ok(missing
            .iter()
            .map(|found| of_found(Proof::Provider, found, 0))
            .collect())
    }
}
