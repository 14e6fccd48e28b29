//! A client of one service, over either carrier; `api` implements each service's trait for it.

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::call::Call;
use crate::connect::Address;
use crate::edge::{guarded, within_limit};
use crate::fault::{Code, Fault};
use crate::grpc::GrpcClient;
use crate::method::Method;
use crate::rest::RestClient;
use crate::routes::Payload;
use crate::stream::{Guarded, Stream};
use crate::tap::Tap;

/// How often an idempotent call is tried again when the service cannot be reached.
const RETRIES: u32 = 1;
const RETRY_WAIT: Duration = Duration::from_millis(25);

/// How the parts of the store talk.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Transport {
    /// In process: for parts that live in one.
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
    /// Opens the store's name at services over the network; sent with calls in that name alone.
    pub service_token: Option<Arc<str>>,
    /// Sees what goes by on the client's connections.
    pub tap: Option<Tap>,
}

/// A client of one service.
#[derive(Clone)]
pub enum Client {
    Grpc(GrpcClient),
    Rest(Box<RestClient>),
}

impl Client {
    /// A client over gRPC; it connects when it is first used.
    pub fn grpc(address: &Address, options: ClientOptions) -> crate::Result<Self> {
        GrpcClient::new(address, options).map(Self::Grpc)
    }

    /// A client over REST on HTTP/1.1.
    pub fn rest(address: &Address, options: ClientOptions) -> Self {
        Self::Rest(Box::new(RestClient::new(address, false, options)))
    }

    /// A client over REST on HTTP/2 in clear text.
    pub fn rest_http2(address: &Address, options: ClientOptions) -> Self {
        Self::Rest(Box::new(RestClient::new(address, true, options)))
    }

    /// Carries one message each way: within its deadline, and once more when nobody answered and that does no harm.
    pub async fn unary<Q: Payload, A: Payload>(&self, method: &Method<Q, A>, mut call: Call<Q>) -> crate::Result<A> {
        within_limit(&call.message)?;
        let deadline = Instant::now() + call.context.time_left();
        call.context.deadline = Some(deadline);
        let attempts = async {
            let mut retries = if method.idempotent { RETRIES } else { 0 };
            loop {
                let answer = self.attempt(method, call.clone()).await;
                let unreached = answer.as_ref().is_err_and(|fault| fault.code == Code::Unavailable);
                if !unreached || retries == 0 {
                    return answer;
                }
                retries -= 1;
                tokio::time::sleep(RETRY_WAIT).await;
            }
        };
        in_time(Some(deadline), attempts).await
    }

    /// Carries one message there and a stream back.
    pub async fn server_streaming<Q: Payload, A: Payload>(
        &self,
        method: &Method<Q, A>,
        call: Call<Q>,
    ) -> crate::Result<Stream<A>> {
        within_limit(&call.message)?;
        let deadline = call.context.deadline;
        let opened = async {
            match self {
                Self::Grpc(client) => client.server_streaming(method, call).await,
                Self::Rest(client) => client.server_streaming(method, call).await,
            }
        };
        Ok(Guarded::new(in_time(deadline, opened).await?, deadline).boxed())
    }

    /// Carries a stream there and one message back.
    pub async fn client_streaming<Q: Payload, A: Payload>(
        &self,
        method: &Method<Q, A>,
        call: Call<Stream<Q>>,
    ) -> crate::Result<A> {
        let deadline = call.context.deadline;
        let call = guarded(call);
        let answered = async {
            match self {
                Self::Grpc(client) => client.client_streaming(method, call).await,
                Self::Rest(client) => client.client_streaming(method, call).await,
            }
        };
        in_time(deadline, answered).await
    }

    /// Carries a stream each way.
    pub async fn bidirectional<Q: Payload, A: Payload>(
        &self,
        method: &Method<Q, A>,
        call: Call<Stream<Q>>,
    ) -> crate::Result<Stream<A>> {
        let deadline = call.context.deadline;
        let call = guarded(call);
        let opened = async {
            match self {
                Self::Grpc(client) => client.bidirectional(method, call).await,
                Self::Rest(client) => client.bidirectional(method, call).await,
            }
        };
        Ok(Guarded::new(in_time(deadline, opened).await?, deadline).boxed())
    }

    async fn attempt<Q: Payload, A: Payload>(&self, method: &Method<Q, A>, call: Call<Q>) -> crate::Result<A> {
        match self {
            Self::Grpc(client) => client.unary(method, call).await,
            Self::Rest(client) => client.unary(method, call).await,
        }
    }
}

/// Each client settles an expired deadline by its own clock, whatever the other side makes of it.
async fn in_time<T>(deadline: Option<Instant>, work: impl Future<Output = crate::Result<T>>) -> crate::Result<T> {
    match deadline {
        None => work.await,
        Some(deadline) => {
            let done = tokio::time::timeout_at(deadline, work).await;
            done.unwrap_or_else(|_elapsed| Err(Fault::deadline_exceeded()))
        }
    }
}
