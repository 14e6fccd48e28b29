//! MP4 and `QuickTime`: reads the index of a film, and checks that the file contains what the index names.

use std::collections::HashMap;

use mp4_atom::{Hdlr, Mdhd, Mvhd, Tkhd};

use super::reader::{FileReader, Source};
use super::samples::{self, Samples};
use super::signature::unreadable;
use super::{Audio, Codec, Container, Probe, Video, boxes, broken, fragments};
use crate::check::Refusal;

/// Larger than the index of 24 hours at sixty frames a second.
const INDEX_BYTES: u64 = 128 * 1024 * 1024;
/// More tracks than a film has languages.
const TRACKS: usize = 200;
/// At how many offsets of the film the probe looks for data, and how many bytes it reads at each.
const PLACES_LOOKED_AT: usize = 1_000;
const PICTURE_BEGINS_BYTES: usize = 8;
/// The offset of the picture's size in a visual sample entry.
const WIDTH_AT: usize = 24;

pub(super) fn read(file: &mut FileReader<impl Source>) -> Result<Probe, Refusal> {
    let found = boxes::of_file(file)?;
    let Some(movie) = found.iter().find(|found| found.kind == *b"moov") else {
        return Err(broken(
            "The file has no index (moov): it is cut off, or the program that made it did not finish.",
        ));
    };
    let length = movie.end - movie.body;
    if length > INDEX_BYTES {
        return Err(broken(format!("The file's index is larger than {INDEX_BYTES} bytes.")));
    }
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    let movie = file.at(movie.body, length).map_err(|error| unreadable(&error))?;
    let fragments = fragments::read(file, &found, &movie)?;
    let mut probe = Probe {
        container: Container::Mp4,
        duration_ms: 0,
        video: Vec::new(),
        audio: Vec::new(),
    };
    let tracks = boxes::children(&movie).filter(|(kind, _)| kind == b"trak");
    for (number, (_, track)) in tracks.enumerate() {
        if number == TRACKS {
            return Err(broken(format!("The file has more than {TRACKS} tracks.")));
        }
        take_track(&mut probe, track, &fragments, file)?;
    }
    if probe.duration_ms == 0 {
        let header = boxes::child(&movie, *b"mvhd").and_then(boxes::decode::<Mvhd>);
        probe.duration_ms = header.map_or(0, |header| milliseconds(header.duration, header.timescale));
    }
    Ok(probe)
}

fn take_track(
    probe: &mut Probe,
    track: &[u8],
    fragments: &HashMap<u32, Samples>,
    file: &mut FileReader<impl Source>,
) -> Result<(), Refusal> {
    let media = boxes::child(track, *b"mdia").unwrap_or_default();
    let handler = boxes::child(media, *b"hdlr").and_then(boxes::decode::<Hdlr>);
    let handler = handler.map(|handler| <[u8; 4]>::from(handler.handler));
    let kind = match handler.as_ref() {
        Some(b"vide") => Kind::Video,
        Some(b"soun") => Kind::Sound,
        // Texts, times and the like.
        _ => return Ok(()),
    };
    let table = boxes::child(media, *b"minf").and_then(|body| boxes::child(body, *b"stbl"));
    let table = table.ok_or_else(|| broken("The file's index is broken: a track has no samples."))?;
    let Some((entry, body)) = sample_entry(table) else {
        return Err(broken("The file's index is broken: a track does not say what it is."));
    };
    let header = boxes::child(track, *b"tkhd").and_then(boxes::decode::<Tkhd>);
    let in_fragments = header
        .and_then(|header| fragments.get(&header.track_id))
        .copied()
        .unwrap_or_default();
    let in_index = samples::read(table, file.size())?;
    let count = in_index.count.saturating_add(in_fragments.count);
    let duration = in_index.duration.saturating_add(in_fragments.duration);
    match kind {
        Kind::Video if is_picture(entry) && count <= 1 => return Ok(()),
        Kind::Video if count == 0 => return Err(broken("The file's video has no pictures.")),
        Kind::Sound if count == 0 => return Err(broken("The file's sound track is empty.")),
        Kind::Video => {
            let codec = Codec::of_visual_entry(entry, body);
            // No frame of a codec that browsers play begins with zeros.
            if codec.plays {
                expect_bytes(file, &samples::places(table)?)?;
            }
            let (width, height) = size(body);
            probe.video.push(Video { codec, width, height });
        }
        Kind::Sound => probe.audio.push(Audio {
            codec: Codec::of_audio_entry(entry, body),
        }),
    }
    let times = boxes::child(media, *b"mdhd").and_then(boxes::decode::<Mdhd>);
    if let Some(times) = times {
        let lasts = if duration == 0 { times.duration } else { duration };
        probe.duration_ms = probe.duration_ms.max(milliseconds(lasts, times.timescale));
    }
    Ok(())
}

/// Checks that there is data at the offsets where the index says that frames begin. Programs that download or copy a
/// film in pieces first create a file of zeros: an interrupted one has its full size and its index, and holes.
fn expect_bytes(file: &mut FileReader<impl Source>, places: &[u64]) -> Result<(), Refusal> {
    let step = places.len().div_ceil(PLACES_LOOKED_AT).max(1);
    for place in places.iter().step_by(step).chain(places.last()) {
        let begins = file
            .at(*place, PICTURE_BEGINS_BYTES)
            .map_err(|error| unreadable(&error))?;
        if begins.iter().all(|byte| *byte == 0) {
            return Err(broken(format!(
                "The file has a hole: at byte {place} a picture should begin, and there is nothing. It was not copied or \
                 downloaded to its end."
            )));
        }
    }
    Ok(())
}

enum Kind {
    Video,
    Sound,
}

/// A cover picture, which some programs store as a video track.
fn is_picture(entry: [u8; 4]) -> bool {
    matches!(&entry, b"jpeg" | b"png " | b"mjpg")
}

/// The first sample entry of a table: its kind, and its fields and boxes.
fn sample_entry(table: &[u8]) -> Option<([u8; 4], &[u8])> {
    let description = boxes::child(table, *b"stsd")?;
    // Version and flags, and the count.
    boxes::children(description.get(8..)?).next()
}

fn size(entry: &[u8]) -> (u32, u32) {
    let number = |at: usize| {
        entry
            .get(at..at + 2)
            .map_or(0, |two| u32::from(two[0]) << 8 | u32::from(two[1]))
    };
    (number(WIDTH_AT), number(WIDTH_AT + 2))
}

fn milliseconds(units: u64, a_second: u32) -> u64 {
    let milliseconds = u128::from(units) * 1000 / u128::from(a_second.max(1));
    // An unknown duration is written as the largest number.
    if units == u64::MAX || units == u64::from(u32::MAX) {
        return 0;
    }
    u64::try_from(milliseconds).unwrap_or(0)
}
