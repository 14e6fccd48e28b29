//! The lab's clock, as its contract has it.

use api::lab::{self as wire, ClockService};
use async_trait::async_trait;
use rpc::Call;

use super::RentService;
use crate::fault::{Fault, Result};
use crate::time::SECOND_US;

/// How far the lab's clock is moved at once: ten years.
const CLOCK_LEAP_LIMIT_SECONDS: u64 = 10 * 365 * 24 * 60 * 60;

#[async_trait]
impl ClockService for RentService {
    async fn move_clock(&self, call: Call<wire::MoveClockRequest>) -> rpc::Result<wire::MoveClockResponse> {
        let now_us = self.move_lab_clock(call.message.seconds).await?;
        Ok(wire::MoveClockResponse { now_us })
    }
}

impl RentService {
    async fn move_lab_clock(&self, seconds: i64) -> Result<i64> {
        let lab = self.lab.as_ref().ok_or(Fault::LabOnly)?;
        if seconds.unsigned_abs() > CLOCK_LEAP_LIMIT_SECONDS {
            return Err(Fault::invalid("seconds", "The clock moves by ten years at most."));
        }
        let now_us = self.clock.now_us();
        lab.shift(&self.db, seconds).await?;
        Ok(now_us + seconds * SECOND_US)
    }
}
