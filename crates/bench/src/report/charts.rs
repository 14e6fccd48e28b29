//! Charts as SVG, without a library: each has a title and a description for people who cannot see it, and a table with
//! its figures.

use std::fmt::Write;

use super::text::{escaped, number};
use crate::interval::Interval;

const WIDTH: f64 = 860.0;
const ROW: f64 = 26.0;
const LABELS: f64 = 330.0;

/// The start of a drawing.
fn open(name: &str, height: f64, title: &str, description: &str) -> String {
    format!(
        "<svg viewBox=\"0 0 {WIDTH} {height:.0}\" role=\"img\" aria-labelledby=\"{name}-t {name}-d\">\
         <title id=\"{name}-t\">{}</title><desc id=\"{name}-d\">{}</desc>",
        escaped(title),
        escaped(description)
    )
}

/// A ratio with its interval.
pub(super) struct Dot {
    pub(super) label: String,
    pub(super) ratio: Interval,
    pub(super) class: &'static str,
}

/// Ratios around one, on a logarithmic scale: left of the line is slower, right of it faster.
pub(super) fn ratios(name: &str, title: &str, description: &str, dots: &[Dot]) -> String {
    let low = dots.iter().map(|dot| dot.ratio.low).fold(0.5, f64::min);
    let high = dots.iter().map(|dot| dot.ratio.high).fold(2.0, f64::max);
    let scale = Scale::logarithmic((low, high), (LABELS + 10.0, WIDTH - 80.0));
    let height = ROW * rows(dots.len()) + 44.0;
    let mut svg = open(name, height, title, description);
    let bottom = height - 34.0;
    for tick in scale.ticks() {
        let (at, class) = (scale.at(tick), if (tick - 1.0).abs() < 1e-9 { "one" } else { "grid" });
        let _ = write!(
            svg,
            "<line class=\"{class}\" x1=\"{at:.1}\" x2=\"{at:.1}\" y1=\"4\" y2=\"{bottom:.1}\"/>\
             <text class=\"soft\" x=\"{at:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}×</text>",
            bottom + 18.0,
            plain(tick)
        );
    }
    for (index, dot) in dots.iter().enumerate() {
        let y = ROW * rows(index) + ROW / 2.0 + 4.0;
        let (low, middle, high) = (
            scale.at(dot.ratio.low),
            scale.at(dot.ratio.median),
            scale.at(dot.ratio.high),
        );
        let class = dot.class;
        let _ = write!(
            svg,
            "<text x=\"{LABELS}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>\
             <line class=\"{class}\" stroke-width=\"3\" x1=\"{low:.1}\" x2=\"{high:.1}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>\
             <circle class=\"f-{class}\" cx=\"{middle:.1}\" cy=\"{y:.1}\" r=\"5\"/>\
             <text class=\"soft\" x=\"{:.1}\" y=\"{:.1}\">{}×</text>",
            y + 4.5,
            escaped(&dot.label),
            high + 10.0,
            y + 4.5,
            number(dot.ratio.median)
        );
    }
    svg + "</svg>"
}

/// A bar of one or two parts.
pub(super) struct Bar {
    pub(super) label: String,
    pub(super) parts: Vec<f64>,
    /// The text at its end.
    pub(super) told: String,
    pub(super) class: &'static str,
}

pub(super) fn bars(name: &str, title: &str, description: &str, bars: &[Bar]) -> String {
    let longest = bars
        .iter()
        .map(|bar| bar.parts.iter().sum::<f64>())
        .fold(f64::MIN_POSITIVE, f64::max);
    let room = WIDTH - LABELS - 190.0;
    let height = ROW * rows(bars.len()) + 10.0;
    let mut svg = open(name, height, title, description);
    for (index, bar) in bars.iter().enumerate() {
        let y = ROW * rows(index) + 6.0;
        let _ = write!(
            svg,
            "<text x=\"{LABELS}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
            y + 14.0,
            escaped(&bar.label)
        );
        let mut x = LABELS + 10.0;
        for (part, value) in bar.parts.iter().enumerate() {
            let width = (value / longest * room).max(1.0);
            let server = if part == 0 { "" } else { " server" };
            let _ = write!(
                svg,
                "<rect class=\"f-{}{server}\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"17\" rx=\"2\"/>",
                bar.class
            );
            x += width;
        }
        let _ = write!(
            svg,
            "<text class=\"soft\" x=\"{:.1}\" y=\"{:.1}\">{}</text>",
            x + 8.0,
            y + 13.5,
            escaped(&bar.told)
        );
    }
    svg + "</svg>"
}

/// A line through points.
pub(super) struct Line {
    pub(super) label: String,
    pub(super) class: &'static str,
    pub(super) is_dashed: bool,
    pub(super) points: Vec<(f64, f64)>,
    /// The point of its knee.
    pub(super) knee: Option<usize>,
}

/// The axes of a line chart.
pub(super) struct Axes<'a> {
    pub(super) x: &'a str,
    pub(super) y: &'a str,
    pub(super) x_is_logarithmic: bool,
    /// How a value on the vertical axis is written.
    pub(super) written: fn(f64) -> String,
}

const PLOT_HEIGHT: f64 = 330.0;
const LEFT: f64 = 84.0;
const RIGHT: f64 = WIDTH - 235.0;

pub(super) fn lines(name: &str, title: &str, description: &str, axes: &Axes<'_>, lines: &[Line]) -> String {
    let points = || lines.iter().flat_map(|line| line.points.iter().copied());
    let range = |of: fn((f64, f64)) -> f64| {
        let (low, high) = (
            points().map(of).fold(f64::MAX, f64::min),
            points().map(of).fold(0.0, f64::max),
        );
        (low.max(1e-9), high.max(low * 1.01))
    };
    let (bottom, top) = (PLOT_HEIGHT - 48.0, 26.0);
    let x = if axes.x_is_logarithmic {
        Scale::logarithmic(range(|point| point.0), (LEFT, RIGHT))
    } else {
        Scale::linear((0.0, range(|point| point.0).1), (LEFT, RIGHT))
    };
    let y = Scale::logarithmic(range(|point| point.1), (bottom, top));
    let mut svg = open(name, PLOT_HEIGHT, title, description);
    for tick in y.ticks() {
        let at = y.at(tick);
        let _ = write!(
            svg,
            "<line class=\"grid\" x1=\"{LEFT}\" x2=\"{RIGHT}\" y1=\"{at:.1}\" y2=\"{at:.1}\"/>\
             <text class=\"soft\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
            LEFT - 8.0,
            at + 4.0,
            escaped(&(axes.written)(tick))
        );
    }
    for tick in x.ticks() {
        let at = x.at(tick);
        let _ = write!(
            svg,
            "<text class=\"soft\" x=\"{at:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
            bottom + 18.0,
            plain(tick)
        );
    }
    let _ = write!(
        svg,
        "<text class=\"soft\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>\
         <text class=\"soft\" x=\"{LEFT}\" y=\"14\" text-anchor=\"start\">{}</text>",
        f64::midpoint(LEFT, RIGHT),
        PLOT_HEIGHT - 8.0,
        escaped(axes.x),
        escaped(axes.y)
    );
    for line in lines {
        draw(&mut svg, line, &x, &y);
    }
    legend(&mut svg, lines, top);
    svg + "</svg>"
}

fn draw(svg: &mut String, line: &Line, x: &Scale, y: &Scale) {
    let Line { class, is_dashed, .. } = line;
    let dashed = if *is_dashed { " dashed" } else { "" };
    let at: Vec<_> = line.points.iter().map(|point| (x.at(point.0), y.at(point.1))).collect();
    let path: Vec<_> = at.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
    let _ = write!(
        svg,
        "<polyline class=\"series {class}{dashed}\" points=\"{}\"/>",
        path.join(" ")
    );
    for (index, (x, y)) in at.iter().enumerate() {
        let _ = write!(
            svg,
            "<circle class=\"f-{class}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3.5\"/>"
        );
        if line.knee == Some(index) {
            let _ = write!(svg, "<circle class=\"knee\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"8\"/>");
        }
    }
}

fn legend(svg: &mut String, lines: &[Line], top: f64) {
    for (index, line) in lines.iter().enumerate() {
        let y = top + 8.0 + 22.0 * rows(index);
        let dashed = if line.is_dashed { " dashed" } else { "" };
        let x = RIGHT + 18.0;
        let _ = write!(
            svg,
            "<line class=\"series {}{dashed}\" x1=\"{x}\" x2=\"{}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>\
             <text x=\"{}\" y=\"{:.1}\">{}</text>",
            line.class,
            x + 26.0,
            x + 33.0,
            y + 4.5,
            escaped(&line.label)
        );
    }
}

/// Maps values to positions.
struct Scale {
    is_logarithmic: bool,
    range: (f64, f64),
    room: (f64, f64),
}

impl Scale {
    fn logarithmic(range: (f64, f64), room: (f64, f64)) -> Self {
        // Leaves a small margin at both ends.
        let range = (range.0 / 1.08, range.1 * 1.08);
        Self {
            is_logarithmic: true,
            range,
            room,
        }
    }

    fn linear(range: (f64, f64), room: (f64, f64)) -> Self {
        Self {
            is_logarithmic: false,
            range: (range.0, range.1 * 1.04),
            room,
        }
    }

    fn at(&self, value: f64) -> f64 {
        let measured = |value: f64| {
            if self.is_logarithmic {
                value.max(1e-12).ln()
            } else {
                value
            }
        };
        let (low, high) = (measured(self.range.0), measured(self.range.1));
        let share = (measured(value) - low) / (high - low);
        self.room.0 + share * (self.room.1 - self.room.0)
    }

    /// Round values within the range: on a logarithmic scale 1, 2 and 5 of each power of ten, or the powers alone where
    /// there are many.
    fn ticks(&self) -> Vec<f64> {
        let (low, high) = self.range;
        if !self.is_logarithmic {
            let step = [1.0, 2.0, 2.5, 5.0, 10.0].map(|round| round * 10_f64.powf((high / 5.0).log10().floor()));
            let step = step.into_iter().find(|step| high / step <= 6.0).unwrap_or(high);
            return (0..=6)
                .map(|count| f64::from(count) * step)
                .filter(|tick| *tick <= high)
                .collect();
        }
        let rounds: &[f64] = if high / low > 2_000.0 { &[1.0] } else { &[1.0, 2.0, 5.0] };
        let ticks = (-9..=12).flat_map(|power| rounds.iter().map(move |round| round * 10_f64.powi(power)));
        ticks.filter(|tick| (low..=high).contains(tick)).collect()
    }
}

/// A round value without zeros after the point.
fn plain(value: f64) -> String {
    if value >= 1_000.0 {
        return number(value);
    }
    let text = format!("{value:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn rows(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}
