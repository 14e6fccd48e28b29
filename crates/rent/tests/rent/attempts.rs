//! Limits of attempts, counted in the database for all processes; and accounts whose texts are the same in other bytes.

use std::net::IpAddr;

use api::rent::{
    AuthenticateRequest, ChangePasswordRequest, CreateCustomerRequest, CreateSessionRequest, RequestEmailChangeRequest,
    RequestPasswordResetRequest, Session,
};
use rpc::{Call, Code, Context};

use crate::world::{PASSWORD, Store, World, stories};

const ANA: &str = "ana@example.com";
pub(crate) const HOME: &str = "198.51.100.7";
pub(crate) const ELSEWHERE: &str = "203.0.113.9";

stories!(
    wrong_passwords_from_elsewhere_do_not_lock_the_owner_out,
    a_crowd_of_tries_at_once_passes_no_limit,
    trying_one_password_on_many_accounts_meets_a_limit,
    a_known_device_is_let_through_and_has_a_limit_of_its_own,
    a_host_of_networks_meets_a_limit_and_the_known_device_does_not,
    one_household_of_ipv6_is_one_network,
    a_right_password_takes_nothing_from_the_others,
    what_was_tried_is_forgotten,
    the_present_password_is_not_guessed_either,
    sign_ups_and_mails_of_a_network_are_limited,
    an_address_gets_a_limited_number_of_mails_from_all_accounts,
    an_account_is_the_same_in_other_bytes,
);

fn from<T>(address: &str, message: T) -> Call<T> {
    let address: IpAddr = address.parse().unwrap();
    let context = Context {
        client_address: Some(address),
        ..Context::default()
    };
    Call::new(message, context)
}

pub(crate) struct Try<'a> {
    pub(crate) email: &'a str,
    pub(crate) password: &'a str,
    pub(crate) device: &'a str,
}

pub(crate) const WRONG: Try<'_> = Try {
    email: ANA,
    password: "not her password",
    device: "",
};
const RIGHT: Try<'_> = Try {
    password: PASSWORD,
    ..WRONG
};

impl Store {
    pub(crate) async fn try_from(&self, address: &str, tried: &Try<'_>) -> rpc::Result<Session> {
        let request = CreateSessionRequest {
            email: tried.email.to_owned(),
            password: tried.password.to_owned(),
            device_token: tried.device.to_owned(),
            ..CreateSessionRequest::default()
        };
        self.rent.create_session(from(address, request)).await
    }

    pub(crate) async fn open_from(&self, address: &str, email: &str) -> rpc::Result<Session> {
        let request = CreateCustomerRequest {
            email: email.to_owned(),
            password: PASSWORD.to_owned(),
            name: "Somebody".to_owned(),
            ..CreateCustomerRequest::default()
        };
        self.rent.create_customer(from(address, request)).await
    }

    /// How many tries got an answer about the password before the limit was reached.
    pub(crate) async fn tries_until_refused(&self, address: &str, tried: &Try<'_>) -> usize {
        for number in 0..1_000 {
            let fault = self.try_from(address, tried).await.unwrap_err();
            match &*fault.reason {
                "WRONG_CREDENTIALS" => {}
                "RATE_LIMITED" => {
                    assert_eq!(fault.code, Code::ResourceExhausted);
                    assert!(fault.retry_after().is_some());
                    return number;
                }
                other => panic!("{other}"),
            }
        }
        panic!("there is no limit")
    }
}

async fn wrong_passwords_from_elsewhere_do_not_lock_the_owner_out(world: World) {
    let (store, other) = (world.open(), world.open());
    store.open_from(HOME, ANA).await.unwrap();
    assert_eq!(store.tries_until_refused(ELSEWHERE, &WRONG).await, 10);
    // Another process refuses too, and even the right password, so that an attacker does not learn that it is right.
    let refused = other.try_from(ELSEWHERE, &RIGHT).await.unwrap_err();
    assert_eq!(refused.reason, "RATE_LIMITED");
    assert!(other.try_from(HOME, &RIGHT).await.is_ok());
    // An account that does not exist is treated in the same way.
    let unknown = Try {
        email: "unknown@example.com",
        ..WRONG
    };
    assert_eq!(store.tries_until_refused(ELSEWHERE, &unknown).await, 10);
    world.seconds_pass(15 * 60);
    assert!(store.try_from(ELSEWHERE, &RIGHT).await.is_ok());
}

async fn a_crowd_of_tries_at_once_passes_no_limit(world: World) {
    let store = world.open();
    store.open_from(HOME, ANA).await.unwrap();
    let crowd = (0..30).map(|_| store.try_from(ELSEWHERE, &WRONG));
    let answers = futures::future::join_all(crowd).await;
    let looked_at = answers
        .iter()
        .filter(|answer| answer.as_ref().is_err_and(|fault| fault.reason == "WRONG_CREDENTIALS"))
        .count();
    assert!(looked_at <= 10, "{looked_at}");
}

async fn trying_one_password_on_many_accounts_meets_a_limit(world: World) {
    let store = world.open();
    let mut looked_at = 0;
    for number in 0..145 {
        let email = format!("customer-{number}@example.com");
        let tried = Try { email: &email, ..WRONG };
        match &*store.try_from(ELSEWHERE, &tried).await.unwrap_err().reason {
            "WRONG_CREDENTIALS" => looked_at += 1,
            "RATE_LIMITED" => {}
            other => panic!("{other}"),
        }
    }
    assert_eq!(looked_at, 50);
    store.open_from(HOME, ANA).await.unwrap();
    assert!(store.try_from(HOME, &RIGHT).await.is_ok(), "others are not meant");
}

async fn a_known_device_is_let_through_and_has_a_limit_of_its_own(world: World) {
    let store = world.open();
    let device = store.open_from(HOME, ANA).await.unwrap().device_token;
    assert!(!device.is_empty());
    // From the same network as the customer.
    assert_eq!(store.tries_until_refused(HOME, &WRONG).await, 10);
    assert!(store.try_from(HOME, &RIGHT).await.is_err());
    let known = Try {
        device: &device,
        ..RIGHT
    };
    let again = store.try_from(HOME, &known).await.unwrap();
    assert!(again.device_token.is_empty(), "it has one");

    let guessing = Try {
        device: &device,
        ..WRONG
    };
    assert_eq!(store.tries_until_refused(ELSEWHERE, &guessing).await, 10);
    // A device is known only for the customer who has signed in on it.
    store.open_from(HOME, "bia@example.com").await.unwrap();
    let stranger = Try {
        email: "bia@example.com",
        device: &device,
        ..WRONG
    };
    assert_eq!(store.tries_until_refused(ELSEWHERE, &stranger).await, 10);
    let made_up = Try {
        device: "made-up",
        ..RIGHT
    };
    assert!(store.try_from(HOME, &made_up).await.is_err());
}

async fn a_host_of_networks_meets_a_limit_and_the_known_device_does_not(mut world: World) {
    let limits = world.limits.attempts.as_mut().unwrap();
    limits.wrong_passwords_of_an_account.tries = 25;
    let store = world.open();
    let device = store.open_from(HOME, ANA).await.unwrap().device_token;
    for number in 0..25 {
        let address = format!("192.0.2.{number}");
        assert_eq!(
            store.try_from(&address, &WRONG).await.unwrap_err().reason,
            "WRONG_CREDENTIALS"
        );
    }
    assert_eq!(
        store.try_from("192.0.2.200", &WRONG).await.unwrap_err().reason,
        "RATE_LIMITED"
    );
    let known = Try {
        device: &device,
        ..RIGHT
    };
    assert!(store.try_from(ELSEWHERE, &known).await.is_ok());
}

async fn one_household_of_ipv6_is_one_network(world: World) {
    let store = world.open();
    for number in 0..10 {
        let address = format!("2001:db8:1:2::{number}");
        assert_eq!(
            store.try_from(&address, &WRONG).await.unwrap_err().reason,
            "WRONG_CREDENTIALS"
        );
    }
    assert_eq!(
        store.try_from("2001:db8:1:2:ffff::1", &WRONG).await.unwrap_err().reason,
        "RATE_LIMITED"
    );
    assert_eq!(
        store.try_from("2001:db8:1:3::1", &WRONG).await.unwrap_err().reason,
        "WRONG_CREDENTIALS"
    );
}

async fn a_right_password_takes_nothing_from_the_others(world: World) {
    let store = world.open();
    store.open_from(HOME, ANA).await.unwrap();
    for _ in 0..9 {
        store.try_from(HOME, &WRONG).await.unwrap_err();
    }
    store.try_from(HOME, &RIGHT).await.unwrap();
    assert_eq!(
        store.tries_until_refused(HOME, &WRONG).await,
        10,
        "what was mistyped is forgotten"
    );
    world.seconds_pass(15 * 60);
    for _ in 0..60 {
        store.try_from(HOME, &RIGHT).await.unwrap();
    }
}

async fn what_was_tried_is_forgotten(world: World) {
    let store = world.open();
    for number in 0..20 {
        let email = format!("customer-{number}@example.com");
        store
            .try_from(ELSEWHERE, &Try { email: &email, ..WRONG })
            .await
            .unwrap_err();
    }
    world.hours_pass(2);
    store.try_from(HOME, &WRONG).await.unwrap_err();
    let (kept,) = store::fetch_one!(&world.db, (i64,), "SELECT COUNT(*) FROM attempts").unwrap();
    assert_eq!(kept, 3, "of the last try alone");
    let named = store::fetch_all!(&world.db, (Vec<u8>,), "SELECT subject FROM attempts").unwrap();
    assert!(
        named.iter().all(|(subject,)| subject.len() == 16),
        "the table holds no names"
    );
}

async fn the_present_password_is_not_guessed_either(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    let change = async |present: &str| {
        let request = ChangePasswordRequest {
            current_password: present.to_owned(),
            password: "another-orlok-1922".to_owned(),
            token: ana.token.clone(),
        };
        store.rent.change_password(store.by(&ana, request).await).await
    };
    for _ in 0..10 {
        assert_eq!(change("not her password").await.unwrap_err().reason, "WRONG_PASSWORD");
    }
    assert_eq!(change(PASSWORD).await.unwrap_err().reason, "RATE_LIMITED");
    let token = ana.token.clone();
    let request = from(ELSEWHERE, AuthenticateRequest { token });
    assert!(store.rent.authenticate(request).await.is_ok());
    world.seconds_pass(15 * 60);
    assert!(change(PASSWORD).await.is_ok());
}

async fn sign_ups_and_mails_of_a_network_are_limited(mut world: World) {
    let limits = world.limits.attempts.as_mut().unwrap();
    limits.sign_ups_of_a_network.tries = 3;
    limits.mails_of_a_network.tries = 4;
    let store = world.open();
    for number in 0..3 {
        store
            .open_from(ELSEWHERE, &format!("c{number}@example.com"))
            .await
            .unwrap();
    }
    let refused = store.open_from(ELSEWHERE, "c4@example.com").await.unwrap_err();
    assert_eq!(
        (refused.code, &*refused.reason),
        (Code::ResourceExhausted, "RATE_LIMITED")
    );
    assert!(store.open_from(HOME, ANA).await.is_ok());

    let reset = async |address: &str, email: &str| {
        let email = email.to_owned();
        let request = from(address, RequestPasswordResetRequest { email });
        store.rent.request_password_reset(request).await
    };
    // The limit is the same whether there is such an account or not.
    for email in [ANA, "unknown@example.com", "c1@example.com", "c2@example.com"] {
        reset(ELSEWHERE, email).await.unwrap();
    }
    assert_eq!(reset(ELSEWHERE, ANA).await.unwrap_err().reason, "RATE_LIMITED");
    assert_eq!(
        reset(ELSEWHERE, "unknown@example.com").await.unwrap_err().reason,
        "RATE_LIMITED"
    );
    assert!(reset(HOME, ANA).await.is_ok());
}

async fn an_address_gets_a_limited_number_of_mails_from_all_accounts(world: World) {
    let store = world.open();
    let stranger = "stranger@example.net";
    for number in 0..9 {
        let shopper = store.sign_up(&format!("c{number}")).await;
        let request = RequestEmailChangeRequest {
            current_password: PASSWORD.to_owned(),
            email: stranger.to_owned(),
        };
        let asked = store.rent.request_email_change(store.by(&shopper, request).await).await;
        let reason = asked.err().map(|fault| fault.reason.to_string());
        let expected = (number >= 5).then(|| "RATE_LIMITED".to_owned());
        assert_eq!(reason, expected, "{number}");
    }
    store.deliver_mails().await;
    let mails = world.letterbox.mails();
    assert_eq!(mails.iter().filter(|mail| mail.to == stranger).count(), 5);
}

async fn an_account_is_the_same_in_other_bytes(world: World) {
    let store = world.open();
    let request = CreateCustomerRequest {
        email: "İpek@exämple.com".to_owned(),
        password: "três pratos de trigo".to_owned(),
        name: "I\u{307}pek".to_owned(),
        ..CreateCustomerRequest::default()
    };
    let opened = store.rent.create_customer(from(HOME, request.clone())).await.unwrap();
    let customer = opened.customer.unwrap();
    assert_eq!(
        (customer.email.as_str(), customer.name.as_str()),
        ("İpek@exämple.com", "İpek")
    );
    for email in [
        "İpek@exämple.com",
        "i\u{307}pek@exa\u{308}mple.com",
        "İpek@xn--exmple-cua.com",
        "İPEK@EXÄMPLE.COM",
    ] {
        for password in ["três pratos de trigo", "tre\u{302}s pratos de trigo"] {
            let tried = Try {
                email,
                password,
                device: "",
            };
            assert!(store.try_from(HOME, &tried).await.is_ok(), "{email}");
        }
        let again = CreateCustomerRequest {
            email: email.to_owned(),
            ..request.clone()
        };
        assert_eq!(
            store.rent.create_customer(from(HOME, again)).await.unwrap_err().reason,
            "EMAIL_TAKEN"
        );
    }
    for (email, name) in [
        ("eve@example.com", "\u{200b}"),
        ("eve@example.com", "Ana\u{202e}"),
        ("eve@example.com", "\u{feff}Ana"),
        ("e\u{200b}ve@example.com", "Eve"),
    ] {
        let unseen = CreateCustomerRequest {
            email: email.to_owned(),
            name: name.to_owned(),
            ..request.clone()
        };
        let fault = store.rent.create_customer(from(HOME, unseen)).await.unwrap_err();
        assert_eq!(fault.code, Code::InvalidArgument, "{name:?}");
    }
}
