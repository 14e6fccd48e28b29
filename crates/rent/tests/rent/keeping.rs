//! What customers do with their accounts: change them, see their sessions, download their data, delete them.

use api::rent::{
    ChangeEmailRequest, ChangePasswordRequest, CreateSessionRequest, Customer, CustomerPart, DeleteCustomerRequest,
    DeviceSession, EndOtherSessionsRequest, EndSessionRequest, ExportCustomerRequest, GetCustomerRequest,
    ListSessionsRequest, OrderState, Reminders, RequestEmailChangeRequest, Session, UpdateCustomerRequest,
};
use futures::TryStreamExt;
use rpc::Code;

use crate::world::{PASSWORD, Shopper, Store, World, by_guest, order, stories};

const ANOTHER: &str = "another-orlok-1922";

stories!(
    a_customer_changes_what_they_like_and_the_rest_stays,
    mail_follows_the_language_that_was_chosen,
    a_password_is_changed_with_the_present_one_and_signs_out_the_other_devices,
    an_address_changes_when_its_mail_is_followed_and_the_old_one_is_told,
    an_address_that_another_customer_took_in_the_meantime_stays_theirs,
    a_customer_sees_their_devices_and_signs_them_out,
    a_session_is_noted_to_be_in_use_every_few_minutes,
    a_customer_takes_everything_along_that_is_kept_of_them,
    a_long_history_is_exported_whole,
);

pub(crate) fn shopper(session: &Session) -> Shopper {
    Shopper {
        token: session.token.clone(),
    }
}

impl Store {
    pub(crate) async fn sign_in_on(&self, email: &str, password: &str, device: &str) -> rpc::Result<Session> {
        let request = CreateSessionRequest {
            email: email.to_owned(),
            password: password.to_owned(),
            device: device.to_owned(),
            ..CreateSessionRequest::default()
        };
        self.rent.create_session(by_guest(request)).await
    }

    async fn me(&self, shopper: &Shopper) -> rpc::Result<Customer> {
        self.rent
            .get_customer(self.by(shopper, GetCustomerRequest {}).await)
            .await
    }

    pub(crate) async fn is_in(&self, shopper: &Shopper) -> bool {
        let token = shopper.token.clone();
        let request = api::rent::AuthenticateRequest { token };
        self.rent.authenticate(by_guest(request)).await.is_ok()
    }

    pub(crate) async fn change_email(&self, shopper: &Shopper, password: &str, email: &str) -> rpc::Result<()> {
        let request = RequestEmailChangeRequest {
            current_password: password.to_owned(),
            email: email.to_owned(),
        };
        let call = self.by(shopper, request).await;
        self.rent.request_email_change(call).await?;
        self.deliver_mails().await;
        Ok(())
    }

    async fn redeem(&self, token: &str) -> rpc::Result<()> {
        let token = token.to_owned();
        self.rent
            .change_email(by_guest(ChangeEmailRequest { token }))
            .await
            .map(drop)
    }

    async fn sessions(&self, shopper: &Shopper) -> Vec<DeviceSession> {
        let token = shopper.token.clone();
        let call = self.by(shopper, ListSessionsRequest { token }).await;
        self.rent.list_sessions(call).await.unwrap().sessions
    }

    async fn export(&self, shopper: &Shopper) -> Vec<CustomerPart> {
        let call = self.by(shopper, ExportCustomerRequest {}).await;
        let parts = self.rent.export_customer(call).await.unwrap();
        parts.try_collect().await.unwrap()
    }

    pub(crate) async fn leave(&self, shopper: &Shopper, password: &str) -> rpc::Result<()> {
        let request = DeleteCustomerRequest {
            current_password: password.to_owned(),
        };
        let call = self.by(shopper, request).await;
        self.rent.delete_customer(call).await.map(drop)
    }
}

async fn a_customer_changes_what_they_like_and_the_rest_stays(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    let before = store.me(&ana).await.unwrap();
    assert!(before.reminders);
    let change = async |request| store.rent.update_customer(store.by(&ana, request).await).await;
    let nothing = change(UpdateCustomerRequest::default()).await.unwrap();
    assert_eq!(nothing, before);
    let mut off = UpdateCustomerRequest {
        name: " Ana Maria ".to_owned(),
        ..UpdateCustomerRequest::default()
    };
    off.set_reminders(Reminders::Off);
    let after = change(off).await.unwrap();
    assert_eq!((after.name.as_str(), after.reminders), ("Ana Maria", false));
    assert_eq!(after.language, before.language);
    assert_eq!(store.me(&ana).await.unwrap(), after);
    let long = UpdateCustomerRequest {
        name: "x".repeat(101),
        ..UpdateCustomerRequest::default()
    };
    assert_eq!(change(long).await.unwrap_err().fields()[0].field, "name");
    let guest = store
        .rent
        .update_customer(by_guest(UpdateCustomerRequest::default()))
        .await;
    assert_eq!(guest.unwrap_err().code, Code::Unauthenticated);
}

async fn mail_follows_the_language_that_was_chosen(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    let portuguese = UpdateCustomerRequest {
        language: "pt-BR".to_owned(),
        ..UpdateCustomerRequest::default()
    };
    let call = store.by(&ana, portuguese).await;
    assert_eq!(store.rent.update_customer(call).await.unwrap().language, "pt-BR");
    store.change_email(&ana, PASSWORD, "maria@example.com").await.unwrap();
    let mail = world
        .letterbox
        .mails()
        .into_iter()
        .find(|mail| mail.to == "maria@example.com");
    // The address is not verified, so the mail to it does not contain the customer's name.
    assert!(mail.unwrap().body.starts_with("Olá!\n"));
}

async fn a_password_is_changed_with_the_present_one_and_signs_out_the_other_devices(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    let other = shopper(&store.sign_in_on("ana@example.com", PASSWORD, "").await.unwrap());
    let change = async |present: &str, new: &str| {
        let request = ChangePasswordRequest {
            current_password: present.to_owned(),
            password: new.to_owned(),
            token: ana.token.clone(),
        };
        store.rent.change_password(store.by(&ana, request).await).await
    };
    for wrong in ["not her password", "", &"x".repeat(300)] {
        let fault = change(wrong, ANOTHER).await.unwrap_err();
        assert_eq!((fault.code, &*fault.reason), (Code::InvalidArgument, "WRONG_PASSWORD"));
        assert_eq!(fault.fields()[0].field, "current_password");
    }
    assert_eq!(
        change(PASSWORD, "short").await.unwrap_err().fields()[0].field,
        "password"
    );
    assert!(store.is_in(&other).await);

    change(PASSWORD, ANOTHER).await.unwrap();
    assert!(store.is_in(&ana).await && !store.is_in(&other).await);
    assert!(store.sign_in_on("ana@example.com", PASSWORD, "").await.is_err());
    assert!(store.sign_in_on("ana@example.com", ANOTHER, "").await.is_ok());
    store.deliver_mails().await;
    assert_eq!(
        world.letterbox.mails().last().unwrap().subject,
        "Your password was changed"
    );
}

async fn an_address_changes_when_its_mail_is_followed_and_the_old_one_is_told(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    store.sign_up("bia").await;
    let refused = [
        ("wrong", "maria@example.com", "WRONG_PASSWORD"),
        (PASSWORD, "no address", "INVALID_ARGUMENT"),
        (PASSWORD, "BIA@example.com", "EMAIL_TAKEN"),
    ];
    for (password, email, reason) in refused {
        assert_eq!(
            store.change_email(&ana, password, email).await.unwrap_err().reason,
            reason
        );
    }
    store.change_email(&ana, PASSWORD, "maria@example.com").await.unwrap();
    assert_eq!(
        store.me(&ana).await.unwrap().email,
        "ana@example.com",
        "not before the mail is followed"
    );

    let token = world.letterbox.token("email").unwrap();
    store.redeem(&token).await.unwrap();
    let ana = shopper(&store.sign_in_on("maria@example.com", PASSWORD, "").await.unwrap());
    let me = store.me(&ana).await.unwrap();
    assert_eq!((me.email.as_str(), me.email_verified), ("maria@example.com", true));
    assert!(store.sign_in_on("ana@example.com", PASSWORD, "").await.is_err());
    assert!(store.sign_in_on("maria@example.com", PASSWORD, "").await.is_ok());
    for used in [token.as_str(), "garbage", ""] {
        assert_eq!(store.redeem(used).await.unwrap_err().reason, "LINK_ENDED");
    }
    store.deliver_mails().await;
    let told = world
        .letterbox
        .mails()
        .into_iter()
        .find(|mail| mail.subject.contains("another address"));
    assert_eq!(told.unwrap().to, "ana@example.com");
}

async fn an_address_that_another_customer_took_in_the_meantime_stays_theirs(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    store.change_email(&ana, PASSWORD, "maria@example.com").await.unwrap();
    let token = world.letterbox.token("email").unwrap();
    store.sign_up("maria").await;
    assert_eq!(store.redeem(&token).await.unwrap_err().reason, "EMAIL_TAKEN");
    assert_eq!(store.me(&ana).await.unwrap().email, "ana@example.com");
}

async fn a_customer_sees_their_devices_and_signs_them_out(world: World) {
    let store = world.open();
    let (ana, bia) = (store.sign_up("ana").await, store.sign_up("bia").await);
    world.seconds_pass(60);
    let phone = shopper(
        &store
            .sign_in_on("ana@example.com", PASSWORD, "A phone\n")
            .await
            .unwrap(),
    );
    world.seconds_pass(60);
    let library = shopper(
        &store
            .sign_in_on("ana@example.com", PASSWORD, "A library's")
            .await
            .unwrap(),
    );

    let seen = store.sessions(&phone).await;
    let devices: Vec<_> = seen.iter().map(|one| (one.device.as_str(), one.current)).collect();
    assert_eq!(devices, [("A library's", false), ("A phone", true), ("", false)]);
    assert_eq!(store.sessions(&bia).await.len(), 1);
    assert!(!seen[0].session_id.contains(&library.token) && seen[0].session_id.len() == 16);

    let end = async |shopper: &Shopper, session_id: &str| {
        let session_id = session_id.to_owned();
        let call = store.by(shopper, EndSessionRequest { session_id }).await;
        store.rent.end_session(call).await.unwrap();
    };
    // A customer cannot end another customer's session, and ending a session that does not exist is not a fault.
    end(&bia, &seen[0].session_id).await;
    end(&ana, "garbage").await;
    assert!(store.is_in(&library).await);
    end(&ana, &seen[0].session_id).await;
    assert!(!store.is_in(&library).await && store.is_in(&phone).await);

    let token = ana.token.clone();
    let call = store.by(&ana, EndOtherSessionsRequest { token }).await;
    store.rent.end_other_sessions(call).await.unwrap();
    assert!(store.is_in(&ana).await && !store.is_in(&phone).await && store.is_in(&bia).await);
}

async fn a_session_is_noted_to_be_in_use_every_few_minutes(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    let begun = store.sessions(&ana).await[0].seen_at_us;
    world.seconds_pass(299);
    assert_eq!(store.sessions(&ana).await[0].seen_at_us, begun);
    world.seconds_pass(1);
    assert_eq!(store.sessions(&ana).await[0].seen_at_us - begun, 300 * 1_000_000);
}

async fn a_customer_takes_everything_along_that_is_kept_of_them(world: World) {
    let store = world.open();
    let (ana, bia) = (store.sign_up("ana").await, store.sign_up("bia").await);
    let rented = store.place(&ana, order("k", "rent-1")).await.unwrap();
    store.place(&bia, order("k", "rent-2")).await.unwrap();
    crate::watching::play(&store, &ana, &rented.entitlements[0].entitlement_id).await;
    let title_id = "film-3".to_owned();
    let call = store.by(&ana, api::rent::AddToWatchlistRequest { title_id }).await;
    store.rent.add_to_watchlist(call).await.unwrap();
    store.deliver_mails().await;

    let parts = store.export(&ana).await;
    assert_eq!(parts[0].customer, Some(store.me(&ana).await.unwrap()));
    let all = |pick: fn(&CustomerPart) -> usize| parts.iter().map(pick).sum::<usize>();
    assert_eq!(all(|part| part.sessions.len()), 1);
    assert_eq!(all(|part| part.mails.len()), 1);
    assert_eq!(all(|part| part.playbacks.len()), 1);
    assert_eq!(all(|part| part.watchlist_title_ids.len()), 1);
    let orders: Vec<_> = parts.iter().flat_map(|part| &part.orders).collect();
    assert_eq!(orders.len(), 1);
    assert_eq!(orders[0].order_id, rented.order_id);
    let held: Vec<_> = parts.iter().flat_map(|part| &part.entitlements).collect();
    assert_eq!(held.len(), 1);
    assert!(held[0].started_at_us > 0);
    let guest = store.rent.export_customer(by_guest(ExportCustomerRequest {})).await;
    assert_eq!(guest.err().unwrap().code, Code::Unauthenticated);
}

async fn a_long_history_is_exported_whole(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    for number in 0..101 {
        world.hours_pass(720);
        let request = order(&format!("k{number}"), "rent-1");
        assert_eq!(store.place(&ana, request).await.unwrap().state(), OrderState::Fulfilled);
    }
    let parts = store.export(&ana).await;
    let mut orders: Vec<_> = parts
        .iter()
        .flat_map(|part| &part.orders)
        .map(|one| &one.order_id)
        .collect();
    orders.sort_unstable();
    orders.dedup();
    assert_eq!(orders.len(), 101);
    assert_eq!(parts.iter().map(|part| part.entitlements.len()).sum::<usize>(), 101);
}
