//! The clock that the gateway is given.

use std::sync::Arc;

/// Microseconds since 1970 UTC.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;
