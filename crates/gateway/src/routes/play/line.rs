//! The connection to the player: how messages are written to it, and how it is closed.

use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket, close_code};
use futures::stream::{SplitSink, SplitStream};
use futures::{SinkExt, StreamExt};

use super::StoreWord;

/// How long a player may take to receive a message.
const TAKEN_WITHIN: Duration = Duration::from_secs(10);
/// How long, and for how many frames, the gateway reads from a player after the last message.
const LINGER_FOR: Duration = Duration::from_secs(2);
const LINGER_FRAMES: usize = 1_000;

pub(super) struct Line(SplitSink<WebSocket, Message>);

impl Line {
    pub(super) fn new(sink: SplitSink<WebSocket, Message>) -> Self {
        Self(sink)
    }

    /// Whether the player received it; the gateway does not wait longer for one that does not read.
    pub(super) async fn say(&mut self, message: Message) -> bool {
        let said = tokio::time::timeout(TAKEN_WITHIN, self.0.send(message)).await;
        matches!(said, Ok(Ok(())))
    }

    pub(super) async fn close(&mut self, code: u16) {
        self.say(close(code)).await;
    }

    pub(super) async fn end_with(&mut self, word: &StoreWord) {
        if self.say(frame(word)).await {
            self.close(close_code::NORMAL).await;
        }
    }

    pub(super) async fn leave(&mut self, left: Left) {
        if let Left::Broken(problem) = left
            && self.say(frame(&problem)).await
        {
            self.close(close_code::POLICY).await;
        }
    }
}

/// Why the gateway stops reading from a player.
pub(super) enum Left {
    Gone,
    Broken(StoreWord),
}

/// Reads what the player still sends, and drops it. If a connection is closed with unread data, it is reset, and the
/// player may never receive the last message.
pub(super) async fn linger(source: &mut SplitStream<WebSocket>) {
    let rest = async {
        for _ in 0..LINGER_FRAMES {
            if !matches!(source.next().await, Some(Ok(_))) {
                return;
            }
        }
    };
    // The gateway does not wait longer for a player that does not close its side.
    let _elapsed = tokio::time::timeout(LINGER_FOR, rest).await;
}

pub(super) fn frame(word: &StoreWord) -> Message {
    // Serializing these messages cannot fail.
    Message::Text(serde_json::to_string(word).unwrap_or_default().into())
}

fn close(code: u16) -> Message {
    Message::Close(Some(CloseFrame {
        code,
        reason: String::new().into(),
    }))
}
