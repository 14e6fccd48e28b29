//! The samples of a fragmented MP4 file, which come in pieces with an index each.

use std::collections::HashMap;

use mp4_atom::{Tfhd, Trex};

use super::boxes::{self, FileBox};
use super::broken;
use super::reader::{FileReader, Source};
use super::samples::Samples;
use super::signature::unreadable;
use crate::check::Refusal;

/// The index of a fragment, which has seconds of a film.
const FRAGMENT_BYTES: u64 = 16 * 1024 * 1024;

const DATA_OFFSET: u32 = 0x1;
const FIRST_FLAGS: u32 = 0x4;
const DURATIONS: u32 = 0x100;
const SIZES: u32 = 0x200;
const FLAGS: u32 = 0x400;
const COMPOSITION_OFFSETS: u32 = 0x800;

/// The samples of each track by its number, over all fragments.
pub(super) fn read(
    file: &mut FileReader<impl Source>,
    boxes: &[FileBox],
    movie: &[u8],
) -> Result<HashMap<u32, Samples>, Refusal> {
    let extends = boxes::child(movie, *b"mvex").unwrap_or_default();
    let defaults = boxes::children(extends).filter(|(kind, _)| kind == b"trex");
    let defaults = defaults.filter_map(|(_, body)| boxes::decode::<Trex>(body));
    let defaults: HashMap<u32, Trex> = defaults.map(|trex| (trex.track_id, trex)).collect();
    let mut tracks = HashMap::new();
    for fragment in boxes.iter().filter(|found| found.kind == *b"moof") {
        let length = fragment.end - fragment.body;
        if length > FRAGMENT_BYTES {
            return Err(broken(format!(
                "A fragment's index is larger than {FRAGMENT_BYTES} bytes."
            )));
        }
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let body = file.at(fragment.body, length).map_err(|error| unreadable(&error))?;
        for (_, traf) in boxes::children(&body).filter(|(kind, _)| kind == b"traf") {
            let header = boxes::child(traf, *b"tfhd").and_then(boxes::decode::<Tfhd>);
            let header = header.ok_or_else(unclear)?;
            let samples = tracks.entry(header.track_id).or_insert_with(Samples::default);
            let mut end = header.base_data_offset.unwrap_or(fragment.start);
            for (_, run) in boxes::children(traf).filter(|(kind, _)| kind == b"trun") {
                let run = Run::read(run, &header, defaults.get(&header.track_id)).ok_or_else(unclear)?;
                let base = header.base_data_offset.unwrap_or(fragment.start);
                let start = match run.offset {
                    Some(offset) => base.checked_add_signed(offset.into()).ok_or_else(unclear)?,
                    None => end,
                };
                end = start.saturating_add(run.bytes);
                if end > file.size() {
                    return Err(broken("The file is cut off: its last fragment is not whole."));
                }
                samples.count = samples.count.saturating_add(run.count);
                samples.duration = samples.duration.saturating_add(run.duration);
            }
        }
    }
    Ok(tracks)
}

/// Samples that lie side by side. Where all are alike there is no list of them, so they are multiplied and not read.
struct Run {
    offset: Option<i32>,
    count: u64,
    bytes: u64,
    duration: u64,
}

impl Run {
    fn read(mut body: &[u8], header: &Tfhd, defaults: Option<&Trex>) -> Option<Self> {
        let flags = next(&mut body)? & 0x00ff_ffff;
        let count = u64::from(next(&mut body)?);
        let offset = match flags & DATA_OFFSET {
            0 => None,
            _ => Some(next(&mut body)?.cast_signed()),
        };
        if flags & FIRST_FLAGS != 0 {
            next(&mut body)?;
        }
        let default = |own: Option<u32>, of_all: fn(&Trex) -> u32| u64::from(own.or(defaults.map(of_all)).unwrap_or(0));
        let size = default(header.default_sample_size, |trex| trex.default_sample_size);
        let duration = default(header.default_sample_duration, |trex| trex.default_sample_duration);
        let has = |field: u32| flags & field != 0;
        let fields = [DURATIONS, SIZES, FLAGS, COMPOSITION_OFFSETS]
            .into_iter()
            .filter(|field| has(*field));
        let entry_bytes = 4 * fields.count();
        let mut run = Self {
            offset,
            count,
            bytes: size.saturating_mul(count),
            duration: duration.saturating_mul(count),
        };
        if entry_bytes == 0 {
            return Some(run);
        }
        let list = usize::try_from(count).ok()?.checked_mul(entry_bytes)?;
        let (mut bytes, mut lasts) = (0_u64, 0_u64);
        for mut entry in body.get(..list)?.chunks_exact(entry_bytes) {
            if has(DURATIONS) {
                lasts = lasts.saturating_add(next(&mut entry)?.into());
            }
            if has(SIZES) {
                bytes = bytes.saturating_add(next(&mut entry)?.into());
            }
        }
        if has(DURATIONS) {
            run.duration = lasts;
        }
        if has(SIZES) {
            run.bytes = bytes;
        }
        Some(run)
    }
}

fn next(bytes: &mut &[u8]) -> Option<u32> {
    let (number, rest) = bytes.split_first_chunk::<4>()?;
    *bytes = rest;
    Some(u32::from_be_bytes(*number))
}

fn unclear() -> Refusal {
    broken("A fragment's index cannot be read.")
}
