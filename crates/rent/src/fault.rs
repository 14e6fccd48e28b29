//! Everything that rent refuses or fails at, and the one table that gives each its code and its stable reason.

use std::time::Duration;

use payments::{EventError, Money, ProviderError};
use rpc::Code;

use crate::id::{EntitlementId, OfferId, OrderId, TitleId};
use crate::order::refund_order::RefundRefusal;

pub(crate) type Result<T> = std::result::Result<T, Fault>;

/// A fault of this service. What it displays is public; what must stay private is a field that is not displayed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    // ── Input ─────────────────────────────────────────────────────────────
    #[error("{message}")]
    Invalid { field: &'static str, message: String },
    #[error("This password is too easy to guess. {advice}")]
    PasswordTooWeak { advice: String },
    #[error("This page token is not one that this list gave.")]
    PageTokenUnknown,

    // ── Accounts ──────────────────────────────────────────────────────────
    #[error("There is already an account with this e-mail address.")]
    EmailTaken,
    #[error("The e-mail address or the password is wrong.")]
    WrongCredentials,
    #[error("This is not your present password.")]
    WrongPassword,
    #[error("An order is still being paid. Pay it or give it up first.")]
    OrderOpen,
    #[error("Sign in to do this.")]
    SignedOut,
    #[error("There is no account with this e-mail address.")]
    CustomerNotFound,
    #[error("This e-mail address is not verified. Follow the link in the mail that verifies it first.")]
    EmailNotVerified,
    #[error("This link has been used or has expired. Ask for a new one.")]
    LinkEnded,
    #[error("Enough mails were sent for now. Look at the latest one, or try again later.")]
    TooManyMails { retry_after: Duration },
    #[error("Too many attempts. Try again later.")]
    TooManyAttempts { kind: &'static str, retry_after: Duration },
    #[error("Too many people sign in at the moment. Try again in a moment.")]
    TooManySignIns,

    // ── Orders ────────────────────────────────────────────────────────────
    #[error("There is no such offer.")]
    OfferNotFound { offer: Option<OfferId> },
    #[error("This offer cannot be ordered at the moment.")]
    OfferNotAvailable { offer: OfferId },
    #[error("This film is not available yet: there is nothing to play.")]
    NotPlayable { offer: OfferId, title: TitleId },
    #[error("The price has changed. Look at the new one before you pay.")]
    PriceChanged { offer: OfferId, price: Money },
    #[error("You already have “{title_name}”.")]
    AlreadyHeld {
        title: TitleId,
        title_name: String,
        entitlement: EntitlementId,
    },
    #[error("Another order for this title is being paid at the moment.")]
    TitleBeingOrdered { title: TitleId, order: Option<OrderId> },
    #[error("This Idempotency-Key was used for another order.")]
    IdempotencyKeyReused,
    #[error("An order with this Idempotency-Key is being placed at the moment.")]
    OrderInProgress,
    #[error("There is no such order.")]
    OrderNotFound,
    #[error("There is no such dead letter.")]
    DeadLetterNotFound,
    #[error("This order does not wait for a payment.")]
    NothingToPay,
    #[error("{0}")]
    RefundNotAllowed(RefundRefusal),
    #[error("This store is not connected to such a payment provider.")]
    ProviderUnknown,
    #[error("This is no event of the payment provider: {0}.")]
    EventRefused(EventError),
    #[error("This store takes real payments: only the sandbox can be paid with a button.")]
    NoSandbox,
    /// A change of state that the table of moves does not allow; a bug of rent.
    #[error("Something went wrong on our side.")]
    ForbiddenMove {
        order: OrderId,
        from: &'static str,
        to: &'static str,
    },

    // ── Watching ──────────────────────────────────────────────────────────
    #[error("This is not in your library.")]
    EntitlementNotFound,
    #[error("There is nothing to play of this film yet.")]
    MediaNotFound,
    #[error("Pressing play starts the {viewing_window_hours} hours in which you can watch. Confirm the start.")]
    StartNotConfirmed { viewing_window_hours: i32 },
    #[error("The time to start watching this rental has ended.")]
    StartWindowEnded,
    #[error("The time to watch this rental has ended.")]
    ViewingWindowEnded,
    #[error("Your money for this film goes back, so it cannot be watched any more.")]
    AccessEnded,
    #[error("This rental is playing on another device.")]
    PlayingElsewhere { device: String },
    #[error("Your account is playing {} films already: {}.", titles.len(), titles.join(", "))]
    TooManyStreams { titles: Vec<String> },
    #[error("The film was taken over by another device.")]
    PlaybackTakenOver,
    #[error("This playback has ended.")]
    PlaybackEnded,

    // ── The rest ──────────────────────────────────────────────────────────
    #[error("The watchlist is full: it has room for {limit} titles.")]
    WatchlistFull { limit: usize },
    #[error("There is no such title.")]
    TitleNotFound,
    #[error("The clock moves only in a store that was started with --lab.")]
    LabOnly,
    #[error("The catalogue cannot be reached at the moment.")]
    CatalogueUnavailable { private: String },
    #[error("The payment provider cannot be reached at the moment.")]
    ProviderUnavailable(#[from] ProviderError),
    #[error("The store cannot be reached at the moment.")]
    DatabaseUnavailable { private: String },
    #[error("Something went wrong on our side.")]
    Internal { private: String },
    /// A fault of the call layer, passed on as it is.
    #[error(transparent)]
    Passed(#[from] rpc::Fault),
}

impl From<store::Error> for Fault {
    fn from(error: store::Error) -> Self {
        let private = store::causes(&error);
        match error {
            store::Error::Storage { cause, .. } => Self::Passed(rpc::Fault::storage(cause, private)),
            store::Error::Busy
            | store::Error::Contention(_)
            | store::Error::Unavailable(_)
            | store::Error::Undecided(_) => Self::DatabaseUnavailable { private },
            _ => Self::Internal { private },
        }
    }
}

impl Fault {
    pub(crate) fn invalid(field: &'static str, message: impl Into<String>) -> Self {
        Self::Invalid {
            field,
            message: message.into(),
        }
    }

    pub(crate) fn internal(private: impl std::fmt::Display) -> Self {
        Self::Internal {
            private: private.to_string(),
        }
    }

    pub(crate) fn too_many_mails(retry_after_us: i64) -> Self {
        let retry_after_us = u64::try_from(retry_after_us).unwrap_or_default();
        Self::TooManyMails {
            retry_after: Duration::from_micros(retry_after_us),
        }
    }

    pub(crate) fn too_many_attempts(kind: &'static str, retry_after_us: i64) -> Self {
        let retry_after = crate::account::attempts::wait(retry_after_us);
        Self::TooManyAttempts { kind, retry_after }
    }

    /// The fault of a rent call whose call to the catalogue failed; `not_found` is the fault if the catalogue found nothing.
    pub(crate) fn of_the_catalogue(fault: &rpc::Fault, not_found: Self) -> Self {
        let private = format!("{} {}: {:?}", fault.reason, fault.message, fault.private());
        match fault.code {
            Code::NotFound => not_found,
            Code::Unavailable | Code::DeadlineExceeded | Code::ResourceExhausted => {
                Self::CatalogueUnavailable { private }
            }
            _ => Self::Internal { private },
        }
    }

    /// The code and the stable reason of every fault.
    fn describe(&self) -> (Code, &'static str) {
        match self {
            Self::Invalid { .. } => (Code::InvalidArgument, "INVALID_ARGUMENT"),
            Self::PasswordTooWeak { .. } => (Code::InvalidArgument, "PASSWORD_TOO_WEAK"),
            Self::PageTokenUnknown => (Code::InvalidArgument, "PAGE_TOKEN_UNKNOWN"),
            Self::EmailTaken => (Code::AlreadyExists, "EMAIL_TAKEN"),
            Self::WrongCredentials => (Code::Unauthenticated, "WRONG_CREDENTIALS"),
            Self::WrongPassword => (Code::InvalidArgument, "WRONG_PASSWORD"),
            Self::OrderOpen => (Code::FailedPrecondition, "ORDER_OPEN"),
            Self::SignedOut => (Code::Unauthenticated, "UNAUTHENTICATED"),
            Self::CustomerNotFound => (Code::NotFound, "CUSTOMER_NOT_FOUND"),
            Self::EmailNotVerified => (Code::FailedPrecondition, "EMAIL_NOT_VERIFIED"),
            Self::LinkEnded => (Code::InvalidArgument, "LINK_ENDED"),
            Self::TooManyMails { .. } => (Code::ResourceExhausted, "TOO_MANY_MAILS"),
            Self::TooManyAttempts { .. } => (Code::ResourceExhausted, "RATE_LIMITED"),
            Self::TooManySignIns => (Code::Unavailable, "TOO_MANY_SIGN_INS"),
            Self::OfferNotFound { .. } => (Code::NotFound, "OFFER_NOT_FOUND"),
            Self::OfferNotAvailable { .. } => (Code::FailedPrecondition, "OFFER_NOT_AVAILABLE"),
            Self::NotPlayable { .. } => (Code::FailedPrecondition, "NOT_PLAYABLE"),
            Self::PriceChanged { .. } => (Code::FailedPrecondition, "PRICE_CHANGED"),
            Self::AlreadyHeld { .. } => (Code::AlreadyExists, "ALREADY_HELD"),
            Self::TitleBeingOrdered { .. } => (Code::Aborted, "TITLE_BEING_ORDERED"),
            Self::IdempotencyKeyReused => (Code::FailedPrecondition, "IDEMPOTENCY_KEY_REUSED"),
            Self::OrderInProgress => (Code::Aborted, "ORDER_IN_PROGRESS"),
            Self::OrderNotFound => (Code::NotFound, "ORDER_NOT_FOUND"),
            Self::DeadLetterNotFound => (Code::NotFound, "DEAD_LETTER_NOT_FOUND"),
            Self::NothingToPay => (Code::FailedPrecondition, "NOTHING_TO_PAY"),
            Self::RefundNotAllowed(_) => (Code::FailedPrecondition, "REFUND_NOT_ALLOWED"),
            Self::ProviderUnknown => (Code::NotFound, "PROVIDER_UNKNOWN"),
            Self::EventRefused(_) => (Code::InvalidArgument, "EVENT_REFUSED"),
            Self::NoSandbox => (Code::NotFound, "NO_SANDBOX"),
            Self::EntitlementNotFound => (Code::NotFound, "ENTITLEMENT_NOT_FOUND"),
            Self::MediaNotFound => (Code::NotFound, "MEDIA_NOT_FOUND"),
            Self::StartNotConfirmed { .. } => (Code::FailedPrecondition, "START_NOT_CONFIRMED"),
            Self::StartWindowEnded => (Code::FailedPrecondition, "START_WINDOW_ENDED"),
            Self::ViewingWindowEnded => (Code::FailedPrecondition, "VIEWING_WINDOW_ENDED"),
            Self::AccessEnded => (Code::FailedPrecondition, "ACCESS_ENDED"),
            Self::PlayingElsewhere { .. } => (Code::FailedPrecondition, "PLAYING_ELSEWHERE"),
            Self::TooManyStreams { .. } => (Code::FailedPrecondition, "TOO_MANY_STREAMS"),
            Self::PlaybackTakenOver => (Code::FailedPrecondition, "PLAYBACK_TAKEN_OVER"),
            Self::PlaybackEnded => (Code::NotFound, "PLAYBACK_ENDED"),
            Self::WatchlistFull { .. } => (Code::FailedPrecondition, "WATCHLIST_FULL"),
            Self::TitleNotFound => (Code::NotFound, "TITLE_NOT_FOUND"),
            Self::LabOnly => (Code::PermissionDenied, "LAB_ONLY"),
            Self::CatalogueUnavailable { .. } => (Code::Unavailable, "CATALOGUE_UNAVAILABLE"),
            Self::DatabaseUnavailable { .. } | Self::ProviderUnavailable(_) => (Code::Unavailable, "UNAVAILABLE"),
            Self::ForbiddenMove { .. } | Self::Internal { .. } => (Code::Internal, "INTERNAL"),
            Self::Passed(fault) => (fault.code, "PASSED"),
        }
    }
}

/// How long a caller should wait before it repeats a call that another call blocks, or that could not be answered now.
const RETRY_AFTER: Duration = Duration::from_secs(1);

impl Fault {
    /// The field of the request that is wrong.
    fn field(&self) -> Option<&'static str> {
        match self {
            Self::Invalid { field, .. } => Some(field),
            Self::PasswordTooWeak { .. } => Some("password"),
            Self::WrongPassword => Some("current_password"),
            Self::PageTokenUnknown => Some("page_token"),
            Self::LinkEnded => Some("token"),
            _ => None,
        }
    }

    /// Facts for programs, besides the reason.
    fn facts(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::OfferNotFound { offer: Some(offer) } | Self::OfferNotAvailable { offer } => {
                vec![("offer_id", offer.to_string())]
            }
            Self::NotPlayable { offer, title } => {
                vec![("offer_id", offer.to_string()), ("title_id", title.to_string())]
            }
            Self::PriceChanged { offer, price } => vec![
                ("offer_id", offer.to_string()),
                ("amount_minor", price.minor().to_string()),
                ("currency_code", price.currency_code().to_owned()),
            ],
            Self::AlreadyHeld { title, entitlement, .. } => vec![
                ("title_id", title.to_string()),
                ("entitlement_id", entitlement.to_string()),
            ],
            Self::TitleBeingOrdered { title, order } => {
                let order = order.iter().map(|order| ("order_id", order.to_string()));
                std::iter::once(("title_id", title.to_string())).chain(order).collect()
            }
            Self::RefundNotAllowed(refusal) => vec![("rule", refusal.name().to_owned())],
            Self::StartNotConfirmed { viewing_window_hours } => {
                vec![("viewing_window_hours", viewing_window_hours.to_string())]
            }
            _ => Vec::new(),
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::TooManyMails { retry_after } | Self::TooManyAttempts { retry_after, .. } => Some(*retry_after),
            Self::TitleBeingOrdered { .. }
            | Self::OrderInProgress
            | Self::TooManySignIns
            | Self::CatalogueUnavailable { .. }
            | Self::ProviderUnavailable(_)
            | Self::DatabaseUnavailable { .. } => Some(RETRY_AFTER),
            _ => None,
        }
    }

    /// Details for the log only.
    pub(crate) fn private(&self) -> Option<String> {
        match self {
            Self::Internal { private }
            | Self::CatalogueUnavailable { private }
            | Self::DatabaseUnavailable { private } => Some(private.clone()),
            Self::ProviderUnavailable(error) => Some(error.to_string()),
            Self::ForbiddenMove { order, from, to } => Some(format!("order {order} may not go from {from} to {to}")),
            _ => None,
        }
    }
}

impl From<Fault> for rpc::Fault {
    fn from(fault: Fault) -> Self {
        let fault = match fault {
            Fault::Passed(passed) => return passed,
            own => own,
        };
        let (code, reason) = fault.describe();
        let mut public = Self::new(code, reason, fault.to_string());
        if let Some(field) = fault.field() {
            public = public.with_field(field, fault.to_string());
        }
        for (key, value) in fault.facts() {
            public = public.with_metadata(key, value);
        }
        if let Some(wait) = fault.retry_after() {
            public = public.with_retry_after(wait);
        }
        match fault.private() {
            Some(private) => public.with_private(private),
            None => public,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::{offer_id, order_id, price};

    fn public(fault: Fault) -> rpc::Fault {
        fault.into()
    }

    #[test]
    fn what_is_private_stays_out_of_what_is_public() {
        let faults = [
            Fault::internal("a secret"),
            Fault::DatabaseUnavailable {
                private: "a secret".to_owned(),
            },
            Fault::CatalogueUnavailable {
                private: "a secret".to_owned(),
            },
            Fault::ProviderUnavailable(ProviderError::Failed("a secret".to_owned())),
        ];
        for fault in faults.map(public) {
            assert!(!fault.message.contains("secret"), "{fault:?}");
            assert!(fault.private().unwrap().contains("a secret"), "{fault:?}");
        }
    }

    #[test]
    fn a_changed_price_is_told_to_programs_too() {
        let fault = public(Fault::PriceChanged {
            offer: offer_id(1),
            price: price(),
        });
        assert_eq!(fault.metadata("amount_minor"), Some("1490"));
        assert_eq!(fault.metadata("currency_code"), Some("BRL"));
    }

    #[test]
    fn a_forbidden_move_is_our_own_mistake() {
        let fault = public(Fault::ForbiddenMove {
            order: order_id(1),
            from: "declined",
            to: "paid",
        });
        assert_eq!(fault.code, Code::Internal);
        assert!(fault.private().unwrap().contains("from declined to paid"));
    }

    #[test]
    fn a_fault_of_the_call_layer_passes_as_it_is() {
        let fault = public(Fault::from(rpc::Fault::new(
            Code::PermissionDenied,
            "STAFF_ONLY",
            "No.",
        )));
        assert_eq!(
            (fault.code, &*fault.reason, &*fault.message),
            (Code::PermissionDenied, "STAFF_ONLY", "No.")
        );
    }
}
