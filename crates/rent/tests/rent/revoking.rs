//! What ends together with a session, a password, an address or an account: links, sessions, identities and players.

use api::rent::{
    AddToWatchlistRequest, AuthenticateRequest, ChangeEmailRequest, ChangePasswordRequest, CheckPlaybackRequest,
    DeleteCustomerRequest, DeleteSessionRequest, EndOtherSessionsRequest, EndSessionRequest, GetCustomerRequest,
    ListSessionsRequest, OpenPlaybackRequest, Playback, RemoveFromWatchlistRequest, RequestEmailChangeRequest,
    RequestPasswordResetRequest, ResetPasswordRequest, UpdateCustomerRequest, UpdatePlaybackRequest,
    VerifyEmailRequest, WatchOrdersRequest,
};
use futures::StreamExt;
use rpc::{Call, Code, Context};

use crate::world::{PASSWORD, Shopper, Store, World, by_guest, order, stories};

pub(crate) const ANOTHER: &str = "another-orlok-1922";

stories!(
    a_link_to_another_address_ends_with_a_reset,
    a_link_to_another_address_ends_with_a_changed_password,
    a_link_to_another_address_ends_with_a_sign_out_everywhere,
    a_link_to_another_address_ends_when_another_device_is_signed_out,
    a_reset_link_to_the_old_address_ends_when_the_address_changes,
    a_link_that_verifies_the_old_address_does_not_verify_the_new_one,
    a_changed_address_ends_every_session,
    an_identity_of_an_ended_session_does_nothing,
    a_watcher_of_orders_ends_with_its_session,
    who_left_writes_nothing_any_more,
);

impl Store {
    pub(crate) async fn sign_in(&self, email: &str, password: &str) -> rpc::Result<Shopper> {
        let request = api::rent::CreateSessionRequest {
            email: email.to_owned(),
            password: password.to_owned(),
            ..api::rent::CreateSessionRequest::default()
        };
        let session = self.rent.create_session(by_guest(request)).await?;
        Ok(Shopper { token: session.token })
    }

    /// A context with the customer's identity, as a gateway, or another caller of the port, may keep it.
    pub(crate) async fn identity(&self, shopper: &Shopper) -> Context {
        self.by(shopper, ()).await.context
    }

    pub(crate) async fn ask_for_address(&self, shopper: &Shopper, email: &str) {
        let request = RequestEmailChangeRequest {
            current_password: PASSWORD.to_owned(),
            email: email.to_owned(),
        };
        let call = self.by(shopper, request).await;
        self.rent.request_email_change(call).await.unwrap();
        self.deliver_mails().await;
    }

    pub(crate) async fn follow_change(&self, world: &World) -> rpc::Result<()> {
        let token = world.letterbox.token("email").unwrap();
        self.rent
            .change_email(by_guest(ChangeEmailRequest { token }))
            .await
            .map(drop)
    }

    pub(crate) async fn ask_for_reset(&self, email: &str) {
        let email = email.to_owned();
        let request = by_guest(RequestPasswordResetRequest { email });
        self.rent.request_password_reset(request).await.unwrap();
    }

    pub(crate) async fn follow_reset(&self, token: &str, password: &str) -> rpc::Result<()> {
        let request = ResetPasswordRequest {
            token: token.to_owned(),
            password: password.to_owned(),
        };
        self.rent.reset_password(by_guest(request)).await.map(drop)
    }

    pub(crate) async fn change_password(&self, shopper: &Shopper) {
        let request = ChangePasswordRequest {
            current_password: PASSWORD.to_owned(),
            password: ANOTHER.to_owned(),
            token: shopper.token.clone(),
        };
        let call = self.by(shopper, request).await;
        self.rent.change_password(call).await.unwrap();
    }

    pub(crate) async fn sign_out_everywhere(&self, shopper: &Shopper) {
        let token = shopper.token.clone();
        let call = self.by(shopper, EndOtherSessionsRequest { token }).await;
        self.rent.end_other_sessions(call).await.unwrap();
    }

    pub(crate) async fn sign_out(&self, shopper: &Shopper) {
        let token = shopper.token.clone();
        self.rent
            .delete_session(by_guest(DeleteSessionRequest { token }))
            .await
            .unwrap();
    }

    async fn is_signed_in(&self, shopper: &Shopper) -> bool {
        let token = shopper.token.clone();
        self.rent
            .authenticate(by_guest(AuthenticateRequest { token }))
            .await
            .is_ok()
    }
}

/// Ana, and a link under way that would give her account another address.
async fn with_link_to_another(world: &World, store: &Store) -> Shopper {
    let ana = store.sign_up("ana").await;
    store.ask_for_address(&ana, "eve@example.net").await;
    store.deliver_mails().await;
    assert!(world.letterbox.token("email").is_some());
    ana
}

async fn expect_link_ended(world: &World, store: &Store) {
    let fault = store.follow_change(world).await.unwrap_err();
    assert_eq!((fault.code, &*fault.reason), (Code::InvalidArgument, "LINK_ENDED"));
}

async fn a_link_to_another_address_ends_with_a_reset(world: World) {
    let store = world.open();
    with_link_to_another(&world, &store).await;
    store.ask_for_reset("ana@example.com").await;
    store.deliver_mails().await;
    let token = world.letterbox.token("reset").unwrap();
    store.follow_reset(&token, ANOTHER).await.unwrap();
    expect_link_ended(&world, &store).await;
}

async fn a_link_to_another_address_ends_with_a_changed_password(world: World) {
    let store = world.open();
    let ana = with_link_to_another(&world, &store).await;
    store.change_password(&ana).await;
    assert!(store.is_signed_in(&ana).await);
    expect_link_ended(&world, &store).await;
}

async fn a_link_to_another_address_ends_with_a_sign_out_everywhere(world: World) {
    let store = world.open();
    let ana = with_link_to_another(&world, &store).await;
    store.sign_out_everywhere(&ana).await;
    assert!(store.is_signed_in(&ana).await);
    expect_link_ended(&world, &store).await;
}

async fn a_link_to_another_address_ends_when_another_device_is_signed_out(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    let thief = store.sign_in("ana@example.com", PASSWORD).await.unwrap();
    store.ask_for_address(&thief, "eve@example.net").await;
    store.deliver_mails().await;
    let token = thief.token.clone();
    let call = store.by(&thief, ListSessionsRequest { token }).await;
    let listed = store.rent.list_sessions(call).await.unwrap().sessions;
    let session_id = listed.into_iter().find(|one| one.current).unwrap().session_id;
    let call = store.by(&ana, EndSessionRequest { session_id }).await;
    store.rent.end_session(call).await.unwrap();
    assert!(!store.is_signed_in(&thief).await && store.is_signed_in(&ana).await);
    expect_link_ended(&world, &store).await;
}

async fn a_reset_link_to_the_old_address_ends_when_the_address_changes(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    store.ask_for_reset("ana@example.com").await;
    store.ask_for_address(&ana, "maria@example.com").await;
    store.deliver_mails().await;
    let token = world.letterbox.token("reset").unwrap();
    store.follow_change(&world).await.unwrap();
    let fault = store.follow_reset(&token, ANOTHER).await.unwrap_err();
    assert_eq!(fault.reason, "LINK_ENDED");
    assert!(store.sign_in("maria@example.com", PASSWORD).await.is_ok());
}

async fn a_link_that_verifies_the_old_address_does_not_verify_the_new_one(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    store.deliver_mails().await;
    let token = world.letterbox.token("verify").unwrap();
    store.ask_for_address(&ana, "maria@example.com").await;
    store.follow_change(&world).await.unwrap();
    let fault = store
        .rent
        .verify_email(by_guest(VerifyEmailRequest { token }))
        .await
        .unwrap_err();
    assert_eq!(fault.reason, "LINK_ENDED");
}

async fn a_changed_address_ends_every_session(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    let other = store.sign_in("ana@example.com", PASSWORD).await.unwrap();
    store.ask_for_address(&ana, "maria@example.com").await;
    store.follow_change(&world).await.unwrap();
    assert!(!store.is_signed_in(&ana).await && !store.is_signed_in(&other).await);
}

/// Makes every kind of customer's call with this identity, and expects a refusal of each.
async fn refuses_everything(store: &Store, context: &Context, film: &Playback, entitlement_id: &str) {
    let call = || context.clone();
    let entitlement_id = entitlement_id.to_owned();
    let outcomes = [
        (
            "get",
            store
                .rent
                .get_customer(Call::new(GetCustomerRequest {}, call()))
                .await
                .map(drop),
        ),
        (
            "order",
            store
                .rent
                .place_order(Call::new(order("late", "rent-2"), call()))
                .await
                .map(drop),
        ),
        (
            "settings",
            store
                .rent
                .update_customer(Call::new(UpdateCustomerRequest::default(), call()))
                .await
                .map(drop),
        ),
        ("watchlist", add_to_watchlist(store, context).await),
        (
            "remove",
            store
                .rent
                .remove_from_watchlist(Call::new(
                    RemoveFromWatchlistRequest {
                        title_id: "film-1".to_owned(),
                    },
                    call(),
                ))
                .await
                .map(drop),
        ),
        (
            "play",
            store
                .rent
                .open_playback(Call::new(
                    OpenPlaybackRequest {
                        entitlement_id: entitlement_id.clone(),
                        confirm_start: true,
                        take_over: true,
                        ..OpenPlaybackRequest::default()
                    },
                    call(),
                ))
                .await
                .map(drop),
        ),
        (
            "renew",
            store
                .rent
                .update_playback(Call::new(
                    UpdatePlaybackRequest {
                        entitlement_id: entitlement_id.clone(),
                        playback_id: film.playback_id.clone(),
                        position_seconds: 1,
                        picture_shown: true,
                    },
                    call(),
                ))
                .await
                .map(drop),
        ),
        (
            "address",
            store
                .rent
                .request_email_change(Call::new(
                    RequestEmailChangeRequest {
                        current_password: PASSWORD.to_owned(),
                        email: "eve@example.net".to_owned(),
                    },
                    call(),
                ))
                .await
                .map(drop),
        ),
    ];
    for (what, outcome) in outcomes {
        let fault = outcome.expect_err(what);
        assert_eq!(fault.code, Code::Unauthenticated, "{what}: {fault:?}");
    }
    let media_token = film.media_token.clone();
    let checked = store
        .rent
        .check_playback(by_guest(CheckPlaybackRequest { media_token }))
        .await;
    assert_eq!(checked.unwrap_err().reason, "PLAYBACK_ENDED");
}

async fn add_to_watchlist(store: &Store, context: &Context) -> rpc::Result<()> {
    let title_id = "film-1".to_owned();
    let call = Call::new(AddToWatchlistRequest { title_id }, context.clone());
    store.rent.add_to_watchlist(call).await.map(drop)
}

/// A customer with a film that is playing.
pub(crate) async fn with_film(store: &Store) -> (Shopper, String, Playback) {
    let ana = store.sign_up("ana").await;
    let order = store.place(&ana, order("k", "rent-1")).await.unwrap();
    let entitlement_id = order.entitlements[0].entitlement_id.clone();
    let playback = crate::watching::play(store, &ana, &entitlement_id).await;
    (ana, entitlement_id, playback)
}

async fn an_identity_of_an_ended_session_does_nothing(world: World) {
    // Two processes on one database: the second refuses what the first has ended.
    let (store, other) = (world.open(), world.open());
    let (ana, film, playback) = with_film(&store).await;
    let identity = store.identity(&ana).await;
    assert!(add_to_watchlist(&other, &identity).await.is_ok());
    other.sign_out(&ana).await;
    refuses_everything(&other, &identity, &playback, &film).await;
    refuses_everything(&store, &identity, &playback, &film).await;
    assert!(store.charges().await.len() == 1);
}

async fn a_watcher_of_orders_ends_with_its_session(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    let announcing = store.announce();
    let call = store.by(&ana, WatchOrdersRequest::default()).await;
    let mut changes = store.rent.watch_orders(call).await.unwrap();
    assert!(changes.next().await.unwrap().is_ok());
    store.sign_out(&ana).await;
    let fault = changes.next().await.unwrap().unwrap_err();
    assert_eq!(fault.code, Code::Unauthenticated);
    announcing.abort();
}

async fn who_left_writes_nothing_any_more(world: World) {
    let (store, other) = (world.open(), world.open());
    let (ana, film, playback) = with_film(&store).await;
    let identity = store.identity(&ana).await;
    let request = DeleteCustomerRequest {
        current_password: PASSWORD.to_owned(),
    };
    store.rent.delete_customer(store.by(&ana, request).await).await.unwrap();
    refuses_everything(&other, &identity, &playback, &film).await;
    refuses_everything(&store, &identity, &playback, &film).await;
    let (written,) = store::fetch_one!(&world.db, (i64,), "SELECT COUNT(*) FROM watchlist").unwrap();
    assert_eq!(written, 0);
}
