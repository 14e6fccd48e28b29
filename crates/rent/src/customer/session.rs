//! A session as its customer sees it in the list of sessions: on which device, since when, and which one is this one.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::secret::SecretHash;

/// What a browser says that it is, shortened and on one line; empty when it says nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Device(String);

impl Device {
    const LIMIT_CHARS: usize = 200;

    pub(crate) fn of(said: &str) -> Self {
        let plain = said.chars().filter(|one| !one.is_control());
        Self(plain.take(Self::LIMIT_CHARS).collect())
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// A customer's session.
#[derive(Debug, Clone)]
pub(crate) struct DeviceSession {
    pub(crate) token: SecretHash,
    pub(crate) device: Device,
    pub(crate) created_at_us: i64,
    pub(crate) seen_at_us: i64,
}

impl DeviceSession {
    pub(crate) fn id(&self) -> String {
        session_id(self.token)
    }
}

/// A name for a session that gives nothing of its token away: some bytes of the token's hash.
pub(crate) fn session_id(token: SecretHash) -> String {
    const ID_BYTES: usize = 12;
    URL_SAFE_NO_PAD.encode(&token.0[..ID_BYTES])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_browser_says_is_kept_short_and_on_one_line() {
        assert_eq!(Device::of("Mozilla/5.0\r\n(X11)").as_str(), "Mozilla/5.0(X11)");
        assert_eq!(Device::of(&"ã".repeat(300)).as_str().chars().count(), 200);
    }
}
