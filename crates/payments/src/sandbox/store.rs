//! The sandbox provider's record, in a database of its own. The id of a payment there is the id of its order.

use sqlx::FromRow;
use store::{Dialects, Error, Migrations, Source, Tx, exactly_one, execute, fetch_all, fetch_one, fetch_optional};
use uuid::Uuid;

use crate::money::Money;
use crate::movement::{Movement, MovementKind};
use crate::payment::{DeclineReason, PaymentRef, PaymentState};
use crate::refund::RefundRequest;
use crate::sandbox::{RecordedCharge, pix_action};

/// The schema of the sandbox's database.
///
/// The sandbox plays the part of an external company, so on `PostgreSQL`, where it shares rent's database, it has a
/// schema of its own.
pub static MIGRATIONS: Migrations = Migrations {
    sqlite: sqlx::migrate!("./migrations/sandbox/sqlite"),
    postgres: sqlx::migrate!("./migrations/sandbox/postgres"),
    schema: Some("sandbox"),
};

/// A statement with the table's name between its parts.
macro_rules! of_charges {
    ($first:literal $(, $part:literal)+ $(,)?) => {
        Dialects {
            sqlite: concat!($first $(, "charges", $part)+),
            postgres: concat!($first $(, "sandbox.charges", $part)+),
        }
    };
}

/// The state of a charge before it is decided.
const UNDECIDED: &str = "undecided";

/// The stored state of a charge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Record {
    /// The call failed, and nothing was charged.
    Failed,
    Decided(PaymentState),
}

impl Record {
    fn name(&self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Decided(PaymentState::Pending) => UNDECIDED,
            Self::Decided(PaymentState::NeedsAction(_)) => "awaiting",
            Self::Decided(PaymentState::Succeeded) => "charged",
            Self::Decided(PaymentState::Declined(_)) => "declined",
            Self::Decided(PaymentState::Cancelled) => "cancelled",
        }
    }

    fn decline_reason(&self) -> Option<&'static str> {
        match self {
            Self::Decided(PaymentState::Declined(reason)) => Some(reason.name()),
            Self::Failed | Self::Decided(_) => None,
        }
    }

    fn pay_by_us(&self) -> Option<i64> {
        match self {
            Self::Decided(PaymentState::NeedsAction(action)) => Some(action.expires_at_us()),
            Self::Failed | Self::Decided(_) => None,
        }
    }
}

#[derive(FromRow)]
struct ChargeRow {
    number: i64,
    order_id: Uuid,
    state: String,
    decline_reason: Option<String>,
    amount_minor: i64,
    currency_code: String,
    pay_by_us: Option<i64>,
}

#[derive(FromRow)]
struct ListedRow {
    #[sqlx(flatten)]
    charge: ChargeRow,
    refunded_minor: i64,
}

pub(super) async fn find(mut on: impl Source, payment: &PaymentRef) -> Result<Option<Record>, Error> {
    const BY_ORDER: Dialects = of_charges!(
        "SELECT number, order_id, state, decline_reason, amount_minor, currency_code, pay_by_us FROM ",
        " WHERE order_id = $1"
    );
    let row = fetch_optional!(on, ChargeRow, BY_ORDER, payment.id())?;
    Ok(row.map(|row| row.record()).transpose()?.flatten())
}

/// Locks a charge until the transaction ends, and returns its record. An unknown charge gets a row with the next number
/// and no decision, so that of two concurrent calls for one payment the second waits for the first.
pub(super) async fn lock(
    tx: &mut Tx,
    payment: &PaymentRef,
    amount: Option<Money>,
    now_us: i64,
) -> Result<Option<Record>, Error> {
    const LOCK: Dialects = Dialects {
        sqlite: "INSERT INTO charges (order_id, number, state, amount_minor, currency_code, created_at_us) \
                 VALUES ($1, (SELECT COALESCE(MAX(number), 0) + 1 FROM charges), $2, $3, $4, $5) \
                 ON CONFLICT (order_id) DO UPDATE SET state = charges.state \
                 RETURNING number, order_id, state, decline_reason, amount_minor, currency_code, pay_by_us",
        postgres: "INSERT INTO sandbox.charges AS charges \
                   (order_id, number, state, amount_minor, currency_code, created_at_us) \
                   VALUES ($1, nextval('sandbox.charge_numbers'), $2, $3, $4, $5) \
                   ON CONFLICT (order_id) DO UPDATE SET state = charges.state \
                   RETURNING number, order_id, state, decline_reason, amount_minor, currency_code, pay_by_us",
    };
    /// ISO 4217's code for no currency: no call has stated an amount yet.
    const NO_CURRENCY: &str = "XXX";
    let (minor, currency) = amount.map_or((0, NO_CURRENCY), |amount| (amount.minor(), amount.currency_code()));
    let row = fetch_one!(tx, ChargeRow, LOCK, payment.id(), UNDECIDED, minor, currency, now_us)?;
    row.record()
}

/// Writes the new state of a charge that is [locked](lock).
pub(super) async fn write(tx: &mut Tx, payment: &PaymentRef, record: &Record, now_us: i64) -> Result<(), Error> {
    const WRITE: Dialects = of_charges!(
        "UPDATE ",
        " SET state = $2, decline_reason = $3, pay_by_us = COALESCE($4, pay_by_us), \
          charged_at_us = COALESCE(charged_at_us, $5) WHERE order_id = $1"
    );
    let (state, reason) = (record.name(), record.decline_reason());
    let charged_at_us = matches!(record, Record::Decided(PaymentState::Succeeded)).then_some(now_us);
    let pay_by_us = record.pay_by_us();
    exactly_one(execute!(
        tx,
        WRITE,
        payment.id(),
        state,
        reason,
        pay_by_us,
        charged_at_us
    )?)
}

/// Charges that were charged or declined, in the order of their numbers.
pub(super) async fn list(mut on: impl Source, after: i64, limit: i64) -> Result<Vec<RecordedCharge>, Error> {
    const LIST: Dialects = of_charges!(
        "SELECT number, order_id, state, decline_reason, amount_minor, currency_code, pay_by_us, refunded_minor FROM ",
        " WHERE number > $1 AND state IN ('charged', 'declined') ORDER BY number LIMIT $2"
    );
    let rows = fetch_all!(on, ListedRow, LIST, after, limit)?;
    rows.into_iter().map(ListedRow::read).collect()
}

/// The payment and the amount of a refund that was made.
pub(super) async fn refunded(mut on: impl Source, refund: Uuid) -> Result<Option<(Uuid, Money)>, Error> {
    const REFUND: Dialects = Dialects {
        sqlite: "SELECT order_id, amount_minor, currency_code FROM refunds WHERE refund_id = $1",
        postgres: "SELECT order_id, amount_minor, currency_code FROM sandbox.refunds WHERE refund_id = $1",
    };
    let row = fetch_optional!(on, (Uuid, i64, String), REFUND, refund)?;
    row.map(|(payment, minor, currency)| Ok((payment, amount(minor, &currency)?)))
        .transpose()
}

/// Writes a refund of a charge that is [locked](lock). False if the charge has less left to return, or another currency.
pub(super) async fn insert_refund(
    tx: &mut Tx,
    payment: &PaymentRef,
    refund: &RefundRequest,
    now_us: i64,
) -> Result<bool, Error> {
    const COUNT: Dialects = of_charges!(
        "UPDATE ",
        " SET refunded_minor = refunded_minor + $2 \
          WHERE order_id = $1 AND currency_code = $3 AND refunded_minor + $2 <= amount_minor"
    );
    const INSERT: Dialects = Dialects {
        sqlite: "INSERT INTO refunds (refund_id, order_id, amount_minor, currency_code, created_at_us) \
                 VALUES ($1, $2, $3, $4, $5)",
        postgres: "INSERT INTO sandbox.refunds (refund_id, order_id, amount_minor, currency_code, created_at_us) \
                   VALUES ($1, $2, $3, $4, $5)",
    };
    let (minor, currency) = (refund.amount.minor(), refund.amount.currency_code());
    if execute!(tx, COUNT, payment.id(), minor, currency)? == 0 {
        return Ok(false);
    }
    exactly_one(execute!(tx, INSERT, refund.id, payment.id(), minor, currency, now_us)?)?;
    Ok(true)
}

#[derive(FromRow)]
struct MovedRow {
    order_id: Uuid,
    refund_id: Option<Uuid>,
    amount_minor: i64,
    currency_code: String,
    at_us: i64,
}

/// The money that was moved in a span of time, oldest first.
pub(super) async fn movements(mut on: impl Source, from_us: i64, until_us: i64) -> Result<Vec<Movement>, Error> {
    const MOVED: Dialects = Dialects {
        sqlite: "SELECT order_id, NULL AS refund_id, amount_minor, currency_code, charged_at_us AS at_us FROM charges \
                 WHERE state = 'charged' AND charged_at_us >= $1 AND charged_at_us < $2 UNION ALL \
                 SELECT order_id, refund_id, amount_minor, currency_code, created_at_us FROM refunds \
                 WHERE created_at_us >= $1 AND created_at_us < $2 ORDER BY at_us",
        postgres: "SELECT order_id, NULL::uuid AS refund_id, amount_minor, currency_code, charged_at_us AS at_us \
                   FROM sandbox.charges WHERE state = 'charged' AND charged_at_us >= $1 AND charged_at_us < $2 UNION ALL \
                   SELECT order_id, refund_id, amount_minor, currency_code, created_at_us FROM sandbox.refunds \
                   WHERE created_at_us >= $1 AND created_at_us < $2 ORDER BY at_us",
    };
    let rows = fetch_all!(on, MovedRow, MOVED, from_us, until_us)?;
    rows.into_iter().map(MovedRow::read).collect()
}

impl MovedRow {
    fn read(self) -> Result<Movement, Error> {
        let amount = amount(self.amount_minor, &self.currency_code)?;
        Ok(Movement {
            kind: match self.refund_id {
                None => MovementKind::Payment,
                refund => MovementKind::Refund(refund),
            },
            payment: Some(self.order_id),
            reference: self.refund_id.unwrap_or(self.order_id).to_string(),
            amount,
            fee: amount.zero(),
            at_us: self.at_us,
        })
    }
}

impl ChargeRow {
    /// None if it is not decided yet.
    fn record(&self) -> Result<Option<Record>, Error> {
        let unknown = || corrupt("a charge's state", &(&self.state, &self.decline_reason));
        Ok(Some(match self.state.as_str() {
            UNDECIDED => return Ok(None),
            "failed" => Record::Failed,
            "awaiting" => {
                let (payment, amount) = (self.payment(), self.amount()?);
                let action = self
                    .pay_by_us
                    .and_then(|pay_by_us| pix_action(&payment, amount, pay_by_us));
                Record::Decided(PaymentState::NeedsAction(action.ok_or_else(unknown)?))
            }
            "charged" => Record::Decided(PaymentState::Succeeded),
            "cancelled" => Record::Decided(PaymentState::Cancelled),
            "declined" => {
                let reason = self.decline_reason.as_deref().and_then(DeclineReason::from_name);
                Record::Decided(PaymentState::Declined(reason.ok_or_else(unknown)?))
            }
            _ => return Err(unknown()),
        }))
    }

    fn payment(&self) -> PaymentRef {
        PaymentRef::new(self.order_id)
    }

    fn amount(&self) -> Result<Money, Error> {
        amount(self.amount_minor, &self.currency_code)
    }
}

impl ListedRow {
    fn read(self) -> Result<RecordedCharge, Error> {
        let charge = self.charge;
        let Some(Record::Decided(state)) = charge.record()? else {
            return Err(corrupt("a listed charge", &charge.order_id));
        };
        Ok(RecordedCharge {
            number: charge.number,
            payment: charge.payment(),
            amount: charge.amount()?,
            state,
            refunded: amount(self.refunded_minor, &charge.currency_code)?,
        })
    }
}

fn amount(minor: i64, currency_code: &str) -> Result<Money, Error> {
    Money::parse(minor, currency_code).ok_or_else(|| corrupt("an amount", &(minor, currency_code)))
}

/// The error for a stored value that this program does not write.
fn corrupt(what: &str, value: &dyn std::fmt::Debug) -> Error {
    Error::Corrupt(format!("{what}: {value:?}"))
}
