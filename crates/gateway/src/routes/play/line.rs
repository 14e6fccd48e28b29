//! The way to the player: what is written to it, and how a conversation is closed.

use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket, close_code};
use futures::stream::{SplitSink, SplitStream};
use futures::{SinkExt, StreamExt};

use super::StoreWord;

/// How long a player may take to take a word.
const TAKEN_WITHIN: Duration = Duration::from_secs(10);
/// How long, and for how many frames, a player is read after the last word.
const LINGER_FOR: Duration = Duration::from_secs(2);
const LINGER_FRAMES: usize = 1_000;

pub(super) struct Line(SplitSink<WebSocket, Message>);

impl Line {
    pub(super) fn new(sink: SplitSink<WebSocket, Message>) -> Self {
        Self(sink)
    }

    /// Whether the player took it: one that takes nothing is not waited for.
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

/// Why a player is heard no more.
pub(super) enum Left {
    Gone,
    Broken(StoreWord),
}

/// Reads what the player still sends, and drops it. A connection that is closed while something in it is unread is reset,
/// and a reset can take the last word from the player.
pub(super) async fn linger(source: &mut SplitStream<WebSocket>) {
    let rest = async {
        for _ in 0..LINGER_FRAMES {
            if !matches!(source.next().await, Some(Ok(_))) {
                return;
            }
        }
    };
    // One that does not close its side is not waited for.
    let _elapsed = tokio::time::timeout(LINGER_FOR, rest).await;
}

pub(super) fn frame(word: &StoreWord) -> Message {
    // These words always have a JSON text.
    Message::Text(serde_json::to_string(word).unwrap_or_default().into())
}

fn close(code: u16) -> Message {
    Message::Close(Some(CloseFrame {
        code,
        reason: String::new().into(),
    }))
}
