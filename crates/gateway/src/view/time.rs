//! Times as the public sees them: RFC 3339, UTC.

use std::fmt;

use jiff::Timestamp;
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

/// A moment.
#[derive(Debug, Clone, Copy, ToSchema)]
#[schema(value_type = String, format = DateTime)]
pub struct Time(Timestamp);

impl Time {
    /// From microseconds since 1970; what lies beyond the calendar is its end.
    pub fn new(microseconds: i64) -> Self {
        let bound = if microseconds < 0 {
            Timestamp::MIN
        } else {
            Timestamp::MAX
        };
        Self(Timestamp::from_microsecond(microseconds).unwrap_or(bound))
    }

    /// 0 is no time in the contracts.
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
