//! The replicas of one service: which of them takes a call. A call goes to the one with the fewest of its kind under way;
//! one that could not be reached, or does not answer, is left out until it answers its health check again.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::addresses::Addresses;
use crate::client::{ClientOptions, Network};
use crate::connect::Address;
use crate::fault::{Fault, Reach};
use crate::grpc::GrpcClient;
use crate::rest::RestClient;
use crate::stream::AbortOnDrop;
use crate::vitals::{Condition, Kind, Siblings, Vitals, unanswered, watch};

/// How often names are looked up again.
const LOOK_UP_EVERY: Duration = Duration::from_secs(5);

/// One replica, and the client of it.
pub(crate) struct Peer {
    address: Address,
    pub(crate) carrier: Carrier,
    vitals: Arc<Vitals>,
    /// Checks its health. None for a socket of this machine, because no other replica could take its place.
    watch: Option<AbortOnDrop>,
}

/// A client of one address.
pub(crate) enum Carrier {
    Grpc(GrpcClient),
    Rest(Box<RestClient>),
}

/// All replicas of a service.
pub(crate) struct Peers {
    state: Arc<State>,
    /// Resolves names periodically, if there are any.
    _keeper: Option<AbortOnDrop>,
}

struct State {
    addresses: Addresses,
    network: Network,
    options: ClientOptions,
    peers: RwLock<Arc<[Arc<Peer>]>>,
    /// Rotate among replicas with equally many calls, and with equally many streams, under way.
    next_unary: AtomicUsize,
    next_stream: AtomicUsize,
    siblings: Arc<Siblings>,
}

/// A call that a replica has under way.
pub(crate) struct UnderWay {
    pub(crate) peer: Arc<Peer>,
    kind: Kind,
}

impl Peers {
    /// Spawns tasks for health checks and look-ups, so it must be called within a runtime.
    pub(crate) fn new(addresses: Addresses, network: Network, options: ClientOptions) -> Result<Self, Fault> {
        let fixed = addresses.fixed();
        let looks_up = addresses.may_change();
        let state = Arc::new(State {
            addresses,
            network,
            options,
            peers: RwLock::new(Arc::new([])),
            next_unary: AtomicUsize::new(0),
            next_stream: AtomicUsize::new(0),
            siblings: Arc::default(),
        });
        state.take(fixed)?;
        let keeper = looks_up.then(|| AbortOnDrop(tokio::spawn(keep(Arc::clone(&state)))));
        Ok(Self { state, _keeper: keeper })
    }

    /// Chooses the replica for a call: of those that are well, the one with the fewest calls of this kind under way,
    /// and not `tried` if there is another. If all replicas hang, the call fails at once instead of at its deadline.
    pub(crate) async fn choose(&self, kind: Kind, tried: Option<&Arc<Peer>>) -> Result<UnderWay, Fault> {
        let mut peers = self.state.peers();
        if peers.is_empty() {
            self.state.look_up().await?;
            peers = self.state.peers();
        }
        let next = match kind {
            Kind::Unary => &self.state.next_unary,
            Kind::Stream => &self.state.next_stream,
        };
        let turn = next.fetch_add(1, Ordering::Relaxed);
        let (before, after) = peers.split_at(turn.checked_rem(peers.len()).unwrap_or_default());
        let rank = |peer: &&Arc<Peer>| {
            let was_tried = tried.is_some_and(|tried| Arc::ptr_eq(tried, peer));
            let condition = peer.vitals.condition();
            let is_hung = condition == Condition::Hung;
            (is_hung, was_tried, condition, peer.vitals.under_way(kind))
        };
        let chosen = after.iter().chain(before).min_by_key(rank);
        let chosen = chosen.ok_or_else(|| Fault::unavailable("the name has no addresses"))?;
        if chosen.vitals.condition() == Condition::Hung {
            // Nothing above awaits: without this yield a caller that retries at once would starve the health checks on
            // its thread.
            tokio::task::coop::consume_budget().await;
            return Err(Fault::unavailable("no replica answers"));
        }
        Ok(UnderWay::begin(Arc::clone(chosen), kind))
    }

    /// Whether there is another replica to turn to.
    pub(crate) fn are_several(&self) -> bool {
        self.state.peers().len() > 1
    }

    /// Ejects a replica until it is well again; if it is the only one, calls still go to it.
    pub(crate) fn eject(peer: &Peer) {
        if peer.watch.is_some() && peer.vitals.eject() {
            tracing::info!(address = %peer.address, "a replica is left out until it is well again");
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

    /// Replaces the replicas by those at these addresses; a replica that was there before keeps its connections.
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
                None => Arc::new(Peer::new(address, self.network, &self.options, &self.siblings)?),
            });
        }
        self.siblings.count.store(peers.len(), Ordering::Relaxed);
        *self.peers.write().unwrap_or_else(PoisonError::into_inner) = peers.into();
        Ok(())
    }
}

/// Resolves the names again and again until the task is aborted.
async fn keep(state: Arc<State>) {
    loop {
        tokio::time::sleep(LOOK_UP_EVERY).await;
        if let Err(fault) = state.look_up().await {
            tracing::warn!(private = fault.private(), "the replicas are kept as they were");
        }
    }
}

impl Peer {
    fn new(
        address: Address,
        network: Network,
        options: &ClientOptions,
        siblings: &Arc<Siblings>,
    ) -> Result<Self, Fault> {
        let carrier = match network {
            Network::Grpc => Carrier::Grpc(GrpcClient::new(&address, options.clone())?),
            Network::Rest => Carrier::Rest(Box::new(RestClient::new(&address, false, options.clone()))),
            Network::RestOverHttp2 => Carrier::Rest(Box::new(RestClient::new(&address, true, options.clone()))),
        };
        let vitals = Arc::new(Vitals::new(Arc::clone(siblings)));
        let watch = matches!(address, Address::Tcp(_))
            .then(|| AbortOnDrop(tokio::spawn(watch(Arc::clone(&vitals), address.clone()))));
        Ok(Self {
            address,
            carrier,
            vitals,
            watch,
        })
    }
}

impl UnderWay {
    fn begin(peer: Arc<Peer>, kind: Kind) -> Self {
        peer.vitals.begin(kind);
        Self { peer, kind }
    }

    /// The answer of the replica, or a fault once it is found to be hung.
    pub(crate) async fn answered<T>(&self, answer: impl Future<Output = crate::Result<T>>) -> crate::Result<T> {
        let hung = self.peer.vitals.hung();
        let answer = tokio::select! {
            biased;
            answer = answer => answer,
            () = hung.cancelled() => return Err(unanswered()),
        };
        let is_answer = answer
            .as_ref()
            .err()
            .is_none_or(|fault| fault.reach() == Reach::Answered);
        if is_answer {
            self.peer.vitals.heard();
        }
        answer
    }

    /// Cancelled once the replica is found to be hung.
    pub(crate) fn hung(&self) -> CancellationToken {
        self.peer.vitals.hung()
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.peer.vitals.end(self.kind);
    }
}
