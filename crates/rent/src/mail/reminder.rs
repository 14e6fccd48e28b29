//! The mail before a rental's window ends.

use super::labels::{moment, window};
use super::outbox::to;
use crate::customer::{Customer, Language};
use crate::library::entitlement::Entitlement;
use crate::mail::delivery::Mail;
use crate::mail::message::hello;
use crate::time::HOUR_US;

pub(super) fn write(customer: &Customer, rental: &Entitlement, public_url: &str, now_us: i64) -> Mail {
    let (hello, film, language) = (hello(customer), &rental.title_name, customer.language);
    let site = public_url.trim_end_matches('/');
    let link = format!("{site}/library");
    let settings = format!("{site}/account");
    let end_us = rental.watch_until_us().or(rental.start_by_us()).unwrap_or(now_us);
    // Rounded: nobody plans an evening by the minute.
    let left = window((end_us - now_us + HOUR_US / 2).max(HOUR_US) / HOUR_US, language);
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
            format!("Você tem {left} para terminar “{film}”"),
            format!(
                "Você tem cerca de {left} para terminar “{film}”, até {end}. Um filme que estiver passando nessa hora pode ir até o fim."
            ),
        ),
        (Language::English, None) => (
            format!("{left} left to start “{film}”"),
            format!(
                "“{film}” still waits for you: press play within about {left}, until {end}. From then on you have {finish} to finish."
            ),
        ),
        (Language::Portuguese, None) => (
            format!("Você tem {left} para começar “{film}”"),
            format!(
                "“{film}” ainda espera por você: você tem cerca de {left} para dar o play, até {end}. A partir daí você tem {finish} para terminar."
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::entitlement::Holding;
    use crate::world::{customer, entitlement};

    /// A mail about a rental that must be started within so many hours, and then lasts one.
    fn reminder(language: Language, left_hours: i64) -> Mail {
        let customer = Customer { language, ..customer() };
        let rental = Entitlement {
            holding: Holding::Rental {
                start_window_hours: 720,
                viewing_window_hours: 1,
            },
            ..entitlement()
        };
        let now_us = rental.start_by_us().unwrap() - left_hours * HOUR_US;
        write(&customer, &rental, "https://films.example", now_us)
    }

    #[test]
    fn a_reminder_reads_well_with_one_hour_and_with_many_days() {
        for (hours, in_english, in_portuguese) in [
            (1, "1 h", "1 h"),
            (48, "48 h", "48 h"),
            (71, "2 days 23 h", "2 dias 23 h"),
        ] {
            let english = reminder(Language::English, hours);
            assert!(english.subject.starts_with(&format!("{in_english} left to start")));
            assert!(english.body.contains("From then on you have 1 h to finish."));
            let portuguese = reminder(Language::Portuguese, hours);
            let subject = format!("Você tem {in_portuguese} para começar");
            assert!(portuguese.subject.starts_with(&subject), "{}", portuguese.subject);
            let body = format!("você tem cerca de {in_portuguese} para dar o play");
            assert!(portuguese.body.contains(&body), "{}", portuguese.body);
        }
    }
}
