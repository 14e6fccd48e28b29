//! Looks into a film's file before it is sold: what it is made of, whether all of it is there, and whether browsers play
//! it. Nothing of it is believed: every size is held against the file's own, and memory and steps have limits.

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
    /// WebM's elder, which holds anything.
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
    /// As many bytes as show whether a file can be a film at all.
    pub(crate) const START_BYTES: usize = signature::BYTES;

    /// Refuses a file by its first bytes, so that nobody sends all of one that is no film.
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

    /// Why browsers do not play it; none where they do. What counts is what they choose: the first of each kind.
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
    /// What it is sent as. Browsers that open Matroska at all take it for WebM.
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

/// What is wrong with a file.
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
