//! Limits how long the body of a request with one message may take to arrive. A call's deadline begins only once the
//! message is complete, so without this limit a caller could keep a request open for ever by never finishing it.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use http::Request;
use hyper::body::{Frame, SizeHint};
use tokio::time::Sleep;

/// How long one message may take to arrive.
const LIMIT: Duration = Duration::from_secs(10);

/// Makes a request's body end within [`LIMIT`], or else in an error.
pub(crate) fn prompt(request: Request<Body>) -> Request<Body> {
    request.map(|body| Body::new(Prompt { body, ends: None }))
}

struct Prompt {
    body: Body,
    /// Starts when the body is first waited for: most bodies are complete at once and need no timer.
    ends: Option<Pin<Box<Sleep>>>,
}

impl hyper::body::Body for Prompt {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        if polled.is_ready() {
            return polled;
        }
        let ends = self.ends.get_or_insert_with(|| Box::pin(tokio::time::sleep(LIMIT)));
        ends.as_mut().poll(context).map(|()| {
            let late = std::io::Error::new(std::io::ErrorKind::TimedOut, "the message did not come in time");
            Some(Err(axum::Error::new(late)))
        })
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
