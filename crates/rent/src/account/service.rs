//! Accounts, sessions and staff, as their contract has them: each method checks who calls, parses the request and calls
//! the account's own functions.

use ::store::{PageSize, PageToken};
use api::rent::{self as messages, AccountService};
use async_trait::async_trait;
use futures::{StreamExt, stream};
use rpc::Call;

use super::changes::{Changes, NewPassword};
use super::revoke::EndedWatch;
use super::{SignIn, export, wire};
use crate::customer::session::Device;
use crate::customer::{Customer, Language, Name};
use crate::fault::{Fault, Result};
use crate::id::CustomerId;
use crate::secret::SecretHash;
use crate::security;
use crate::service::paging::Place;
use crate::service::{RentService, WATCHER_PATIENCE, customer};

#[async_trait]
impl AccountService for RentService {
    async fn create_customer(&self, call: Call<messages::CreateCustomerRequest>) -> rpc::Result<messages::Session> {
        let new = wire::new_customer(&call.message)?;
        Ok(wire::session(&self.accounts.open(new, &call.context).await?))
    }

    async fn get_customer(&self, call: Call<messages::GetCustomerRequest>) -> rpc::Result<messages::Customer> {
        let customer = customer(&call.context)?;
        Ok(wire::customer(&self.accounts.customer(customer).await?))
    }

    async fn create_session(&self, call: Call<messages::CreateSessionRequest>) -> rpc::Result<messages::Session> {
        let session = self
            .accounts
            .sign_in(
                SignIn {
                    email: &call.message.email,
                    password: &call.message.password,
                    device: Device::of(&call.message.device),
                    device_token: &call.message.device_token,
                },
                &call.context,
            )
            .await?;
        Ok(wire::session(&session))
    }

    async fn delete_session(
        &self,
        call: Call<messages::DeleteSessionRequest>,
    ) -> rpc::Result<messages::DeleteSessionResponse> {
        self.accounts.sign_out(&call.message.token, &call.context).await?;
        Ok(messages::DeleteSessionResponse {})
    }

    async fn authenticate(&self, call: Call<messages::AuthenticateRequest>) -> rpc::Result<messages::Identity> {
        let identity = self.accounts.authenticate(&call.message.token, &call.context).await?;
        Ok(wire::identity(&identity))
    }

    async fn request_password_reset(
        &self,
        call: Call<messages::RequestPasswordResetRequest>,
    ) -> rpc::Result<messages::RequestPasswordResetResponse> {
        self.accounts.request_reset(&call.message.email, &call.context).await?;
        Ok(messages::RequestPasswordResetResponse {})
    }

    async fn reset_password(
        &self,
        call: Call<messages::ResetPasswordRequest>,
    ) -> rpc::Result<messages::ResetPasswordResponse> {
        self.accounts
            .reset_password(&call.message.token, &call.message.password, &call.context)
            .await?;
        Ok(messages::ResetPasswordResponse {})
    }

    async fn request_email_verification(
        &self,
        call: Call<messages::RequestEmailVerificationRequest>,
    ) -> rpc::Result<messages::RequestEmailVerificationResponse> {
        let customer = customer(&call.context)?;
        self.accounts.request_verification(customer, &call.context).await?;
        Ok(messages::RequestEmailVerificationResponse {})
    }

    async fn verify_email(
        &self,
        call: Call<messages::VerifyEmailRequest>,
    ) -> rpc::Result<messages::VerifyEmailResponse> {
        self.accounts.verify_email(&call.message.token, &call.context).await?;
        Ok(messages::VerifyEmailResponse {})
    }

    async fn update_customer(&self, call: Call<messages::UpdateCustomerRequest>) -> rpc::Result<messages::Customer> {
        let customer = customer(&call.context)?;
        let request = &call.message;
        let changes = Changes {
            name: some(&request.name).map(Name::parse).transpose()?,
            language: some(&request.language).map(Language::nearest),
            reminders: match request.reminders() {
                messages::Reminders::Unspecified => None,
                messages::Reminders::On => Some(true),
                messages::Reminders::Off => Some(false),
            },
        };
        Ok(wire::customer(&self.accounts.update(customer, &changes).await?))
    }

    async fn change_password(
        &self,
        call: Call<messages::ChangePasswordRequest>,
    ) -> rpc::Result<messages::ChangePasswordResponse> {
        let customer = customer(&call.context)?;
        let request = &call.message;
        let change = NewPassword {
            present: &request.current_password,
            new: &request.password,
            token: &request.token,
        };
        self.accounts.change_password(customer, &change, &call.context).await?;
        Ok(messages::ChangePasswordResponse {})
    }

    async fn request_email_change(
        &self,
        call: Call<messages::RequestEmailChangeRequest>,
    ) -> rpc::Result<messages::RequestEmailChangeResponse> {
        let customer = customer(&call.context)?;
        let request = &call.message;
        self.accounts
            .request_email_change(customer, &request.current_password, &request.email, &call.context)
            .await?;
        Ok(messages::RequestEmailChangeResponse {})
    }

    async fn change_email(
        &self,
        call: Call<messages::ChangeEmailRequest>,
    ) -> rpc::Result<messages::ChangeEmailResponse> {
        self.accounts.change_email(&call.message.token, &call.context).await?;
        Ok(messages::ChangeEmailResponse {})
    }

    async fn revert_email_change(
        &self,
        call: Call<messages::RevertEmailChangeRequest>,
    ) -> rpc::Result<messages::RevertEmailChangeResponse> {
        let reset = self.accounts.revert_email(&call.message.token, &call.context).await?;
        Ok(messages::RevertEmailChangeResponse {
            reset_token: reset.as_str().to_owned(),
        })
    }

    async fn turn_reminders_off(
        &self,
        call: Call<messages::TurnRemindersOffRequest>,
    ) -> rpc::Result<messages::TurnRemindersOffResponse> {
        self.accounts.turn_reminders_off(&call.message.token).await?;
        Ok(messages::TurnRemindersOffResponse {})
    }

    async fn list_sessions(
        &self,
        call: Call<messages::ListSessionsRequest>,
    ) -> rpc::Result<messages::ListSessionsResponse> {
        let customer = customer(&call.context)?;
        let here = SecretHash::of_shown(&call.message.token);
        let sessions = self.accounts.sessions(customer).await?;
        Ok(messages::ListSessionsResponse {
            sessions: sessions.iter().map(|one| wire::device_session(one, here)).collect(),
        })
    }

    async fn end_session(&self, call: Call<messages::EndSessionRequest>) -> rpc::Result<messages::EndSessionResponse> {
        let customer = customer(&call.context)?;
        self.accounts
            .end_session(customer, &call.message.session_id, &call.context)
            .await?;
        Ok(messages::EndSessionResponse {})
    }

    async fn watch_ended_sessions(
        &self,
        _call: Call<messages::WatchEndedSessionsRequest>,
    ) -> rpc::Result<rpc::Stream<messages::SessionsEnded>> {
        let watch = EndedWatch::new(self.verifier.revocations().clone());
        let messages = stream::try_unfold(watch, |mut watch| async move {
            let session_ids = watch.next().await?;
            Ok(Some((messages::SessionsEnded { session_ids }, watch)))
        });
        Ok(rpc::patient(Box::pin(messages), WATCHER_PATIENCE))
    }

    async fn end_other_sessions(
        &self,
        call: Call<messages::EndOtherSessionsRequest>,
    ) -> rpc::Result<messages::EndOtherSessionsResponse> {
        let customer = customer(&call.context)?;
        self.accounts
            .end_other_sessions(customer, &call.message.token, &call.context)
            .await?;
        Ok(messages::EndOtherSessionsResponse {})
    }

    async fn export_customer(
        &self,
        call: Call<messages::ExportCustomerRequest>,
    ) -> rpc::Result<rpc::Stream<messages::CustomerPart>> {
        let customer = customer(&call.context)?;
        security::account_exported(customer, &call.context);
        let now_us = self.clock.now_us();
        let limits = self.limits.clone();
        let parts = export::parts(self.db.clone(), customer);
        let messages = parts.map(move |read| -> rpc::Result<_> { Ok(wire::part(read?, now_us, &limits)) });
        Ok(rpc::patient(Box::pin(messages), WATCHER_PATIENCE))
    }

    async fn delete_customer(
        &self,
        call: Call<messages::DeleteCustomerRequest>,
    ) -> rpc::Result<messages::DeleteCustomerResponse> {
        let customer = customer(&call.context)?;
        self.accounts
            .delete(customer, &call.message.current_password, &call.context)
            .await?;
        Ok(messages::DeleteCustomerResponse {})
    }

    async fn add_staff(&self, call: Call<messages::AddStaffRequest>) -> rpc::Result<messages::Customer> {
        let staff = self.accounts.make_staff(&call.message.email, &call.context).await?;
        Ok(wire::customer(&staff))
    }

    async fn list_staff(&self, call: Call<messages::ListStaffRequest>) -> rpc::Result<messages::ListStaffResponse> {
        let (staff, next_page_token) = self
            .staff_page(call.message.page_size, &call.message.page_token)
            .await?;
        Ok(messages::ListStaffResponse {
            staff: staff.iter().map(wire::customer).collect(),
            next_page_token,
        })
    }

    async fn remove_staff(&self, call: Call<messages::RemoveStaffRequest>) -> rpc::Result<messages::Customer> {
        let removed = self.accounts.remove_staff(&call.message.email, &call.context).await?;
        Ok(wire::customer(&removed))
    }
}

impl RentService {
    async fn staff_page(&self, size: i32, token: &str) -> Result<(Vec<Customer>, String)> {
        let size = PageSize::parse(size).map_err(|error| Fault::invalid("page_size", error.to_string()))?;
        let after = match token {
            "" => None,
            token => {
                let place: Place = PageToken::decode(token, "staff").map_err(|_| Fault::PageTokenUnknown)?;
                Some((place.0, CustomerId::new(place.1)))
            }
        };
        let (page, more) = size.cut(self.accounts.staff(after, size.limit()).await?);
        let end = page.last().map(|one| (one.created_at_us, one.id.uuid()));
        let next = end.filter(|_| more).map(|end: Place| PageToken::encode(&end, "staff"));
        Ok((page, next.unwrap_or_default()))
    }
}

fn some(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}
