//! A rent with one customer, Ana, who is signed in.

mod account;
mod library;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use api::catalogue::OfferKind;
use api::jobs::{
    DropDeadLetterRequest, DropDeadLetterResponse, JobService, ListDeadLettersRequest, ListDeadLettersResponse,
    RetryDeadLetterRequest, RetryDeadLetterResponse,
};
use api::lab::{ClockService, MoveClockRequest, MoveClockResponse};
use api::rent::play_event::question::Question;
use api::rent::play_event::{self, Ended, Event, StartNotConfirmed};
use api::rent::play_request::Message;
use api::rent::*;
use api::rent::{
    AccountService, LedgerService, LibraryService, OrderService, PaymentMethod, PaymentOption, PaymentService,
    PlaybackService, SandboxService,
};
use async_trait::async_trait;
use futures::StreamExt;
use rpc::{Call, Code, Context, Fault, Result, Stream};

use super::{NOSFERATU, START_US, Silence, money};

pub(crate) const ANAS_TOKEN: &str = "anas-token";

/// How often a gateway receives ended sessions.
const FEED_EVERY: Duration = Duration::from_millis(20);

/// The ended sessions that this rent sends.
pub(crate) struct EndedSessions {
    /// `None` while it sends nothing.
    pub(crate) sessions: Mutex<Option<Vec<String>>>,
    /// How many messages were sent.
    told: AtomicU32,
}

impl EndedSessions {
    /// Waits until a gateway has taken what is sent now.
    pub(crate) async fn heard(&self) {
        // The gateway has processed a message when it asks for the next one.
        let enough = self.told.load(Ordering::Relaxed) + 2;
        while self.told.load(Ordering::Relaxed) < enough {
            tokio::time::sleep(FEED_EVERY).await;
        }
    }
}

pub(crate) struct FakeRent {
    /// Customers by the tokens of their sessions.
    pub(crate) sessions: Mutex<BTreeMap<String, String>>,
    pub(crate) authentications: AtomicU32,
    pub(crate) ended_sessions: Arc<EndedSessions>,
    pub(crate) entitlements: Mutex<Vec<Entitlement>>,
    /// The result of the next order.
    pub(crate) order: Mutex<Result<Order>>,
    pub(crate) last_order: Mutex<PlaceOrderRequest>,
    pub(crate) last_customer: Mutex<CreateCustomerRequest>,
    pub(crate) last_sign_in: Mutex<CreateSessionRequest>,
    pub(crate) last_update: Mutex<UpdateCustomerRequest>,
    /// How often a link of a reminder was followed.
    pub(crate) reminders_turned_off: AtomicU32,
    /// Whether an export ends before it is complete.
    pub(crate) export_breaks: AtomicBool,
    pub(crate) watchlist: Mutex<Vec<String>>,
    pub(crate) most_ordered: Mutex<Vec<String>>,
    pub(crate) last_most_ordered: Mutex<ListMostRentedTitlesRequest>,
    pub(crate) playback: Mutex<Result<Playback>>,
    pub(crate) checks: AtomicU32,
    pub(crate) last_opening: Mutex<OpenPlaybackRequest>,
    pub(crate) last_report: Mutex<UpdatePlaybackRequest>,
    pub(crate) awaits_picture: AtomicBool,
    /// How often a viewing window was started because of what was delivered.
    pub(crate) starts: AtomicU32,
    /// When the token `media-key` expires.
    pub(crate) playback_ends_us: AtomicI64,
    /// The events of payment providers that were received.
    pub(crate) events: Mutex<Vec<ReceiveProviderEventRequest>>,
    pub(crate) is_down: AtomicBool,
    pub(crate) silence: Silence,
    now_us: Arc<AtomicI64>,
}

pub(crate) fn entitlement(entitlement_id: &str, title_id: &str, state: EntitlementState) -> Entitlement {
    Entitlement {
        entitlement_id: entitlement_id.to_owned(),
        title_id: title_id.to_owned(),
        title_name: "Nosferatu as ordered".to_owned(),
        kind: OfferKind::Rent.into(),
        state: state.into(),
        granted_at_us: START_US,
        start_by_us: START_US + 720 * 3_600_000_000,
        viewing_window_hours: 48,
        ..Entitlement::default()
    }
}

pub(crate) fn order(order_id: &str, state: OrderState) -> Order {
    Order {
        order_id: order_id.to_owned(),
        state: state.into(),
        lines: vec![OrderLine {
            offer_id: "offer-1490".to_owned(),
            title_id: NOSFERATU.to_owned(),
            title_name: "Nosferatu as ordered".to_owned(),
            kind: OfferKind::Rent.into(),
            price: Some(money(1490)),
            start_window_hours: 720,
            viewing_window_hours: 48,
        }],
        subtotal: Some(money(1490)),
        discount: Some(money(0)),
        tax: Some(money(0)),
        total: Some(money(1490)),
        payment_method: PaymentMethod::Card.into(),
        created_at_us: START_US,
        ..Order::default()
    }
}

fn ana() -> Customer {
    Customer {
        customer_id: "ana".to_owned(),
        email: "ana@example.com".to_owned(),
        name: "Ana".to_owned(),
        language: "pt-BR".to_owned(),
        reminders: true,
        ..Customer::default()
    }
}

fn signed_out() -> Fault {
    Fault::new(Code::Unauthenticated, "UNAUTHENTICATED", "Sign in to do this.")
}

fn expect_password(password: &str) -> Result<()> {
    if password == "correct horse" {
        return Ok(());
    }
    let message = "This is not your present password.";
    Err(Fault::new(Code::InvalidArgument, "WRONG_PASSWORD", message).with_field("current_password", message))
}

impl FakeRent {
    pub(crate) fn new(now_us: Arc<AtomicI64>) -> Self {
        Self {
            sessions: Mutex::new([(ANAS_TOKEN.to_owned(), "ana".to_owned())].into()),
            authentications: AtomicU32::new(0),
            ended_sessions: Arc::new(EndedSessions {
                sessions: Mutex::new(Some(Vec::new())),
                told: AtomicU32::new(0),
            }),
            entitlements: Mutex::default(),
            order: Mutex::new(Ok(order("order-1", OrderState::Fulfilled))),
            last_order: Mutex::default(),
            last_customer: Mutex::default(),
            last_sign_in: Mutex::default(),
            last_update: Mutex::default(),
            reminders_turned_off: AtomicU32::default(),
            export_breaks: AtomicBool::new(false),
            watchlist: Mutex::default(),
            most_ordered: Mutex::default(),
            last_most_ordered: Mutex::default(),
            playback: Mutex::new(Ok(Playback {
                playback_id: "playback-1".to_owned(),
                title_id: NOSFERATU.to_owned(),
                media_token: "media-key".to_owned(),
                expires_at_us: START_US + 30_000_000,
                position_seconds: 61,
            })),
            checks: AtomicU32::new(0),
            last_opening: Mutex::default(),
            last_report: Mutex::default(),
            awaits_picture: AtomicBool::new(false),
            starts: AtomicU32::new(0),
            playback_ends_us: AtomicI64::new(START_US + 3_600_000_000),
            events: Mutex::default(),
            is_down: AtomicBool::new(false),
            silence: Silence::default(),
            now_us,
        }
    }

    fn up(&self) -> Result<()> {
        if self.is_down.load(Ordering::Relaxed) {
            return Err(Fault::unavailable("connection refused by 10.1.2.3"));
        }
        Ok(())
    }

    /// Everything belongs to Ana, and needs her signed identity.
    fn for_ana(&self, context: &Context) -> Result<()> {
        self.up()?;
        match context.identity.as_deref() {
            Some("signed ana") => Ok(()),
            _ => Err(signed_out()),
        }
    }

    fn session(&self) -> Session {
        Session {
            token: ANAS_TOKEN.to_owned(),
            customer: Some(ana()),
            expires_at_us: self.now_us.load(Ordering::Relaxed) + 3_600_000_000,
            device_token: "device".to_owned(),
        }
    }
}

#[async_trait]
impl PaymentService for FakeRent {
    async fn list_payment_methods(&self, call: Call<ListPaymentMethodsRequest>) -> Result<ListPaymentMethodsResponse> {
        self.up()?;
        let option = |method: PaymentMethod| PaymentOption {
            method: method.into(),
            provider: "sandbox".to_owned(),
            sandbox: true,
            needs_token: method == PaymentMethod::Card,
        };
        let methods: &[_] = match call.message.currency_code.as_str() {
            "USD" => &[PaymentMethod::Card],
            _ => &[PaymentMethod::Card, PaymentMethod::Pix],
        };
        Ok(ListPaymentMethodsResponse {
            payment_methods: methods.iter().copied().map(option).collect(),
        })
    }

    async fn receive_provider_event(
        &self,
        call: Call<ReceiveProviderEventRequest>,
    ) -> Result<ReceiveProviderEventResponse> {
        self.up()?;
        self.events.lock().unwrap().push(call.message);
        Ok(ReceiveProviderEventResponse {})
    }
}

#[async_trait]
impl OrderService for FakeRent {
    async fn place_order(&self, call: Call<PlaceOrderRequest>) -> Result<Order> {
        self.for_ana(&call.context)?;
        *self.last_order.lock().unwrap() = call.message;
        self.order.lock().unwrap().clone()
    }

    async fn get_order(&self, call: Call<GetOrderRequest>) -> Result<Order> {
        self.for_ana(&call.context)?;
        let order = self.order.lock().unwrap().clone()?;
        let is_hers = order.order_id == call.message.order_id;
        is_hers
            .then_some(order)
            .ok_or_else(|| Fault::new(Code::NotFound, "ORDER_NOT_FOUND", "There is no such order."))
    }

    async fn list_orders(&self, call: Call<ListOrdersRequest>) -> Result<ListOrdersResponse> {
        self.for_ana(&call.context)?;
        if call.message.page_token == "garbage" {
            let message = "This page token is not one that this list gave.";
            let fault = Fault::new(Code::InvalidArgument, "PAGE_TOKEN_UNKNOWN", message);
            return Err(fault.with_field("page_token", message));
        }
        Ok(ListOrdersResponse {
            orders: vec![self.order.lock().unwrap().clone()?],
            next_page_token: "more".to_owned(),
        })
    }

    async fn cancel_order(&self, call: Call<CancelOrderRequest>) -> Result<Order> {
        let mut order = self
            .get_order(Call::new(
                GetOrderRequest {
                    order_id: call.message.order_id,
                },
                call.context,
            ))
            .await?;
        order.set_state(OrderState::Cancelled);
        order.next_action = None;
        Ok(order)
    }

    /// Refunds the order if it can be refunded.
    async fn request_refund(&self, call: Call<RequestRefundRequest>) -> Result<Order> {
        let found = GetOrderRequest {
            order_id: call.message.order_id,
        };
        let mut order = self.get_order(Call::new(found, call.context)).await?;
        if order.refundable_until_us == 0 {
            let message = "A film that was played is not refunded.";
            return Err(
                Fault::new(Code::FailedPrecondition, "REFUND_NOT_ALLOWED", message).with_metadata("rule", "played")
            );
        }
        order.set_state(OrderState::Refunded);
        order.refundable_until_us = 0;
        order.refunds = vec![Refund {
            refund_id: "refund-1".to_owned(),
            amount: order.total.clone(),
            reason: RefundReason::Withdrawal.into(),
            state: RefundState::Pending.into(),
            decided_at_us: START_US,
            ends_access: true,
        }];
        Ok(order)
    }

    async fn refund_order(&self, _call: Call<RefundOrderRequest>) -> Result<CustomersOrder> {
        unreachable!("the gateway does not refund for staff")
    }

    async fn look_up_order(&self, _call: Call<LookUpOrderRequest>) -> Result<CustomersOrder> {
        unreachable!("the gateway does not look orders up for staff")
    }

    async fn list_most_rented_titles(
        &self,
        call: Call<ListMostRentedTitlesRequest>,
    ) -> Result<ListMostRentedTitlesResponse> {
        self.up()?;
        *self.last_most_ordered.lock().unwrap() = call.message;
        Ok(ListMostRentedTitlesResponse {
            title_ids: self.most_ordered.lock().unwrap().clone(),
        })
    }

    async fn watch_orders(&self, call: Call<WatchOrdersRequest>) -> Result<Stream<OrdersChanged>> {
        self.for_ana(&call.context)?;
        let seen = call.message.after_revision.max(20);
        let next = OrdersChanged {
            orders: vec![self.order.lock().unwrap().clone()?],
            entitlements: self.entitlements.lock().unwrap().clone(),
            revision: seen + 1,
        };
        let changes = futures::stream::iter([Ok(next)]);
        Ok(Box::pin(changes.chain(futures::stream::pending())))
    }
}

#[async_trait]
impl SandboxService for FakeRent {
    async fn list_sandbox_charges(&self, _call: Call<ListSandboxChargesRequest>) -> Result<ListSandboxChargesResponse> {
        panic!("the gateway shows no charges")
    }

    async fn pay_sandbox_order(&self, call: Call<PaySandboxOrderRequest>) -> Result<Order> {
        let mut order = self
            .get_order(Call::new(
                GetOrderRequest {
                    order_id: call.message.order_id,
                },
                call.context,
            ))
            .await?;
        order.set_state(OrderState::Fulfilled);
        order.next_action = None;
        Ok(order)
    }
}

#[async_trait]
impl LedgerService for FakeRent {
    async fn check_ledger(&self, _call: Call<CheckLedgerRequest>) -> Result<Stream<CheckLedgerResponse>> {
        panic!("the gateway checks no books")
    }
}

#[async_trait]
impl JobService for FakeRent {
    async fn list_dead_letters(&self, _call: Call<ListDeadLettersRequest>) -> Result<ListDeadLettersResponse> {
        panic!("the gateway shows no jobs")
    }

    async fn retry_dead_letter(&self, _call: Call<RetryDeadLetterRequest>) -> Result<RetryDeadLetterResponse> {
        panic!("the gateway retries no jobs")
    }

    async fn drop_dead_letter(&self, _call: Call<DropDeadLetterRequest>) -> Result<DropDeadLetterResponse> {
        panic!("the gateway drops no jobs")
    }
}

#[async_trait]
impl ClockService for FakeRent {
    async fn move_clock(&self, _call: Call<MoveClockRequest>) -> Result<MoveClockResponse> {
        panic!("the gateway moves no clock")
    }
}
