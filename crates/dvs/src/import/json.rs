//! JSON: the objects of one array, or consecutive objects as in JSON Lines. The bytes of one object at a time are extracted.

use std::io::{self, BufRead};

use serde_json::{Map, Value};

use super::source::Bytes;
use super::{ROW_LIMIT_BYTES, Record, Refusal, invalid, mapping};

/// The objects of a file.
pub(super) struct Objects {
    bytes: Bytes,
    place: Place,
    /// The bytes of the present object, up to the limit.
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
        Ok(Some(Record::new(bytes, film)))
    }

    /// Moves to the first brace of the next object; false at the end of a complete file.
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

    /// Reads one object to its last brace, and returns its size: only the start of one that is larger than allowed is kept.
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

/// Counts braces and brackets outside of texts, to find the end of an object.
#[derive(Default)]
struct Braces {
    depth: usize,
    in_text: bool,
    escaped: bool,
}

impl Braces {
    /// The number of bytes of this chunk that belong to the object, if it ends here.
    fn end_in(&mut self, chunk: &[u8]) -> io::Result<Option<usize>> {
        for (position, &byte) in chunk.iter().enumerate() {
            if self.in_text {
                match byte {
                    _ if self.escaped => self.escaped = false,
                    b'\\' => self.escaped = true,
                    b'"' => self.in_text = false,
                    // After this, it would be uncertain which quotes begin a text and which end one.
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
        "there is `{}` where a film or the end should be",
        byte.escape_ascii()
    ))
}

fn film(object: &[u8]) -> Result<api::catalogue::TitleInput, Refusal> {
    let fields: Map<String, Value> =
        serde_json::from_slice(object).map_err(|error| Refusal::new("", format!("It is not JSON: {error}.")))?;
    mapping::film(fields)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use serde_json::json;

    use super::*;
    use crate::import::{Broken, FilmFile, Row};

    /// The rows of a file, and how it ends.
    fn rows_of(text: impl AsRef<[u8]>) -> (Vec<Row>, Result<(), Broken>) {
        let mut file = FilmFile::open(Cursor::new(text.as_ref().to_vec())).unwrap();
        let mut rows = Vec::new();
        loop {
            match file.next() {
                Ok(Some(row)) => rows.push(row),
                Ok(None) => return (rows, Ok(())),
                Err(broken) => return (rows, Err(broken)),
            }
        }
    }

    fn names_of(text: &str) -> Vec<String> {
        let (rows, end) = rows_of(text);
        end.unwrap();
        rows.into_iter().map(|row| row.film.unwrap().name).collect()
    }

    #[test]
    fn arrays_and_lines_hold_films_however_they_are_spaced() {
        assert_eq!(
            names_of(r#" [{"name":"a","year":1} , {"name":"b","year":1}]"#),
            ["a", "b"]
        );
        assert_eq!(names_of("\n[\n  {\n \"name\": \"a\", \"year\":1\n}\n]\n"), ["a"]);
        assert_eq!(
            names_of("{\"name\":\"a\",\"year\":1}\n\r\n{\"name\":\"b\",\"year\":1}"),
            ["a", "b"]
        );
        assert_eq!(names_of(r#"{"name":"}]\" {\\","year":1}"#), ["}]\" {\\"]);
        assert!(names_of("[]").is_empty());
    }

    #[test]
    fn a_file_that_is_cut_off_anywhere_gives_its_whole_films_and_says_where_it_ends() {
        let text = r#"[{"name":"a","year":1,"cast":["x","{"]},{"name":"b","year":1}]"#;
        for length in 1..text.len() {
            let (rows, end) = rows_of(&text[..length]);
            let broken = end.unwrap_err();
            assert_eq!(broken.reason, "the file is cut off", "{length}");
            assert_eq!(broken.row.unwrap(), i64::try_from(rows.len()).unwrap() + 1, "{length}");
            assert!(rows.iter().all(|row| row.film.is_ok()), "{length}");
        }
        let (rows, end) = rows_of("{\"name\":\"a\"}\n{\"name\":");
        assert_eq!((rows.len(), end.unwrap_err().row), (1, Some(2)));
    }

    #[test]
    fn a_row_that_is_no_json_is_refused_and_the_next_is_read() {
        let (rows, end) = rows_of(b"[{\"name\":unquoted},{name},{\"name\":\"\xff\"},{\"name\":\"b\",\"year\":1}]");
        end.unwrap();
        let outcomes: Vec<_> = rows.iter().map(|row| row.film.is_ok()).collect();
        assert_eq!(outcomes, [false, false, false, true]);
        let refusal = rows[0].film.as_ref().unwrap_err();
        assert!(refusal.reason.starts_with("It is not JSON"), "{}", refusal.reason);
    }

    #[test]
    fn what_is_no_film_breaks_the_file_at_its_row() {
        for text in [
            "[{},]",
            "[{} {}]",
            "[{},7]",
            "[{}]{}",
            "{}\n7",
            "{}\n{\"name\":\"a\n\"}",
        ] {
            let (rows, end) = rows_of(text);
            let broken = end.unwrap_err();
            assert_eq!((rows.len(), broken.row), (1, Some(2)), "{text}: {}", broken.reason);
        }
    }

    #[test]
    fn a_row_over_the_limit_is_refused_and_the_next_is_read() {
        let rest = r#"{"name":"","year":1}"#.len();
        let film = |bytes: usize| json!({ "name": "x".repeat(bytes - rest), "year": 1 });
        let text = json!([
            film(ROW_LIMIT_BYTES),
            film(ROW_LIMIT_BYTES + 1),
            film(1_000_000),
            film(30)
        ]);
        let (rows, end) = rows_of(text.to_string());
        end.unwrap();
        let outcomes: Vec<_> = rows.iter().map(|row| row.film.as_ref().map(|_| row.bytes)).collect();
        let refusal = Refusal::too_large();
        assert_eq!(outcomes, [Ok(ROW_LIMIT_BYTES), Err(&refusal), Err(&refusal), Ok(30)]);
    }

    #[test]
    fn very_deep_nesting_is_refused() {
        let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
        let (rows, end) = rows_of(format!("{{\"name\":{deep}}}"));
        end.unwrap();
        assert!(rows[0].film.is_err());
    }
}
