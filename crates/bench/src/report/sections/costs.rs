//! The costs of a call other than time: bytes and CPU.

use super::figure;
use crate::cell::{Carrier, Cell, Compression, Format, Work};
use crate::report::Section;
use crate::report::charts::{Bar, bars};
use crate::report::text::{bytes as size, time};
use crate::report::verdict::{capital, wire};
use crate::results::{CellResult, Results, Run};

pub(in crate::report) fn bytes(results: &Results) -> Option<Section> {
    let mut body = String::new();
    for work in Work::ALL {
        let found = coded(results, work);
        let middle = |result: &CellResult| result.interval(wire).map_or(0.0, |found| found.median);
        let bar = |result: &&CellResult| Bar {
            label: format!("{}, {}", result.cell.carrier.title(), result.cell.coding()),
            parts: vec![middle(result)],
            told: size(middle(result)),
            class: result.cell.carrier.name(),
        };
        let drawn: Vec<_> = found.iter().map(bar).collect();
        if drawn.is_empty() {
            continue;
        }
        let title = format!("{}: bytes of a call, both ways", capital(work.name()));
        body += &figure(
            &bars(
                &format!("bytes-{}", work.name()),
                &title,
                "Each bar says its figure.",
                &drawn,
            ),
            &title,
        );
    }
    (!body.is_empty()).then(|| Section {
        name: "bytes",
        title: "Bytes on the wire",
        body: format!(
            "<p>Counted on the caller's connections, with framing and headers, without TCP and IP: what one more call takes over a \
             connection that stands.</p>{body}"
        ),
    })
}

/// The results of a work in all codings, over gRPC and over HTTP/1.1.
fn coded(results: &Results, work: Work) -> Vec<&CellResult> {
    let mut found = Vec::new();
    for carrier in [Carrier::Grpc, Carrier::RestH1] {
        for format in [Format::Protobuf, Format::Json] {
            for compression in [Compression::None, Compression::Gzip, Compression::Zstd] {
                found.extend(results.closed_cell(&Cell::new(work, carrier).coded(format, compression)));
            }
        }
    }
    found
}

pub(in crate::report) fn cpu(results: &Results) -> Option<Section> {
    let mut body = String::new();
    for work in Work::ALL {
        let bases = Carrier::ALL.iter().filter_map(|carrier| results.base(work, *carrier));
        let middle = |result: &CellResult, of: fn(&Run) -> f64| result.interval(of).map_or(0.0, |found| found.median);
        let bar = |result: &CellResult| {
            let client = middle(result, |run| run.cpu_us_client);
            let server = middle(result, |run| run.cpu_us_server.unwrap_or_default());
            Bar {
                label: result.cell.carrier.title().to_owned(),
                parts: vec![client, server],
                told: format!("{} + {}", time(client), time(server)),
                class: result.cell.carrier.name(),
            }
        };
        let drawn: Vec<_> = bases.map(bar).collect();
        if drawn.is_empty() {
            continue;
        }
        let title = format!("{}: CPU time of a call, caller + services", capital(work.name()));
        body += &figure(
            &bars(
                &format!("cpu-{}", work.name()),
                &title,
                "Each bar says its two figures.",
                &drawn,
            ),
            &title,
        );
    }
    (!body.is_empty()).then(|| Section {
        name: "cpu",
        title: "CPU time by side",
        body: format!("<p>Dark is the caller, pale the services. Time within the system is counted too.</p>{body}"),
    })
}
