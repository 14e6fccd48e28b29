//! Several replicas of a service behind one client: calls are spread, and succeed when one replica fails.

use std::time::Duration;

use futures::{StreamExt, stream};
use rpc::{Addresses, Call, ClientOptions, Code, Context};
use tokio::time::Instant;

use crate::carriers::{Carrier, Line, Store, over_network};
use crate::contracts::dvs::probe::v1::{CountRequest, EchoRequest, Number, ProbeService};

const CALLS: usize = 20;
const STREAMS: usize = 8;
/// A hung replica is detected within two seconds; a busy machine takes a little longer. The deadline of a call is ten.
const FOUND_OUT: Duration = Duration::from_secs(4);
/// Longer than a client takes to check the health of a replica again.
const SOON: Duration = Duration::from_secs(5);

/// Two replicas, each behind a proxy.
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

    /// Replaces a proxy that was cut or is silent.
    async fn heal(&mut self, line: usize) {
        self.lines[line].cut();
        let address = self.lines[line].address.clone();
        self.lines[line] = Line::from(&address, &self.stores[line].port).await;
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
async fn calls_are_spread() {
    let replicas = Replicas::open().await;
    for Carrier { name, probe } in replicas.carriers() {
        for _ in 0..CALLS {
            probe.echo(call("free")).await.unwrap();
        }
        assert_eq!(replicas.answered(), [CALLS / 2; 2], "{name}");
    }
}

#[tokio::test]
async fn streams_are_spread() {
    let replicas = Replicas::open().await;
    for Carrier { name, probe } in replicas.carriers() {
        let mut open = Vec::new();
        for _ in 0..STREAMS {
            open.push(begun(&*probe).await);
        }
        for store in &replicas.stores {
            for _ in 0..STREAMS / 2 {
                store.seen.work_started().await;
            }
        }
        drop(open);
        for store in &replicas.stores {
            for _ in 0..STREAMS / 2 {
                store.seen.work_stopped().await;
            }
        }
        assert_eq!(replicas.answered(), [0, 0], "{name}");
    }
}

#[tokio::test]
async fn streams_do_not_count_as_calls_when_a_replica_is_chosen() {
    for index in 0..3 {
        let mut replicas = Replicas::open().await;
        replicas.lines[1].cut();
        let Carrier { name, probe } = replicas.carriers().nth(index).unwrap();
        let mut open = Vec::new();
        for _ in 0..STREAMS {
            open.push(begun(&*probe).await);
        }
        replicas.heal(1).await;
        let joined = async {
            while replicas.stores[1].seen.answered() == 0 {
                probe.echo(call("free")).await.unwrap();
            }
        };
        tokio::time::timeout(SOON, joined).await.expect(name);
        replicas.answered();
        for _ in 0..CALLS {
            probe.echo(call("free")).await.unwrap();
        }
        assert_eq!(replicas.answered(), [CALLS / 2; 2], "{name}");
    }
}

#[tokio::test]
async fn a_replica_that_hangs_is_left_out_until_it_answers() {
    for index in 0..3 {
        let mut replicas = Replicas::open().await;
        let Carrier { name, probe } = replicas.carriers().nth(index).unwrap();
        for _ in 0..CALLS {
            probe.echo(call("free")).await.unwrap();
        }
        replicas.answered();
        replicas.lines[0].fall_silent();
        let begun = Instant::now();
        for _ in 0..CALLS {
            probe.echo(call("free")).await.unwrap();
        }
        // One call may have detected it; all others went to the replica that answers.
        assert!(begun.elapsed() < FOUND_OUT, "{name}: {:?}", begun.elapsed());
        assert_eq!(replicas.answered()[1], CALLS, "{name}");

        replicas.heal(0).await;
        let back = async {
            while replicas.stores[0].seen.answered() == 0 {
                probe.echo(call("free")).await.unwrap();
            }
        };
        tokio::time::timeout(SOON, back).await.expect(name);
    }
}

#[tokio::test]
async fn where_all_replicas_hang_calls_fail_long_before_their_deadline() {
    for index in 0..3 {
        let replicas = Replicas::open().await;
        let Carrier { name, probe } = replicas.carriers().nth(index).unwrap();
        replicas.lines.iter().for_each(Line::fall_silent);
        let asked = Instant::now();
        let fault = probe.tell(call("once")).await.unwrap_err();
        assert_eq!(fault.code, Code::Unavailable, "{name}");
        assert!(asked.elapsed() < FOUND_OUT, "{name}: {:?}", asked.elapsed());
        // When one hangs the others are checked too: from now on no call waits.
        let asked = Instant::now();
        for _ in 0..CALLS {
            let fault = probe.echo(call("free")).await.unwrap_err();
            assert_eq!(fault.code, Code::Unavailable, "{name}");
        }
        assert!(asked.elapsed() < FOUND_OUT, "{name}: {:?}", asked.elapsed());
    }
}

#[tokio::test]
async fn an_only_replica_that_hangs_fails_its_callers_early_and_is_asked_again() {
    for index in 0..3 {
        let store = Store::open().await;
        let mut line = Line::from(&any_port(), &store.port).await;
        let addresses = Addresses::from(&line.address);
        let Carrier { name, probe } = over_network(&addresses, &ClientOptions::default()).nth(index).unwrap();
        probe.echo(call("free")).await.unwrap();
        line.fall_silent();
        // No other replica could take its calls, so it is given more time; after that no call waits.
        let fault = probe.echo(call("free")).await.unwrap_err();
        assert_eq!(fault.code, Code::Unavailable, "{name}");
        let asked = Instant::now();
        for _ in 0..CALLS {
            let fault = probe.echo(call("free")).await.unwrap_err();
            assert_eq!(fault.code, Code::Unavailable, "{name}");
        }
        assert!(asked.elapsed() < FOUND_OUT, "{name}: {:?}", asked.elapsed());
        line.cut();
        let address = line.address.clone();
        line = Line::from(&address, &store.port).await;
        let back = async { while probe.echo(call("free")).await.is_err() {} };
        tokio::time::timeout(SOON, back).await.expect(name);
        drop(line);
    }
}

#[tokio::test]
async fn what_a_hung_replica_has_under_way_ends() {
    for index in 0..3 {
        let replicas = Replicas::open().await;
        let Carrier { name, probe } = replicas.carriers().nth(index).unwrap();
        let mut open = [begun(&*probe).await, begun(&*probe).await];
        let messages: rpc::Stream<Number> =
            Box::pin(stream::once(async { Ok(Number::default()) }).chain(stream::pending()));
        let mut talk = probe.converse(Call::new(messages, Context::default())).await.unwrap();
        talk.next().await.unwrap().unwrap();
        let never: rpc::Stream<Number> = Box::pin(stream::pending());
        let sum = probe.sum(Call::new(never, Context::default()));
        replicas.lines.iter().for_each(Line::fall_silent);
        let ended = async {
            for numbers in &mut open {
                assert_eq!(
                    numbers.next().await.unwrap().unwrap_err().code,
                    Code::Unavailable,
                    "{name}"
                );
            }
            assert_eq!(
                talk.next().await.unwrap().unwrap_err().code,
                Code::Unavailable,
                "{name}"
            );
            assert_eq!(sum.await.unwrap_err().code, Code::Unavailable, "{name}");
        };
        tokio::time::timeout(SOON, ended).await.expect(name);
    }
}

#[tokio::test]
async fn a_replica_that_is_slow_and_well_is_waited_for() {
    let replicas = Replicas::open().await;
    for Carrier { name, probe } in replicas.carriers() {
        let context = Context {
            deadline: Some(Instant::now() + FOUND_OUT),
            ..Context::default()
        };
        let slow = Call::new(call("forever").message, context);
        let fault = probe.echo(slow).await.unwrap_err();
        assert_eq!(fault.code, Code::DeadlineExceeded, "{name}");
    }
}

/// A stream that has begun and does not end.
async fn begun(probe: &dyn ProbeService) -> rpc::Stream<Number> {
    let forever = CountRequest {
        until: 1,
        mode: "forever".to_owned(),
        ..CountRequest::default()
    };
    let mut numbers = probe.count(Call::new(forever, Context::default())).await.unwrap();
    numbers.next().await.unwrap().unwrap();
    numbers
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

        replicas.heal(0).await;
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
