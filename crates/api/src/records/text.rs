//! Records as JSON, piece by piece.

use bytes::{Buf, Bytes};
use serde::ser::Error;

use super::Written;
use super::wire::next_record;

/// The inside of a JSON list of records, to be taken piece by piece, so that the whole text need never be in memory.
pub struct RecordsText {
    rest: Written,
    is_begun: bool,
}

impl RecordsText {
    pub(super) fn new(rest: Written) -> Self {
        Self { rest, is_begun: false }
    }

    /// Whether the whole text was taken.
    pub fn is_empty(&self) -> bool {
        match &self.rest {
            Written::Protobuf(rest) | Written::Json(rest) => rest.is_empty(),
        }
    }

    /// Appends to a piece until it has about this many bytes or the text ends.
    ///
    /// # Errors
    /// Fails at a malformed record, which is never written.
    pub fn take(&mut self, piece: &mut Vec<u8>, bytes: usize) -> serde_json::Result<()> {
        match &mut self.rest {
            Written::Json(rest) => {
                let room = bytes.saturating_sub(piece.len()).min(rest.len());
                piece.extend_from_slice(&rest.split_to(room));
            }
            Written::Protobuf(rest) => write(rest, &mut self.is_begun, piece, bytes)?,
        }
        Ok(())
    }
}

fn write(rest: &mut Bytes, is_begun: &mut bool, piece: &mut Vec<u8>, bytes: usize) -> serde_json::Result<()> {
    let mut left: &[u8] = rest;
    while piece.len() < bytes {
        let Some(record) = next_record(&mut left).map_err(serde_json::Error::custom)? else {
            break;
        };
        if std::mem::replace(is_begun, true) {
            piece.push(b',');
        }
        serde_json::to_writer(&mut *piece, &record)?;
    }
    let taken = rest.len() - left.len();
    rest.advance(taken);
    Ok(())
}
