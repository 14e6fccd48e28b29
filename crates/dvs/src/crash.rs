//! Points of an order at which a store with the lab can be made to die, so that one can see what a restart does with the order.

use anyhow::{Context, Result};
use rent::checkpoint::{Checkpoints, Moment, RECONCILING_STEPS, STEPS, Step};

/// Ends the process at one point without any cleanup, as a loss of power would.
pub(crate) struct CrashAt {
    step: Step,
    moment: Moment,
}

impl CrashAt {
    /// The point with this name, such as `charge:before`.
    pub(crate) fn parse(point: &str) -> Result<Self> {
        let found = all().find(|(step, moment)| name(*step, *moment) == point);
        let (step, moment) =
            found.with_context(|| format!("there is no crash point {point:?}: see dvs lab crash-points"))?;
        Ok(Self { step, moment })
    }
}

impl Checkpoints for CrashAt {
    fn reached(&self, step: Step, moment: Moment) {
        if (step, moment) == (self.step, self.moment) {
            std::process::abort();
        }
    }
}

/// The names of all points; those that every order passes come first.
pub(crate) fn points() -> impl Iterator<Item = String> {
    all().map(|(step, moment)| name(step, moment))
}

fn all() -> impl Iterator<Item = (Step, Moment)> {
    STEPS
        .into_iter()
        .chain(RECONCILING_STEPS)
        .flat_map(|step| [(step, Moment::Before), (step, Moment::After)])
}

fn name(step: Step, moment: Moment) -> String {
    format!("{}:{}", step.name(), moment.name())
}
