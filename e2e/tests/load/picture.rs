//! A picture of errors and latency by second.

use std::fmt::Write;

use super::{Mark, Sample};

const SECOND_WIDTH: usize = 10;
const MARGIN: usize = 60;
const PLOT_HEIGHT: f64 = 220.0;
const MARKS_HEIGHT: f64 = 130.0;
/// The scale of latency: logarithmic, from a millisecond to ten seconds.
const DECADES: f64 = 4.0;

/// One second of the run.
#[derive(Default)]
struct Second {
    took_ms: Vec<f64>,
    failed: usize,
}

pub(super) fn draw(samples: &[Sample], marks: &[Mark]) -> String {
    let seconds = by_second(samples);
    let width = MARGIN * 2 + seconds.len() * SECOND_WIDTH;
    let height = PLOT_HEIGHT + MARKS_HEIGHT + 60.0;
    let mut svg = String::new();
    // Writing into a string cannot fail.
    let _ = write(&mut svg, &seconds, marks, samples.len(), (width, height));
    svg
}

fn by_second(samples: &[Sample]) -> Vec<Second> {
    let mut seconds = Vec::new();
    for sample in samples {
        let second = usize::try_from(sample.at.as_secs()).unwrap_or_default();
        if seconds.len() <= second {
            seconds.resize_with(second + 1, Second::default);
        }
        seconds[second].took_ms.push(sample.took.as_secs_f64() * 1000.0);
        seconds[second].failed += usize::from(sample.failure.is_some());
    }
    for second in &mut seconds {
        second.took_ms.sort_by(f64::total_cmp);
    }
    seconds
}

fn write(
    svg: &mut String,
    seconds: &[Second],
    marks: &[Mark],
    requests: usize,
    (width, height): (usize, f64),
) -> std::fmt::Result {
    writeln!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" font-family=\"sans-serif\" \
         font-size=\"11\">\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>"
    )?;
    let failed: usize = seconds.iter().map(|second| second.failed).sum();
    writeln!(
        svg,
        "<text x=\"{MARGIN}\" y=\"20\" font-size=\"14\">{requests} requests in {} s, {failed} failed. Median and 99th \
         percentile by second, in milliseconds; bars: failed requests.</text>",
        seconds.len()
    )?;
    for decade in 0..=4 {
        let y = height_of(10_f64.powi(decade));
        let label = 10_u32.pow(decade.unsigned_abs());
        writeln!(
            svg,
            "<path d=\"M{MARGIN} {y:.1}H{}\" stroke=\"#ddd\"/><text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{label}</text>",
            width - MARGIN,
            MARGIN - 6,
            y + 4.0
        )?;
    }
    for (index, second) in seconds.iter().enumerate().filter(|(_, second)| second.failed > 0) {
        let share = f64::from(u32::try_from(second.failed).unwrap_or(u32::MAX));
        let bar = (share * 6.0).min(PLOT_HEIGHT);
        writeln!(
            svg,
            "<rect x=\"{}\" y=\"{:.1}\" width=\"{}\" height=\"{bar:.1}\" fill=\"#d33\" opacity=\"0.6\"><title>{} failed</title></rect>",
            MARGIN + index * SECOND_WIDTH,
            40.0 + PLOT_HEIGHT - bar,
            SECOND_WIDTH - 1,
            second.failed
        )?;
    }
    for (share, colour) in [(0.5, "#06c"), (0.99, "#e80")] {
        let points = seconds.iter().enumerate().filter_map(|(index, second)| {
            let took = percentile(&second.took_ms, share)?;
            Some(format!(
                "{},{:.1}",
                MARGIN + index * SECOND_WIDTH + SECOND_WIDTH / 2,
                height_of(took)
            ))
        });
        let points = points.collect::<Vec<_>>().join(" ");
        writeln!(
            svg,
            "<polyline points=\"{points}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.5\"/>"
        )?;
    }
    for mark in marks {
        let x = f64::from(u32::try_from(MARGIN).unwrap_or_default()) + mark.at.as_secs_f64() * 10.0;
        let foot = 40.0 + PLOT_HEIGHT;
        writeln!(
            svg,
            "<path d=\"M{x:.1} 40V{foot}\" stroke=\"#888\" stroke-dasharray=\"2 3\"/>\
             <text transform=\"translate({x:.1} {:.1}) rotate(60)\">{}</text>",
            foot + 12.0,
            mark.name
        )?;
    }
    writeln!(svg, "</svg>")
}

fn height_of(took_ms: f64) -> f64 {
    let share = took_ms.clamp(1.0, 10_000.0).log10() / DECADES;
    40.0 + PLOT_HEIGHT * (1.0 - share)
}

/// A percentile of sorted values.
fn percentile(sorted: &[f64], share: f64) -> Option<f64> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a place in a short list"
    )]
    let place = (sorted.len().saturating_sub(1) as f64 * share).round() as usize;
    sorted.get(place).copied()
}
