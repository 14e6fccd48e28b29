//! A bare HTTP server that sends bytes from memory, alone or after it has asked others over gRPC, and the gRPC echo
//! beside it.

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

/// What a floor is to send.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct FloorSettings {
    /// Over HTTP.
    pub page: String,
    /// Over gRPC.
    pub answer: Vec<u8>,
    /// Whom it asks over gRPC, at once and with nothing to say, before each page.
    pub asks: Vec<String>,
}

/// Where a floor listens.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FloorAddresses {
    pub http: String,
    pub grpc: String,
}

struct Bare {
    page: Bytes,
    asks: Vec<Echo>,
}

/// Serves a floor on these listeners, until the process ends.
pub async fn serve_floor(settings: FloorSettings, http: TcpListener, grpc: TcpListener) -> Result<()> {
    let asks = settings.asks.iter().map(|address| Echo::connect(address, 0));
    let bare = Bare {
        page: settings.page.into(),
        asks: try_join_all(asks).await?,
    };
    let router = Router::new().fallback(page).with_state(Arc::new(bare));
    let http = http.tap_io(|connection| {
        // It would only be slower.
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
