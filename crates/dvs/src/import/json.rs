//! JSON: the objects of one array, or one after another as in JSON Lines. Their bytes are cut out one object at a time.

use std::io::{self, BufRead};

use serde_json::{Map, Value};

use super::source::Bytes;
use super::{ROW_LIMIT_BYTES, Record, Refusal, invalid, mapping};

/// The objects of a file.
pub(super) struct Objects {
    bytes: Bytes,
    place: Place,
    /// The bytes of the object that is read, as far as they fit.
    object: Vec<u8>,
}

/// What may come next.
#[derive(Clone, Copy)]
enum Place {
    BeforeArray,
    ArrayStart,
    AfterElement,
    AfterComma,
    AfterArray,
    Lines,
}

impl Objects {
    pub(super) fn of_array(bytes: Bytes) -> Self {
        Self::new(bytes, Place::BeforeArray)
    }

    pub(super) fn of_lines(bytes: Bytes) -> Self {
        Self::new(bytes, Place::Lines)
    }

    fn new(bytes: Bytes, place: Place) -> Self {
        let object = Vec::new();
        Self { bytes, place, object }
    }

    pub(super) fn next(&mut self) -> io::Result<Option<Record>> {
        if !self.find_object()? {
            return Ok(None);
        }
        let bytes = self.take_object()?;
        let film = if bytes > ROW_LIMIT_BYTES {
            Err(Refusal::too_large())
        } else {
            film(&self.object)
        };
        Ok(Some(Record { bytes, film }))
    }

    /// Goes to the next object's first brace; false at the end of a file that is whole.
    fn find_object(&mut self) -> io::Result<bool> {
        loop {
            let next = super::first_of_text(&mut self.bytes)?;
            self.place = match (self.place, next) {
                (Place::Lines | Place::AfterArray, None) => return Ok(false),
                (_, None) => return Err(io::ErrorKind::UnexpectedEof.into()),
                (Place::Lines, Some(b'{')) => return Ok(true),
                (Place::ArrayStart | Place::AfterComma, Some(b'{')) => {
                    self.place = Place::AfterElement;
                    return Ok(true);
                }
                (Place::BeforeArray, Some(b'[')) => Place::ArrayStart,
                (Place::AfterElement, Some(b',')) => Place::AfterComma,
                (Place::ArrayStart | Place::AfterElement, Some(b']')) => Place::AfterArray,
                (_, Some(other)) => return Err(unexpected(other)),
            };
            self.bytes.consume(1);
        }
    }

    /// Reads one object to its last brace, and gives its size: of a larger one than allowed only the start is kept.
    fn take_object(&mut self) -> io::Result<usize> {
        self.object.clear();
        let mut size = 0;
        let mut braces = Braces::default();
        loop {
            let chunk = self.bytes.fill_buf()?;
            if chunk.is_empty() {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let end = braces.end_in(chunk)?;
            let length = end.unwrap_or(chunk.len());
            let kept = length.min(ROW_LIMIT_BYTES - self.object.len());
            self.object.extend_from_slice(chunk.get(..kept).unwrap_or_default());
            self.bytes.consume(length);
            size += length;
            if end.is_some() {
                return Ok(size);
            }
        }
    }
}

/// Counts braces and brackets outside of texts, to find where an object ends.
#[derive(Default)]
struct Braces {
    depth: usize,
    in_text: bool,
    escaped: bool,
}

impl Braces {
    /// Where in this chunk the object has ended: the number of bytes up to there.
    fn end_in(&mut self, chunk: &[u8]) -> io::Result<Option<usize>> {
        for (position, &byte) in chunk.iter().enumerate() {
            if self.in_text {
                match byte {
                    _ if self.escaped => self.escaped = false,
                    b'\\' => self.escaped = true,
                    b'"' => self.in_text = false,
                    // Beyond it no quote could be trusted to open or close a text.
                    b'\n' => return Err(invalid("a text is not closed on its line")),
                    _ => {}
                }
                continue;
            }
            match byte {
                b'"' => self.in_text = true,
                b'{' | b'[' => self.depth += 1,
                b'}' | b']' => self.depth = self.depth.saturating_sub(1),
                _ => {}
            }
            if self.depth == 0 {
                return Ok(Some(position + 1));
            }
        }
        Ok(None)
    }
}

fn unexpected(byte: u8) -> io::Error {
    invalid(format!(
        "`{}` stands where a film or the end should",
        byte.escape_ascii()
    ))
}

fn film(object: &[u8]) -> Result<api::catalogue::TitleInput, Refusal> {
    let fields: Map<String, Value> =
        serde_json::from_slice(object).map_err(|error| Refusal::new("", format!("It is not JSON: {error}.")))?;
    mapping::film(fields)
}
