//! What customers have, and playing it, as the tests of the gateway need it.

use super::*;

#[async_trait]
impl LibraryService for FakeRent {
    async fn list_entitlements(&self, call: Call<ListEntitlementsRequest>) -> Result<ListEntitlementsResponse> {
        self.silence.meet(&call.context)?;
        self.for_ana(&call.context)?;
        let wanted = &call.message.title_id;
        let all = self.entitlements.lock().unwrap();
        let found = all
            .iter()
            .filter(|entitlement| wanted.is_empty() || entitlement.title_id == *wanted);
        Ok(ListEntitlementsResponse {
            entitlements: found.cloned().collect(),
            next_page_token: String::new(),
        })
    }

    async fn list_watchlist(&self, call: Call<ListWatchlistRequest>) -> Result<ListWatchlistResponse> {
        self.for_ana(&call.context)?;
        let title_ids = self.watchlist.lock().unwrap().clone();
        Ok(ListWatchlistResponse { title_ids })
    }

    async fn add_to_watchlist(&self, call: Call<AddToWatchlistRequest>) -> Result<AddToWatchlistResponse> {
        self.for_ana(&call.context)?;
        self.watchlist.lock().unwrap().insert(0, call.message.title_id);
        Ok(AddToWatchlistResponse {})
    }

    async fn remove_from_watchlist(
        &self,
        call: Call<RemoveFromWatchlistRequest>,
    ) -> Result<RemoveFromWatchlistResponse> {
        self.for_ana(&call.context)?;
        self.watchlist
            .lock()
            .unwrap()
            .retain(|title_id| *title_id != call.message.title_id);
        Ok(RemoveFromWatchlistResponse {})
    }
}

#[async_trait]
impl PlaybackService for FakeRent {
    async fn open_playback(&self, call: Call<OpenPlaybackRequest>) -> Result<Playback> {
        self.for_ana(&call.context)?;
        *self.last_opening.lock().unwrap() = call.message;
        self.playback.lock().unwrap().clone()
    }

    async fn update_playback(&self, call: Call<UpdatePlaybackRequest>) -> Result<Playback> {
        self.for_ana(&call.context)?;
        let mut playback = self.playback.lock().unwrap().clone()?;
        playback.position_seconds = call.message.position_seconds;
        *self.last_report.lock().unwrap() = call.message;
        Ok(playback)
    }

    async fn close_playback(&self, call: Call<ClosePlaybackRequest>) -> Result<ClosePlaybackResponse> {
        self.for_ana(&call.context).map(|()| ClosePlaybackResponse {})
    }

    /// Grants what is opened, asks for the confirmation of the start, renews at each beat, and ends at a stop.
    async fn play(&self, call: Call<Stream<PlayRequest>>) -> Result<Stream<PlayEvent>> {
        self.for_ana(&call.context)?;
        assert!(call.context.deadline.is_none(), "a film is longer than any deadline");
        let playback = self.playback.lock().unwrap().clone();
        let event = move |said: Result<PlayRequest>| {
            let said = said?;
            let start = StartNotConfirmed {
                viewing_window_hours: 48,
            };
            let event = match said.message {
                Some(Message::Open(open)) if !open.confirm_start => Event::Asked(play_event::Question {
                    question: Some(Question::StartNotConfirmed(start)),
                }),
                Some(Message::Open(_)) => Event::Granted(playback.clone()?),
                Some(Message::Stop(_)) => Event::Ended(Ended {}),
                _ => Event::Renewed(playback.clone()?),
            };
            Ok(PlayEvent { event: Some(event) })
        };
        Ok(Box::pin(call.message.map(event)))
    }

    async fn check_playback(&self, call: Call<CheckPlaybackRequest>) -> Result<CheckPlaybackResponse> {
        self.up()?;
        self.checks.fetch_add(1, Ordering::Relaxed);
        let ends_us = self.playback_ends_us.load(Ordering::Relaxed);
        if call.message.media_token != "media-key" || ends_us <= self.now_us.load(Ordering::Relaxed) {
            return Err(Fault::new(Code::NotFound, "PLAYBACK_ENDED", "This playback has ended."));
        }
        Ok(CheckPlaybackResponse {
            playback_id: "playback-1".to_owned(),
            title_id: NOSFERATU.to_owned(),
            expires_at_us: ends_us,
            entitlement_id: "held-1".to_owned(),
            awaits_picture: self.awaits_picture.load(Ordering::Relaxed),
            session_id: format!("session of {ANAS_TOKEN}"),
        })
    }

    async fn start_viewing(&self, call: Call<StartViewingRequest>) -> Result<StartViewingResponse> {
        self.up()?;
        if call.message.media_token != "media-key" {
            return Err(Fault::new(Code::NotFound, "PLAYBACK_ENDED", "This playback has ended."));
        }
        self.starts.fetch_add(1, Ordering::Relaxed);
        Ok(StartViewingResponse {})
    }
}
