//! Times as API Pix writes them (RFC 3339).

use jiff::Timestamp;
use serde_json::Value;

pub(super) fn instant_us(value: &Value) -> Option<i64> {
    let time: Timestamp = value.as_str()?.parse().ok()?;
    Some(time.as_microsecond())
}

/// To the millisecond before; none for a time that no calendar has.
pub(super) fn text(at_us: i64) -> Option<String> {
    let time = Timestamp::from_microsecond(at_us).ok()?;
    Some(format!("{time:.3}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn times_are_written_and_read() {
        let at_us = 1_767_268_800_358_000;
        assert_eq!(text(at_us).as_deref(), Some("2026-01-01T12:00:00.358Z"));
        assert_eq!(instant_us(&json!("2026-01-01T12:00:00.358Z")), Some(at_us));
        assert_eq!(instant_us(&json!("2026-01-01T09:00:00.358-03:00")), Some(at_us));
        assert_eq!(instant_us(&json!("yesterday")), None);
    }
}
