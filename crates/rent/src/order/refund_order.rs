//! Refunds: when money goes back, and what that does to the order. The decision is one transaction; the money itself is
//! returned by a job ([`return_money`](super::return_money)).
//!
//! A customer may withdraw from an order that was never played: from rentals within two days of the payment, from
//! purchases within seven (Brazil's Consumer Code, article 49; the EU's right of withdrawal).

use payments::{Money, RefundState};
use store::{Tx, write_tx};

use crate::customer::store::customers;
use crate::fault::{Fault, Result};
use crate::id::{CustomerId, OrderId, RefundId};
use crate::library::entitlement::{Entitlement, Kind};
use crate::library::reminder;
use crate::library::store::entitlements;
use crate::limits::Limits;
use crate::order::booking::book_refund;
use crate::order::orders::Orders;
use crate::order::store::orders;
use crate::order::{IdempotencyKey, Order, OrderState};
use crate::payment::refund::{DecidedBy, Refund, RefundReason};
use crate::payment::store::{insert_refund, refund_by_key};
use crate::time::duration_us;

/// The keys of the refunds that there can be only one of.
const BY_CUSTOMER: &str = "customer";
const BY_STORE: &str = "store";

/// Why a refund is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum RefundRefusal {
    /// The order did not give anything that was paid.
    #[error("There is no payment of this order to give back.")]
    NotPaid,
    /// Nothing of the payment is left.
    #[error("The money of this order goes back already.")]
    Refunded,
    #[error("A film that was played is not refunded.")]
    Played,
    #[error("The time to ask for the money back has ended.")]
    TooLate,
}

impl RefundRefusal {
    /// A stable name, for programs.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::NotPaid => "not_paid",
            Self::Refunded => "refunded",
            Self::Played => "played",
            Self::TooLate => "too_late",
        }
    }
}

/// What staff decide.
#[derive(Debug, Clone)]
pub(crate) struct StaffRefund {
    pub(crate) key: IdempotencyKey,
    /// None for all that is left.
    pub(crate) amount: Option<Money>,
    pub(crate) reason: RefundReason,
    pub(crate) ends_access: bool,
}

impl StaffRefund {
    /// Whether this refund is what the request asks for. One that names no amount asked for all that was left then.
    fn is_for(&self, refund: &Refund) -> bool {
        self.amount.is_none_or(|amount| amount == refund.amount)
            && (self.reason, self.ends_access) == (refund.reason, refund.ends_access)
    }
}

impl Order {
    /// What is left of the payment when all refunds that were decided are taken off.
    pub(crate) fn left_to_refund(&self) -> Money {
        let mut refunds = self.refunds.iter().map(|refund| refund.amount);
        let left = refunds.try_fold(self.payment.amount, Money::minus);
        left.unwrap_or_else(|| self.payment.amount.zero())
    }

    /// The moment until which the customer may have the money back.
    pub(crate) fn withdraw_until_us(&self, limits: &Limits) -> std::result::Result<i64, RefundRefusal> {
        let is_ended = self.entitlements.iter().all(|one| one.ended_at_us.is_some());
        if !self.refunds.is_empty() && (self.left_to_refund().minor() == 0 || is_ended) {
            return Err(RefundRefusal::Refunded);
        }
        if self.state != OrderState::Fulfilled || self.payment.amount.minor() == 0 {
            return Err(RefundRefusal::NotPaid);
        }
        if self.entitlements.iter().any(Entitlement::was_played) {
            return Err(RefundRefusal::Played);
        }
        let ends = self.entitlements.iter().map(|one| {
            let window = match one.holding.kind() {
                Kind::Rent => limits.withdraw_rental,
                Kind::Buy => limits.withdraw_purchase,
            };
            one.granted_at_us + duration_us(window)
        });
        ends.min().ok_or(RefundRefusal::NotPaid)
    }
}

impl Orders {
    /// Gives a customer all the money of an order back, as the rule allows. A repeated call changes nothing.
    pub(crate) async fn withdraw(&self, customer: CustomerId, order: OrderId) -> Result<Order> {
        let now_us = self.clock.now_us();
        let refund = RefundId::new(self.ids.next());
        write_tx!(self.db, read committed, |tx| -> Result<Order> {
            let mut order = found_in_turn(tx, customer, order).await?;
            if refund_by_key(&mut *tx, customer, order.id, BY_CUSTOMER).await?.is_some() {
                return Ok(order);
            }
            match order.withdraw_until_us(&self.limits) {
                Ok(until_us) if now_us < until_us => {}
                Ok(_) => return Err(Fault::RefundNotAllowed(RefundRefusal::TooLate)),
                Err(refusal) => return Err(Fault::RefundNotAllowed(refusal)),
            }
            let refund = Refund {
                id: refund,
                amount: order.left_to_refund(),
                reason: RefundReason::Withdrawal,
                decided_by: DecidedBy::Customer,
                ends_access: true,
                state: RefundState::Pending,
                decided_at_us: now_us,
            };
            let revision = self.changes.next_revision(tx, customer).await?;
            self.write_refund(tx, &mut order, BY_CUSTOMER, refund, revision).await?;
            Ok(order)
        })
    }

    /// An order of any customer.
    pub(crate) async fn find_for_staff(&self, order: OrderId) -> Result<Order> {
        let customer = orders::owner(&self.db, order).await?.ok_or(Fault::OrderNotFound)?;
        let found = orders::find(&self.db, customer, order).await?;
        found.ok_or(Fault::OrderNotFound)
    }

    /// Gives money back as staff decide, and returns how much. A repeated call with the same key changes nothing.
    pub(crate) async fn refund_by_staff(&self, order: OrderId, wish: StaffRefund) -> Result<(Order, Option<Money>)> {
        let customer = orders::owner(&self.db, order).await?.ok_or(Fault::OrderNotFound)?;
        let now_us = self.clock.now_us();
        let refund = RefundId::new(self.ids.next());
        // The keys of staff are apart from the store's own.
        let key = format!("staff/{}", wish.key.as_str());
        write_tx!(self.db, read committed, |tx| -> Result<(Order, Option<Money>)> {
            let mut order = found_in_turn(tx, customer, order).await?;
            if let Some(earlier) = refund_by_key(&mut *tx, customer, order.id, &key).await? {
                let earlier = order.refunds.iter().find(|one| one.id == earlier);
                let is_same = earlier.is_some_and(|earlier| wish.is_for(earlier));
                return if is_same { Ok((order, None)) } else { Err(Fault::IdempotencyKeyReused) };
            }
            let refund = Refund {
                id: refund,
                amount: order.amount_to_refund(wish.amount)?,
                reason: wish.reason,
                decided_by: DecidedBy::Staff,
                ends_access: wish.ends_access,
                state: RefundState::Pending,
                decided_at_us: now_us,
            };
            let revision = self.changes.next_revision(tx, customer).await?;
            let amount = refund.amount;
            self.write_refund(tx, &mut order, &key, refund, revision).await?;
            Ok((order, Some(amount)))
        })
    }

    /// Gives all the money of an order back that could give nothing for it, for this reason.
    pub(crate) async fn refund_unplaced(
        &self,
        tx: &mut Tx,
        order: &mut Order,
        reason: RefundReason,
        now_us: i64,
        revision: i64,
    ) -> Result<()> {
        let refund = Refund {
            // There is one such refund of an order, and the provider knows it by the order's id, as before refunds had ids: one
            // that an earlier version asked for is not asked for again.
            id: RefundId::new(order.id.uuid()),
            amount: order.left_to_refund(),
            reason,
            decided_by: DecidedBy::Store,
            ends_access: false,
            state: RefundState::Pending,
            decided_at_us: now_us,
        };
        self.write_refund(tx, order, BY_STORE, refund, revision).await
    }

    /// Writes a decision with all that follows from it: the order's state, the end of its entitlements, the job that
    /// returns the money, and the mail.
    async fn write_refund(
        &self,
        tx: &mut Tx,
        order: &mut Order,
        key: &str,
        refund: Refund,
        revision: i64,
    ) -> Result<()> {
        insert_refund(tx, order.customer, order.id, key, &refund).await?;
        book_refund(tx, order, &refund).await?;
        if refund.ends_access {
            for entitlement in &mut order.entitlements {
                if entitlement.ended_at_us.is_none() {
                    entitlement.ended_at_us = Some(refund.decided_at_us);
                    entitlements::write_end(tx, entitlement, revision).await?;
                    reminder::withdraw(&self.jobs, tx, entitlement).await?;
                }
            }
        }
        self.schedule_return(tx, order, &refund, refund.decided_at_us).await?;
        self.schedule_mail(tx, order, &format!("refund.{}", refund.id), refund.decided_at_us)
            .await?;
        order.refunds.push(refund);
        if order.left_to_refund().minor() == 0 {
            let step = order.move_to(OrderState::Refunded)?;
            orders::make_move(tx, order, step, revision).await?;
        } else {
            orders::write_revision(tx, order, revision).await?;
        }
        Ok(())
    }
}

impl Order {
    /// The amount of a refund by staff: what they say, up to what is left; all of that if they say nothing.
    fn amount_to_refund(&self, wish: Option<Money>) -> Result<Money> {
        let left = self.left_to_refund();
        match self.state {
            OrderState::Fulfilled if left.minor() > 0 => {}
            OrderState::Refunded => return Err(Fault::RefundNotAllowed(RefundRefusal::Refunded)),
            _ => return Err(Fault::RefundNotAllowed(RefundRefusal::NotPaid)),
        }
        let amount = wish.unwrap_or(left);
        if amount.minor() == 0 || left.minus(amount).is_none() {
            let message = format!("A refund is more than nothing, and at most what is left of the payment: {left}.");
            return Err(Fault::invalid("amount", message));
        }
        Ok(amount)
    }
}

/// The order, with the customer's row locked: refunds of one customer are decided one after another.
async fn found_in_turn(tx: &mut Tx, customer: CustomerId, order: OrderId) -> Result<Order> {
    customers::lock_any(tx, customer).await?;
    let found = orders::find(tx, customer, order).await?;
    found.ok_or(Fault::OrderNotFound)
}
