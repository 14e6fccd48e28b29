//! `dvs doctor`: reports which parts of a store can be reached and which cannot.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use axum::body::Bytes;
use http_body_util::{BodyExt, Empty, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use rpc::{Address, Addresses};
use tokio::time::Instant;

use crate::commands::{say, unavailable};
use crate::config::{DatabaseRole, DoctorOptions, Role, StoreOptions};
use crate::databases;
use crate::folder::{self, Claim, DataFolder};
use crate::reach::{Missing, StoreConnection};
use crate::{private, reach, trouble};

/// The largest answer that is read of a gateway that is not ready.
const ANSWER_LIMIT_BYTES: usize = 64 * 1024;
/// How long a gateway may take to answer whether it is ready.
const LIMIT: Duration = Duration::from_secs(3);

pub(crate) async fn run(options: DoctorOptions) -> Result<()> {
    let mut findings = Findings::default();
    for gateway in &options.gateway {
        findings.find(&format!("gateway {gateway}"), is_ready(gateway)).await?;
    }
    let services = [
        (Role::Catalogue, &options.store.catalogue),
        (Role::Rent, &options.store.rent),
    ];
    for (service, addresses) in services {
        if let Some(addresses) = addresses
            && options.looks_at_service(service)
        {
            findings.services(service.name(), addresses).await?;
        }
    }
    for (role, database) in [
        (Role::Catalogue, DatabaseRole::Catalogue),
        (Role::Rent, DatabaseRole::Rent),
    ] {
        if let Some(url) = options.database_of(role) {
            findings
                .find(&format!("{} database", role.name()), databases::check(database, url))
                .await?;
        }
    }
    if findings.looked_at == 0 {
        findings.folder(&options.store.data_dir).await?;
    }
    if findings.bad == 0 && has_catalogue(&options.store)? {
        let store = StoreConnection::open(&options.store, "dvs doctor", Missing::Refuse).await?;
        let told = unavailable::tell(store.catalogue().await?).await;
        store.close().await;
        told?;
    }
    ensure!(
        findings.bad == 0,
        "{} of {} cannot be used",
        findings.bad,
        findings.looked_at
    );
    Ok(())
}

/// Whether a catalogue can be asked: one elsewhere, for which there is a service token, or that of a store that runs
/// here. A closed store was asked already, in a copy, because opening it would change it.
fn has_catalogue(store: &StoreOptions) -> Result<bool> {
    match &store.catalogue {
        Some(_) => Ok(store.token.is_given()),
        None => Ok(store.rent.is_none() && folder::is_open(&store.data_dir)?),
    }
}

impl DoctorOptions {
    /// Whether one of the given roles calls this service; true if no role is given.
    fn looks_at_service(&self, service: Role) -> bool {
        let calls = |role: &Role| matches!((role, service), (Role::Gateway, _) | (Role::Rent, Role::Catalogue));
        self.role.is_empty() || self.role.iter().any(calls)
    }

    /// The database of a role to check: `--database-url` is that of the only role.
    fn database_of(&self, role: Role) -> Option<&str> {
        let of_role = match role {
            Role::Catalogue => &self.databases.catalogue_database_url,
            Role::Rent => &self.databases.rent_database_url,
            Role::Gateway => &None,
        };
        let of_the_one = self.databases.database_url.as_ref().filter(|_| self.role == [role]);
        let url = of_role.as_ref().or(of_the_one)?;
        (self.role.is_empty() || self.role.contains(&role)).then_some(url)
    }
}

#[derive(Default)]
struct Findings {
    looked_at: usize,
    bad: usize,
}

impl Findings {
    /// Checks one thing, and reports the result.
    async fn find(&mut self, what: &str, look: impl Future<Output = Result<()>>) -> Result<()> {
        let begun = Instant::now();
        let found = look.await;
        self.looked_at += 1;
        match found {
            Ok(()) => say(format_args!(
                "well  {what} ({:.0} ms)",
                begun.elapsed().as_secs_f64() * 1000.0
            )),
            Err(error) => {
                self.bad += 1;
                say(format_args!("BAD   {what}: {error:#}"))
            }
        }
    }

    async fn services(&mut self, service: &str, addresses: &Addresses) -> Result<()> {
        match addresses.look_up().await {
            Ok(found) => {
                for address in found {
                    self.find(&format!("{service} {address}"), is_serving(service, &address))
                        .await?;
                }
                Ok(())
            }
            Err(error) => {
                let unknown = async { Err(error).context("its name cannot be looked up") };
                self.find(service, unknown).await
            }
        }
    }

    /// Checks a store on this machine.
    async fn folder(&mut self, data_dir: &Path) -> Result<()> {
        let at = data_dir.display();
        if let Err(error) = folder::ensure_store(data_dir) {
            return self.find(&format!("data folder {at}"), async { Err(error) }).await;
        }
        let mut open_to_others = None;
        let room = async {
            open_to_others = private::look(data_dir)?;
            trouble::look(data_dir)
        };
        self.find(&format!("data folder {at}: room and rights"), room).await?;
        if let Some(how) = open_to_others {
            say(format_args!("note  data folder {at}: {how}"))?;
        }
        match DataFolder::look(data_dir)? {
            Claim::Held(folder) => {
                let closed = format!("data folder {at}: no process has the store open");
                self.find(&closed, databases::check_folder(&folder)).await?;
                if self.bad > 0 {
                    return Ok(());
                }
                let Some((store, _copy)) = StoreConnection::open_copy(&folder, "dvs doctor").await? else {
                    return say(
                        "note  the offers that cannot be ordered are listed while the store is open: it is large",
                    );
                };
                let told = unavailable::tell(store.catalogue().await?).await;
                store.close().await;
                told
            }
            Claim::HeldByAnother(holder) => {
                self.find(&format!("data folder {at}: open by {holder}"), async { Ok(()) })
                    .await?;
                for service in ["catalogue", "rent"] {
                    let socket = folder::socket(data_dir, service);
                    if socket.exists() {
                        let address = Address::Unix(socket);
                        self.find(&format!("{service} {address}"), is_serving(service, &address))
                            .await?;
                    }
                }
                Ok(())
            }
        }
    }
}

async fn is_serving(service: &str, address: &Address) -> Result<()> {
    ensure!(
        reach::is_serving(service, address).await?,
        "it says that it does not serve"
    );
    Ok(())
}

async fn is_ready(gateway: &str) -> Result<()> {
    let url = format!("{}/readyz", gateway.trim_end_matches('/'));
    let http: Client<HttpConnector, Empty<Bytes>> = Client::builder(TokioExecutor::new()).build_http();
    let answer = tokio::time::timeout(LIMIT, http.get(url.parse()?)).await;
    let answer = answer.context("it does not answer")?.context("it cannot be reached")?;
    let status = answer.status();
    if status.is_success() {
        return Ok(());
    }
    // A gateway that is not ready says why in its answer.
    let body = tokio::time::timeout(LIMIT, Limited::new(answer.into_body(), ANSWER_LIMIT_BYTES).collect()).await;
    let body = body.ok().and_then(Result::ok).map(http_body_util::Collected::to_bytes);
    let problem: Option<serde_json::Value> = body.and_then(|body| serde_json::from_slice(&body).ok());
    let detail = problem.as_ref().and_then(|problem| problem["detail"].as_str());
    bail!(
        "it is not ready ({status}): {}",
        detail.unwrap_or("it does not say why")
    );
}
