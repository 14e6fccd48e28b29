//! `dvs sandbox`: lists what the sandbox provider really charged, and pays it a Pix.

use anyhow::Result;
use api::rent::{ListSandboxChargesRequest, PaySandboxOrderRequest, Rent, SandboxCharge};
use rpc::Call;
use serde::Serialize;

use crate::commands::{note, say, told, word};
use crate::config::{SandboxPayOptions, StoreOptions};
use crate::reach::{Missing, StoreConnection};

/// One line of the answer; every field is written, whatever its value.
#[derive(Serialize)]
struct Line {
    idempotency_key: String,
    order_id: String,
    amount_minor: i64,
    currency_code: String,
    state: String,
    refunded_minor: i64,
}

pub(crate) async fn charges(options: StoreOptions) -> Result<()> {
    let store = StoreConnection::open(&options, "dvs sandbox charges", Missing::Refuse).await?;
    let written = write_all(store.rent().await?).await;
    store.close().await;
    written
}

/// Pays an order that waits for a Pix.
pub(crate) async fn pay(options: SandboxPayOptions) -> Result<()> {
    let store = StoreConnection::open(&options.store, "dvs sandbox pay", Missing::Refuse).await?;
    let order_id = options.order_id;
    let request = PaySandboxOrderRequest { order_id };
    let paid = store.rent().await?.pay_sandbox_order(Call::by_service(request)).await;
    store.close().await;
    let order = paid.map_err(|fault| told(&fault))?;
    let state = word(order.state().as_str_name(), "ORDER_STATE_");
    say(format!("paid; the order is {state}"))
}

async fn write_all(rent: &dyn Rent) -> Result<()> {
    let mut request = ListSandboxChargesRequest::default();
    let mut is_empty = true;
    loop {
        let page = rent.list_sandbox_charges(Call::by_service(request)).await;
        let page = page.map_err(|fault| told(&fault))?;
        for charge in page.charges {
            is_empty = false;
            say(serde_json::to_string(&Line::from(charge))?)?;
        }
        if page.next_page_token.is_empty() {
            break;
        }
        request = ListSandboxChargesRequest {
            page_token: page.next_page_token,
        };
    }
    if is_empty {
        note("The sandbox has charged nothing yet.")?;
    }
    Ok(())
}

impl From<SandboxCharge> for Line {
    fn from(charge: SandboxCharge) -> Self {
        let state = word(charge.state().as_str_name(), "SANDBOX_CHARGE_STATE_");
        Self {
            idempotency_key: charge.idempotency_key,
            order_id: charge.order_id,
            amount_minor: charge.amount_minor,
            currency_code: charge.currency_code,
            state,
            refunded_minor: charge.refunded_minor,
        }
    }
}
