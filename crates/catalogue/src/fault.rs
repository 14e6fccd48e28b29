//! Everything that the catalogue refuses or fails at, and the one table that gives each its code and its stable reason.

use std::time::Duration;

use rpc::Code;

use crate::check::Refusal;
use crate::search::SearchError;

pub(crate) type Result<T, E = Fault> = std::result::Result<T, E>;

/// A fault of this service. What it displays is public; what must stay private is a field that is not displayed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    #[error("{}", .0.reason)]
    Invalid(#[from] Refusal),
    #[error("This page token is not one that this list gave.")]
    PageTokenUnknown,
    #[error("There is no such title.")]
    TitleNotFound,
    #[error("There is no such person.")]
    PersonNotFound,
    #[error("There is no such collection.")]
    CollectionNotFound,
    #[error("There is no such offer.")]
    OfferNotFound,
    #[error("There is no such logo.")]
    LogoNotFound,
    #[error("There is no film to play for this title yet.")]
    MediaNotFound,
    #[error("{reason} The film that the title has stays. With --sell-anyway this one takes its place.")]
    WouldNotPlay { reason: String },
    #[error("The upload stood still for so long that it was given up. Send the file again.")]
    UploadGivenUp,
    #[error("Only a store that was started with --lab does that.")]
    LabOnly,
    #[error("The catalogue cannot be reached at the moment.")]
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

impl From<SearchError> for Fault {
    fn from(error: SearchError) -> Self {
        let private = store::causes(&error);
        match store::StorageCause::of(&error) {
            Some(cause) => Self::Passed(rpc::Fault::storage(cause, private)),
            None => Self::Internal { private },
        }
    }
}

impl From<object_store::Error> for Fault {
    fn from(error: object_store::Error) -> Self {
        Self::of_files("the blob store", &error)
    }
}

impl From<std::io::Error> for Fault {
    fn from(error: std::io::Error) -> Self {
        Self::of_files("the folder of the blob store", &error)
    }
}

impl From<tokio::task::JoinError> for Fault {
    fn from(error: tokio::task::JoinError) -> Self {
        Self::Internal {
            private: error.to_string(),
        }
    }
}

impl Fault {
    /// A fault of the blob store.
    fn of_files(place: &str, error: &(dyn std::error::Error + 'static)) -> Self {
        let private = format!("{place}: {}", store::causes(error));
        match store::StorageCause::of(error) {
            Some(cause) => {
                cause.note(&private);
                Self::Passed(rpc::Fault::storage(cause, private))
            }
            None => Self::Internal { private },
        }
    }

    /// The text for the operator's log: it contains the private details too.
    pub(crate) fn to_operator(&self) -> String {
        match self {
            Self::DatabaseUnavailable { private } | Self::Internal { private } => private.clone(),
            other => other.to_string(),
        }
    }
}

/// How long a caller should wait before it calls again when the database did not answer.
const RETRY_AFTER: Duration = Duration::from_secs(1);

impl Fault {
    pub(crate) fn invalid(field: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Invalid(Refusal {
            field: field.into(),
            reason: reason.into(),
        })
    }

    /// The code and the stable reason of every fault.
    fn describe(&self) -> (Code, &'static str) {
        match self {
            Self::Invalid(_) => (Code::InvalidArgument, "INVALID_ARGUMENT"),
            Self::PageTokenUnknown => (Code::InvalidArgument, "PAGE_TOKEN_UNKNOWN"),
            Self::TitleNotFound => (Code::NotFound, "TITLE_NOT_FOUND"),
            Self::PersonNotFound => (Code::NotFound, "PERSON_NOT_FOUND"),
            Self::CollectionNotFound => (Code::NotFound, "COLLECTION_NOT_FOUND"),
            Self::OfferNotFound => (Code::NotFound, "OFFER_NOT_FOUND"),
            Self::LogoNotFound => (Code::NotFound, "LOGO_NOT_FOUND"),
            Self::MediaNotFound => (Code::NotFound, "MEDIA_NOT_FOUND"),
            Self::WouldNotPlay { .. } => (Code::FailedPrecondition, "NOT_PLAYABLE"),
            Self::UploadGivenUp => (Code::Aborted, "UPLOAD_GIVEN_UP"),
            Self::LabOnly => (Code::PermissionDenied, "LAB_ONLY"),
            Self::DatabaseUnavailable { .. } => (Code::Unavailable, "UNAVAILABLE"),
            Self::Internal { .. } => (Code::Internal, "INTERNAL"),
            Self::Passed(fault) => (fault.code, "PASSED"),
        }
    }

    /// The field of the request that is wrong.
    fn field(&self) -> Option<&str> {
        match self {
            Self::Invalid(refusal) => Some(&refusal.field),
            Self::PageTokenUnknown => Some("page_token"),
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
        match fault {
            Fault::DatabaseUnavailable { private } => public.with_retry_after(RETRY_AFTER).with_private(private),
            Fault::Internal { private } => public.with_private(private),
            _ => public,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_private_stays_out_of_what_is_public() {
        let private = "a secret".to_owned();
        let faults = [
            Fault::Internal {
                private: private.clone(),
            },
            Fault::DatabaseUnavailable { private },
        ];
        for fault in faults.map(rpc::Fault::from) {
            assert!(!fault.message.contains("secret"), "{fault:?}");
            assert_eq!(fault.private(), Some("a secret"));
        }
    }

    #[test]
    fn a_refusal_names_its_field() {
        let fault = rpc::Fault::from(Fault::invalid("offers[0].price", "A price is above zero."));
        assert_eq!(fault.code, Code::InvalidArgument);
        assert_eq!(fault.fields()[0].field, "offers[0].price");
        assert_eq!(fault.message, "A price is above zero.");
    }
}
