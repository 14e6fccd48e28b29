//! `dvs sandbox charges`: what the sandbox provider really charged.

use anyhow::Result;
use api::rent::{ListSandboxChargesRequest, Rent, SandboxCharge};
use rpc::Call;
use serde::Serialize;

use crate::commands::{say, told};
use crate::config::StoreOptions;
use crate::reach::{Missing, Reached};

/// One line of the answer; every field is written, whatever its value.
#[derive(Serialize)]
struct Line {
    idempotency_key: String,
    order_id: String,
    amount_minor: i64,
    currency_code: String,
    state: String,
}

pub(crate) async fn charges(options: StoreOptions) -> Result<()> {
    let store = Reached::open(&options, "dvs sandbox charges", Missing::Refuse).await?;
    let written = write_all(store.rent.as_ref()).await;
    store.close().await;
    written
}

async fn write_all(rent: &dyn Rent) -> Result<()> {
    let mut request = ListSandboxChargesRequest::default();
    loop {
        let page = rent.list_sandbox_charges(Call::by_service(request)).await;
        let page = page.map_err(|fault| told(&fault))?;
        for charge in page.charges {
            say(serde_json::to_string(&Line::from(charge))?)?;
        }
        if page.next_page_token.is_empty() {
            return Ok(());
        }
        request = ListSandboxChargesRequest {
            page_token: page.next_page_token,
        };
    }
}

impl From<SandboxCharge> for Line {
    fn from(charge: SandboxCharge) -> Self {
        Self {
            idempotency_key: charge.idempotency_key,
            order_id: charge.order_id,
            amount_minor: charge.amount_minor,
            currency_code: charge.currency_code,
            state: charge.state,
        }
    }
}
