//! Mail to customers: the mails with links, in their language, and where mail is put.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use lettre::address::{AddressError, Envelope};
use lettre::message::header::{ContentTransferEncoding, ContentType};
use lettre::message::{Body, Mailbox};
use lettre::{AsyncFileTransport, AsyncTransport, Message, Tokio1Executor};
use sha2::{Digest as _, Sha256};

use super::labels::window;
use crate::customer::{Customer, Language, address};
use crate::limits::Limits;

/// Somebody who delivers mail. A mail that is lost is asked for again, so nobody waits for one.
#[async_trait]
pub trait Mailer: Send + Sync {
    async fn send(&self, mail: Mail) -> Result<(), MailError>;
}

/// A mail, ready to go.
#[derive(Debug, Clone)]
pub struct Mail {
    /// What its Message-ID begins with, where it may be written and sent again; otherwise that comes of what is written.
    pub id: Option<String>,
    pub to: String,
    /// What the addressee is called; none where nobody has proved that the address is theirs.
    pub to_name: Option<String>,
    pub subject: String,
    pub body: String,
    pub written_at_us: i64,
}

#[derive(Debug, thiserror::Error)]
pub enum MailError {
    #[error("the sender's address is none: {0}")]
    Sender(#[source] AddressError),
    #[error("the mail cannot be written: {0}")]
    Unwritable(String),
    #[error("the mail cannot be delivered: {0}")]
    Delivery(String),
}

/// Puts each mail into a folder as one `.eml` file.
pub struct FolderMailer {
    sender: Mailbox,
    folder: AsyncFileTransport<Tokio1Executor>,
}

impl FolderMailer {
    /// A mailer into a folder, which is made when it is not there. `sender` is such as `Store <store@example.com>`.
    pub fn open(folder: PathBuf, sender: &str) -> Result<Self, MailError> {
        std::fs::create_dir_all(&folder).map_err(|error| MailError::Delivery(error.to_string()))?;
        Ok(Self {
            sender: sender.parse().map_err(MailError::Sender)?,
            folder: AsyncFileTransport::new(folder),
        })
    }
}

#[async_trait]
impl Mailer for FolderMailer {
    async fn send(&self, mail: Mail) -> Result<(), MailError> {
        let message = message(self.sender.clone(), mail)?;
        let sent = self.folder.send(message).await;
        sent.map(drop).map_err(|error| MailError::Delivery(error.to_string()))
    }
}

fn message(sender: Mailbox, mail: Mail) -> Result<Message, MailError> {
    let unwritable = |error: &dyn std::error::Error| MailError::Unwritable(error.to_string());
    let address = address(&mail.to).ok_or_else(|| unwritable(&AddressError::InvalidInput))?;
    // The library would make it of the header, and knows fewer addresses than there are.
    let envelope = Envelope::new(Some(sender.email.clone()), vec![address.clone()]);
    let envelope = envelope.map_err(|error| unwritable(&error))?;
    let written_at = Duration::from_micros(u64::try_from(mail.written_at_us).unwrap_or_default());
    // Not wrapped at 76 columns, so that the links in a mail that lies in a folder can be followed as they are. The
    // longest line has a name or a link in it, and stays far below what mail servers take.
    let text = mail.body.replace('\n', "\r\n").into_bytes();
    let body = Body::dangerous_pre_encoded(text, ContentTransferEncoding::EightBit);
    let id = mail.id.clone().unwrap_or_else(|| fingerprint(&mail));
    let id = format!("<{id}@{}>", sender.email.domain());
    Message::builder()
        .envelope(envelope)
        .message_id(Some(id))
        .from(sender)
        .to(Mailbox::new(mail.to_name, address))
        .subject(mail.subject)
        .date(SystemTime::UNIX_EPOCH + written_at)
        .header(ContentType::TEXT_PLAIN)
        .body(body)
        .map_err(|error| unwritable(&error))
}

fn fingerprint(mail: &Mail) -> String {
    let written = format!("{}\n{}\n{}\n{}", mail.to, mail.subject, mail.written_at_us, mail.body);
    let digest: [u8; 32] = Sha256::digest(written).into();
    digest[..16]
        .iter()
        .fold(String::new(), |id, byte| id + &format!("{byte:02x}"))
}

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

    #[tokio::test]
    async fn a_mail_lies_in_the_folder_as_it_was_written() {
        let text = in_the_folder(written(LinkMail::VerifyEmail, Language::Portuguese)).await;
        // Its sender chose the name, and has yet to prove that the address is theirs.
        assert!(text.contains("To: ana@example.com\r\n"), "{text}");
        assert!(!text.contains("Souza"), "{text}");
        assert!(text.contains("Boas-vindas à loja."), "{text}");
        assert!(
            text.contains("https://films.example/account/verify?token=t0ken"),
            "{text}"
        );
    }

    #[tokio::test]
    async fn a_mail_names_a_customer_whose_address_is_verified() {
        let ana = Customer {
            email_verified: true,
            ..customer()
        };
        let mail = LinkMail::ResetPassword.write(&ana, "https://films.example", "t0ken", &Limits::default(), 0);
        let text = in_the_folder(mail).await;
        assert!(
            text.contains("To: Ana Souza <ana@example.com>") || text.contains("To: \"Ana Souza\" <ana@example.com>"),
            "{text}"
        );
        assert!(text.contains("Hello Ana Souza,"), "{text}");
    }

    #[tokio::test]
    async fn every_address_that_a_customer_can_have_gets_its_mail() {
        for address in ["İpek@exämple.com", "i\u{307}pek@example.com", "प्रिया@example.com"] {
            let customer = Customer {
                email: crate::customer::Email::parse(address).unwrap(),
                ..customer()
            };
            let mail = LinkMail::VerifyEmail.write(&customer, "https://films.example", "t0ken", &Limits::default(), 0);
            let sent = message("store@example.com".parse().unwrap(), mail.clone()).unwrap();
            let to: Vec<_> = sent.envelope().to().iter().map(ToString::to_string).collect();
            assert_eq!(to, [address]);
            let text = in_the_folder(mail).await;
            assert!(text.contains(&format!("To: {address}\r\n")), "{text}");
        }
    }

    /// The one mail in a folder that it was sent to.
    async fn in_the_folder(mail: Mail) -> String {
        let folder = tempfile::tempdir().unwrap();
        let mailer = FolderMailer::open(folder.path().join("mail"), "Store <store@example.com>").unwrap();
        mailer.send(mail).await.unwrap();
        let files: Vec<_> = std::fs::read_dir(folder.path().join("mail")).unwrap().collect();
        assert_eq!(files.len(), 1);
        std::fs::read_to_string(files[0].as_ref().unwrap().path()).unwrap()
    }
}
