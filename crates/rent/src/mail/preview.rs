//! Mails with sample data, for those who write their texts: `dvs mail preview`.

use payments::{Money, PaymentMethod, RefundState};
use uuid::Uuid;

use super::delivery::{Mail, MailError};
use super::kind::MailKind;
use super::letterhead::{Letterhead, StoreProfile};
use super::message::{LinkMail, email_changed, password_changed};
use super::write::Recipient;
use super::{receipt, reminder};
use crate::customer::{Email, Language, Name};
use crate::id::{CustomerId, EntitlementId, OfferId, OrderId, RefundId, TitleId};
use crate::library::entitlement::{Entitlement, Holding};
use crate::limits::Limits;
use crate::order::bill::Bill;
use crate::order::{Order, OrderLine, OrderState};
use crate::payment::Payment;
use crate::payment::refund::{DecidedBy, Refund, RefundReason};
use crate::time::HOUR_US;

const PUBLIC_URL: &str = "https://films.example";
/// As long as a real one.
const TOKEN: &str = "Zm9yLXByZXZpZXdzLW9ubHktaXQtb3BlbnMtbm90aGlu";
/// 24 December 2026, 12:00 UTC.
const NOW_US: i64 = 1_798_113_600_000_000;

/// The mail of a kind in a language, to a customer who is not there.
pub fn preview(kind: MailKind, language: Language) -> Result<Mail, MailError> {
    let head = Letterhead::new(store(), PUBLIC_URL);
    let to = Recipient {
        address: Email::kept("ana@films.example".to_owned()),
        name: Some(Name::kept("Ana Souza".to_owned())),
        language,
    };
    let stranger = Recipient {
        name: None,
        ..to.clone()
    };
    let limits = Limits::default();
    let link = |mail: LinkMail, to: &Recipient| mail.write(&head, to, TOKEN, &limits, NOW_US);
    let order = |state| order(state).ok_or_else(|| MailError::Unwritable("the sample is no order".to_owned()));
    match kind {
        MailKind::VerifyEmail => link(LinkMail::VerifyEmail, &stranger),
        MailKind::ResetPassword => link(LinkMail::ResetPassword, &to),
        MailKind::ChangeEmail => link(LinkMail::ChangeEmail, &stranger),
        MailKind::RevertEmail => link(LinkMail::RevertEmail, &to),
        MailKind::EmailChanged => email_changed(&head, &to, TOKEN, &limits, NOW_US),
        MailKind::PasswordChanged => password_changed(&head, &to, NOW_US),
        MailKind::Receipt => receipt::write(&head, &to, &order(OrderState::Fulfilled)?, None, NOW_US),
        MailKind::Refund => {
            let order = order(OrderState::Refunded)?;
            receipt::write(&head, &to, &order, order.refunds.first(), NOW_US)
        }
        MailKind::Reminder => {
            let rental = &rental().ok_or_else(|| MailError::Unwritable("the sample is no rental".to_owned()))?;
            reminder::write(&head, &to, rental, TOKEN, NOW_US)
        }
    }
}

fn store() -> StoreProfile {
    StoreProfile {
        name: "Films Example".to_owned(),
        legal_name: "Films Example Ltd.".to_owned(),
        address: "1 Example Street, Exampleville".to_owned(),
        tax_id: "00.000.000/0001-00".to_owned(),
        contact_email: "help@films.example".to_owned(),
        ..StoreProfile::default()
    }
}

/// A film that is rented, and one that is bought.
fn order(state: OrderState) -> Option<Order> {
    let line = |id: &str, name: &str, minor, holding| {
        Some(OrderLine {
            offer: OfferId::parse(id)?,
            title: TitleId::parse(id)?,
            title_name: name.to_owned(),
            runtime_minutes: 94,
            price: Money::parse(minor, "BRL")?,
            holding,
        })
    };
    let lines = vec![
        line("nosferatu-1922", "Nosferatu, eine Symphonie des Grauens", 1490, RENTED)?,
        line("limite-1931", "Limite", 3990, Holding::Purchase)?,
    ];
    let bill = Bill::of(lines.iter().map(|line| line.price)).ok()?;
    let refund = Refund {
        id: RefundId::new(id()),
        amount: bill.total,
        reason: RefundReason::Withdrawal,
        decided_by: DecidedBy::Customer,
        ends_access: true,
        state: RefundState::Pending,
        decided_at_us: NOW_US,
    };
    Some(Order {
        id: OrderId::new(id()),
        customer: CustomerId::new(id()),
        state,
        payment: Payment::new("sandbox", PaymentMethod::Card, bill.total),
        refunds: if state == OrderState::Refunded {
            vec![refund]
        } else {
            Vec::new()
        },
        bill,
        lines,
        created_at_us: NOW_US,
        lapses_at_us: NOW_US,
        entitlements: Vec::new(),
    })
}

const START_WINDOW_HOURS: i32 = 720;
const RENTED: Holding = Holding::Rental {
    start_window_hours: START_WINDOW_HOURS,
    viewing_window_hours: 48,
};

/// A rental that was not started, three days before it must be.
fn rental() -> Option<Entitlement> {
    Some(Entitlement {
        id: EntitlementId::new(id()),
        customer: CustomerId::new(id()),
        order: OrderId::new(id()),
        title: TitleId::parse("nosferatu-1922")?,
        title_name: "Nosferatu, eine Symphonie des Grauens".to_owned(),
        runtime_minutes: 94,
        holding: RENTED,
        granted_at_us: NOW_US - (i64::from(START_WINDOW_HOURS) - 72) * HOUR_US,
        started_at_us: None,
        ended_at_us: None,
        position_seconds: 0,
    })
}

fn id() -> Uuid {
    Uuid::from_u128(0x0190_a3f0_7c3e_7abc_8def_0123_4567_89ab)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> impl Iterator<Item = (MailKind, Language, Mail)> {
        let kinds = MailKind::ALL.into_iter();
        kinds.flat_map(|kind| {
            let write = move |language| {
                let mail = preview(kind, language);
                (
                    kind,
                    language,
                    mail.unwrap_or_else(|error| panic!("{kind:?} {language:?}: {error}")),
                )
            };
            Language::all().map(write)
        })
    }

    #[test]
    fn every_mail_can_be_written_in_every_language() {
        for (kind, language, mail) in all() {
            let all = format!("{}\n{}\n{}", mail.subject, mail.body, mail.html);
            for rest in ["{{", "{%", "undefined", "none"] {
                let found = all.replace("text-decoration:none", "").contains(rest);
                assert!(!found, "{kind:?} {language:?}: {rest} in {all}");
            }
            assert!(
                !mail.subject.is_empty() && !mail.subject.contains('\n'),
                "{kind:?}: {}",
                mail.subject
            );
            assert!(
                !mail.body.contains("\n\n\n") && mail.body.ends_with('\n'),
                "{}",
                mail.body
            );
            assert!(
                mail.html.contains(&format!("<html lang=\"{}\">", language.tag())),
                "{}",
                mail.html
            );
        }
    }

    #[test]
    fn the_link_is_on_a_line_of_its_own_and_behind_the_button_and_below_it() {
        for (kind, _, mail) in all() {
            let link = mail.body.lines().find(|line| line.starts_with(PUBLIC_URL)).unwrap();
            assert_eq!(
                mail.html.matches(&format!("href=\"{link}\"")).count(),
                2,
                "{kind:?}: {}",
                mail.html
            );
            assert!(mail.html.contains(&format!(">{link}</a>")), "{kind:?}: {}", mail.html);
        }
    }

    #[test]
    fn the_html_says_all_that_the_text_says() {
        // A text has a colon where the HTML has two cells.
        let words = |text: &str| spaced(&text.replace(':', ""));
        for (kind, language, mail) in all() {
            let html = words(&without_tags(&mail.html));
            // A film and its price are two cells as well, with a dot between them in the text.
            for line in mail.body.lines().filter(|line| !line.contains(" · ")) {
                assert!(html.contains(&words(line)), "{kind:?} {language:?}: {line} in {html}");
            }
        }
    }

    #[test]
    fn nothing_is_loaded_from_elsewhere() {
        for (kind, _, mail) in all() {
            for what in ["<img", "<link", "<script", "url(", "@import", "src="] {
                assert!(!mail.html.contains(what), "{kind:?}: {what}");
            }
        }
    }

    #[test]
    fn what_people_chose_is_text_and_no_markup() {
        let to = Recipient {
            address: Email::kept("ana@films.example".to_owned()),
            name: Some(Name::kept("<b>Ana</b> & Bia".to_owned())),
            language: Language::nearest("en"),
        };
        let rental = Entitlement {
            title_name: "<script>x</script>".to_owned(),
            ..rental().unwrap()
        };
        let mail = reminder::write(&Letterhead::new(store(), PUBLIC_URL), &to, &rental, TOKEN, NOW_US).unwrap();
        assert!(mail.body.starts_with("Hello <b>Ana</b> & Bia,\n"), "{}", mail.body);
        assert!(mail.subject.contains("“<script>x</script>”"), "{}", mail.subject);
        assert!(
            !mail.html.contains("<b>Ana") && !mail.html.contains("<script>"),
            "{}",
            mail.html
        );
        assert!(mail.html.contains("&lt;b&gt;Ana"), "{}", mail.html);
    }

    #[test]
    fn a_receipt_for_two_films_speaks_of_films() {
        let opening = |language| preview(MailKind::Receipt, Language::nearest(language)).unwrap().body;
        assert!(
            opening("en").contains("the films wait in your library"),
            "{}",
            opening("en")
        );
        assert!(
            opening("pt-BR").contains("os filmes esperam por você"),
            "{}",
            opening("pt-BR")
        );
        assert!(opening("es").contains("las películas te esperan"), "{}", opening("es"));
    }

    #[test]
    fn a_receipt_says_under_each_film_how_it_is_held() {
        let mail = preview(MailKind::Receipt, Language::nearest("en")).unwrap();
        let lines = "\n\nNosferatu, eine Symphonie des Grauens · R$14.90\n  rented: 30 days to press play, then 48 h to finish\n\
                     Limite · R$39.90\n  bought: a licence to watch it here, without a time limit\n\n\
                     Total: R$54.80\nPaid by: card\nOrdered: 24 December 2026, 12:00 UTC\nOrder: ";
        assert!(mail.body.contains(lines), "{}", mail.body);
    }

    fn spaced(text: &str) -> String {
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    fn without_tags(html: &str) -> String {
        let body = html.split_once("<body").map_or(html, |(_, body)| body);
        let mut text = String::new();
        for part in body.split('<') {
            text.push_str(part.split_once('>').map_or(part, |(_, text)| text));
            text.push(' ');
        }
        text.replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&quot;", "\"")
            .replace("&amp;", "&")
    }
}
