//! The events that rent writes into the security log: one function for each kind. See [`rpc::security`].

use payments::Money;
use rpc::Context;
use rpc::security::{Event, Outcome, record};

use crate::id::{CustomerId, OrderId};

fn done(kind: &'static str, customer: CustomerId, context: &Context) {
    record(&Event::new(kind, Outcome::Done).about(&customer.to_string()), context);
}

pub(crate) fn signed_up(customer: CustomerId, context: &Context) {
    done("sign_up", customer, context);
}

pub(crate) fn signed_in(customer: CustomerId, context: &Context) {
    done("sign_in", customer, context);
}

/// A wrong password, or an address without an account: then the event names no customer.
pub(crate) fn sign_in_refused(customer: Option<CustomerId>, context: &Context) {
    refused("sign_in", customer, "WRONG_CREDENTIALS", context);
}

/// A session token that was invented, or whose session has ended.
pub(crate) fn session_refused(context: &Context) {
    refused("session", None, "SIGNED_OUT", context);
}

pub(crate) fn signed_out(customer: CustomerId, context: &Context) {
    done("sign_out", customer, context);
}

/// Sessions were ended from another session of the customer.
pub(crate) fn sessions_ended(customer: CustomerId, count: usize, context: &Context) {
    let (customer, count) = (customer.to_string(), count.to_string());
    let event = Event::new("sessions_ended", Outcome::Done);
    record(&event.about(&customer).with_detail(&count), context);
}

/// The present password, which a change asks for, was wrong.
pub(crate) fn password_refused(customer: CustomerId, context: &Context) {
    refused("present_password", Some(customer), "WRONG_PASSWORD", context);
}

pub(crate) fn reset_requested(customer: Option<CustomerId>, context: &Context) {
    let customer = customer.map(|customer| customer.to_string());
    let event = Event::new("password_reset_requested", Outcome::Done);
    record(&about(event, customer.as_deref()), context);
}

pub(crate) fn password_reset(customer: CustomerId, context: &Context) {
    done("password_reset", customer, context);
}

pub(crate) fn password_changed(customer: CustomerId, context: &Context) {
    done("password_changed", customer, context);
}

pub(crate) fn email_change_requested(customer: CustomerId, context: &Context) {
    done("email_change_requested", customer, context);
}

pub(crate) fn email_changed(customer: CustomerId, context: &Context) {
    done("email_changed", customer, context);
}

pub(crate) fn email_change_reverted(customer: CustomerId, context: &Context) {
    done("email_change_reverted", customer, context);
}

pub(crate) fn email_verified(customer: CustomerId, context: &Context) {
    done("email_verified", customer, context);
}

/// A limit of tries was reached.
pub(crate) fn limit_hit(limit: &str, context: &Context) {
    record(&Event::new("limit_hit", Outcome::Refused).with_detail(limit), context);
}

/// A link that never existed, was used, or has expired.
pub(crate) fn link_refused(context: &Context) {
    refused("link", None, "LINK_ENDED", context);
}

pub(crate) fn account_deleted(customer: CustomerId, context: &Context) {
    done("account_deleted", customer, context);
}

pub(crate) fn account_exported(customer: CustomerId, context: &Context) {
    done("account_exported", customer, context);
}

pub(crate) fn staff_added(customer: CustomerId, context: &Context) {
    done("staff_added", customer, context);
}

pub(crate) fn staff_removed(customer: CustomerId, context: &Context) {
    done("staff_removed", customer, context);
}

/// Staff gave money of a customer's order back.
pub(crate) fn order_refunded(customer: CustomerId, order: OrderId, amount: Money, context: &Context) {
    let (customer, detail) = (customer.to_string(), format!("{order} {amount}"));
    let event = Event::new("order_refunded", Outcome::Done);
    record(&event.about(&customer).with_detail(&detail), context);
}

/// A call that is no event of a payment provider, such as one with a wrong signature.
pub(crate) fn event_refused(why: &str, context: &Context) {
    record(
        &Event::new("provider_event", Outcome::Refused).with_detail(why),
        context,
    );
}

pub(crate) fn media_token_forged(context: &Context) {
    record(&Event::new("forged_media_token", Outcome::Refused), context);
}

fn refused(kind: &'static str, customer: Option<CustomerId>, reason: &str, context: &Context) {
    let customer = customer.map(|customer| customer.to_string());
    let event = Event::new(kind, Outcome::Refused).with_detail(reason);
    record(&about(event, customer.as_deref()), context);
}

fn about<'a>(event: Event<'a>, customer: Option<&'a str>) -> Event<'a> {
    match customer {
        Some(customer) => event.about(customer),
        None => event,
    }
}
