//! What a mail server refused a mail with.

use std::fmt;

/// The code of a refusal (RFC 5321) and, where the server gave one, its enhanced status code (RFC 3463). The text beside them
/// is not kept: servers repeat the address in it, and a refusal is stored with its job and logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    code: u16,
    status: Option<Status>,
}

/// An enhanced status code, such as `5.1.1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Status {
    class: u16,
    subject: u16,
    detail: u16,
}

impl Refusal {
    /// A refusal by its code and the text that the server wrote beside it, such as `5.1.1 <ana@example.com>: unknown`.
    pub fn read(code: u16, text: &str) -> Self {
        let status = text.split_whitespace().next().and_then(Status::parse);
        Self { code, status }
    }

    /// Whether the server refuses the addressee for good, and not the store, its sender, its login or the mail.
    pub(super) fn is_of_addressee(self) -> bool {
        match self.status {
            Some(Status {
                class: 5,
                subject: 1,
                detail,
            }) => !matches!(detail, 7 | 8),
            Some(Status {
                class: 5, subject: 2, ..
            }) => true,
            Some(_) => false,
            None => matches!(self.code, 550 | 551 | 553),
        }
    }

    fn meaning(self) -> &'static str {
        if self.is_of_addressee() {
            return "the address gets no mail";
        }
        match (self.status.map(|status| status.subject), self.code) {
            (Some(1), _) => "an address is not accepted",
            (Some(2), _) | (None, 450 | 452 | 552) => "the mailbox cannot get mail now",
            (_, 530 | 534 | 535 | 538) => "the login of the store is not accepted",
            (Some(3), _) | (None, 421 | 451) => "the mail server cannot take it now",
            (Some(4), _) => "the mail server does not reach the mailbox",
            (Some(5), _) | (None, 500..=504) => "the mail server does not understand the store",
            (Some(6), _) => "the mail's format is not accepted",
            (Some(7), _) => "the mail server's policy forbids it",
            _ => "the mail server does not say why",
        }
    }
}

impl Status {
    fn parse(text: &str) -> Option<Self> {
        let mut numbers = text.splitn(3, '.').map(|part| {
            let is_number = (1..=3).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
            part.parse().ok().filter(|_| is_number)
        });
        let (class, subject, detail) = (numbers.next()??, numbers.next()??, numbers.next()??);
        matches!(class, 4 | 5).then_some(Self { class, subject, detail })
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.code)?;
        if let Some(Status { class, subject, detail }) = self.status {
            write!(out, " {class}.{subject}.{detail}")?;
        }
        write!(out, " ({})", self.meaning())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_says_its_codes_and_what_they_mean_and_nothing_else_of_the_answer() {
        for (code, text, shown) in [
            (
                550,
                "5.1.1 <gone@x.example>: unknown",
                "550 5.1.1 (the address gets no mail)",
            ),
            (550, "gone@x.example is unknown", "550 (the address gets no mail)"),
            (
                552,
                "5.2.2 gone@x.example is full",
                "552 5.2.2 (the address gets no mail)",
            ),
            (
                450,
                "4.2.1 <gone@x.example>: later",
                "450 4.2.1 (the mailbox cannot get mail now)",
            ),
            (
                535,
                "5.7.8 shop@films.example: no",
                "535 5.7.8 (the login of the store is not accepted)",
            ),
            (
                550,
                "5.7.1 gone@x.example: spam",
                "550 5.7.1 (the mail server's policy forbids it)",
            ),
            (
                553,
                "5.1.8 <shop@films.example>",
                "553 5.1.8 (an address is not accepted)",
            ),
            (554, "", "554 (the mail server does not say why)"),
            (550, "5.1.gone@x.example", "550 (the address gets no mail)"),
            (550, "5.1.1.gone@x.example", "550 (the address gets no mail)"),
            (451, "+4.+1.1", "451 (the mail server cannot take it now)"),
        ] {
            assert_eq!(Refusal::read(code, text).to_string(), shown, "{text}");
        }
    }

    #[test]
    fn only_the_addressee_is_refused_for_good() {
        for (code, text) in [
            (550, "5.1.1 no"),
            (551, ""),
            (553, "5.1.3 no"),
            (550, "5.2.1 disabled"),
            (556, "5.1.10 null"),
        ] {
            assert!(Refusal::read(code, text).is_of_addressee(), "{code} {text}");
        }
        for (code, text) in [
            (450, "4.1.1 later"),
            (535, "5.7.8 no"),
            (550, "5.7.1 spam"),
            (550, "5.1.8 sender"),
            (554, "no"),
            (421, "busy"),
        ] {
            assert!(!Refusal::read(code, text).is_of_addressee(), "{code} {text}");
        }
    }
}
