//! What staff and the store's tools may do; the watchlist; the sandbox by itself.

use api::lab::MoveClockRequest;
use api::rent::{
    AddStaffRequest, AddToWatchlistRequest, GetCustomerRequest, ListSandboxChargesRequest, ListStaffRequest,
    ListStaffResponse, ListWatchlistRequest, RemoveFromWatchlistRequest, RemoveStaffRequest, SandboxChargeState,
};
use rpc::{Call, Code};

use crate::world::{Shopper, Store, World, by_guest, order, order_on, stories, waits};

stories!(
    staff_work_is_for_staff,
    an_unverified_address_cannot_become_staff,
    staff_is_listed_page_by_page,
    who_is_not_staff_any_more_does_no_staff_work,
    every_charge_is_listed_page_by_page,
    the_clock_moves_in_the_lab_alone,
    a_watchlist_keeps_titles_latest_first,
    a_watchlist_has_a_limit_and_knows_its_titles,
    a_late_charge_is_on_the_record_before_it_is_answered,
);

async fn staff_work_is_for_staff(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    let add = |email: &str| AddStaffRequest {
        email: email.to_owned(),
    };
    let refused = store
        .rent
        .add_staff(store.by(&ana, add("ana@example.com")).await)
        .await
        .unwrap_err();
    assert_eq!((refused.code, &*refused.reason), (Code::PermissionDenied, "STAFF_ONLY"));
    let refused = store
        .rent
        .add_staff(by_guest(add("ana@example.com")))
        .await
        .unwrap_err();
    assert_eq!(refused.code, Code::Unauthenticated);
    let call = store.by(&ana, ListSandboxChargesRequest::default()).await;
    assert_eq!(
        store.rent.list_sandbox_charges(call).await.unwrap_err().code,
        Code::PermissionDenied
    );

    world.verify(&store, "ana").await;
    for _ in 0..2 {
        let staff = store
            .rent
            .add_staff(Call::by_service(add("ANA@example.com")))
            .await
            .unwrap();
        assert!(staff.staff);
    }
    let me = store
        .rent
        .get_customer(store.by(&ana, GetCustomerRequest {}).await)
        .await
        .unwrap();
    assert!(me.staff);
    let unknown = store
        .rent
        .add_staff(store.by(&ana, add("bia@example.com")).await)
        .await
        .unwrap_err();
    assert_eq!((unknown.code, &*unknown.reason), (Code::NotFound, "CUSTOMER_NOT_FOUND"));
}

async fn an_unverified_address_cannot_become_staff(world: World) {
    let store = world.open();
    store.sign_up("ana").await;
    let add = || AddStaffRequest {
        email: "ana@example.com".to_owned(),
    };
    let refused = store.rent.add_staff(Call::by_service(add())).await.unwrap_err();
    assert_eq!(
        (refused.code, &*refused.reason),
        (Code::FailedPrecondition, "EMAIL_NOT_VERIFIED")
    );
    world.verify(&store, "ana").await;
    assert!(store.rent.add_staff(Call::by_service(add())).await.unwrap().staff);
}

async fn staff_is_listed_page_by_page(world: World) {
    let store = world.open();
    for name in ["ana", "bia", "cai", "dan"] {
        store.sign_up(name).await;
        world.verify(&store, name).await;
        world.seconds_pass(1);
    }
    for name in ["cai", "ana", "bia"] {
        let email = format!("{name}@example.com");
        store
            .rent
            .add_staff(Call::by_service(AddStaffRequest { email }))
            .await
            .unwrap();
    }
    let page = async |page_token: String| {
        let request = ListStaffRequest {
            page_size: 2,
            page_token,
        };
        store.rent.list_staff(Call::by_service(request)).await
    };
    let emails = |page: &ListStaffResponse| -> Vec<_> { page.staff.iter().map(|one| one.email.clone()).collect() };
    let first = page(String::new()).await.unwrap();
    assert_eq!(emails(&first), ["ana@example.com", "bia@example.com"]);
    let second = page(first.next_page_token).await.unwrap();
    assert_eq!(emails(&second), ["cai@example.com"]);
    assert!(second.next_page_token.is_empty());
    assert_eq!(
        page("garbage".to_owned()).await.unwrap_err().reason,
        "PAGE_TOKEN_UNKNOWN"
    );
    let guest = store.rent.list_staff(by_guest(ListStaffRequest::default())).await;
    assert_eq!(guest.unwrap_err().code, Code::Unauthenticated);
}

async fn who_is_not_staff_any_more_does_no_staff_work(world: World) {
    let (store, other) = (world.open(), world.open());
    let ana = store.sign_up("ana").await;
    world.verify(&store, "ana").await;
    let email = "ana@example.com".to_owned();
    let add = AddStaffRequest { email: email.clone() };
    store.rent.add_staff(Call::by_service(add)).await.unwrap();
    let identity = store.identity(&ana).await;
    let list = || Call::new(ListStaffRequest::default(), identity.clone());
    assert_eq!(store.rent.list_staff(list()).await.unwrap().staff.len(), 1);

    let remove = || Call::by_service(RemoveStaffRequest { email: email.clone() });
    assert!(!other.rent.remove_staff(remove()).await.unwrap().staff);
    for store in [&store, &other] {
        let refused = store.rent.list_staff(list()).await.unwrap_err();
        assert_eq!(refused.code, Code::Unauthenticated);
    }
    assert!(
        !other.rent.remove_staff(remove()).await.unwrap().staff,
        "once is enough"
    );
    let removal = RemoveStaffRequest {
        email: "unknown@example.com".to_owned(),
    };
    let unknown = other.rent.remove_staff(Call::by_service(removal)).await.unwrap_err();
    assert_eq!(unknown.reason, "CUSTOMER_NOT_FOUND");
}

async fn every_charge_is_listed_page_by_page(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    for number in 0..101 {
        store
            .place(&ana, order_on(&format!("k{number}"), "rent-1", "tok_declined"))
            .await
            .unwrap();
    }
    store.place(&ana, order("last", "rent-1")).await.unwrap();
    let page = async |page_token: String| {
        let call = Call::by_service(ListSandboxChargesRequest { page_token });
        store.rent.list_sandbox_charges(call).await
    };
    let first = page(String::new()).await.unwrap();
    let second = page(first.next_page_token.clone()).await.unwrap();
    assert_eq!((first.charges.len(), second.charges.len()), (100, 2));
    assert_eq!(
        (second.charges[1].state(), second.next_page_token.as_str()),
        (SandboxChargeState::Charged, "")
    );
    assert_eq!(
        page("garbage".to_owned()).await.unwrap_err().reason,
        "PAGE_TOKEN_UNKNOWN"
    );
}

async fn the_clock_moves_in_the_lab_alone(mut world: World) {
    use store::Clock;
    let store = world.open();
    let move_by = |seconds| Call::by_service(MoveClockRequest { seconds });
    let moved = store.rent.move_clock(move_by(49 * 3_600)).await.unwrap();
    assert_eq!(moved.now_us - world.clock.now_us(), 49 * 3_600 * 1_000_000);
    assert_eq!(store::clock::lab_offset_seconds(&world.db).await.unwrap(), 49 * 3_600);
    for too_far in [i64::MAX, i64::MIN] {
        assert_eq!(
            store.rent.move_clock(move_by(too_far)).await.unwrap_err().fields()[0].field,
            "seconds"
        );
    }
    let ana = store.sign_up("ana").await;
    let refused = store
        .rent
        .move_clock(store.by(&ana, MoveClockRequest { seconds: 1 }).await)
        .await
        .unwrap_err();
    assert_eq!(refused.code, Code::PermissionDenied);

    world.lab = false;
    let refused = world.open().rent.move_clock(move_by(1)).await.unwrap_err();
    assert_eq!((refused.code, &*refused.reason), (Code::PermissionDenied, "LAB_ONLY"));
}

async fn watchlist(store: &Store, shopper: &Shopper) -> Vec<String> {
    let call = store.by(shopper, ListWatchlistRequest {}).await;
    store.rent.list_watchlist(call).await.unwrap().title_ids
}

async fn add(store: &Store, shopper: &Shopper, title_id: &str) -> rpc::Result<()> {
    let title_id = title_id.to_owned();
    let call = store.by(shopper, AddToWatchlistRequest { title_id }).await;
    store.rent.add_to_watchlist(call).await.map(drop)
}

async fn a_watchlist_keeps_titles_latest_first(world: World) {
    let store = world.open();
    let (ana, bia) = (store.sign_up("ana").await, store.sign_up("bia").await);
    for title in ["film-1", "film-2", "film-3", "film-1"] {
        world.seconds_pass(1);
        add(&store, &ana, title).await.unwrap();
    }
    assert_eq!(watchlist(&store, &ana).await, ["film-3", "film-2", "film-1"]);
    assert!(watchlist(&store, &bia).await.is_empty());
    for title in ["film-2", "film-2", "no such title"] {
        let title_id = title.to_owned();
        let call = store.by(&ana, RemoveFromWatchlistRequest { title_id }).await;
        store.rent.remove_from_watchlist(call).await.unwrap();
    }
    assert_eq!(watchlist(&store, &ana).await, ["film-3", "film-1"]);
}

async fn a_watchlist_has_a_limit_and_knows_its_titles(mut world: World) {
    world.limits.watchlist = 2;
    let store = world.open();
    let ana = store.sign_up("ana").await;
    for title in ["film-99", "no such title", ""] {
        assert_eq!(add(&store, &ana, title).await.unwrap_err().reason, "TITLE_NOT_FOUND");
    }
    add(&store, &ana, "film-1").await.unwrap();
    add(&store, &ana, "film-2").await.unwrap();
    assert_eq!(add(&store, &ana, "film-3").await.unwrap_err().reason, "WATCHLIST_FULL");
    add(&store, &ana, "film-2").await.unwrap();
    assert_eq!(watchlist(&store, &ana).await.len(), 2);
}

async fn a_late_charge_is_on_the_record_before_it_is_answered(mut world: World) {
    // Long enough for the sandbox to write, and far too short for its answer.
    world.limits.payment_deadline = std::time::Duration::from_secs(1);
    let store = world.open();
    let ana = store.sign_up("ana").await;
    let waiting = store.place(&ana, order_on("k", "rent-1", "tok_timeout")).await.unwrap();
    assert!(waits(&waiting));
    let [charge] = store.charges().await.try_into().unwrap();
    assert_eq!(charge.state(), SandboxChargeState::Charged);
    assert_eq!(charge.order_id, waiting.order_id);
    store.reconcile().await;
    assert_eq!(store.library(&ana).await.len(), 1);
    assert_eq!(store.charged().await, 1);
}
