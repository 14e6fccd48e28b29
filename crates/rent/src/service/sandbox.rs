//! The sandbox provider, as its contract has it.

use ::store::PageToken;
use api::rent::{self as messages, SandboxService};
use async_trait::async_trait;
use rpc::identity::Caller;
use rpc::{Call, Permission};

use crate::fault::Fault;
use crate::order;
use crate::payment::wire;
use crate::service::{RentService, customer};

/// The most charges of one page.
const CHARGES_A_PAGE: i64 = 100;

#[async_trait]
impl SandboxService for RentService {
    async fn list_sandbox_charges(
        &self,
        call: Call<messages::ListSandboxChargesRequest>,
    ) -> rpc::Result<messages::ListSandboxChargesResponse> {
        let token = &call.message.page_token;
        let after = match token.as_str() {
            "" => 0,
            token => PageToken::decode(token, "charges").map_err(|_| Fault::PageTokenUnknown)?,
        };
        let sandbox = self.orders.sandbox()?;
        let charges = sandbox.list(after, CHARGES_A_PAGE).await.map_err(Fault::from)?;
        Ok(wire::charges(&charges, CHARGES_A_PAGE))
    }

    async fn pay_sandbox_order(&self, call: Call<messages::PaySandboxOrderRequest>) -> rpc::Result<messages::Order> {
        let id = order::service::parse_id(&call.message.order_id)?;
        let customer = match &call.context.caller {
            Caller::Service => self.orders.owner_of_open(id).await?,
            Caller::Customer(identity) if identity.may(Permission::ManagePayments) => {
                self.orders.owner_of_open(id).await?
            }
            Caller::Customer(_) | Caller::Anybody => customer(&call.context)?,
        };
        let paid = self.orders.pay_in_sandbox(customer, id).await?;
        Ok(order::wire::order(&paid, self.clock.now_us(), &self.limits))
    }
}
