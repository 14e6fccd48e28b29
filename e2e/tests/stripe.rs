//! Paying through Stripe: on its page, with events that come, come twice, late or never, and with the store dying meanwhile.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use e2e::{Account, Opening, Order, Store, offer_of};
use fake_providers::FakeStripe;
use fake_providers::stripe::{EventMode, Outcome, Webhook, system_time};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::time::Instant;

const KEY: &str = "sk_test_key-that-nobody-may-see";
const SIGNING_SECRET: &str = "whsec_secret-that-nobody-may-see";
/// Within which an order follows what its provider says, without an event.
const SETTLES_WITHIN: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(50);

struct World {
    fake: FakeStripe,
    store: Store,
}

impl World {
    async fn open() -> Result<Self> {
        let fake = FakeStripe::start(([127, 0, 0, 1], 0).into(), None, system_time()).await?;
        let store = connected(&fake)?.start().await?;
        fake.send_events_to(Webhook {
            url: store.url("/webhooks/stripe"),
            secret: SIGNING_SECRET.to_owned(),
        });
        Ok(Self { fake, store })
    }

    /// The order of a film that waits for its customer on Stripe's page, and its session.
    async fn ordered(&self, account: &Account, film: &str, key: &str) -> Result<(Value, String)> {
        let offer = offer_of(&self.store, &self.store.title_id(film).await?, "rent").await?;
        let order = Order {
            key,
            offer: &offer,
            card: "",
        };
        let (status, waiting) = account.order(&self.store, &order).await?;
        ensure!(
            status == StatusCode::CREATED && waiting["state"] == "pending",
            "{waiting}"
        );
        let session = self.fake.session_of(id(&waiting)?).context("no session")?;
        ensure!(waiting["next_action"]["type"] == "redirect", "{waiting}");
        ensure!(waiting["next_action"]["url"] == session["url"], "{waiting}");
        let back = self.store.url(&format!("/orders/{}", id(&waiting)?));
        ensure!(session["success_url"] == back.as_str(), "{session}");
        Ok((waiting, id(&session)?.to_owned()))
    }
}

fn id(object: &Value) -> Result<&str> {
    object["id"].as_str().context("no id")
}

/// How a store is opened that is connected to the stand-in.
fn connected(fake: &FakeStripe) -> Result<Opening> {
    let opening = Opening::new()?;
    let (key, secret) = (opening.path("stripe-key"), opening.path("stripe-secret"));
    std::fs::write(&key, KEY)?;
    std::fs::write(&secret, SIGNING_SECRET)?;
    let (key, secret) = (key.display().to_string(), secret.display().to_string());
    Ok(opening
        .with(&["--payment-provider", "stripe", "--stripe-api-url", fake.url()])
        .with(&["--stripe-secret-key-file", &key])
        .with(&["--stripe-webhook-secret-file", &secret]))
}

/// The order in the customer's list, once it looks so. A list, unlike the order itself, has nothing looked up.
async fn becomes(store: &Store, account: &Account, order: &str, looks: impl Fn(&Value) -> bool) -> Result<Value> {
    let deadline = Instant::now() + SETTLES_WITHIN;
    loop {
        let orders = account.get(store, "/api/v1/orders").await?;
        let orders = orders["orders"].as_array().context("no orders")?;
        let found = orders.iter().find(|one| one["id"] == order).context("no such order")?;
        if looks(found) {
            return Ok(found.clone());
        }
        ensure!(Instant::now() < deadline, "the order is still {found}");
        tokio::time::sleep(PAUSE).await;
    }
}

fn is(state: &'static str) -> impl Fn(&Value) -> bool {
    move |order| order["state"] == state
}

#[tokio::test]
async fn a_card_is_paid_on_stripes_page_and_refunded_without_a_secret_left_anywhere() -> Result<()> {
    let World { fake, store } = World::open().await?;
    let account = Account::open(&store, "ana").await?;
    let methods = store.get("/api/v1/store?currency=BRL").await?["payment_methods"].clone();
    let stripe = json!({"method": "card", "provider": "stripe", "sandbox": true, "needs_token": false});
    ensure!(methods == json!([stripe]), "{methods}");
    let world = World { fake, store };
    let (waiting, session) = world.ordered(&account, "nosferatu", "one").await?;
    let World { fake, store } = world;
    let page = waiting["next_action"]["url"].as_str().context("no page")?;
    let shown = store.http().get(page).send().await?.text().await?;
    ensure!(shown.contains("Nosferatu"), "{shown}");
    // A card that is declined leaves the page open. Then the customer pays, and is sent back to the shop.
    ensure!(fake.visit(&session, Outcome::Declined));
    let paid = store.http().post(page).body("button=approve").send().await?;
    ensure!(paid.status() == StatusCode::SEE_OTHER, "{}", paid.status());
    let back = paid.headers()["location"].to_str()?.to_owned();
    let returned = store.http().get(&back).send().await?;
    ensure!(returned.status() == StatusCode::OK, "{back}: {}", returned.status());
    let order = id(&waiting)?;
    becomes(&store, &account, order, is("fulfilled")).await?;
    ensure!(account.entitlements(&store).await?.len() == 1 && fake.list("charge").len() == 1);

    let refund = account.request(&store, Method::POST, &format!("/api/v1/orders/{order}/refund"));
    ensure!(refund.send().await?.status() == StatusCode::OK);
    becomes(&store, &account, order, |order| {
        order["refunds"][0]["state"] == "succeeded"
    })
    .await?;
    let [returned] = &fake.list("refund")[..] else {
        anyhow::bail!("{:?}", fake.list("refund"));
    };
    ensure!(returned["amount"] == waiting["total"]["amount_minor"], "{returned}");

    let deadline = Instant::now() + SETTLES_WITHIN;
    let told = loop {
        let told = store.opening().tool(&["order", "show", order]).await?.stdout;
        if told.contains("POST /v1/refunds: 200") {
            break told;
        }
        ensure!(Instant::now() < deadline, "{told}");
        tokio::time::sleep(PAUSE).await;
    };
    ensure!(
        told.contains("POST /v1/checkout/sessions: 200") && told.contains(&session),
        "{told}"
    );
    let opening = store.opening().clone();
    ensure!(store.stop().await?.success());
    let complaints = opening.complaints()?;
    ensure!(complaints.is_empty(), "{complaints:?}");
    let mut seen = opening.log_text()? + &told;
    let mut files = vec![opening.data_dir()];
    while let Some(path) = files.pop() {
        if path.is_dir() {
            let entries = std::fs::read_dir(path)?;
            files.extend(entries.filter_map(|entry| Some(entry.ok()?.path())));
        } else if path.is_file() {
            seen += &String::from_utf8_lossy(&std::fs::read(path)?);
        }
    }
    ensure!(
        !seen.contains("nobody-may-see"),
        "a secret is in the data folder, the log or an answer"
    );
    Ok(())
}

#[tokio::test]
async fn events_that_come_twice_or_late_or_never_settle_an_order_once() -> Result<()> {
    let world = World::open().await?;
    let account = Account::open(&world.store, "ana").await?;
    world.fake.switch(|switches| switches.events = EventMode::Twice);
    let (twice, session) = world.ordered(&account, "nosferatu", "one").await?;
    ensure!(world.fake.visit(&session, Outcome::Approved));
    becomes(&world.store, &account, id(&twice)?, is("fulfilled")).await?;

    for (mode, film) in [(EventMode::Held, "limite"), (EventMode::Lost, "metropolis")] {
        world.fake.switch(|switches| switches.events = mode);
        let (order, session) = world.ordered(&account, film, film).await?;
        ensure!(world.fake.visit(&session, Outcome::Approved));
        // The customer comes back, and the page of the order has it looked up.
        let order = id(&order)?;
        account.get(&world.store, &format!("/api/v1/orders/{order}")).await?;
        becomes(&world.store, &account, order, is("fulfilled")).await?;
        world.fake.release_events(true);
    }
    ensure!(account.entitlements(&world.store).await?.len() == 3);
    ensure!(world.fake.list("charge").len() == 3);
    ensure!(world.store.stop().await?.success());
    Ok(())
}

#[tokio::test]
async fn an_event_that_stripe_did_not_sign_is_refused_and_written_down() -> Result<()> {
    let World { store, .. } = World::open().await?;
    let event = |path: &str| store.http().post(store.url(path)).body("{}");
    let forged = event("/webhooks/stripe").header("stripe-signature", "t=1,v1=00");
    ensure!(forged.send().await?.status() == StatusCode::BAD_REQUEST);
    ensure!(event("/webhooks/unknown").send().await?.status() == StatusCode::NOT_FOUND);
    let log = store.opening().log_text()?;
    let is_told = |line: &str| line.contains("provider_event") && line.contains("signature");
    ensure!(log.lines().any(is_told), "{log}");
    ensure!(store.stop().await?.success());
    Ok(())
}

#[tokio::test]
async fn what_is_paid_while_the_store_is_dead_is_there_when_it_is_back() -> Result<()> {
    let world = World::open().await?;
    let account = Account::open(&world.store, "ana").await?;
    let (paid, session) = world.ordered(&account, "nosferatu", "one").await?;
    let (unpaid, open) = world.ordered(&account, "limite", "two").await?;
    let World { fake, store } = world;
    let opening = store.kill().await?;
    ensure!(fake.visit(&session, Outcome::Approved));
    let store = opening.start().await?;
    becomes(&store, &account, id(&paid)?, is("fulfilled")).await?;
    // The other one still waits for its customer, who gives it up. Then nobody can pay it.
    let unpaid = id(&unpaid)?;
    becomes(&store, &account, unpaid, is("pending")).await?;
    let cancel = account.request(&store, Method::POST, &format!("/api/v1/orders/{unpaid}/cancellation"));
    let cancelled: Value = cancel.send().await?.json().await?;
    ensure!(cancelled["state"] == "cancelled", "{cancelled}");
    ensure!(!fake.visit(&open, Outcome::Approved));
    ensure!(fake.list("charge").len() == 1 && account.entitlements(&store).await?.len() == 1);
    ensure!(store.stop().await?.success());
    Ok(())
}

#[tokio::test]
async fn an_order_whose_answer_is_lost_gets_its_page_all_the_same() -> Result<()> {
    let World { fake, store } = World::open().await?;
    let account = Account::open(&store, "ana").await?;
    // Both tries of the store are sent twice.
    fake.switch(|switches| switches.lose_answers = 4);
    let offer = offer_of(&store, &store.title_id("nosferatu").await?, "rent").await?;
    let order = Order {
        key: "one",
        offer: &offer,
        card: "",
    };
    let (status, undecided) = account.order(&store, &order).await?;
    ensure!(
        status == StatusCode::CREATED && undecided["next_action"]["type"] == "wait",
        "{undecided}"
    );
    let has_page = |order: &Value| order["next_action"]["type"] == "redirect";
    becomes(&store, &account, id(&undecided)?, has_page).await?;
    ensure!(fake.list("checkout.session").len() == 1);
    ensure!(store.stop().await?.success());
    Ok(())
}

#[tokio::test]
async fn a_public_store_with_a_test_key_does_not_open_unless_that_is_meant() -> Result<()> {
    let fake = FakeStripe::start(([127, 0, 0, 1], 0).into(), None, system_time()).await?;
    let public = connected(&fake)?.with(&["--public-url", "https://films.example"]);
    let (status, said) = public.start_refused().await?;
    ensure!(!status.success() && said.contains("--allow-sandbox"), "{said}");
    let keyless = Opening::new()?.with(&["--payment-provider", "stripe"]);
    let (status, said) = keyless.start_refused().await?;
    ensure!(!status.success() && said.contains("--stripe-secret-key-file"), "{said}");
    Ok(())
}
