//! Mails that the store sends by itself: receipts, and reminders before a rental ends; each once.

use std::time::Duration;

use api::jobs::{DeadLetter, DropDeadLetterRequest, ListDeadLettersRequest, RetryDeadLetterRequest};
use api::rent::{Entitlement, Reminders, UpdateCustomerRequest, UpdatePlaybackRequest};
use rent::Mail;
use rent::checkpoint::{Moment, Step};
use rpc::Call;
use store::jobs::Jobs;

use crate::crashes::give_away;
use crate::provider::Line;
use crate::world::{PASSWORD, Shopper, Store, World, order, order_on, stories};

const START_WINDOW_HOURS: u64 = 720;

stories!(
    a_receipt_is_sent_once_in_the_customers_language,
    only_what_was_paid_or_given_back_is_written_about,
    a_receipt_that_was_due_when_the_process_died_is_sent_by_the_next,
    a_mail_that_cannot_be_delivered_is_tried_again_for_a_day,
    staff_drop_a_mail_that_is_not_to_be_sent,
    a_mail_that_is_sent_again_has_the_same_message_id,
    nothing_is_sent_to_a_customer_who_is_gone,
    many_processes_send_one_receipt,
    a_customer_is_reminded_once_before_each_window_ends,
    who_wants_no_reminder_or_has_nothing_to_miss_gets_none,
    a_reminder_that_comes_too_late_is_not_sent,
);

impl Store {
    pub(crate) async fn send_letters(&self) {
        self.service.worker().run_due().await.unwrap();
    }
}

impl World {
    /// The mails except for those that welcome a customer.
    fn letters(&self) -> Vec<Mail> {
        let mails = self.letterbox.mails().into_iter();
        mails.filter(|mail| !mail.body.contains("/account/verify")).collect()
    }
}

async fn rent(store: &Store, shopper: &Shopper, number: u8) -> Entitlement {
    let placed = store
        .place(shopper, order(&format!("k{number}"), &format!("rent-{number}")))
        .await;
    placed.unwrap().entitlements.remove(0)
}

async fn change(store: &Store, shopper: &Shopper, change: UpdateCustomerRequest) {
    store
        .rent
        .update_customer(store.by(shopper, change).await)
        .await
        .unwrap();
}

async fn a_receipt_is_sent_once_in_the_customers_language(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    let placed = store.place(&ana, order("k", "rent-1")).await.unwrap();
    for _ in 0..2 {
        store.send_letters().await;
    }
    let [receipt] = world.letters().try_into().unwrap();
    assert_eq!(
        (receipt.to.as_str(), receipt.subject.as_str()),
        ("ana@example.com", "Your receipt: Film 1")
    );
    let link = format!("\nhttps://films.example/orders/{}\n", placed.order_id);
    for words in [
        // The address is not verified yet, so the mail to it does not contain the customer's name.
        "Hello,\n",
        "R$14.90",
        "30 days to press play, then 48 h to finish",
        "Paid by: card",
        link.as_str(),
    ] {
        assert!(receipt.body.contains(words), "{words}: {}", receipt.body);
    }
    let language = "pt-BR".to_owned();
    let portuguese = UpdateCustomerRequest {
        language,
        ..UpdateCustomerRequest::default()
    };
    change(&store, &ana, portuguese).await;
    world.verify(&store, "ana").await;
    store.place(&ana, order("l", "buy-2")).await.unwrap();
    store.send_letters().await;
    let second = &world.letters()[1];
    for words in ["Olá, ana!", "R$ 39,90", "sem prazo", "Forma de pagamento: cartão"] {
        assert!(second.body.contains(words), "{words}: {}", second.body);
    }
}

async fn only_what_was_paid_or_given_back_is_written_about(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    store
        .place(&ana, order_on("k", "rent-1", "tok_declined"))
        .await
        .unwrap();
    world.provider.set(Line::LateAnswers);
    let waiting = store.place(&ana, order("l", "buy-1")).await.unwrap();
    store.send_letters().await;
    assert_eq!(world.letters().len(), 0);

    world.provider.set(Line::Good);
    let gift = store.place(&ana, order("m", "buy-2")).await.unwrap();
    give_away(&world, &gift, "film-1").await;
    store.reconcile().await;
    store.send_letters().await;
    let mut letters = world.letters();
    letters.sort_by(|one, other| one.subject.cmp(&other.subject));
    let subjects: Vec<_> = letters.iter().map(|mail| mail.subject.as_str()).collect();
    assert_eq!(subjects, ["Your receipt: Film 2", "Your refund: Film 1"]);
    let body = &letters[1].body;
    assert!(
        body.contains(&waiting.order_id) && body.contains("whole amount"),
        "{body}"
    );
}

async fn a_receipt_that_was_due_when_the_process_died_is_sent_by_the_next(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    world.crash.at(Step::Settle, Moment::After);
    world.open().place_or_die(&ana, order("k", "rent-1")).await;
    assert!(!world.crash.call_off());
    world.open().send_letters().await;
    assert_eq!(world.letters().len(), 1);
}

async fn a_mail_that_cannot_be_delivered_is_tried_again_for_a_day(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    world.letterbox.close(true);
    rent(&store, &ana, 1).await;
    for _ in 0..23 {
        store.send_letters().await;
        world.hours_pass(1);
    }
    world.letterbox.close(false);
    world.hours_pass(2);
    store.send_letters().await;
    assert_eq!(world.letters().len(), 1);
    world.letterbox.close(true);
    rent(&store, &ana, 2).await;
    for _ in 0..80 {
        store.send_letters().await;
        world.hours_pass(1);
    }
    world.letterbox.close(false);
    world.hours_pass(2);
    store.send_letters().await;
    assert_eq!(world.letters().len(), 1, "it is a dead letter");
    let [dead] = dead_letters(&store).await.try_into().unwrap();
    assert_eq!((dead.kind.as_str(), dead.attempts), ("order_mail", 31));
    assert!(dead.last_error.contains("the server is closed"), "{}", dead.last_error);
    let retry = || async {
        let request = RetryDeadLetterRequest {
            job_id: dead.job_id.clone(),
        };
        store.rent.retry_dead_letter(Call::by_service(request)).await
    };
    retry().await.unwrap();
    assert_eq!(retry().await.unwrap_err().reason, "DEAD_LETTER_NOT_FOUND");
    store.send_letters().await;
    assert_eq!(world.letters().len(), 2);
}

async fn dead_letters(store: &Store) -> Vec<DeadLetter> {
    let request = Call::by_service(ListDeadLettersRequest {});
    let found = store.rent.list_dead_letters(request).await;
    found.unwrap().dead_letters
}

async fn staff_drop_a_mail_that_is_not_to_be_sent(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    world.letterbox.close(true);
    rent(&store, &ana, 1).await;
    for _ in 0..80 {
        store.send_letters().await;
        world.hours_pass(1);
    }
    world.letterbox.close(false);
    let [dead] = dead_letters(&store).await.try_into().unwrap();
    let drop = |job_id: &str| DropDeadLetterRequest {
        job_id: job_id.to_owned(),
    };
    let by_a_customer = store
        .rent
        .drop_dead_letter(store.by(&ana, drop(&dead.job_id)).await)
        .await;
    assert_eq!(by_a_customer.unwrap_err().reason, "STAFF_ONLY");
    let dropped = store.rent.drop_dead_letter(Call::by_service(drop(&dead.job_id))).await;
    dropped.unwrap();
    for unknown in [dead.job_id.as_str(), "no id", ""] {
        let refused = store.rent.drop_dead_letter(Call::by_service(drop(unknown))).await;
        assert_eq!(refused.unwrap_err().reason, "DEAD_LETTER_NOT_FOUND", "{unknown}");
    }
    store.send_letters().await;
    assert_eq!((world.letters().len(), dead_letters(&store).await.len()), (0, 0));
}

async fn a_mail_that_is_sent_again_has_the_same_message_id(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    rent(&store, &ana, 1).await;
    // The worker dies with the lease, possibly after the delivery.
    let jobs = Jobs::new(world.db.clone(), world.clock.clone(), world.ids.clone());
    let leased = jobs.lease(&["order_mail".to_owned()], 10, Duration::from_mins(1)).await;
    let [job] = leased.unwrap().try_into().unwrap();
    store.send_letters().await;
    assert_eq!(world.letters().len(), 0, "{job:?} is leased");
    world.hours_pass(1);
    store.send_letters().await;
    let [mail] = world.letters().try_into().unwrap();
    assert!(mail.id.unwrap().contains(&job.id.simple().to_string()));
}

async fn nothing_is_sent_to_a_customer_who_is_gone(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    world.letterbox.close(true);
    rent(&store, &ana, 1).await;
    store.send_letters().await;
    store.leave(&ana, PASSWORD).await.unwrap();
    world.letterbox.close(false);
    world.hours_pass(START_WINDOW_HOURS - 72);
    store.send_letters().await;
    assert_eq!(world.letters().len(), 0);
    let (left,) = store::fetch_one!(&world.db, (i64,), "SELECT COUNT(*) FROM jobs").unwrap();
    assert_eq!(left, 0);
}

async fn many_processes_send_one_receipt(world: World) {
    let stores: Vec<_> = (0..8).map(|_| world.open()).collect();
    let ana = stores[0].sign_up("ana").await;
    for number in 0..5 {
        rent(&stores[0], &ana, number).await;
    }
    futures::future::join_all(stores.iter().map(Store::send_letters)).await;
    let mut subjects: Vec<_> = world.letters().into_iter().map(|mail| mail.subject).collect();
    assert_eq!(subjects.len(), 5);
    subjects.sort_unstable();
    subjects.dedup();
    assert_eq!(subjects.len(), 5);
}

async fn a_customer_is_reminded_once_before_each_window_ends(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    let rented = rent(&store, &ana, 1).await;
    store.send_letters().await;
    world.hours_pass(START_WINDOW_HOURS - 73);
    store.send_letters().await;
    assert_eq!(world.letters().len(), 1, "the receipt alone");
    world.hours_pass(1);
    let others: Vec<_> = (0..4).map(|_| world.open()).collect();
    futures::future::join_all(others.iter().map(Store::send_letters)).await;
    store.send_letters().await;
    let letters = world.letters();
    assert_eq!(letters.len(), 2);
    assert_eq!(letters[1].subject, "3 days left to start “Film 1”");
    assert!(
        letters[1].body.contains("https://films.example/library"),
        "{}",
        letters[1].body
    );

    crate::watching::play(&store, &ana, &rented.entitlement_id).await;
    world.hours_pass(41);
    store.send_letters().await;
    assert_eq!(world.letters().len(), 2);
    world.hours_pass(1);
    for _ in 0..2 {
        store.send_letters().await;
    }
    let letters = world.letters();
    assert_eq!(letters.len(), 3);
    assert_eq!(letters[2].subject, "6 h left to finish “Film 1”");
}

async fn who_wants_no_reminder_or_has_nothing_to_miss_gets_none(world: World) {
    let store = world.open();
    let (ana, bia, eva) = (
        store.sign_up("ana").await,
        store.sign_up("bia").await,
        store.sign_up("eva").await,
    );
    rent(&store, &ana, 1).await;
    let mut off = UpdateCustomerRequest::default();
    off.set_reminders(Reminders::Off);
    change(&store, &ana, off).await;
    // Bia has bought it since, and Eva has watched it to its end.
    rent(&store, &bia, 1).await;
    store.place(&bia, order("l", "buy-1")).await.unwrap();
    let seen = rent(&store, &eva, 1).await;
    let playback = crate::watching::play(&store, &eva, &seen.entitlement_id).await;
    let end = UpdatePlaybackRequest {
        entitlement_id: seen.entitlement_id,
        playback_id: playback.playback_id,
        position_seconds: 93 * 60,
        ..UpdatePlaybackRequest::default()
    };
    store.rent.update_playback(store.by(&eva, end).await).await.unwrap();
    store.send_letters().await;
    let receipts = world.letters().len();
    world.hours_pass(47);
    store.send_letters().await;
    world.hours_pass(START_WINDOW_HOURS - 47 - 72);
    store.send_letters().await;
    assert_eq!(world.letters().len(), receipts);
}

async fn a_reminder_that_comes_too_late_is_not_sent(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    rent(&store, &ana, 1).await;
    store.send_letters().await;
    world.hours_pass(START_WINDOW_HOURS);
    store.send_letters().await;
    assert_eq!(world.letters().len(), 1);
}
