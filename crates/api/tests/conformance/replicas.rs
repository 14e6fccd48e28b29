//! Several replicas of a service behind one client: calls are spread, and go on when one of them does not.

use std::time::Duration;

use futures::StreamExt;
use rpc::{Addresses, Call, ClientOptions, Context};

use crate::carriers::{Carrier, Line, Store, over_network};
use crate::contracts::dvs::probe::v1::{CountRequest, EchoRequest};

const CALLS: usize = 20;
/// Longer than a client takes to ask a replica for its health again.
const SOON: Duration = Duration::from_secs(5);

/// Two replicas, each at the end of a line.
struct Replicas {
    stores: [Store; 2],
    lines: [Line; 2],
}

impl Replicas {
    async fn open() -> Self {
        let stores = [Store::open().await, Store::open().await];
        let lines = [
            Line::from(&any_port(), &stores[0].port).await,
            Line::from(&any_port(), &stores[1].port).await,
        ];
        Self { stores, lines }
    }

    fn carriers(&self) -> impl Iterator<Item = Carrier> + use<> {
        let [one, other] = &self.lines;
        let addresses: Addresses = format!("{},{}", one.address, other.address).parse().unwrap();
        over_network(&addresses, &ClientOptions::default())
    }

    fn answered(&self) -> [usize; 2] {
        [self.stores[0].seen.answered(), self.stores[1].seen.answered()]
    }
}

fn any_port() -> rpc::Address {
    "127.0.0.1:0".parse().unwrap()
}

fn call(name: &str) -> Call<EchoRequest> {
    let request = EchoRequest {
        name: name.to_owned(),
        ..EchoRequest::default()
    };
    Call::new(request, Context::default())
}

#[tokio::test]
async fn calls_are_spread_and_avoid_who_is_busy() {
    let replicas = Replicas::open().await;
    for Carrier { name, probe } in replicas.carriers() {
        for _ in 0..CALLS {
            probe.echo(call("free")).await.unwrap();
        }
        assert_eq!(replicas.answered(), [CALLS / 2; 2], "{name}");
        let busy = CountRequest {
            until: 1,
            mode: "forever".to_owned(),
            ..CountRequest::default()
        };
        let mut numbers = probe.count(Call::new(busy, Context::default())).await.unwrap();
        numbers.next().await.unwrap().unwrap();
        for _ in 0..CALLS {
            probe.echo(call("free")).await.unwrap();
        }
        let mut answered = replicas.answered();
        answered.sort_unstable();
        assert_eq!(answered, [0, CALLS], "{name}: a stream is a call under way");
    }
}

#[tokio::test]
async fn a_replica_that_dies_is_left_out_until_it_is_well_again() {
    for index in 0..3 {
        let mut replicas = Replicas::open().await;
        let Carrier { name, probe } = replicas.carriers().nth(index).unwrap();
        for _ in 0..CALLS {
            probe.echo(call("free")).await.unwrap();
        }
        replicas.answered();
        replicas.lines[0].cut();
        for _ in 0..CALLS {
            probe.echo(call("free")).await.unwrap();
        }
        assert_eq!(replicas.answered()[1], CALLS, "{name}");

        let address = replicas.lines[0].address.clone();
        replicas.lines[0] = Line::from(&address, &replicas.stores[0].port).await;
        let back = async {
            while replicas.stores[0].seen.answered() == 0 {
                probe.echo(call("free")).await.unwrap();
            }
        };
        tokio::time::timeout(SOON, back).await.expect(name);
    }
}

#[tokio::test]
async fn what_was_never_sent_goes_to_another_replica_though_it_is_not_idempotent() {
    for index in 0..3 {
        let replicas = Replicas::open().await;
        replicas.lines[0].cut();
        tokio::task::yield_now().await;
        let Carrier { name, probe } = replicas.carriers().nth(index).unwrap();
        for _ in 0..CALLS {
            probe.tell(call("once")).await.unwrap();
        }
        assert_eq!(replicas.answered(), [0, CALLS], "{name}");
    }
}
