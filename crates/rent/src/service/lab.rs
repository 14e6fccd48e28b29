//! The lab's clock, as its contract has it.

use api::lab::{self as wire, ClockService};
use async_trait::async_trait;
use rpc::Call;
use store::ShiftedClock;

use super::RentService;
use crate::fault::{Fault, Result};

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
        if !ShiftedClock::may_shift(seconds) {
            return Err(Fault::invalid("seconds", "The clock moves by ten years at most."));
        }
        Ok(lab.shift(&self.db, seconds).await?)
    }
}
