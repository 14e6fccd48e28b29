//! Mail to customers: the letters with links, in their language, and where mail is put.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use lettre::message::header::{ContentTransferEncoding, ContentType};
use lettre::message::{Body, Mailbox};
use lettre::{AsyncFileTransport, AsyncTransport, Message, Tokio1Executor};

use crate::customer::{Customer, Language};
use crate::limits::Limits;

/// Somebody who delivers mail. A mail that is lost is asked for again, so nobody waits for one.
#[async_trait]
pub trait Mailer: Send + Sync {
    async fn send(&self, mail: Mail) -> Result<(), MailError>;
}

/// A letter, ready to go.
#[derive(Debug, Clone)]
pub struct Mail {
    pub to: String,
    pub to_name: String,
    pub subject: String,
    pub body: String,
    pub written_at_us: i64,
}

#[derive(Debug, thiserror::Error)]
pub enum MailError {
    #[error("the sender's address is none: {0}")]
    Sender(#[source] lettre::address::AddressError),
    #[error("the mail cannot be written: {0}")]
    Letter(String),
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
    let unwritable = |error: &dyn std::error::Error| MailError::Letter(error.to_string());
    let address = mail.to.parse().map_err(|error| unwritable(&error))?;
    let written_at = Duration::from_micros(u64::try_from(mail.written_at_us).unwrap_or_default());
    // Not wrapped at 76 columns, so that the links in a mail that lies in a folder can be followed as they are. The
    // longest line has a name or a link in it, and stays far below what mail servers take.
    let text = mail.body.replace('\n', "\r\n").into_bytes();
    let body = Body::dangerous_pre_encoded(text, ContentTransferEncoding::EightBit);
    Message::builder()
        .from(sender)
        .to(Mailbox::new(Some(mail.to_name), address))
        .subject(mail.subject)
        .date(SystemTime::UNIX_EPOCH + written_at)
        .header(ContentType::TEXT_PLAIN)
        .body(body)
        .map_err(|error| unwritable(&error))
}

/// What a letter is about. Each carries a link that works once and not for long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Letter {
    VerifyEmail,
    ResetPassword,
    ChangeEmail,
}

impl Letter {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::VerifyEmail => "verify_email",
            Self::ResetPassword => "reset_password",
            Self::ChangeEmail => "change_email",
        }
    }

    /// How long its link works.
    pub(crate) fn validity(self, limits: &Limits) -> Duration {
        match self {
            Self::VerifyEmail | Self::ChangeEmail => limits.verification_link,
            Self::ResetPassword => limits.reset_link,
        }
    }

    /// The page of the web app that redeems the link's token.
    fn link(self, public_url: &str, token: &str) -> String {
        let public_url = public_url.trim_end_matches('/');
        match self {
            Self::VerifyEmail => format!("{public_url}/account/verify?token={token}"),
            Self::ResetPassword => format!("{public_url}/account/reset?token={token}"),
            Self::ChangeEmail => format!("{public_url}/account/email?token={token}"),
        }
    }

    /// The letter to a customer, in their language.
    pub(crate) fn write(self, to: &Customer, public_url: &str, token: &str, limits: &Limits, now_us: i64) -> Mail {
        let name = to.name.as_str();
        let link = self.link(public_url, token);
        let hours = self.validity(limits).as_secs().div_ceil(60 * 60);
        let (subject, body) = match (self, to.language) {
            (Self::VerifyEmail, Language::English) => verify_in_english(name, &link, hours),
            (Self::VerifyEmail, Language::Portuguese) => verify_in_portuguese(name, &link, hours),
            (Self::ResetPassword, Language::English) => reset_in_english(name, &link, hours),
            (Self::ResetPassword, Language::Portuguese) => reset_in_portuguese(name, &link, hours),
            (Self::ChangeEmail, Language::English) => change_in_english(name, &link, hours),
            (Self::ChangeEmail, Language::Portuguese) => change_in_portuguese(name, &link, hours),
        };
        Mail {
            to: to.email.as_str().to_owned(),
            to_name: name.to_owned(),
            subject: subject.to_owned(),
            body,
            written_at_us: now_us,
        }
    }
}

fn verify_in_english(name: &str, link: &str, hours: u64) -> (&'static str, String) {
    let body = format!(
        "Hello {name},\n\n\
         welcome to the store. This link tells us that the address is yours:\n\n\
         {link}\n\n\
         It works once, within {hours} h. If you did not open an account with us, there is nothing to do.\n\n\
         Enjoy the films!\n"
    );
    ("Is this your address?", body)
}

fn verify_in_portuguese(name: &str, link: &str, hours: u64) -> (&'static str, String) {
    let body = format!(
        "Olá, {name}!\n\n\
         Boas-vindas à loja. Este link nos diz que o endereço é seu:\n\n\
         {link}\n\n\
         Ele funciona uma única vez, em até {hours} h. Se você não abriu uma conta conosco, não precisa fazer nada.\n\n\
         Bons filmes!\n"
    );
    ("Este endereço é seu?", body)
}

fn reset_in_english(name: &str, link: &str, hours: u64) -> (&'static str, String) {
    let body = format!(
        "Hello {name},\n\n\
         here you can choose a new password:\n\n\
         {link}\n\n\
         The link works once, within {hours} h. The new password signs you out on every device.\n\
         If you did not ask for this, leave it: your password stays as it is.\n"
    );
    ("A new password", body)
}

fn reset_in_portuguese(name: &str, link: &str, hours: u64) -> (&'static str, String) {
    let body = format!(
        "Olá, {name}!\n\n\
         Aqui você escolhe uma nova senha:\n\n\
         {link}\n\n\
         O link funciona uma única vez, em até {hours} h. A nova senha encerra a sessão em todos os aparelhos.\n\
         Se não foi você quem pediu, ignore esta mensagem: sua senha continua a mesma.\n"
    );
    ("Uma nova senha", body)
}

fn change_in_english(name: &str, link: &str, hours: u64) -> (&'static str, String) {
    let body = format!(
        "Hello {name},\n\n\
         this link makes this address the one of your account:\n\n\
         {link}\n\n\
         It works once, within {hours} h. Until then everything stays as it is. If you did not ask for this, leave it.\n"
    );
    ("Is this your new address?", body)
}

fn change_in_portuguese(name: &str, link: &str, hours: u64) -> (&'static str, String) {
    let body = format!(
        "Olá, {name}!\n\n\
         Este link faz deste endereço o da sua conta:\n\n\
         {link}\n\n\
         Ele funciona uma única vez, em até {hours} h. Até lá, tudo continua como está. Se não foi você quem pediu, \
         ignore esta mensagem.\n"
    );
    ("Este é o seu novo endereço?", body)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::customer;

    fn letter(letter: Letter, language: Language) -> Mail {
        let customer = Customer { language, ..customer() };
        letter.write(&customer, "https://films.example/", "t0ken", &Limits::default(), 0)
    }

    #[test]
    fn every_letter_has_its_link_on_a_line_of_its_own_in_both_languages() {
        for language in [Language::English, Language::Portuguese] {
            let verify = letter(Letter::VerifyEmail, language).body;
            assert!(
                verify.contains("\nhttps://films.example/account/verify?token=t0ken\n"),
                "{verify}"
            );
            let reset = letter(Letter::ResetPassword, language).body;
            assert!(
                reset.contains("\nhttps://films.example/account/reset?token=t0ken\n"),
                "{reset}"
            );
        }
    }

    #[test]
    fn a_letter_says_how_long_its_link_works() {
        assert!(
            letter(Letter::ResetPassword, Language::English)
                .body
                .contains("within 1 h")
        );
        assert!(
            letter(Letter::VerifyEmail, Language::Portuguese)
                .body
                .contains("em até 48 h")
        );
    }

    #[tokio::test]
    async fn a_mail_lies_in_the_folder_as_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let mailer = FolderMailer::open(folder.path().join("mail"), "Store <store@example.com>").unwrap();
        mailer
            .send(letter(Letter::VerifyEmail, Language::Portuguese))
            .await
            .unwrap();
        let files: Vec<_> = std::fs::read_dir(folder.path().join("mail")).unwrap().collect();
        assert_eq!(files.len(), 1);
        let text = std::fs::read_to_string(files[0].as_ref().unwrap().path()).unwrap();
        assert!(
            text.contains("To: Ana Souza <ana@example.com>") || text.contains("To: \"Ana Souza\" <ana@example.com>"),
            "{text}"
        );
        assert!(text.contains("Boas-vindas à loja."), "{text}");
        assert!(
            text.contains("https://films.example/account/verify?token=t0ken"),
            "{text}"
        );
    }
}
