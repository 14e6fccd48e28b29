//! Subtitle files as people have them, and as the public tests of WebVTT write them.

use super::*;

const MINUTE_MS: u64 = 60_000;

fn taken(content: &[u8]) -> Subtitles {
    read(content, "pt-BR", None).unwrap_or_else(|refusal| panic!("{}", refusal.reason))
}

fn refused(content: &[u8]) -> String {
    read(content, "pt-BR", None).unwrap_err().reason
}

/// The cues of a file as it is stored: each with its times and text.
fn cues(content: &[u8]) -> Vec<String> {
    let kept = taken(content).content;
    let blocks = kept
        .split("\n\n")
        .skip(1)
        .map(|block| block.trim_end().replace('\n', "|"));
    blocks.filter(|block| block.contains("-->")).collect()
}

const SRT: &str = "1\n00:00:01,000 --> 00:00:03,000\nOlá, mundo! É você?\n\n2\n00:00:04,000 --> 00:00:06,000\n<i>Itálico</i> – travessão\n";
const SRT_CUES: [&str; 2] = [
    "00:00:01.000 --> 00:00:03.000|Olá, mundo! É você?",
    "00:00:04.000 --> 00:00:06.000|<i>Itálico</i> – travessão",
];

fn in_encoding(text: &str, encoding: &'static encoding_rs::Encoding) -> Vec<u8> {
    encoding.encode(text).0.into_owned()
}

fn utf_16(text: &str, to_bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(to_bytes).collect()
}

#[test]
fn subrip_is_read_in_any_encoding_and_with_any_line_ends() {
    let with_mark = format!("\u{feff}{SRT}");
    let files: [Vec<u8>; 9] = [
        SRT.into(),
        with_mark.as_bytes().to_vec(),
        SRT.replace('\n', "\r\n").into(),
        SRT.replace('\n', "\r").into(),
        in_encoding(SRT, encoding_rs::WINDOWS_1252),
        utf_16(&with_mark, u16::to_le_bytes),
        utf_16(&with_mark, u16::to_be_bytes),
        utf_16(SRT, u16::to_le_bytes),
        utf_16(SRT, u16::to_be_bytes),
    ];
    for file in files {
        assert_eq!(cues(&file), SRT_CUES);
    }
    let told = |file: &[u8]| taken(file).corrections.join(" ");
    assert_eq!(told(SRT.as_bytes()), "It was SubRip (SRT).");
    assert!(told(&in_encoding(SRT, encoding_rs::WINDOWS_1252)).contains("Windows-1252"));
    assert!(told(&utf_16(SRT, u16::to_le_bytes)).contains("UTF-16LE"));
}

#[test]
fn the_language_helps_to_tell_an_old_encoding() {
    let lines = [
        ("ru", "Вы знаете, куда идёт этот поезд?", encoding_rs::WINDOWS_1251),
        (
            "pl",
            "Źdźbło trawy, żółta łódź i gęś na wodzie.",
            encoding_rs::WINDOWS_1250,
        ),
        ("el", "Καλημέρα σας, πού πάει αυτό το τρένο;", encoding_rs::WINDOWS_1253),
        (
            "tr",
            "Şu tren İstanbul’a mı gidiyor, ağabey?",
            encoding_rs::WINDOWS_1254,
        ),
        ("ja", "この列車はどこへ行きますか。", encoding_rs::SHIFT_JIS),
        ("es", "¿Adónde va este tren, señor? Mañana.", encoding_rs::WINDOWS_1252),
    ];
    for (language, line, encoding) in lines {
        let file = format!("1\n00:00:01,000 --> 00:00:03,000\n{line}\n");
        let kept = read(&in_encoding(&file, encoding), language, None).unwrap();
        assert!(kept.content.contains(line), "{language}: {}", kept.content);
        assert!(
            kept.corrections[0].contains("look at the accents"),
            "{:?}",
            kept.corrections
        );
    }
}

#[test]
fn what_is_odd_in_subrip_is_put_right_and_told() {
    let file = "1\n00:00:01,000 --> 00:00:03,000\na\n\nb\n\n2\n0:0:4.5 --> 00:00:06,00  X1:1 X2:2\n{\\an8}c <font color=\"red\">d</font> <3 & e\n\
                3\n00:00:07,000 --> 00:00:08,000\n1922\n\n4\nx --> y\nlost\n5\n00:00:09,000-->00:00:10,000\n\n\n";
    assert_eq!(
        cues(file.as_bytes()),
        [
            "00:00:01.000 --> 00:00:03.000|a|b",
            "00:00:04.500 --> 00:00:06.000 line:0|c d &lt;3 &amp; e",
            "00:00:07.000 --> 00:00:08.000|1922",
        ]
    );
    let told = taken(file.as_bytes()).corrections;
    assert_eq!(
        told[1..],
        [
            "Line 2: joined a text with an empty line in it.",
            "Line 15: left out a cue whose times cannot be read.",
            "Line 18: left out a cue without text.",
        ]
    );
}

#[test]
fn marks_of_subrip_are_no_text() {
    let kept = |file: &str| (cues(file.as_bytes()), taken(file.as_bytes()).corrections.join(" "));
    let one = "00:00:01.000 --> 00:00:02.000|A".to_owned();
    let two = "00:00:03.000 --> 00:00:04.000|B".to_owned();
    let both = vec![one, two];
    // An empty line below each number.
    let (read, told) = kept("1\n\n00:00:01,000 --> 00:00:02,000\nA\n\n2\n\n00:00:03,000 --> 00:00:04,000\nB\n");
    assert_eq!((read, told.contains("joined")), (both.clone(), false));
    for arrow in ["->", "—>", "–>", "→", "--->", "==>"] {
        let (read, told) = kept(&format!(
            "1\n00:00:01,000 --> 00:00:02,000\nA\n\n2\n00:00:03,000 {arrow} 00:00:04,000\nB\n"
        ));
        assert_eq!(read, both, "{arrow}");
        assert!(told.contains("Line 6"), "{arrow}: {told}");
    }
    let (read, told) = kept("Legendas: Zé\n\n1\n00:00:01,000 --> 00:00:02,000\nA\n");
    assert_eq!(read.len(), 1);
    assert!(told.contains("Line 1: left out"), "{told}");
    let unnumbered = "00:00:01,000 --> 00:00:02,000\n1984\n\n00:00:03,000 --> 00:00:04,000\nB\n";
    assert_eq!(cues(unnumbered.as_bytes())[0], "00:00:01.000 --> 00:00:02.000|1984");
    // Spoken text stays: a year on a line of its own, an arrow, a time.
    let said = "1\n00:00:01,000 --> 00:00:02,000\nIt was\n1984\n\n2\n00:00:03,000 --> 00:00:04,000\nA -> B at 10:30\n";
    assert_eq!(
        cues(said.as_bytes()),
        [
            "00:00:01.000 --> 00:00:02.000|It was|1984",
            "00:00:03.000 --> 00:00:04.000|A -&gt; B at 10:30"
        ]
    );
}

#[test]
fn marks_of_substation_are_no_text() {
    let dialogue = |text: &str| format!("[Events]\nDialogue: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,,{text}\n");
    for (text, shown) in [
        ("{a note to the translator}Olá", "Olá"),
        ("{\\i1\\an8}Olá{\\i0}", "<i>Olá</i>"),
        ("{\\b1\\i1}Olá{\\b0\\i0} você", "<b><i>Olá</b></i> você"),
        ("{\\fs20\\b700}Olá{\\r} você", "Olá você"),
        ("{\\iclip(1,1,2,2)\\blur1}Olá", "Olá"),
        ("{open Olá", "{open Olá"),
    ] {
        let kept = cues(dialogue(text).as_bytes());
        assert_eq!(kept[0].split_once('|').unwrap().1, shown, "{text}");
    }
    let drawn = format!(
        "{}{}",
        dialogue("{\\an7\\p3}m 0 0 l 9 9{\\p0}"),
        dialogue("Olá").split_off(9)
    );
    assert_eq!(cues(drawn.as_bytes()).len(), 1, "{drawn}");
}

#[test]
fn substation_and_sbv_keep_their_texts_and_times() {
    let ass = "[Script Info]\nTitle: x\n\n[V4+ Styles]\nFormat: Name, Fontname\nStyle: Default,Arial\n\n[Events]\n\
               Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n\
               Dialogue: 0,0:00:05.00,0:00:07.50,Default,,0,0,0,,{\\an8\\fs20}Dois, {\\i1}três{\\i0}\\Nquatro\n\
               Comment: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,,não\n\
               Dialogue: 0,0:00:01.00,0:00:03.00,Default,,0,0,0,,Olá {\\i1}mundo{\\i0}\n\
               Dialogue: 0,0:00:01.00,0:00:03.00,Default,,0,0,0,,{\\p1}m 0 0 l 10 10\n";
    assert_eq!(
        cues(ass.as_bytes()),
        [
            "00:00:01.000 --> 00:00:03.000|Olá <i>mundo</i>",
            "00:00:05.000 --> 00:00:07.500 line:0|Dois, <i>três</i>|quatro",
        ]
    );
    let sbv = "0:00:01.000,0:00:03.000\nOlá & mundo\nde novo\n\n0:00:04.000,0:00:06.000\n>> Fim <i>\n";
    assert_eq!(
        cues(sbv.as_bytes()),
        [
            "00:00:01.000 --> 00:00:03.000|Olá &amp; mundo|de novo",
            "00:00:04.000 --> 00:00:06.000|&gt;&gt; Fim &lt;i&gt;",
        ]
    );
}

#[test]
fn times_of_sbv_may_have_fewer_digits() {
    let read = cues(b"0:00:01.00,0:00:02.5\nAt 1:20, 2:30\n1:20, 2:30\n");
    assert_eq!(read, ["00:00:01.000 --> 00:00:02.500|At 1:20, 2:30|1:20, 2:30"]);
}

#[test]
fn webvtt_is_read_as_browsers_read_it() {
    let one = "00:00:01.000 --> 00:00:02.000|One";
    let files = [
        "WEBVTT\n\n00:01.000 --> 00:02.000\nOne\n",
        "WEBVTT\n\n00:01.000 --> 00:02.000\nOne",
        "WEBVTT - a film\nKind: captions\n\n00:01.000 --> 00:02.000\nOne\n",
        "WEBVTT\n00:01.000 --> 00:02.000\nOne\n",
        "WEBVTT\tx\n\n0:00:01.000 --> 0:00:02.000\nOne\n",
        "WEBVTT\n\nNOTE x\n\n   \n\n00:01.000 --> 00:02.000\nOne\n",
        "WEBVTT\n\n\n\n00:01.000 --> 00:02.000\nOne\n\n\n\n",
        "WEBVTT\n\n00:01.000-->00:02.000\nOne\n",
        "WEBVTT\n\n  00:01.000   -->\t00:02.000  \nOne\n",
        "WEBVTT\n\nNOTE\nby hand\n\n00:01.000 --> 00:02.000\nOne\n",
        "WEBVTT\n\nno times\n\n00:01.000 --> 00:02.000\nOne\n",
        "WEBVTT\n\n00:02.000 --> 00:01.000\nnever\n\n00:01.000 --> 00:02.000\nOne\n",
        "WEBVTT\n\n00:61.000 --> 00:62.000\nlost\n\n00:01.000 --> 00:02.000\nOne\n",
        "WEBVTT\n\n00:03.000 --> 00:04.000\n\n00:01.000 --> 00:02.000\nOne\n",
        "WEBVTT\n\n-->\n00:01.000 --> 00:02.000\nOne\nfoo-->\n--->\n-->-->\n",
        "WEBVTT\n\n \n00:01.000 --> 00:02.000\nOne\n",
        "WEBVTT\n\n\t\t00:01.000\t\t-->\x0c00:02.000\t\nOne\n",
        "\u{feff}WEBVTT\r\n\r\n00:01.000 --> 00:02.000\r\nOne\r\n",
        "WEBVTT\r\r00:01.000 --> 00:02.000\rOne\r",
    ];
    for file in files {
        assert_eq!(cues(file.as_bytes()), [one], "{file:?}");
    }
    let whole = "WEBVTT\n\nSTYLE\n::cue { color: red }\n\nREGION\nid:a\n\nid 1\n00:01.000 --> 00:02.000 line:0 align:start\n<v Ana>Oi &amp; <b>tchau</b>\n00:03.000 --> 00:04.000\n- Dois\n";
    assert_eq!(
        taken(whole.as_bytes()),
        Subtitles {
            content: "WEBVTT\n\nSTYLE\n::cue { color: red }\n\nREGION\nid:a\n\nid 1\n00:00:01.000 --> 00:00:02.000 line:0 align:start\n\
                      <v Ana>Oi &amp; <b>tchau</b>\n\n00:00:03.000 --> 00:00:04.000\n- Dois\n"
                .to_owned(),
            corrections: Vec::new(),
        }
    );
}

#[test]
fn what_comes_out_is_read_again_as_it_is() {
    for file in [
        SRT,
        "WEBVTT\n\nSTYLE\nx\n\nid\n00:01.000 --> 00:02.000 line:0\n<3 & <b>so</b>\n",
    ] {
        let first = taken(file.as_bytes());
        let again = taken(first.content.as_bytes());
        assert_eq!((again.content, again.corrections), (first.content, Vec::new()));
    }
}

#[test]
fn what_browsers_would_not_show_is_told() {
    let told = |file: &str| taken(file.as_bytes()).corrections;
    assert_eq!(
        told("WEBVTT\n\n00:00:05,000 --> 00:00:09,000\na\n"),
        ["Line 3: read a time that browsers do not."]
    );
    assert_eq!(
        told("WEBVTT\n\n00:03.000 --> 00:04.000\nTwo\n\n00:01.000 --> 00:02.000\nOne\n"),
        ["Line 6: put a cue in its place in time."]
    );
    assert_eq!(
        cues(b"WEBVTT\n\n00:03.000 --> 00:04.000\nTwo\n\n00:01.000 --> 00:02.000\nOne\n"),
        ["00:00:01.000 --> 00:00:02.000|One", "00:00:03.000 --> 00:00:04.000|Two"]
    );
    let many = (0..8).map(|second| format!("00:0{second}.000 --> 00:00.000\nx\n\n"));
    let many = format!("WEBVTT\n\n{}00:01.000 --> 00:02.000\nOne\n", many.collect::<String>());
    assert_eq!(
        told(&many),
        ["Lines 3, 6, 9, 12, 15 and 3 more: left out a cue that ends before it begins."]
    );
}

#[test]
fn text_is_safe_whatever_it_says() {
    let file = "WEBVTT\n\n00:01.000 --> 00:02.000\n<script>alert(1)</script> <b onclick=x>b</b> <img src=x> a<b && c>d &copy; &#39;\n";
    assert_eq!(
        cues(file.as_bytes()),
        [
            "00:00:01.000 --> 00:00:02.000|&lt;script&gt;alert(1)&lt;/script&gt; <b onclick=x>b</b> &lt;img src=x&gt; a<b && c>d &amp;copy; &#39;"
        ]
    );
}

#[test]
fn cues_beyond_the_film_are_refused_and_one_that_outlasts_it_ends_with_it() {
    let of = |file: &str| read(file.as_bytes(), "en", Some(90 * MINUTE_MS));
    let beyond = of("WEBVTT\n\n00:01.000 --> 00:02.000\nOne\n\n02:00:05.000 --> 02:00:09.000\na\n").unwrap_err();
    assert_eq!(
        beyond.reason,
        "Line 6: this cue begins at 02:00:05.000, and the film ends at 01:30:00.000. It belongs to another film."
    );
    let outlasting = of("WEBVTT\n\n01:29:59.000 --> 01:30:09.000\na\n").unwrap();
    assert!(
        outlasting.content.contains("01:29:59.000 --> 01:30:00.000"),
        "{}",
        outlasting.content
    );
    assert_eq!(outlasting.corrections, ["Line 3: ended a cue with the film."]);
    // The film's length is not known.
    assert!(read(b"WEBVTT\n\n02:00:05.000 --> 02:00:09.000\na\n", "en", Some(0)).is_ok());
}

#[test]
fn what_is_no_subtitles_is_refused_by_what_it_is() {
    let files: [(&[u8], &str); 12] = [
        (b"", "The file is empty."),
        (b"\n \n", "The file is empty."),
        (b"WEBVTT", "no cue in this file that could be shown"),
        (b"WEBVTT\n\nNOTE nothing\n", "no cue in this file that could be shown"),
        (b"WEBVTTX\n\n", "whose first line is wrong"),
        (b"hello", "There is no cue in this file."),
        (b"<SAMI><HEAD>", "this is SAMI"),
        (b"<?xml version=\"1.0\"?><tt>", "TTML"),
        (b"{25}{50}Ola", "MicroDVD"),
        (
            b"\x1a\x45\xdf\xa3\x01\0\0\0\0\0\0\x1f\x42\x86\x81\x01",
            "This is no text.",
        ),
        (b"\xff\xd8\xff\xe0\0\x10JFIF\0", "This is no text."),
        (b"1\n00:99:01,000 --> x\nx", "There is no cue in this file."),
    ];
    for (file, reason) in files {
        let told = refused(file);
        assert!(told.contains(reason), "{reason}: {told}");
    }
    let many = format!("WEBVTT\n\n{}", "00:01.000 --> 00:02.000\nAgain\n\n".repeat(CUES + 1));
    assert!(refused(many.as_bytes()).contains("at most"));
    let long = format!(
        "WEBVTT\n\n00:01.000 --> 00:02.000\n{}\n",
        "x".repeat(CUE_CHARACTERS + 1)
    );
    assert_eq!(refused(long.as_bytes()), "Line 3: a cue has at most 2000 characters.");
}

proptest::proptest! {
    /// Any file is read or refused; what is stored is WebVTT in the order of time, and reading it again corrects nothing.
    #[test]
    fn any_file_is_read_or_refused(
        parts in proptest::collection::vec(
            proptest::prop_oneof![
                proptest::strategy::Just("WEBVTT\n\n".to_owned()),
                proptest::strategy::Just("00:01.000 --> 00:02.000\n".to_owned()),
                proptest::strategy::Just("00:00:03,5 --> 0:00:04.25 line:0\n".to_owned()),
                proptest::strategy::Just("Dialogue: 0,0:00:05.00,0:00:07.50,Default,,0,0,0,,{\\i1}x\\N\n".to_owned()),
                proptest::strategy::Just("0:00:01.000,0:00:03.000\n".to_owned()),
                proptest::strategy::Just("\n".to_owned()),
                proptest::strategy::Just("<b>--> & <c.a>\n".to_owned()),
                ".{0,20}",
            ],
            0..20,
        ),
    ) {
        if let Ok(kept) = read(parts.concat().as_bytes(), "en", Some(MINUTE_MS)) {
            let again = read(kept.content.as_bytes(), "en", Some(MINUTE_MS)).unwrap();
            proptest::prop_assert_eq!(&again.content, &kept.content);
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..300)) {
        let _ = read(&bytes, "ja", None);
        let _ = read(&[b"WEBVTT\n\n00:01.000 --> 00:02.000\n".as_slice(), &bytes].concat(), "ru", None);
    }
}
