//! The mail about an order that was paid, or whose money was given back.

use std::fmt::Write as _;

use payments::PaymentMethod;

use super::labels::{moment, money, window};
use super::outbox::to;
use crate::customer::{Customer, Language};
use crate::library::entitlement::Holding;
use crate::mail::delivery::Mail;
use crate::mail::message::hello;
use crate::order::{Order, OrderState};

pub(super) fn write(customer: &Customer, order: &Order, public_url: &str, now_us: i64) -> Mail {
    let (hello, language) = (hello(customer), customer.language);
    let films = order.lines.iter().map(|line| line.title_name.as_str());
    let films = films.collect::<Vec<_>>().join(", ");
    let link = format!("{}/orders/{}", public_url.trim_end_matches('/'), order.id);
    let is_refund = order.state == OrderState::Refunded;
    let (subject, opening, closing) = match (language, is_refund) {
        (Language::English, false) => (
            format!("Your receipt: {films}"),
            format!("{hello}\n\nThank you. This is your receipt; the film waits in your library."),
            "The same as a page that prints well:",
        ),
        (Language::Portuguese, false) => (
            format!("Seu recibo: {films}"),
            format!("{hello}\n\nObrigado. Este é o seu recibo; o filme espera por você na sua biblioteca."),
            "O mesmo em uma página boa de imprimir:",
        ),
        (Language::English, true) => (
            format!("Your money was returned: {films}"),
            format!(
                "{hello}\n\nYour payment came when the film was yours already. The whole amount goes back the \
                 way it came; there is nothing to do."
            ),
            "The order:",
        ),
        (Language::Portuguese, true) => (
            format!("Seu dinheiro foi devolvido: {films}"),
            format!(
                "{hello}\n\nSeu pagamento chegou quando o filme já era seu. O valor inteiro volta pelo mesmo \
                 caminho; você não precisa fazer nada."
            ),
            "O pedido:",
        ),
    };
    let lines = lines(order, language);
    let body = format!("{opening}\n\n{lines}\n{closing}\n\n{link}\n");
    to(customer, subject, body, now_us)
}

/// The films with their prices and windows, the total, and how, when and under which number it was ordered.
fn lines(order: &Order, language: Language) -> String {
    let mut text = String::new();
    for line in &order.lines {
        // Writing into a String cannot fail, here and below.
        let _ = writeln!(text, "{} · {}", line.title_name, money(line.price, language));
        let _ = writeln!(text, "  {}", terms(line.holding, language));
    }
    let total = money(order.bill.total, language);
    let at = moment(order.created_at_us, language);
    let id = order.id;
    let _ = match language {
        Language::English => {
            let method = match order.payment_method {
                PaymentMethod::Card => "card",
                PaymentMethod::Pix => "Pix",
            };
            writeln!(text, "\nTotal: {total}\nPaid by: {method}\nOrdered: {at}\nOrder: {id}")
        }
        Language::Portuguese => {
            let method = match order.payment_method {
                PaymentMethod::Card => "cartão",
                PaymentMethod::Pix => "Pix",
            };
            writeln!(
                text,
                "\nTotal: {total}\nForma de pagamento: {method}\nPedido em: {at}\nPedido: {id}"
            )
        }
    };
    text
}

fn terms(holding: Holding, language: Language) -> String {
    match (holding, language) {
        (Holding::Purchase, Language::English) => "bought: a licence to watch it here, without a time limit".to_owned(),
        (Holding::Purchase, Language::Portuguese) => "comprado: uma licença para assistir aqui, sem prazo".to_owned(),
        (
            Holding::Rental {
                start_window_hours,
                viewing_window_hours,
            },
            _,
        ) => {
            let start = window(start_window_hours.into(), language);
            let finish = window(viewing_window_hours.into(), language);
            match language {
                Language::English => format!("rented: {start} to press play, then {finish} to finish"),
                Language::Portuguese => format!("alugado: {start} para dar o play e depois {finish} para terminar"),
            }
        }
    }
}
