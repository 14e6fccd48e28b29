//! The mail before a rental's window ends.

use minijinja::context;

use super::delivery::{Mail, MailError};
use super::kind::MailKind;
use super::labels::{moment, window};
use super::letterhead::Letterhead;
use super::write::{Recipient, write as write_mail};
use crate::library::entitlement::Entitlement;
use crate::time::HOUR_US;

/// `token` is of the link that turns reminders off.
pub(super) fn write(
    head: &Letterhead,
    to: &Recipient,
    rental: &Entitlement,
    token: &str,
    now_us: i64,
) -> Result<Mail, MailError> {
    let language = to.language;
    let end_us = rental.watch_until_us().or(rental.start_by_us()).unwrap_or(now_us);
    let turn_off = head.page(&format!("/account/reminders?token={token}"));
    // Rounded: nobody plans an evening by the minute.
    let left = (end_us - now_us + HOUR_US / 2).max(HOUR_US) / HOUR_US;
    let details = context! {
        film => rental.title_name.as_str(),
        is_started => rental.watch_until_us().is_some(),
        left => window(left, language),
        end => moment(end_us, language),
        viewing_window => window(rental.holding.viewing_window_hours().into(), language),
        turn_off => turn_off.as_str(),
    };
    let mail = write_mail(MailKind::Reminder, head, to, &head.page("/library"), details, now_us)?;
    Ok(Mail {
        unsubscribe: Some(turn_off),
        ..mail
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::customer::{Customer, Language};
    use crate::library::entitlement::Holding;
    use crate::world::{customer, entitlement, letterhead};

    /// A mail about a rental that must be started within so many hours, and then lasts one.
    fn reminder(language: &str, left_hours: i64) -> Mail {
        let customer = Customer {
            language: Language::nearest(language),
            ..customer()
        };
        let rental = Entitlement {
            holding: Holding::Rental {
                start_window_hours: 720,
                viewing_window_hours: 1,
            },
            ..entitlement()
        };
        let now_us = rental.start_by_us().unwrap() - left_hours * HOUR_US;
        write(&letterhead(), &Recipient::of(&customer), &rental, "t0ken", now_us).unwrap()
    }

    #[test]
    fn a_reminder_reads_well_with_one_hour_and_with_many_days() {
        for (hours, in_english, in_portuguese) in [
            (1, "1 h", "1 h"),
            (48, "48 h", "48 h"),
            (71, "2 days 23 h", "2 dias 23 h"),
        ] {
            let english = reminder("en", hours);
            assert!(english.subject.starts_with(&format!("{in_english} left to start")));
            assert!(english.body.contains("From then on you have 1 h to finish."));
            let portuguese = reminder("pt-BR", hours);
            let subject = format!("Você tem {in_portuguese} para começar");
            assert!(portuguese.subject.starts_with(&subject), "{}", portuguese.subject);
            let body = format!("você tem cerca de {in_portuguese} para dar o play");
            assert!(portuguese.body.contains(&body), "{}", portuguese.body);
        }
    }
}
