//! Probes a film's file before it is sold: what is in it, whether it is complete, and whether browsers play it. The
//! probe trusts nothing in the file: it compares every size with the file's own, and limits its memory and its steps.

mod boxes;
mod codec;
mod fragments;
mod matroska;
mod mp4;
mod reader;
mod samples;
mod signature;

use serde::{Deserialize, Serialize};

use crate::check::Refusal;

pub(crate) use self::codec::Codec;
pub(crate) use self::reader::{FileReader, Source};

/// What was found in a film's file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Probe {
    pub(crate) container: Container,
    /// 0 when the file does not say.
    pub(crate) duration_ms: u64,
    /// At least one.
    pub(crate) video: Vec<Video>,
    /// None in a silent film.
    pub(crate) audio: Vec<Audio>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Container {
    Mp4,
    WebM,
    /// The format that WebM is a part of; it can hold any codec.
    Matroska,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Video {
    pub(crate) codec: Codec,
    pub(crate) width: u32,
    pub(crate) height: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Audio {
    pub(crate) codec: Codec,
}

impl Probe {
    /// How many bytes [`check_start`](Self::check_start) needs.
    pub(crate) const START_BYTES: usize = signature::BYTES;

    /// Refuses a file by its first bytes, so that a client that sends something else learns it before it has sent all
    /// of it.
    pub(crate) fn check_start(start: &[u8]) -> Result<(), Refusal> {
        signature::of_start(start).map(drop)
    }

    /// Reads a file to its end; the reason names what is wrong with it.
    pub(crate) fn read(file: &mut FileReader<impl Source>) -> Result<Self, Refusal> {
        let found = match signature::of(file)? {
            Container::Mp4 => mp4::read(file),
            Container::WebM | Container::Matroska => matroska::read(file),
        };
        let probe = found?;
        if probe.video.is_empty() {
            let sound = list(probe.audio.iter().map(|audio| audio.codec.name.as_str()));
            return Err(match sound.as_str() {
                "" => broken("There is no video in this file."),
                sound => broken(format!("There is no video in this file, only sound ({sound}).")),
            });
        }
        Ok(probe)
    }

    /// Why browsers do not play it; `None` if they do. Only the first track of each kind counts: browsers choose that
    /// one.
    pub(crate) fn unplayable(&self) -> Option<String> {
        let video = self.video.first().map(|video| &video.codec);
        let sound = self.audio.first().map(|audio| &audio.codec);
        let mut reasons = Vec::new();
        if let Some(codec) = video.filter(|codec| !codec.plays) {
            reasons.push(format!("browsers do not show {} video", codec.name));
        }
        if let Some(codec) = sound.filter(|codec| !codec.plays) {
            reasons.push(format!("browsers do not play {} sound", codec.name));
        }
        if self.container == Container::Matroska {
            reasons.push("not all browsers open Matroska (.mkv) files".to_owned());
        }
        if reasons.is_empty() {
            return None;
        }
        let reasons = reasons.join(", and ");
        let (first, rest) = reasons.split_at(1);
        Some(format!("{}{rest}.", first.to_uppercase()))
    }
}

impl Container {
    /// Its media type. Matroska has that of WebM, because browsers that play Matroska treat it as WebM.
    pub(crate) fn content_type(self) -> &'static str {
        match self {
            Self::Mp4 => "video/mp4",
            Self::WebM | Self::Matroska => "video/webm",
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Mp4 => "MP4",
            Self::WebM => "WebM",
            Self::Matroska => "Matroska",
        }
    }
}

/// The refusal of a broken file.
fn broken(reason: impl Into<String>) -> Refusal {
    Refusal {
        field: "bytes".to_owned(),
        reason: reason.into(),
    }
}

fn list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests;
