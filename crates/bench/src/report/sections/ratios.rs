//! Comparisons of cells: at a glance, by factor, and which carrier is ahead.

use super::{figure, heading};
use crate::cell::{Carrier, Cell, Work};
use crate::report::Section;
use crate::report::charts::{Dot, ratios};
use crate::report::factors::{Worth, ratio};
use crate::report::tables::table;
use crate::report::text::{interval, percent};
use crate::report::verdict::{ahead, capital, kind, phrase};
use crate::results::{CellResult, Results};

/// How many pairs of cells are named for each factor.
const PAIRS: usize = 6;

pub(in crate::report) fn at_a_glance(results: &Results) -> Option<Section> {
    let mut dots = Vec::new();
    let mut rows = Vec::new();
    for work in Work::ALL {
        let Some(grpc) = results.base(work, Carrier::Grpc) else {
            continue;
        };
        for carrier in [Carrier::RestH2, Carrier::RestH1] {
            let Some(rest) = results.base(work, carrier) else {
                continue;
            };
            let Some(ratio) = ratio(rest, grpc, |run| run.moved_per_second) else {
                continue;
            };
            let rate = |result: &CellResult| {
                result
                    .interval(|run| run.moved_per_second)
                    .map_or_else(String::new, |rate| interval(&rate))
            };
            rows.push(vec![
                work.name().to_owned(),
                carrier.title().to_owned(),
                rate(rest),
                rate(grpc),
                interval(&ratio),
                [grpc, rest]
                    .iter()
                    .filter_map(|result| results.link(&result.cell))
                    .collect::<Vec<_>>()
                    .join(", "),
            ]);
            dots.push(Dot {
                label: format!("{}: {}", work.name(), carrier.title()),
                ratio,
                class: carrier.name(),
            });
        }
    }
    if dots.is_empty() {
        return None;
    }
    let title = "The rate of REST with JSON by that of gRPC with Protobuf, each as it comes";
    let body = figure(
        &ratios(
            "glance",
            title,
            "Left of the line gRPC is ahead, right of it REST is. The table below has the figures.",
            &dots,
        ),
        "Left of the line gRPC is ahead, right of it REST. The bars are intervals.",
    ) + &table(
        title,
        &[
            "work",
            "carrier",
            "its rate (titles or beats a second)",
            "gRPC's rate",
            "ratio",
            "cells",
        ],
        2,
        &rows,
    );
    Some(Section {
        name: "glance",
        title: "At a glance",
        body,
    })
}

pub(in crate::report) fn factors(results: &Results, worths: &[Worth]) -> Option<Section> {
    if worths.is_empty() {
        return None;
    }
    let label =
        |worth: &Worth| format!("{}, {} → {}", kind(worth.kind), worth.from, worth.to).replace("REST over ", "REST, ");
    let mut body = String::from(
        "<p>Each line compares cells that differ in one factor alone: in each turn the geometric mean of their ratios, of \
         the turns the median and its interval. <em>Framing</em> is gRPC against REST with the same format on the same \
         HTTP/2; the HTTP version then is what remains between the carriers. What a kind of call is worth, one answer against a \
         stream of the same records, is in <a href=\"#origin\">the origin's table</a>.</p>",
    );
    for (index, factor) in [
        "format",
        "compression",
        "framing",
        "HTTP version",
        "batch",
        "connections",
        "calls at once",
    ]
    .into_iter()
    .enumerate()
    {
        let of_factor: Vec<_> = worths.iter().filter(|worth| worth.factor == factor).collect();
        if of_factor.is_empty() {
            continue;
        }
        let dots: Vec<_> = of_factor
            .iter()
            .map(|worth| Dot {
                label: label(worth),
                ratio: worth.ratio,
                class: "plain",
            })
            .collect();
        let title = format!("{}: the rate after by the rate before", capital(factor));
        body += &heading(&capital(factor));
        let name = format!("factor-{index}");
        body += &figure(&ratios(&name, &title, "The table below has the figures.", &dots), "");
        let row = |worth: &&Worth| {
            let pair = |(one, other): &(Cell, Cell)| Some(format!("{}→{}", results.link(one)?, results.link(other)?));
            let mut cells: Vec<_> = worth.pairs.iter().filter_map(pair).take(PAIRS).collect();
            if worth.pairs.len() > PAIRS {
                cells.push(format!("and {} more", worth.pairs.len() - PAIRS));
            }
            vec![
                kind(worth.kind).to_owned(),
                worth.from.clone(),
                worth.to.clone(),
                interval(&worth.ratio),
                if worth.ratio.is_clear() { "yes" } else { "no" }.to_owned(),
                percent(worth.ratio.confidence),
                cells.join(", "),
            ]
        };
        let rows: Vec<_> = of_factor.iter().map(row).collect();
        body += &table(
            &title,
            &["kind", "from", "to", "ratio", "clear", "confidence", "cells"],
            3,
            &rows,
        );
    }
    Some(Section {
        name: "factors",
        title: "What each factor is worth",
        body,
    })
}

pub(in crate::report) fn wins(results: &Results) -> Option<Section> {
    let mut rows = Vec::new();
    for work in Work::ALL {
        let told = ahead(results, work);
        if !told.is_empty() {
            let mut row = vec![capital(phrase(work))];
            row.extend(["rate", "CPU time", "bytes"].map(|name| {
                let said = told.iter().find(|(measure, _)| *measure == name);
                said.map_or_else(String::new, |(_, said)| results.said(said))
            }));
            rows.push(row);
        }
    }
    if rows.is_empty() {
        return None;
    }
    Some(Section {
        name: "wins",
        title: "Where each choice wins, and by how much",
        body: table(
            "The carriers as they come: gRPC with Protobuf, REST with JSON",
            &["when", "rate", "CPU time", "bytes"],
            4,
            &rows,
        ),
    })
}
