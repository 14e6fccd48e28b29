//! Checkpoints: the named moments of an order at which a test may kill the process.

/// The steps of placing an order and of reconciling one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Step {
    /// Look for the order of an earlier call with the same key.
    Recall,
    /// Ask the catalogue for the offers.
    Price,
    /// Write the order and reserve its titles.
    Write,
    /// Ask the provider for the money.
    Charge,
    /// Write the provider's answer, and the entitlements with it.
    Settle,
    /// Leave an undecided order to the reconciler.
    Leave,
    /// Ask the provider what became of a charge.
    LookUp,
    /// Make sure that the provider never takes the money.
    Cancel,
    /// Return the money.
    Refund,
}

/// The steps that every order takes, in this order.
pub const STEPS: [Step; 5] = [Step::Recall, Step::Price, Step::Write, Step::Charge, Step::Settle];

/// The steps that only an undecided order takes, or one that was charged although it could give nothing.
pub const RECONCILING_STEPS: [Step; 4] = [Step::Leave, Step::LookUp, Step::Cancel, Step::Refund];

impl Step {
    /// A stable name, such as `charge`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Recall => "recall",
            Self::Price => "price",
            Self::Write => "write",
            Self::Charge => "charge",
            Self::Settle => "settle",
            Self::Leave => "leave",
            Self::LookUp => "look_up",
            Self::Cancel => "cancel",
            Self::Refund => "refund",
        }
    }
}

/// Before or after a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Moment {
    Before,
    After,
}

impl Moment {
    pub fn name(self) -> &'static str {
        match self {
            Self::Before => "before",
            Self::After => "after",
        }
    }
}

/// Is called before and after every step. The call may never return: a test may kill the process there, and the order must survive it.
pub trait Checkpoints: Send + Sync {
    fn reached(&self, step: Step, moment: Moment);
}

/// Checkpoints that do nothing.
pub struct NoCheckpoints;

impl Checkpoints for NoCheckpoints {
    fn reached(&self, _step: Step, _moment: Moment) {}
}
