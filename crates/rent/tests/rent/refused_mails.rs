//! Mails that a mail server refuses: how long they are tried, and what is kept of them.

use api::jobs::{DeadLetter, ListDeadLettersRequest};
use api::rent::ChangePasswordRequest;
use rpc::Call;
use store::Db;
use store::testing::{TestDb, migrations_before};
use uuid::Uuid;

use crate::world::{PASSWORD, Shopper, Store, World, order, stories};

const ANA: &str = "ana@example.com";
/// The migration that gives notices their addresses.
const UPGRADE: i64 = 12;

stories!(
    a_mail_to_an_address_that_does_not_exist_is_given_up_soon,
    a_mail_to_another_address_is_sent_meanwhile,
    a_deleted_account_leaves_no_job_that_would_write_to_it,
);

async fn dead_letters(store: &Store) -> Vec<DeadLetter> {
    let request = Call::by_service(ListDeadLettersRequest {});
    let found = store.rent.list_dead_letters(request).await;
    found.unwrap().dead_letters
}

/// Has each mail tried again until it is a dead letter.
async fn give_up(world: &World, store: &Store) {
    for _ in 0..5 {
        store.deliver_mails().await;
        world.seconds_pass(10 * 60);
    }
}

async fn a_mail_to_an_address_that_does_not_exist_is_given_up_soon(world: World) {
    let store = world.open();
    world.letterbox.know_not(ANA);
    store.sign_up("ana").await;
    for _ in 0..4 {
        store.deliver_mails().await;
        world.seconds_pass(10 * 60);
    }
    assert_eq!(dead_letters(&store).await, [], "it may be a mistake of the server");
    store.deliver_mails().await;
    let [dead] = dead_letters(&store).await.try_into().unwrap();
    assert_eq!((dead.kind.as_str(), dead.attempts), ("account_mail", 5));
    let said = "the mail server refused the mail: 550 5.1.1 (the address gets no mail)";
    assert_eq!(dead.last_error, said);
}

async fn a_mail_to_another_address_is_sent_meanwhile(world: World) {
    let store = world.open();
    world.letterbox.know_not(ANA);
    store.sign_up("ana").await;
    store.sign_up("bia").await;
    give_up(&world, &store).await;
    let to: Vec<_> = world.letterbox.mails().into_iter().map(|mail| mail.to).collect();
    assert_eq!(to, ["bia@example.com"]);
}

async fn a_deleted_account_leaves_no_job_that_would_write_to_it(world: World) {
    let store = world.open();
    world.letterbox.know_not(ANA);
    let (ana, bia) = (store.sign_up("ana").await, store.sign_up("bia").await);
    store.place(&ana, order("k", "rent-1")).await.unwrap();
    store.place(&bia, order("k", "rent-1")).await.unwrap();
    change_password(&store, &ana).await;
    give_up(&world, &store).await;
    assert_eq!(
        dead_letters(&store).await.len(),
        2,
        "the receipt and the notice: the link was revoked"
    );
    store.leave(&ana, "another-orlok-1922").await.unwrap();
    assert_eq!(dead_letters(&store).await, []);
    let (jobs,) = store::fetch_one!(&world.db, (i64,), "SELECT COUNT(*) FROM jobs").unwrap();
    let (notices,) = store::fetch_one!(&world.db, (i64,), "SELECT COUNT(*) FROM mail_notices").unwrap();
    assert_eq!((jobs, notices), (1, 0), "Bia's reminder alone");
}

async fn change_password(store: &Store, shopper: &Shopper) {
    let change = ChangePasswordRequest {
        current_password: PASSWORD.to_owned(),
        password: "another-orlok-1922".to_owned(),
        token: shopper.token.clone(),
    };
    let call = store.by(shopper, change).await;
    store.rent.change_password(call).await.unwrap();
}

/// A notice that waits, as the version before wrote it, after a mail server refused it once.
async fn write_earlier_notice(db: &Db) -> Result<(), store::Error> {
    const CUSTOMER: &str = "INSERT INTO customers (customer_id, email, email_folded, email_verified, name, language, staff, \
         password_hash, created_at_us) VALUES ($1, $2, $2, FALSE, 'ana', 'en', FALSE, '', 0)";
    const JOB: &str = "INSERT INTO jobs (job_id, kind, job_key, payload, run_at_us, created_at_us, attempts, last_error) \
         VALUES ($1, 'account_mail', $2, $3, 0, 0, 1, '550 <ana@example.com>: no')";
    let (customer, request) = (Uuid::from_u128(1), Uuid::from_u128(2));
    let payload = format!("password_changed/{customer}");
    let mut tx = db.begin_write().await?;
    store::execute!(tx, CUSTOMER, customer, ANA)?;
    store::execute!(tx, JOB, Uuid::from_u128(3), request.to_string(), payload)?;
    tx.commit().await
}

async fn a_notice_from_before_the_upgrade_is_sent(db: TestDb, sandbox: TestDb) {
    write_earlier_notice(&db).await.unwrap();
    db.migrate(&rent::MIGRATIONS).await.unwrap();
    let world = World::on(db, sandbox);
    let (kept,) = store::fetch_one!(&*world.db, (String,), "SELECT last_error FROM jobs").unwrap();
    assert!(!kept.contains(ANA), "{kept}");
    world.open().deliver_mails().await;
    let to: Vec<_> = world.letterbox.mails().into_iter().map(|mail| mail.to).collect();
    assert_eq!(to, [ANA]);
}

mod a_notice_from_before_the_upgrade_is_sent {
    use payments::sandbox;

    use super::{UPGRADE, migrations_before};

    #[tokio::test]
    async fn sqlite() {
        let db = store::testing::sqlite(&migrations_before(UPGRADE, &rent::MIGRATIONS)).await;
        let sandbox = store::testing::sqlite(&sandbox::MIGRATIONS).await;
        super::a_notice_from_before_the_upgrade_is_sent(db, sandbox).await;
    }

    #[tokio::test]
    async fn postgres() {
        if let Some(db) = store::testing::postgres(&migrations_before(UPGRADE, &rent::MIGRATIONS)).await {
            let sandbox = store::testing::postgres(&sandbox::MIGRATIONS).await.unwrap();
            super::a_notice_from_before_the_upgrade_is_sent(db, sandbox).await;
        }
    }
}
