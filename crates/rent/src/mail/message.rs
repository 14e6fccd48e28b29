//! Mails with links, in their customer's language.

use std::time::Duration;

use super::delivery::Mail;
use super::labels::window;
use crate::customer::{Customer, Language};
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
    pub(crate) fn link(self, public_url: &str, token: &str) -> String {
        let public_url = public_url.trim_end_matches('/');
        match self {
            Self::VerifyEmail => format!("{public_url}/account/verify?token={token}"),
            Self::ResetPassword => format!("{public_url}/account/reset?token={token}"),
            Self::ChangeEmail => format!("{public_url}/account/email?token={token}"),
            Self::RevertEmail => format!("{public_url}/account/revert?token={token}"),
        }
    }

    /// The mail to a customer, in their language.
    pub(crate) fn write(self, to: &Customer, public_url: &str, token: &str, limits: &Limits, now_us: i64) -> Mail {
        let hello = hello(to);
        let link = self.link(public_url, token);
        let hours = self.validity(limits).as_secs().div_ceil(60 * 60);
        let validity = window(i64::try_from(hours).unwrap_or(i64::MAX), to.language);
        let (subject, body) = match (self, to.language) {
            (Self::VerifyEmail, Language::English) => verify_in_english(&link, &validity),
            (Self::VerifyEmail, Language::Portuguese) => verify_in_portuguese(&link, &validity),
            (Self::ResetPassword, Language::English) => reset_in_english(&link, &validity),
            (Self::ResetPassword, Language::Portuguese) => reset_in_portuguese(&link, &validity),
            (Self::ChangeEmail, Language::English) => change_in_english(&link, &validity),
            (Self::ChangeEmail, Language::Portuguese) => change_in_portuguese(&link, &validity),
            (Self::RevertEmail, Language::English) => revert_in_english(&link, &validity),
            (Self::RevertEmail, Language::Portuguese) => revert_in_portuguese(&link, &validity),
        };
        Mail {
            id: None,
            to: to.email.as_str().to_owned(),
            to_name: to.greeted_as().map(ToOwned::to_owned),
            subject: subject.to_owned(),
            body: format!("{hello}\n\n{body}"),
            written_at_us: now_us,
        }
    }
}

/// How a mail begins.
pub(crate) fn hello(to: &Customer) -> String {
    match (to.language, to.greeted_as()) {
        (Language::English, Some(name)) => format!("Hello {name},"),
        (Language::English, None) => "Hello,".to_owned(),
        (Language::Portuguese, Some(name)) => format!("Olá, {name}!"),
        (Language::Portuguese, None) => "Olá!".to_owned(),
    }
}

fn verify_in_english(link: &str, validity: &str) -> (&'static str, String) {
    let body = format!(
        "Welcome to the store. This link tells us that the address is yours:\n\n\
         {link}\n\n\
         It works once, within {validity}. If you did not open an account with us, there is nothing to do.\n\n\
         Enjoy the films!\n"
    );
    ("Is this your address?", body)
}

fn verify_in_portuguese(link: &str, validity: &str) -> (&'static str, String) {
    let body = format!(
        "Boas-vindas à loja. Este link nos diz que o endereço é seu:\n\n\
         {link}\n\n\
         Ele funciona uma única vez, em até {validity}. Se você não abriu uma conta conosco, não precisa fazer nada.\n\n\
         Bons filmes!\n"
    );
    ("Este endereço é seu?", body)
}

fn reset_in_english(link: &str, validity: &str) -> (&'static str, String) {
    let body = format!(
        "Here you can choose a new password:\n\n\
         {link}\n\n\
         The link works once, within {validity}. The new password signs you out on every device.\n\
         If you did not ask for this, leave it: your password stays as it is.\n"
    );
    ("A new password", body)
}

fn reset_in_portuguese(link: &str, validity: &str) -> (&'static str, String) {
    let body = format!(
        "Aqui você escolhe uma nova senha:\n\n\
         {link}\n\n\
         O link funciona uma única vez, em até {validity}. A nova senha encerra a sessão em todos os aparelhos.\n\
         Se não foi você quem pediu, ignore esta mensagem: sua senha continua a mesma.\n"
    );
    ("Uma nova senha", body)
}

fn change_in_english(link: &str, validity: &str) -> (&'static str, String) {
    let body = format!(
        "This link makes this address the one of your account, and signs you out on every device:\n\n\
         {link}\n\n\
         It works once, within {validity}. Until then everything stays as it is. If you did not ask for this, leave it.\n"
    );
    ("Is this your new address?", body)
}

fn change_in_portuguese(link: &str, validity: &str) -> (&'static str, String) {
    let body = format!(
        "Este link faz deste endereço o da sua conta e encerra a sessão em todos os aparelhos:\n\n\
         {link}\n\n\
         Ele funciona uma única vez, em até {validity}. Até lá, tudo continua como está. Se não foi você quem pediu, \
         ignore esta mensagem.\n"
    );
    ("Este é o seu novo endereço?", body)
}

fn revert_in_english(link: &str, validity: &str) -> (&'static str, String) {
    let body = format!(
        "Another address was asked for, for the account that has this one. If that was you, there is nothing to do.\n\n\
         If it was not, somebody knows your password. This link keeps the address as it is, signs everybody out and lets \
         you choose a new password:\n\n\
         {link}\n\n\
         It works for {validity}, also when the address has been changed by then.\n"
    );
    ("Was it you who asked for another address?", body)
}

fn revert_in_portuguese(link: &str, validity: &str) -> (&'static str, String) {
    let body = format!(
        "Foi pedido outro endereço para a conta que tem este. Se foi você, não precisa fazer nada.\n\n\
         Se não foi, alguém sabe a sua senha. Este link mantém o endereço como está, encerra a sessão de todos e deixa \
         você escolher uma nova senha:\n\n\
         {link}\n\n\
         Ele funciona por {validity}, mesmo que o endereço já tenha sido trocado.\n"
    );
    ("Foi você quem pediu outro endereço?", body)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::customer;

    fn written(mail: LinkMail, language: Language) -> Mail {
        let customer = Customer { language, ..customer() };
        mail.write(&customer, "https://films.example/", "t0ken", &Limits::default(), 0)
    }

    #[test]
    fn every_letter_has_its_link_on_a_line_of_its_own_in_both_languages() {
        for language in [Language::English, Language::Portuguese] {
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
            for language in [Language::English, Language::Portuguese] {
                let stranger = Customer {
                    email_verified: false,
                    name: crate::customer::Name::parse("Win R$500 at http://prize.example").unwrap(),
                    language,
                    ..customer()
                };
                let mail = kind.write(&stranger, "https://films.example", "t0ken", &Limits::default(), 0);
                let all = format!("{mail:?}");
                assert!(!all.contains("Win") && !all.contains("prize"), "{all}");
            }
        }
    }

    #[test]
    fn the_address_that_an_account_had_can_be_taken_back_for_a_week() {
        let english = written(LinkMail::RevertEmail, Language::English).body;
        assert!(english.contains("\nhttps://films.example/account/revert?token=t0ken\n"));
        assert!(english.contains("for 7 days"), "{english}");
        assert!(
            written(LinkMail::RevertEmail, Language::Portuguese)
                .body
                .contains("por 7 dias")
        );
    }

    #[test]
    fn a_link_that_works_for_a_day_is_not_said_to_work_for_1_days() {
        let limits = Limits {
            revert_link: Duration::from_hours(24),
            ..Limits::default()
        };
        let mail = LinkMail::RevertEmail.write(&customer(), "https://films.example", "t0ken", &limits, 0);
        assert!(mail.body.contains("It works for 24 h,"), "{}", mail.body);
    }

    #[test]
    fn a_letter_says_how_long_its_link_works() {
        assert!(
            written(LinkMail::ResetPassword, Language::English)
                .body
                .contains("within 1 h")
        );
        assert!(
            written(LinkMail::VerifyEmail, Language::Portuguese)
                .body
                .contains("em até 48 h")
        );
    }
}
