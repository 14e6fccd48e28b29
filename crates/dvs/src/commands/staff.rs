//! `dvs staff`: makes a customer a member of staff, lists the members, and makes a member a customer again.

use anyhow::Result;
use api::rent::{AddStaffRequest, ListStaffRequest, RemoveStaffRequest, Rent};
use rpc::Call;

use crate::commands::{note, say, told};
use crate::config::{StaffMemberOptions, StoreOptions};
use crate::reach::{Missing, StoreConnection};

/// The size of a page of the list.
const PAGE: i32 = 100;

pub(crate) async fn add(options: StaffMemberOptions) -> Result<()> {
    let store = StoreConnection::open(&options.store, "dvs staff add", Missing::Refuse).await?;
    let request = AddStaffRequest { email: options.email };
    let answer = store.rent().await?.add_staff(Call::by_service(request)).await;
    store.close().await;
    let customer = answer.map_err(|fault| told(&fault))?;
    say(format_args!("{} is staff now", customer.email))
}

pub(crate) async fn list(options: StoreOptions) -> Result<()> {
    let store = StoreConnection::open(&options, "dvs staff list", Missing::Refuse).await?;
    let written = write_all(store.rent().await?).await;
    store.close().await;
    written
}

pub(crate) async fn remove(options: StaffMemberOptions) -> Result<()> {
    let store = StoreConnection::open(&options.store, "dvs staff remove", Missing::Refuse).await?;
    let request = RemoveStaffRequest { email: options.email };
    let answer = store.rent().await?.remove_staff(Call::by_service(request)).await;
    store.close().await;
    let customer = answer.map_err(|fault| told(&fault))?;
    say(format_args!("{} is not staff any more", customer.email))
}

async fn write_all(rent: &dyn Rent) -> Result<()> {
    let mut page_token = String::new();
    let mut is_empty = true;
    loop {
        let request = ListStaffRequest {
            page_size: PAGE,
            page_token,
        };
        let page = rent.list_staff(Call::by_service(request)).await;
        let page = page.map_err(|fault| told(&fault))?;
        for one in page.staff {
            is_empty = false;
            say(format_args!("{}\t{}", one.email, one.name))?;
        }
        if page.next_page_token.is_empty() {
            break;
        }
        page_token = page.next_page_token;
    }
    if is_empty {
        note("There is no staff yet: dvs staff add EMAIL")?;
    }
    Ok(())
}
