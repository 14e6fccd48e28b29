//! Mails that tell a customer of a change to their account, in case it was not theirs.

use super::outbox::to;
use crate::customer::{Customer, Language};
use crate::mail::delivery::Mail;
use crate::mail::message::hello;

/// To the old address, of a customer who has another one now. The link takes the old one back.
pub(crate) fn address_changed(before: &Customer, link: &str, now_us: i64) -> Mail {
    let hello = hello(before);
    let (subject, body) = match before.language {
        Language::English => (
            "Your account has another address now",
            format!(
                "{hello}\n\nThe account that had this address has another one now, and mail goes there.\n\n\
                 If that was you, there is nothing to do. If it was not, somebody knows your password. This link gives \
                 the address back to the account, signs everybody out and lets you choose a new password. It works for \
                 7 days:\n\n{link}\n"
            ),
        ),
        Language::Portuguese => (
            "Sua conta agora tem outro endereço",
            format!(
                "{hello}\n\nA conta que tinha este endereço agora tem outro, e os e-mails vão para lá.\n\n\
                 Se foi você, não precisa fazer nada. Se não foi, alguém sabe a sua senha. Este link devolve o endereço \
                 à conta, encerra a sessão de todos e deixa você escolher uma nova senha. Ele funciona por 7 \
                 dias:\n\n{link}\n"
            ),
        ),
    };
    to(before, subject.to_owned(), body, now_us)
}

pub(crate) fn password_changed(customer: &Customer, public_url: &str, now_us: i64) -> Mail {
    let (hello, link) = (hello(customer), forgotten(public_url));
    let (subject, body) = match customer.language {
        Language::English => (
            "Your password was changed",
            format!(
                "{hello}\n\nYour password was changed, and every other device was signed out.\n\n\
                 If that was not you, choose a new one here:\n\n{link}\n"
            ),
        ),
        Language::Portuguese => (
            "Sua senha foi alterada",
            format!(
                "{hello}\n\nSua senha foi alterada, e sua conta saiu de todos os outros aparelhos.\n\n\
                 Se não foi você, escolha uma nova aqui:\n\n{link}\n"
            ),
        ),
    };
    to(customer, subject.to_owned(), body, now_us)
}

fn forgotten(public_url: &str) -> String {
    format!("{}/account/forgot", public_url.trim_end_matches('/'))
}
