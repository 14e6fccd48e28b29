//! The frames of a WebSocket.

use std::io::Cursor;

use bytes::{Bytes, BytesMut};
use tokio_tungstenite::tungstenite::protocol::frame::FrameHeader;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Control, Data, OpCode};

use super::{Message, What};

/// The next frame, with its head.
pub(super) fn frame(unread: &mut BytesMut) -> Option<(Bytes, What)> {
    let mut cursor = Cursor::new(&*unread);
    let (header, length) = FrameHeader::parse(&mut cursor).ok()??;
    let start = usize::try_from(cursor.position()).ok()?;
    let length = usize::try_from(length).ok()?;
    if unread.len() < start + length {
        return None;
    }
    let head = unread.split_to(start).freeze();
    let mut payload = unread.split_to(length);
    // Frames of a client are masked, so that no proxy takes them for another protocol.
    if let Some(mask) = header.mask {
        for (byte, mask) in payload.iter_mut().zip(mask.iter().cycle()) {
            *byte ^= mask;
        }
    }
    let name = match header.opcode {
        OpCode::Data(Data::Text | Data::Binary | Data::Continue) => {
            let message = Message {
                payload: payload.freeze(),
                bytes: Some(start + length),
            };
            let what = What::Body {
                name: "FRAME",
                messages: vec![message],
                is_last: false,
            };
            return Some((head, what));
        }
        OpCode::Control(Control::Close) => "CLOSE",
        OpCode::Control(Control::Ping) => "PING",
        OpCode::Control(Control::Pong) => "PONG",
        OpCode::Data(Data::Reserved(_)) | OpCode::Control(Control::Reserved(_)) => "OTHER",
    };
    let what = What::Control {
        name,
        detail: String::new(),
    };
    Some((head, what))
}
