//! Reverting a change of address: for a week, the owner of the earlier mailbox can take the account back.

use api::rent::{
    ChangeEmailRequest, CreateCustomerRequest, CreateSessionRequest, GetCustomerRequest, RequestEmailChangeRequest,
    RequestPasswordResetRequest, RevertEmailChangeRequest,
};

use crate::world::{PASSWORD, Shopper, Store, World, by_guest, stories};

const ANOTHER: &str = "another-orlok-1922";
const ANA: &str = "ana@example.com";
const EVE: &str = "eve@example.net";

stories!(
    the_present_address_is_told_when_another_is_asked_for,
    an_address_that_was_changed_is_taken_back,
    a_change_that_was_only_asked_for_is_called_off,
    who_took_the_account_over_cannot_end_the_way_back,
    taking_back_a_later_address_leaves_the_way_back_to_an_earlier_one,
    the_way_back_is_open_for_a_week,
    an_address_that_can_be_reverted_to_cannot_be_taken,
    an_account_may_have_its_old_address_again,
);

impl Store {
    async fn ask_for(&self, shopper: &Shopper, email: &str) -> rpc::Result<()> {
        let request = RequestEmailChangeRequest {
            current_password: PASSWORD.to_owned(),
            email: email.to_owned(),
        };
        let call = self.by(shopper, request).await;
        let asked = self.rent.request_email_change(call).await.map(drop);
        self.deliver_mails().await;
        asked
    }

    async fn follow(&self, world: &World, address: &str) -> rpc::Result<()> {
        let token = world.letterbox.token_to(address, "email").unwrap();
        let changed = self.rent.change_email(by_guest(ChangeEmailRequest { token })).await;
        self.deliver_mails().await;
        changed.map(drop)
    }

    async fn take_back(&self, token: &str) -> rpc::Result<String> {
        let token = token.to_owned();
        let reverted = self
            .rent
            .revert_email_change(by_guest(RevertEmailChangeRequest { token }))
            .await?;
        Ok(reverted.reset_token)
    }

    async fn enter(&self, email: &str, password: &str) -> rpc::Result<Shopper> {
        let request = CreateSessionRequest {
            email: email.to_owned(),
            password: password.to_owned(),
            ..CreateSessionRequest::default()
        };
        let session = self.rent.create_session(by_guest(request)).await?;
        Ok(Shopper { token: session.token })
    }

    async fn open_account(&self, email: &str) -> rpc::Result<()> {
        let request = CreateCustomerRequest {
            email: email.to_owned(),
            password: PASSWORD.to_owned(),
            name: "Somebody".to_owned(),
            ..CreateCustomerRequest::default()
        };
        self.rent.create_customer(by_guest(request)).await.map(drop)
    }
}

async fn the_present_address_is_told_when_another_is_asked_for(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    store.ask_for(&ana, EVE).await.unwrap();
    let mails = world.letterbox.mails();
    let told = mails
        .iter()
        .find(|mail| mail.to == ANA && mail.body.contains("/account/revert?token="));
    assert!(told.is_some(), "{mails:?}");
    assert!(
        !told.unwrap().body.contains(EVE),
        "the mail does not contain the other address"
    );
}

async fn an_address_that_was_changed_is_taken_back(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    // An attacker with the password and a session of their own.
    let thief = store.enter(ANA, PASSWORD).await.unwrap();
    store.ask_for(&thief, EVE).await.unwrap();
    let asked = world.letterbox.token_to(ANA, "revert").unwrap();
    store.follow(&world, EVE).await.unwrap();
    let changed = world.letterbox.token_to(ANA, "revert").unwrap();
    assert_ne!(asked, changed, "the address is told again, with a link of its own");
    let thief = store.enter(EVE, PASSWORD).await.unwrap();

    let reset = store.take_back(&changed).await.unwrap();
    assert!(store.enter(EVE, PASSWORD).await.is_err() && store.enter(ANA, PASSWORD).await.is_err());
    for shopper in [&ana, &thief] {
        let token = shopper.token.clone();
        let asked = store
            .rent
            .authenticate(by_guest(api::rent::AuthenticateRequest { token }))
            .await;
        assert!(asked.is_err());
    }
    store.follow_reset(&reset, ANOTHER).await.unwrap();
    let ana = store.enter(ANA, ANOTHER).await.unwrap();
    let me = store
        .rent
        .get_customer(store.by(&ana, GetCustomerRequest {}).await)
        .await
        .unwrap();
    assert_eq!((me.email.as_str(), me.email_verified), (ANA, true));
    for used in [asked.as_str(), changed.as_str(), "garbage", ""] {
        assert_eq!(store.take_back(used).await.unwrap_err().reason, "LINK_ENDED");
    }
}

async fn a_change_that_was_only_asked_for_is_called_off(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    store.ask_for(&ana, EVE).await.unwrap();
    let token = world.letterbox.token_to(ANA, "revert").unwrap();
    let reset = store.take_back(&token).await.unwrap();
    assert_eq!(store.follow(&world, EVE).await.unwrap_err().reason, "LINK_ENDED");
    assert!(
        store.enter(ANA, PASSWORD).await.is_err(),
        "the person who requested the change knows that password"
    );
    store.follow_reset(&reset, ANOTHER).await.unwrap();
    assert!(store.enter(ANA, ANOTHER).await.is_ok());
}

async fn who_took_the_account_over_cannot_end_the_way_back(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    store.ask_for(&ana, EVE).await.unwrap();
    let token = world.letterbox.token_to(ANA, "revert").unwrap();
    store.follow(&world, EVE).await.unwrap();
    // A reset, and a second change to another address of the attacker.
    let email = EVE.to_owned();
    let request = by_guest(RequestPasswordResetRequest { email });
    store.rent.request_password_reset(request).await.unwrap();
    store.deliver_mails().await;
    let reset = world.letterbox.token_to(EVE, "reset").unwrap();
    store.follow_reset(&reset, PASSWORD).await.unwrap();
    let eve = store.enter(EVE, PASSWORD).await.unwrap();
    store.ask_for(&eve, "eve@example.org").await.unwrap();
    store.follow(&world, "eve@example.org").await.unwrap();
    let theirs = world.letterbox.token_to(EVE, "revert").unwrap();

    store.take_back(&token).await.unwrap();
    assert_eq!(
        store.take_back(&theirs).await.unwrap_err().reason,
        "LINK_ENDED",
        "and it is not taken away again"
    );
    assert!(store.enter("eve@example.org", PASSWORD).await.is_err());
}

async fn taking_back_a_later_address_leaves_the_way_back_to_an_earlier_one(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    store.ask_for(&ana, EVE).await.unwrap();
    store.follow(&world, EVE).await.unwrap();
    let token = world.letterbox.token_to(ANA, "revert").unwrap();
    // The attacker requests a third address, in order to get a link to the second one and to use it.
    let eve = store.enter(EVE, PASSWORD).await.unwrap();
    world.hours_pass(1);
    store.ask_for(&eve, "eve@example.org").await.unwrap();
    let theirs = world.letterbox.token_to(EVE, "revert").unwrap();
    let reset = store.take_back(&theirs).await.unwrap();
    store.follow_reset(&reset, ANOTHER).await.unwrap();
    assert_eq!(
        store.open_account(ANA).await.unwrap_err().reason,
        "EMAIL_TAKEN",
        "the first address can still come back"
    );

    store.take_back(&token).await.unwrap();
    assert!(store.enter(EVE, ANOTHER).await.is_err());
    assert_eq!(store.take_back(&theirs).await.unwrap_err().reason, "LINK_ENDED");
}

async fn the_way_back_is_open_for_a_week(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    store.ask_for(&ana, EVE).await.unwrap();
    store.follow(&world, EVE).await.unwrap();
    let token = world.letterbox.token_to(ANA, "revert").unwrap();
    world.hours_pass(7 * 24);
    assert_eq!(store.take_back(&token).await.unwrap_err().reason, "LINK_ENDED");
    assert!(store.open_account(ANA).await.is_ok(), "and the address is free");
}

async fn an_address_that_can_be_reverted_to_cannot_be_taken(world: World) {
    let store = world.open();
    let (ana, bia) = (store.sign_up("ana").await, store.sign_up("bia").await);
    store.ask_for(&bia, "bia@example.org").await.unwrap();
    store.ask_for(&ana, EVE).await.unwrap();
    store.follow(&world, EVE).await.unwrap();
    assert_eq!(
        store.open_account("ANA@example.com").await.unwrap_err().reason,
        "EMAIL_TAKEN"
    );
    assert_eq!(store.ask_for(&bia, ANA).await.unwrap_err().reason, "EMAIL_TAKEN");
    let token = world.letterbox.token_to(ANA, "revert").unwrap();
    assert!(store.take_back(&token).await.is_ok());
}

async fn an_account_may_have_its_old_address_again(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    store.ask_for(&ana, EVE).await.unwrap();
    store.follow(&world, EVE).await.unwrap();
    let eve = store.enter(EVE, PASSWORD).await.unwrap();
    store.ask_for(&eve, ANA).await.unwrap();
    store.follow(&world, ANA).await.unwrap();
    assert!(store.enter(ANA, PASSWORD).await.is_ok());
}
