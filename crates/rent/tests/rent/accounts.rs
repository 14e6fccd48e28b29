//! Accounts: signing up, in and out, and the links in mails.

use std::time::Duration;

use api::rent::{
    AuthenticateRequest, CreateCustomerRequest, CreateSessionRequest, DeleteSessionRequest, GetCustomerRequest,
    RequestEmailVerificationRequest, RequestPasswordResetRequest, ResetPasswordRequest, Session, VerifyEmailRequest,
};
use rpc::{Code, Context};

use crate::world::{PASSWORD, Shopper, Store, World, by_guest, stories};

stories!(
    a_customer_signs_up_in_and_out,
    an_address_has_one_account_however_it_is_written,
    bad_input_is_refused_with_the_field_named_and_leaves_nothing,
    an_unknown_address_and_a_wrong_password_get_the_same_answer,
    a_session_ends_after_thirty_days,
    an_identity_is_valid_for_a_minute_and_never_beyond_its_session,
    only_the_latest_twenty_sessions_live,
    a_new_customer_verifies_the_address_with_the_link_in_the_mail,
    a_password_is_reset_once_and_signs_out_everywhere,
    a_request_for_a_reset_does_not_show_whether_there_is_an_account,
    links_expire,
    a_customer_gets_a_limited_number_of_mails_an_hour,
    mail_is_in_the_customers_language,
);

fn new_customer(email: &str) -> CreateCustomerRequest {
    CreateCustomerRequest {
        email: email.to_owned(),
        password: PASSWORD.to_owned(),
        name: "Ana".to_owned(),
        language: "pt-BR".to_owned(),
        device: String::new(),
    }
}

async fn sign_up(store: &Store, email: &str) -> rpc::Result<Session> {
    store.rent.create_customer(by_guest(new_customer(email))).await
}

async fn sign_in(store: &Store, email: &str, password: &str) -> rpc::Result<Session> {
    let request = CreateSessionRequest {
        email: email.to_owned(),
        password: password.to_owned(),
        ..CreateSessionRequest::default()
    };
    store.rent.create_session(by_guest(request)).await
}

async fn is_signed_in(store: &Store, token: &str) -> bool {
    let token = token.to_owned();
    let identity = store.rent.authenticate(by_guest(AuthenticateRequest { token })).await;
    identity.is_ok_and(|identity| !identity.signed.is_empty())
}

async fn request_reset(store: &Store, email: &str) -> rpc::Result<()> {
    let email = email.to_owned();
    let answer = store
        .rent
        .request_password_reset(by_guest(RequestPasswordResetRequest { email }))
        .await;
    answer.map(drop)
}

async fn reset(store: &Store, token: &str, password: &str) -> rpc::Result<()> {
    let request = ResetPasswordRequest {
        token: token.to_owned(),
        password: password.to_owned(),
    };
    store.rent.reset_password(by_guest(request)).await.map(drop)
}

async fn verify(store: &Store, token: &str) -> rpc::Result<()> {
    let token = token.to_owned();
    store
        .rent
        .verify_email(by_guest(VerifyEmailRequest { token }))
        .await
        .map(drop)
}

fn shopper(session: &Session) -> Shopper {
    Shopper {
        token: session.token.clone(),
    }
}

async fn a_customer_signs_up_in_and_out(world: World) {
    let store = world.open();
    let session = sign_up(&store, "Ana@Example.com ").await.unwrap();
    let customer = session.customer.clone().unwrap();
    assert_eq!(
        (customer.email.as_str(), customer.name.as_str()),
        ("Ana@example.com", "Ana")
    );
    assert!(!customer.staff && !customer.email_verified);
    let call = store.by(&shopper(&session), GetCustomerRequest {}).await;
    assert_eq!(store.rent.get_customer(call).await.unwrap(), customer);

    let other = sign_in(&store, "ana@EXAMPLE.com", PASSWORD).await.unwrap();
    assert_eq!(other.customer, session.customer);
    assert_ne!(other.token, session.token);
    let token = session.token.clone();
    for _ in 0..2 {
        let request = DeleteSessionRequest { token: token.clone() };
        store.rent.delete_session(by_guest(request)).await.unwrap();
    }
    assert!(!is_signed_in(&store, &session.token).await);
    assert!(is_signed_in(&store, &other.token).await);
    let garbage = DeleteSessionRequest {
        token: "x".repeat(10_000),
    };
    store.rent.delete_session(by_guest(garbage)).await.unwrap();
}

async fn an_address_has_one_account_however_it_is_written(world: World) {
    let store = world.open();
    sign_up(&store, "ana@example.com").await.unwrap();
    for email in ["ana@example.com", " ANA@example.com", "ana@EXAMPLE.COM"] {
        let fault = sign_up(&store, email).await.unwrap_err();
        assert_eq!((fault.code, &*fault.reason), (Code::AlreadyExists, "EMAIL_TAKEN"));
    }
    let both = futures::join!(sign_up(&store, "bia@example.com"), sign_up(&store, "BIA@example.com"));
    assert_eq!([both.0, both.1].iter().filter(|answer| answer.is_ok()).count(), 1);
}

async fn bad_input_is_refused_with_the_field_named_and_leaves_nothing(world: World) {
    let store = world.open();
    let good = || new_customer("ana@example.com");
    let cases = [
        (
            CreateCustomerRequest {
                email: "ana".to_owned(),
                ..good()
            },
            "email",
        ),
        (
            CreateCustomerRequest {
                name: " ".to_owned(),
                ..good()
            },
            "name",
        ),
        (
            CreateCustomerRequest {
                password: "short".to_owned(),
                ..good()
            },
            "password",
        ),
        (
            CreateCustomerRequest {
                password: "password123".to_owned(),
                ..good()
            },
            "password",
        ),
        (
            CreateCustomerRequest {
                password: "ana@example.com".to_owned(),
                ..good()
            },
            "password",
        ),
    ];
    for (request, field) in cases {
        let fault = store.rent.create_customer(by_guest(request)).await.unwrap_err();
        assert_eq!(
            (fault.code, fault.fields()[0].field.as_str()),
            (Code::InvalidArgument, field)
        );
    }
    assert!(sign_up(&store, "ana@example.com").await.is_ok());
}

async fn an_unknown_address_and_a_wrong_password_get_the_same_answer(world: World) {
    let store = world.open();
    sign_up(&store, "ana@example.com").await.unwrap();
    let long = "x".repeat(1_000);
    for (email, password) in [
        ("ana@example.com", "not her password"),
        ("bia@example.com", PASSWORD),
        ("no address", PASSWORD),
        ("ana@example.com", &long),
        ("ana@example.com", ""),
    ] {
        let fault = sign_in(&store, email, password).await.unwrap_err();
        assert_eq!(
            (fault.code, &*fault.reason),
            (Code::Unauthenticated, "WRONG_CREDENTIALS")
        );
        assert_eq!(fault.message, "The e-mail address or the password is wrong.");
    }
}

async fn a_session_ends_after_thirty_days(mut world: World) {
    world.limits.session = rent::Limits::default().session;
    let store = world.open();
    let session = sign_up(&store, "ana@example.com").await.unwrap();
    world.hours_pass(30 * 24 - 1);
    assert!(is_signed_in(&store, &session.token).await);
    world.hours_pass(1);
    assert!(!is_signed_in(&store, &session.token).await);
    assert!(!is_signed_in(&store, "garbage").await);
}

async fn an_identity_is_valid_for_a_minute_and_never_beyond_its_session(mut world: World) {
    world.limits.session = Duration::from_hours(1);
    let store = world.open();
    let session = sign_up(&store, "ana@example.com").await.unwrap();
    let call = store.by(&shopper(&session), GetCustomerRequest {}).await;
    world.seconds_pass(59);
    assert!(store.rent.get_customer(call.clone()).await.is_ok());
    world.seconds_pass(1);
    assert_eq!(
        store.rent.get_customer(call).await.unwrap_err().code,
        Code::Unauthenticated
    );
    let forged = Context {
        identity: Some("e30.e30".into()),
        ..Context::default()
    };
    let fault = store
        .rent
        .get_customer(rpc::Call::new(GetCustomerRequest {}, forged))
        .await
        .unwrap_err();
    assert_eq!(fault.code, Code::Unauthenticated);

    world.seconds_pass(3_600 - 60 - 10);
    let token = session.token.clone();
    let last = store
        .rent
        .authenticate(by_guest(AuthenticateRequest { token }))
        .await
        .unwrap();
    assert_eq!(last.expires_at_us, session.expires_at_us);
}

async fn only_the_latest_twenty_sessions_live(mut world: World) {
    // Fewer sessions than by default, because each costs a password hash.
    world.limits.sessions_per_customer = 3;
    let store = world.open();
    let mut tokens = vec![sign_up(&store, "ana@example.com").await.unwrap().token];
    for _ in 0..3 {
        world.seconds_pass(1);
        tokens.push(sign_in(&store, "ana@example.com", PASSWORD).await.unwrap().token);
    }
    assert!(!is_signed_in(&store, &tokens[0]).await);
    for token in &tokens[1..] {
        assert!(is_signed_in(&store, token).await);
    }
}

async fn a_new_customer_verifies_the_address_with_the_link_in_the_mail(world: World) {
    let store = world.open();
    let session = sign_up(&store, "ana@example.com").await.unwrap();
    store.deliver_mails().await;
    let [mail] = world.letterbox.mails().try_into().unwrap();
    assert_eq!((mail.to.as_str(), mail.to_name.as_deref()), ("ana@example.com", None));
    let token = world.letterbox.token("verify").unwrap();
    // A link for one purpose does not work for another.
    assert_eq!(
        reset(&store, &token, "another-orlok-1922").await.unwrap_err().reason,
        "LINK_ENDED"
    );
    verify(&store, &token).await.unwrap();
    let call = store.by(&shopper(&session), GetCustomerRequest {}).await;
    assert!(store.rent.get_customer(call).await.unwrap().email_verified);
    for token in [token.as_str(), "garbage", ""] {
        let fault = verify(&store, token).await.unwrap_err();
        assert_eq!(
            (fault.code, fault.fields()[0].field.as_str()),
            (Code::InvalidArgument, "token")
        );
    }
}

async fn a_password_is_reset_once_and_signs_out_everywhere(world: World) {
    let store = world.open();
    let session = sign_up(&store, "ana@example.com").await.unwrap();
    request_reset(&store, "ANA@example.com").await.unwrap();
    request_reset(&store, "ana@example.com").await.unwrap();
    store.deliver_mails().await;
    let token = world.letterbox.token("reset").unwrap();
    let fault = reset(&store, &token, "short").await.unwrap_err();
    assert_eq!(fault.fields()[0].field, "password");
    reset(&store, &token, "another-orlok-1922").await.unwrap();

    assert!(!is_signed_in(&store, &session.token).await);
    assert_eq!(
        sign_in(&store, "ana@example.com", PASSWORD).await.unwrap_err().reason,
        "WRONG_CREDENTIALS"
    );
    let session = sign_in(&store, "ana@example.com", "another-orlok-1922").await.unwrap();
    assert!(
        session.customer.unwrap().email_verified,
        "who reads the mail has the address"
    );
    // Both links end: this one, and the other one that was sent before.
    for mail in world
        .letterbox
        .mails()
        .iter()
        .filter(|mail| mail.body.contains("/reset?token="))
    {
        let token = mail.body.split_once("/reset?token=").unwrap().1.lines().next().unwrap();
        assert_eq!(
            reset(&store, token, "a-third-orlok-1922").await.unwrap_err().reason,
            "LINK_ENDED"
        );
    }
}

async fn a_request_for_a_reset_does_not_show_whether_there_is_an_account(world: World) {
    let store = world.open();
    sign_up(&store, "ana@example.com").await.unwrap();
    for _ in 0..10 {
        request_reset(&store, "ana@example.com").await.unwrap();
    }
    request_reset(&store, "unknown@example.com").await.unwrap();
    store.deliver_mails().await;
    assert!(world.letterbox.mails().iter().all(|mail| mail.to == "ana@example.com"));
    assert_eq!(
        request_reset(&store, "no address").await.unwrap_err().fields()[0].field,
        "email"
    );
}

async fn links_expire(world: World) {
    let store = world.open();
    sign_up(&store, "ana@example.com").await.unwrap();
    request_reset(&store, "ana@example.com").await.unwrap();
    store.deliver_mails().await;
    world.hours_pass(1);
    let token = world.letterbox.token("reset").unwrap();
    assert_eq!(
        reset(&store, &token, "another-orlok-1922").await.unwrap_err().reason,
        "LINK_ENDED"
    );
    world.hours_pass(47);
    let token = world.letterbox.token("verify").unwrap();
    assert_eq!(verify(&store, &token).await.unwrap_err().reason, "LINK_ENDED");
}

async fn a_customer_gets_a_limited_number_of_mails_an_hour(world: World) {
    let store = world.open();
    let session = sign_up(&store, "ana@example.com").await.unwrap();
    store.deliver_mails().await;
    let ana = shopper(&session);
    let request = async || {
        let call = store.by(&ana, RequestEmailVerificationRequest {}).await;
        store.rent.request_email_verification(call).await
    };
    for _ in 0..2 {
        world.seconds_pass(60);
        request().await.unwrap();
    }
    let fault = request().await.unwrap_err();
    assert_eq!(
        (fault.code, &*fault.reason),
        (Code::ResourceExhausted, "TOO_MANY_MAILS")
    );
    assert_eq!(fault.retry_after().unwrap().as_secs(), 58 * 60);
    store.deliver_mails().await;
    assert_eq!(world.letterbox.mails().len(), 3);
    world.seconds_pass(58 * 60);
    request().await.unwrap();
}

async fn mail_is_in_the_customers_language(world: World) {
    let store = world.open();
    sign_up(&store, "ana@example.com").await.unwrap();
    let english = CreateCustomerRequest {
        language: "en-GB".to_owned(),
        ..new_customer("eve@example.com")
    };
    store.rent.create_customer(by_guest(english)).await.unwrap();
    store.deliver_mails().await;
    let mails = world.letterbox.mails();
    let body_for = |address| &mails.iter().find(|mail| mail.to == address).unwrap().body;
    assert!(body_for("ana@example.com").starts_with("Olá!"));
    assert!(body_for("eve@example.com").starts_with("Hello,"));
}
