//! A session that is revoked at one gateway is refused by every other one, and at the services' ports, within two seconds.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use e2e::{Asked, Cluster, PASSWORD};
use futures::{SinkExt, StreamExt};
use reqwest::{Client, Method, Response, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{WebSocketStream, client_async};

/// How long a revoked session may still work.
const REVOKED_WITHIN: Duration = Duration::from_secs(2);
const PAUSE: Duration = Duration::from_millis(25);

const RENTS: [usize; 2] = [2, 3];
const GATEWAYS: [usize; 2] = [4, 5];

/// A customer with a session that both gateways have cached, and an identity that was signed for it.
struct Revoked<'a> {
    cluster: &'a Cluster,
    http: Client,
    token: String,
    identity: String,
    title: String,
    offer: Value,
    /// A rental of the title.
    entitlement: String,
}

impl<'a> Revoked<'a> {
    async fn sign_up(cluster: &'a Cluster, name: &str) -> Result<Self> {
        let body = json!({"email": format!("{name}@example.org"), "password": PASSWORD, "name": name});
        let asked = Asked::send(Method::POST, "/api/v1/account", body);
        let (status, answer) = cluster.balancer.ask(&asked).await?;
        ensure!(status == StatusCode::CREATED, "{status}: {answer}");
        let (_, found) = cluster.balancer.ask(&Asked::get("/api/v1/titles?q=nosferatu")).await?;
        let title = found["titles"][0]["id"]
            .as_str()
            .context("nothing is found")?
            .to_owned();
        let (_, page) = cluster
            .balancer
            .ask(&Asked::get(format!("/api/v1/titles/{title}")))
            .await?;
        let offers = page["offers"].as_array().context("no offers")?;
        let offer = offers
            .iter()
            .find(|offer| offer["kind"] == "rent")
            .context("no rental")?;
        let mut customer = Self {
            cluster,
            http: Client::new(),
            token: answer["token"].as_str().context("no token")?.to_owned(),
            identity: String::new(),
            offer: offer.clone(),
            title,
            entitlement: String::new(),
        };
        customer.rent_film().await?;
        customer.sign_identity().await?;
        for gateway in GATEWAYS {
            ensure!(
                customer.is_let_in(gateway).await?,
                "gateway {gateway} knows the session"
            );
        }
        for rent in RENTS {
            ensure!(customer.writes_at(rent).await?, "rent {rent} knows the session");
        }
        Ok(customer)
    }

    /// Gets the identity that a gateway gets for the session; any process that reaches rent's port can.
    async fn sign_identity(&mut self) -> Result<()> {
        let url = format!("{}/v1/sessions:authenticate", self.cluster.address(RENTS[0]));
        let answer = self.http.post(url).json(&json!({"token": self.token})).send().await?;
        let answer: Value = answer.error_for_status()?.json().await?;
        answer["signed"]
            .as_str()
            .context("no identity")?
            .clone_into(&mut self.identity);
        Ok(())
    }

    async fn rent_film(&mut self) -> Result<()> {
        let answer = self.order(GATEWAYS[0], "first").await?;
        let answer: Value = answer.error_for_status()?.json().await?;
        let entitlement = answer["entitlements"][0]["id"].as_str();
        entitlement.context("no entitlement")?.clone_into(&mut self.entitlement);
        Ok(())
    }

    async fn order(&self, gateway: usize, key: &str) -> Result<Response> {
        let order = json!({
            "items": [{"offer_id": self.offer["id"], "price": self.offer["price"]}],
            "payment": {"method": "card", "token": "tok_visa"},
        });
        let url = format!("{}/api/v1/orders", self.cluster.address(gateway));
        let asked = self.http.post(url).bearer_auth(&self.token);
        Ok(asked.header("idempotency-key", key).json(&order).send().await?)
    }

    async fn ask(&self, gateway: usize, method: Method, path: &str, body: Value) -> Result<StatusCode> {
        let url = format!("{}{path}", self.cluster.address(gateway));
        let asked = self.http.request(method, url).bearer_auth(&self.token);
        Ok(asked.json(&body).send().await?.status())
    }

    async fn is_let_in(&self, gateway: usize) -> Result<bool> {
        let path = format!("/api/v1/watchlist/{}", self.title);
        let status = self.ask(gateway, Method::PUT, &path, json!({})).await?;
        ensure!(status.is_success() || status == StatusCode::UNAUTHORIZED, "{status}");
        Ok(status.is_success())
    }

    /// Tries to write at a service's own port with the earlier identity.
    async fn writes_at(&self, rent: usize) -> Result<bool> {
        let url = format!("{}/v1/watchlist/{}", self.cluster.address(rent), self.title);
        let asked = self.http.put(url).header("x-dvs-identity", &self.identity);
        let status = asked.send().await?.status();
        ensure!(status.is_success() || status == StatusCode::UNAUTHORIZED, "{status}");
        Ok(status.is_success())
    }

    /// Waits until no gateway accepts the session any more; then an order and a player must be refused too.
    async fn expect_revoked(&self) -> Result<()> {
        let revoked_at = Instant::now();
        for gateway in GATEWAYS {
            while self.is_let_in(gateway).await? {
                ensure!(
                    revoked_at.elapsed() < REVOKED_WITHIN,
                    "gateway {gateway} still lets it in"
                );
                tokio::time::sleep(PAUSE).await;
            }
            let status = self.order(gateway, "late").await?.status();
            ensure!(
                status == StatusCode::UNAUTHORIZED,
                "an order at gateway {gateway}: {status}"
            );
            let player = format!("/api/v1/library/{}/playback", self.entitlement);
            let start = json!({"confirm_start": true, "take_over": true});
            let status = self.ask(gateway, Method::POST, &player, start).await?;
            ensure!(
                status == StatusCode::UNAUTHORIZED,
                "a player at gateway {gateway}: {status}"
            );
        }
        for rent in RENTS {
            while self.writes_at(rent).await? {
                ensure!(
                    revoked_at.elapsed() < REVOKED_WITHIN,
                    "rent {rent} still takes the identity"
                );
                tokio::time::sleep(PAUSE).await;
            }
        }
        Ok(())
    }
}

#[tokio::test]
async fn whatever_ends_a_session_ends_it_at_every_gateway_and_every_port() -> Result<()> {
    let cluster = Cluster::start().await?;
    let signed_out = Revoked::sign_up(&cluster, "ana").await?;
    let status = signed_out
        .ask(GATEWAYS[0], Method::DELETE, "/api/v1/session", json!({}))
        .await?;
    ensure!(status == StatusCode::NO_CONTENT, "{status}");
    signed_out.expect_revoked().await?;

    let left = Revoked::sign_up(&cluster, "bia").await?;
    let last_word = json!({"current_password": PASSWORD});
    let status = left
        .ask(GATEWAYS[1], Method::POST, "/api/v1/account/deletion", last_word)
        .await?;
    ensure!(status == StatusCode::NO_CONTENT, "{status}");
    left.expect_revoked().await?;

    // Another session of the same account changes the password.
    let changed = Revoked::sign_up(&cluster, "cai").await?;
    let sign_in = json!({"email": "cai@example.org", "password": PASSWORD});
    let (_, answer) = cluster
        .balancer
        .ask(&Asked::send(Method::POST, "/api/v1/session", sign_in))
        .await?;
    let other = answer["token"].as_str().context("no token")?;
    let change = json!({"current_password": PASSWORD, "password": "another lamp amber 1922"});
    let change = Asked::send(Method::POST, "/api/v1/account/password:change", change).by(other);
    let (status, answer) = cluster.balancer.ask(&change).await?;
    ensure!(status == StatusCode::NO_CONTENT, "{status}: {answer}");
    changed.expect_revoked().await?;

    // Another session ends all the others.
    let ended = Revoked::sign_up(&cluster, "dea").await?;
    let sign_in = json!({"email": "dea@example.org", "password": PASSWORD});
    let (_, answer) = cluster
        .balancer
        .ask(&Asked::send(Method::POST, "/api/v1/session", sign_in))
        .await?;
    let other = answer["token"].as_str().context("no token")?;
    let everywhere = Asked::send(Method::DELETE, "/api/v1/account/sessions", json!({})).by(other);
    let (status, answer) = cluster.balancer.ask(&everywhere).await?;
    ensure!(status == StatusCode::NO_CONTENT, "{status}: {answer}");
    ended.expect_revoked().await
}

#[tokio::test]
async fn a_gateway_whose_feed_was_cut_refuses_an_ended_session() -> Result<()> {
    let cluster = Cluster::start().await?;
    let ana = Revoked::sign_up(&cluster, "ana").await?;
    // The rent that a gateway follows dies and comes back: the gateway follows the other one, or asks for each request.
    for rent in RENTS {
        cluster.kill(rent).await?;
        cluster.begin(rent).await?;
    }
    let token = json!({"token": ana.token});
    let url = format!("{}/v1/sessions:delete", cluster.address(RENTS[1]));
    let status = Client::new().post(url).json(&token).send().await?.status();
    ensure!(status.is_success(), "{status}");
    ana.expect_revoked().await
}

/// Sends a request of a guest, which must be accepted.
async fn accepted(cluster: &Cluster, path: &str, body: Value) -> Result<()> {
    let (status, answer) = cluster.balancer.ask(&Asked::send(Method::POST, path, body)).await?;
    ensure!(status.is_success(), "{path}: {status}: {answer}");
    Ok(())
}

#[tokio::test]
async fn after_a_reset_or_a_changed_address_nothing_of_before_orders_plays_or_changes() -> Result<()> {
    let cluster = Cluster::start().await?;
    let reset = Revoked::sign_up(&cluster, "ana").await?;
    let email = json!({"email": "ana@example.org"});
    accepted(&cluster, "/api/v1/account/password-reset", email).await?;
    let token = cluster.mailed_token("ana@example.org", "reset").await?;
    let another = json!({"token": token, "password": "another lamp amber 1922"});
    accepted(&cluster, "/api/v1/account/password", another).await?;
    reset.expect_revoked().await?;

    let moved = Revoked::sign_up(&cluster, "bia").await?;
    let change = json!({"current_password": PASSWORD, "email": "bia@elsewhere.example"});
    let change = Asked::send(Method::POST, "/api/v1/account/email-change", change).by(&moved.token);
    let (status, answer) = cluster.balancer.ask(&change).await?;
    ensure!(status.is_success(), "{status}: {answer}");
    let token = cluster.mailed_token("bia@elsewhere.example", "email").await?;
    accepted(&cluster, "/api/v1/account/email", json!({"token": token})).await?;
    moved.expect_revoked().await
}

/// A conversation of the player over a WebSocket.
struct Player(WebSocketStream<TcpStream>);

impl Player {
    /// Connects to a gateway and opens the film.
    async fn open(customer: &Revoked<'_>, gateway: usize) -> Result<Self> {
        let address = customer.cluster.address(gateway);
        let host = address.trim_start_matches("http://");
        let url = format!("ws://{host}/api/v1/library/{}/play", customer.entitlement);
        let mut request = url.into_client_request()?;
        let bearer = format!("Bearer {}", customer.token).parse()?;
        request.headers_mut().insert("authorization", bearer);
        let (socket, _) = client_async(request, TcpStream::connect(host).await?).await?;
        let mut player = Self(socket);
        let open = json!({"type": "open", "confirm_start": true, "take_over": true});
        player.0.send(Message::text(open.to_string())).await?;
        let granted = player.hears().await?.context("it closed")?;
        ensure!(granted["type"] == "granted", "{granted}");
        Ok(player)
    }

    /// The next word of the store; none once the conversation is over.
    async fn hears(&mut self) -> Result<Option<Value>> {
        while let Some(message) = self.0.next().await {
            match message? {
                Message::Text(text) => return Ok(Some(serde_json::from_str(&text)?)),
                Message::Close(_) => return Ok(None),
                _ => {}
            }
        }
        Ok(None)
    }
}

#[tokio::test]
async fn a_player_ends_when_its_session_is_ended_at_another_gateway() -> Result<()> {
    let cluster = Cluster::start().await?;
    let ana = Revoked::sign_up(&cluster, "ana").await?;
    let mut player = Player::open(&ana, GATEWAYS[0]).await?;
    let status = ana
        .ask(GATEWAYS[1], Method::DELETE, "/api/v1/session", json!({}))
        .await?;
    ensure!(status == StatusCode::NO_CONTENT, "{status}");
    let ends = async {
        while let Some(word) = player.hears().await? {
            if word["type"] == "ended" {
                break;
            }
        }
        anyhow::Ok(())
    };
    timeout(REVOKED_WITHIN, ends).await.context("the player plays on")??;
    ana.expect_revoked().await
}
