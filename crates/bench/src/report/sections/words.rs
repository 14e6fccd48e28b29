//! The sections of text: surprises, the method, and what to use when.

use super::{heading, list};
use crate::plan::CANNOT_BE;
use crate::report::Section;
use crate::report::factors::Worth;
use crate::report::tables::table;
use crate::report::text::escaped;
use crate::report::uses::{Use, uses as use_when};
use crate::report::verdict::{capital, surprises as surprising};
use crate::results::Results;

/// The method of measurement.
const HOW: [&str; 4] = [
    "One service object stands behind gRPC and REST; every cell's answers are decoded, and equal to those of all cells of \
     its work before it counts.",
    "The load generator is a process of its own. Its CPU time is counted, and it watches itself: a thread that does nothing \
     tells how late it is woken, and the system tells how long its threads waited for a core.",
    "Connections are kept, and equal in number. TCP_NODELAY on both sides; HTTP/2 windows of 4 MiB a connection and 256 KiB a \
     stream. JSON is compact.",
    "Runs of all cells take turns. A median's interval is by order statistics: of five runs the least and the greatest, \
     which hold the true median with 93.75 %.",
];

pub(in crate::report) fn surprises(results: &Results, worths: &[Worth]) -> Option<Section> {
    if worths.is_empty() {
        return None;
    }
    let found = surprising(worths);
    let told = list(found.iter().map(|said| results.said(said)));
    let body = if found.is_empty() {
        "<p>Nothing: every factor moved the rate the way that is commonly expected.</p>".to_owned()
    } else {
        format!(
            "<p>Commonly expected on one machine, where bytes are cheap: text and packing cost rate, framing does not matter, HTTP/1.1 is \
             slower than HTTP/2, batches, connections and calls at once help. Measured otherwise:</p>{told}"
        )
    };
    Some(Section {
        name: "surprises",
        title: "What surprised",
        body,
    })
}

#[expect(clippy::unnecessary_wraps, reason = "all sections have the same type")]
pub(in crate::report) fn method(results: &Results) -> Option<Section> {
    let mut ways: Vec<_> = HOW.iter().map(|how| escaped(how)).collect();
    if let Some((drawn, rest)) = results.settings.drawn {
        ways.push(format!(
            "Of the factorial a base, each factor alone around it and {drawn} of the other {rest} combinations were done, \
             drawn by lot with a fixed seed."
        ));
    }
    if !results.settings.chosen.is_empty() {
        let chosen = escaped(&results.settings.chosen.join(", "));
        ways.push(format!("Not everything was measured, only: {chosen}."));
    }
    let cannot = list(CANNOT_BE.iter().map(|what| escaped(what)));
    let body = list(ways) + &heading("What cannot be, or is left out") + &cannot;
    Some(Section {
        name: "method",
        title: "How it was measured",
        body,
    })
}

pub(in crate::report) fn uses(results: &Results, worths: &[Worth]) -> Option<Section> {
    let uses = use_when(results, worths);
    if uses.is_empty() {
        return None;
    }
    let row = |one: &Use| {
        vec![
            capital(one.when),
            format!("<strong>{}</strong>", escaped(&one.choice)),
            results.said(&one.because),
        ]
    };
    let rows: Vec<_> = uses.iter().map(row).collect();
    Some(Section {
        name: "use",
        title: "Use this when",
        body: format!(
            "<div class=\"use\">{}</div>",
            table(
                "Each line points at the cells it rests on",
                &["when", "use", "because"],
                3,
                &rows
            )
        ),
    })
}
