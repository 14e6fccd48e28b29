//! A small writer of SVG: flat fills, no ids (several posters may be in one page), and numbers with one decimal.

use std::fmt::Write as _;

use crate::Colour;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Point {
    pub(crate) x: f64,
    pub(crate) y: f64,
}

pub(crate) const fn at(x: f64, y: f64) -> Point {
    Point { x, y }
}

impl Point {
    /// The point `distance` away in the direction of `degrees` (0 is right, 90 is down).
    pub(crate) fn towards(self, degrees: f64, distance: f64) -> Self {
        let (sine, cosine) = sine_cosine(degrees);
        at(self.x + cosine * distance, self.y + sine * distance)
    }

    pub(crate) fn mix(self, other: Self, share: f64) -> Self {
        at(self.x + (other.x - self.x) * share, self.y + (other.y - self.y) * share)
    }
}

/// Sine and cosine by their series: those of the platform may differ in the last bit, and a poster must not.
pub(crate) fn sine_cosine(degrees: f64) -> (f64, f64) {
    let turned = degrees.rem_euclid(360.0);
    let quarter = (turned / 90.0).floor();
    let angle = (turned - quarter * 90.0) / 180.0 * std::f64::consts::PI;
    let (mut sine, mut cosine, mut term) = (0.0, 0.0, 1.0);
    for order in 0..20_u32 {
        match order % 4 {
            0 => cosine += term,
            1 => sine += term,
            2 => cosine -= term,
            _ => sine -= term,
        }
        term *= angle / f64::from(order + 1);
    }
    match quarter {
        1.0 => (cosine, -sine),
        2.0 => (-sine, -cosine),
        3.0 => (-cosine, sine),
        _ => (sine, cosine),
    }
}

/// The `d` of a path, in absolute coordinates.
#[derive(Clone, Debug, Default)]
pub(crate) struct Path {
    commands: String,
}

impl Path {
    pub(crate) fn from(start: Point) -> Self {
        let mut path = Self::default();
        path.step('M', &[start.x, start.y]);
        path
    }

    pub(crate) fn polygon(points: impl IntoIterator<Item = Point>) -> Self {
        let mut points = points.into_iter();
        let start = points.next().unwrap_or(at(0.0, 0.0));
        points.fold(Self::from(start), Self::line).close()
    }

    pub(crate) fn line(mut self, to: Point) -> Self {
        self.step('L', &[to.x, to.y]);
        self
    }

    pub(crate) fn quadratic(mut self, bend: Point, to: Point) -> Self {
        self.step('Q', &[bend.x, bend.y, to.x, to.y]);
        self
    }

    pub(crate) fn cubic(mut self, leave: Point, arrive: Point, to: Point) -> Self {
        self.step('C', &[leave.x, leave.y, arrive.x, arrive.y, to.x, to.y]);
        self
    }

    /// An arc of a circle; `clockwise` as seen on the page.
    pub(crate) fn arc(mut self, radius: f64, large: bool, clockwise: bool, to: Point) -> Self {
        self.step('A', &[radius, radius]);
        let _ = write!(self.commands, " 0 {} {}", u8::from(large), u8::from(clockwise));
        self.step(' ', &[to.x, to.y]);
        self
    }

    /// A smooth closed curve through the points.
    pub(crate) fn soft(points: &[Point]) -> Self {
        let count = points.len();
        if count < 3 {
            return Self::default();
        }
        let point = |index: usize| points[index % count];
        let mut path = Self::from(point(0));
        for index in 0..count {
            let (before, from, to, after) = (
                point(index + count - 1),
                point(index),
                point(index + 1),
                point(index + 2),
            );
            let leave = at(from.x + (to.x - before.x) / 6.0, from.y + (to.y - before.y) / 6.0);
            let arrive = at(to.x - (after.x - from.x) / 6.0, to.y - (after.y - from.y) / 6.0);
            path = path.cubic(leave, arrive, to);
        }
        path.close()
    }

    pub(crate) fn close(mut self) -> Self {
        self.commands.push('Z');
        self
    }

    /// Both paths as one, so that the second cuts a hole into the first (with the even-odd rule).
    pub(crate) fn and(mut self, other: &Self) -> Self {
        self.commands.push_str(&other.commands);
        self
    }

    pub(crate) fn push_move(&mut self, to: Point) {
        self.step('M', &[to.x, to.y]);
    }

    pub(crate) fn push_line(&mut self, to: Point) {
        self.step('L', &[to.x, to.y]);
    }

    pub(crate) fn push_quadratic(&mut self, bend: Point, to: Point) {
        self.step('Q', &[bend.x, bend.y, to.x, to.y]);
    }

    pub(crate) fn push_cubic(&mut self, leave: Point, arrive: Point, to: Point) {
        self.step('C', &[leave.x, leave.y, arrive.x, arrive.y, to.x, to.y]);
    }

    pub(crate) fn push_close(&mut self) {
        self.commands.push('Z');
    }

    fn step(&mut self, command: char, numbers: &[f64]) {
        if command != ' ' {
            self.commands.push(command);
        }
        for (index, number) in numbers.iter().enumerate() {
            if index > 0 || command == ' ' {
                self.commands.push(' ');
            }
            push_number(&mut self.commands, *number);
        }
    }
}

/// The document while it is written.
#[derive(Debug, Default)]
pub(crate) struct Svg {
    out: String,
}

impl Svg {
    pub(crate) fn open(width: f64, height: f64, label: &str) -> Self {
        let mut svg = Self::default();
        let _ = write!(
            svg.out,
            r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img">"#,
        );
        let _ = write!(svg.out, "<title>{}</title>", escaped(label));
        svg
    }

    pub(crate) fn finish(mut self) -> String {
        self.out.push_str("</svg>");
        self.out
    }

    /// Rotates what follows around a point.
    pub(crate) fn turn(&mut self, degrees: f64, about: Point) {
        self.out.push_str(r#"<g transform="rotate("#);
        for (index, value) in [degrees, about.x, about.y].into_iter().enumerate() {
            if index > 0 {
                self.out.push(' ');
            }
            push_number(&mut self.out, value);
        }
        self.out.push_str(r#")">"#);
    }

    pub(crate) fn end_turn(&mut self) {
        self.out.push_str("</g>");
    }

    pub(crate) fn rect(&mut self, x: f64, y: f64, width: f64, height: f64, fill: Colour) {
        let sizes = [
            ("x", x),
            ("y", y),
            ("width", width.max(0.0)),
            ("height", height.max(0.0)),
        ];
        self.tag("rect", &sizes, &format!(r#" fill="{fill}"/>"#));
    }

    pub(crate) fn circle(&mut self, centre: Point, radius: f64, fill: Colour) {
        let sizes = [("cx", centre.x), ("cy", centre.y), ("r", radius.max(0.0))];
        self.tag("circle", &sizes, &format!(r#" fill="{fill}"/>"#));
    }

    pub(crate) fn ring(&mut self, centre: Point, radius: f64, width: f64, stroke: Colour) {
        let sizes = [
            ("cx", centre.x),
            ("cy", centre.y),
            ("r", radius.max(0.0)),
            ("stroke-width", width),
        ];
        self.tag("circle", &sizes, &format!(r#" fill="none" stroke="{stroke}"/>"#));
    }

    pub(crate) fn fill(&mut self, path: &Path, fill: Colour) {
        let _ = write!(
            self.out,
            r#"<path fill="{fill}" fill-rule="evenodd" d="{}"/>"#,
            path.commands
        );
    }

    /// Fills letters: everything inside an outline, even where its parts overlap.
    pub(crate) fn fill_nonzero(&mut self, path: &Path, fill: Colour) {
        let _ = write!(self.out, r#"<path fill="{fill}" d="{}"/>"#, path.commands);
    }

    /// Escaped text in one of the reader's fonts, fitted to a width.
    pub(crate) fn text(&mut self, escaped: &str, direction: &str, start: Point, size: f64, width: f64, fill: Colour) {
        let _ = write!(
            self.out,
            r#"<text fill="{fill}" direction="{direction}" font-family="'Noto Sans','Noto Sans CJK JP',sans-serif" font-weight="800" lengthAdjust="spacingAndGlyphs""#
        );
        let numbers = [
            ("x", start.x),
            ("y", start.y),
            ("font-size", size),
            ("textLength", width),
        ];
        self.tag_end(&numbers, &format!(">{escaped}</text>"));
    }

    /// A line with round ends.
    pub(crate) fn stroke(&mut self, path: &Path, width: f64, stroke: Colour) {
        let _ = write!(
            self.out,
            r#"<path fill="none" stroke="{stroke}" stroke-linecap="round" stroke-linejoin="round""#
        );
        self.tag_end(&[("stroke-width", width)], &format!(r#" d="{}"/>"#, path.commands));
    }

    fn tag(&mut self, name: &str, numbers: &[(&str, f64)], end: &str) {
        self.out.push('<');
        self.out.push_str(name);
        self.tag_end(numbers, end);
    }

    fn tag_end(&mut self, numbers: &[(&str, f64)], end: &str) {
        for (name, value) in numbers {
            let _ = write!(self.out, r#" {name}=""#);
            push_number(&mut self.out, *value);
            self.out.push('"');
        }
        self.out.push_str(end);
    }
}

/// A number with one decimal, or none if that would be zero.
pub(crate) fn push_number(out: &mut String, value: f64) {
    let tenths = (value * 10.0).round();
    let whole = (tenths / 10.0).trunc();
    // Written otherwise, `-0` and a decimal of zero would give one number two spellings.
    let _ = match (tenths == 0.0, tenths % 10.0 == 0.0) {
        (true, _) => write!(out, "0"),
        (_, true) => write!(out, "{whole:.0}"),
        _ => write!(out, "{:.1}", tenths / 10.0),
    };
}

/// Text for an element or an attribute. Characters that XML forbids are dropped.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\u{fffe}' | '\u{ffff}' => {}
            _ if character.is_control() => {}
            _ => out.push(character),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sine_and_cosine_agree_with_the_platform_all_the_way_round() {
        for step in -80..80 {
            let degrees = f64::from(step) * 9.3;
            let (sine, cosine) = sine_cosine(degrees);
            assert!((sine - degrees.to_radians().sin()).abs() < 1e-9, "sine of {degrees}");
            assert!(
                (cosine - degrees.to_radians().cos()).abs() < 1e-9,
                "cosine of {degrees}"
            );
        }
    }

    #[test]
    fn numbers_have_one_spelling() {
        let spelt = |value| {
            let mut out = String::new();
            push_number(&mut out, value);
            out
        };
        assert_eq!(
            [spelt(-0.01), spelt(12.0), spelt(-3.25), spelt(0.96)],
            ["0", "12", "-3.3", "1"]
        );
    }
}
