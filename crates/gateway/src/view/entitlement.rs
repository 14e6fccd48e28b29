//! What a customer holds.

use api::rent;
use serde::Serialize;
use utoipa::ToSchema;

use super::{OfferKind, Time, TitleItem, some_number};

/// The right to watch a title.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Entitlement {
    #[schema(format = "uuid")]
    id: String,
    #[schema(format = "uuid")]
    title_id: String,
    kind: OfferKind,
    state: EntitlementState,
    granted_at: Time,
    /// When the start window ends; null for a purchase.
    #[schema(required)]
    start_by: Option<Time>,
    /// The first picture; null before it.
    #[schema(required)]
    started_at: Option<Time>,
    /// When the viewing window ends; null before the first play and for a purchase.
    #[schema(required)]
    watch_until: Option<Time>,
    /// Null for a purchase.
    #[schema(required)]
    viewing_window_hours: Option<i32>,
    /// The position at which the player continues.
    resume_position_seconds: i32,
    /// When it was taken back because its money goes back; null if it was not.
    #[schema(required)]
    taken_back_at: Option<Time>,
}

/// `not_started`: a rental whose clock has not started; `started`: a rental inside its viewing window; `expired`: a rental
/// whose window has ended, or what was taken back; `owned`: a purchase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum EntitlementState {
    Expired,
    NotStarted,
    Started,
    Owned,
}

/// The right to watch a title, with the title.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LibraryEntry {
    #[serde(flatten)]
    entitlement: Entitlement,
    title: TitleItem,
}

impl LibraryEntry {
    pub(crate) fn new(entitlement: rent::Entitlement, title: TitleItem) -> Self {
        Self {
            entitlement: entitlement.into(),
            title,
        }
    }
}

impl Entitlement {
    /// The best of what is held of one title; a rental that has ended is held no more.
    pub(crate) fn best(held: Vec<rent::Entitlement>) -> Option<Self> {
        let held = held.into_iter().map(Self::from);
        let best = held.max_by_key(|entitlement| entitlement.state)?;
        (best.state != EntitlementState::Expired).then_some(best)
    }
}

impl From<rent::Entitlement> for Entitlement {
    fn from(entitlement: rent::Entitlement) -> Self {
        Self {
            kind: entitlement.kind().into(),
            state: entitlement.state().into(),
            id: entitlement.entitlement_id,
            title_id: entitlement.title_id,
            granted_at: Time::new(entitlement.granted_at_us),
            start_by: Time::some(entitlement.start_by_us),
            started_at: Time::some(entitlement.started_at_us),
            watch_until: Time::some(entitlement.watch_until_us),
            viewing_window_hours: some_number(entitlement.viewing_window_hours),
            resume_position_seconds: entitlement.resume_position_seconds,
            taken_back_at: Time::some(entitlement.taken_back_at_us),
        }
    }
}

impl From<rent::EntitlementState> for EntitlementState {
    fn from(state: rent::EntitlementState) -> Self {
        match state {
            rent::EntitlementState::NotStarted => Self::NotStarted,
            rent::EntitlementState::Started => Self::Started,
            rent::EntitlementState::Owned => Self::Owned,
            rent::EntitlementState::Expired | rent::EntitlementState::Unspecified => Self::Expired,
        }
    }
}
