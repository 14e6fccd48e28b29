//! What to use when: the last section of the report, and its evidence.

use super::factors::{Worth, ratio};
use super::text::{bytes, number, percent, time, times, times_interval};
use super::verdict::{Said, best, cpu, phrase, wire};
use crate::cell::{Carrier, Cell, Kind, Work};
use crate::results::{CellResult, Results, Run};

/// A line of "use this when".
pub(super) struct Use {
    pub(super) when: &'static str,
    pub(super) choice: String,
    pub(super) because: Said,
}

/// The last section: what to use when.
pub(super) fn uses(results: &Results, worths: &[Worth]) -> Vec<Use> {
    let of_works = Work::ALL.into_iter().filter_map(|work| use_of(results, work));
    let others = [
        cheapest(results, "Bytes are dear: a phone, a metered line", wire, bytes),
        cheapest(results, "CPU time is dear: many small callers", cpu, time),
        of_worth(
            worths,
            ("batch", "32", Kind::ServerStream),
            "Many small records are streamed",
            ["Put many of them into a message", "One record a message will do"],
        ),
        of_worth(
            worths,
            ("compression", "gzip", Kind::Unary),
            "Both sides are in one data centre",
            ["Pack with gzip all the same", "Leave gzip off"],
        ),
        of_worth(
            worths,
            ("connections", "8", Kind::Unary),
            "Many calls are made at once to one service",
            ["Keep several connections", "One connection will do"],
        ),
    ];
    of_works.chain(others.into_iter().flatten()).collect()
}

fn use_of(results: &Results, work: Work) -> Option<Use> {
    let best = best(results, work, |run| run.moved_per_second)?;
    let (first, second) = (best.first.cell.carrier.title(), best.second.cell.carrier.title());
    let (times, interval) = (times(best.ratio.median), times_interval(&best.ratio));
    let (choice, text) = if best.ratio.is_more() {
        let text = format!("It makes {times} ({interval}) the rate of {second}, which is next.");
        (first.to_owned(), text)
    } else if best.ratio.leans() {
        let text = format!("It made {times} ({interval}) the rate of {second}, but in too few runs to be sure.");
        (format!("{first}, as it seems"), text)
    } else {
        let text = format!("{first} and {second} are too near to tell apart: {times} ({interval}).");
        ("What your callers speak already".to_owned(), text)
    };
    Some(Use {
        when: phrase(work),
        choice,
        because: Said {
            text,
            cells: vec![best.first.cell, best.second.cell],
        },
    })
}

/// The way of answering a page that needs the least of a resource.
fn cheapest(results: &Results, when: &'static str, of: fn(&Run) -> f64, written: fn(f64) -> String) -> Option<Use> {
    let base = Cell::new(Work::Page, Carrier::Grpc);
    let is_alike = |cell: &Cell| {
        cell.work == Work::Page && cell.connections == base.connections && cell.concurrency == base.concurrency
    };
    let middle = |result: &CellResult| result.interval(of).map_or(f64::MAX, |interval| interval.median);
    let least = results
        .closed()
        .filter(|result| is_alike(&result.cell))
        .min_by(|one, other| middle(one).total_cmp(&middle(other)))?;
    let usual = results.base(Work::Page, Carrier::RestH1)?;
    let rate = ratio(least, usual, |run| run.moved_per_second)?;
    let (least_of, usual_of) = (written(middle(least)), written(middle(usual)));
    let text = if least.cell == usual.cell {
        format!("A page takes {usual_of}; nothing that was measured takes less.")
    } else {
        let (share, rate) = (percent(middle(least) / middle(usual)), percent(rate.median));
        format!(
            "A page takes {least_of}, {share} of what it takes as plain JSON over HTTP/1.1 ({usual_of}), at {rate} of its rate."
        )
    };
    let mut cells = vec![least.cell, usual.cell];
    cells.dedup();
    Some(Use {
        when,
        choice: format!("{} with {}", least.cell.carrier.title(), least.cell.coding()),
        because: Said { text, cells },
    })
}

/// The advice of a factor's worth: the first choice if it clearly raises the rate, the second otherwise.
fn of_worth(
    worths: &[Worth],
    (factor, to, kind): (&str, &str, Kind),
    when: &'static str,
    [gain, none]: [&'static str; 2],
) -> Option<Use> {
    let worth = worths
        .iter()
        .find(|worth| worth.factor == factor && worth.to == to && worth.kind == kind)?;
    let ratio = &worth.ratio;
    let (choice, text) = if ratio.is_more() {
        (
            gain,
            format!(
                "From {} to {} the rate is {}",
                worth.from,
                worth.to,
                times(ratio.median)
            ),
        )
    } else if ratio.is_less() {
        (
            none,
            format!(
                "From {} to {} the rate falls to {}",
                worth.from,
                worth.to,
                percent(ratio.median)
            ),
        )
    } else {
        (
            none,
            format!("From {} to {} there is no clear difference", worth.from, worth.to),
        )
    };
    let interval = format!("{} to {}", number(ratio.low), number(ratio.high));
    Some(Use {
        when,
        choice: choice.to_owned(),
        because: Said {
            text: format!("{text} (a ratio of {interval})."),
            cells: worth
                .pairs
                .iter()
                .flat_map(|(one, other)| [*one, *other])
                .take(6)
                .collect(),
        },
    })
}
