//! Who may call which method. The contract of each method says it (`dvs.rpc.v1.access`), and the edge of a service enforces
//! it on every carrier.

use std::sync::Arc;

use async_trait::async_trait;

use crate::call::Context;
use crate::fault::{Code, Fault};
use crate::identity::{Caller, Identity, Verifier, signed_out};
use crate::security::{self, Event, Outcome};

/// Who may call a method. The store itself may call every method that staff may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    Public,
    Customer,
    Staff(Permission),
    CustomerOrStaff(Permission),
    Service,
}

/// What a member of staff may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permission {
    EditCatalogue,
    ManageStaff,
    ManagePayments,
    UseLab,
    ManageJobs,
    ManageSettings,
}

impl Permission {
    pub const ALL: [Self; 6] = [
        Self::EditCatalogue,
        Self::ManageStaff,
        Self::ManagePayments,
        Self::UseLab,
        Self::ManageJobs,
        Self::ManageSettings,
    ];

    /// How a signed identity names it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::EditCatalogue => "edit_catalogue",
            Self::ManageStaff => "manage_staff",
            Self::ManagePayments => "manage_payments",
            Self::UseLab => "use_lab",
            Self::ManageJobs => "manage_jobs",
            Self::ManageSettings => "manage_settings",
        }
    }
}

/// Where sessions are kept.
#[async_trait]
pub trait Sessions: Send + Sync {
    /// Whether the session that an identity was signed for has not ended.
    async fn is_open(&self, identity: &Identity) -> Result<bool, Fault>;
}

/// Determines the caller of each call, and refuses a caller that lacks the access that the method requires. An edge
/// without an `AccessControl` answers public methods only.
#[derive(Clone)]
pub struct AccessControl {
    verifier: Verifier,
    now_us: Arc<dyn Fn() -> i64 + Send + Sync>,
    sessions: Option<Arc<dyn Sessions>>,
}

impl AccessControl {
    /// `now_us` tells the time in microseconds since 1970 UTC.
    pub fn new(verifier: Verifier, now_us: impl Fn() -> i64 + Send + Sync + 'static) -> Self {
        Self {
            verifier,
            now_us: Arc::new(now_us),
            sessions: None,
        }
    }

    /// Asks `sessions` whether the caller's session is still open whenever this process does not receive the feed of
    /// ended sessions.
    #[must_use]
    pub fn asking(self, sessions: Arc<dyn Sessions>) -> Self {
        Self {
            sessions: Some(sessions),
            ..self
        }
    }

    /// The caller. An invalid identity is a fault; the call is not treated as an anonymous one.
    async fn caller(&self, context: &Context) -> Result<Caller, Fault> {
        let now_us = (self.now_us)();
        let Some(sessions) = &self.sessions else {
            return Caller::of(context, &self.verifier, now_us);
        };
        let caller = Caller::claimed(context, &self.verifier, now_us)?;
        if let Caller::Customer(identity) = &caller
            && !self.verifier.revocations().is_heard()
            && !sessions.is_open(identity).await?
        {
            return Err(signed_out());
        }
        Ok(caller)
    }
}

/// Admits a call if its caller may make it, and records the caller in the call's context. For a public method the
/// caller is not determined. Calls of the methods for staff and for the store itself are written to the security log,
/// admitted or refused, except those that the store itself makes: their lines would hide the others.
pub(crate) async fn admit(
    control: Option<&AccessControl>,
    access: Access,
    method: &'static str,
    context: &mut Context,
) -> Result<(), Fault> {
    context.caller = Caller::Anybody;
    if access == Access::Public {
        return Ok(());
    }
    let caller = match control {
        Some(control) => control.caller(context).await?,
        None => Caller::Anybody,
    };
    let admitted = check(access, &caller);
    let is_staff = matches!(access, Access::Staff(_) | Access::Service);
    if is_staff && caller != Caller::Service {
        let outcome = if admitted.is_ok() {
            Outcome::Done
        } else {
            Outcome::Refused
        };
        let event = Event::new("staff_call", outcome).with_detail(method);
        match &caller {
            Caller::Customer(identity) => security::record(&event.about(&identity.customer_id), context),
            Caller::Anybody | Caller::Service => security::record(&event, context),
        }
    }
    context.caller = caller;
    admitted
}

fn check(access: Access, caller: &Caller) -> Result<(), Fault> {
    match (access, caller) {
        (Access::Public, _)
        | (Access::Customer | Access::CustomerOrStaff(_), Caller::Customer(_))
        | (Access::Staff(_) | Access::CustomerOrStaff(_) | Access::Service, Caller::Service) => Ok(()),
        (Access::Staff(permission), Caller::Customer(identity)) if identity.may(permission) => Ok(()),
        (_, Caller::Anybody) | (Access::Customer, Caller::Service) => Err(signed_out()),
        (Access::Staff(_), Caller::Customer(identity)) if identity.staff => Err(Fault::new(
            Code::PermissionDenied,
            "PERMISSION_MISSING",
            "You are staff, but you may not do this.",
        )),
        (Access::Staff(_), Caller::Customer(_)) => Err(Fault::new(
            Code::PermissionDenied,
            "STAFF_ONLY",
            "Only the store's staff may do this.",
        )),
        (Access::Service, Caller::Customer(_)) => Err(Fault::new(
            Code::PermissionDenied,
            "SERVICE_ONLY",
            "Only the store itself may do this.",
        )),
    }
}
