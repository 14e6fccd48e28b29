//! The text of a film file, as UTF-8: unpacked if it is gzip, decoded, without a byte order mark, and limited in size.
//! A workbook is not text and is returned as it is.

use std::io::{self, BufRead, BufReader, Cursor, Read};

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{CoderResult, Decoder, Encoding, UTF_8, UTF_16BE, UTF_16LE};
use flate2::bufread::MultiGzDecoder;

/// The largest file, unpacked.
const FILE_LIMIT_BYTES: u64 = 1024 * 1024 * 1024;
/// The largest workbook, which is read into memory.
const WORKBOOK_LIMIT_BYTES: u64 = 32 * 1024 * 1024;
const BUFFER_BYTES: usize = 64 * 1024;
/// How much of a text is examined to guess its encoding.
const HEAD_BYTES: usize = 1024 * 1024;

const GZIP: &[u8] = &[0x1f, 0x8b];
/// A workbook is a zip archive.
const ZIP: &[u8] = &[b'P', b'K', 3, 4];
/// The first bytes of files that are not text and cannot be read.
const OTHERS: [(&[u8], &str); 2] = [
    (
        &[0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1],
        "it is a workbook of an old Excel (XLS), or one with a password: save it as XLSX or CSV",
    ),
    (b"%PDF-", "it is a PDF: films are read from JSON, CSV and XLSX"),
];
const START_BYTES: usize = 8;

pub(super) type Bytes = Box<dyn BufRead + Send>;

/// The kind of a file.
pub(super) enum Opened {
    Text(Text),
    Workbook(Vec<u8>),
}

pub(super) struct Text {
    pub(super) bytes: Bytes,
    /// The encoding if it was guessed, so that it can be reported.
    pub(super) guessed: Option<&'static Encoding>,
}

/// Opens a file. Its first bytes decide what it is, not its name. Text is in the given encoding, or otherwise in the one that is guessed.
pub(super) fn open(file: impl Read + Send + 'static, encoding: Option<&'static Encoding>) -> io::Result<Opened> {
    open_within(file, encoding, FILE_LIMIT_BYTES)
}

/// The text of a file that is no list of films, decoded in the same way.
pub(crate) fn decoded(content: &[u8]) -> io::Result<String> {
    let mut decoded = String::new();
    match open(Cursor::new(content.to_vec()), None)? {
        Opened::Text(mut text) => text.bytes.read_to_string(&mut decoded)?,
        Opened::Workbook(_) => return Err(super::invalid("it is a workbook, and no text")),
    };
    Ok(decoded)
}

fn open_within(
    file: impl Read + Send + 'static,
    encoding: Option<&'static Encoding>,
    limit: u64,
) -> io::Result<Opened> {
    let (start, file) = peek(BufReader::with_capacity(BUFFER_BYTES, file), START_BYTES);
    if let Some((_, reason)) = OTHERS.into_iter().find(|(other, _)| start.starts_with(other)) {
        return Err(super::invalid(reason));
    }
    if start.starts_with(ZIP) {
        let mut workbook = Vec::new();
        Limited::new(file, WORKBOOK_LIMIT_BYTES.min(limit)).read_to_end(&mut workbook)?;
        return Ok(Opened::Workbook(workbook));
    }
    if start.starts_with(GZIP) {
        text(Limited::new(MultiGzDecoder::new(file), limit), encoding).map(Opened::Text)
    } else {
        text(Limited::new(file, limit), encoding).map(Opened::Text)
    }
}

/// The same text as UTF-8, without its byte order mark.
fn text(text: impl Read + Send + 'static, encoding: Option<&'static Encoding>) -> io::Result<Text> {
    let (head, text) = peek(BufReader::with_capacity(BUFFER_BYTES, text), HEAD_BYTES);
    let marked = Encoding::for_bom(&head);
    let (found, mark) = match (encoding, marked) {
        (_, Some((marked, length))) => (marked, length),
        (Some(encoding), None) => (encoding, 0),
        (None, None) => (guess(&head), 0),
    };
    if found != UTF_16LE && found != UTF_16BE && is_binary(&head) {
        return Err(super::invalid("it is no text: films are read from JSON, CSV and XLSX"));
    }
    let mut text = text;
    let mut left = mark;
    while left > 0 {
        let length = text.fill_buf()?.len().min(left);
        text.consume(length);
        left -= length;
    }
    let guessed = (encoding.is_none() && marked.is_none() && found != UTF_8).then_some(found);
    let bytes: Bytes = if found == UTF_8 {
        // Bytes that are not UTF-8 refuse only their row.
        Box::new(text)
    } else {
        let decoded = Decoded {
            inner: text,
            decoder: found.new_decoder_without_bom_handling(),
            encoding: found,
            text: String::with_capacity(BUFFER_BYTES),
            at: 0,
            is_ended: false,
        };
        Box::new(BufReader::with_capacity(BUFFER_BYTES, decoded))
    };
    Ok(Text { bytes, guessed })
}

/// Whether a head has more control characters than a text with a few faults: a film or a picture is full of them.
fn is_binary(head: &[u8]) -> bool {
    let is_control = |byte: &u8| byte.is_ascii_control() && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x0b | 0x0c | 0x1b);
    let controls = head.iter().filter(|byte| is_control(byte)).count();
    controls > head.len() / 50
}

/// Guesses the encoding of a text without a byte order mark.
fn guess(head: &[u8]) -> &'static Encoding {
    // JSON is always UTF-8.
    if head.trim_ascii_start().starts_with(b"[") || head.trim_ascii_start().starts_with(b"{") {
        return UTF_8;
    }
    let zeros = |parity: usize| head.iter().skip(parity).step_by(2).filter(|byte| **byte == 0).count();
    match (zeros(0), zeros(1)) {
        (0, odd) if odd > head.len() / 4 => return UTF_16LE,
        (even, 0) if even > head.len() / 4 => return UTF_16BE,
        _ => {}
    }
    let (mut valid, mut invalid) = (0, 0);
    for chunk in head.utf8_chunks() {
        valid += chunk.valid().chars().filter(|letter| !letter.is_ascii()).count();
        invalid += usize::from(!chunk.invalid().is_empty());
    }
    // A character that the end of the head cuts is not a fault; and a single fault in much UTF-8 is a fault of its row.
    if invalid == 0 || valid >= invalid {
        return UTF_8;
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(head, true);
    detector.guess(Some(b"br"), Utf8Detection::Deny)
}

/// A text that is being converted to UTF-8.
struct Decoded<R> {
    inner: R,
    decoder: Decoder,
    encoding: &'static Encoding,
    text: String,
    /// How much of the converted text was returned.
    at: usize,
    is_ended: bool,
}

impl<R: BufRead> Read for Decoded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.at == self.text.len() {
            if self.is_ended {
                return Ok(0);
            }
            self.text.clear();
            self.at = 0;
            let input = self.inner.fill_buf()?;
            let is_last = input.is_empty();
            let (result, read, had_faults) = self.decoder.decode_to_string(input, &mut self.text, is_last);
            self.inner.consume(read);
            if had_faults {
                let reason = format!("the text is not all {}", self.encoding.name());
                return Err(io::Error::new(io::ErrorKind::InvalidData, reason));
            }
            self.is_ended = is_last && result == CoderResult::InputEmpty;
        }
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let length = rest.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..length), rest.get(..length)) {
            to.copy_from_slice(from);
        }
        self.at += length;
        Ok(length)
    }
}

/// The first bytes, fewer for a shorter file, and a reader that returns them again.
pub(super) fn peek<R: BufRead>(mut reader: R, length: usize) -> (Vec<u8>, impl BufRead + use<R>) {
    let mut start = Vec::new();
    let fault = reader.by_ref().take(length as u64).read_to_end(&mut start).err();
    // An error after the first bytes is returned after them, so that these are read.
    let rest = fault.map_or(Rest::Reader(reader), |fault| Rest::Fault(Some(fault)));
    (start.clone(), Cursor::new(start).chain(rest))
}

/// What follows the first bytes.
enum Rest<R> {
    Reader(R),
    Fault(Option<io::Error>),
}

impl<R: BufRead> Read for Rest<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Reader(reader) => reader.read(buffer),
            Self::Fault(fault) => Err(fault.take().unwrap_or_else(|| io::ErrorKind::UnexpectedEof.into())),
        }
    }
}

impl<R: BufRead> BufRead for Rest<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        match self {
            Self::Reader(reader) => reader.fill_buf(),
            Self::Fault(fault) => Err(fault.take().unwrap_or_else(|| io::ErrorKind::UnexpectedEof.into())),
        }
    }

    fn consume(&mut self, amount: usize) {
        if let Self::Reader(reader) = self {
            reader.consume(amount);
        }
    }
}

/// A reader that fails at a limit, because a small file can unpack to a huge one.
struct Limited<R> {
    inner: R,
    limit: u64,
    left: u64,
}

impl<R> Limited<R> {
    fn new(inner: R, limit: u64) -> Self {
        Self {
            inner,
            limit,
            left: limit,
        }
    }
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.left = self.left.checked_sub(read as u64).ok_or_else(|| {
            let reason = format!("it is larger than {} bytes", self.limit);
            io::Error::new(io::ErrorKind::FileTooLarge, reason)
        })?;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn text_of(file: &[u8]) -> io::Result<String> {
        let mut text = String::new();
        match open(Cursor::new(file.to_vec()), None)? {
            Opened::Text(mut read) => read.bytes.read_to_string(&mut text)?,
            Opened::Workbook(_) => return Err(io::ErrorKind::InvalidData.into()),
        };
        Ok(text)
    }

    #[test]
    fn plain_and_gzip_files_of_one_or_more_members_give_the_same_text() {
        assert_eq!(text_of(b"[1, 2]").unwrap(), "[1, 2]");
        assert_eq!(text_of(&gzip(b"[1, 2]")).unwrap(), "[1, 2]");
        assert_eq!(text_of(&[gzip(b"[1,"), gzip(b" 2]")].concat()).unwrap(), "[1, 2]");
        assert_eq!(text_of(b"").unwrap(), "");
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_the_text() {
        assert_eq!(text_of(b"\xef\xbb\xbfname").unwrap(), "name");
        assert_eq!(text_of(&gzip(b"\xef\xbb\xbfname")).unwrap(), "name");
        assert_eq!(text_of(b"\xff\xfen\0a\0").unwrap(), "na");
        assert_eq!(text_of(b"\xfe\xff\0n\0a").unwrap(), "na");
    }

    #[test]
    fn text_is_decoded_from_what_it_seems_to_be_written_in() {
        let guessed = |file: &[u8]| match open(Cursor::new(file.to_vec()), None).unwrap() {
            Opened::Text(text) => text.guessed.map(Encoding::name),
            Opened::Workbook(_) => None,
        };
        let portuguese = b"T\xedtulo;Dire\xe7\xe3o;G\xeanero\nA hist\xf3ria \x97 de Jo\xe3o;S\xe3o;Fic\xe7\xe3o\n";
        assert_eq!(guessed(portuguese), Some("windows-1252"));
        assert!(text_of(portuguese).unwrap().contains("A história — de João"));
        assert_eq!(guessed("Título;João".as_bytes()), None);
        let damaged = ["Título;João;São\n".as_bytes(), b"\xff;a;b\n"].concat();
        assert_eq!(guessed(&damaged), None, "one fault in much UTF-8 is that of its row");
        assert_eq!(text_of(b"n\0a\0m\0e\0").unwrap(), "name");
        assert!(
            text_of(b"\xff\xfen\0\x00\xd8a\0").is_err(),
            "what cannot be decoded is an error"
        );
    }

    #[test]
    fn a_gzip_file_that_is_cut_off_ends_in_an_error() {
        let whole = gzip(b"[1, 2, 3, 4]");
        for length in [3, 11, whole.len() - 1] {
            assert!(text_of(&whole[..length]).is_err(), "{length}");
        }
    }

    #[test]
    fn a_file_that_unzips_beyond_the_limit_is_not_read_on() {
        let bomb = gzip(&vec![b' '; 1_000_000]);
        let mut text = Vec::new();
        let Opened::Text(mut read) = open_within(Cursor::new(bomb), None, 100_000).unwrap() else {
            panic!("it is no workbook")
        };
        let refusal = read.bytes.read_to_end(&mut text).unwrap_err().to_string();
        assert_eq!(refusal, "it is larger than 100000 bytes");
        assert!(text.len() <= 100_000);
    }
}
