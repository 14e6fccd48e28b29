//! The mail about an order that was paid, or about money of it that goes back.

use minijinja::{Value, context};

use super::delivery::{Mail, MailError};
use super::kind::MailKind;
use super::labels::{moment, money, window};
use super::letterhead::Letterhead;
use super::write::{Recipient, write as write_mail};
use crate::customer::Language;
use crate::library::entitlement::Holding;
use crate::order::{Order, OrderLine};
use crate::payment::refund::Refund;

pub(super) fn write(
    head: &Letterhead,
    to: &Recipient,
    order: &Order,
    refund: Option<&Refund>,
    now_us: i64,
) -> Result<Mail, MailError> {
    let language = to.language;
    let kind = if refund.is_some() {
        MailKind::Refund
    } else {
        MailKind::Receipt
    };
    let films = order.lines.iter().map(|line| line.title_name.as_str());
    let lines = order.lines.iter().map(|line| line_details(line, language));
    let details = context! {
        films => films.collect::<Vec<_>>().join(", "),
        lines => lines.collect::<Vec<_>>(),
        total => money(order.bill.total, language),
        refunded => refund.map(|refund| money(refund.amount, language)),
        reason => refund.map(|refund| refund.reason.name()),
        ends_access => refund.is_some_and(|refund| refund.ends_access),
        payment_method => order.payment.method.name(),
        ordered_at => moment(order.created_at_us, language),
        order_id => order.id.to_string(),
    };
    let link = head.page(&format!("/orders/{}", order.id));
    write_mail(kind, head, to, &link, details, now_us)
}

/// A film with its price, and its windows when it is rented.
fn line_details(line: &OrderLine, language: Language) -> Value {
    let (start_window, viewing_window) = match line.holding {
        Holding::Purchase => (None, None),
        Holding::Rental {
            start_window_hours,
            viewing_window_hours,
        } => (
            Some(window(start_window_hours.into(), language)),
            Some(window(viewing_window_hours.into(), language)),
        ),
    };
    context! {
        name => line.title_name.as_str(),
        price => money(line.price, language),
        start_window,
        viewing_window,
    }
}
