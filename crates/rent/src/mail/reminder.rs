//! The mail before a rental's window ends.

use super::labels::{moment, remaining, window};
use super::outbox::to;
use crate::customer::{Customer, Language};
use crate::library::entitlement::Entitlement;
use crate::mail::message::{Mail, hello};
use crate::time::HOUR_US;

pub(super) fn write(customer: &Customer, rental: &Entitlement, public_url: &str, now_us: i64) -> Mail {
    let (hello, film, language) = (hello(customer), &rental.title_name, customer.language);
    let site = public_url.trim_end_matches('/');
    let link = format!("{site}/library");
    let settings = format!("{site}/account");
    let end_us = rental.watch_until_us().or(rental.start_by_us()).unwrap_or(now_us);
    // Rounded: nobody plans an evening by the minute.
    let left = remaining((end_us - now_us + HOUR_US / 2).max(HOUR_US) / HOUR_US, language);
    let end = moment(end_us, language);
    let finish = window(rental.holding.viewing_window_hours().into(), language);
    let (subject, what) = match (language, rental.watch_until_us()) {
        (Language::English, Some(_)) => (
            format!("{left} left to finish “{film}”"),
            format!(
                "You have about {left} left to finish “{film}”, until {end}. A film that is playing then may play to its end."
            ),
        ),
        (Language::Portuguese, Some(_)) => (
            format!("Restam {left} para terminar “{film}”"),
            format!(
                "Restam cerca de {left} para você terminar “{film}”, até {end}. Um filme que estiver passando nessa hora pode ir até o fim."
            ),
        ),
        (Language::English, None) => (
            format!("{left} left to start “{film}”"),
            format!(
                "“{film}” still waits for you: press play within about {left}, until {end}. From then on you have {finish} to finish."
            ),
        ),
        (Language::Portuguese, None) => (
            format!("Restam {left} para começar “{film}”"),
            format!(
                "“{film}” ainda espera por você: dê o play em cerca de {left}, até {end}. A partir daí você tem {finish} para terminar."
            ),
        ),
    };
    let body = match language {
        Language::English => {
            format!("{hello}\n\n{what}\n\n{link}\n\nYou can turn these reminders off in your account:\n\n{settings}\n")
        }
        Language::Portuguese => {
            format!("{hello}\n\n{what}\n\n{link}\n\nVocê pode desligar estes lembretes na sua conta:\n\n{settings}\n")
        }
    };
    to(customer, subject, body, now_us)
}
