//! The contract's methods: each finds out who is calling, parses what was said, and has the right part do it.

mod account;
mod lists;
mod open;
mod wire;

use std::sync::Arc;
use std::time::Duration;

use api::rent as wire_types;
use api::rent::Rent;
use async_trait::async_trait;
use futures::future::ready;
use futures::{StreamExt, stream};
use rpc::Call;
use rpc::identity::{Caller, Verifier};
use store::{Clock, Db, PageSize, PageToken, ShiftedClock};
use tokio_util::task::TaskTracker;

pub use self::open::Options;
use crate::account_changes::NewPassword;
use crate::accounts::{Accounts, SignIn};
use crate::catalogue::Offers;
use crate::changes::Changes;
use crate::device::Device;
use crate::fault::{Fault, Result};
use crate::held::Held;
use crate::id::{CustomerId, EntitlementId, OrderId, PlaybackId, TitleId};
use crate::letters::Letters;
use crate::limits::Limits;
use crate::most_ordered::MostOrdered;
use crate::order::IdempotencyKey;
use crate::order_watch::OrderWatch;
use crate::orders::Orders;
use crate::play;
use crate::playback::{Viewer, Wish};
use crate::revoke::{EndedWatch, RevocationFeed};
use crate::store::{orders, sessions, watchlist};
use crate::time::SECOND_US;
use crate::watch::{Player, Report};

/// How long a watcher may leave a message lying.
const WATCHER_PATIENCE: Duration = Duration::from_secs(30);
/// Charges of one page.
const CHARGES_A_PAGE: i64 = 100;
/// How far the lab's clock is moved at once: ten years.
const CLOCK_LEAP_LIMIT_SECONDS: u64 = 10 * 365 * 24 * 60 * 60;

/// Customers, their orders, and what they may watch.
pub struct RentService {
    accounts: Arc<Accounts>,
    orders: Arc<Orders>,
    player: Arc<Player>,
    letters: Arc<Letters>,
    changes: Changes,
    revocation_feed: RevocationFeed,
    /// What calls have begun and left.
    tasks: TaskTracker,
    catalogue: Offers,
    most_ordered: MostOrdered,
    held: Held,
    db: Db,
    clock: Arc<dyn Clock>,
    verifier: Verifier,
    lab: Option<Arc<ShiftedClock>>,
    limits: Limits,
}

impl RentService {
    /// Who is calling. While ended sessions are heard of, that is known at once; otherwise the session is looked for.
    async fn caller(&self, context: &rpc::Context) -> Result<Caller> {
        let caller = Caller::claimed(context, &self.verifier, self.clock.now_us())?;
        if let Caller::Customer(identity) = &caller
            && !self.verifier.revocations().is_heard()
        {
            let customer = CustomerId::parse(&identity.customer_id).ok_or(Fault::SignedOut)?;
            if !sessions::stands(&self.db, customer, &identity.session_id).await? {
                return Err(Fault::SignedOut);
            }
        }
        Ok(caller)
    }

    async fn viewer(&self, context: &rpc::Context) -> Result<Viewer> {
        let caller = self.caller(context).await?;
        let identity = caller.customer()?;
        Ok(Viewer {
            customer: CustomerId::parse(&identity.customer_id).ok_or(Fault::SignedOut)?,
            session: identity.session_id.clone(),
        })
    }

    async fn customer(&self, context: &rpc::Context) -> Result<CustomerId> {
        Ok(self.viewer(context).await?.customer)
    }

    async fn staff(&self, action: &'static str, context: &rpc::Context) -> Result<()> {
        let caller = self.caller(context).await?;
        Ok(caller.staff_for(action, context)?)
    }

    /// The store itself: its other processes, and the tools of whoever runs it.
    async fn service(&self, context: &rpc::Context) -> Result<()> {
        match self.caller(context).await? {
            Caller::Service => Ok(()),
            _ => Err(Fault::ServiceOnly),
        }
    }

    async fn move_lab_clock(&self, seconds: i64) -> Result<i64> {
        let lab = self.lab.as_ref().ok_or(Fault::LabOnly)?;
        if seconds.unsigned_abs() > CLOCK_LEAP_LIMIT_SECONDS {
            return Err(Fault::invalid("seconds", "The clock moves by ten years at most."));
        }
        let now_us = self.clock.now_us();
        lab.shift(&self.db, seconds).await?;
        Ok(now_us + seconds * SECOND_US)
    }
}

fn order_id(text: &str) -> Result<OrderId> {
    OrderId::parse(text).ok_or(Fault::OrderNotFound)
}

fn entitlement_id(text: &str) -> Result<EntitlementId> {
    EntitlementId::parse(text).ok_or(Fault::EntitlementNotFound)
}

fn playback_id(text: &str) -> Result<PlaybackId> {
    PlaybackId::parse(text).ok_or(Fault::PlaybackEnded)
}

#[async_trait]
impl Rent for RentService {
    async fn create_customer(&self, call: Call<wire_types::CreateCustomerRequest>) -> rpc::Result<wire_types::Session> {
        let new = wire::new_customer(&call.message)?;
        Ok(wire::session(&self.accounts.open(new, &call.context).await?))
    }

    async fn get_customer(&self, call: Call<wire_types::GetCustomerRequest>) -> rpc::Result<wire_types::Customer> {
        let customer = self.customer(&call.context).await?;
        Ok(wire::customer(&self.accounts.customer(customer).await?))
    }

    async fn create_session(&self, call: Call<wire_types::CreateSessionRequest>) -> rpc::Result<wire_types::Session> {
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
        call: Call<wire_types::DeleteSessionRequest>,
    ) -> rpc::Result<wire_types::DeleteSessionResponse> {
        self.accounts.sign_out(&call.message.token, &call.context).await?;
        Ok(wire_types::DeleteSessionResponse {})
    }

    async fn authenticate(&self, call: Call<wire_types::AuthenticateRequest>) -> rpc::Result<wire_types::Identity> {
        let identity = self.accounts.authenticate(&call.message.token, &call.context).await?;
        Ok(wire::identity(&identity))
    }

    async fn request_password_reset(
        &self,
        call: Call<wire_types::RequestPasswordResetRequest>,
    ) -> rpc::Result<wire_types::RequestPasswordResetResponse> {
        self.accounts.request_reset(&call.message.email, &call.context).await?;
        Ok(wire_types::RequestPasswordResetResponse {})
    }

    async fn reset_password(
        &self,
        call: Call<wire_types::ResetPasswordRequest>,
    ) -> rpc::Result<wire_types::ResetPasswordResponse> {
        self.accounts
            .reset_password(&call.message.token, &call.message.password, &call.context)
            .await?;
        Ok(wire_types::ResetPasswordResponse {})
    }

    async fn request_email_verification(
        &self,
        call: Call<wire_types::RequestEmailVerificationRequest>,
    ) -> rpc::Result<wire_types::RequestEmailVerificationResponse> {
        let customer = self.customer(&call.context).await?;
        self.accounts.request_verification(customer, &call.context).await?;
        Ok(wire_types::RequestEmailVerificationResponse {})
    }

    async fn verify_email(
        &self,
        call: Call<wire_types::VerifyEmailRequest>,
    ) -> rpc::Result<wire_types::VerifyEmailResponse> {
        self.accounts.verify_email(&call.message.token, &call.context).await?;
        Ok(wire_types::VerifyEmailResponse {})
    }

    async fn update_customer(
        &self,
        call: Call<wire_types::UpdateCustomerRequest>,
    ) -> rpc::Result<wire_types::Customer> {
        Ok(self.change_settings(call).await?)
    }

    async fn change_password(
        &self,
        call: Call<wire_types::ChangePasswordRequest>,
    ) -> rpc::Result<wire_types::ChangePasswordResponse> {
        let customer = self.customer(&call.context).await?;
        let request = &call.message;
        let change = NewPassword {
            present: &request.current_password,
            new: &request.password,
            token: &request.token,
        };
        self.accounts.change_password(customer, &change, &call.context).await?;
        Ok(wire_types::ChangePasswordResponse {})
    }

    async fn request_email_change(
        &self,
        call: Call<wire_types::RequestEmailChangeRequest>,
    ) -> rpc::Result<wire_types::RequestEmailChangeResponse> {
        let customer = self.customer(&call.context).await?;
        let request = &call.message;
        self.accounts
            .request_email_change(customer, &request.current_password, &request.email, &call.context)
            .await?;
        Ok(wire_types::RequestEmailChangeResponse {})
    }

    async fn change_email(
        &self,
        call: Call<wire_types::ChangeEmailRequest>,
    ) -> rpc::Result<wire_types::ChangeEmailResponse> {
        self.accounts.change_email(&call.message.token, &call.context).await?;
        Ok(wire_types::ChangeEmailResponse {})
    }

    async fn revert_email_change(
        &self,
        call: Call<wire_types::RevertEmailChangeRequest>,
    ) -> rpc::Result<wire_types::RevertEmailChangeResponse> {
        let reset = self.accounts.revert_email(&call.message.token, &call.context).await?;
        Ok(wire_types::RevertEmailChangeResponse {
            reset_token: reset.as_str().to_owned(),
        })
    }

    async fn watch_ended_sessions(
        &self,
        call: Call<wire_types::WatchEndedSessionsRequest>,
    ) -> rpc::Result<rpc::Stream<wire_types::SessionsEnded>> {
        self.service(&call.context).await?;
        let watch = EndedWatch::new(self.verifier.revocations().clone());
        let messages = stream::try_unfold(watch, |mut watch| async move {
            let session_ids = watch.next().await?;
            Ok(Some((wire_types::SessionsEnded { session_ids }, watch)))
        });
        Ok(rpc::patient(Box::pin(messages), WATCHER_PATIENCE))
    }

    async fn list_sessions(
        &self,
        call: Call<wire_types::ListSessionsRequest>,
    ) -> rpc::Result<wire_types::ListSessionsResponse> {
        Ok(self.sessions_of(call).await?)
    }

    async fn end_session(
        &self,
        call: Call<wire_types::EndSessionRequest>,
    ) -> rpc::Result<wire_types::EndSessionResponse> {
        let customer = self.customer(&call.context).await?;
        self.accounts
            .end_session(customer, &call.message.session_id, &call.context)
            .await?;
        Ok(wire_types::EndSessionResponse {})
    }

    async fn end_other_sessions(
        &self,
        call: Call<wire_types::EndOtherSessionsRequest>,
    ) -> rpc::Result<wire_types::EndOtherSessionsResponse> {
        let customer = self.customer(&call.context).await?;
        self.accounts
            .end_other_sessions(customer, &call.message.token, &call.context)
            .await?;
        Ok(wire_types::EndOtherSessionsResponse {})
    }

    async fn export_customer(
        &self,
        call: Call<wire_types::ExportCustomerRequest>,
    ) -> rpc::Result<rpc::Stream<wire_types::CustomerPart>> {
        let parts = self.export_of(&call).await?;
        Ok(rpc::patient(Box::pin(parts), WATCHER_PATIENCE))
    }

    async fn delete_customer(
        &self,
        call: Call<wire_types::DeleteCustomerRequest>,
    ) -> rpc::Result<wire_types::DeleteCustomerResponse> {
        let customer = self.customer(&call.context).await?;
        self.accounts
            .delete(customer, &call.message.current_password, &call.context)
            .await?;
        Ok(wire_types::DeleteCustomerResponse {})
    }

    async fn place_order(&self, call: Call<wire_types::PlaceOrderRequest>) -> rpc::Result<wire_types::Order> {
        let customer = self.customer(&call.context).await?;
        let request = wire::order_request(customer, call.message)?;
        let order = self.orders.place(request, &call.context).await?;
        Ok(wire::order(&order, order.answered_at_us()))
    }

    async fn list_payment_methods(
        &self,
        _call: Call<wire_types::ListPaymentMethodsRequest>,
    ) -> rpc::Result<wire_types::ListPaymentMethodsResponse> {
        Ok(wire::payment_methods(&*self.orders.provider))
    }

    async fn get_order(&self, call: Call<wire_types::GetOrderRequest>) -> rpc::Result<wire_types::Order> {
        let customer = self.customer(&call.context).await?;
        let id = order_id(&call.message.order_id)?;
        let found = orders::find(&self.db, customer, id).await.map_err(Fault::from)?;
        let order = found.ok_or(Fault::OrderNotFound)?;
        Ok(wire::order(&order, self.clock.now_us()))
    }

    async fn list_orders(
        &self,
        call: Call<wire_types::ListOrdersRequest>,
    ) -> rpc::Result<wire_types::ListOrdersResponse> {
        let customer = self.customer(&call.context).await?;
        let (size, token) = (call.message.page_size, &call.message.page_token);
        let (orders, next_page_token) = self.orders_page(customer, size, token).await?;
        let now_us = self.clock.now_us();
        Ok(wire_types::ListOrdersResponse {
            orders: orders.iter().map(|order| wire::order(order, now_us)).collect(),
            next_page_token,
        })
    }

    async fn cancel_order(&self, call: Call<wire_types::CancelOrderRequest>) -> rpc::Result<wire_types::Order> {
        let customer = self.customer(&call.context).await?;
        let order = self.orders.cancel(customer, order_id(&call.message.order_id)?).await?;
        Ok(wire::order(&order, self.clock.now_us()))
    }

    async fn list_most_ordered_titles(
        &self,
        call: Call<wire_types::ListMostOrderedTitlesRequest>,
    ) -> rpc::Result<wire_types::ListMostOrderedTitlesResponse> {
        let size = PageSize::parse(call.message.page_size);
        let size = size.map_err(|error| Fault::invalid("page_size", error.to_string()))?;
        let titles = self.most_ordered.titles(call.message.days, size.rows()).await?;
        Ok(wire_types::ListMostOrderedTitlesResponse {
            title_ids: titles.iter().map(|title| title.as_str().to_owned()).collect(),
        })
    }

    async fn watch_orders(
        &self,
        call: Call<wire_types::WatchOrdersRequest>,
    ) -> rpc::Result<rpc::Stream<wire_types::OrdersChanged>> {
        let viewer = self.viewer(&call.context).await?;
        let present = self.changes.revision(viewer.customer).await?;
        let seen = match call.message.after_revision {
            0 => present,
            revision if (1..=present).contains(&revision) => revision,
            _ => return Err(Fault::invalid("after_revision", "There is no such revision.").into()),
        };
        let watch = OrderWatch {
            db: self.db.clone(),
            customer: viewer.customer,
            revisions: self.changes.watch(viewer.customer),
            seen,
        };
        let clock = Arc::clone(&self.clock);
        let changes = stream::try_unfold((watch, clock), |(mut watch, clock)| async move {
            let changes = watch.next().await?;
            Ok(Some((wire::orders_changed(&changes, clock.now_us()), (watch, clock))))
        });
        let begins = wire_types::OrdersChanged {
            revision: seen,
            ..wire_types::OrdersChanged::default()
        };
        let revocations = self.verifier.revocations().clone();
        let ended = stream::once(async move {
            revocations.until_ended(&viewer.session).await;
            Err(rpc::Fault::from(Fault::SignedOut))
        });
        // The watch has no end of its own, so the first fault of either is the last of both.
        let messages = stream::once(ready(Ok(begins))).chain(stream::select(changes, ended));
        Ok(rpc::patient(Box::pin(messages), WATCHER_PATIENCE))
    }

    async fn list_entitlements(
        &self,
        call: Call<wire_types::ListEntitlementsRequest>,
    ) -> rpc::Result<wire_types::ListEntitlementsResponse> {
        let customer = self.customer(&call.context).await?;
        let request = &call.message;
        let (page, next_page_token) = if request.title_id.is_empty() {
            self.library_page(customer, request.page_size, &request.page_token)
                .await?
        } else {
            (self.held_of(customer, &request.title_id).await?, String::new())
        };
        let now_us = self.clock.now_us();
        Ok(wire_types::ListEntitlementsResponse {
            entitlements: page.iter().map(|one| wire::entitlement(one, now_us)).collect(),
            next_page_token,
        })
    }

    async fn open_playback(&self, call: Call<wire_types::OpenPlaybackRequest>) -> rpc::Result<wire_types::Playback> {
        let viewer = self.viewer(&call.context).await?;
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

    async fn update_playback(
        &self,
        call: Call<wire_types::UpdatePlaybackRequest>,
    ) -> rpc::Result<wire_types::Playback> {
        let customer = self.customer(&call.context).await?;
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
        call: Call<wire_types::ClosePlaybackRequest>,
    ) -> rpc::Result<wire_types::ClosePlaybackResponse> {
        let customer = self.customer(&call.context).await?;
        let entitlement = entitlement_id(&call.message.entitlement_id)?;
        let playback = playback_id(&call.message.playback_id)?;
        self.player.close(customer, entitlement, playback).await?;
        Ok(wire_types::ClosePlaybackResponse {})
    }

    async fn play(
        &self,
        call: Call<rpc::Stream<wire_types::PlayRequest>>,
    ) -> rpc::Result<rpc::Stream<wire_types::PlayEvent>> {
        let viewer = self.viewer(&call.context).await?;
        let words = call.message.map(|message| wire::said(&message?));
        let (events, work) = play::play(Arc::clone(&self.player), viewer, call.context, Box::pin(words));
        self.tasks.spawn(work);
        Ok(Box::pin(stream::unfold(events, |mut events| async move {
            let event = events.recv().await?;
            Some((event.map(wire::play_event).map_err(rpc::Fault::from), events))
        })))
    }

    async fn check_playback(
        &self,
        call: Call<wire_types::CheckPlaybackRequest>,
    ) -> rpc::Result<wire_types::CheckPlaybackResponse> {
        let playback = self.player.check(&call.message.media_token, &call.context).await?;
        Ok(wire_types::CheckPlaybackResponse {
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
        call: Call<wire_types::StartViewingRequest>,
    ) -> rpc::Result<wire_types::StartViewingResponse> {
        self.player
            .start_viewing(&call.message.media_token, &call.context)
            .await?;
        Ok(wire_types::StartViewingResponse {})
    }

    async fn list_watchlist(
        &self,
        call: Call<wire_types::ListWatchlistRequest>,
    ) -> rpc::Result<wire_types::ListWatchlistResponse> {
        let customer = self.customer(&call.context).await?;
        let limit = i64::try_from(self.limits.watchlist).unwrap_or(i64::MAX);
        let titles = watchlist::list(&self.db, customer, limit).await.map_err(Fault::from)?;
        Ok(wire_types::ListWatchlistResponse {
            title_ids: titles.iter().map(ToString::to_string).collect(),
        })
    }

    async fn add_to_watchlist(
        &self,
        call: Call<wire_types::AddToWatchlistRequest>,
    ) -> rpc::Result<wire_types::AddToWatchlistResponse> {
        let customer = self.customer(&call.context).await?;
        let title = TitleId::parse(&call.message.title_id).ok_or(Fault::TitleNotFound)?;
        self.catalogue.expect_title(&title, &call.context).await?;
        self.add_title_to_watchlist(customer, &title).await?;
        Ok(wire_types::AddToWatchlistResponse {})
    }

    async fn remove_from_watchlist(
        &self,
        call: Call<wire_types::RemoveFromWatchlistRequest>,
    ) -> rpc::Result<wire_types::RemoveFromWatchlistResponse> {
        let customer = self.customer(&call.context).await?;
        if let Some(title) = TitleId::parse(&call.message.title_id) {
            self.remove_title_from_watchlist(customer, &title).await?;
        }
        Ok(wire_types::RemoveFromWatchlistResponse {})
    }

    async fn add_staff(&self, call: Call<wire_types::AddStaffRequest>) -> rpc::Result<wire_types::Customer> {
        self.staff("add_staff", &call.context).await?;
        let staff = self.accounts.make_staff(&call.message.email, &call.context).await?;
        Ok(wire::customer(&staff))
    }

    async fn list_staff(&self, call: Call<wire_types::ListStaffRequest>) -> rpc::Result<wire_types::ListStaffResponse> {
        self.staff("list_staff", &call.context).await?;
        let (staff, next_page_token) = self
            .staff_page(call.message.page_size, &call.message.page_token)
            .await?;
        Ok(wire_types::ListStaffResponse {
            staff: staff.iter().map(wire::customer).collect(),
            next_page_token,
        })
    }

    async fn remove_staff(&self, call: Call<wire_types::RemoveStaffRequest>) -> rpc::Result<wire_types::Customer> {
        self.staff("remove_staff", &call.context).await?;
        let removed = self.accounts.remove_staff(&call.message.email, &call.context).await?;
        Ok(wire::customer(&removed))
    }

    async fn list_sandbox_charges(
        &self,
        call: Call<wire_types::ListSandboxChargesRequest>,
    ) -> rpc::Result<wire_types::ListSandboxChargesResponse> {
        self.staff("list_sandbox_charges", &call.context).await?;
        let token = &call.message.page_token;
        let after = match token.as_str() {
            "" => 0,
            token => PageToken::decode(token, "charges").map_err(|_| Fault::PageTokenUnknown)?,
        };
        let charges = self
            .orders
            .provider
            .list(after, CHARGES_A_PAGE)
            .await
            .map_err(Fault::from)?;
        Ok(wire::charges(&charges, CHARGES_A_PAGE))
    }

    async fn pay_sandbox_order(
        &self,
        call: Call<wire_types::PaySandboxOrderRequest>,
    ) -> rpc::Result<wire_types::Order> {
        let order = order_id(&call.message.order_id)?;
        let caller = self.caller(&call.context).await?;
        let customer = match caller.staff() {
            Ok(()) => self.orders.owner_of_open(order).await?,
            Err(_) => self.customer(&call.context).await?,
        };
        let order = self.orders.pay_in_sandbox(customer, order).await?;
        Ok(wire::order(&order, self.clock.now_us()))
    }

    async fn move_clock(&self, call: Call<wire_types::MoveClockRequest>) -> rpc::Result<wire_types::MoveClockResponse> {
        self.staff("move_clock", &call.context).await?;
        let now_us = self.move_lab_clock(call.message.seconds).await?;
        Ok(wire_types::MoveClockResponse { now_us })
    }
}
