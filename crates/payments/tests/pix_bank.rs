//! How the store deals with its bank: access tokens, faults, secrets, and the events that the bank sends.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod pix_world;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use fake_providers::pix::{CLIENT_SECRET, TOKEN_SECONDS};
use fake_providers::stripe::RefundMode;
use futures::future::join_all;
use payments::pix::{Pix, PixOptions};
use payments::{
    EventError, EventRequest, EventSubject, PaymentProvider as _, PaymentState, ProviderError, ProviderEvent, Secret,
};

use crate::pix_world::{Calls, World, options};

type Change = fn(&mut PixOptions);

fn receive(world: &World, query: &str, body: &str) -> Result<ProviderEvent, EventError> {
    world.pix.read_event(&EventRequest {
        headers: &HashMap::new(),
        query,
        body: body.as_bytes(),
    })
}

#[tokio::test]
async fn one_access_token_serves_many_calls_until_it_runs_out_or_is_refused() {
    let world = World::new().await;
    let requests: Vec<_> = (0..20).map(|_| world.request(1490)).collect();
    let begun = join_all(requests.iter().map(|request| world.pix.start(request))).await;
    assert!(begun.iter().all(Result::is_ok));
    assert_eq!(world.fake.tokens_given(), 1);
    world
        .clock
        .advance(Duration::from_secs(TOKEN_SECONDS.unsigned_abs() - 31));
    world.state(&requests[0].payment).await;
    assert_eq!(world.fake.tokens_given(), 1);
    world.clock.advance(Duration::from_secs(2));
    world.state(&requests[0].payment).await;
    assert_eq!(world.fake.tokens_given(), 2, "it is renewed before it runs out");
    world.fake.switch(|switches| switches.forget_tokens = true);
    let found = join_all(requests.iter().map(|request| world.pix.look_up(&request.payment))).await;
    assert!(found.iter().all(Result::is_ok));
    assert_eq!(world.fake.tokens_given(), 3);
}

#[tokio::test]
async fn a_wrong_client_secret_is_a_failure_that_does_not_show_it() {
    const WRONG: &str = "another-secret-that-nobody-may-see";
    let world = World::with(|options| options.client_secret = Secret::parse(WRONG).unwrap()).await;
    let request = world.request(1490);
    let failed = world.pix.start(&request).await.unwrap_err();
    assert!(matches!(failed, ProviderError::Failed(_)));
    let shown = format!("{failed} {failed:?} {:?}", world.calls.0.lock().unwrap());
    assert!(!shown.contains(WRONG), "{shown}");
}

#[tokio::test]
async fn no_secret_and_no_token_is_in_the_record_or_in_an_output() {
    let world = World::new().await;
    let paid = world.paid(1490).await;
    world.pix.refund(&paid, &world.refund(100)).await.unwrap();
    world
        .pix
        .register_webhook("https://films.example/webhooks/pix")
        .await
        .unwrap();
    world.pix.movements(0, 1).await.unwrap();
    world.fake.switch(|switches| switches.unavailable = true);
    let failed = world.pix.look_up(&paid).await.unwrap_err();
    let calls = world.calls.0.lock().unwrap();
    let shown = format!("{calls:?} {failed} {failed:?} {:?}", options(&world.fake));
    for secret in [CLIENT_SECRET, "access-token", &world.pix.webhook_token()] {
        assert!(!shown.contains(secret), "{secret}");
    }
    let of_payment: Vec<_> = calls.iter().filter(|call| call.payment == Some(paid.id())).collect();
    assert!(of_payment.len() >= 3);
    assert!(
        calls
            .iter()
            .all(|call| call.provider == "pix" && !call.path.contains('?'))
    );
    assert_eq!(
        (calls[0].method.as_str(), calls[0].path.as_str()),
        ("POST", "/oauth/token")
    );
    assert_eq!(calls.last().unwrap().status, Some(503));
    assert!(calls.last().unwrap().error.is_some());
}

#[tokio::test]
async fn a_bank_that_does_not_answer_is_left_alone_for_a_while() {
    let world = World::new().await;
    let payment = world.begun(1490).await;
    world.fake.switch(|switches| switches.unavailable = true);
    let mut failures = 0;
    let refused = loop {
        let failed = world.pix.look_up(&payment).await.unwrap_err().to_string();
        if failed.contains("left alone") {
            break failed;
        }
        failures += 1;
        assert!(failures < 20, "{failed}");
    };
    let sent = world.calls.0.lock().unwrap().len();
    assert!(world.pix.look_up(&payment).await.is_err());
    assert_eq!(world.calls.0.lock().unwrap().len(), sent, "{refused}");
}

#[tokio::test]
async fn an_event_is_taken_with_the_token_of_its_address() {
    let world = World::new().await;
    world
        .pix
        .register_webhook("https://films.example/webhooks/pix")
        .await
        .unwrap();
    let url = world.fake.webhook().unwrap();
    let token = world.pix.webhook_token();
    assert_eq!(url, format!("https://films.example/webhooks/pix?token={token}"));
    let paid = world.paid(1490).await;
    let [body] = world.fake.events().try_into().unwrap();
    // The contract puts `/pix` at the end of the address, and some banks do not.
    for query in [
        format!("token={token}"),
        format!("token={token}/pix"),
        format!("a=b&token={token}"),
    ] {
        let event = receive(&world, &query, &body).unwrap();
        assert_eq!(event.subjects, [EventSubject::Payment(paid.id())]);
    }
    let again = receive(&world, &format!("token={token}"), &body).unwrap();
    assert_eq!(
        again.id,
        receive(&world, &format!("token={token}/pix"), &body).unwrap().id
    );

    world.fake.switch(|switches| switches.refunds = RefundMode::Pends);
    let refund = world.refund(100);
    world.pix.refund(&paid, &refund).await.unwrap();
    assert_eq!(world.fake.events().len(), 1, "a return is told of when it has ended");
    assert!(world.fake.settle_refund(&refund.id.simple().to_string(), true));
    let returned = receive(&world, &format!("token={token}"), &world.fake.events()[1]).unwrap();
    assert_eq!(returned.subjects, again.subjects);
    assert_ne!(returned.id, again.id);
}

#[tokio::test]
async fn an_event_without_the_right_token_is_refused() {
    let world = World::new().await;
    let paid = world.paid(1490).await;
    let body = &world.fake.events()[0];
    let token = world.pix.webhook_token();
    let other = format!("{}0", &token[..63]);
    let stray = format!("{}1", &token[..63]);
    let wrong = if other == token { stray } else { other };
    for query in [
        String::new(),
        "token=".to_owned(),
        format!("token={wrong}"),
        format!("token={}", &token[..62]),
        format!("token={token}00"),
        format!("tokens={token}"),
        "token=é".to_owned(),
    ] {
        assert_eq!(receive(&world, &query, body), Err(EventError::Signature), "{query}");
    }
    let right = format!("token={token}");
    for body in ["", "[]", "pix", "7"] {
        assert_eq!(receive(&world, &right, body), Err(EventError::Malformed), "{body}");
    }
    // An address is tried out with a body that tells of nothing.
    for body in [
        r#"{"evento":"teste_webhook"}"#,
        r#"{"pix":[]}"#,
        r#"{"pix":[{"txid":"another-shop"}]}"#,
    ] {
        assert_eq!(receive(&world, &right, body).unwrap().subjects, [], "{body}");
    }
    let twice = format!(r#"{{"pix":[{{"txid":"{0}"}},{{"txid":"{0}"}}]}}"#, World::txid(&paid));
    assert_eq!(receive(&world, &right, &twice).unwrap().subjects.len(), 1);
}

#[tokio::test]
async fn while_the_client_secret_is_replaced_the_address_of_before_is_right_too() {
    let world = World::new().await;
    let former = world.pix.webhook_token();
    let mut options = options(&world.fake);
    options.former_client_secret = Some(options.client_secret);
    options.client_secret = Secret::parse("a-new-client-secret").unwrap();
    let renewed = Pix::new(options, world.clock.clone(), Arc::new(Calls::default())).unwrap();
    assert_ne!(renewed.webhook_token(), former);
    for token in [former, renewed.webhook_token()] {
        let event = renewed.read_event(&EventRequest {
            headers: &HashMap::new(),
            query: &format!("token={token}"),
            body: b"{}",
        });
        assert!(event.is_ok());
    }
}

#[tokio::test]
async fn an_account_that_cannot_be_used_is_refused_before_anything_is_sent() {
    let world = World::new().await;
    let refused = |change: Change| {
        let mut options = options(&world.fake);
        change(&mut options);
        Pix::new(options, world.clock.clone(), Arc::new(Calls::default()))
            .err()
            .unwrap()
            .to_string()
    };
    let cases: [(Change, &str); 5] = [
        (
            |options| options.api_url = "http://pix.example.com".to_owned(),
            "not https",
        ),
        (|options| options.token_url = "nowhere".to_owned(), "no address"),
        (|options| options.key = String::new(), "Pix key"),
        (|options| options.certificate = Some(b"x".to_vec()), "go together"),
        (
            |options| {
                options.certificate = Some(b"no certificate".to_vec());
                options.private_key = Secret::parse("no-key-that-anybody-may-see");
            },
            "cannot be read",
        ),
    ];
    for (change, why) in cases {
        let text = refused(change);
        assert!(text.contains(why) && !text.contains("anybody-may-see"), "{text}");
    }
}

#[tokio::test]
async fn a_slow_bank_is_not_waited_for_without_end() {
    let world = World::new().await;
    let payment = world.begun(1490).await;
    world.fake.switch(|switches| switches.delay_ms = 60_000);
    let failed = world.pix.look_up(&payment).await.unwrap_err();
    assert!(failed.to_string().contains("no answer within"), "{failed}");
    world.fake.switch(|switches| switches.delay_ms = 0);
    assert!(matches!(world.state(&payment).await, PaymentState::NeedsAction(_)));
}
