//! WebM and Matroska: what the library reads of the tracks, and a walk over the clusters to the end of the file.

use std::collections::HashMap;

use matroska_demuxer::{MatroskaFile, TrackType};

use super::reader::{FileReader, Source};
use super::signature::unreadable;
use super::{Audio, Codec, Container, Probe, Video, broken};
use crate::check::Refusal;

/// The largest element that holds no film data: tracks, cues, chapters, pictures, fonts.
const ELEMENT_BYTES: u64 = 64 * 1024 * 1024;
/// More elements than a film of 24 hours has blocks.
const ELEMENTS: u64 = 20_000_000;
const TRACKS: usize = 200;
const NANOSECONDS_A_MILLISECOND: u64 = 1_000_000;

// Elements by their ids (RFC 9559).
const EBML_HEAD: u32 = 0x1a45_dfa3;
const SEGMENT: u32 = 0x1853_8067;
const CLUSTER: u32 = 0x1f43_b675;
const TIMESTAMP: u32 = 0xe7;
const BLOCK_GROUP: u32 = 0xa0;
const BLOCK: u32 = 0xa1;
const SIMPLE_BLOCK: u32 = 0xa3;
const OF_A_SEGMENT: [u32; 8] = [
    CLUSTER,
    0x114d_9b74,
    0x1549_a966,
    0x1654_ae6b,
    0x1c53_bb6b,
    0x1941_a469,
    0x1043_a770,
    0x1254_c367,
];

pub(super) fn read(file: &mut FileReader<impl Source>) -> Result<Probe, Refusal> {
    let walked = Walk::of(file)?;
    std::io::Seek::rewind(file).map_err(|error| unreadable(&error))?;
    let opened = MatroskaFile::open(&mut *file);
    let found = opened.map_err(|error| broken(format!("The file's head cannot be read: {error}.")))?;
    if found.tracks().len() > TRACKS {
        return Err(broken(format!("The file has more than {TRACKS} tracks.")));
    }
    let scale = found.info().timestamp_scale().get();
    let ticks = found
        .info()
        .duration()
        .filter(|ticks| ticks.is_finite() && *ticks > 0.0);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is finite and above zero, and a cast ends at the largest number"
    )]
    let stated = ticks.map_or(0, |ticks| ticks as u64);
    let ticks = if stated == 0 { walked.last_timestamp } else { stated };
    let mut probe = Probe {
        container: match found.ebml_header().doc_type() {
            "webm" => Container::WebM,
            _ => Container::Matroska,
        },
        duration_ms: ticks.saturating_mul(scale) / NANOSECONDS_A_MILLISECOND,
        video: Vec::new(),
        audio: Vec::new(),
    };
    for track in found.tracks() {
        let blocks = walked.blocks.get(&track.track_number().get()).copied().unwrap_or(0);
        let mut codec = Codec::of_matroska(track.codec_id());
        if track.content_encodings().is_some_and(|encodings| !encodings.is_empty()) {
            codec.plays = false;
            codec.name.push_str(" (packed or encrypted once more)");
        }
        match track.track_type() {
            TrackType::Video if blocks == 0 => return Err(broken("The file's video has no pictures.")),
            TrackType::Audio if blocks == 0 => return Err(broken("The file's sound track is empty.")),
            TrackType::Video => probe.video.push(Video {
                codec,
                width: track.video().map_or(0, |video| pixels(video.pixel_width().get())),
                height: track.video().map_or(0, |video| pixels(video.pixel_height().get())),
            }),
            TrackType::Audio => probe.audio.push(Audio { codec }),
            _ => {}
        }
    }
    Ok(probe)
}

fn pixels(count: u64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// What a walk over all elements has found.
#[derive(Default)]
struct Walk {
    /// Blocks by the number of their track.
    blocks: HashMap<u64, u64>,
    cluster_timestamp: u64,
    last_timestamp: u64,
    elements: u64,
}

impl Walk {
    /// Walks over the file from element to element; every one must end inside its parent.
    fn of(file: &mut FileReader<impl Source>) -> Result<Self, Refusal> {
        let mut walk = Self::default();
        let size = file.size();
        let (mut at, mut has_segment) = (0, false);
        while at < size {
            let element = walk.next(file, at, size)?;
            match element.id {
                SEGMENT => {
                    has_segment = true;
                    at = walk.segment(file, &element)?;
                }
                EBML_HEAD => at = element.bounded()?,
                // Padding, or an element that the probe does not need.
                _ => at = element.end,
            }
        }
        if !has_segment {
            return Err(broken("The file is cut off after its head."));
        }
        if walk.blocks.is_empty() {
            return Err(broken(
                "The file holds no film: it is cut off, or the program that made it did not finish.",
            ));
        }
        Ok(walk)
    }

    fn segment(&mut self, file: &mut FileReader<impl Source>, segment: &Element) -> Result<u64, Refusal> {
        let mut at = segment.body;
        while at < segment.end {
            let element = self.next(file, at, segment.end)?;
            at = match element.id {
                CLUSTER => self.cluster(file, &element)?,
                EBML_HEAD | SEGMENT => return Ok(at),
                _ => element.bounded()?,
            };
        }
        Ok(at)
    }

    fn cluster(&mut self, file: &mut FileReader<impl Source>, cluster: &Element) -> Result<u64, Refusal> {
        let mut at = cluster.body;
        while at < cluster.end {
            let element = self.next(file, at, cluster.end)?;
            // A cluster of unknown size ends before the first element that cannot be inside a cluster.
            if cluster.is_open && (OF_A_SEGMENT.contains(&element.id) || element.id == EBML_HEAD) {
                return Ok(at);
            }
            at = element.bounded()?;
            match element.id {
                TIMESTAMP => self.cluster_timestamp = number(file, &element)?,
                SIMPLE_BLOCK => self.block(file, &element)?,
                BLOCK_GROUP => {
                    let mut inside = element.body;
                    while inside < element.end {
                        let part = self.next(file, inside, element.end)?;
                        inside = part.bounded()?;
                        if part.id == BLOCK {
                            self.block(file, &part)?;
                        }
                    }
                }
                _ => {}
            }
        }
        Ok(at)
    }

    fn block(&mut self, file: &mut FileReader<impl Source>, block: &Element) -> Result<(), Refusal> {
        let head = file.at(block.body, 12).map_err(|error| unreadable(&error))?;
        let (track, length) = vint(&head, true).ok_or_else(|| unclear(block.body))?;
        let time = head.get(length..length + 2).ok_or_else(|| unclear(block.body))?;
        let time = i16::from_be_bytes([time[0], time[1]]);
        let time = self.cluster_timestamp.saturating_add_signed(time.into());
        self.last_timestamp = self.last_timestamp.max(time);
        // The track numbers are whatever the file says: at most as many are counted as a file may have tracks.
        if self.blocks.len() <= TRACKS || self.blocks.contains_key(&track) {
            *self.blocks.entry(track).or_default() += 1;
        }
        Ok(())
    }

    /// The element at this offset; it must end inside its parent.
    fn next(&mut self, file: &mut FileReader<impl Source>, at: u64, parent_end: u64) -> Result<Element, Refusal> {
        self.elements += 1;
        if self.elements > ELEMENTS {
            return Err(broken(format!("The file has more than {ELEMENTS} elements.")));
        }
        let head = file.at(at, 12).map_err(|error| unreadable(&error))?;
        let (id, id_length) = vint(&head, false).ok_or_else(|| unclear(at))?;
        let id = u32::try_from(id).map_err(|_| unclear(at))?;
        let sizes = head.get(id_length..).unwrap_or_default();
        let (size, size_length) = vint(sizes, true).ok_or_else(|| cut_off(at))?;
        let body = at + (id_length + size_length) as u64;
        let is_open = size == (1 << (7 * size_length)) - 1;
        let end = if is_open { parent_end } else { body.saturating_add(size) };
        if end > parent_end {
            return Err(cut_off(at));
        }
        Ok(Element {
            id,
            at,
            body,
            end,
            is_open,
        })
    }
}

#[derive(Debug, Clone, Copy)]
struct Element {
    id: u32,
    at: u64,
    body: u64,
    end: u64,
    /// Its size is unknown: it ends with its parent, or before the first element that cannot be inside it.
    is_open: bool,
}

impl Element {
    /// The end of an element of a known and small size: anything but the film's data, or a single block of it.
    fn bounded(&self) -> Result<u64, Refusal> {
        if self.is_open || self.end - self.body > ELEMENT_BYTES {
            return Err(unclear(self.at));
        }
        Ok(self.end)
    }
}

fn number(file: &mut FileReader<impl Source>, element: &Element) -> Result<u64, Refusal> {
    let length = usize::try_from(element.end - element.body).unwrap_or(usize::MAX);
    if length > 8 {
        return Err(unclear(element.at));
    }
    let bytes = file.at(element.body, length).map_err(|error| unreadable(&error))?;
    Ok(bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
}

/// An integer of variable length (RFC 8794) and its length, with or without the bit that marks the length.
fn vint(bytes: &[u8], without_marker: bool) -> Option<(u64, usize)> {
    let first = *bytes.first()?;
    let length = usize::try_from(first.leading_zeros()).ok()? + 1;
    if length > 8 || (!without_marker && length > 4) {
        return None;
    }
    let number = bytes
        .get(..length)?
        .iter()
        .fold(0, |number, byte| number << 8 | u64::from(*byte));
    let marker = 1 << (7 * length);
    Some((if without_marker { number & (marker - 1) } else { number }, length))
}

fn cut_off(at: u64) -> Refusal {
    broken(format!(
        "The file is cut off: what begins at byte {at} is not all there."
    ))
}

fn unclear(at: u64) -> Refusal {
    broken(format!("The file is broken at byte {at}."))
}
