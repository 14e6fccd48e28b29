//! Handing mail to a mail server.

use std::error::Error as _;
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;
use std::time::Duration;

use async_trait::async_trait;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use percent_encoding::percent_decode_str;
use url::Url;

use crate::mail::delivery::{Mail, MailError, Mailer, message, parts};
use crate::mail::refusal::Refusal;

/// How long the server may take for each of its answers.
const PATIENCE: Duration = Duration::from_secs(30);

/// How a certificate begins in a PEM file.
const CERTIFICATE: &[u8] = b"-----BEGIN CERTIFICATE-----";

/// A mail server, as its URL says it:
///
/// - `smtps://user:password@host` speaks TLS from the start, on port 465;
/// - `smtp://user:password@host` begins TLS by STARTTLS, on port 587;
/// - `smtp://host?tls=none` speaks no TLS: to a server on the same machine, or without a password.
#[derive(Clone, PartialEq, Eq)]
pub struct SmtpServer {
    host: String,
    port: u16,
    security: Security,
    login: Option<(String, String)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Security {
    Tls,
    StartTls,
    None,
}

impl FromStr for SmtpServer {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        // The text has a password in it, so no message repeats it.
        const FORMS: &str = "write smtps://USER:PASSWORD@HOST, or smtp://USER:PASSWORD@HOST for STARTTLS; in a user or a \
                             password write %40 for @, %3A for : and %2F for /";
        let url = Url::parse(text).map_err(|_invalid| FORMS.to_owned())?;
        let security = match (url.scheme(), url.query()) {
            ("smtps", None) => Security::Tls,
            ("smtp", None) => Security::StartTls,
            ("smtp", Some("tls=none")) => Security::None,
            _ => return Err(FORMS.to_owned()),
        };
        let host = url
            .host_str()
            .filter(|host| !host.is_empty() && matches!(url.path(), "" | "/"));
        let host = host.ok_or(FORMS)?;
        let decoded = |text: &str| percent_decode_str(text).decode_utf8().map(Into::into);
        let login = match (decoded(url.username()), decoded(url.password().unwrap_or_default())) {
            (Ok(user), Ok(password)) if !String::is_empty(&user) => Some((user, password)),
            (Ok(user), Ok(_)) if String::is_empty(&user) => None,
            _ => return Err(FORMS.to_owned()),
        };
        if security == Security::None && login.is_some() && !is_this_machine(host) {
            return Err("a password does not go over the network without TLS: leave out ?tls=none".to_owned());
        }
        let default_port = if security == Security::Tls { 465 } else { 587 };
        Ok(Self {
            host: host.to_owned(),
            port: url.port().unwrap_or(default_port),
            security,
            login,
        })
    }
}

fn is_this_machine(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

/// Without its password.
impl fmt::Debug for SmtpServer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{} ({:?})", self.host, self.port, self.security)
    }
}

/// Hands each mail to a mail server.
pub struct SmtpMailer {
    server: AsyncSmtpTransport<Tokio1Executor>,
}

impl SmtpMailer {
    /// `authorities` are certificates (PEM) that are trusted besides the public ones, for a mail server of one's own.
    pub fn open(server: SmtpServer, authorities: Option<&[u8]>) -> Result<Self, MailError> {
        let unreadable = |error: Error| MailError::Certificates(error.to_string());
        let SmtpServer {
            host,
            port,
            security,
            login,
        } = server;
        let mut parameters = TlsParameters::builder(host.clone());
        if let Some(pem) = authorities {
            // The library takes a file without any for one with none to add.
            if !pem.windows(CERTIFICATE.len()).any(|part| part == CERTIFICATE) {
                return Err(MailError::Certificates("there is none in it".to_owned()));
            }
            parameters = parameters.add_root_certificate(Certificate::from_pem(pem).map_err(unreadable)?);
        }
        let parameters = parameters.build().map_err(unreadable)?;
        let tls = match security {
            Security::Tls => Tls::Wrapper(parameters),
            Security::StartTls => Tls::Required(parameters),
            Security::None => Tls::None,
        };
        let server = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host)
            .port(port)
            .tls(tls)
            .timeout(Some(PATIENCE));
        let server = match login {
            Some((user, password)) => server.credentials(Credentials::new(user, password)),
            None => server,
        };
        Ok(Self { server: server.build() })
    }
}

#[async_trait]
impl Mailer for SmtpMailer {
    async fn send(&self, mail: Mail) -> Result<(), MailError> {
        let parts = parts(&mail);
        let message = message(mail, parts)?;
        let sent = self.server.send(message).await;
        sent.map(drop).map_err(|error| undelivered(&error))
    }
}

/// Without the words of the server, which may name the addressee.
fn undelivered(error: &Error) -> MailError {
    if let Some(code) = error.status() {
        let text = error.source().map(ToString::to_string).unwrap_or_default();
        return MailError::Refused(Refusal::read(code.into(), &text));
    }
    if error.is_response() {
        return MailError::Delivery("the mail server's answer is not one of SMTP".to_owned());
    }
    MailError::Delivery(error.to_string())
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
    use tokio::net::TcpListener;

    use super::*;

    fn parse(text: &str) -> Result<SmtpServer, String> {
        text.parse()
    }

    #[test]
    fn a_server_is_told_by_its_url() {
        let server = parse("smtps://shop%40films.example:p%40ss:word@mail.example").unwrap();
        let login = Some(("shop@films.example".to_owned(), "p@ss:word".to_owned()));
        assert_eq!(
            (server.port, server.security, &server.login),
            (465, Security::Tls, &login)
        );
        assert!(!format!("{server:?}").contains("p@ss"), "{server:?}");
        let server = parse("smtp://mail.example:2525").unwrap();
        assert_eq!(
            (server.host.as_str(), server.port, server.security, &server.login),
            ("mail.example", 2525, Security::StartTls, &None)
        );
        assert_eq!(parse("smtp://u:p@mail.example").unwrap().port, 587);
        for local in [
            "smtp://u:p@localhost?tls=none",
            "smtp://u:p@127.0.0.1:25?tls=none",
            "smtp://mail.example?tls=none",
        ] {
            assert_eq!(parse(local).unwrap().security, Security::None, "{local}");
        }
    }

    #[test]
    fn what_is_no_mail_server_is_refused_without_its_password() {
        for text in [
            "",
            "mail.example",
            "mail.example:587",
            "https://u:secret@mail.example",
            "smtp://u:secret@mail.example?tls=none",
            "smtp://u:secret@mail.example?tls=opportunistic",
            "smtps://u:secret@mail.example?tls=none",
            "smtp://u:secret@mail.example/inbox",
            "smtp://:secret@mail.example/x",
            "smtp:u:secret@mail.example",
        ] {
            let refusal = parse(text).unwrap_err();
            assert!(!refusal.contains("secret"), "{refusal}");
        }
    }

    #[test]
    fn certificates_are_checked_at_the_start() {
        let server = || parse("smtp://mail.example").unwrap();
        assert!(SmtpMailer::open(server(), None).is_ok());
        let certificates = SmtpMailer::open(server(), Some(b"no PEM"));
        assert!(matches!(certificates, Err(MailError::Certificates(_))));
    }

    /// A mail server that answers this to an addressee.
    async fn answering(to_addressee: &'static str) -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            let (from, mut to) = listener.accept().await.unwrap().0.into_split();
            let mut lines = BufReader::new(from).lines();
            let mut answer = "220 mail.example";
            loop {
                to.write_all(format!("{answer}\r\n").as_bytes()).await.unwrap();
                let Some(line) = lines.next_line().await.unwrap() else {
                    return;
                };
                answer = if line.starts_with("RCPT") {
                    to_addressee
                } else {
                    "250 mail.example"
                };
            }
        });
        port
    }

    #[tokio::test]
    async fn what_a_server_writes_about_an_address_is_not_repeated() {
        for (answer, said) in [
            (
                "550 5.1.1 <ana@example.com>: Recipient address rejected",
                "550 5.1.1 (the address gets no mail)",
            ),
            (
                "450-4.2.1 ana@example.com\r\n450 4.2.1 later",
                "450 4.2.1 (the mailbox cannot get mail now)",
            ),
            ("ana@example.com", "the mail server's answer is not one of SMTP"),
        ] {
            let server = parse(&format!("smtp://127.0.0.1:{}?tls=none", answering(answer).await)).unwrap();
            let mailer = SmtpMailer::open(server, None).unwrap();
            let mail = Mail {
                id: None,
                sender: "Store <store@films.example>".to_owned(),
                to: "ana@example.com".to_owned(),
                to_name: None,
                subject: "A subject".to_owned(),
                body: "Words".to_owned(),
                html: "<p>Words</p>".to_owned(),
                written_at_us: 0,
                unsubscribe: None,
            };
            let refused = mailer.send(mail).await.unwrap_err().to_string();
            assert!(
                refused.contains(said) && !refused.contains("ana"),
                "{answer}: {refused}"
            );
        }
    }
}
