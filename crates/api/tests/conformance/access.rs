//! Who may call which method: each access that a contract can declare, for each kind of caller, over every carrier.

use futures::{StreamExt, stream};
use rpc::identity::{Identity, Signer};
use rpc::{Call, Code, Context, Edge, Fault, Permission};

use crate::carriers::{Carrier, NOW_US, Store, signer};
use crate::contracts::dvs::probe::v1::{CountRequest, EchoRequest, ProbeService};
use crate::probe::{Seen, Service, number};

/// Every kind of caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Who {
    Anonymous,
    Forged,
    Expired,
    Customer,
    StaffWithout,
    StaffWith,
    Service,
}

const CALLERS: [Who; 7] = [
    Who::Anonymous,
    Who::Forged,
    Who::Expired,
    Who::Customer,
    Who::StaffWithout,
    Who::StaffWith,
    Who::Service,
];

/// The probe's methods of every access, and of every kind of call.
#[derive(Debug, Clone, Copy)]
enum Guarded {
    Public,
    Customer,
    Staff,
    Either,
    Service,
    ServerStreaming,
    ClientStreaming,
    Bidirectional,
}

const METHODS: [Guarded; 8] = [
    Guarded::Public,
    Guarded::Customer,
    Guarded::Staff,
    Guarded::Either,
    Guarded::Service,
    Guarded::ServerStreaming,
    Guarded::ClientStreaming,
    Guarded::Bidirectional,
];

fn signed(signer: &Signer, expires_at_us: i64, permissions: Option<&[Permission]>) -> Context {
    let names = permissions.unwrap_or_default().iter();
    let identity = Identity {
        customer_id: "ana".to_owned(),
        session_id: "session".to_owned(),
        staff: permissions.is_some(),
        permissions: names.map(|permission| permission.name().to_owned()).collect(),
        signed_at_us: NOW_US,
        expires_at_us,
    };
    Context {
        identity: Some(signer.sign(&identity).unwrap().into()),
        ..Context::default()
    }
}

fn context(who: Who) -> Context {
    const LATER_US: i64 = NOW_US + 60_000_000;
    let others = [
        Permission::ManageStaff,
        Permission::ManagePayments,
        Permission::UseLab,
        Permission::ManageJobs,
        Permission::ManageSettings,
    ];
    match who {
        Who::Anonymous => Context::default(),
        Who::Forged => signed(&Signer::from_secret(&[8; 32]), LATER_US, Some(&Permission::ALL)),
        Who::Expired => signed(&signer(), NOW_US, Some(&Permission::ALL)),
        Who::Customer => signed(&signer(), LATER_US, None),
        Who::StaffWithout => signed(&signer(), LATER_US, Some(&others)),
        Who::StaffWith => signed(&signer(), LATER_US, Some(&[Permission::EditCatalogue])),
        Who::Service => Context::by_service(),
    }
}

/// What a method answers to a caller: none for success, or the refusal.
fn expected(method: Guarded, who: Who) -> Option<(Code, &'static str)> {
    const SIGNED_OUT: Option<(Code, &str)> = Some((Code::Unauthenticated, "UNAUTHENTICATED"));
    let refused = |reason| Some((Code::PermissionDenied, reason));
    match (method, who) {
        (Guarded::Public, _) => None,
        (_, Who::Anonymous | Who::Forged | Who::Expired) | (Guarded::Customer, Who::Service) => SIGNED_OUT,
        (Guarded::Customer | Guarded::Either, _) | (_, Who::Service) => None,
        (Guarded::Service, _) => refused("SERVICE_ONLY"),
        (_, Who::Customer) => refused("STAFF_ONLY"),
        (_, Who::StaffWithout) => refused("PERMISSION_MISSING"),
        (_, Who::StaffWith) => None,
    }
}

async fn ask(probe: &dyn ProbeService, method: Guarded, context: Context) -> Result<(), Fault> {
    let echo = |context| {
        let message = EchoRequest {
            name: "guarded".to_owned(),
            ..EchoRequest::default()
        };
        Call::new(message, context)
    };
    let count = CountRequest {
        until: 1,
        ..CountRequest::default()
    };
    let said = || -> rpc::Stream<_> { Box::pin(stream::iter([Ok(number(1))])) };
    match method {
        Guarded::Public => probe.echo(echo(context)).await.map(drop),
        Guarded::Customer => probe.echo_to_customer(echo(context)).await.map(drop),
        Guarded::Staff => probe.echo_to_staff(echo(context)).await.map(drop),
        Guarded::Either => probe.echo_to_either(echo(context)).await.map(drop),
        Guarded::Service => probe.echo_to_service(echo(context)).await.map(drop),
        Guarded::ServerStreaming => {
            let mut numbers = probe.count_for_staff(Call::new(count, context)).await?;
            numbers.next().await.unwrap().map(drop)
        }
        Guarded::ClientStreaming => probe.sum_for_staff(Call::new(said(), context)).await.map(drop),
        Guarded::Bidirectional => {
            let mut numbers = probe.converse_with_staff(Call::new(said(), context)).await?;
            numbers.next().await.unwrap().map(drop)
        }
    }
}

#[tokio::test]
async fn only_those_whom_its_contract_names_may_call_a_method() {
    let store = Store::open().await;
    for Carrier { name, probe } in store.carriers() {
        for method in METHODS {
            for who in CALLERS {
                let answer = ask(probe.as_ref(), method, context(who)).await;
                let refused = answer.as_ref().err().map(|fault| (fault.code, fault.reason.as_ref()));
                assert_eq!(refused, expected(method, who), "{name}: {who:?} calls {method:?}");
            }
        }
    }
}

#[tokio::test]
async fn an_edge_without_access_control_answers_public_methods_only() {
    let edge = Edge::new(std::sync::Arc::new(Service(std::sync::Arc::new(Seen::new()))));
    for method in METHODS {
        for who in CALLERS {
            let answer = ask(&edge, method, context(who)).await;
            assert_eq!(
                answer.is_ok(),
                matches!(method, Guarded::Public),
                "{who:?} calls {method:?}"
            );
        }
    }
}
