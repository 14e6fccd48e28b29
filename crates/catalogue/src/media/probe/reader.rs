//! Reads a file in pieces, wherever it is stored: it holds one piece in memory, and never reads beyond the end.

use std::io::{Error, ErrorKind, Read, Result, Seek, SeekFrom};

/// How much is read from the file at once.
const PIECE_BYTES: u64 = 128 * 1024;

/// Where a file's bytes are read from.
pub(crate) trait Source {
    /// Exactly these bytes.
    fn read_at(&mut self, at: u64, length: u64) -> Result<Vec<u8>>;
}

/// A file that is read in order, and in jumps.
pub(crate) struct FileReader<S> {
    source: S,
    size: u64,
    position: u64,
    piece: Vec<u8>,
    piece_at: u64,
}

impl<S: Source> FileReader<S> {
    pub(crate) fn new(source: S, size: u64) -> Self {
        Self {
            source,
            size,
            position: 0,
            piece: Vec::new(),
            piece_at: 0,
        }
    }

    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// `length` bytes from this offset on, or fewer at the end of the file.
    pub(crate) fn at(&mut self, at: u64, length: usize) -> Result<Vec<u8>> {
        self.position = at.min(self.size);
        let left = usize::try_from(self.size - self.position).unwrap_or(usize::MAX);
        let mut bytes = vec![0; length.min(left)];
        self.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    fn fill(&mut self) -> Result<()> {
        let length = PIECE_BYTES.min(self.size - self.position);
        self.piece = self.source.read_at(self.position, length)?;
        self.piece_at = self.position;
        Ok(())
    }
}

impl<S: Source> Read for FileReader<S> {
    fn read(&mut self, into: &mut [u8]) -> Result<usize> {
        if self.position >= self.size || into.is_empty() {
            return Ok(0);
        }
        let piece_end = self.piece_at + self.piece.len() as u64;
        if !(self.piece_at..piece_end).contains(&self.position) {
            self.fill()?;
        }
        let offset = usize::try_from(self.position - self.piece_at).unwrap_or(usize::MAX);
        let there = self.piece.get(offset..).unwrap_or_default();
        if there.is_empty() {
            return Err(Error::from(ErrorKind::UnexpectedEof));
        }
        let count = there.len().min(into.len());
        into[..count].copy_from_slice(&there[..count]);
        self.position += count as u64;
        Ok(count)
    }
}

impl<S: Source> Seek for FileReader<S> {
    fn seek(&mut self, to: SeekFrom) -> Result<u64> {
        let position = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::End(by) => self.size.checked_add_signed(by),
            SeekFrom::Current(by) => self.position.checked_add_signed(by),
        };
        self.position = position.ok_or_else(|| Error::from(ErrorKind::InvalidInput))?;
        Ok(self.position)
    }
}
