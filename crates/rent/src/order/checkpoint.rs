//! Checkpoints: the named moments of an order at which a test may kill the process.

/// The steps of placing an order and of reconciling one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Step {
    /// Look for what an earlier call with the same key did.
    Recall,
    /// Ask the catalogue for the offers.
    Price,
    /// Write the order and reserve its titles.
    Write,
    /// Ask the provider for the money.
    Charge,
    /// Write what the provider said, and the entitlements with it.
    Settle,
    /// Leave an order to the reconciler that the provider did not decide.
    Leave,
    /// Ask the provider what became of a charge.
    LookUp,
    /// Have the provider never charge it.
    Cancel,
    /// Have the provider give the money back.
    Refund,
}

/// The steps that every order passes, in the order in which it does.
pub const STEPS: [Step; 5] = [Step::Recall, Step::Price, Step::Write, Step::Charge, Step::Settle];

/// The steps that only an order passes which was left undecided, or charged in vain.
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

/// Which side of a step.
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

/// Is told of every step. It may never return: the process may die there, and the order must survive it.
pub trait Checkpoints: Send + Sync {
    fn reached(&self, step: Step, moment: Moment);
}

/// Passes every checkpoint by.
pub struct NoCheckpoints;

impl Checkpoints for NoCheckpoints {
    fn reached(&self, _step: Step, _moment: Moment) {}
}
