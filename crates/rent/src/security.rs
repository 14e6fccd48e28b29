//! What rent writes into the security log: one function for each kind of event. See [`rpc::security`].

use rpc::Context;
use rpc::security::{Event, Outcome, record};

use crate::id::CustomerId;

fn done(kind: &'static str, customer: CustomerId, context: &Context) {
    record(&Event::new(kind, Outcome::Done).about(&customer.to_string()), context);
}

pub(crate) fn signed_up(customer: CustomerId, context: &Context) {
    done("sign_up", customer, context);
}

pub(crate) fn signed_in(customer: CustomerId, context: &Context) {
    done("sign_in", customer, context);
}

/// Somebody showed a wrong password, or an address that has no account: then there is no customer to name.
pub(crate) fn sign_in_refused(customer: Option<CustomerId>, context: &Context) {
    refused("sign_in", customer, "WRONG_CREDENTIALS", context);
}

/// Somebody showed a session's token that was made up, or whose session has ended.
pub(crate) fn session_refused(context: &Context) {
    refused("session", None, "SIGNED_OUT", context);
}

pub(crate) fn signed_out(customer: CustomerId, context: &Context) {
    done("sign_out", customer, context);
}

/// Sessions were ended from another one.
pub(crate) fn sessions_ended(customer: CustomerId, count: usize, context: &Context) {
    let (customer, count) = (customer.to_string(), count.to_string());
    let event = Event::new("sessions_ended", Outcome::Done);
    record(&event.about(&customer).with_detail(&count), context);
}

/// The present password was asked for before a change, and it was wrong.
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

/// Something was tried too often.
pub(crate) fn limit_hit(limit: &str, context: &Context) {
    record(&Event::new("limit_hit", Outcome::Refused).with_detail(limit), context);
}

/// Somebody followed a link that never was, was used, or has expired.
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
