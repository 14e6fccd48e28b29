//! Tables, and the table of all cells.

use std::fmt::Write;

use super::Section;
use super::text::{bytes, escaped, interval, number, time};
use super::verdict::{micros, wire};
use crate::results::{CellResult, Results, to_f64};

/// A table. The first columns hold text and the others figures, except for those that are known to hold text too.
pub(super) fn table(caption: &str, columns: &[&str], text_columns: usize, rows: &[Vec<String>]) -> String {
    let is_text = |index: usize| {
        index < text_columns || matches!(columns.get(index), Some(&"cells" | &"what the store does more"))
    };
    let class = |index: usize| if is_text(index) { "" } else { " class=\"n\"" };
    let mut table = format!(
        "<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"{0}\"><table class=\"roomy\"><caption>{0}</caption><thead><tr>",
        escaped(caption)
    );
    for (index, column) in columns.iter().enumerate() {
        let _ = write!(table, "<th scope=\"col\"{}>{}</th>", class(index), escaped(column));
    }
    table += "</tr></thead><tbody>";
    for row in rows {
        table += "<tr>";
        for (index, value) in row.iter().enumerate() {
            let _ = write!(table, "<td{}>{value}</td>", class(index));
        }
        table += "</tr>";
    }
    table + "</tbody></table></div>"
}

/// Every cell with its figures and its marks.
#[expect(clippy::unnecessary_wraps, reason = "all sections have the same type")]
pub(super) fn cells(results: &Results) -> Option<Section> {
    let columns = [
        "cell",
        "work",
        "carrier",
        "coding",
        "batch",
        "connections",
        "at once",
        "load",
        "calls a second",
        "titles or beats a second",
        "p50",
        "p99",
        "bytes out",
        "bytes in",
        "CPU µs, caller",
        "CPU µs, services",
        "most memory",
        "marks",
    ];
    let mut body = String::from(
        "<p>Every run of each is in <code>results.json</code>. A cell is <em>noisy</em> where its runs lie further apart \
         than a quarter of their median, and the <em>caller saturated</em> where the load generator was the limit: then \
         the service may be quicker than this. All cells of a work gave equal answers.</p>\
         <div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"All cells\"><table><thead><tr>",
    );
    for column in columns {
        let _ = write!(body, "<th scope=\"col\">{column}</th>");
    }
    body += "</tr></thead><tbody>";
    for (index, result) in results.cells.iter().enumerate() {
        row(&mut body, index + 1, result);
    }
    body += "</tbody></table></div>";
    Some(Section {
        name: "cells",
        title: "All cells",
        body,
    })
}

fn row(body: &mut String, number_of_cell: usize, result: &CellResult) {
    let cell = &result.cell;
    let middle = |of: &dyn Fn(&crate::results::Run) -> f64| result.interval(of).map_or(f64::NAN, |found| found.median);
    let spread = |of: &dyn Fn(&crate::results::Run) -> f64| {
        result.interval(of).map_or_else(String::new, |found| interval(&found))
    };
    let (anchor, load) = match result.share_of_peak {
        None => (cell.anchor(), "closed".to_owned()),
        Some(share) => (
            format!("{}-open-{share}", cell.anchor()),
            format!("open, {:.0} %", share * 100.0),
        ),
    };
    let mut marks = Vec::new();
    if result.noisy {
        marks.push("noisy".to_owned());
    }
    if result.is_saturated() {
        marks.push("caller saturated".to_owned());
    }
    let dropped: u64 = result.runs.iter().map(|run| run.dropped).sum();
    let late: u64 = result.runs.iter().map(|run| run.late).sum();
    let calls: u64 = result.runs.iter().map(|run| run.calls).sum();
    if dropped > 0 {
        marks.push(format!("{dropped} dropped"));
    }
    if late > 0 {
        marks.push(format!(
            "{:.1} % began late",
            to_f64(late) / to_f64(calls + dropped) * 100.0
        ));
    }
    let has_bytes = middle(&wire) > 0.0;
    let size = |value: f64| if has_bytes { bytes(value) } else { String::new() };
    let values = [
        cell.batch.to_string(),
        cell.connections.to_string(),
        cell.concurrency.to_string(),
        load,
        spread(&|run| run.per_second),
        number(middle(&|run| run.moved_per_second)),
        time(middle(&|run| micros(run.p50_us))),
        time(middle(&|run| micros(run.p99_us))),
        size(middle(&|run| micros(run.bytes_out))),
        size(middle(&|run| micros(run.bytes_in))),
        number(middle(&|run| run.cpu_us_client)),
        number(middle(&|run| run.cpu_us_server.unwrap_or(f64::NAN))),
        result
            .runs
            .iter()
            .filter_map(|run| run.peak_rss)
            .max()
            .map_or_else(String::new, |peak| bytes(to_f64(peak))),
    ];
    let _ = write!(
        body,
        "<tr id=\"{anchor}\"><th scope=\"row\" class=\"n\">{number_of_cell}</th><td>{}</td><td>{}</td><td>{}</td>",
        cell.work.name(),
        cell.carrier.title(),
        cell.coding()
    );
    for value in values {
        let _ = write!(body, "<td class=\"n\">{value}</td>");
    }
    let _ = write!(body, "<td class=\"mark\">{}</td></tr>", marks.join(", "));
}
