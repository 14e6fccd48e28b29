//! Where the samples of a track are, by the tables of an index. Samples of equal size are checked against the file by
//! multiplication, not one by one, so that a table of a few bytes costs no more time than its size.

use mp4_atom::{Co64, Stco, Stsc, Stsz, StszSamples, Stts};

use super::{boxes, broken};
use crate::check::Refusal;

/// A track's samples, as its table says.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Samples {
    pub(super) count: u64,
    /// In the track's own units.
    pub(super) duration: u64,
}

/// Reads a sample table, and checks that the file is large enough for the samples that it names.
pub(super) fn read(table: &[u8], file_size: u64) -> Result<Samples, Refusal> {
    let sizes = sizes(table)?;
    let count = sizes.count();
    let times = boxes::child(table, *b"stts").and_then(boxes::decode::<Stts>);
    let times = times.map(|times| times.entries).unwrap_or_default();
    let duration = times.iter().fold(0_u64, |sum, entry| {
        let span = u64::from(entry.sample_count) * u64::from(entry.sample_delta);
        sum.saturating_add(span)
    });
    if count > 0 {
        check_places(table, &sizes, file_size)?;
    }
    Ok(Samples { count, duration })
}

/// Where the runs of a track's samples begin; none for a track whose samples are all in fragments.
pub(super) fn places(table: &[u8]) -> Result<Vec<u64>, Refusal> {
    if sizes(table)?.count() == 0 {
        return Ok(Vec::new());
    }
    chunks(table)
}

/// How large samples are.
enum Sizes {
    Alike { count: u64, size: u64 },
    Each(Vec<u32>),
}

impl Sizes {
    fn count(&self) -> u64 {
        match self {
            Self::Alike { count, .. } => *count,
            Self::Each(sizes) => sizes.len() as u64,
        }
    }

    /// The bytes of some samples from one on.
    fn sum(&self, from: u64, count: u64) -> u64 {
        match self {
            Self::Alike { size, .. } => size.saturating_mul(count),
            Self::Each(sizes) => {
                let part = usize::try_from(from).ok().zip(usize::try_from(from + count).ok());
                let part = part.and_then(|(from, to)| sizes.get(from..to)).unwrap_or_default();
                part.iter().map(|size| u64::from(*size)).sum()
            }
        }
    }
}

fn sizes(table: &[u8]) -> Result<Sizes, Refusal> {
    if let Some(body) = boxes::child(table, *b"stsz") {
        let sizes: Stsz = boxes::decode(body).ok_or_else(|| unclear("stsz"))?;
        return Ok(match sizes.samples {
            StszSamples::Identical { count, size } => Sizes::Alike {
                count: count.into(),
                size: size.into(),
            },
            StszSamples::Different { sizes } => Sizes::Each(sizes),
        });
    }
    match boxes::child(table, *b"stz2") {
        Some(body) => compact(body).map(Sizes::Each).ok_or_else(|| unclear("stz2")),
        None => Ok(Sizes::Each(Vec::new())),
    }
}

/// Sizes of 4, 8 or 16 bits each (ISO/IEC 14496-12, 8.7.3.3).
fn compact(body: &[u8]) -> Option<Vec<u32>> {
    let bits = *body.get(7)?;
    let count = usize::try_from(u32::from_be_bytes(body.get(8..12)?.try_into().ok()?)).ok()?;
    let sizes = body.get(12..)?;
    let sizes: Vec<u32> = match bits {
        4 => sizes
            .iter()
            .flat_map(|byte| [u32::from(byte >> 4), u32::from(byte & 15)])
            .collect(),
        8 => sizes.iter().map(|byte| u32::from(*byte)).collect(),
        16 => sizes
            .chunks_exact(2)
            .map(|pair| u32::from(pair[0]) << 8 | u32::from(pair[1]))
            .collect(),
        _ => return None,
    };
    sizes.get(..count).map(<[u32]>::to_vec)
}

/// Goes through the chunks in which the samples lie.
fn check_places(table: &[u8], sizes: &Sizes, file_size: u64) -> Result<(), Refusal> {
    let chunks = chunks(table)?;
    let runs = boxes::child(table, *b"stsc").and_then(boxes::decode::<Stsc>);
    let runs = runs.ok_or_else(|| unclear("stsc"))?.entries;
    let (count, mut sample) = (sizes.count(), 0_u64);
    for (place, run) in runs.iter().enumerate() {
        let first = usize::try_from(run.first_chunk).unwrap_or(usize::MAX);
        let next = runs.get(place + 1).map_or(usize::MAX, |next| {
            usize::try_from(next.first_chunk).unwrap_or(usize::MAX)
        });
        if first == 0 || next <= first || run.samples_per_chunk == 0 {
            return Err(unclear("stsc"));
        }
        let in_run = chunks.get(first - 1..(next - 1).min(chunks.len())).unwrap_or_default();
        for offset in in_run {
            let here = u64::from(run.samples_per_chunk).min(count - sample);
            let end = offset.saturating_add(sizes.sum(sample, here));
            if end > file_size {
                return Err(broken(format!(
                    "The file is cut off: of {count} samples of a track, those after number {sample} are not in it."
                )));
            }
            sample += here;
            if sample == count {
                return Ok(());
            }
        }
    }
    Err(broken(format!(
        "The file's index is broken: a track has {count} samples, and places for {sample} of them."
    )))
}

fn chunks(table: &[u8]) -> Result<Vec<u64>, Refusal> {
    if let Some(body) = boxes::child(table, *b"co64") {
        let chunks: Co64 = boxes::decode(body).ok_or_else(|| unclear("co64"))?;
        return Ok(chunks.entries);
    }
    let chunks = boxes::child(table, *b"stco").and_then(boxes::decode::<Stco>);
    let chunks = chunks.ok_or_else(|| unclear("stco"))?;
    Ok(chunks.entries.into_iter().map(u64::from).collect())
}

fn unclear(name: &str) -> Refusal {
    broken(format!("The file's index is broken: its table {name} cannot be read."))
}
