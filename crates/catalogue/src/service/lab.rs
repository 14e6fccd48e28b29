//! The lab's records and clock, as their contracts have them.

use api::lab::{self as messages, ClockService, RecordService};
use async_trait::async_trait;
use rpc::Call;
use store::ShiftedClock;

use super::CatalogueService;
use crate::fault::{Fault, Result};

#[async_trait]
impl RecordService for CatalogueService {
    async fn list_records(&self, call: Call<messages::ListRecordsRequest>) -> rpc::Result<api::Records> {
        let records = self.records()?;
        Ok(if call.message.from_database {
            records.read(&self.db, call.message).await?
        } else {
            records.list(call.message)?
        })
    }

    async fn export_records(
        &self,
        call: Call<messages::ExportRecordsRequest>,
    ) -> rpc::Result<rpc::Stream<api::Records>> {
        Ok(self.records()?.export(call.message)?)
    }
}

#[async_trait]
impl ClockService for CatalogueService {
    async fn move_clock(&self, call: Call<messages::MoveClockRequest>) -> rpc::Result<messages::MoveClockResponse> {
        let now_us = self.move_lab_clock(call.message.seconds).await?;
        Ok(messages::MoveClockResponse { now_us })
    }
}

impl CatalogueService {
    async fn move_lab_clock(&self, seconds: i64) -> Result<i64> {
        let lab = self.lab.as_ref().ok_or(Fault::LabOnly)?;
        if !ShiftedClock::may_shift(seconds) {
            return Err(Fault::invalid("seconds", "The clock moves by ten years at most."));
        }
        Ok(lab.shift(&self.db, seconds).await?)
    }
}
