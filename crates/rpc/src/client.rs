//! A client of one service, over either carrier; `api` implements each service's trait for it.

use std::num::NonZeroUsize;
use std::pin::pin;
use std::str::FromStr;
use std::sync::Arc;

use tokio::time::Instant;

use crate::addresses::Addresses;
use crate::budget::{self, Budget};
use crate::call::Call;
use crate::edge::{guarded, within_limit};
use crate::encoding::Encoding;
use crate::fault::{Code, Fault, Reach};
use crate::method::Method;
use crate::peers::{Carrier, Peer, Peers, UnderWay};
use crate::routes::Payload;
use crate::stream::{Guarded, Stream};
use crate::tap::Tap;
use crate::vitals::{Kind, unanswered};

/// How often a call is tried again at most.
const RETRIES: u32 = 2;

/// How the roles of the store call each other.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Transport {
    /// In process, for roles that run in the same process.
    #[default]
    Local,
    Grpc,
    Rest,
}

impl FromStr for Transport {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "local" => Ok(Self::Local),
            "grpc" => Ok(Self::Grpc),
            "rest" => Ok(Self::Rest),
            _ => Err(format!("{text:?} is no transport: write local, grpc or rest")),
        }
    }
}

/// What a client needs besides an address.
#[derive(Debug, Clone, Default)]
pub struct ClientOptions {
    /// Authenticates calls over the network: sent with calls in the store's own name, and with calls that state a
    /// client's address.
    pub service_token: Option<Arc<str>>,
    /// Records the bytes on the client's connections.
    pub tap: Option<Tap>,
    /// The format and the compression of messages.
    pub encoding: Encoding,
    /// How many connections are kept to each replica over gRPC; a few by default.
    pub connections: Option<NonZeroUsize>,
}

/// What a client speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Network {
    Grpc,
    Rest,
    RestOverHttp2,
}

/// A client of one service, and of all its replicas.
#[derive(Clone)]
pub struct Client {
    peers: Arc<Peers>,
    budget: Arc<Budget>,
}

impl Client {
    /// A client over gRPC; it connects when it is first used.
    pub fn grpc(addresses: impl Into<Addresses>, options: ClientOptions) -> crate::Result<Self> {
        Self::over(Network::Grpc, addresses.into(), options)
    }

    /// A client over REST on HTTP/1.1.
    pub fn rest(addresses: impl Into<Addresses>, options: ClientOptions) -> crate::Result<Self> {
        Self::over(Network::Rest, addresses.into(), options)
    }

    /// A client over REST on HTTP/2 in clear text.
    pub fn rest_http2(addresses: impl Into<Addresses>, options: ClientOptions) -> crate::Result<Self> {
        Self::over(Network::RestOverHttp2, addresses.into(), options)
    }

    fn over(network: Network, addresses: Addresses, options: ClientOptions) -> crate::Result<Self> {
        Ok(Self {
            peers: Arc::new(Peers::new(addresses, network, options)?),
            budget: Arc::default(),
        })
    }

    /// Sends one message and returns the answer, within the call's deadline. Retries if no replica answered
    /// and a second attempt does no harm.
    pub async fn unary<Q: Payload, A: Payload>(&self, method: &Method<Q, A>, mut call: Call<Q>) -> crate::Result<A> {
        within_limit(&call.message)?;
        let deadline = Instant::now() + call.context.time_left();
        call.context.deadline = Some(deadline);
        // Pinned here because the future is large, and `in_time` and `timeout_at` would move it.
        let answered = pin!(async {
            let mut attempts = Attempts::of(self, method.idempotent);
            loop {
                let under_way = attempts.next(Kind::Unary).await?;
                let asked = async {
                    match &under_way.peer.carrier {
                        Carrier::Grpc(client) => client.unary(method, call.clone()).await,
                        Carrier::Rest(client) => client.unary(method, call.clone()).await,
                    }
                };
                let answer = under_way.answered(asked).await;
                drop(under_way);
                if let Some(answer) = attempts.settle(answer).await {
                    return answer;
                }
            }
        });
        in_time(Some(deadline), answered).await
    }

    /// Sends one message and returns a stream of answers.
    pub async fn server_streaming<Q: Payload, A: Payload>(
        &self,
        method: &Method<Q, A>,
        call: Call<Q>,
    ) -> crate::Result<Stream<A>> {
        within_limit(&call.message)?;
        let deadline = call.context.deadline;
        let opened = async {
            let mut attempts = Attempts::of(self, method.idempotent);
            loop {
                let under_way = attempts.next(Kind::Stream).await?;
                let peer = Arc::clone(&under_way.peer);
                let answers = match &peer.carrier {
                    Carrier::Grpc(client) => {
                        let asked = client.server_streaming(method, call.clone());
                        let answers = under_way.answered(asked).await;
                        answers.map(|answers| answering(answers, under_way, deadline))
                    }
                    Carrier::Rest(client) => {
                        let asked = client.server_streaming(method, call.clone());
                        let answers = under_way.answered(asked).await;
                        answers.map(|answers| answering(answers, under_way, deadline))
                    }
                };
                if let Some(answers) = attempts.settle(answers).await {
                    return answers;
                }
            }
        };
        in_time(deadline, opened).await
    }

    /// Sends a stream of messages and returns one answer. It is not retried, because its messages can be read only
    /// once.
    pub async fn client_streaming<Q: Payload, A: Payload>(
        &self,
        method: &Method<Q, A>,
        call: Call<Stream<Q>>,
    ) -> crate::Result<A> {
        let deadline = call.context.deadline;
        let call = guarded(call);
        let answered = async {
            let mut attempts = Attempts::of(self, false);
            let under_way = attempts.next(Kind::Stream).await?;
            let asked = async {
                match &under_way.peer.carrier {
                    Carrier::Grpc(client) => client.client_streaming(method, call).await,
                    Carrier::Rest(client) => client.client_streaming(method, call).await,
                }
            };
            attempts.note(under_way.answered(asked).await)
        };
        in_time(deadline, answered).await
    }

    /// Sends a stream of messages and returns a stream of answers.
    pub async fn bidirectional<Q: Payload, A: Payload>(
        &self,
        method: &Method<Q, A>,
        call: Call<Stream<Q>>,
    ) -> crate::Result<Stream<A>> {
        let deadline = call.context.deadline;
        let call = guarded(call);
        let opened = async {
            let mut attempts = Attempts::of(self, false);
            let under_way = attempts.next(Kind::Stream).await?;
            let asked = async {
                match &under_way.peer.carrier {
                    Carrier::Grpc(client) => client.bidirectional(method, call).await,
                    Carrier::Rest(client) => client.bidirectional(method, call).await,
                }
            };
            let stream = attempts.note(under_way.answered(asked).await)?;
            Ok((stream, under_way))
        };
        let (stream, under_way) = in_time(deadline, opened).await?;
        Ok(answering(stream, under_way, deadline))
    }
}

/// The answers of a call. The call counts as under way until they end, their reader drops them, or the replica hangs.
fn answering<A: Payload, E: Into<Fault>>(
    answers: impl futures::Stream<Item = Result<A, E>> + Send + Unpin + 'static,
    under_way: UnderWay,
    deadline: Option<Instant>,
) -> Stream<A> {
    let answers = Guarded::new(answers, deadline).until(under_way.hung(), unanswered);
    Box::pin(answers.telling(|_| drop(under_way)))
}

/// The attempts of one call.
struct Attempts<'a> {
    client: &'a Client,
    is_idempotent: bool,
    retries: u32,
    /// The replica of the last attempt.
    tried: Option<Arc<Peer>>,
}

impl<'a> Attempts<'a> {
    fn of(client: &'a Client, is_idempotent: bool) -> Self {
        client.budget.pay_in();
        Self {
            client,
            is_idempotent,
            retries: RETRIES,
            tried: None,
        }
    }

    /// Chooses the replica for the next attempt.
    async fn next(&mut self, kind: Kind) -> crate::Result<UnderWay> {
        let under_way = self.client.peers.choose(kind, self.tried.as_ref()).await?;
        self.tried = Some(Arc::clone(&under_way.peer));
        Ok(under_way)
    }

    /// Ejects the replica if it did not answer.
    fn note<T>(&self, answer: crate::Result<T>) -> crate::Result<T> {
        if let (Err(fault), Some(peer)) = (&answer, &self.tried)
            && fault.code == Code::Unavailable
            && fault.reach() != Reach::Answered
        {
            Peers::eject(peer);
        }
        answer
    }

    /// The call's final answer, or none if the caller of this function should try again: no replica answered, a second
    /// attempt does no harm, and the retry budget allows it.
    async fn settle<T>(&mut self, answer: crate::Result<T>) -> Option<crate::Result<T>> {
        let answer = self.note(answer);
        let reach = match &answer {
            Err(fault) if fault.code == Code::Unavailable => fault.reach(),
            _ => return Some(answer),
        };
        let is_harmless = self.is_idempotent || reach == Reach::Unsent;
        if self.retries == 0 || !is_harmless || !self.client.budget.spend() {
            return Some(answer);
        }
        self.retries -= 1;
        if reach != Reach::Unsent || !self.client.peers.are_several() {
            tokio::time::sleep(budget::wait()).await;
        }
        None
    }
}

/// Ends work at its deadline by this client's own clock, whatever the service does about the deadline.
async fn in_time<T>(deadline: Option<Instant>, work: impl Future<Output = crate::Result<T>>) -> crate::Result<T> {
    match deadline {
        None => work.await,
        Some(deadline) => {
            let done = tokio::time::timeout_at(deadline, work).await;
            done.unwrap_or_else(|_elapsed| Err(Fault::deadline_exceeded()))
        }
    }
}
