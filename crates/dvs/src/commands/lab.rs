//! `dvs lab`: experiments on a store that was opened for them.

use anyhow::Result;
use api::lab::MoveClockRequest;
use rpc::Call;

use crate::commands::{say, told};
use crate::config::ClockOptions;
use crate::crash;
use crate::reach::{Missing, StoreConnection};

/// Moves the clock of both services.
pub(crate) async fn clock(options: ClockOptions) -> Result<()> {
    let store = StoreConnection::open(&options.store, "dvs lab clock", Missing::Refuse).await?;
    let seconds = options.shift.seconds;
    let (rent, catalogue) = (store.rent().await?, store.catalogue().await?);
    let moved = async {
        rent.move_clock(Call::by_service(MoveClockRequest { seconds })).await?;
        catalogue
            .move_clock(Call::by_service(MoveClockRequest { seconds }))
            .await
    };
    let moved = moved.await;
    store.close().await;
    moved.map_err(|fault| told(&fault))?;
    say("the clock has moved")
}

pub(crate) fn crash_points() -> Result<()> {
    crash::points().try_for_each(say)
}
