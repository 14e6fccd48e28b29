//! Accounts, as the tests of the gateway need them.

use super::*;

#[async_trait]
impl AccountService for FakeRent {
    async fn create_customer(&self, call: Call<CreateCustomerRequest>) -> Result<Session> {
        self.up()?;
        let is_taken = call.message.email == "taken@example.com";
        *self.last_customer.lock().unwrap() = call.message;
        if is_taken {
            let message = "There is already an account with this e-mail address.";
            return Err(Fault::new(Code::AlreadyExists, "EMAIL_TAKEN", message));
        }
        Ok(self.session())
    }

    async fn get_customer(&self, call: Call<GetCustomerRequest>) -> Result<Customer> {
        self.for_ana(&call.context).map(|()| ana())
    }

    async fn create_session(&self, call: Call<CreateSessionRequest>) -> Result<Session> {
        self.up()?;
        if call.message.password != "correct horse" {
            let message = "The e-mail address or the password is wrong.";
            return Err(Fault::new(Code::Unauthenticated, "WRONG_CREDENTIALS", message));
        }
        *self.last_sign_in.lock().unwrap() = call.message;
        Ok(self.session())
    }

    async fn delete_session(&self, call: Call<DeleteSessionRequest>) -> Result<DeleteSessionResponse> {
        self.sessions.lock().unwrap().remove(&call.message.token);
        Ok(DeleteSessionResponse {})
    }

    async fn authenticate(&self, call: Call<AuthenticateRequest>) -> Result<Identity> {
        self.silence.meet(&call.context)?;
        self.up()?;
        self.authentications.fetch_add(1, Ordering::Relaxed);
        let sessions = self.sessions.lock().unwrap();
        let customer_id = sessions.get(&call.message.token).ok_or_else(signed_out)?;
        Ok(Identity {
            signed: format!("signed {customer_id}"),
            session_id: format!("session of {}", call.message.token),
            customer: Some(ana()),
            expires_at_us: self.now_us.load(Ordering::Relaxed) + 60_000_000,
        })
    }

    async fn request_password_reset(
        &self,
        _call: Call<RequestPasswordResetRequest>,
    ) -> Result<RequestPasswordResetResponse> {
        Ok(RequestPasswordResetResponse {})
    }

    async fn reset_password(&self, _call: Call<ResetPasswordRequest>) -> Result<ResetPasswordResponse> {
        let message = "This link has been used or has expired. Ask for a new one.";
        Err(Fault::new(Code::InvalidArgument, "LINK_ENDED", message).with_field("token", message))
    }

    async fn request_email_verification(
        &self,
        call: Call<RequestEmailVerificationRequest>,
    ) -> Result<RequestEmailVerificationResponse> {
        self.for_ana(&call.context)
            .map(|()| RequestEmailVerificationResponse {})
    }

    async fn verify_email(&self, _call: Call<VerifyEmailRequest>) -> Result<VerifyEmailResponse> {
        Ok(VerifyEmailResponse {})
    }

    async fn update_customer(&self, call: Call<UpdateCustomerRequest>) -> Result<Customer> {
        self.for_ana(&call.context)?;
        let name = call.message.name.clone();
        let reminders = call.message.reminders() != Reminders::Off;
        *self.last_update.lock().unwrap() = call.message;
        Ok(Customer {
            name,
            reminders,
            ..ana()
        })
    }

    async fn change_password(&self, call: Call<ChangePasswordRequest>) -> Result<ChangePasswordResponse> {
        self.for_ana(&call.context)?;
        expect_password(&call.message.current_password)?;
        assert_eq!(call.message.token, ANAS_TOKEN, "the session that stays is named");
        Ok(ChangePasswordResponse {})
    }

    async fn request_email_change(&self, call: Call<RequestEmailChangeRequest>) -> Result<RequestEmailChangeResponse> {
        self.for_ana(&call.context)?;
        expect_password(&call.message.current_password)?;
        Ok(RequestEmailChangeResponse {})
    }

    async fn change_email(&self, _call: Call<ChangeEmailRequest>) -> Result<ChangeEmailResponse> {
        Ok(ChangeEmailResponse {})
    }

    async fn revert_email_change(&self, _call: Call<RevertEmailChangeRequest>) -> Result<RevertEmailChangeResponse> {
        Ok(RevertEmailChangeResponse {
            reset_token: "reset-token".to_owned(),
        })
    }

    async fn turn_reminders_off(&self, call: Call<TurnRemindersOffRequest>) -> Result<TurnRemindersOffResponse> {
        if call.message.token != "reminder-token" {
            let message = "This link has been used or has expired. Ask for a new one.";
            return Err(Fault::new(Code::InvalidArgument, "LINK_ENDED", message).with_field("token", message));
        }
        self.reminders_turned_off.fetch_add(1, Ordering::Relaxed);
        Ok(TurnRemindersOffResponse {})
    }

    async fn list_sessions(&self, call: Call<ListSessionsRequest>) -> Result<ListSessionsResponse> {
        self.for_ana(&call.context)?;
        let session = |session_id: &str, device: &str, current| DeviceSession {
            session_id: session_id.to_owned(),
            device: device.to_owned(),
            created_at_us: START_US,
            seen_at_us: START_US + 60_000_000,
            current,
        };
        Ok(ListSessionsResponse {
            sessions: vec![
                session(
                    "s-1",
                    "Mozilla/5.0 (X11; Linux) Firefox/140.0",
                    call.message.token == ANAS_TOKEN,
                ),
                session("s-2", "", false),
            ],
        })
    }

    async fn end_session(&self, call: Call<EndSessionRequest>) -> Result<EndSessionResponse> {
        self.for_ana(&call.context).map(|()| EndSessionResponse {})
    }

    async fn watch_ended_sessions(&self, call: Call<WatchEndedSessionsRequest>) -> Result<Stream<SessionsEnded>> {
        assert_eq!(call.context.authority, rpc::Authority::Service);
        let feed = Arc::clone(&self.ended_sessions);
        let messages = futures::stream::unfold(feed, |feed| async move {
            tokio::time::sleep(FEED_EVERY).await;
            let session_ids = feed.sessions.lock().unwrap().clone()?;
            feed.told.fetch_add(1, Ordering::Relaxed);
            Some((Ok(SessionsEnded { session_ids }), feed))
        });
        Ok(Box::pin(messages))
    }

    async fn end_other_sessions(&self, call: Call<EndOtherSessionsRequest>) -> Result<EndOtherSessionsResponse> {
        self.for_ana(&call.context)?;
        self.sessions
            .lock()
            .unwrap()
            .retain(|token, _| *token == call.message.token);
        Ok(EndOtherSessionsResponse {})
    }

    async fn export_customer(&self, call: Call<ExportCustomerRequest>) -> Result<Stream<CustomerPart>> {
        self.for_ana(&call.context)?;
        let customer = CustomerPart {
            customer: Some(ana()),
            ..CustomerPart::default()
        };
        let orders = || {
            let orders = vec![
                order("order-1", OrderState::Fulfilled),
                order("order-2", OrderState::Declined),
            ];
            CustomerPart {
                orders,
                ..CustomerPart::default()
            }
        };
        let watchlist = CustomerPart {
            watchlist_title_ids: vec![NOSFERATU.to_owned()],
            ..CustomerPart::default()
        };
        let parts = [customer, watchlist, CustomerPart::default(), orders(), orders()].map(Ok);
        let end = self
            .export_breaks
            .load(Ordering::Relaxed)
            .then(|| Err(Fault::unavailable("gone")));
        Ok(Box::pin(futures::stream::iter(parts.into_iter().chain(end))))
    }

    async fn delete_customer(&self, call: Call<DeleteCustomerRequest>) -> Result<DeleteCustomerResponse> {
        self.for_ana(&call.context)?;
        expect_password(&call.message.current_password)?;
        self.sessions.lock().unwrap().clear();
        Ok(DeleteCustomerResponse {})
    }

    async fn add_staff(&self, _call: Call<AddStaffRequest>) -> Result<Customer> {
        panic!("the gateway adds no staff")
    }

    async fn list_staff(&self, _call: Call<ListStaffRequest>) -> Result<ListStaffResponse> {
        panic!("the gateway lists no staff")
    }

    async fn remove_staff(&self, _call: Call<RemoveStaffRequest>) -> Result<Customer> {
        panic!("the gateway removes no staff")
    }
}
