//! How much a process takes on.

use clap::Args;
use rpc::Capacity;

/// How much each role carries at once. What exceeds it is refused with 503 and Retry-After.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct CapacityOptions {
    /// Requests and calls at once.
    #[arg(long = "max-calls", env = "DVS_MAX_CALLS", default_value_t = 1024, value_parser = above_zero, value_name = "CALLS")]
    pub(crate) calls: usize,
    /// Streams at once: exports, feeds, players.
    #[arg(long = "max-streams", env = "DVS_MAX_STREAMS", default_value_t = 4096, value_parser = above_zero, value_name = "STREAMS")]
    pub(crate) streams: usize,
    /// Connections at once on each address; more wait in the system's queue.
    #[arg(long = "max-connections", env = "DVS_MAX_CONNECTIONS", default_value_t = 4096, value_parser = above_zero, value_name = "CONNECTIONS")]
    pub(crate) connections: usize,
    /// Connections at once of one IPv4 address or one /64 of IPv6; a gateway behind --proxies-in-front has no such limit.
    #[arg(long = "max-connections-per-network", env = "DVS_MAX_CONNECTIONS_PER_NETWORK", default_value_t = 1024, value_parser = above_zero, value_name = "CONNECTIONS")]
    pub(crate) connections_per_network: usize,
}

impl CapacityOptions {
    pub(crate) fn of_services(self) -> Capacity {
        Capacity {
            calls: self.calls,
            streams: self.streams,
        }
    }
}

fn above_zero(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) | Err(_) => Err("write a whole number above zero".to_owned()),
        Ok(number) => Ok(number),
    }
}
