//! Orders, as their contract has them.

use std::sync::Arc;

use ::store::PageSize;
use api::rent::{self as messages, OrderService};
use async_trait::async_trait;
use futures::future::ready;
use futures::{StreamExt, stream};
use rpc::Call;

use super::Order;
use super::changes::OrderChanges;
use super::store::orders;
use super::wire;
use crate::customer::store::customers;
use crate::fault::{Fault, Result};
use crate::id::{CustomerId, OrderId};
use crate::payment;
use crate::security;
use crate::service::paging::{next_page_token, page};
use crate::service::{RentService, WATCHER_PATIENCE, customer, viewer};

/// The most requests to a provider that staff see of one order.
const CALLS_SHOWN: i64 = 50;

#[async_trait]
impl OrderService for RentService {
    async fn place_order(&self, call: Call<messages::PlaceOrderRequest>) -> rpc::Result<messages::Order> {
        let customer = customer(&call.context)?;
        let request = wire::order_request(customer, call.message)?;
        let order = self.orders.place(request, &call.context).await?;
        Ok(wire::order(&order, order.answered_at_us(), &self.limits))
    }

    async fn get_order(&self, call: Call<messages::GetOrderRequest>) -> rpc::Result<messages::Order> {
        let customer = customer(&call.context)?;
        let id = parse_id(&call.message.order_id)?;
        let found = orders::find(&self.db, customer, id).await.map_err(Fault::from)?;
        let order = found.ok_or(Fault::OrderNotFound)?;
        self.orders.look_up_for_customer(&order).await?;
        Ok(wire::order(&order, self.clock.now_us(), &self.limits))
    }

    async fn list_orders(&self, call: Call<messages::ListOrdersRequest>) -> rpc::Result<messages::ListOrdersResponse> {
        let customer = customer(&call.context)?;
        let (size, token) = (call.message.page_size, &call.message.page_token);
        let (orders, next_page_token) = self.orders_page(customer, size, token).await?;
        let now_us = self.clock.now_us();
        Ok(messages::ListOrdersResponse {
            orders: orders
                .iter()
                .map(|order| wire::order(order, now_us, &self.limits))
                .collect(),
            next_page_token,
        })
    }

    async fn cancel_order(&self, call: Call<messages::CancelOrderRequest>) -> rpc::Result<messages::Order> {
        let customer = customer(&call.context)?;
        let order = self.orders.cancel(customer, parse_id(&call.message.order_id)?).await?;
        Ok(wire::order(&order, self.clock.now_us(), &self.limits))
    }

    async fn request_refund(&self, call: Call<messages::RequestRefundRequest>) -> rpc::Result<messages::Order> {
        let customer = customer(&call.context)?;
        let order = self
            .orders
            .withdraw(customer, parse_id(&call.message.order_id)?)
            .await?;
        Ok(wire::order(&order, self.clock.now_us(), &self.limits))
    }

    async fn refund_order(&self, call: Call<messages::RefundOrderRequest>) -> rpc::Result<messages::CustomersOrder> {
        let id = parse_id(&call.message.order_id)?;
        let refund = wire::staff_refund(&call.message)?;
        let (order, refunded) = self.orders.refund_by_staff(id, refund).await?;
        if let Some(amount) = refunded {
            security::order_refunded(order.customer, order.id, amount, &call.context);
        }
        Ok(self.customers_order(&order).await?)
    }

    async fn look_up_order(&self, call: Call<messages::LookUpOrderRequest>) -> rpc::Result<messages::CustomersOrder> {
        let order = self.orders.find_for_staff(parse_id(&call.message.order_id)?).await?;
        Ok(self.customers_order(&order).await?)
    }

    async fn list_most_rented_titles(
        &self,
        call: Call<messages::ListMostRentedTitlesRequest>,
    ) -> rpc::Result<messages::ListMostRentedTitlesResponse> {
        let size = PageSize::parse(call.message.page_size);
        let size = size.map_err(|error| Fault::invalid("page_size", error.to_string()))?;
        let titles = self.most_rented.titles(call.message.days, size.rows()).await?;
        Ok(messages::ListMostRentedTitlesResponse {
            title_ids: titles.iter().map(|title| title.as_str().to_owned()).collect(),
        })
    }

    async fn watch_orders(
        &self,
        call: Call<messages::WatchOrdersRequest>,
    ) -> rpc::Result<rpc::Stream<messages::OrdersChanged>> {
        let viewer = viewer(&call.context)?;
        let present = self.changes.revision(viewer.customer).await?;
        let seen = match call.message.after_revision {
            0 => present,
            revision if (1..=present).contains(&revision) => revision,
            _ => return Err(Fault::invalid("after_revision", "There is no such revision.").into()),
        };
        let watch = OrderChanges {
            db: self.db.clone(),
            customer: viewer.customer,
            revisions: self.changes.watch(viewer.customer),
            seen,
        };
        let (clock, limits) = (Arc::clone(&self.clock), self.limits.clone());
        let changes = stream::try_unfold((watch, clock, limits), |(mut watch, clock, limits)| async move {
            let changes = watch.next().await?;
            let message = wire::orders_changed(&changes, clock.now_us(), &limits);
            Ok(Some((message, (watch, clock, limits))))
        });
        let begins = messages::OrdersChanged {
            revision: seen,
            ..messages::OrdersChanged::default()
        };
        let revocations = self.verifier.revocations().clone();
        let ended = stream::once(async move {
            revocations.until_ended(&viewer.session).await;
            Err(rpc::Fault::from(Fault::SignedOut))
        });
        // The watch never ends by itself, so the first fault of either stream ends both.
        let messages = stream::once(ready(Ok(begins))).chain(stream::select(changes, ended));
        Ok(rpc::patient(Box::pin(messages), WATCHER_PATIENCE))
    }
}

impl RentService {
    /// An order with whose it is and how it was paid.
    async fn customers_order(&self, order: &Order) -> Result<messages::CustomersOrder> {
        let customer = customers::find(&self.db, order.customer).await?;
        let calls = payment::store::calls::of_payment(&self.db, order.id.uuid(), CALLS_SHOWN).await?;
        Ok(messages::CustomersOrder {
            order: Some(wire::order(order, self.clock.now_us(), &self.limits)),
            customer_id: order.customer.to_string(),
            email: customer
                .map(|customer| customer.email.as_str().to_owned())
                .unwrap_or_default(),
            provider: order.payment.provider.clone(),
            provider_reference: order.payment.reference.clone().unwrap_or_default(),
            provider_calls: calls.into_iter().map(payment::wire::provider_call).collect(),
        })
    }

    async fn orders_page(&self, customer: CustomerId, size: i32, token: &str) -> Result<(Vec<Order>, String)> {
        let (size, after) = page("orders", customer, size, token)?;
        let found = orders::list(&self.db, customer, after, size.limit()).await?;
        let (page, more) = size.cut(found);
        let end = page.last().map(|order| (order.created_at_us, order.id.uuid()));
        Ok((page, next_page_token("orders", customer, end, more)))
    }
}

pub(crate) fn parse_id(text: &str) -> Result<OrderId> {
    OrderId::parse(text).ok_or(Fault::OrderNotFound)
}
