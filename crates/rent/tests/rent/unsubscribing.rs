//! Reminders are turned off by the link that each of them has, without signing in.

use api::rent::{GetCustomerRequest, Reminders, TurnRemindersOffRequest, UpdateCustomerRequest};

use crate::world::{PASSWORD, Shopper, Store, World, by_guest, order, stories};

/// When the reminder of a rental that has not begun is due.
const REMINDER_HOURS: u64 = 720 - 72;

stories!(
    a_reminder_is_the_last_one_when_its_link_is_followed,
    a_link_turns_off_the_reminders_of_its_own_customer_alone,
    a_link_that_is_too_old_or_of_nobody_turns_nothing_off,
);

impl Store {
    async fn turn_off(&self, token: &str) -> rpc::Result<()> {
        let token = token.to_owned();
        let request = TurnRemindersOffRequest { token };
        self.rent.turn_reminders_off(by_guest(request)).await.map(drop)
    }

    async fn is_reminded(&self, shopper: &Shopper) -> bool {
        let call = self.by(shopper, GetCustomerRequest {}).await;
        self.rent.get_customer(call).await.unwrap().reminders
    }
}

/// Somebody who has rented a film and was reminded of it, and the token of that mail.
async fn reminded(world: &World, store: &Store, name: &str) -> (Shopper, String) {
    let shopper = store.sign_up(name).await;
    store.place(&shopper, order(name, "rent-1")).await.unwrap();
    world.hours_pass(REMINDER_HOURS);
    store.send_letters().await;
    let to = format!("{name}@example.com");
    let token = world.letterbox.token_to(&to, "reminders").unwrap();
    (shopper, token)
}

fn reminders_to(world: &World, name: &str) -> usize {
    let to = format!("{name}@example.com");
    let mails = world.letterbox.mails();
    mails
        .iter()
        .filter(|mail| mail.to == to && mail.unsubscribe.is_some())
        .count()
}

async fn a_reminder_is_the_last_one_when_its_link_is_followed(world: World) {
    let store = world.open();
    let (ana, token) = reminded(&world, &store, "ana").await;
    let mails = world.letterbox.mails();
    let mail = mails.iter().find(|mail| mail.unsubscribe.is_some()).unwrap();
    let link = format!("https://films.example/account/reminders?token={token}");
    assert_eq!(mail.unsubscribe.as_deref(), Some(link.as_str()));
    assert!(mail.html.contains(&link), "{}", mail.html);

    // Another process signs with the same key. Again is the same.
    for _ in 0..2 {
        world.open().turn_off(&token).await.unwrap();
    }
    assert!(!store.is_reminded(&ana).await);
    store.place(&ana, order("l", "rent-2")).await.unwrap();
    world.hours_pass(REMINDER_HOURS);
    store.send_letters().await;
    assert_eq!(reminders_to(&world, "ana"), 1);

    let mut on = UpdateCustomerRequest::default();
    on.set_reminders(Reminders::On);
    store.rent.update_customer(store.by(&ana, on).await).await.unwrap();
    store.place(&ana, order("m", "rent-3")).await.unwrap();
    world.hours_pass(REMINDER_HOURS);
    store.send_letters().await;
    assert_eq!(reminders_to(&world, "ana"), 2);
}

async fn a_link_turns_off_the_reminders_of_its_own_customer_alone(world: World) {
    let store = world.open();
    let (ana, of_ana) = reminded(&world, &store, "ana").await;
    let (bia, of_bia) = reminded(&world, &store, "bia").await;
    assert_ne!(of_ana, of_bia);
    store.turn_off(&of_bia).await.unwrap();
    assert!(store.is_reminded(&ana).await && !store.is_reminded(&bia).await);
}

async fn a_link_that_is_too_old_or_of_nobody_turns_nothing_off(world: World) {
    let store = world.open();
    let (ana, token) = reminded(&world, &store, "ana").await;
    let verify = world.letterbox.token_to("ana@example.com", "verify").unwrap();
    let changed = token.replacen(|letter| letter != 'A', "A", 1);
    for bad in ["", "x", &verify, &changed, &ana.token] {
        assert_eq!(store.turn_off(bad).await.unwrap_err().reason, "LINK_ENDED", "{bad}");
    }
    assert!(store.is_reminded(&ana).await);
    // A year after the window that the mail is about.
    world.hours_pass(72 + 365 * 24);
    assert_eq!(store.turn_off(&token).await.unwrap_err().reason, "LINK_ENDED");
    assert!(store.is_reminded(&ana).await);

    let (bia, token) = reminded(&world, &store, "bia").await;
    store.leave(&bia, PASSWORD).await.unwrap();
    assert_eq!(store.turn_off(&token).await.unwrap_err().reason, "LINK_ENDED");
}
