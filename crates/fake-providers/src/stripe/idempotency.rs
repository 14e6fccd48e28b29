//! Idempotency keys: the same key and the same request get the same bytes; another request under the key is refused, and so is
//! one while the first is being worked on (Stripe's documentation, “Idempotent requests”).

use std::collections::HashMap;

use bytes::Bytes;

/// What a key was used for.
struct Used {
    request: String,
    /// None while the first call is being worked on.
    answer: Option<(u16, Bytes)>,
}

#[derive(Default)]
pub(super) struct Idempotency(HashMap<String, Used>);

/// What to do with a call.
#[derive(Debug)]
pub(super) enum Turn {
    /// The first with its key: it is done.
    Do,
    /// Another one had the same key and request.
    Repeat(u16, Bytes),
    InProgress,
    OtherRequest,
}

impl Idempotency {
    pub(super) fn begin(&mut self, key: &str, request: &str) -> Turn {
        match self.0.get(key) {
            Some(used) if used.request != request => Turn::OtherRequest,
            Some(Used { answer: None, .. }) => Turn::InProgress,
            Some(Used {
                answer: Some((status, body)),
                ..
            }) => Turn::Repeat(*status, body.clone()),
            None => {
                let used = Used {
                    request: request.to_owned(),
                    answer: None,
                };
                self.0.insert(key.to_owned(), used);
                Turn::Do
            }
        }
    }

    pub(super) fn end(&mut self, key: &str, status: u16, body: Bytes) {
        if let Some(used) = self.0.get_mut(key) {
            used.answer = Some((status, body));
        }
    }
}
