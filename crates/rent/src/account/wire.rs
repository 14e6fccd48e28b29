//! Between the messages of the contract and the account's types.

use api::rent as wire;

use super::export::Part;
use super::new_password::Password;
use super::{NewCustomer, Session, SignedIdentity};
use crate::customer::session::{Device, DeviceSession};
use crate::customer::{Customer, Email, Language, Name};
use crate::fault::Result;
use crate::library::wire::entitlement;
use crate::limits::Limits;
use crate::mail::message::LinkMail;
use crate::order::wire::order;
use crate::playback::store::playbacks::Past;
use crate::secret::SecretHash;

pub(crate) fn new_customer(request: &wire::CreateCustomerRequest) -> Result<NewCustomer> {
    let email = Email::parse(&request.email)?;
    let name = Name::parse(&request.name)?;
    let password = Password::choose(&request.password, &[email.as_str(), name.as_str()])?;
    Ok(NewCustomer {
        email,
        name,
        password,
        language: Language::nearest(&request.language),
        device: Device::of(&request.device),
    })
}

pub(crate) fn customer(customer: &Customer) -> wire::Customer {
    wire::Customer {
        customer_id: customer.id.to_string(),
        email: customer.email.as_str().to_owned(),
        name: customer.name.as_str().to_owned(),
        email_verified: customer.email_verified,
        language: customer.language.tag().to_owned(),
        staff: customer.staff,
        created_at_us: customer.created_at_us,
        reminders: customer.reminders,
    }
}

pub(crate) fn session(session: &Session) -> wire::Session {
    wire::Session {
        token: session.token.as_str().to_owned(),
        customer: Some(customer(&session.customer)),
        expires_at_us: session.expires_at_us,
        device_token: session
            .device_token
            .as_ref()
            .map(|token| token.as_str().to_owned())
            .unwrap_or_default(),
    }
}

pub(crate) fn identity(identity: &SignedIdentity) -> wire::Identity {
    wire::Identity {
        signed: identity.signed.clone(),
        customer: Some(customer(&identity.customer)),
        expires_at_us: identity.expires_at_us,
        session_id: identity.session_id.clone(),
    }
}

pub(crate) fn device_session(session: &DeviceSession, here: Option<SecretHash>) -> wire::DeviceSession {
    wire::DeviceSession {
        session_id: session.id(),
        device: session.device.as_str().to_owned(),
        created_at_us: session.created_at_us,
        seen_at_us: session.seen_at_us,
        current: here == Some(session.token),
    }
}

pub(crate) fn part(part: Part, now_us: i64, limits: &Limits) -> wire::CustomerPart {
    let mut message = wire::CustomerPart::default();
    match part {
        Part::Customer(one) => message.customer = Some(customer(&one)),
        Part::Sessions(sessions) => message.sessions = sessions.iter().map(|one| device_session(one, None)).collect(),
        Part::Mails(mails) => message.mails = mails.into_iter().map(mail).collect(),
        Part::Watchlist(titles) => message.watchlist_title_ids = titles.iter().map(ToString::to_string).collect(),
        Part::Playbacks(playbacks) => message.playbacks = playbacks.iter().map(playback).collect(),
        Part::Orders(orders) => message.orders = orders.iter().map(|one| order(one, now_us, limits)).collect(),
        Part::Entitlements(held) => {
            message.entitlements = held.iter().map(|one| entitlement(one, now_us)).collect();
        }
    }
    message
}

fn mail((kind, created_at_us): (LinkMail, i64)) -> wire::SentMail {
    let kind = match kind {
        LinkMail::VerifyEmail => wire::MailKind::VerifyEmail,
        LinkMail::ResetPassword => wire::MailKind::ResetPassword,
        LinkMail::ChangeEmail => wire::MailKind::ChangeEmail,
        LinkMail::RevertEmail => wire::MailKind::RevertEmail,
    };
    wire::SentMail {
        kind: kind.into(),
        created_at_us,
    }
}

fn playback(past: &Past) -> wire::PastPlayback {
    wire::PastPlayback {
        entitlement_id: past.entitlement.to_string(),
        opened_at_us: past.opened_at_us,
        lease_until_us: past.lease_until_us,
        device: past.device.clone(),
    }
}
