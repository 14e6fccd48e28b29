//! Payment methods and the events of payment providers, as their contract has them.

use api::rent::{self as messages, PaymentService};
use async_trait::async_trait;
use rpc::Call;

use crate::fault::Fault;
use crate::payment::wire;
use crate::security;
use crate::service::RentService;

#[async_trait]
impl PaymentService for RentService {
    async fn list_payment_methods(
        &self,
        call: Call<messages::ListPaymentMethodsRequest>,
    ) -> rpc::Result<messages::ListPaymentMethodsResponse> {
        let currency = wire::parse_currency(&call.message.currency_code)?;
        Ok(wire::payment_methods(&self.orders.providers, currency))
    }

    async fn receive_provider_event(
        &self,
        call: Call<messages::ReceiveProviderEventRequest>,
    ) -> rpc::Result<messages::ReceiveProviderEventResponse> {
        let event = wire::event_request(&call.message);
        let received = self.orders.receive_event(&call.message.provider, &event).await;
        if let Err(Fault::EventRefused(why)) = &received {
            security::event_refused(&why.to_string(), &call.context);
        }
        received?;
        Ok(messages::ReceiveProviderEventResponse {})
    }
}
