//! The mail server of a test.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use rent::{Mail, MailError, Mailer, Refusal};

/// The mails that were delivered.
#[derive(Default)]
pub(crate) struct Letterbox {
    mails: Mutex<Vec<Mail>>,
    /// Whether the mail server refuses mails at present.
    is_closed: AtomicBool,
    /// The address that the mail server does not know.
    unknown: Mutex<Option<String>>,
    /// Whether it accepts each mail and then reports a failure, as when the connection breaks after the delivery.
    loses_answers: AtomicBool,
}

impl Letterbox {
    pub(crate) fn mails(&self) -> Vec<Mail> {
        self.mails.lock().unwrap().clone()
    }

    pub(crate) fn subjects_to(&self, address: &str) -> Vec<String> {
        let mails = self.mails().into_iter().filter(|mail| mail.to == address);
        mails.map(|mail| mail.subject).collect()
    }

    pub(crate) fn close(&self, is_closed: bool) {
        self.is_closed.store(is_closed, Ordering::Relaxed);
    }

    pub(crate) fn know_not(&self, address: &str) {
        *self.unknown.lock().unwrap() = Some(address.to_owned());
    }

    pub(crate) fn forget_after_delivery(&self, loses_answers: bool) {
        self.loses_answers.store(loses_answers, Ordering::Relaxed);
    }

    /// The token in the link of the last mail that has one for this purpose.
    pub(crate) fn token(&self, purpose: &str) -> Option<String> {
        self.last_token(purpose, |_| true)
    }

    /// The same, among the mails to one address.
    pub(crate) fn token_to(&self, address: &str, purpose: &str) -> Option<String> {
        self.last_token(purpose, |mail| mail.to == address)
    }

    fn last_token(&self, purpose: &str, is_meant: impl Fn(&Mail) -> bool) -> Option<String> {
        let mark = format!("/account/{purpose}?token=");
        let token = |mail: &Mail| Some(mail.body.split_once(&mark)?.1.lines().next()?.to_owned());
        self.mails().iter().rev().filter(|mail| is_meant(mail)).find_map(token)
    }
}

#[async_trait]
impl Mailer for Letterbox {
    async fn send(&self, mail: Mail) -> Result<(), MailError> {
        if self.is_closed.load(Ordering::Relaxed) {
            return Err(MailError::Delivery("the server is closed".to_owned()));
        }
        if self.unknown.lock().unwrap().as_ref() == Some(&mail.to) {
            return Err(MailError::Refused(Refusal::read(550, &format!("5.1.1 <{}>", mail.to))));
        }
        self.mails.lock().unwrap().push(mail);
        if self.loses_answers.load(Ordering::Relaxed) {
            return Err(MailError::Delivery("the connection broke".to_owned()));
        }
        Ok(())
    }
}
