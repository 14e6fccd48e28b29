//! `dvs staff add`: makes a customer staff.

use anyhow::Result;
use api::rent::AddStaffRequest;
use rpc::Call;

use crate::commands::{say, told};
use crate::config::StaffAddOptions;
use crate::reach::{Missing, Reached};

pub(crate) async fn add(options: StaffAddOptions) -> Result<()> {
    let store = Reached::open(&options.store, "dvs staff add", Missing::Refuse).await?;
    let request = AddStaffRequest { email: options.email };
    let answer = store.rent.add_staff(Call::by_service(request)).await;
    store.close().await;
    let customer = answer.map_err(|fault| told(&fault))?;
    say(format_args!("{} is staff now", customer.email))
}
