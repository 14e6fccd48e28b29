//! Records as JSON, piece by piece.

use bytes::{Buf, Bytes};
use serde::ser::Error;

use super::Written;
use super::wire::next_record;

/// The inside of a list of records in JSON, to be taken piece by piece; never held whole where it is written here.
pub struct RecordsText {
    rest: Written,
    is_begun: bool,
}

impl RecordsText {
    pub(super) fn new(rest: Written) -> Self {
        Self { rest, is_begun: false }
    }

    /// Whether all of it was taken.
    pub fn is_empty(&self) -> bool {
        match &self.rest {
            Written::Protobuf(rest) | Written::Json(rest) => rest.is_empty(),
        }
    }

    /// Writes on behind what a piece has, until it has about so many bytes or nothing is left.
    ///
    /// # Errors
    /// What is no record is said to be none, and never written.
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
