//! Between the messages of the contract and the library's types.

use api::catalogue::OfferKind;
use api::rent as wire;

use super::entitlement::{Entitlement, EntitlementState, Kind};

pub(crate) fn entitlement(entitlement: &Entitlement, at_us: i64) -> wire::Entitlement {
    wire::Entitlement {
        entitlement_id: entitlement.id.to_string(),
        order_id: entitlement.order.to_string(),
        title_id: entitlement.title.to_string(),
        title_name: entitlement.title_name.clone(),
        kind: kind(entitlement.holding.kind()).into(),
        state: entitlement_state(entitlement.state(at_us)).into(),
        granted_at_us: entitlement.granted_at_us,
        start_by_us: entitlement.start_by_us().unwrap_or_default(),
        started_at_us: entitlement.started_at_us.unwrap_or_default(),
        watch_until_us: entitlement.watch_until_us().unwrap_or_default(),
        viewing_window_hours: entitlement.holding.viewing_window_hours(),
        resume_position_seconds: entitlement.position_seconds,
        taken_back_at_us: entitlement.ended_at_us.unwrap_or_default(),
    }
}

fn entitlement_state(state: EntitlementState) -> wire::EntitlementState {
    match state {
        EntitlementState::NotStarted => wire::EntitlementState::NotStarted,
        EntitlementState::Started => wire::EntitlementState::Started,
        EntitlementState::Expired => wire::EntitlementState::Expired,
        EntitlementState::Owned => wire::EntitlementState::Owned,
    }
}

pub(crate) fn kind(kind: Kind) -> OfferKind {
    match kind {
        Kind::Rent => OfferKind::Rent,
        Kind::Buy => OfferKind::Buy,
    }
}
