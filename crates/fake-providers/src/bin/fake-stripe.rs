//! Runs the stand-in for Stripe as a process: `fake-stripe [ADDRESS [WEBHOOK_URL WEBHOOK_SECRET]]`. It prints its address.

use std::io::Write as _;
use std::net::SocketAddr;

use fake_providers::FakeStripe;
use fake_providers::stripe::{Webhook, system_time};

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let address = arguments.next().unwrap_or_else(|| "127.0.0.1:0".to_owned());
    let address: SocketAddr = address.parse().map_err(std::io::Error::other)?;
    let webhook = arguments.next().zip(arguments.next());
    let webhook = webhook.map(|(url, secret)| Webhook { url, secret });
    let fake = FakeStripe::start(address, webhook, system_time()).await?;
    writeln!(std::io::stdout(), "{}", fake.url())?;
    std::future::pending().await
}
