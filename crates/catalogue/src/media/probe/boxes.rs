//! The boxes that MP4 files are made of, in a file and in memory.

use mp4_atom::{Atom, Decode, Header};

use super::broken;
use super::reader::{FileReader, Source};
use super::signature::unreadable;
use crate::check::Refusal;

/// A header with a size of eight bytes.
const HEADER_BYTES: usize = 16;
/// More boxes in a row than any film has fragments.
const BOXES: usize = 1_000_000;

/// A box of a file, which lies inside it.
#[derive(Debug, Clone, Copy)]
pub(super) struct FileBox {
    pub(super) kind: [u8; 4],
    pub(super) start: u64,
    pub(super) body: u64,
    pub(super) end: u64,
}

/// The boxes of a file, in their order; one that ends beyond the file is a fault.
pub(super) fn of_file(file: &mut FileReader<impl Source>) -> Result<Vec<FileBox>, Refusal> {
    let (mut boxes, mut start) = (Vec::new(), 0);
    let size = file.size();
    while start < size {
        let head = file.at(start, HEADER_BYTES).map_err(|error| unreadable(&error))?;
        let Some((kind, header, body_size)) = header(&head) else {
            if head.iter().all(|byte| *byte == 0) {
                // Padding.
                break;
            }
            return Err(broken(format!("The file is broken at byte {start}: there is no box.")));
        };
        let body = start + header;
        let end = match body_size {
            None => size,
            Some(body_size) => body.saturating_add(body_size),
        };
        if kind == [0; 4] {
            break;
        }
        if !kind
            .iter()
            .all(|byte| byte.is_ascii_graphic() || b" \xa9".contains(byte))
        {
            return Err(broken(format!("The file is broken at byte {start}: there is no box.")));
        }
        if end > size {
            let name = name(kind);
            return Err(broken(format!(
                "The file is cut off: its box {name} has {} bytes, and {} of them are there.",
                end - body,
                size.saturating_sub(body)
            )));
        }
        boxes.push(FileBox { kind, start, body, end });
        if boxes.len() > BOXES {
            return Err(broken(format!("The file has more than {BOXES} boxes.")));
        }
        start = end;
    }
    Ok(boxes)
}

/// The boxes in the body of another box, up to the first that cannot be read.
pub(super) fn children(mut bytes: &[u8]) -> impl Iterator<Item = ([u8; 4], &[u8])> {
    std::iter::from_fn(move || {
        let (kind, header, size) = header(bytes)?;
        let bodies = bytes.get(usize::try_from(header).ok()?..)?;
        let size = match size {
            None => bodies.len(),
            Some(size) => usize::try_from(size).ok()?,
        };
        let (body, rest) = bodies.split_at_checked(size)?;
        bytes = rest;
        Some((kind, body))
    })
}

/// The body of the first box of a kind.
pub(super) fn child(bytes: &[u8], kind: [u8; 4]) -> Option<&[u8]> {
    children(bytes).find_map(|(found, body)| (found == kind).then_some(body))
}

/// The library's type of a box, from its body.
pub(super) fn decode<T: Atom>(mut body: &[u8]) -> Option<T> {
    T::decode_body(&mut body).ok()
}

pub(super) fn name(kind: [u8; 4]) -> String {
    kind.iter().map(|byte| char::from(*byte)).collect()
}

/// A box's kind, the length of its header, and the size of its body: `None` for a box that ends with the file.
fn header(bytes: &[u8]) -> Option<([u8; 4], u64, Option<u64>)> {
    let mut rest = bytes;
    let header = Header::decode(&mut rest).ok()?;
    let kind: [u8; 4] = bytes.get(4..8)?.try_into().ok()?;
    let length = u64::try_from(bytes.len() - rest.len()).ok()?;
    Some((kind, length, header.size.map(|size| size as u64)))
}
