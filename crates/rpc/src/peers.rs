//! The replicas of one service: which of them takes a call. A call goes to the one with the fewest under way; one that
//! could not be reached is left out until it answers its health check again.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use crate::addresses::Addresses;
use crate::client::{ClientOptions, Network};
use crate::connect::Address;
use crate::fault::Fault;
use crate::grpc::{GrpcClient, is_serving};
use crate::rest::RestClient;
use crate::stream::AbortOnDrop;

/// How often names are looked up again.
const LOOK_UP_EVERY: Duration = Duration::from_secs(5);
/// How often a replica that was left out is asked whether it is well again.
const CHECK_EVERY: Duration = Duration::from_millis(250);

/// One replica, and the client of it.
pub(crate) struct Peer {
    address: Address,
    pub(crate) carrier: Carrier,
    under_way: AtomicUsize,
    /// Left out for now.
    is_resting: AtomicBool,
}

/// A client of one address.
pub(crate) enum Carrier {
    Grpc(GrpcClient),
    Rest(Box<RestClient>),
}

/// All replicas of a service.
pub(crate) struct Peers {
    state: Arc<State>,
    /// Looks up names and asks for health, where there is more than one fixed address.
    keeper: Option<AbortOnDrop>,
}

struct State {
    addresses: Addresses,
    network: Network,
    options: ClientOptions,
    peers: RwLock<Arc<[Arc<Peer>]>>,
    next: AtomicUsize,
    /// Says that a replica was left out.
    rests: Notify,
}

/// A call that a replica has under way.
pub(crate) struct UnderWay(pub(crate) Arc<Peer>);

impl Peers {
    /// The keeper is a task of its own, so this wants a runtime around it unless there is one fixed address.
    pub(crate) fn new(addresses: Addresses, network: Network, options: ClientOptions) -> Result<Self, Fault> {
        let fixed = addresses.fixed();
        let keeps = addresses.may_change() || fixed.len() > 1;
        let state = Arc::new(State {
            addresses,
            network,
            options,
            peers: RwLock::new(Arc::new([])),
            next: AtomicUsize::new(0),
            rests: Notify::new(),
        });
        state.take(fixed)?;
        let keeper = keeps.then(|| AbortOnDrop(tokio::spawn(keep(Arc::clone(&state)))));
        Ok(Self { state, keeper })
    }

    /// The replica that a call goes to: the least busy of those that are well, or of all when none is; another than
    /// `tried` if there is one.
    pub(crate) async fn choose(&self, tried: Option<&Arc<Peer>>) -> Result<UnderWay, Fault> {
        let mut peers = self.state.peers();
        if peers.is_empty() {
            self.state.look_up().await?;
            peers = self.state.peers();
        }
        let turn = self.state.next.fetch_add(1, Ordering::Relaxed);
        let (before, after) = peers.split_at(turn.checked_rem(peers.len()).unwrap_or_default());
        let rank = |peer: &&Arc<Peer>| {
            let was_tried = tried.is_some_and(|tried| Arc::ptr_eq(tried, peer));
            let is_resting = peer.is_resting.load(Ordering::Relaxed);
            (was_tried, is_resting, peer.under_way.load(Ordering::Relaxed))
        };
        let chosen = after.iter().chain(before).min_by_key(rank);
        let chosen = chosen.ok_or_else(|| Fault::unavailable("the name has no addresses"))?;
        Ok(UnderWay::begin(Arc::clone(chosen)))
    }

    /// Whether there is another replica to turn to.
    pub(crate) fn are_several(&self) -> bool {
        self.state.peers().len() > 1
    }

    /// Leaves a replica out until it is well again; an only one is asked anyway.
    pub(crate) fn rest(&self, peer: &Peer) {
        if self.keeper.is_some() && !peer.is_resting.swap(true, Ordering::Relaxed) {
            tracing::info!(address = %peer.address, "a replica is left out until it is well again");
            self.state.rests.notify_one();
        }
    }
}

impl State {
    fn peers(&self) -> Arc<[Arc<Peer>]> {
        // Nothing panics while it holds the lock.
        Arc::clone(&self.peers.read().unwrap_or_else(PoisonError::into_inner))
    }

    async fn look_up(&self) -> Result<(), Fault> {
        let found = self.addresses.look_up().await;
        self.take(found.map_err(|error| Fault::unavailable(format!("the name cannot be looked up: {error}")))?)
    }

    /// Takes what was found, and keeps the replicas that were there before with the connections they have.
    fn take(&self, addresses: Vec<Address>) -> Result<(), Fault> {
        let before = self.peers();
        let mut peers: Vec<Arc<Peer>> = Vec::with_capacity(addresses.len());
        for address in addresses {
            if peers.iter().any(|peer| peer.address == address) {
                continue;
            }
            let known = before.iter().find(|peer| peer.address == address);
            peers.push(match known {
                Some(peer) => Arc::clone(peer),
                None => Arc::new(Peer::new(address, self.network, &self.options)?),
            });
        }
        *self.peers.write().unwrap_or_else(PoisonError::into_inner) = peers.into();
        Ok(())
    }

    /// Asks those that rest whether they are well; answers whether any still is not.
    async fn check(&self) -> bool {
        let mut rest = false;
        for peer in self
            .peers()
            .iter()
            .filter(|peer| peer.is_resting.load(Ordering::Relaxed))
        {
            if is_serving(&peer.address).await.unwrap_or_default() {
                tracing::info!(address = %peer.address, "a replica is well again");
                peer.is_resting.store(false, Ordering::Relaxed);
            } else {
                rest = true;
            }
        }
        rest
    }
}

/// Follows the names, and the health of those that rest, until it is aborted.
async fn keep(state: Arc<State>) {
    let mut look_up_at = Instant::now() + LOOK_UP_EVERY;
    let mut rest = false;
    loop {
        let check = async {
            if rest {
                tokio::time::sleep(CHECK_EVERY).await;
            } else {
                state.rests.notified().await;
            }
        };
        tokio::select! {
            () = check => rest = state.check().await,
            () = tokio::time::sleep_until(look_up_at), if state.addresses.may_change() => {
                if let Err(fault) = state.look_up().await {
                    tracing::warn!(private = fault.private(), "the replicas are kept as they were");
                }
                look_up_at = Instant::now() + LOOK_UP_EVERY;
            }
        }
    }
}

impl Peer {
    fn new(address: Address, network: Network, options: &ClientOptions) -> Result<Self, Fault> {
        let carrier = match network {
            Network::Grpc => Carrier::Grpc(GrpcClient::new(&address, options.clone())?),
            Network::Rest => Carrier::Rest(Box::new(RestClient::new(&address, false, options.clone()))),
            Network::RestOverHttp2 => Carrier::Rest(Box::new(RestClient::new(&address, true, options.clone()))),
        };
        Ok(Self {
            address,
            carrier,
            under_way: AtomicUsize::new(0),
            is_resting: AtomicBool::new(false),
        })
    }
}

impl UnderWay {
    fn begin(peer: Arc<Peer>) -> Self {
        peer.under_way.fetch_add(1, Ordering::Relaxed);
        Self(peer)
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Ordering::Relaxed);
    }
}
