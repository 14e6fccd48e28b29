//! Refunds: money of a payment that was decided to go back, why, and what became of it.

use payments::{Money, RefundState};

use crate::id::RefundId;

/// A refund. It is decided once, in one transaction with what it does to the order and its entitlements; a job then has
/// the provider return the money.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refund {
    pub(crate) id: RefundId,
    pub(crate) amount: Money,
    pub(crate) reason: RefundReason,
    pub(crate) decided_by: DecidedBy,
    /// Whether the entitlements of the order ended with it.
    pub(crate) ends_access: bool,
    pub(crate) state: RefundState,
    pub(crate) decided_at_us: i64,
}

/// Why money goes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RefundReason {
    /// The payment came when the customer had the film already.
    AlreadyHeld,
    /// The customer withdrew from the order in time.
    Withdrawal,
    /// The customer asked staff for it.
    Requested,
    Duplicate,
    /// The film did not play as it should.
    TechnicalProblem,
    TitleWithdrawn,
    Fraud,
    /// The payment came after the order had ended, so that its titles were no longer reserved.
    PaidTooLate,
}

impl RefundReason {
    pub(crate) const ALL: [Self; 8] = [
        Self::AlreadyHeld,
        Self::Withdrawal,
        Self::Requested,
        Self::Duplicate,
        Self::TechnicalProblem,
        Self::TitleWithdrawn,
        Self::Fraud,
        Self::PaidTooLate,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::AlreadyHeld => "already_held",
            Self::Withdrawal => "withdrawal",
            Self::Requested => "requested",
            Self::Duplicate => "duplicate",
            Self::TechnicalProblem => "technical_problem",
            Self::TitleWithdrawn => "title_withdrawn",
            Self::Fraud => "fraud",
            Self::PaidTooLate => "paid_too_late",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.name() == name)
    }
}

/// Who decided a refund.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DecidedBy {
    /// The store by itself, by its rules.
    Store,
    Customer,
    Staff,
}

impl DecidedBy {
    pub(crate) const ALL: [Self; 3] = [Self::Store, Self::Customer, Self::Staff];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Store => "store",
            Self::Customer => "customer",
            Self::Staff => "staff",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|by| by.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back() {
        for reason in RefundReason::ALL {
            assert_eq!(RefundReason::from_name(reason.name()), Some(reason));
        }
        for by in DecidedBy::ALL {
            assert_eq!(DecidedBy::from_name(by.name()), Some(by));
        }
        assert_eq!(RefundReason::from_name("whim"), None);
        assert_eq!(DecidedBy::from_name("chance"), None);
    }
}
