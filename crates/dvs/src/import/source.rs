//! The bytes of a film file: unzipped when it is gzip, without a byte order mark, and no more of them than allowed.

use std::io::{self, BufRead, BufReader, Cursor, Read};

use flate2::bufread::MultiGzDecoder;

/// How large a file may be, unzipped.
const FILE_LIMIT_BYTES: u64 = 1024 * 1024 * 1024;
const BUFFER_BYTES: usize = 64 * 1024;

const GZIP: &[u8] = &[0x1f, 0x8b];
const UTF_8_MARK: &[u8] = &[0xef, 0xbb, 0xbf];
const UTF_16_MARKS: [&[u8]; 2] = [&[0xff, 0xfe], &[0xfe, 0xff]];

pub(super) type Bytes = Box<dyn BufRead + Send>;

/// The plain bytes of a file, which is told by its first bytes and not by its name.
pub(super) fn open(file: impl Read + Send + 'static) -> io::Result<Bytes> {
    open_within(file, FILE_LIMIT_BYTES)
}

fn open_within(file: impl Read + Send + 'static, limit: u64) -> io::Result<Bytes> {
    let (start, file) = peek(BufReader::with_capacity(BUFFER_BYTES, file), GZIP.len())?;
    if start == GZIP {
        unmarked(Limited::new(MultiGzDecoder::new(file), limit))
    } else {
        unmarked(Limited::new(file, limit))
    }
}

/// The same text without its byte order mark.
fn unmarked(text: impl Read + Send + 'static) -> io::Result<Bytes> {
    let (start, mut text) = peek(BufReader::with_capacity(BUFFER_BYTES, text), UTF_8_MARK.len())?;
    if UTF_16_MARKS.iter().any(|mark| start.starts_with(mark)) {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "the text is UTF-16: save it as UTF-8",
        ));
    }
    if start == UTF_8_MARK {
        text.consume(UTF_8_MARK.len());
    }
    Ok(Box::new(text))
}

/// The first bytes, fewer in a shorter file, and a reader that begins with them again.
fn peek<R: BufRead>(mut reader: R, length: usize) -> io::Result<(Vec<u8>, impl BufRead + use<R>)> {
    let mut start = Vec::with_capacity(length);
    reader.by_ref().take(length as u64).read_to_end(&mut start)?;
    Ok((start.clone(), Cursor::new(start).chain(reader)))
}

/// A reader that fails rather than read more than so much: a small file can unzip to a huge one.
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
        open(Cursor::new(file.to_vec()))?.read_to_string(&mut text)?;
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
        let refusal = text_of(b"\xff\xfen\0a\0").unwrap_err().to_string();
        assert!(refusal.contains("UTF-16"), "{refusal}");
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
        let mut bytes = open_within(Cursor::new(bomb), 100_000).unwrap();
        let refusal = bytes.read_to_end(&mut text).unwrap_err().to_string();
        assert_eq!(refusal, "it is larger than 100000 bytes");
        assert!(text.len() <= 100_000);
    }
}
