//! JSON: names and values, with their positions (RFC 8259).

use super::{DEPTH_LIMIT, Field, shortened};

/// Up to `most` fields of a text. An object is followed by its own fields, and a list by its elements.
pub(crate) fn open(payload: &[u8], most: usize) -> Vec<Field> {
    let mut reader = Reader {
        text: payload,
        at: 0,
        most,
        fields: Vec::new(),
    };
    reader.value(0, None);
    reader.fields
}

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
    most: usize,
    fields: Vec<Field>,
}

/// A field's name, and where it begins.
struct Name {
    text: String,
    start: usize,
}

impl Reader<'_> {
    /// Reads a value, and records a field if the value has a name. None if it is not JSON, or enough fields were read.
    fn value(&mut self, depth: usize, name: Option<Name>) -> Option<()> {
        self.space();
        let start = self.at;
        let written_as = written_as(self.peek()?)?;
        let field = name.map(|name| self.begin(depth, name, start, written_as));
        let inner = if field.is_some() { depth + 1 } else { depth };
        match written_as {
            "object" => self.object(inner)?,
            "list" => self.list(inner)?,
            "text" => {
                self.string()?;
            }
            _ => self.word(),
        }
        if let Some(field) = field.and_then(|index| self.fields.get_mut(index)) {
            field.end = self.at;
            if !matches!(written_as, "object" | "list") {
                let value = self.text.get(start..self.at).unwrap_or_default();
                let text: Option<String> = serde_json::from_slice(value).ok();
                field.value = shortened(&text.unwrap_or_else(|| String::from_utf8_lossy(value).into_owned()));
            }
        }
        (self.fields.len() < self.most).then_some(())
    }

    fn begin(&mut self, depth: usize, name: Name, value_start: usize, written_as: &'static str) -> usize {
        self.fields.push(Field {
            depth,
            name: name.text,
            number: None,
            written_as,
            start: name.start,
            // Set to the real end once that is read.
            end: self.text.len(),
            value_start,
            value: String::new(),
        });
        self.fields.len() - 1
    }

    fn object(&mut self, depth: usize) -> Option<()> {
        self.members(b'}', |reader| {
            let start = reader.at;
            let name = reader.string()?;
            reader.space();
            reader.take(b':')?;
            let name = Name { text: name, start };
            if depth > DEPTH_LIMIT {
                return None;
            }
            reader.value(depth, Some(name))
        })
    }

    fn list(&mut self, depth: usize) -> Option<()> {
        let mut index = 0;
        self.members(b']', |reader| {
            let name = Name {
                text: format!("[{index}]"),
                start: reader.at,
            };
            index += 1;
            if depth > DEPTH_LIMIT {
                return None;
            }
            reader.value(depth, Some(name))
        })
    }

    /// Reads the members of an object or a list, with the closing bracket.
    fn members(&mut self, closing: u8, mut member: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.at += 1;
        self.space();
        while self.peek()? != closing {
            member(self)?;
            self.space();
            if self.peek()? == b',' {
                self.at += 1;
                self.space();
            }
        }
        self.at += 1;
        Some(())
    }

    fn string(&mut self) -> Option<String> {
        let start = self.at;
        self.take(b'"')?;
        loop {
            match self.peek()? {
                b'\\' => self.at += 2,
                b'"' => break,
                _ => self.at += 1,
            }
        }
        self.at += 1;
        serde_json::from_slice(self.text.get(start..self.at)?).ok()
    }

    fn word(&mut self) {
        while self
            .peek()
            .is_some_and(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
        {
            self.at += 1;
        }
    }

    fn space(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.at += 1)
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }
}

/// The type of a value, by its first character.
fn written_as(first: u8) -> Option<&'static str> {
    Some(match first {
        b'{' => "object",
        b'[' => "list",
        b'"' => "text",
        b't' | b'f' => "boolean",
        b'n' => "null",
        b'-' | b'0'..=b'9' => "number",
        _ => return None,
    })
}
