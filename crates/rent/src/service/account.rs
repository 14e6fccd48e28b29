//! The contract's methods about one's own account: what each says, and who does it.

use api::rent as wire_types;
use futures::{Stream, StreamExt};
use rpc::Call;

use super::{RentService, wire};
use crate::account_changes::Changes;
use crate::customer::{Language, Name};
use crate::device::DeviceSession;
use crate::export::{self, Part};
use crate::fault::Result;
use crate::secret::SecretHash;
use crate::security;
use crate::store::playbacks::Past;

impl RentService {
    pub(super) async fn change_settings(
        &self,
        call: Call<wire_types::UpdateCustomerRequest>,
    ) -> Result<wire_types::Customer> {
        let customer = self.customer(&call.context).await?;
        let request = &call.message;
        let changes = Changes {
            name: some(&request.name).map(Name::parse).transpose()?,
            language: some(&request.language).map(Language::nearest),
            reminders: match request.reminders() {
                wire_types::Reminders::Unspecified => None,
                wire_types::Reminders::On => Some(true),
                wire_types::Reminders::Off => Some(false),
            },
        };
        Ok(wire::customer(&self.accounts.update(customer, &changes).await?))
    }

    pub(super) async fn sessions_of(
        &self,
        call: Call<wire_types::ListSessionsRequest>,
    ) -> Result<wire_types::ListSessionsResponse> {
        let customer = self.customer(&call.context).await?;
        let here = SecretHash::of_shown(&call.message.token);
        let sessions = self.accounts.sessions(customer).await?;
        Ok(wire_types::ListSessionsResponse {
            sessions: sessions.iter().map(|one| session(one, here)).collect(),
        })
    }

    /// Everything that is kept of the customer, as messages.
    pub(super) async fn export_of(
        &self,
        call: &Call<wire_types::ExportCustomerRequest>,
    ) -> Result<impl Stream<Item = rpc::Result<wire_types::CustomerPart>> + Send + use<>> {
        let customer = self.customer(&call.context).await?;
        security::account_exported(customer, &call.context);
        let now_us = self.clock.now_us();
        let parts = export::parts(self.db.clone(), customer);
        Ok(parts.map(move |read| -> rpc::Result<_> { Ok(part(read?, now_us)) }))
    }
}

fn some(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

fn session(session: &DeviceSession, here: Option<SecretHash>) -> wire_types::DeviceSession {
    wire_types::DeviceSession {
        session_id: session.id(),
        device: session.device.as_str().to_owned(),
        created_at_us: session.created_at_us,
        seen_at_us: session.seen_at_us,
        current: here == Some(session.token),
    }
}

fn part(part: Part, now_us: i64) -> wire_types::CustomerPart {
    let mut message = wire_types::CustomerPart::default();
    match part {
        Part::Customer(customer) => message.customer = Some(wire::customer(&customer)),
        Part::Sessions(sessions) => message.sessions = sessions.iter().map(|one| session(one, None)).collect(),
        Part::Mails(mails) => message.mails = mails.into_iter().map(mail).collect(),
        Part::Watchlist(titles) => message.watchlist_title_ids = titles.iter().map(ToString::to_string).collect(),
        Part::Playbacks(playbacks) => message.playbacks = playbacks.iter().map(playback).collect(),
        Part::Orders(orders) => message.orders = orders.iter().map(|one| wire::order(one, now_us)).collect(),
        Part::Entitlements(held) => {
            message.entitlements = held.iter().map(|one| wire::entitlement(one, now_us)).collect();
        }
    }
    message
}

fn mail((letter, created_at_us): (String, i64)) -> wire_types::SentMail {
    wire_types::SentMail { letter, created_at_us }
}

fn playback(past: &Past) -> wire_types::PastPlayback {
    wire_types::PastPlayback {
        entitlement_id: past.entitlement.to_string(),
        opened_at_us: past.opened_at_us,
        lease_until_us: past.lease_until_us,
        device: past.device.clone(),
    }
}
