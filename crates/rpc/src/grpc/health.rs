//! Asks a service whether it is well, over gRPC, which every service speaks on its port whatever its callers do.

use std::time::Duration;

use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use crate::client::ClientOptions;
use crate::connect::Address;
use crate::fault::Fault;
use crate::grpc::GrpcClient;

/// How long it may take to say so.
const LIMIT: Duration = Duration::from_secs(1);

/// Whether the services on a port say that they serve.
pub async fn is_serving(address: &Address) -> crate::Result<bool> {
    let client = GrpcClient::new(address, ClientOptions::default())?;
    let asked = async {
        let answer = HealthClient::new(client.any_channel())
            .check(HealthCheckRequest::default())
            .await?;
        Ok(answer.into_inner().status() == ServingStatus::Serving)
    };
    let asked = tokio::time::timeout(LIMIT, asked).await;
    asked.unwrap_or_else(|_elapsed| Err(Fault::deadline_exceeded()))
}
