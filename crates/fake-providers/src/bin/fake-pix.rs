//! Runs the stand-in for a bank with API Pix as a process: `fake-pix [ADDRESS]`. It prints its address.

use std::io::Write as _;
use std::net::SocketAddr;

use fake_providers::FakePix;
use fake_providers::stripe::system_time;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:0".to_owned());
    let address: SocketAddr = address.parse().map_err(std::io::Error::other)?;
    let fake = FakePix::start(address, system_time()).await?;
    writeln!(std::io::stdout(), "{}", fake.url())?;
    std::future::pending().await
}
