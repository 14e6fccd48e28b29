//! Entitlements: the right to watch a title that an order gave, and its windows.

use crate::fault::{Fault, Result};
use crate::id::{CustomerId, EntitlementId, OrderId, TitleId};
use crate::time::{HOUR_US, MINUTE_US};

/// The assumed running time of a film whose own is not known.
const UNKNOWN_RUNTIME_MINUTES: i32 = 180;

/// How long before the end of a window its customer is reminded: this, or half of the window if that is less.
const START_REMINDER_US: i64 = 72 * HOUR_US;
const FINISH_REMINDER_US: i64 = 6 * HOUR_US;
/// A film counts as seen when the position is beyond this share of it; the rest is credits.
const SEEN_PERCENT: i64 = 95;

/// The kinds of entitlements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Rent,
    Buy,
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Rent => "rent",
            Self::Buy => "buy",
        }
    }
}

/// How a customer has a title: without an end, or within two windows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holding {
    Purchase,
    Rental {
        /// From payment to the first picture.
        start_window_hours: i32,
        /// From the first picture to the end.
        viewing_window_hours: i32,
    },
}

impl Holding {
    pub(crate) fn kind(self) -> Kind {
        match self {
            Self::Purchase => Kind::Buy,
            Self::Rental { .. } => Kind::Rent,
        }
    }

    /// 0 for a purchase.
    pub(crate) fn start_window_hours(self) -> i32 {
        match self {
            Self::Purchase => 0,
            Self::Rental { start_window_hours, .. } => start_window_hours,
        }
    }

    /// 0 for a purchase.
    pub(crate) fn viewing_window_hours(self) -> i32 {
        match self {
            Self::Purchase => 0,
            Self::Rental {
                viewing_window_hours, ..
            } => viewing_window_hours,
        }
    }
}

/// The right to watch a title.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entitlement {
    pub(crate) id: EntitlementId,
    pub(crate) customer: CustomerId,
    pub(crate) order: OrderId,
    pub(crate) title: TitleId,
    pub(crate) title_name: String,
    /// 0 when unknown.
    pub(crate) runtime_minutes: i32,
    pub(crate) holding: Holding,
    pub(crate) granted_at_us: i64,
    /// The first picture that it showed.
    pub(crate) started_at_us: Option<i64>,
    /// When it was taken back, because its money goes back.
    pub(crate) ended_at_us: Option<i64>,
    pub(crate) position_seconds: i32,
}

/// The state of an entitlement at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EntitlementState {
    NotStarted,
    Started,
    Expired,
    Owned,
}

impl Entitlement {
    /// When a rental must have been started; `None` for a purchase.
    pub(crate) fn start_by_us(&self) -> Option<i64> {
        match self.holding {
            Holding::Purchase => None,
            Holding::Rental { start_window_hours, .. } => {
                Some(self.granted_at_us + i64::from(start_window_hours) * HOUR_US)
            }
        }
    }

    /// When a started rental ends.
    pub(crate) fn watch_until_us(&self) -> Option<i64> {
        let started_at_us = self.started_at_us?;
        match self.holding {
            Holding::Purchase => None,
            Holding::Rental {
                viewing_window_hours, ..
            } => Some(started_at_us + i64::from(viewing_window_hours) * HOUR_US),
        }
    }

    /// When the customer is reminded of the end of the present window; `None` for a purchase.
    pub(crate) fn reminder_us(&self) -> Option<i64> {
        let (from_us, until_us, ahead_us) = match (self.started_at_us, self.watch_until_us()) {
            (Some(started_at_us), Some(until_us)) => (started_at_us, until_us, FINISH_REMINDER_US),
            _ => (self.granted_at_us, self.start_by_us()?, START_REMINDER_US),
        };
        Some(until_us - ahead_us.min((until_us - from_us) / 2))
    }

    /// Whether the film was watched to its end.
    pub(crate) fn is_seen(&self) -> bool {
        let runtime_seconds = i64::from(self.runtime_minutes) * 60;
        runtime_seconds > 0 && i64::from(self.position_seconds) * 100 >= runtime_seconds * SEEN_PERCENT
    }

    pub(crate) fn state(&self, now_us: i64) -> EntitlementState {
        if self.ended_at_us.is_some() {
            return EntitlementState::Expired;
        }
        match (self.start_by_us(), self.watch_until_us()) {
            (None, _) => EntitlementState::Owned,
            (Some(_), Some(watch_until_us)) if now_us < watch_until_us => EntitlementState::Started,
            (Some(start_by_us), None) if now_us < start_by_us => EntitlementState::NotStarted,
            (Some(_), _) => EntitlementState::Expired,
        }
    }

    /// Whether this entitlement makes another order for the title pointless: a purchased title is neither rented nor
    /// bought again, a rented one is not rented again while it can be watched.
    pub(crate) fn stands_against(&self, wanted: Kind, now_us: i64) -> bool {
        match self.state(now_us) {
            EntitlementState::Owned => true,
            EntitlementState::NotStarted | EntitlementState::Started => wanted == Kind::Rent,
            EntitlementState::Expired => false,
        }
    }

    /// Refuses a player that may not open now; `confirmed` says that the customer agreed to start the viewing window.
    pub(crate) fn admit(&self, confirmed: bool, now_us: i64) -> Result<()> {
        match self.state(now_us) {
            EntitlementState::Expired if self.ended_at_us.is_some() => Err(Fault::AccessEnded),
            EntitlementState::Owned | EntitlementState::Started => Ok(()),
            EntitlementState::Expired if self.started_at_us.is_some() => Err(Fault::ViewingWindowEnded),
            EntitlementState::Expired => Err(Fault::StartWindowEnded),
            EntitlementState::NotStarted if confirmed => Ok(()),
            EntitlementState::NotStarted => Err(Fault::StartNotConfirmed {
                viewing_window_hours: self.holding.viewing_window_hours(),
            }),
        }
    }

    /// Whether its first picture was not shown yet: the viewing window of a rental has then not started.
    pub(crate) fn awaits_picture(&self) -> bool {
        self.started_at_us.is_none()
    }

    /// Whether it showed a picture. Purchases that were played before first pictures were noted have a position.
    pub(crate) fn was_played(&self) -> bool {
        self.started_at_us.is_some() || self.position_seconds > 0
    }

    /// Notes the first picture, with which a rental's viewing window starts; true if this was the first. The player was
    /// admitted within the start window, which may have ended since.
    pub(crate) fn show_picture(&mut self, now_us: i64) -> bool {
        let is_first = self.awaits_picture();
        if is_first {
            self.started_at_us = Some(now_us);
        }
        is_first
    }

    /// The running time, or an assumed one that is longer than most films.
    pub(crate) fn runtime_us(&self) -> i64 {
        let minutes = if self.runtime_minutes > 0 {
            self.runtime_minutes
        } else {
            UNKNOWN_RUNTIME_MINUTES
        };
        i64::from(minutes) * MINUTE_US
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::entitlement;

    const START_WINDOW_US: i64 = 720 * HOUR_US;
    const VIEWING_WINDOW_US: i64 = 48 * HOUR_US;

    #[test]
    fn a_rental_waits_for_its_first_play_until_the_start_window_ends() {
        let rental = entitlement();
        assert_eq!(rental.state(0), EntitlementState::NotStarted);
        assert_eq!(rental.state(START_WINDOW_US - 1), EntitlementState::NotStarted);
        assert_eq!(rental.state(START_WINDOW_US), EntitlementState::Expired);
        let refused = rental.admit(true, START_WINDOW_US);
        assert!(matches!(refused, Err(Fault::StartWindowEnded)));
    }

    #[test]
    fn a_rental_started_at_the_last_moment_keeps_its_whole_viewing_window() {
        let mut rental = entitlement();
        rental.admit(true, START_WINDOW_US - 1).unwrap();
        assert!(rental.show_picture(START_WINDOW_US - 1));
        let end_us = START_WINDOW_US - 1 + VIEWING_WINDOW_US;
        assert_eq!(rental.watch_until_us(), Some(end_us));
        assert_eq!(rental.state(end_us - 1), EntitlementState::Started);
        assert_eq!(rental.state(end_us), EntitlementState::Expired);
        assert!(matches!(rental.admit(true, end_us), Err(Fault::ViewingWindowEnded)));
    }

    #[test]
    fn the_clock_starts_once_with_the_first_picture_of_a_confirmed_start() {
        let mut rental = entitlement();
        let refused = rental.admit(false, 5);
        assert!(matches!(
            refused,
            Err(Fault::StartNotConfirmed {
                viewing_window_hours: 48
            })
        ));
        assert_eq!(rental.started_at_us, None);
        rental.admit(true, 5).unwrap();
        assert_eq!(rental.started_at_us, None, "a player that opens has shown nothing yet");
        assert!(rental.show_picture(5));
        assert!(!rental.show_picture(9));
        rental.admit(false, 9).unwrap();
        assert_eq!(rental.started_at_us, Some(5));
    }

    #[test]
    fn a_holding_is_stored_by_its_name_and_its_windows() {
        assert_eq!((Kind::Rent.name(), Kind::Buy.name()), ("rent", "buy"));
        let rental = Holding::Rental {
            start_window_hours: 720,
            viewing_window_hours: 48,
        };
        assert_eq!((rental.start_window_hours(), rental.viewing_window_hours()), (720, 48));
        let purchase = Holding::Purchase;
        assert_eq!((purchase.start_window_hours(), purchase.viewing_window_hours()), (0, 0));
    }

    #[test]
    fn a_reminder_comes_ahead_of_the_end_of_the_window_that_runs() {
        let mut rental = entitlement();
        assert_eq!(rental.reminder_us(), Some(START_WINDOW_US - 72 * HOUR_US));
        rental.show_picture(5);
        assert_eq!(rental.reminder_us(), Some(5 + VIEWING_WINDOW_US - 6 * HOUR_US));
        let short = Entitlement {
            holding: Holding::Rental {
                start_window_hours: 24,
                viewing_window_hours: 48,
            },
            granted_at_us: 5,
            ..entitlement()
        };
        assert_eq!(short.reminder_us(), Some(5 + 12 * HOUR_US));
        let purchase = Entitlement {
            holding: Holding::Purchase,
            ..entitlement()
        };
        assert_eq!(purchase.reminder_us(), None);
    }

    #[test]
    fn a_film_is_seen_when_only_its_credits_are_left() {
        for (position_seconds, seen) in [(0, false), (93 * 60 - 300, false), (94 * 60 - 200, true)] {
            let rental = Entitlement {
                position_seconds,
                ..entitlement()
            };
            assert_eq!(rental.is_seen(), seen, "{position_seconds}");
        }
    }

    #[test]
    fn a_film_is_seen_from_ninety_five_percent_of_it_on() {
        let at = |position_seconds, runtime_minutes| {
            Entitlement {
                runtime_minutes,
                position_seconds,
                ..entitlement()
            }
            .is_seen()
        };
        assert!(!at(5699, 100));
        assert!(at(5700, 100));
        assert!(!at(i32::MAX, 0), "a film of unknown length never counts as seen");
    }

    #[test]
    fn a_film_of_unknown_length_is_taken_for_one_of_three_hours() {
        let of = |runtime_minutes| {
            Entitlement {
                runtime_minutes,
                ..entitlement()
            }
            .runtime_us()
        };
        assert_eq!(of(0), 180 * MINUTE_US);
        assert_eq!(of(1), MINUTE_US);
    }

    #[test]
    fn a_purchase_has_no_windows_and_no_clock() {
        let mut purchase = Entitlement {
            holding: Holding::Purchase,
            ..entitlement()
        };
        purchase.admit(false, 1).unwrap();
        assert!(!purchase.was_played());
        assert!(purchase.show_picture(1) && purchase.was_played());
        assert!(!purchase.show_picture(2));
        assert_eq!(purchase.started_at_us, Some(1));
        assert_eq!(purchase.state(i64::MAX), EntitlementState::Owned);
        assert_eq!((purchase.start_by_us(), purchase.watch_until_us()), (None, None));
    }

    #[test]
    fn what_was_taken_back_is_over_and_can_be_ordered_again() {
        for holding in [Holding::Purchase, crate::world::rental()] {
            let ended = Entitlement {
                holding,
                ended_at_us: Some(5),
                ..entitlement()
            };
            assert_eq!(ended.state(5), EntitlementState::Expired);
            assert!(matches!(ended.admit(true, 5), Err(Fault::AccessEnded)));
            assert!(!ended.stands_against(Kind::Rent, 5) && !ended.stands_against(Kind::Buy, 5));
        }
    }

    #[test]
    fn a_rental_rules_out_another_rental_and_a_purchase_rules_out_both() {
        let rental = entitlement();
        assert!(rental.stands_against(Kind::Rent, 0));
        assert!(!rental.stands_against(Kind::Buy, 0));
        assert!(!rental.stands_against(Kind::Rent, START_WINDOW_US));
        let purchase = Entitlement {
            holding: Holding::Purchase,
            ..entitlement()
        };
        assert!(purchase.stands_against(Kind::Rent, 0));
        assert!(purchase.stands_against(Kind::Buy, 0));
    }
}
