//! Mails with links that work once, and notices about an account.

use std::time::Duration;

use minijinja::context;

use super::delivery::{Mail, MailError};
use super::kind::MailKind;
use super::labels::window;
use super::letterhead::Letterhead;
use super::write::{Recipient, write};
use crate::customer::Language;
use crate::limits::Limits;

/// What a mail with a link is about. Each carries a link that works once and not for long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LinkMail {
    VerifyEmail,
    ResetPassword,
    ChangeEmail,
    /// To the address that an account has, when another one was asked for.
    RevertEmail,
}

impl LinkMail {
    const ALL: [Self; 4] = [
        Self::VerifyEmail,
        Self::ResetPassword,
        Self::ChangeEmail,
        Self::RevertEmail,
    ];

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::VerifyEmail => "verify_email",
            Self::ResetPassword => "reset_password",
            Self::ChangeEmail => "change_email",
            Self::RevertEmail => "revert_email",
        }
    }

    /// The link that a mail has in it.
    pub(crate) fn of(mail: MailKind) -> Option<Self> {
        match mail {
            MailKind::EmailChanged => Some(Self::RevertEmail),
            mail => Self::ALL.into_iter().find(|link| link.kind() == mail),
        }
    }

    /// Whether nobody else can have the address while the link works.
    pub(crate) fn reserves_address(self) -> bool {
        self == Self::RevertEmail
    }

    /// How long its link works.
    pub(crate) fn validity(self, limits: &Limits) -> Duration {
        match self {
            Self::VerifyEmail | Self::ChangeEmail => limits.verification_link,
            Self::ResetPassword => limits.reset_link,
            Self::RevertEmail => limits.revert_link,
        }
    }

    /// The page of the web app that redeems the link's token.
    fn link(self, head: &Letterhead, token: &str) -> String {
        let page = match self {
            Self::VerifyEmail => "verify",
            Self::ResetPassword => "reset",
            Self::ChangeEmail => "email",
            Self::RevertEmail => "revert",
        };
        head.page(&format!("/account/{page}?token={token}"))
    }

    pub(crate) fn kind(self) -> MailKind {
        match self {
            Self::VerifyEmail => MailKind::VerifyEmail,
            Self::ResetPassword => MailKind::ResetPassword,
            Self::ChangeEmail => MailKind::ChangeEmail,
            Self::RevertEmail => MailKind::RevertEmail,
        }
    }

    /// The mail with the link.
    pub(crate) fn write(
        self,
        head: &Letterhead,
        to: &Recipient,
        token: &str,
        limits: &Limits,
        now_us: i64,
    ) -> Result<Mail, MailError> {
        let validity = self.validity_label(limits, to.language);
        let link = self.link(head, token);
        write(self.kind(), head, to, &link, context! { validity }, now_us)
    }

    fn validity_label(self, limits: &Limits, language: Language) -> String {
        let hours = self.validity(limits).as_secs().div_ceil(60 * 60);
        window(i64::try_from(hours).unwrap_or(i64::MAX), language)
    }
}

/// To the old address of an account that has another one now. The link takes the old one back.
pub(crate) fn email_changed(
    head: &Letterhead,
    before: &Recipient,
    token: &str,
    limits: &Limits,
    now_us: i64,
) -> Result<Mail, MailError> {
    let revert = LinkMail::RevertEmail;
    let validity = revert.validity_label(limits, before.language);
    let link = revert.link(head, token);
    write(
        MailKind::EmailChanged,
        head,
        before,
        &link,
        context! { validity },
        now_us,
    )
}

/// Tells a customer of a new password, in case it was not theirs.
pub(crate) fn password_changed(head: &Letterhead, to: &Recipient, now_us: i64) -> Result<Mail, MailError> {
    let link = head.page("/account/forgot");
    write(MailKind::PasswordChanged, head, to, &link, context! {}, now_us)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::customer::Customer;
    use crate::world::{customer, letterhead};

    fn written(mail: LinkMail, language: &str) -> Mail {
        let customer = Customer {
            language: Language::nearest(language),
            ..customer()
        };
        write_to(mail, &customer, &Limits::default())
    }

    fn write_to(mail: LinkMail, customer: &Customer, limits: &Limits) -> Mail {
        mail.write(&letterhead(), &Recipient::of(customer), "t0ken", limits, 0)
            .unwrap()
    }

    #[test]
    fn every_letter_has_its_link_on_a_line_of_its_own_in_every_language() {
        for language in Language::all().map(Language::tag) {
            let verify = written(LinkMail::VerifyEmail, language).body;
            assert!(
                verify.contains("\nhttps://films.example/account/verify?token=t0ken\n"),
                "{verify}"
            );
            let reset = written(LinkMail::ResetPassword, language).body;
            assert!(
                reset.contains("\nhttps://films.example/account/reset?token=t0ken\n"),
                "{reset}"
            );
        }
    }

    #[test]
    fn a_mail_to_an_address_that_nobody_proved_to_have_says_nothing_that_its_sender_chose() {
        for kind in [
            LinkMail::VerifyEmail,
            LinkMail::ResetPassword,
            LinkMail::ChangeEmail,
            LinkMail::RevertEmail,
        ] {
            for language in Language::all() {
                let stranger = Customer {
                    email_verified: false,
                    name: crate::customer::Name::parse("Win R$500 at http://prize.example").unwrap(),
                    language,
                    ..customer()
                };
                let mail = write_to(kind, &stranger, &Limits::default());
                let all = format!("{mail:?}");
                assert!(!all.contains("Win") && !all.contains("prize"), "{all}");
            }
        }
    }

    #[test]
    fn the_address_that_an_account_had_can_be_taken_back_for_a_week() {
        let english = written(LinkMail::RevertEmail, "en").body;
        assert!(english.contains("\nhttps://films.example/account/revert?token=t0ken\n"));
        assert!(english.contains("for 7 days"), "{english}");
        assert!(written(LinkMail::RevertEmail, "pt-BR").body.contains("por 7 dias"));
        assert!(written(LinkMail::RevertEmail, "es").body.contains("durante 7 días"));
    }

    #[test]
    fn a_link_that_works_for_a_day_is_not_said_to_work_for_1_days() {
        let limits = Limits {
            revert_link: Duration::from_hours(24),
            ..Limits::default()
        };
        let mail = write_to(LinkMail::RevertEmail, &customer(), &limits);
        assert!(mail.body.contains("It works for 24 h,"), "{}", mail.body);
    }

    #[test]
    fn a_letter_says_how_long_its_link_works() {
        assert!(written(LinkMail::ResetPassword, "en").body.contains("within 1 h"));
        assert!(written(LinkMail::VerifyEmail, "pt-BR").body.contains("em até 48 h"));
    }
}
