//! Orders: what a customer ordered and paid, and the one table of the moves between states.

pub(crate) mod bill;
mod booking;
pub(crate) mod changes;
pub mod checkpoint;
pub(crate) mod most_rented;
pub(crate) mod offer;
pub(crate) mod orders;
mod pay_order;
mod place_order;
pub(crate) mod popularity;
mod receive_event;
pub(crate) mod reconcile;
pub(crate) mod refund_order;
mod return_money;
pub(crate) mod service;
pub(crate) mod store;
pub(crate) mod wire;

use payments::{Money, NextAction, PaymentMethod, PaymentRef, PaymentState, PaymentToken, RefundState};
use sha2::{Digest, Sha256};

use crate::fault::{Fault, Result};
use crate::id::{CustomerId, EntitlementId, OfferId, OrderId, TitleId};
use crate::library::entitlement::{Entitlement, Holding};
use crate::order::bill::Bill;
use crate::payment::Payment;
use crate::payment::refund::Refund;

/// The state of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OrderState {
    /// Written; the payment is not decided yet.
    Pending,
    /// The provider took the money.
    Paid,
    /// The entitlements are there.
    Fulfilled,
    Declined,
    Cancelled,
    /// All of the money goes back; its refunds say whether it has arrived.
    Refunded,
}

impl OrderState {
    pub(crate) const ALL: [Self; 6] = [
        Self::Pending,
        Self::Paid,
        Self::Fulfilled,
        Self::Declined,
        Self::Cancelled,
        Self::Refunded,
    ];

    /// All moves between states; the code allows no other.
    const MOVES: [(Self, Self); 8] = [
        (Self::Pending, Self::Paid),
        (Self::Pending, Self::Declined),
        (Self::Pending, Self::Cancelled),
        // The money came after the order had ended. It goes back.
        (Self::Declined, Self::Paid),
        (Self::Cancelled, Self::Paid),
        (Self::Paid, Self::Fulfilled),
        // Paid, but an entitlement has no place, because the customer has the title already.
        (Self::Paid, Self::Refunded),
        // All of the money was decided to go back.
        (Self::Fulfilled, Self::Refunded),
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Paid => "paid",
            Self::Fulfilled => "fulfilled",
            Self::Declined => "declined",
            Self::Cancelled => "cancelled",
            Self::Refunded => "refunded",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// Whether the order is not decided yet: its customer waits, and its titles stay reserved.
    pub(crate) fn is_open(self) -> bool {
        matches!(self, Self::Pending | Self::Paid)
    }
}

/// A move that the table allows; the SQL updates the order only if it is in the first state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Move {
    from: OrderState,
    to: OrderState,
}

impl Move {
    pub(crate) fn from(self) -> OrderState {
        self.from
    }

    pub(crate) fn to(self) -> OrderState {
        self.to
    }
}

/// An order, with the offers as they were when it was placed.
#[derive(Debug, Clone)]
pub(crate) struct Order {
    pub(crate) id: OrderId,
    pub(crate) customer: CustomerId,
    pub(crate) state: OrderState,
    pub(crate) lines: Vec<OrderLine>,
    pub(crate) bill: Bill,
    pub(crate) payment: Payment,
    /// In the order in which they were decided.
    pub(crate) refunds: Vec<Refund>,
    pub(crate) created_at_us: i64,
    /// When it is given up if the provider does not know its payment.
    pub(crate) lapses_at_us: i64,
    /// The entitlements that it gave; empty until it is fulfilled.
    pub(crate) entitlements: Vec<Entitlement>,
}

impl Order {
    /// A new order, which is written before the provider is asked for money.
    pub(crate) fn new(
        id: OrderId,
        request: &OrderRequest,
        provider: &str,
        lines: Vec<OrderLine>,
        now_us: i64,
        lapse_us: i64,
    ) -> Result<Self> {
        let twice = |(index, line): (usize, &OrderLine)| lines[..index].iter().any(|other| other.wants_the_same(line));
        if lines.iter().enumerate().any(twice) {
            return Err(Fault::invalid("items", "An order can contain a title only once."));
        }
        let bill = Bill::of(lines.iter().map(|line| line.price))?;
        Ok(Self {
            id,
            customer: request.customer,
            state: OrderState::Pending,
            payment: Payment::new(provider, request.method, bill.total),
            refunds: Vec::new(),
            bill,
            lines,
            created_at_us: now_us,
            lapses_at_us: now_us + lapse_us,
            entitlements: Vec::new(),
        })
    }

    /// Applies the state of the payment, and returns the moves that this took. If the money was taken and an entitlement
    /// has no place, the order is paid, and its money has to go back. An order that has ended changes only if money comes for it
    /// all the same.
    pub(crate) fn conclude(&mut self, payment: &PaymentState, has_place: bool) -> Result<Vec<Move>> {
        let states: &[OrderState] = match (self.state, payment) {
            (OrderState::Pending, PaymentState::Succeeded) if has_place => &[OrderState::Paid, OrderState::Fulfilled],
            (OrderState::Pending | OrderState::Declined | OrderState::Cancelled, PaymentState::Succeeded) => {
                &[OrderState::Paid]
            }
            (OrderState::Pending, PaymentState::Declined(_)) => &[OrderState::Declined],
            (OrderState::Pending, PaymentState::Cancelled) => &[OrderState::Cancelled],
            _ => &[],
        };
        if !states.is_empty() {
            self.payment.state = payment.clone();
        }
        states.iter().map(|state| self.move_to(*state)).collect()
    }

    /// Takes the order to its next state, and returns the move.
    fn move_to(&mut self, to: OrderState) -> Result<Move> {
        let from = self.state;
        if !OrderState::MOVES.contains(&(from, to)) {
            return Err(Fault::ForbiddenMove {
                order: self.id,
                from: from.name(),
                to: to.name(),
            });
        }
        self.state = to;
        Ok(Move { from, to })
    }

    /// What the customer has to do to pay it.
    pub(crate) fn action_to_take(&self) -> Option<&NextAction> {
        self.payment.next_action().filter(|_| self.state == OrderState::Pending)
    }

    /// How the provider knows its payment.
    pub(crate) fn payment_ref(&self) -> PaymentRef {
        self.payment.identify(self.id)
    }

    /// The entitlement that a line gives.
    pub(crate) fn grant(&self, line: &OrderLine, id: EntitlementId, now_us: i64) -> Entitlement {
        Entitlement {
            id,
            customer: self.customer,
            order: self.id,
            title: line.title.clone(),
            title_name: line.title_name.clone(),
            runtime_minutes: line.runtime_minutes,
            holding: line.holding,
            granted_at_us: now_us,
            started_at_us: None,
            ended_at_us: None,
            position_seconds: 0,
        }
    }

    /// When it was answered, as its entitlements show.
    pub(crate) fn answered_at_us(&self) -> i64 {
        self.entitlements
            .first()
            .map_or(self.created_at_us, |first| first.granted_at_us)
    }

    /// The order as it was answered: its entitlements are not played yet, and what it gave was not refunded. Nothing else
    /// of an ended order changes, so a repeated call gets the same answer.
    pub(crate) fn into_answered(mut self) -> Self {
        for entitlement in &mut self.entitlements {
            entitlement.started_at_us = None;
            entitlement.ended_at_us = None;
            entitlement.position_seconds = 0;
        }
        if self.entitlements.is_empty() {
            for refund in &mut self.refunds {
                refund.state = RefundState::Pending;
            }
        } else {
            self.refunds.clear();
            self.state = OrderState::Fulfilled;
        }
        self
    }
}

/// One title of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OrderLine {
    pub(crate) offer: OfferId,
    pub(crate) title: TitleId,
    pub(crate) title_name: String,
    /// 0 when unknown.
    pub(crate) runtime_minutes: i32,
    pub(crate) price: Money,
    pub(crate) holding: Holding,
}

impl OrderLine {
    fn wants_the_same(&self, other: &Self) -> bool {
        self.title == other.title && self.holding.kind() == other.holding.kind()
    }
}

/// The request of a customer to order something.
#[derive(Debug, Clone)]
pub(crate) struct OrderRequest {
    pub(crate) customer: CustomerId,
    pub(crate) key: IdempotencyKey,
    pub(crate) items: Vec<OrderItem>,
    pub(crate) method: PaymentMethod,
    pub(crate) token: PaymentToken,
}

/// An offer, and the price at which the customer saw it.
#[derive(Debug, Clone)]
pub(crate) struct OrderItem {
    pub(crate) offer: OfferId,
    pub(crate) price: Money,
}

impl OrderRequest {
    /// Refuses what cannot be ordered, whatever the catalogue has.
    pub(crate) fn check(&self, lines_limit: usize) -> Result<()> {
        if !(1..=lines_limit).contains(&self.items.len()) {
            return Err(Fault::invalid(
                "items",
                format!("An order has 1 to {lines_limit} lines."),
            ));
        }
        let repeated =
            |(index, item): (usize, &OrderItem)| self.items[..index].iter().any(|one| one.offer == item.offer);
        if self.items.iter().enumerate().any(repeated) {
            return Err(Fault::invalid("items", "An order can contain an offer only once."));
        }
        Bill::of(self.items.iter().map(|item| item.price)).map(drop)
    }

    /// A hash of the whole request, to distinguish a repeated call from another order under the same key.
    pub(crate) fn fingerprint(&self) -> Fingerprint {
        let mut hash = Sha256::new();
        // Each part is hashed after its length, so that two different requests never give the same bytes.
        let mut put = |part: &str| {
            hash.update(part.len().to_le_bytes());
            hash.update(part);
        };
        put(self.method.name());
        put(self.token.as_str());
        for item in &self.items {
            put(&item.offer.to_string());
            put(&item.price.to_string());
        }
        Fingerprint(hash.finalize().into())
    }
}

/// The hash of an order's body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fingerprint(pub(crate) [u8; 32]);

/// The client's own name for an order: 1 to 255 visible ASCII characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct IdempotencyKey(String);

impl IdempotencyKey {
    const LIMIT_BYTES: usize = 255;

    pub(crate) fn parse(text: &str) -> Result<Self> {
        let fits = (1..=Self::LIMIT_BYTES).contains(&text.len());
        if fits && text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Ok(Self(text.to_owned()));
        }
        Err(Fault::invalid(
            "idempotency_key",
            "The Idempotency-Key is 1 to 255 visible ASCII characters.",
        ))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a repeated call must know of the order that was placed before.
#[derive(Debug)]
pub(crate) struct Earlier {
    pub(crate) order: Order,
    pub(crate) fingerprint: Fingerprint,
    /// Whether the customer got the answer that it is undecided.
    pub(crate) answered: bool,
}

#[cfg(test)]
mod tests;
