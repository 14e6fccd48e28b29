//! Curves: latency against load, and the rate of a stream against its batch size.

use super::{figure, heading};
use crate::cell::{Carrier, Cell, Work};
use crate::plan::under_load as cells_under_load;
use crate::report::Section;
use crate::report::charts::{Axes, Line, lines};
use crate::report::tables::table;
use crate::report::text::{interval, number, time};
use crate::report::verdict::{capital, knee, micros};
use crate::results::{CellResult, Loop, Results, Run};

pub(in crate::report) fn under_load(results: &Results) -> Option<Section> {
    let mut body = String::new();
    for work in Work::ALL {
        let mut drawn = Vec::new();
        let mut rows = Vec::new();
        for cell in cells_under_load().iter().filter(|cell| cell.work == work) {
            let is_it = |result: &&CellResult| result.cell == *cell && result.r#loop == Loop::Open;
            let loads: Vec<_> = results.cells.iter().filter(is_it).collect();
            if loads.is_empty() {
                continue;
            }
            let bends = knee(&loads);
            for (dashed, quantile) in [(false, "p99"), (true, "p50")] {
                let point = |load: &&CellResult| {
                    let time = load
                        .interval(|run| micros(if dashed { run.p50_us } else { run.p99_us }))?
                        .median;
                    Some((load.interval(|run| run.per_second)?.median, time))
                };
                drawn.push(Line {
                    label: format!("{}, {quantile}", cell.carrier.title()),
                    class: cell.carrier.name(),
                    is_dashed: dashed,
                    points: loads.iter().filter_map(point).collect(),
                    knee: bends.filter(|_| !dashed),
                });
            }
            rows.extend(
                loads
                    .iter()
                    .enumerate()
                    .map(|(index, load)| under_load_row(load, bends == Some(index))),
            );
        }
        if drawn.is_empty() {
            continue;
        }
        let title = format!("{}: latency against load", capital(work.name()));
        let axes = Axes {
            x: "calls a second that were made",
            y: "latency from when the call should have begun",
            x_is_logarithmic: false,
            written: time,
        };
        let name = format!("load-{}", work.name());
        body += &heading(&capital(work.name()));
        body += &figure(
            &lines(
                &name,
                &title,
                "Both latencies rise with load; the table below has the figures.",
                &axes,
                &drawn,
            ),
            "Solid: the 99th percentile; dashed: the median. A ring marks the knee: the first load at which the 99th percentile \
             is more than three times that of the lowest load.",
        );
        body += &table(
            &title,
            &[
                "carrier",
                "load",
                "calls a second",
                "p50",
                "p99",
                "p99.9",
                "dropped",
                "knee",
            ],
            2,
            &rows,
        );
    }
    (!body.is_empty()).then(|| Section {
        name: "load",
        title: "Latency against load",
        body: format!(
            "<p>An open loop: calls come at random times at a fixed rate (a Poisson process with a fixed seed), at 20, 50, 70 and \
             90 % of the peak that the closed loop reached, whether earlier ones were answered or not. Latency counts from \
             when a call should have begun, so a service that stalls cannot hide it.</p>{body}"
        ),
    })
}

fn under_load_row(load: &CellResult, is_knee: bool) -> Vec<String> {
    let of = |figure: fn(&Run) -> u64| {
        load.interval(|run| micros(figure(run)))
            .map_or_else(String::new, |found| time(found.median))
    };
    vec![
        load.cell.carrier.title().to_owned(),
        load.share_of_peak
            .map_or_else(String::new, |share| format!("{:.0} %", share * 100.0)),
        load.interval(|run| run.per_second)
            .map_or_else(String::new, |rate| interval(&rate)),
        of(|run| run.p50_us),
        of(|run| run.p99_us),
        of(|run| run.p999_us),
        load.runs.iter().map(|run| run.dropped).sum::<u64>().to_string(),
        if is_knee { "here" } else { "" }.to_owned(),
    ]
}

pub(in crate::report) fn batches(results: &Results) -> Option<Section> {
    let mut body = String::new();
    for work in [Work::Export, Work::Import] {
        let mut drawn = Vec::new();
        let mut rows = Vec::new();
        for carrier in Carrier::ALL {
            let base = Cell::new(work, carrier);
            let found: Vec<_> = [1, 32, 500, 1_024]
                .iter()
                .filter_map(|&batch| results.closed_cell(&Cell { batch, ..base }))
                .collect();
            let rate = |result: &&CellResult| {
                Some((
                    f64::from(result.cell.batch),
                    result.interval(|run| run.moved_per_second)?,
                ))
            };
            let points: Vec<_> = found.iter().filter_map(rate).collect();
            rows.extend(
                points
                    .iter()
                    .map(|(batch, rate)| vec![carrier.title().to_owned(), number(*batch), interval(rate)]),
            );
            drawn.push(Line {
                label: carrier.title().to_owned(),
                class: carrier.name(),
                is_dashed: false,
                points: points.iter().map(|(batch, rate)| (*batch, rate.median)).collect(),
                knee: None,
            });
        }
        drawn.retain(|line| line.points.len() > 1);
        if drawn.is_empty() {
            continue;
        }
        let title = format!("{}: titles a second by titles a message", capital(work.name()));
        let axes = Axes {
            x: "titles a message",
            y: "titles a second",
            x_is_logarithmic: true,
            written: number,
        };
        body += &figure(
            &lines(
                &format!("batch-{}", work.name()),
                &title,
                "The table below has the figures.",
                &axes,
                &drawn,
            ),
            &title,
        );
        body += &table(&title, &["carrier", "titles a message", "titles a second"], 1, &rows);
    }
    (!body.is_empty()).then_some(Section {
        name: "batches",
        title: "What a batch is worth",
        body,
    })
}
