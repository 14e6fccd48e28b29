//! Deleting an account.

use crate::keeping::shopper;
use crate::world::{PASSWORD, World, by_guest, order, stories};
use api::rent::{CreateCustomerRequest, GetCustomerRequest, Payment, PaymentMethod, PlaceOrderRequest};
use rpc::{Call, Code};
use store::fetch_all;

stories!(
    a_deleted_account_leaves_its_orders_and_nothing_personal,
    an_account_stays_while_an_order_is_open,
    a_deleted_customer_cannot_order,
);

async fn a_deleted_account_leaves_its_orders_and_nothing_personal(world: World) {
    let store = world.open();
    let (ana, bia) = (store.sign_up("ana").await, store.sign_up("bia").await);
    let rented = store.place(&ana, order("her-own-words", "rent-1")).await.unwrap();
    store.place(&bia, order("k", "rent-1")).await.unwrap();
    crate::watching::play(&store, &ana, &rented.entitlements[0].entitlement_id).await;
    store.deliver_mails().await;
    assert_eq!(store.leave(&ana, "wrong").await.unwrap_err().reason, "WRONG_PASSWORD");
    assert!(store.is_in(&ana).await);

    let still_valid = store.by(&ana, GetCustomerRequest {}).await;
    store.leave(&ana, PASSWORD).await.unwrap();
    assert!(!store.is_in(&ana).await);
    assert_eq!(
        store.rent.get_customer(still_valid).await.unwrap_err().code,
        Code::Unauthenticated
    );
    assert!(store.sign_in_on("ana@example.com", PASSWORD, "").await.is_err());
    assert_eq!(
        kept(&world).await,
        [
            ("her".to_owned(), 0),
            ("orders".to_owned(), 2),
            ("rights".to_owned(), 1)
        ]
    );
    assert_eq!(store.library(&bia).await.len(), 1);

    // The address is free again, for a new account that gets nothing of the deleted one.
    let request = CreateCustomerRequest {
        email: "ana@example.com".to_owned(),
        password: PASSWORD.to_owned(),
        name: "Another Ana".to_owned(),
        ..CreateCustomerRequest::default()
    };
    let another = shopper(&store.rent.create_customer(by_guest(request)).await.unwrap());
    assert_eq!(store.orders(&another).await, []);
    assert_eq!(store.library(&another).await, []);
}

/// How many rows still contain Ana's texts, and how many orders and entitlements there are.
async fn kept(world: &World) -> Vec<(String, i64)> {
    const KEPT: &str = "SELECT 'her' AS what, COUNT(*) AS many FROM customers c LEFT JOIN orders o USING (customer_id) \
         WHERE c.email LIKE 'ana%' OR c.name = 'ana' OR o.idempotency_key = 'her-own-words' \
         UNION ALL SELECT 'orders', COUNT(*) FROM orders UNION ALL SELECT 'rights', COUNT(*) FROM entitlements \
         ORDER BY what";
    async fn ask(mut on: impl store::Source) -> Result<Vec<(String, i64)>, store::Error> {
        fetch_all!(on, (String, i64), KEPT)
    }
    let db: &store::Db = &world.db;
    ask(db).await.unwrap()
}

async fn an_account_stays_while_an_order_is_open(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    let by_pix = PlaceOrderRequest {
        payment: Some(Payment {
            method: PaymentMethod::Pix.into(),
            token: String::new(),
        }),
        ..order("k", "rent-1")
    };
    let waiting = store.place(&ana, by_pix).await.unwrap();
    let fault = store.leave(&ana, PASSWORD).await.unwrap_err();
    assert_eq!((fault.code, &*fault.reason), (Code::FailedPrecondition, "ORDER_OPEN"));
    let order_id = waiting.order_id;
    let call = store.by(&ana, api::rent::CancelOrderRequest { order_id }).await;
    store.rent.cancel_order(call).await.unwrap();
    store.leave(&ana, PASSWORD).await.unwrap();
}

async fn a_deleted_customer_cannot_order(world: World) {
    let store = world.open();
    let ana = store.sign_up("ana").await;
    // An identity is valid for a minute, even after its account was deleted.
    let late: Call<PlaceOrderRequest> = store.by(&ana, order("k", "rent-1")).await;
    store.leave(&ana, PASSWORD).await.unwrap();
    assert_eq!(
        store.rent.place_order(late).await.unwrap_err().code,
        Code::Unauthenticated
    );
    assert_eq!(store.charges().await, []);
}
