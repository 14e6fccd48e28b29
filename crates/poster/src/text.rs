//! Typesetting: names as the outlines of their letters, as large as a box allows, in lines of similar length.

use ttf_parser::{Face, GlyphId, OutlineBuilder};

use crate::Colour;
use crate::svg::{Path, Point, Svg, at, escaped};

/// The typefaces, by their purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Typeface {
    /// Tall and narrow, for loud names.
    Anton,
    /// Broad and plain, for sober names.
    ArchivoBlack,
    /// With serifs, for literary names.
    DmSerif,
    /// For small print.
    Archivo,
}

impl Typeface {
    fn bytes(self) -> &'static [u8] {
        match self {
            Self::Anton => include_bytes!("../fonts/Anton-Regular.ttf"),
            Self::ArchivoBlack => include_bytes!("../fonts/ArchivoBlack-Regular.ttf"),
            Self::DmSerif => include_bytes!("../fonts/DMSerifDisplay-Regular.ttf"),
            Self::Archivo => include_bytes!("../fonts/Archivo-Medium.ttf"),
        }
    }

    /// The distance between baselines, in units of the size.
    fn leading(self) -> f64 {
        match self {
            Self::Anton => 1.12,
            Self::ArchivoBlack | Self::DmSerif => 1.02,
            Self::Archivo => 1.3,
        }
    }

    /// Whether names are set in capitals.
    fn capitals(self) -> bool {
        self == Self::Anton
    }
}

/// How lines are aligned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Align {
    Left,
    Middle,
    Right,
}

/// The space for a text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame {
    pub(crate) width: f64,
    pub(crate) height: f64,
}

/// The most lines of a name.
const LINES: usize = 9;
/// The outlines of a longer text would make the document too large, so it is drawn in one of the reader's fonts.
const OUTLINED_CHARACTERS: usize = 90;
/// A word that would make its line smaller than this is broken, so that the name is legible on a small screen.
const SMALLEST: f64 = 34.0;
/// The assumed width of a letter in an unknown font; joined letters are narrower, and characters of wide scripts are as
/// wide as the size.
const LETTER_WIDTH: f64 = 0.62;
const JOINED_WIDTH: f64 = 0.5;

/// A text broken into lines, at the size at which it fills its frame.
pub(crate) struct Block {
    lines: Vec<String>,
    setting: Setting,
    pub(crate) size: f64,
}

/// How letters are measured and drawn.
enum Setting {
    Outlines {
        typeface: Typeface,
        face: Box<Face<'static>>,
    },
    /// In one of the reader's fonts, each line fitted to its estimated width.
    Reader,
}

impl Block {
    /// Sets a text as large as it fits, up to a limit.
    pub(crate) fn fit(text: &str, typeface: Typeface, frame: Frame, largest: f64) -> Self {
        let text = if typeface.capitals() {
            text.to_uppercase()
        } else {
            text.to_owned()
        };
        let setting = Setting::for_text(&text, typeface);
        let words: Vec<_> = text
            .split_whitespace()
            .flat_map(|word| pieces(word, &setting, frame.width / SMALLEST))
            .collect();
        let widths: Vec<_> = words.iter().map(|word| word.width(&setting)).collect();
        let space = setting.width(" ");
        let mut best = (0.0, Vec::new());
        for count in 1..=LINES.min(words.len().max(1)) {
            let lines = balanced(&widths, space, count);
            let longest = lines
                .iter()
                .map(|line| line_width(&widths[line.clone()], space))
                .fold(0.001, f64::max);
            let height = setting.leading() * as_f64(lines.len());
            let size = (frame.width / longest).min(frame.height / height).min(largest);
            // Another line must make the text clearly larger, because names in few lines are easier to read.
            if size > best.0 * 1.12 {
                best = (size, lines);
            }
        }
        let (size, lines) = best;
        let lines = lines.into_iter().map(|line| joined(&words[line])).collect();
        Self { lines, setting, size }
    }

    /// Sets one line, at most this large and no wider than this.
    pub(crate) fn line(text: &str, typeface: Typeface, width: f64, size: f64) -> Self {
        let setting = Setting::for_text(text, typeface);
        let size = (width / setting.width(text).max(0.001)).min(size);
        Self {
            lines: vec![text.to_owned()],
            setting,
            size,
        }
    }

    pub(crate) fn height(&self) -> f64 {
        self.size * self.setting.leading() * as_f64(self.lines.len())
    }

    /// Draws the block with its top at `y`; `x` is the left end, the middle or the right end of the lines.
    pub(crate) fn draw(&self, svg: &mut Svg, x: f64, y: f64, align: Align, fill: Colour) {
        let leading = self.size * self.setting.leading();
        for (index, line) in self.lines.iter().enumerate() {
            let width = self.setting.width(line) * self.size;
            let left = match align {
                Align::Left => x,
                Align::Middle => x - width / 2.0,
                Align::Right => x - width,
            };
            // On this baseline, capitals have the same space above and below.
            let baseline = y + leading * as_f64(index) + f64::midpoint(leading, self.setting.capital() * self.size);
            self.setting.draw(svg, line, at(left, baseline), self.size, width, fill);
        }
    }
}

impl Setting {
    fn for_text(text: &str, typeface: Typeface) -> Self {
        let has = |face: &Face<'_>| {
            text.chars()
                .all(|letter| letter == ' ' || face.glyph_index(letter).is_some())
        };
        let face = Face::parse(typeface.bytes(), 0).ok().filter(has);
        match face {
            Some(face) if text.chars().count() <= OUTLINED_CHARACTERS => Self::Outlines {
                typeface,
                face: Box::new(face),
            },
            _ => Self::Reader,
        }
    }

    fn leading(&self) -> f64 {
        match self {
            Self::Outlines { typeface, .. } => typeface.leading(),
            Self::Reader => 1.15,
        }
    }

    /// The height of capitals, in units of the size.
    fn capital(&self) -> f64 {
        match self {
            Self::Outlines { face, .. } => face.capital_height().map_or(0.7, f64::from) / units(face),
            Self::Reader => 0.7,
        }
    }

    /// The width of a text, in units of the size.
    fn width(&self, text: &str) -> f64 {
        match self {
            Self::Outlines { face, .. } => glyphs(face, text).map(|(_, advance)| advance).sum(),
            Self::Reader => text.chars().map(reader_width).sum(),
        }
    }

    fn draw(&self, svg: &mut Svg, text: &str, start: Point, size: f64, width: f64, fill: Colour) {
        match self {
            Self::Outlines { face, .. } => {
                let mut outline = Outline {
                    path: Path::default(),
                    origin: start,
                    scale: size / units(face),
                };
                for (glyph, advance) in glyphs(face, text) {
                    let _ = face.outline_glyph(glyph, &mut outline);
                    outline.origin.x += advance * size;
                }
                svg.fill_nonzero(&outline.path, fill);
            }
            Self::Reader if is_right_to_left(text) => {
                // A line that runs from right to left begins at its right end.
                let start = at(start.x + width, start.y);
                svg.text(&escaped(text), "rtl", start, size, width, fill);
            }
            Self::Reader => svg.text(&escaped(text), "ltr", start, size, width, fill),
        }
    }
}

/// Whether the first letter belongs to a script that runs from right to left.
pub(crate) fn is_right_to_left(text: &str) -> bool {
    let first = text.chars().find(|letter| letter.is_alphabetic());
    first.is_some_and(
        |letter| matches!(letter, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{feff}'),
    )
}

fn reader_width(letter: char) -> f64 {
    match letter {
        // Combining marks take no width.
        '\u{300}'..='\u{36f}' | '\u{591}'..='\u{5c7}' | '\u{64b}'..='\u{65f}' => 0.0,
        '\u{600}'..='\u{8ff}' | '\u{fb50}'..='\u{fdff}' | '\u{fe70}'..='\u{feff}' => JOINED_WIDTH,
        '\u{1100}'.. => 1.0,
        _ => LETTER_WIDTH,
    }
}

/// A word, or a piece of a word that is too long for a line.
struct Word {
    text: String,
    /// Whether the next piece continues the same word.
    is_broken: bool,
}

/// What ends the line of a broken word, in scripts that use hyphens.
const HYPHEN: &str = "-";

impl Word {
    /// Its width at the end of a line, in units of the size.
    fn width(&self, setting: &Setting) -> f64 {
        setting.width(&self.text) + setting.width(self.hyphen())
    }

    fn hyphen(&self) -> &'static str {
        let is_hyphenated = self.is_broken && self.text.ends_with(is_hyphenated);
        if is_hyphenated { HYPHEN } else { "" }
    }
}

/// The word in pieces of similar length, none of which is wider than `widest`, in units of the size.
fn pieces(word: &str, setting: &Setting, widest: f64) -> Vec<Word> {
    let letters: Vec<_> = word.chars().collect();
    let wanted = (setting.width(word) / widest).ceil().max(1.0);
    let length = (as_f64(letters.len()) / wanted).ceil();
    let mut pieces = Vec::<Word>::new();
    for (index, letter) in letters.into_iter().enumerate() {
        // A mark stays with the letter before it.
        let is_due = as_f64(index) >= length * as_f64(pieces.len()) && reader_width(letter) > 0.0;
        match pieces.last_mut() {
            Some(piece) if !is_due => piece.text.push(letter),
            before => {
                if let Some(piece) = before {
                    piece.is_broken = true;
                }
                pieces.push(Word {
                    text: letter.to_string(),
                    is_broken: false,
                });
            }
        }
    }
    pieces
}

/// The text of one line of words and pieces.
fn joined(words: &[Word]) -> String {
    let mut line = String::new();
    for (index, word) in words.iter().enumerate() {
        line.push_str(&word.text);
        if index + 1 == words.len() {
            line.push_str(word.hyphen());
        } else if !word.is_broken {
            line.push(' ');
        }
    }
    line
}

/// Whether words in this letter's script are broken with a hyphen: those of Latin, Greek and Cyrillic letters.
fn is_hyphenated(letter: char) -> bool {
    letter.is_alphabetic() && letter < '\u{530}'
}

fn units(face: &Face<'_>) -> f64 {
    f64::from(face.units_per_em())
}

/// The glyphs of a text, each with its advance in units of the size.
fn glyphs<'a>(face: &'a Face<'_>, text: &'a str) -> impl Iterator<Item = (GlyphId, f64)> + 'a {
    let glyphs = text.chars().filter_map(|letter| face.glyph_index(letter));
    glyphs.map(|glyph| {
        (
            glyph,
            f64::from(face.glyph_hor_advance(glyph).unwrap_or(0)) / units(face),
        )
    })
}

struct Outline {
    path: Path,
    origin: Point,
    scale: f64,
}

impl Outline {
    fn place(&self, x: f32, y: f32) -> Point {
        at(
            self.origin.x + f64::from(x) * self.scale,
            self.origin.y - f64::from(y) * self.scale,
        )
    }
}

impl OutlineBuilder for Outline {
    fn move_to(&mut self, x: f32, y: f32) {
        let to = self.place(x, y);
        self.path.push_move(to);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        let to = self.place(x, y);
        self.path.push_line(to);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let (bend, to) = (self.place(x1, y1), self.place(x, y));
        self.path.push_quadratic(bend, to);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let (leave, arrive, to) = (self.place(x1, y1), self.place(x2, y2), self.place(x, y));
        self.path.push_cubic(leave, arrive, to);
    }

    fn close(&mut self) {
        self.path.push_close();
    }
}

/// Breaks words into lines so that the longest line is as short as possible.
fn balanced(widths: &[f64], space: f64, count: usize) -> Vec<std::ops::Range<usize>> {
    let words = widths.len();
    // For each word and number of lines: the longest line of the best way to set the rest of the words, and the end of
    // its first line.
    let mut best = vec![vec![(f64::INFINITY, words); count + 1]; words + 1];
    best[words][0] = (0.0, words);
    for first in (0..words).rev() {
        for lines in 1..=count {
            for end in first + 1..=words {
                let longest = line_width(&widths[first..end], space).max(best[end][lines - 1].0);
                if longest < best[first][lines].0 {
                    best[first][lines] = (longest, end);
                }
            }
        }
    }
    let (mut from, mut left, mut lines) = (0, count, Vec::with_capacity(count));
    while from < words && left > 0 {
        let end = best[from][left].1;
        lines.push(from..end);
        (from, left) = (end, left - 1);
    }
    lines
}

fn line_width(widths: &[f64], space: f64) -> f64 {
    widths.iter().sum::<f64>() + space * as_f64(widths.len().saturating_sub(1))
}

fn as_f64(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}
