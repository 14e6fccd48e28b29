//! Mails about accounts: each is sent even if the mail server was away, unless its link was revoked before.

use std::time::Duration;

use api::rent::{
    ChangeEmailRequest, ChangePasswordRequest, EndOtherSessionsRequest, RequestEmailVerificationRequest,
    RequestPasswordResetRequest, VerifyEmailRequest,
};
use store::jobs::Jobs;

use crate::world::{PASSWORD, Shopper, Store, World, by_guest, stories};

stories!(
    a_mail_with_a_link_comes_when_the_mail_server_is_back,
    no_job_holds_a_link,
    the_link_of_the_mail_that_comes_last_works,
    a_link_works_for_its_time_from_when_it_is_sent,
    a_link_that_was_revoked_before_it_was_sent_is_not_sent,
    a_notice_is_sent_also_when_every_link_was_revoked,
    a_notice_goes_to_the_address_that_the_account_had,
    the_address_of_a_notice_is_kept_until_it_is_sent,
    a_mail_with_another_link_has_another_message_id,
);

const ANA: &str = "ana@example.com";
const ANOTHER: &str = "another-orlok-1922";

async fn ask_for_reset(store: &Store) {
    let email = ANA.to_owned();
    let request = by_guest(RequestPasswordResetRequest { email });
    store.rent.request_password_reset(request).await.unwrap();
    store.service.drain().await;
}

async fn ask_for_verification(store: &Store, shopper: &Shopper) {
    let call = store.by(shopper, RequestEmailVerificationRequest {}).await;
    store.rent.request_email_verification(call).await.unwrap();
}

async fn verify(store: &Store, token: &str) -> rpc::Result<()> {
    let token = token.to_owned();
    store
        .rent
        .verify_email(by_guest(VerifyEmailRequest { token }))
        .await
        .map(drop)
}

async fn a_mail_with_a_link_comes_when_the_mail_server_is_back(world: World) {
    let store = world.open();
    world.letterbox.close(true);
    let ana = store.sign_up("ana").await;
    ask_for_verification(&store, &ana).await;
    ask_for_reset(&store).await;
    store.change_email(&ana, PASSWORD, "maria@example.com").await.unwrap();
    for _ in 0..20 {
        store.deliver_mails().await;
        world.hours_pass(1);
    }
    assert_eq!(world.letterbox.mails().len(), 0);
    world.letterbox.close(false);
    world.hours_pass(2);
    // Another process sends the mails.
    world.open().deliver_mails().await;
    let mut sent: Vec<_> = world
        .letterbox
        .mails()
        .into_iter()
        .map(|mail| (mail.to, mail.subject))
        .collect();
    sent.sort_unstable();
    let mail = |to: &str, subject: &str| (to.to_owned(), subject.to_owned());
    assert_eq!(
        sent,
        [
            mail(ANA, "A new password"),
            mail(ANA, "Is this your address?"),
            mail(ANA, "Is this your address?"),
            mail(ANA, "Was it you who asked for another address?"),
            mail("maria@example.com", "Is this your new address?"),
        ]
    );
    verify(&store, &world.letterbox.token("verify").unwrap()).await.unwrap();
    let reset = world.letterbox.token("reset").unwrap();
    store.follow_reset(&reset, ANOTHER).await.unwrap();
}

async fn no_job_holds_a_link(world: World) {
    let store = world.open();
    world.letterbox.close(true);
    store.sign_up("ana").await;
    ask_for_reset(&store).await;
    store.deliver_mails().await;
    let jobs = kept_jobs(&world).await;
    assert_eq!(jobs.len(), 2);
    world.letterbox.close(false);
    world.hours_pass(1);
    store.deliver_mails().await;
    for purpose in ["verify", "reset"] {
        let token = world.letterbox.token(purpose).unwrap();
        assert!(
            jobs.iter().all(|job| !job.contains(&token) && !job.contains(ANA)),
            "{jobs:?}"
        );
    }
    assert_eq!(kept_jobs(&world).await.len(), 0);
}

/// All stored texts of each job.
async fn kept_jobs(world: &World) -> Vec<String> {
    const KEPT: &str = "SELECT kind || job_key || payload || last_error FROM jobs";
    async fn ask(mut on: impl store::Source) -> Result<Vec<(String,)>, store::Error> {
        store::fetch_all!(on, (String,), KEPT)
    }
    let db: &store::Db = &world.db;
    ask(db).await.unwrap().into_iter().map(|(job,)| job).collect()
}

async fn the_link_of_the_mail_that_comes_last_works(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    ask_for_verification(&store, &ana).await;
    store.deliver_mails().await;
    let tokens = || -> Vec<String> {
        let mails = world.letterbox.mails().into_iter();
        mails
            .filter_map(|mail| {
                Some(
                    mail.body
                        .split_once("/account/verify?token=")?
                        .1
                        .lines()
                        .next()?
                        .to_owned(),
                )
            })
            .collect()
    };
    let [first, second] = tokens().try_into().unwrap();
    assert_ne!(first, second);
    // Two requests give two links, and each of them verifies the address.
    verify(&store, &first).await.unwrap();
    assert_eq!(
        verify(&store, &second).await.unwrap_err().reason,
        "LINK_ENDED",
        "one of them is enough"
    );

    // A worker that dies after the delivery: its job runs again.
    ask_for_reset(&store).await;
    let (before, token) = (world.letterbox.mails().len(), || {
        world.letterbox.token("reset").unwrap()
    });
    let dies = World::open(&world);
    world.letterbox.forget_after_delivery(true);
    dies.deliver_mails().await;
    let lost = token();
    world.letterbox.forget_after_delivery(false);
    world.seconds_pass(60);
    store.deliver_mails().await;
    assert_eq!(world.letterbox.mails().len(), before + 2);
    assert_ne!(lost, token());
    let refused = store.follow_reset(&lost, ANOTHER).await.unwrap_err();
    assert_eq!(refused.reason, "LINK_ENDED");
    store.follow_reset(&token(), ANOTHER).await.unwrap();
}

async fn a_link_works_for_its_time_from_when_it_is_sent(world: World) {
    let store = world.open();
    store.sign_up("ana").await;
    world.letterbox.close(true);
    ask_for_reset(&store).await;
    store.deliver_mails().await;
    world.hours_pass(5);
    world.letterbox.close(false);
    store.deliver_mails().await;
    world.seconds_pass(59 * 60);
    let token = world.letterbox.token("reset").unwrap();
    store.follow_reset(&token, ANOTHER).await.unwrap();
}

async fn a_link_that_was_revoked_before_it_was_sent_is_not_sent(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    world.letterbox.close(true);
    ask_for_reset(&store).await;
    ask_for_verification(&store, &ana).await;
    store.deliver_mails().await;
    let token = ana.token.clone();
    let call = store.by(&ana, EndOtherSessionsRequest { token }).await;
    store.rent.end_other_sessions(call).await.unwrap();
    world.letterbox.close(false);
    let before = world.letterbox.mails().len();
    world.hours_pass(2);
    store.deliver_mails().await;
    assert_eq!(world.letterbox.mails().len(), before);
    assert_eq!(kept_jobs(&world).await.len(), 0, "they are done");
}

async fn a_notice_is_sent_also_when_every_link_was_revoked(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    world.letterbox.close(true);
    change_password(&store, &ana).await;
    let token = ana.token.clone();
    let call = store.by(&ana, EndOtherSessionsRequest { token }).await;
    store.rent.end_other_sessions(call).await.unwrap();
    world.letterbox.close(false);
    store.deliver_mails().await;
    let told = world.letterbox.mails().pop().unwrap();
    assert_eq!(
        (told.to.as_str(), told.subject.as_str()),
        (ANA, "Your password was changed")
    );
}

/// Who changes the password may be a thief, who has the account write to another address as soon as possible.
async fn a_notice_goes_to_the_address_that_the_account_had(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    store.deliver_mails().await;
    world.letterbox.close(true);
    change_password(&store, &ana).await;
    // The mail server is away for this mail alone: it waits for its next try, while later ones are delivered.
    store.deliver_mails().await;
    world.letterbox.close(false);
    store.change_email(&ana, ANOTHER, "mallory@example.net").await.unwrap();
    store.deliver_mails().await;
    let token = world.letterbox.token("email").unwrap();
    let changed = store.rent.change_email(by_guest(ChangeEmailRequest { token })).await;
    changed.unwrap();
    world.hours_pass(2);
    store.deliver_mails().await;
    let mails = world.letterbox.mails().into_iter();
    let [notice] = mails
        .filter(|mail| mail.subject == "Your password was changed")
        .collect::<Vec<_>>()
        .try_into()
        .unwrap();
    assert_eq!((notice.to.as_str(), notice.to_name), (ANA, None));
}

async fn the_address_of_a_notice_is_kept_until_it_is_sent(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    change_password(&store, &ana).await;
    assert_eq!(kept_notices(&world).await, 1);
    assert!(kept_jobs(&world).await.iter().all(|job| !job.contains(ANA)));
    store.deliver_mails().await;
    assert_eq!((kept_notices(&world).await, kept_jobs(&world).await.len()), (0, 0));
}

async fn kept_notices(world: &World) -> i64 {
    let (kept,) = store::fetch_one!(&world.db, (i64,), "SELECT COUNT(*) FROM mail_notices").unwrap();
    kept
}

async fn change_password(store: &Store, shopper: &Shopper) {
    let change = ChangePasswordRequest {
        current_password: PASSWORD.to_owned(),
        password: ANOTHER.to_owned(),
        token: shopper.token.clone(),
    };
    let call = store.by(shopper, change).await;
    store.rent.change_password(call).await.unwrap();
}

async fn a_mail_with_another_link_has_another_message_id(world: World) {
    let store = world.open();
    store.sign_up("ana").await;
    ask_for_reset(&store).await;
    // The worker dies with the lease, possibly after the delivery.
    let jobs = Jobs::new(world.db.clone(), world.clock.clone(), world.ids.clone());
    let leased = jobs
        .lease(&["account_mail".to_owned()], 10, Duration::from_mins(1))
        .await;
    let [job] = leased.unwrap().try_into().unwrap();
    world.hours_pass(1);
    store.deliver_mails().await;
    let id = world.letterbox.mails().pop().unwrap().id.unwrap();
    assert_eq!(id, format!("account_mail.{}.{}.2", job.key, job.id.simple()));
}
