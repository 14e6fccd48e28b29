//! `dvs lab`: experiments on a store that was opened for them.

use anyhow::Result;
use rpc::Call;

use crate::commands::{say, told};
use crate::config::ClockOptions;
use crate::crash;
use crate::reach::{Missing, StoreConnection};

/// Moves the clock of both services.
pub(crate) async fn clock(options: ClockOptions) -> Result<()> {
    let store = StoreConnection::open(&options.store, "dvs lab clock", Missing::Refuse).await?;
    let seconds = options.shift.seconds;
    let moved = async {
        let rent = api::lab::MoveClockRequest { seconds };
        store.rent.move_clock(Call::by_service(rent)).await?;
        let catalogue = api::lab::MoveClockRequest { seconds };
        store.catalogue.move_clock(Call::by_service(catalogue)).await
    };
    let moved = moved.await;
    store.close().await;
    moved.map_err(|fault| told(&fault))?;
    say("the clock has moved")
}

pub(crate) fn crash_points() -> Result<()> {
    crash::points().try_for_each(say)
}
