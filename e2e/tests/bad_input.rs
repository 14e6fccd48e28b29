//! Bad input gets a clear problem with the field named, and leaves nothing behind.

use anyhow::{Context, Result};
use e2e::{Account, Order, PASSWORD, Store, offer_of};
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};

/// Checks what every problem must have, and returns its code and the fields it names.
async fn problem(answer: Response, status: u16) -> Result<(String, Vec<String>)> {
    let url = answer.url().to_string();
    let found = answer.status();
    let kind = answer.headers().get("content-type").cloned();
    let text = answer.text().await?;
    assert_eq!(found, status, "{url}: {text}");
    assert_eq!(
        kind.context("no content type")?,
        "application/problem+json",
        "{url}: {text}"
    );
    let body: Value = serde_json::from_str(&text)?;
    assert_eq!(body["status"], status, "{url}: {text}");
    for member in ["title", "detail", "code", "request_id"] {
        assert!(
            body[member].as_str().is_some_and(|text| !text.is_empty()),
            "{url}: {member} in {text}"
        );
    }
    let fields = body["fields"].as_array().into_iter().flatten();
    let fields = fields
        .filter_map(|field| field["field"].as_str().map(ToOwned::to_owned))
        .collect();
    Ok((body["code"].as_str().unwrap_or_default().to_owned(), fields))
}

async fn post(store: &Store, path: &str, body: impl Into<reqwest::Body>) -> Result<Response> {
    let request = store
        .http()
        .post(store.url(path))
        .header("content-type", "application/json");
    Ok(request.body(body).send().await?)
}

#[tokio::test]
async fn queries_outside_their_bounds_name_their_field() -> Result<()> {
    let store = Store::open().await?;
    for (query, field) in [
        ("page_size=0", "page_size"),
        ("page_size=101", "page_size"),
        ("page_size=many", "page_size"),
        ("page_token=garbage", "page_token"),
        ("sort=best", "sort"),
        ("decade=soon", "decade"),
        ("offer=steal", "offer"),
    ] {
        let answer = store
            .http()
            .get(store.url(&format!("/api/v1/titles?{query}")))
            .send()
            .await?;
        let (code, fields) = problem(answer, 400).await?;
        let expected = match field {
            "page_token" => "PAGE_TOKEN_UNKNOWN",
            _ => "INVALID_ARGUMENT",
        };
        assert_eq!((code.as_str(), fields), (expected, vec![field.to_owned()]), "{query}");
    }
    Ok(())
}

#[tokio::test]
async fn unknown_and_ill_formed_ids_are_not_found() -> Result<()> {
    let store = Store::open().await?;
    let unknown = "01890a5d-ac96-774b-bcce-b302099a8057";
    for path in ["titles", "people"] {
        for id in [unknown, "garbage", "%00", "..%2F..%2Fetc%2Fpasswd"] {
            let answer = store
                .http()
                .get(store.url(&format!("/api/v1/{path}/{id}")))
                .send()
                .await?;
            problem(answer, 404).await?;
        }
    }
    let account = Account::open(&store, "ana").await?;
    for path in ["orders/garbage".to_owned(), format!("orders/{unknown}")] {
        let answer = account
            .request(&store, Method::GET, &format!("/api/v1/{path}"))
            .send()
            .await?;
        problem(answer, 404).await?;
    }
    let (status, _) = account.play(&store, unknown, &json!({})).await?;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let nowhere = store.http().get(store.url("/api/v1/nothing-here")).send().await?;
    problem(nowhere, 404).await?;
    Ok(())
}

#[tokio::test]
async fn accounts_refuse_what_they_cannot_take() -> Result<()> {
    let store = Store::open().await?;
    let ana = Account::open(&store, "ana").await?;
    let path = "/api/v1/account";
    let new = |email: &str, password: &str| json!({"email": email, "password": password, "name": "Eva"}).to_string();

    problem(post(&store, path, "{\"email\": ").await?, 400).await?;
    let (_, fields) = problem(post(&store, path, new("not an address", PASSWORD)).await?, 400).await?;
    assert_eq!(fields, ["email"]);
    let (_, fields) = problem(post(&store, path, new("eva@example.org", "short")).await?, 400).await?;
    assert_eq!(fields, ["password"]);
    let (code, _) = problem(post(&store, path, new(&ana.email.to_uppercase(), PASSWORD)).await?, 409).await?;
    assert_eq!(code, "EMAIL_TAKEN");
    let extra = json!({"email": "eva@example.org", "password": PASSWORD, "name": "Eva", "staff": true});
    let (_, fields) = problem(post(&store, path, extra.to_string()).await?, 400).await?;
    assert_eq!(fields, ["staff"]);
    problem(post(&store, path, vec![b'x'; 1024 * 1024]).await?, 413).await?;

    // No refused request left an account behind.
    let session = post(&store, "/api/v1/session", new("eva@example.org", PASSWORD)).await?;
    assert!(!session.status().is_success());
    Ok(())
}

#[tokio::test]
async fn passwords_that_others_would_guess_are_refused() -> Result<()> {
    let store = Store::open().await?;
    let new = |password: &str| {
        let (email, name) = ("peixoto@filmes.example", "Mário Marques");
        json!({"email": email, "password": password, "name": name}).to_string()
    };
    let weak = [
        "senha123",
        "SENHA123",
        "Senha123!",
        "corinthians",
        "Corinthians",
        "cOrInThIaNs",
        "password1",
        "PASSWORD1",
        "iloveyou1",
        // Parts of the name and of the address.
        "marques1931",
        "MarioMarques",
        "mário.marques",
        "Peixoto31!",
        "peixotofilmes",
    ];
    for password in weak {
        let (code, fields) = problem(post(&store, "/api/v1/account", new(password)).await?, 400).await?;
        assert_eq!(
            (code.as_str(), fields),
            ("PASSWORD_TOO_WEAK", vec!["password".to_owned()]),
            "{password}"
        );
    }
    let opened = post(&store, "/api/v1/account", new(PASSWORD)).await?;
    assert_eq!(
        opened.status(),
        StatusCode::CREATED,
        "none of them left an account behind"
    );
    let session: Value = opened.json().await?;
    let account = Account {
        email: "peixoto@filmes.example".to_owned(),
        token: session["token"].as_str().context("no token")?.to_owned(),
    };
    for password in weak {
        let change = json!({"current_password": PASSWORD, "password": password});
        let asked = account.request(&store, Method::POST, "/api/v1/account/password:change");
        let (code, _) = problem(asked.json(&change).send().await?, 400).await?;
        assert_eq!(code, "PASSWORD_TOO_WEAK", "{password}");
    }
    Ok(())
}

#[tokio::test]
async fn sign_in_answers_alike_for_unknown_addresses_and_wrong_passwords() -> Result<()> {
    let store = Store::open().await?;
    let ana = Account::open(&store, "ana").await?;
    let mut answers = Vec::new();
    for email in [ana.email.as_str(), "nobody@example.org"] {
        let body = json!({"email": email, "password": "not the password"}).to_string();
        let answer = post(&store, "/api/v1/session", body).await?;
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
        let mut body: Value = answer.json().await?;
        body["request_id"].take();
        answers.push(body);
    }
    assert_eq!(answers[0], answers[1]);
    Ok(())
}

#[tokio::test]
async fn orders_refuse_what_they_cannot_take_and_charge_nothing() -> Result<()> {
    let store = Store::open().await?;
    let account = Account::open(&store, "ana").await?;
    let title = store.title_id("nosferatu").await?;
    let offer = offer_of(&store, &title, "rent").await?;
    let send = async |key: Option<&str>, body: Value| {
        let mut request = account.request(&store, Method::POST, "/api/v1/orders").json(&body);
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        anyhow::Ok(request.send().await?)
    };
    let body = |price: Value| json!({"items": [{"offer_id": offer["id"], "price": price}], "payment": {"method": "card", "token": "tok_visa"}});
    let price = offer["price"].clone();

    problem(send(None, body(price.clone())).await?, 400).await?;
    problem(send(Some(&"k".repeat(256)), body(price.clone())).await?, 400).await?;
    let (_, fields) = problem(
        send(Some("k"), body(json!({"amount_minor": 0.1, "currency_code": "BRL"}))).await?,
        400,
    )
    .await?;
    assert!(fields[0].contains("amount_minor"), "{fields:?}");
    let (code, _) = problem(
        send(Some("k"), body(json!({"amount_minor": 1, "currency_code": "BRL"}))).await?,
        409,
    )
    .await?;
    assert_eq!(code, "PRICE_CHANGED");
    problem(
        send(
            Some("k2"),
            json!({"items": [], "payment": {"method": "card", "token": "tok_visa"}}),
        )
        .await?,
        400,
    )
    .await?;
    let unknown =
        json!({"items": [{"offer_id": "garbage", "price": price}], "payment": {"method": "card", "token": "tok_visa"}});
    problem(send(Some("k3"), unknown).await?, 404).await?;
    let guest = store
        .http()
        .post(store.url("/api/v1/orders"))
        .header("idempotency-key", "k");
    problem(guest.json(&body(price.clone())).send().await?, 401).await?;
    assert!(account.entitlements(&store).await?.is_empty());

    let order = Order {
        key: "k4",
        offer: &offer,
        card: "tok_visa",
    };
    let (status, first) = account.order(&store, &order).await?;
    assert_eq!(status, StatusCode::CREATED, "{first}");
    let other = Order {
        card: "tok_declined",
        ..order
    };
    let (status, answer) = account.order(&store, &other).await?;
    assert_eq!(
        (status, &answer["code"]),
        (StatusCode::CONFLICT, &json!("IDEMPOTENCY_KEY_REUSED"))
    );
    Ok(())
}

#[tokio::test]
async fn a_forged_media_address_plays_nothing() -> Result<()> {
    let store = Store::open().await?;
    for token in ["garbage", "a.b", "AAAA.BBBB", "%2e%2e%2flock"] {
        let answer = store
            .http()
            .get(store.url(&format!("/media/{token}/film.mp4")))
            .send()
            .await?;
        problem(answer, 404).await?;
    }
    Ok(())
}
