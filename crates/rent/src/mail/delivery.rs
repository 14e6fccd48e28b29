//! Where mail is put: a folder, or a mail server.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use lettre::Message;
use lettre::address::{AddressError, Envelope};
use lettre::message::header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue, MIME_VERSION_1_0};
use lettre::message::{Body, Mailbox, MultiPart, SinglePart, SinglePartBuilder};
use uuid::Uuid;

use crate::customer::address;
use crate::mail::refusal::Refusal;

/// Delivers mail.
#[async_trait]
pub trait Mailer: Send + Sync {
    async fn send(&self, mail: Mail) -> Result<(), MailError>;
}

/// A mail, ready to go.
#[derive(Debug, Clone)]
pub struct Mail {
    /// What its Message-ID begins with, where it may be written and sent again; otherwise that comes of what is written.
    pub id: Option<String>,
    /// Whom it comes from, such as `Store <store@example.com>`.
    pub sender: String,
    pub to: String,
    /// What the addressee is called; none where nobody has proved that the address is theirs.
    pub to_name: Option<String>,
    pub subject: String,
    /// Its plain text.
    pub body: String,
    /// The same for programs that show HTML.
    pub html: String,
    pub written_at_us: i64,
    /// Where whoever gets it ends such mails: by a page for a person, and by a POST for a mail program. None where they are
    /// answers to what the customer did.
    pub unsubscribe: Option<String>,
}

#[derive(Debug, thiserror::Error)]
pub enum MailError {
    #[error("the sender's address is none: {0}")]
    Sender(#[source] AddressError),
    #[error("the certificates cannot be read: {0}")]
    Certificates(String),
    #[error("the mail cannot be written: {0}")]
    Unwritable(String),
    #[error("the mail cannot be delivered: {0}")]
    Delivery(String),
    #[error("the mail server refused the mail: {0}")]
    Refused(Refusal),
    #[error("the mail folder {} cannot be used: {reason}", folder.display())]
    Folder { folder: PathBuf, reason: String },
}

/// Puts each mail into a folder as one `.eml` file.
pub struct FolderMailer {
    folder: PathBuf,
}

impl FolderMailer {
    /// A mailer into a folder, which it creates if it is missing.
    pub fn open(folder: PathBuf) -> Result<Self, MailError> {
        let unusable = |reason: String| MailError::Folder {
            folder: folder.clone(),
            reason,
        };
        if folder.exists() && !folder.is_dir() {
            return Err(unusable("it is a file; move it away".to_owned()));
        }
        fs::create_dir_all(&folder).map_err(|error| unusable(error.to_string()))?;
        Ok(Self { folder })
    }
}

#[async_trait]
impl Mailer for FolderMailer {
    async fn send(&self, mail: Mail) -> Result<(), MailError> {
        // Not wrapped at 76 columns, so that the links in the file can be followed as they are.
        let as_it_is = |text: &str| {
            let text = text.replace('\n', "\r\n").into_bytes();
            Body::dangerous_pre_encoded(text, ContentTransferEncoding::EightBit)
        };
        let parts = MultiPart::alternative()
            .singlepart(part(ContentType::TEXT_PLAIN).body(as_it_is(&mail.body)))
            .singlepart(part(ContentType::TEXT_HTML).body(as_it_is(&mail.html)));
        let name = fingerprint(&mail);
        let message = message(mail, parts)?;
        let folder = self.folder.clone();
        let put = tokio::task::spawn_blocking(move || put(&folder, &name, &message.formatted()));
        let put = put.await.map_err(io::Error::from).flatten();
        put.map_err(|error| MailError::Folder {
            folder: self.folder.clone(),
            reason: error.to_string(),
        })
    }
}

/// Writes a mail under another name first, so that a full disk leaves no part of one.
fn put(folder: &Path, name: &str, mail: &[u8]) -> io::Result<()> {
    let unfinished = folder.join(format!("{name}.part"));
    let write = || {
        let mut file = File::create(&unfinished)?;
        file.write_all(mail)?;
        file.sync_all()?;
        fs::rename(&unfinished, folder.join(format!("{name}.eml")))
    };
    write().inspect_err(|_| {
        // That the mail is not there is the error; what is left of it is overwritten at the next try.
        let _ = fs::remove_file(&unfinished);
    })
}

/// A mail's text, and the same in HTML, encoded as mail servers expect it.
pub(super) fn parts(mail: &Mail) -> MultiPart {
    MultiPart::alternative()
        .singlepart(part(ContentType::TEXT_PLAIN).body(mail.body.clone()))
        .singlepart(part(ContentType::TEXT_HTML).body(mail.html.clone()))
}

fn part(of: ContentType) -> SinglePartBuilder {
    SinglePart::builder().header(of)
}

/// A mail as it goes out.
pub(super) fn message(mail: Mail, parts: MultiPart) -> Result<Message, MailError> {
    let sender: Mailbox = mail.sender.parse().map_err(MailError::Sender)?;
    let unwritable = |error: &dyn std::error::Error| MailError::Unwritable(error.to_string());
    let address = address(&mail.to).ok_or_else(|| unwritable(&AddressError::InvalidInput))?;
    // The library would make it of the header, and knows fewer addresses than there are.
    let envelope = Envelope::new(Some(sender.email.clone()), vec![address.clone()]);
    let envelope = envelope.map_err(|error| unwritable(&error))?;
    let written_at = Duration::from_micros(u64::try_from(mail.written_at_us).unwrap_or_default());
    let id = mail.id.clone().unwrap_or_else(|| fingerprint(&mail));
    let id = format!("<{id}@{}>", sender.email.domain());
    let mut message = Message::builder();
    // Mail programs post to a secure address alone (RFC 8058).
    if let Some(url) = mail.unsubscribe.filter(|url| url.starts_with("https://")) {
        message = message
            .raw_header(HeaderValue::dangerous_new_pre_encoded(
                HeaderName::new_from_ascii_str("List-Unsubscribe"),
                format!("<{url}>"),
                format!("<{url}>"),
            ))
            .raw_header(HeaderValue::new(
                HeaderName::new_from_ascii_str("List-Unsubscribe-Post"),
                "List-Unsubscribe=One-Click".to_owned(),
            ));
    }
    message
        .envelope(envelope)
        .message_id(Some(id))
        .from(sender)
        .to(Mailbox::new(mail.to_name, address))
        .subject(mail.subject)
        .date(SystemTime::UNIX_EPOCH + written_at)
        .header(MIME_VERSION_1_0)
        .multipart(parts)
        .map_err(|error| unwritable(&error))
}

fn fingerprint(mail: &Mail) -> String {
    let written = format!("{}\n{}\n{}\n{}", mail.to, mail.subject, mail.written_at_us, mail.body);
    Uuid::new_v5(&Uuid::nil(), written.as_bytes()).simple().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::customer::{Customer, Language};
    use crate::limits::Limits;
    use crate::mail::message::LinkMail;
    use crate::mail::write::Recipient;
    use crate::world::{customer, letterhead};

    fn written(mail: LinkMail, language: &str) -> Mail {
        let customer = Customer {
            language: Language::nearest(language),
            ..customer()
        };
        write_to(mail, &customer)
    }

    fn write_to(mail: LinkMail, customer: &Customer) -> Mail {
        let mail = mail.write(&letterhead(), &Recipient::of(customer), "t0ken", &Limits::default(), 0);
        mail.unwrap()
    }

    #[test]
    fn every_mail_has_an_id_of_its_own_in_the_senders_domain() {
        let id = |mail: Mail| {
            let parts = parts(&mail);
            let sent = message(mail, parts).unwrap();
            let text = String::from_utf8(sent.formatted()).unwrap();
            assert!(text.contains("MIME-Version: 1.0\r\n"), "{text}");
            let id = text.lines().find_map(|line| line.strip_prefix("Message-ID: <"));
            id.unwrap().strip_suffix("@films.example>").unwrap().to_owned()
        };
        let mail = written(LinkMail::VerifyEmail, "en");
        assert_eq!(id(mail.clone()), id(mail.clone()));
        assert_ne!(id(mail.clone()), id(written(LinkMail::ResetPassword, "en")));
        let of_a_job = Mail {
            id: Some("order_mail.1.2".to_owned()),
            ..mail
        };
        assert_eq!(id(of_a_job), "order_mail.1.2");
    }

    #[test]
    fn a_mail_program_is_told_where_to_unsubscribe_if_the_address_is_secure() {
        let headers_of = |unsubscribe: Option<String>| {
            let mail = Mail {
                unsubscribe,
                ..written(LinkMail::VerifyEmail, "en")
            };
            let parts = parts(&mail);
            let sent = message(mail, parts).unwrap();
            let text = String::from_utf8(sent.formatted()).unwrap();
            text.split_once("\r\n\r\n").unwrap().0.to_owned()
        };
        // The longest name of a host, and a token.
        let long = format!(
            "https://{}.example/account/reminders?token={}",
            "a".repeat(245),
            "t".repeat(118)
        );
        let headers = headers_of(Some(long.clone()));
        assert!(
            headers.contains(&format!("List-Unsubscribe: <{long}>\r\n")),
            "{headers}"
        );
        assert!(
            headers.contains("List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"),
            "{headers}"
        );
        assert!(headers.lines().all(|line| line.len() <= 998), "{headers}");
        for none in [None, Some("http://localhost:8000/account/reminders?token=t".to_owned())] {
            assert!(!headers_of(none).contains("List-Unsubscribe"));
        }
    }

    #[tokio::test]
    async fn a_mail_lies_in_the_folder_as_it_was_written() {
        let text = in_the_folder(written(LinkMail::VerifyEmail, "pt-BR")).await;
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
        let mail = write_to(LinkMail::ResetPassword, &ana);
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
            let mail = write_to(LinkMail::VerifyEmail, &customer);
            let sent = message(mail.clone(), parts(&mail)).unwrap();
            let to: Vec<_> = sent.envelope().to().iter().map(ToString::to_string).collect();
            assert_eq!(to, [address]);
            let text = in_the_folder(mail).await;
            assert!(text.contains(&format!("To: {address}\r\n")), "{text}");
        }
    }

    #[tokio::test]
    async fn a_full_disk_leaves_no_part_of_a_mail() {
        let folder = tempfile::tempdir().unwrap();
        let mailer = FolderMailer::open(folder.path().to_owned()).unwrap();
        let mail = written(LinkMail::VerifyEmail, "en");
        // A device on which there is never space, in the place of the unfinished file.
        let unfinished = folder.path().join(format!("{}.part", fingerprint(&mail)));
        std::os::unix::fs::symlink("/dev/full", &unfinished).unwrap();
        let refused = mailer.send(mail.clone()).await.unwrap_err();
        assert!(refused.to_string().contains("No space left"), "{refused}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        mailer.send(mail).await.unwrap();
        let files: Vec<_> = fs::read_dir(folder.path()).unwrap().collect();
        assert_eq!(files.len(), 1);
        assert_eq!(files[0].as_ref().unwrap().path().extension().unwrap(), "eml");
    }

    #[test]
    fn a_file_in_the_place_of_the_folder_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("mail");
        fs::write(&file, "").unwrap();
        let refused = FolderMailer::open(file.clone()).err().unwrap().to_string();
        assert!(
            refused.contains(&*file.to_string_lossy()) && refused.contains("it is a file"),
            "{refused}"
        );
    }

    /// The one mail in a folder that it was sent to.
    async fn in_the_folder(mail: Mail) -> String {
        let folder = tempfile::tempdir().unwrap();
        let mailer = FolderMailer::open(folder.path().join("mail")).unwrap();
        mailer.send(mail).await.unwrap();
        let files: Vec<_> = std::fs::read_dir(folder.path().join("mail")).unwrap().collect();
        assert_eq!(files.len(), 1);
        std::fs::read_to_string(files[0].as_ref().unwrap().path()).unwrap()
    }
}
