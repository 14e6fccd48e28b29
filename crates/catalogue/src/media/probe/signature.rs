//! Recognizes a file by its first bytes, so that the refusal can say what kind of file it is.

use super::reader::{FileReader, Source};
use super::{Container, broken};
use crate::check::Refusal;

/// Enough for each of the signatures.
pub(super) const BYTES: usize = 512;
/// The head of EBML, in which WebM and Matroska are written.
const EBML: &[u8] = &[0x1a, 0x45, 0xdf, 0xa3];

/// Other files that people upload by mistake.
const OTHERS: [(&[u8], &str); 15] = [
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"\x89PNG", "a PNG picture"),
    (b"GIF8", "a GIF picture"),
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"Rar!", "a RAR archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"OggS", "an Ogg file"),
    (b"fLaC", "a FLAC sound file"),
    (b"ID3", "an MP3 sound file"),
    (b"FLV", "a Flash video"),
    (b"\x30\x26\xb2\x75", "a Windows Media file"),
    (b"#EXTM3U", "a playlist"),
    (b"\x00\x00\x01\xba", "an MPEG program stream"),
    (b"\x00\x00\x01\xb3", "an MPEG video stream"),
];

/// The kind of container, if it is one that is read here.
pub(super) fn of(file: &mut FileReader<impl Source>) -> Result<Container, Refusal> {
    let start = file.at(0, BYTES).map_err(|error| unreadable(&error))?;
    of_start(&start)
}

pub(super) fn of_start(start: &[u8]) -> Result<Container, Refusal> {
    if start.is_empty() {
        return Err(broken("The file is empty."));
    }
    if start.starts_with(EBML) {
        return Ok(Container::WebM);
    }
    if start.get(4..8) == Some(b"ftyp") {
        return Ok(Container::Mp4);
    }
    let other = OTHERS.iter().find(|(magic, _)| start.starts_with(magic));
    let name = match other {
        Some((_, name)) => name,
        None if start.starts_with(b"RIFF") && start.get(8..11) == Some(b"AVI") => "an AVI video",
        None if start[0] == 0x47 && start.get(188).is_none_or(|byte| *byte == 0x47) => "an MPEG transport stream",
        None if matches!(
            start.get(4..8),
            Some(b"moov" | b"mdat" | b"wide" | b"free" | b"skip" | b"pnot")
        ) =>
        {
            "an old QuickTime file, which says nothing of its kind"
        }
        None if start.iter().all(|byte| *byte == 0) => "nothing but zeros",
        None if start[0] == b'<' => "a page of text",
        None => return Err(broken("This is neither an MP4 nor a WebM file.")),
    };
    Err(broken(format!("This is neither an MP4 nor a WebM file: it is {name}.")))
}

pub(super) fn unreadable(error: &std::io::Error) -> Refusal {
    broken(format!("The file cannot be read to its end: {error}."))
}
