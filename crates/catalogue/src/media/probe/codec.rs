//! Codecs: their names, and whether browsers play them.

use mp4_atom::Esds;
use serde::{Deserialize, Serialize};

use super::boxes;

/// How a track is packed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Codec {
    /// Its usual name.
    pub(crate) name: String,
    /// Whether the browsers of today play it: Chromium, Firefox and Safari, as they are installed.
    pub(crate) plays: bool,
}

/// Bytes of a sample entry before the boxes in it.
const VISUAL_ENTRY_BYTES: usize = 78;
const AUDIO_ENTRY_BYTES: usize = 28;

impl Codec {
    fn played(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            plays: true,
        }
    }

    fn not_played(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            plays: false,
        }
    }

    fn unknown(code: &[u8]) -> Self {
        let code: String = code.iter().map(|byte| char::from(*byte)).collect();
        let code: String = code.chars().filter(|letter| !letter.is_control()).collect();
        Self {
            name: format!("unknown ({})", code.trim()),
            plays: false,
        }
    }

    /// Of a video track of an MP4 file, by its sample entry.
    pub(super) fn of_visual_entry(kind: [u8; 4], body: &[u8]) -> Self {
        match &kind {
            b"avc1" | b"avc2" | b"avc3" | b"avc4" => h264(child(body, VISUAL_ENTRY_BYTES, *b"avcC")),
            b"vp09" => Self::played("VP9"),
            b"av01" => Self::played("AV1"),
            b"vp08" => Self::not_played("VP8 in MP4"),
            b"hev1" | b"hvc1" | b"hvc2" | b"hev2" => Self::not_played("HEVC (H.265)"),
            b"vvc1" | b"vvi1" => Self::not_played("VVC (H.266)"),
            b"dvh1" | b"dvhe" | b"dva1" | b"dvav" => Self::not_played("Dolby Vision"),
            b"apco" | b"apcs" | b"apcn" | b"apch" | b"ap4h" | b"ap4x" => Self::not_played("ProRes"),
            b"AVdn" | b"AVdh" => Self::not_played("DNxHD"),
            b"mp4v" | b"xvid" | b"XVID" | b"DIVX" | b"divx" => {
                Self::not_played(match object_type(child(body, VISUAL_ENTRY_BYTES, *b"esds")) {
                    Some(0x60..=0x65) => "MPEG-2",
                    Some(0x6a) => "MPEG-1",
                    Some(0x6c) => "JPEG",
                    _ => "MPEG-4 ASP (DivX, Xvid)",
                })
            }
            b"s263" | b"h263" | b"H263" => Self::not_played("H.263"),
            b"mp2v" | b"m2v1" | b"hdv1" | b"hdv2" | b"hdv3" | b"mx5n" | b"mx3n" => Self::not_played("MPEG-2"),
            b"vc-1" | b"WMV3" => Self::not_played("VC-1"),
            b"jpeg" | b"mjpa" | b"mjpb" | b"mjpg" | b"MJPG" => Self::not_played("Motion JPEG"),
            b"mjp2" => Self::not_played("JPEG 2000"),
            b"encv" => Self::not_played("encrypted"),
            b"uncv" | b"raw " | b"2vuy" | b"v210" | b"yuv2" => Self::not_played("uncompressed"),
            _ => Self::unknown(&kind),
        }
    }

    /// Of a sound track of an MP4 file, by its sample entry.
    pub(super) fn of_audio_entry(kind: [u8; 4], body: &[u8]) -> Self {
        match &kind {
            b"mp4a" => match object_type(child(body, AUDIO_ENTRY_BYTES, *b"esds")) {
                Some(0x69 | 0x6b) => Self::played("MP3"),
                Some(0xa5) => Self::not_played("AC-3"),
                Some(0xa6) => Self::not_played("E-AC-3"),
                Some(0xa9..=0xac) => Self::not_played("DTS"),
                Some(0xdd) => Self::not_played("Vorbis in MP4"),
                // QuickTime files often hide this type; then it is AAC.
                None | Some(0x40 | 0x66..=0x68) => Self::played("AAC"),
                Some(other) => Self::not_played(&format!("unknown (mp4a {other:#04x})")),
            },
            b".mp3" | b"mp3 " => Self::played("MP3"),
            b"Opus" => Self::played("Opus"),
            b"fLaC" => Self::played("FLAC"),
            b"alac" => Self::not_played("ALAC"),
            b"ac-3" => Self::not_played("AC-3"),
            b"ec-3" => Self::not_played("E-AC-3"),
            b"ac-4" => Self::not_played("AC-4"),
            b"dtsc" | b"dtse" | b"dtsh" | b"dtsl" | b"dtsx" => Self::not_played("DTS"),
            b"mlpa" => Self::not_played("Dolby TrueHD"),
            b"mha1" | b"mha2" | b"mhm1" | b"mhm2" => Self::not_played("MPEG-H"),
            b"samr" | b"sawb" => Self::not_played("AMR"),
            b"enca" => Self::not_played("encrypted"),
            b"lpcm" | b"sowt" | b"twos" | b"ipcm" | b"fpcm" | b"in24" | b"in32" | b"fl32" | b"fl64" | b"raw "
            | b"s16l" | b"ulaw" | b"alaw" => Self::not_played("PCM"),
            _ => Self::unknown(&kind),
        }
    }

    /// Of a track of WebM or Matroska, by its id there.
    pub(super) fn of_matroska(id: &str) -> Self {
        match id {
            "V_VP8" => Self::played("VP8"),
            "V_VP9" => Self::played("VP9"),
            "V_AV1" => Self::played("AV1"),
            "V_MPEG4/ISO/AVC" => Self::played("H.264"),
            "V_MPEGH/ISO/HEVC" => Self::not_played("HEVC (H.265)"),
            "V_MPEG2" => Self::not_played("MPEG-2"),
            "V_MPEG1" => Self::not_played("MPEG-1"),
            "V_PRORES" => Self::not_played("ProRes"),
            "V_MJPEG" => Self::not_played("Motion JPEG"),
            "V_THEORA" => Self::not_played("Theora"),
            id if id.starts_with("V_MPEG4") || id.starts_with("V_MS/") => Self::not_played("MPEG-4 ASP (DivX, Xvid)"),
            "A_OPUS" | "A_OPUS/EXPERIMENTAL" => Self::played("Opus"),
            "A_VORBIS" => Self::played("Vorbis"),
            "A_FLAC" => Self::played("FLAC"),
            "A_MPEG/L3" => Self::played("MP3"),
            id if id.starts_with("A_AAC") => Self::played("AAC"),
            id if id.starts_with("A_AC3") => Self::not_played("AC-3"),
            id if id.starts_with("A_EAC3") => Self::not_played("E-AC-3"),
            id if id.starts_with("A_DTS") => Self::not_played("DTS"),
            id if id.starts_with("A_TRUEHD") => Self::not_played("Dolby TrueHD"),
            id if id.starts_with("A_PCM") => Self::not_played("PCM"),
            id if id.starts_with("A_ALAC") => Self::not_played("ALAC"),
            id => Self::unknown(id.get(..32).unwrap_or(id).as_bytes()),
        }
    }
}

/// H.264 by the profile in its configuration: browsers show eight bits and 4:2:0 alone.
fn h264(configuration: Option<&[u8]>) -> Codec {
    match configuration.and_then(|bytes| bytes.get(1)) {
        Some(110) => Codec::not_played("H.264 High 10 (ten bits)"),
        Some(122) => Codec::not_played("H.264 4:2:2"),
        Some(144 | 244 | 44) => Codec::not_played("H.264 4:4:4"),
        _ => Codec::played("H.264"),
    }
}

/// The object type of MPEG-4's registry, in a box `esds`.
fn object_type(esds: Option<&[u8]>) -> Option<u8> {
    let esds: Esds = boxes::decode(esds?)?;
    Some(esds.es_desc.dec_config.object_type_indication)
}

/// The body of a box inside a sample entry, which begins with some fields.
fn child(body: &[u8], fields: usize, kind: [u8; 4]) -> Option<&[u8]> {
    let boxes = body.get(fields..)?;
    boxes::children(boxes).find_map(|(found, body)| (found == kind).then_some(body))
}
