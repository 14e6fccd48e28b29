//! Letters that tell a customer of a change to their account, in case it was not theirs.

use super::to;
use crate::customer::{Customer, Language};
use crate::mail::Mail;

/// To the old address, of a customer who has another one now.
pub(crate) fn address_changed(before: &Customer, public_url: &str, now_us: i64) -> Mail {
    let (name, link) = (before.name.as_str(), forgotten(public_url));
    let (subject, body) = match before.language {
        Language::English => (
            "Your account has another address now",
            format!(
                "Hello {name},\n\nthe account that had this address has another one now, and mail goes there.\n\n\
                 If that was you, there is nothing to do. If it was not, answer this mail: somebody knows your \
                 password.\n\n{link}\n"
            ),
        ),
        Language::Portuguese => (
            "Sua conta agora tem outro endereço",
            format!(
                "Olá, {name}!\n\nA conta que tinha este endereço agora tem outro, e os e-mails vão para lá.\n\n\
                 Se foi você, não precisa fazer nada. Se não foi, responda a este e-mail: alguém sabe a sua \
                 senha.\n\n{link}\n"
            ),
        ),
    };
    to(before, subject.to_owned(), body, now_us)
}

pub(crate) fn password_changed(customer: &Customer, public_url: &str, now_us: i64) -> Mail {
    let (name, link) = (customer.name.as_str(), forgotten(public_url));
    let (subject, body) = match customer.language {
        Language::English => (
            "Your password was changed",
            format!(
                "Hello {name},\n\nyour password was changed, and every other device was signed out.\n\n\
                 If that was not you, choose a new one here:\n\n{link}\n"
            ),
        ),
        Language::Portuguese => (
            "Sua senha foi alterada",
            format!(
                "Olá, {name}!\n\nSua senha foi alterada, e sua conta saiu de todos os outros aparelhos.\n\n\
                 Se não foi você, escolha uma nova aqui:\n\n{link}\n"
            ),
        ),
    };
    to(customer, subject.to_owned(), body, now_us)
}

fn forgotten(public_url: &str) -> String {
    format!("{}/account/forgot", public_url.trim_end_matches('/'))
}
