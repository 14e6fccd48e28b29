//! `dvs lab`: experiments on a store that was opened with `--lab`.

use anyhow::Result;
use api::lab::MoveClockRequest;
use jiff::Timestamp;
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
    let now_us = moved.map_err(|fault| told(&fault))?.now_us;
    let now = Timestamp::from_microsecond(now_us)?;
    say(format_args!("the store's clock has moved: it is {now:.0}"))
}

pub(crate) fn crash_points() -> Result<()> {
    crash::points().try_for_each(say)
}
