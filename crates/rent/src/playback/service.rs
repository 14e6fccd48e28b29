//! Playback sessions, as their contract has them.

use std::sync::Arc;

use api::rent::{self as messages, PlaybackService};
use async_trait::async_trait;
use futures::{StreamExt, stream};
use rpc::Call;

use super::player::Report;
use super::{Wish, conversation, wire};
use crate::fault::{Fault, Result};
use crate::id::{EntitlementId, PlaybackId};
use crate::order::IdempotencyKey;
use crate::service::{RentService, customer, viewer};

#[async_trait]
impl PlaybackService for RentService {
    async fn open_playback(&self, call: Call<messages::OpenPlaybackRequest>) -> rpc::Result<messages::Playback> {
        let viewer = viewer(&call.context)?;
        let entitlement = entitlement_id(&call.message.entitlement_id)?;
        let wish = Wish {
            confirm_start: call.message.confirm_start,
            take_over: call.message.take_over,
            device: wire::device(&call.message.device)?,
            key: Some(IdempotencyKey::parse(&call.message.idempotency_key)?),
        };
        let playing = self.player.open(&viewer, entitlement, wish, &call.context).await?;
        Ok(wire::playing(playing))
    }

    async fn update_playback(&self, call: Call<messages::UpdatePlaybackRequest>) -> rpc::Result<messages::Playback> {
        let customer = customer(&call.context)?;
        let entitlement = entitlement_id(&call.message.entitlement_id)?;
        let playback = playback_id(&call.message.playback_id)?;
        let report = Report {
            position_seconds: call.message.position_seconds,
            picture_shown: call.message.picture_shown,
        };
        let playing = self.player.update(customer, entitlement, playback, report).await?;
        Ok(wire::playing(playing))
    }

    async fn close_playback(
        &self,
        call: Call<messages::ClosePlaybackRequest>,
    ) -> rpc::Result<messages::ClosePlaybackResponse> {
        let customer = customer(&call.context)?;
        let entitlement = entitlement_id(&call.message.entitlement_id)?;
        let playback = playback_id(&call.message.playback_id)?;
        self.player.close(customer, entitlement, playback).await?;
        Ok(messages::ClosePlaybackResponse {})
    }

    async fn play(
        &self,
        call: Call<rpc::Stream<messages::PlayRequest>>,
    ) -> rpc::Result<rpc::Stream<messages::PlayEvent>> {
        let viewer = viewer(&call.context)?;
        let words = call.message.map(|message| wire::said(message?));
        let (events, work) = conversation::play(Arc::clone(&self.player), viewer, call.context, Box::pin(words));
        self.tasks.spawn(work);
        Ok(Box::pin(stream::unfold(events, |mut events| async move {
            let event = events.recv().await?;
            Some((event.map(wire::play_event).map_err(rpc::Fault::from), events))
        })))
    }

    async fn check_playback(
        &self,
        call: Call<messages::CheckPlaybackRequest>,
    ) -> rpc::Result<messages::CheckPlaybackResponse> {
        let playback = self.player.check(&call.message.media_token, &call.context).await?;
        Ok(messages::CheckPlaybackResponse {
            playback_id: playback.id.to_string(),
            title_id: playback.title.to_string(),
            expires_at_us: playback.lease_until_us,
            session_id: playback.session,
            entitlement_id: playback.entitlement.to_string(),
            awaits_picture: playback.awaits_picture,
        })
    }

    async fn start_viewing(
        &self,
        call: Call<messages::StartViewingRequest>,
    ) -> rpc::Result<messages::StartViewingResponse> {
        self.player
            .start_viewing(&call.message.media_token, &call.context)
            .await?;
        Ok(messages::StartViewingResponse {})
    }
}

fn entitlement_id(text: &str) -> Result<EntitlementId> {
    EntitlementId::parse(text).ok_or(Fault::EntitlementNotFound)
}

fn playback_id(text: &str) -> Result<PlaybackId> {
    PlaybackId::parse(text).ok_or(Fault::PlaybackEnded)
}
