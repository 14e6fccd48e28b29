//! Health checks over gRPC, which every service speaks on its port, whichever transport its callers use.

use std::num::NonZeroUsize;
use std::time::Duration;

use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use crate::client::ClientOptions;
use crate::connect::Address;
use crate::fault::Fault;
use crate::grpc::GrpcClient;

/// How long the answer may take.
const LIMIT: Duration = Duration::from_secs(1);

const TICK: Duration = Duration::from_millis(50);

/// Whether the services on a port report that they serve.
pub async fn is_serving(address: &Address) -> crate::Result<bool> {
    let asked = tokio::time::timeout(LIMIT, ask(&client(address)?)).await;
    asked.unwrap_or_else(|_elapsed| Err(Fault::deadline_exceeded()))
}

/// Checks the health of one service repeatedly, over one connection.
pub(crate) struct Health {
    address: Address,
    client: Option<GrpcClient>,
}

impl Health {
    pub(crate) fn of(address: &Address) -> Self {
        Self {
            address: address.clone(),
            client: None,
        }
    }

    /// Whether the service reports that it serves; none if it did not answer in time.
    pub(crate) async fn is_serving(&mut self, limit: Duration) -> crate::Result<Option<bool>> {
        let answered = tokio::select! {
            biased;
            answer = self.ask() => Some(answer?),
            () = own_time(limit) => None,
        };
        if answered.is_none() {
            // The connection may be dead, so the next check opens a new one.
            self.client = None;
        }
        Ok(answered)
    }

    async fn ask(&mut self) -> crate::Result<bool> {
        if let Some(client) = &self.client
            && let Ok(answer) = ask(client).await
        {
            return Ok(answer);
        }
        // The service may have closed the connection because of its age.
        let client = client(&self.address)?;
        let answer = ask(&client).await;
        self.client = answer.is_ok().then_some(client);
        answer
    }
}

/// Waits for `limit`, and longer if this process gets too little CPU time: then the service may get too little as well.
async fn own_time(limit: Duration) {
    let ticks = limit.as_millis() / TICK.as_millis();
    for _ in 0..ticks {
        tokio::time::sleep(TICK).await;
    }
}

fn client(address: &Address) -> crate::Result<GrpcClient> {
    let options = ClientOptions {
        connections: Some(NonZeroUsize::MIN),
        ..ClientOptions::default()
    };
    GrpcClient::new(address, options)
}

async fn ask(client: &GrpcClient) -> crate::Result<bool> {
    let answer = HealthClient::new(client.any_channel())
        .check(HealthCheckRequest::default())
        .await?;
    Ok(answer.into_inner().status() == ServingStatus::Serving)
}
