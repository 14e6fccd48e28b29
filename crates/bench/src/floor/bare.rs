//! A bare HTTP server that sends bytes from memory, immediately or after it has called others over gRPC, and the gRPC
//! echo next to it.

use std::sync::Arc;

use anyhow::{Context, Result};
use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::serve::ListenerExt;
use bytes::Bytes;
use futures::future::try_join_all;
use http::StatusCode;
use http::header::CONTENT_TYPE;
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;

use super::echo::{self, Echo};

/// What a floor sends.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct FloorSettings {
    /// The bytes of an HTTP answer.
    pub page: String,
    /// The bytes of a gRPC answer.
    pub answer: Vec<u8>,
    /// The addresses that it calls over gRPC before each page, all at once and with empty messages.
    pub asks: Vec<String>,
}

/// The addresses of a floor.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FloorAddresses {
    pub http: String,
    pub grpc: String,
}

struct Bare {
    page: Bytes,
    asks: Vec<Echo>,
}

/// Serves a floor on these listeners until the process ends.
pub async fn serve_floor(settings: FloorSettings, http: TcpListener, grpc: TcpListener) -> Result<()> {
    let asks = settings.asks.iter().map(|address| Echo::connect(address, 0));
    let bare = Bare {
        page: settings.page.into(),
        asks: try_join_all(asks).await?,
    };
    let router = Router::new().fallback(page).with_state(Arc::new(bare));
    let http = http.tap_io(|connection| {
        // A failure would only make the connection slower.
        let _ = connection.set_nodelay(true);
    });
    let pages = async { axum::serve(http, router).await.context("the floor's HTTP server ended") };
    futures::try_join!(pages, echo::serve(grpc, settings.answer.into()))?;
    Ok(())
}

async fn page(State(bare): State<Arc<Bare>>) -> Response {
    if try_join_all(bare.asks.iter().map(Echo::ask)).await.is_err() {
        return StatusCode::BAD_GATEWAY.into_response();
    }
    ([(CONTENT_TYPE, "application/json")], bare.page.clone()).into_response()
}
