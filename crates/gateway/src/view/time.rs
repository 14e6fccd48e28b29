//! Times in the JSON of the public API: RFC 3339, UTC.

use std::fmt;

use jiff::Timestamp;
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

/// A moment.
#[derive(Debug, Clone, Copy, ToSchema)]
#[schema(value_type = String, format = DateTime)]
pub struct Time(Timestamp);

impl Time {
    /// From microseconds since 1970; a time beyond the calendar becomes its end.
    pub fn new(microseconds: i64) -> Self {
        let bound = if microseconds < 0 {
            Timestamp::MIN
        } else {
            Timestamp::MAX
        };
        Self(Timestamp::from_microsecond(microseconds).unwrap_or(bound))
    }

    /// `None` for 0, which means "no time" in the contracts.
    pub(crate) fn some(microseconds: i64) -> Option<Self> {
        (microseconds != 0).then(|| Self::new(microseconds))
    }
}

impl fmt::Display for Time {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, formatter)
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}
