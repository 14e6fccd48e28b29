//! A WebSocket: its frames.

use std::io::Cursor;

use bytes::{Buf, BytesMut};
use tokio_tungstenite::tungstenite::protocol::frame::FrameHeader;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Control, Data, OpCode};

use super::What;

pub(super) fn frame(unread: &mut BytesMut) -> Option<What> {
    let mut cursor = Cursor::new(&*unread);
    let (header, length) = FrameHeader::parse(&mut cursor).ok()??;
    let start = usize::try_from(cursor.position()).ok()?;
    let length = usize::try_from(length).ok()?;
    if unread.len() < start + length {
        return None;
    }
    unread.advance(start);
    let mut payload = unread.split_to(length);
    // What a client says is masked, so that no middleman takes it for something else.
    if let Some(mask) = header.mask {
        for (byte, mask) in payload.iter_mut().zip(mask.iter().cycle()) {
            *byte ^= mask;
        }
    }
    let name = match header.opcode {
        OpCode::Data(Data::Text | Data::Binary | Data::Continue) => {
            return Some(What::Body {
                name: "FRAME",
                messages: vec![payload.freeze()],
                is_last: false,
            });
        }
        OpCode::Control(Control::Close) => "CLOSE",
        OpCode::Control(Control::Ping) => "PING",
        OpCode::Control(Control::Pong) => "PONG",
        OpCode::Data(Data::Reserved(_)) | OpCode::Control(Control::Reserved(_)) => "OTHER",
    };
    Some(What::Control {
        name,
        detail: String::new(),
    })
}
