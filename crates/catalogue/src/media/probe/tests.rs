//! Films as programs make them, made by ffmpeg (`scripts/setup.sh ffmpeg`), and films that disks and networks damaged.

use std::io::Result as IoResult;
use std::process::Command;
use std::sync::OnceLock;

use super::*;

mod hostile;

struct Memory(Vec<u8>);

impl Source for Memory {
    fn read_at(&mut self, at: u64, length: u64) -> IoResult<Vec<u8>> {
        let (at, length) = (usize::try_from(at).unwrap(), usize::try_from(length).unwrap());
        Ok(self.0[at..at + length].to_vec())
    }
}

fn probe(bytes: &[u8]) -> Result<Probe, String> {
    let mut file = FileReader::new(Memory(bytes.to_vec()), bytes.len() as u64);
    Probe::read(&mut file).map_err(|refusal| refusal.reason)
}

/// A film of two seconds: the named file as ffmpeg makes it with these options.
fn film(name: &str, options: &str) -> Vec<u8> {
    make(
        name,
        "-f lavfi -i testsrc=size=160x120:rate=10:duration=2 -f lavfi -i sine=duration=2",
        options,
    )
}

fn make(name: &str, input: &str, options: &str) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(name);
    let made = Command::new("ffmpeg")
        .args(["-nostdin", "-v", "error"])
        .args(input.split_whitespace())
        .args(options.split_whitespace())
        .arg(&file)
        .output()
        .expect("ffmpeg is there: scripts/setup.sh ffmpeg");
    assert!(
        made.status.success(),
        "{name}: {}",
        String::from_utf8_lossy(&made.stderr)
    );
    std::fs::read(file).unwrap()
}

/// The usual film, made once.
fn usual() -> &'static [u8] {
    static USUAL: OnceLock<Vec<u8>> = OnceLock::new();
    USUAL.get_or_init(|| film("film.mp4", "-c:v libx264 -pix_fmt yuv420p -c:a aac -bf 2"))
}

fn webm() -> &'static [u8] {
    static WEBM: OnceLock<Vec<u8>> = OnceLock::new();
    WEBM.get_or_init(|| film("film.webm", "-c:v libvpx -b:v 100k -c:a libvorbis"))
}

fn fragmented() -> &'static [u8] {
    static FRAGMENTED: OnceLock<Vec<u8>> = OnceLock::new();
    FRAGMENTED.get_or_init(|| {
        let fragments = "-movflags frag_keyframe+empty_moov+default_base_moof -g 5";
        film(
            "film.mp4",
            &format!("-c:v libx264 -pix_fmt yuv420p -c:a aac {fragments}"),
        )
    })
}

/// The names of a film's codecs, and why it does not play.
fn told(bytes: &[u8]) -> (String, Option<String>) {
    let probe = probe(bytes).unwrap();
    let codecs = probe.video.iter().map(|video| video.codec.name.as_str());
    let codecs = list(codecs.chain(probe.audio.iter().map(|audio| audio.codec.name.as_str())));
    (codecs, probe.unplayable())
}

#[test]
fn what_browsers_play_is_taken_with_its_length_and_size() {
    let h264 = "-c:v libx264 -pix_fmt yuv420p";
    let films = [
        ("film.mp4", format!("{h264} -c:a aac"), "H.264, AAC"),
        (
            "film.mp4",
            format!("{h264} -c:a aac -movflags +faststart"),
            "H.264, AAC",
        ),
        ("film.mp4", format!("{h264} -an"), "H.264"),
        ("film.mp4", format!("{h264} -c:a libmp3lame"), "H.264, MP3"),
        ("film.mp4", format!("{h264} -c:a libopus -strict -2"), "H.264, Opus"),
        ("film.mp4", format!("{h264} -c:a flac -strict -2"), "H.264, FLAC"),
        ("film.mov", format!("{h264} -c:a aac"), "H.264, AAC"),
        ("film.mp4", "-c:v libvpx-vp9 -b:v 100k -an".to_owned(), "VP9"),
        ("film.mp4", "-c:v libsvtav1 -an".to_owned(), "AV1"),
        (
            "film.webm",
            "-c:v libvpx -b:v 100k -c:a libvorbis".to_owned(),
            "VP8, Vorbis",
        ),
        (
            "film.webm",
            "-c:v libvpx-vp9 -b:v 100k -c:a libopus".to_owned(),
            "VP9, Opus",
        ),
        ("film.webm", "-c:v libsvtav1 -c:a libopus".to_owned(), "AV1, Opus"),
        // ffmpeg writes to a pipe, so the file states neither sizes nor a duration.
        (
            "film.webm",
            "-c:v libvpx -b:v 100k -c:a libvorbis -live 1 -f webm".to_owned(),
            "VP8, Vorbis",
        ),
        (
            "film.mp4",
            format!("{h264} -c:a aac -movflags frag_keyframe+empty_moov"),
            "H.264, AAC",
        ),
        (
            "film.mp4",
            format!("{h264} -c:a aac -movflags frag_keyframe+empty_moov+default_base_moof -g 5"),
            "H.264, AAC",
        ),
        // The film is playable although it has subtitles and chapters inside.
        (
            "film.mp4",
            format!("{h264} -c:a aac -metadata title=Film"),
            "H.264, AAC",
        ),
    ];
    for (name, options, codecs) in films {
        let bytes = film(name, &options);
        let found = probe(&bytes).unwrap_or_else(|reason| panic!("{options}: {reason}"));
        assert_eq!(told(&bytes), (codecs.to_owned(), None), "{options}");
        assert!(
            (1_800..2_400).contains(&found.duration_ms),
            "{options}: {}",
            found.duration_ms
        );
        assert_eq!((found.video[0].width, found.video[0].height), (160, 120), "{options}");
    }
}

#[test]
fn what_browsers_do_not_play_is_named() {
    let h264 = "-c:v libx264 -pix_fmt yuv420p";
    let films = [
        ("film.mp4", "-c:v libx265 -c:a aac", "HEVC (H.265) video"),
        ("film.mp4", "-c:v libx265 -tag:v hvc1 -c:a aac", "HEVC (H.265) video"),
        ("film.mov", "-c:v prores_ks -c:a aac -f mov", "ProRes video"),
        ("film.mp4", "-c:v mpeg4 -c:a aac", "MPEG-4 ASP (DivX, Xvid) video"),
        ("film.mp4", "-c:v mpeg2video -c:a aac", "MPEG-2 video"),
        ("film.mov", "-c:v mjpeg -c:a aac -f mov", "Motion JPEG video"),
        (
            "film.mov",
            "-c:v dnxhd -profile:v dnxhr_lb -s 256x120 -pix_fmt yuv422p -an -f mov",
            "DNxHD video",
        ),
        (
            "film.mp4",
            "-c:v libx264 -pix_fmt yuv420p10le -c:a aac",
            "H.264 High 10 (ten bits) video",
        ),
        (
            "film.mp4",
            "-c:v libx264 -pix_fmt yuv422p -c:a aac",
            "H.264 4:2:2 video",
        ),
        (
            "film.mp4",
            "-c:v libx264 -pix_fmt yuv444p -c:a aac",
            "H.264 4:4:4 video",
        ),
        ("film.mp4", &format!("{h264} -c:a ac3"), "AC-3 sound"),
        ("film.mp4", &format!("{h264} -c:a eac3"), "E-AC-3 sound"),
        ("film.mp4", &format!("{h264} -c:a dca -strict -2"), "DTS sound"),
        ("film.mp4", &format!("{h264} -c:a alac"), "ALAC sound"),
        ("film.mov", &format!("{h264} -c:a pcm_s16le -f mov"), "PCM sound"),
        ("film.mkv", "-c:v libvpx -b:v 100k -c:a libvorbis", "Matroska"),
        (
            "film.mkv",
            "-c:v libx265 -c:a ac3",
            "HEVC (H.265) video, and browsers do not play AC-3 sound",
        ),
    ];
    for (name, options, reason) in films {
        let unplayable = told(&film(name, options)).1;
        let unplayable = unplayable.unwrap_or_else(|| panic!("{options} is said to play"));
        assert!(unplayable.contains(reason), "{options}: {unplayable}");
    }
}

#[test]
fn a_file_of_full_size_with_holes_is_refused() {
    // As an interrupted download leaves it that first creates the whole file: the whole film is zeros, or its end.
    let whole = usual();
    let data = whole.windows(4).position(|four| four == b"mdat").unwrap() + 4;
    let end = data - 8 + usize::try_from(u32::from_be_bytes(whole[data - 8..data - 4].try_into().unwrap())).unwrap();
    for from in [data, usize::midpoint(data, end)] {
        let mut holes = whole.to_vec();
        holes[from..end].fill(0);
        let refusal = probe(&holes).unwrap_err();
        assert!(refusal.contains("has a hole"), "{refusal}");
    }
}

#[test]
fn the_sound_that_browsers_choose_is_the_first() {
    let two = |first: &str, second: &str| {
        let options = "-map 0:v -map 1:a -map 1:a -c:v libx264 -pix_fmt yuv420p";
        film("film.mp4", &format!("{options} -c:a:0 {first} -c:a:1 {second}"))
    };
    assert_eq!(told(&two("aac", "ac3")), ("H.264, AAC, AC-3".to_owned(), None));
    assert!(told(&two("ac3", "aac")).1.is_some());
}

#[test]
fn what_is_no_film_is_refused_by_what_it_is() {
    let jpeg = make("a.jpg", "-f lavfi -i testsrc=size=160x120:duration=1", "-frames:v 1");
    let sound = film("film.mp4", "-vn -c:a aac");
    let sound_in_webm = film("film.webm", "-vn -c:a libopus");
    let cases: [(&[u8], &str); 16] = [
        (b"", "The file is empty."),
        (&jpeg, "it is a JPEG picture"),
        (b"\x89PNG\r\n\x1a\n", "it is a PNG picture"),
        (b"#EXTM3U\n#EXT-X-VERSION:3\n", "it is a playlist"),
        (b"RIFF\0\0\0\0AVI LIST", "it is an AVI video"),
        (b"OggS\0\x02", "it is an Ogg file"),
        (b"%PDF-1.7", "it is a PDF document"),
        (b"<!doctype html>", "it is a page of text"),
        (&[0; 4000], "it is nothing but zeros"),
        (b"hello", "This is neither an MP4 nor a WebM file."),
        (&sound, "There is no video in this file, only sound (AAC)."),
        (&sound_in_webm, "There is no video in this file, only sound (Opus)."),
        (b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom", "The file has no index (moov)"),
        (b"\0\0\0\x18ftypmp42", "The file is cut off"),
        (b"\x1a\x45\xdf\xa3", "The file is cut off"),
        (
            b"\x1a\x45\xdf\xa3\x84\x42\x86\x81\x01",
            "The file is cut off after its head.",
        ),
    ];
    for (bytes, reason) in cases {
        let refused = probe(bytes).unwrap_err();
        assert!(refused.contains(reason), "{reason}: {refused}");
    }
    // The first bytes of a film, as a signature is.
    assert!(probe(&usual()[..60]).is_err());
}

#[test]
fn a_film_that_is_cut_off_anywhere_is_refused() {
    let faststart = film(
        "film.mp4",
        "-c:v libx264 -pix_fmt yuv420p -c:a aac -movflags +faststart",
    );
    for (name, whole) in [("mp4", usual()), ("faststart", &faststart), ("webm", webm())] {
        assert!(probe(whole).is_ok());
        for missing in [
            1,
            2,
            7,
            8,
            9,
            100,
            whole.len() / 3,
            whole.len() / 2,
            whole.len() - 100,
            whole.len() - 30,
        ] {
            let refused = probe(&whole[..whole.len() - missing]).err();
            assert!(refused.is_some(), "{name}: {missing} bytes are missing");
        }
    }
    // A fragment that is not whole; a file that ends between two is a shorter film.
    let mdat = fragmented().windows(4).rposition(|kind| kind == b"mdat").unwrap();
    assert!(probe(&fragmented()[..mdat + 40]).unwrap_err().contains("cut off"));
}

#[test]
fn an_index_that_names_what_is_not_there_is_refused() {
    // The data goes to the end of the file, whatever that is: only the index tells that some of it is missing.
    let mut faststart = film(
        "film.mp4",
        "-c:v libx264 -pix_fmt yuv420p -c:a aac -movflags +faststart",
    );
    let data = faststart.windows(4).position(|kind| kind == b"mdat").unwrap();
    faststart[data - 4..data].copy_from_slice(&[0; 4]);
    assert!(probe(&faststart).is_ok());
    faststart.truncate(faststart.len() - 1);
    let refused = probe(&faststart).unwrap_err();
    assert!(refused.contains("samples of a track"), "{refused}");
}
