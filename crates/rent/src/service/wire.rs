//! Between the contract's messages and the domain: requests are parsed, answers written.

use api::catalogue::OfferKind;
use api::rent as wire;
use store::PageToken;

use crate::accounts::{NewCustomer, Session, SignedIdentity};
use crate::customer::{Customer, Email, Language, Name};
use crate::device::Device;
use crate::entitlement::{Entitlement, EntitlementState, Kind};
use crate::fault::{Fault, Result};
use crate::id::{CustomerId, EntitlementId, OfferId, PlaybackId};
use crate::new_password::Password;
use crate::order::{IdempotencyKey, Order, OrderItem, OrderLine, OrderRequest, OrderState};
use crate::order_watch::OrdersChanged;
use crate::payment::{DeclineReason, ListedCharge, PaymentMethod, PaymentProvider, PaymentToken};
use crate::play::{Event, Said};
use crate::playback::Wish;
use crate::price::Money;
use crate::sandbox;
use crate::watch::Playing;

const DEVICE_LIMIT_CHARS: usize = 100;

/// What a customer does while an order is open.
const WAIT: &str = "WAIT";
const PIX: &str = "PIX";

pub(super) fn new_customer(request: &wire::CreateCustomerRequest) -> Result<NewCustomer> {
    let email = Email::parse(&request.email)?;
    let name = Name::parse(&request.name)?;
    let password = Password::choose(&request.password, &[email.as_str(), name.as_str()])?;
    Ok(NewCustomer {
        email,
        name,
        password,
        language: Language::nearest(&request.language),
        device: Device::of(&request.device),
    })
}

pub(super) fn order_request(customer: CustomerId, request: wire::PlaceOrderRequest) -> Result<OrderRequest> {
    let payment = request.payment.unwrap_or_default();
    let method = PaymentMethod::parse(&payment.method)?;
    Ok(OrderRequest {
        customer,
        key: IdempotencyKey::parse(&request.idempotency_key)?,
        items: request.items.into_iter().map(order_item).collect::<Result<_>>()?,
        method,
        token: match method {
            PaymentMethod::Card => PaymentToken::parse(&payment.token)?,
            PaymentMethod::Pix => PaymentToken::default(),
        },
    })
}

fn order_item(item: wire::OrderItem) -> Result<OrderItem> {
    let price = item
        .price
        .and_then(|price| Money::parse(price.amount_minor, &price.currency_code));
    Ok(OrderItem {
        offer: OfferId::parse(&item.offer_id).ok_or(Fault::OfferNotFound { offer: None })?,
        price: price.ok_or_else(|| {
            Fault::invalid(
                "items.price",
                "A price is an amount in minor units and a currency such as BRL.",
            )
        })?,
    })
}

pub(super) fn customer(customer: &Customer) -> wire::Customer {
    wire::Customer {
        customer_id: customer.id.to_string(),
        email: customer.email.as_str().to_owned(),
        name: customer.name.as_str().to_owned(),
        email_verified: customer.email_verified,
        language: customer.language.tag().to_owned(),
        staff: customer.staff,
        created_at_us: customer.created_at_us,
        reminders: customer.reminders,
    }
}

pub(super) fn session(session: &Session) -> wire::Session {
    wire::Session {
        token: session.token.as_str().to_owned(),
        customer: Some(customer(&session.customer)),
        expires_at_us: session.expires_at_us,
        device_token: session
            .device_token
            .as_ref()
            .map(|token| token.as_str().to_owned())
            .unwrap_or_default(),
    }
}

pub(super) fn identity(identity: &SignedIdentity) -> wire::Identity {
    wire::Identity {
        signed: identity.signed.clone(),
        customer: Some(customer(&identity.customer)),
        expires_at_us: identity.expires_at_us,
        session_id: identity.session_id.clone(),
    }
}

/// An order, with its entitlements as they stand at a moment.
pub(super) fn order(order: &Order, at_us: i64) -> wire::Order {
    let decline_reason = order.decline_reason.map(DeclineReason::name).unwrap_or_default();
    let pix = order.pix_to_pay();
    let next_action = match (pix, order.state.is_open()) {
        (Some(_), _) => PIX,
        (None, true) => WAIT,
        (None, false) => "",
    };
    wire::Order {
        order_id: order.id.to_string(),
        state: order_state(order.state).into(),
        lines: order.lines.iter().map(order_line).collect(),
        subtotal: Some(money(order.bill.subtotal)),
        discount: Some(money(order.bill.discount)),
        tax: Some(money(order.bill.tax)),
        total: Some(money(order.bill.total)),
        payment_method: order.payment_method.name().to_owned(),
        decline_reason: decline_reason.to_owned(),
        created_at_us: order.created_at_us,
        entitlements: order.entitlements.iter().map(|one| entitlement(one, at_us)).collect(),
        next_action: next_action.to_owned(),
        pix: pix.map(|pix| wire::PixCode {
            code: pix.text.clone(),
            expires_at_us: pix.expires_at_us,
            sandbox: sandbox::made(pix),
        }),
    }
}

fn order_state(state: OrderState) -> wire::OrderState {
    match state {
        OrderState::Pending => wire::OrderState::Pending,
        OrderState::Paid => wire::OrderState::Paid,
        OrderState::Fulfilled => wire::OrderState::Fulfilled,
        OrderState::Declined => wire::OrderState::Declined,
        OrderState::Cancelled => wire::OrderState::Cancelled,
        OrderState::Refunded => wire::OrderState::Refunded,
    }
}

fn order_line(line: &OrderLine) -> wire::OrderLine {
    wire::OrderLine {
        offer_id: line.offer.to_string(),
        title_id: line.title.to_string(),
        title_name: line.title_name.clone(),
        kind: kind(line.holding.kind()).into(),
        price: Some(money(line.price)),
        start_window_hours: line.holding.start_window_hours(),
        viewing_window_hours: line.holding.viewing_window_hours(),
    }
}

pub(super) fn entitlement(entitlement: &Entitlement, at_us: i64) -> wire::Entitlement {
    wire::Entitlement {
        entitlement_id: entitlement.id.to_string(),
        order_id: entitlement.order.to_string(),
        title_id: entitlement.title.to_string(),
        title_name: entitlement.title_name.clone(),
        kind: kind(entitlement.holding.kind()).into(),
        state: entitlement_state(entitlement.state(at_us)).into(),
        granted_at_us: entitlement.granted_at_us,
        start_by_us: entitlement.start_by_us().unwrap_or_default(),
        started_at_us: entitlement.started_at_us.unwrap_or_default(),
        watch_until_us: entitlement.watch_until_us().unwrap_or_default(),
        viewing_window_hours: entitlement.holding.viewing_window_hours(),
        resume_position_seconds: entitlement.position_seconds,
    }
}

fn entitlement_state(state: EntitlementState) -> wire::EntitlementState {
    match state {
        EntitlementState::NotStarted => wire::EntitlementState::NotStarted,
        EntitlementState::Started => wire::EntitlementState::Started,
        EntitlementState::Expired => wire::EntitlementState::Expired,
        EntitlementState::Owned => wire::EntitlementState::Owned,
    }
}

fn kind(kind: Kind) -> OfferKind {
    match kind {
        Kind::Rent => OfferKind::Rent,
        Kind::Buy => OfferKind::Buy,
    }
}

fn money(money: Money) -> api::Money {
    api::Money {
        amount_minor: money.minor(),
        currency_code: money.currency_code().to_owned(),
    }
}

pub(super) fn playing(playing: Playing) -> wire::Playback {
    wire::Playback {
        playback_id: playing.playback.id.to_string(),
        title_id: playing.playback.title.to_string(),
        media_token: playing.media_token,
        expires_at_us: playing.playback.lease_until_us,
        position_seconds: playing.position_seconds,
    }
}

pub(super) fn orders_changed(changed: &OrdersChanged, at_us: i64) -> wire::OrdersChanged {
    wire::OrdersChanged {
        orders: changed.orders.iter().map(|one| order(one, at_us)).collect(),
        entitlements: changed.entitlements.iter().map(|one| entitlement(one, at_us)).collect(),
        revision: changed.revision,
    }
}

pub(super) fn payment_methods(provider: &dyn PaymentProvider) -> wire::ListPaymentMethodsResponse {
    let method = |method: PaymentMethod| wire::PaymentMethod {
        method: method.name().to_owned(),
        provider: provider.name().to_owned(),
        sandbox: provider.sandbox().is_some(),
    };
    wire::ListPaymentMethodsResponse {
        payment_methods: PaymentMethod::ALL.map(method).into(),
    }
}

/// What a player says.
pub(super) fn said(request: &wire::PlayRequest) -> Result<Said> {
    let position = request.position_seconds;
    match request.action() {
        wire::PlayAction::Unspecified => Err(Fault::invalid("action", "Say what the player does.")),
        wire::PlayAction::Open => Ok(Said::Open {
            entitlement: EntitlementId::parse(&request.entitlement_id).ok_or(Fault::EntitlementNotFound)?,
            wish: Wish {
                confirm_start: request.confirm_start,
                take_over: request.take_over,
                device: device(&request.device)?,
                key: (!request.idempotency_key.is_empty())
                    .then(|| IdempotencyKey::parse(&request.idempotency_key))
                    .transpose()?,
            },
            // A session that is none is as good as one that has ended.
            playback: PlaybackId::parse(&request.playback_id),
        }),
        wire::PlayAction::Beat => Ok(Said::Beat(position)),
        wire::PlayAction::Seek => Ok(Said::Seek(position)),
        wire::PlayAction::Stop => Ok(Said::Stop(position)),
        wire::PlayAction::PictureShown => Ok(Said::PictureShown(position)),
    }
}

/// What a player calls the device that it runs on.
pub(super) fn device(name: &str) -> Result<String> {
    if name.chars().count() > DEVICE_LIMIT_CHARS || name.chars().any(char::is_control) {
        let message = format!("A device has a name of at most {DEVICE_LIMIT_CHARS} characters, on one line.");
        return Err(Fault::invalid("device", message));
    }
    Ok(name.to_owned())
}

pub(super) fn play_event(event: Event) -> wire::PlayEvent {
    use wire::PlayEventKind as EventKind;
    let of = |kind: EventKind| wire::PlayEvent {
        kind: kind.into(),
        ..wire::PlayEvent::default()
    };
    match event {
        Event::Granted(session) => wire::PlayEvent {
            playback: Some(playing(session)),
            ..of(EventKind::Granted)
        },
        Event::Renewed(session) => wire::PlayEvent {
            playback: Some(playing(session)),
            ..of(EventKind::Renewed)
        },
        Event::Asked(question) => wire::PlayEvent {
            viewing_window_hours: match question {
                Fault::StartNotConfirmed { viewing_window_hours } => viewing_window_hours,
                _ => 0,
            },
            device: match &question {
                Fault::PlayingElsewhere { device } => device.clone(),
                _ => String::new(),
            },
            question: rpc::Fault::from(question).reason.into_owned(),
            ..of(EventKind::Asked)
        },
        Event::WindowEnding { watch_until_us } => wire::PlayEvent {
            watch_until_us,
            ..of(EventKind::WindowEnding)
        },
        Event::Displaced { device } => wire::PlayEvent {
            device,
            ..of(EventKind::Displaced)
        },
        Event::Ended => of(EventKind::Ended),
    }
}

/// A page of charges; a full one is followed by another.
pub(super) fn charges(page: &[ListedCharge], full: i64) -> wire::ListSandboxChargesResponse {
    let is_full = i64::try_from(page.len()).is_ok_and(|length| length >= full);
    let last = page.last().filter(|_| is_full);
    wire::ListSandboxChargesResponse {
        charges: page.iter().map(charge).collect(),
        next_page_token: last
            .map(|last| PageToken::encode(&last.number, "charges"))
            .unwrap_or_default(),
    }
}

fn charge(charge: &ListedCharge) -> wire::SandboxCharge {
    wire::SandboxCharge {
        // The provider's key for a charge is the order's id.
        idempotency_key: charge.order.to_string(),
        order_id: charge.order.to_string(),
        amount_minor: charge.amount.minor(),
        currency_code: charge.amount.currency_code().to_owned(),
        state: charge.state.name().to_owned(),
    }
}
