//! A gRPC service on tonic alone that answers with prepared bytes: it shows what a call costs when nothing is done.

use std::pin::Pin;
use std::task::{Context, Poll};

use anyhow::{Context as _, Result, ensure};
use bytes::Bytes;
use futures::{StreamExt, stream};
use http::uri::PathAndQuery;
use rpc::{CONNECTION_WINDOW_BYTES, STREAM_WINDOW_BYTES};
use tokio::net::TcpListener;
use tonic::body::Body;
use tonic::client::Grpc as Client;
use tonic::server::{Grpc, NamedService, ServerStreamingService, UnaryService};
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Channel, Endpoint, Server};
use tonic::{Request, Response, Status};
use tonic_prost::ProstCodec;

use crate::load::Calls;

const ONE: &str = "/bench.Floor/One";
const MANY: &str = "/bench.Floor/Many";

/// A message of bytes, with the number of messages that a stream should have.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Parcel {
    #[prost(bytes = "bytes", tag = "1")]
    pub(super) bytes: Bytes,
    #[prost(uint32, tag = "2")]
    pub(super) wanted: u32,
}

impl Parcel {
    fn of(bytes: Bytes) -> Self {
        Self { bytes, wanted: 0 }
    }
}

/// Answers every call with the same bytes until the process ends.
pub(super) async fn serve(listener: TcpListener, answer: Bytes) -> Result<()> {
    Server::builder()
        .initial_connection_window_size(CONNECTION_WINDOW_BYTES)
        .initial_stream_window_size(STREAM_WINDOW_BYTES)
        .add_service(Ready(answer))
        .serve_with_incoming(TcpIncoming::from(listener).with_nodelay(Some(true)))
        .await
        .context("the floor's gRPC server ended")
}

/// The prepared answer.
#[derive(Clone)]
struct Ready(Bytes);

impl NamedService for Ready {
    const NAME: &'static str = "bench.Floor";
}

type Answer<T> = Pin<Box<dyn Future<Output = Result<T, Status>> + Send>>;

impl tower::Service<http::Request<Body>> for Ready {
    type Response = http::Response<Body>;
    type Error = std::convert::Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let ready = self.clone();
        Box::pin(async move {
            let mut grpc = Grpc::new(ProstCodec::<Parcel, Parcel>::default());
            Ok(match request.uri().path() {
                ONE => grpc.unary(ready, request).await,
                MANY => grpc.server_streaming(ready, request).await,
                _ => Status::unimplemented("a floor has two methods").into_http(),
            })
        })
    }
}

impl UnaryService<Parcel> for Ready {
    type Response = Parcel;
    type Future = Answer<Response<Parcel>>;

    fn call(&mut self, _: Request<Parcel>) -> Self::Future {
        let answer = Parcel::of(self.0.clone());
        Box::pin(async move { Ok(Response::new(answer)) })
    }
}

impl ServerStreamingService<Parcel> for Ready {
    type Response = Parcel;
    type ResponseStream = Pin<Box<dyn futures::Stream<Item = Result<Parcel, Status>> + Send>>;
    type Future = Answer<Response<Self::ResponseStream>>;

    fn call(&mut self, request: Request<Parcel>) -> Self::Future {
        let wanted = request.get_ref().wanted;
        let answer = Parcel::of(self.0.clone());
        let answers = stream::iter((0..wanted).map(move |_| Ok(answer.clone())));
        Box::pin(async move { Ok(Response::new(Box::pin(answers) as Self::ResponseStream)) })
    }
}

/// One connection to a floor.
#[derive(Clone)]
pub(crate) struct Echo {
    channel: Channel,
    ask: Bytes,
}

impl Echo {
    /// Connects, for calls with a message of this many bytes.
    pub(crate) async fn connect(address: &str, ask_bytes: usize) -> Result<Self> {
        let channel = Endpoint::from_shared(address.to_owned())?
            .tcp_nodelay(true)
            .initial_connection_window_size(CONNECTION_WINDOW_BYTES)
            .initial_stream_window_size(STREAM_WINDOW_BYTES)
            .connect()
            .await?;
        Ok(Self {
            channel,
            ask: Bytes::from(vec![b'x'; ask_bytes]),
        })
    }

    pub(super) async fn ask(&self) -> Result<Parcel> {
        let mut client = Client::new(self.channel.clone());
        client.ready().await?;
        let asked = Request::new(Parcel::of(self.ask.clone()));
        let codec = ProstCodec::<Parcel, Parcel>::default();
        let answer = client.unary(asked, PathAndQuery::from_static(ONE), codec).await?;
        Ok(answer.into_inner())
    }
}

impl Calls for Echo {
    async fn once(&self, _: u64) -> Result<u64> {
        self.ask().await.map(|_parcel| 1)
    }
}

/// Asks a floor for a stream of this many messages.
pub(crate) struct EchoStream {
    pub(crate) echo: Echo,
    pub(crate) messages: u32,
}

impl Calls for EchoStream {
    async fn once(&self, _: u64) -> Result<u64> {
        let mut client = Client::new(self.echo.channel.clone());
        client.ready().await?;
        let asked = Request::new(Parcel {
            bytes: Bytes::new(),
            wanted: self.messages,
        });
        let codec = ProstCodec::<Parcel, Parcel>::default();
        let answers = client
            .server_streaming(asked, PathAndQuery::from_static(MANY), codec)
            .await?;
        let mut answers = answers.into_inner();
        let mut heard = 0;
        while let Some(answer) = answers.next().await {
            answer?;
            heard += 1;
        }
        ensure!(heard == u64::from(self.messages), "the floor's stream was cut");
        Ok(heard)
    }
}
