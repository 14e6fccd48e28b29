//! The methods of one service on one port: each over gRPC and over REST, with gRPC's health and reflection.

use std::future::Future;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::routing::{MethodFilter, on, post};
use http::{Extensions, Request, Response};
use prost::Message;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio_util::sync::CancellationToken;
use tonic_health::ServingStatus;

use crate::call::Call;
use crate::method::{Method, Verb};
use crate::prompt::prompt;
use crate::server::CameOver;
use crate::stream::Stream;
use crate::wire::Peer;
use crate::{Fault, grpc, rest};

/// A generated message, which has both formats: Protobuf and JSON.
pub trait Payload: Message + Default + Clone + Serialize + DeserializeOwned + 'static {}

impl<T: Message + Default + Clone + Serialize + DeserializeOwned + 'static> Payload for T {}

/// The name that denotes all services of a server in gRPC's health check.
const EVERY_SERVICE: &str = "";

/// The routes of one service, made from its methods.
pub struct Routes {
    services: Vec<&'static str>,
    router: Router,
}

impl Routes {
    /// No routes yet, for the service with this full name.
    pub fn new(service: &'static str) -> Self {
        Self {
            services: vec![service],
            router: Router::new(),
        }
    }

    /// The routes of two services behind one address.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        self.services.extend(other.services);
        self.router = self.router.merge(other.router);
        self
    }

    /// Adds a method with one message each way.
    #[must_use]
    pub fn unary<Q, A, Serve, Answer>(self, method: &'static Method<Q, A>, serve: Serve) -> Self
    where
        Q: Payload,
        A: Payload,
        Serve: Fn(Call<Q>) -> Answer + Clone + Send + Sync + 'static,
        Answer: Future<Output = crate::Result<A>> + Send + 'static,
    {
        let over_rest = serve.clone();
        self.route(
            method,
            move |request| grpc::serve_unary(method, prompt(request), serve.clone()),
            move |request| rest::serve_unary(method, prompt(request), over_rest.clone()),
        )
    }

    /// Adds a method with one message there and a stream back.
    #[must_use]
    pub fn server_streaming<Q, A, Serve, Answer>(self, method: &'static Method<Q, A>, serve: Serve) -> Self
    where
        Q: Payload,
        A: Payload,
        Serve: Fn(Call<Q>) -> Answer + Clone + Send + Sync + 'static,
        Answer: Future<Output = crate::Result<Stream<A>>> + Send + 'static,
    {
        let over_rest = serve.clone();
        self.route(
            method,
            move |request| grpc::serve_server_streaming(method, prompt(request), serve.clone()),
            move |request| rest::serve_server_streaming(method, prompt(request), over_rest.clone()),
        )
    }

    /// Adds a method with a stream there and one message back.
    #[must_use]
    pub fn client_streaming<Q, A, Serve, Answer>(self, method: &'static Method<Q, A>, serve: Serve) -> Self
    where
        Q: Payload,
        A: Payload,
        Serve: Fn(Call<Stream<Q>>) -> Answer + Clone + Send + Sync + 'static,
        Answer: Future<Output = crate::Result<A>> + Send + 'static,
    {
        let over_rest = serve.clone();
        self.route(
            method,
            move |request| grpc::serve_client_streaming(method, request, serve.clone()),
            move |request| rest::serve_client_streaming(method, request, over_rest.clone()),
        )
    }

    /// Adds a method with a stream each way.
    #[must_use]
    pub fn bidirectional<Q, A, Serve, Answer>(self, method: &'static Method<Q, A>, serve: Serve) -> Self
    where
        Q: Payload,
        A: Payload,
        Serve: Fn(Call<Stream<Q>>) -> Answer + Clone + Send + Sync + 'static,
        Answer: Future<Output = crate::Result<Stream<A>>> + Send + 'static,
    {
        let over_rest = serve.clone();
        self.route(
            method,
            move |request| grpc::serve_bidirectional(method, request, serve.clone()),
            move |request| rest::serve_bidirectional(request, over_rest.clone()),
        )
    }

    fn route<Q: 'static, A: 'static, OverGrpc, OverRest>(
        self,
        method: &'static Method<Q, A>,
        over_grpc: impl Fn(Request<Body>) -> OverGrpc + Clone + Send + Sync + 'static,
        over_rest: impl Fn(Request<Body>) -> OverRest + Clone + Send + Sync + 'static,
    ) -> Self
    where
        OverGrpc: Future<Output = Response<Body>> + Send,
        OverRest: Future<Output = Response<Body>> + Send,
    {
        let router = self
            .router
            .route(
                method.grpc_path,
                post(async move |request: Request<Body>| over_grpc(request).await),
            )
            .route(
                method.rest_path,
                on(filter(method.verb), async move |request: Request<Body>| {
                    rest::serve_packed(request, over_rest).await
                }),
            );
        Self { router, ..self }
    }

    /// The router of the service's port. `descriptors` are its contracts, for reflection. The health check reports
    /// `NOT_SERVING` once `draining` is cancelled.
    pub async fn into_router(self, descriptors: &'static [u8], draining: CancellationToken) -> Result<Router, Fault> {
        let (reporter, health) = tonic_health::server::health_reporter();
        let services = self.services;
        for name in &services {
            reporter.set_service_status(name, ServingStatus::Serving).await;
        }
        tokio::spawn(async move {
            draining.cancelled().await;
            for name in services.into_iter().chain([EVERY_SERVICE]) {
                reporter.set_service_status(name, ServingStatus::NotServing).await;
            }
        });
        let reflection =
            || tonic_reflection::server::Builder::configure().register_encoded_file_descriptor_set(descriptors);
        let unreflected = |error| Fault::internal(format!("reflection: {error}"));
        // Many clients, Python's own among them, still use the older version of reflection.
        let ecosystem = tonic::service::Routes::new(health)
            .add_service(reflection().build_v1().map_err(unreflected)?)
            .add_service(reflection().build_v1alpha().map_err(unreflected)?);
        Ok(self.router.merge(ecosystem.into_axum_router().reset_fallback()))
    }
}

/// What the accept loop knows of the caller. A request that did not come through the accept loop counts as an
/// unauthenticated one from the network.
pub(crate) fn peer(extensions: &Extensions) -> &Peer {
    const STRANGER: &Peer = &Peer::Network {
        service_token: None,
        address: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
    };
    let came_over = extensions.get::<Arc<CameOver>>();
    came_over.map_or(STRANGER, |came_over| &came_over.peer)
}

fn filter(verb: Verb) -> MethodFilter {
    match verb {
        Verb::Get | Verb::WebSocket => MethodFilter::GET,
        Verb::Put => MethodFilter::PUT,
        Verb::Post => MethodFilter::POST,
        Verb::Delete => MethodFilter::DELETE,
        Verb::Patch => MethodFilter::PATCH,
    }
}
