//! A call: its message, and the context that every carrier transports with it.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::identity::Caller;

/// How long a call may take when its caller does not say.
pub const DEFAULT_DEADLINE: Duration = Duration::from_secs(10);

/// A request with its context.
#[derive(Debug, Clone)]
pub struct Call<T> {
    pub message: T,
    pub context: Context,
}

impl<T> Call<T> {
    pub fn new(message: T, context: Context) -> Self {
        Self { message, context }
    }

    /// A call that one of the store's own parts makes for itself.
    pub fn by_service(message: T) -> Self {
        Self::new(message, Context::by_service())
    }
}

/// What a call carries besides its message: metadata over gRPC, headers over REST, this struct in process.
#[derive(Debug, Clone, Default)]
pub struct Context {
    /// A customer's identity, signed by rent (see [`crate::identity`]); checked by the service that needs it.
    pub identity: Option<Arc<str>>,
    /// Whether the call is made in the store's own name.
    pub authority: Authority,
    /// When the caller stops waiting; a stream without a deadline runs until one side ends it.
    pub deadline: Option<Instant>,
    /// Identifies the request in every log line that it causes. The process that receives the request from outside
    /// assigns it.
    pub request_id: Option<Arc<str>>,
    /// W3C trace context, forwarded unchanged.
    pub traceparent: Option<Arc<str>>,
    /// The caller, as the service's edge has determined it; [`Caller::Anybody`] before that and in calls of public
    /// methods.
    pub caller: Caller,
    /// The address of the client: the one that an authenticated gateway states, or else the connection's. None if a
    /// tool or the store itself calls.
    pub client_address: Option<IpAddr>,
}

impl Context {
    /// The context of a call in the store's own name.
    pub fn by_service() -> Self {
        Self {
            authority: Authority::Service,
            ..Self::default()
        }
    }

    /// The context for a call made on behalf of this one in the store's own name: same deadline, request and trace.
    #[must_use]
    pub fn onward_by_service(&self) -> Self {
        Self {
            identity: None,
            authority: Authority::Service,
            caller: Caller::Anybody,
            ..self.clone()
        }
    }

    /// The network that the request came from, by which rate limits count callers: an IPv4 address, or a whole /64 of
    /// IPv6, because providers assign at least a /64 to each household.
    pub fn client_network(&self) -> Option<IpAddr> {
        self.client_address.map(network)
    }

    /// The time left until the deadline; the default deadline's duration if the call has none.
    pub fn time_left(&self) -> Duration {
        self.deadline.map_or(DEFAULT_DEADLINE, |deadline| {
            deadline.saturating_duration_since(Instant::now())
        })
    }
}

/// The network of an address: an IPv4 address itself, or the /64 of an IPv6 address.
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6((v6.to_bits() & !u128::from(u64::MAX)).into()),
        v4 @ IpAddr::V4(_) => v4,
    }
}

/// In whose name a call is made, besides the customer whose identity it carries.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Authority {
    /// The call carries no authority of the store: what it may do depends on its identity alone.
    #[default]
    None,
    /// The call is made in the store's name, by another service or by a tool with the data folder or the service token.
    Service,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_household_of_ipv6_is_one_caller() {
        let near = |text: &str| network(text.parse().unwrap());
        assert_eq!(near("2001:db8:1:2::1"), near("2001:db8:1:2:ffff::9"));
        assert_ne!(near("2001:db8:1:2::1"), near("2001:db8:1:3::1"));
        assert_eq!(near("::ffff:1.2.3.4"), near("1.2.3.4"));
    }
}
