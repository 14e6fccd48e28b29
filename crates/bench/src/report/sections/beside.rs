//! What the store is compared with: the origin's figures, and the floors.

use crate::interval::Interval;
use crate::report::Section;
use crate::report::tables::table;
use crate::report::text::{bytes as size, count, escaped, interval, number, percent, time};
use crate::results::{FloorResult, OriginRow, Results, Run, to_f64};

pub(in crate::report) fn origin(results: &Results) -> Option<Section> {
    if results.origin_table.is_empty() {
        return None;
    }
    let row = |row: &OriginRow| {
        let seconds = Interval::of(row.seconds.iter().copied());
        let times = |theirs: Option<f64>| match (theirs, seconds) {
            (Some(theirs), Some(ours)) => format!("{} s ({} times)", number(theirs), number(theirs / ours.median)),
            _ => String::new(),
        };
        vec![
            count(row.records),
            row.way.in_words().to_owned(),
            row.batch.map_or_else(String::new, count),
            Interval::of(row.seconds.iter().map(|seconds| seconds * 1_000.0))
                .map_or_else(String::new, |ms| format!("{} ms", interval(&ms))),
            seconds.map_or_else(String::new, |seconds| number(f64::from(row.records) / seconds.median)),
            times(row.origin_laptop_seconds),
            times(row.origin_seconds),
            size(to_f64(row.bytes)),
            row.peak_rss.map_or_else(String::new, |peak| size(to_f64(peak))),
        ]
    };
    let rows: Vec<_> = results.origin_table.iter().map(row).collect();
    let columns = [
        "records",
        "way",
        "a message",
        "here",
        "records a second",
        "origin, its laptop",
        "origin, two cores like these",
        "bytes out of the gateway",
        "most memory",
    ];
    Some(Section {
        name: "origin",
        title: "The origin's table, run again",
        body: format!(
            "<p>The project that this one began from measured 100,000 and 500,000 records of four fields out through its gateway, and \
             concluded that a stream is five times slower than one big answer. It sent one 30-byte record a message, over a new channel \
             a call. Here are the same records through our gateway, one a message and in batches. The catalogue has them in memory; for the row \
             “straight from the database” it reads each from its database, which is SQLite where this tool starts the store. In \
             brackets: how many times as long the origin took. The memory is that of the largest of the store's processes meanwhile; what \
             an answer in one piece has taken stays with its process for a while.</p>{}",
            table("Time from asking the gateway to the last byte", &columns, 2, &rows)
        ),
    })
}

pub(in crate::report) fn floors(results: &Results) -> Option<Section> {
    if results.floors.is_empty() {
        return None;
    }
    let row = |floor: &FloorResult| {
        let rate = |runs: &[Run]| {
            let rate = Interval::of(runs.iter().map(|run| run.moved_per_second));
            rate.map_or_else(String::new, |rate| interval(&rate))
        };
        let ratio = floor.ratio();
        let verdict = match (floor.target, ratio) {
            (Some(target), Some(ratio)) if ratio.median >= target => {
                format!("<span class=\"good\">{} reached</span>", percent(target))
            }
            (Some(target), _) => format!("<span class=\"bad\">{} missed</span>", percent(target)),
            (None, _) => "for information".to_owned(),
        };
        vec![
            escaped(&floor.store),
            escaped(&floor.floor),
            rate(&floor.store_runs),
            rate(&floor.floor_runs),
            ratio.map_or_else(String::new, |ratio| {
                format!(
                    "{} ({} to {})",
                    percent(ratio.median),
                    percent(ratio.low),
                    percent(ratio.high)
                )
            }),
            verdict,
            cpu_a_call(&floor.store_runs),
            cpu_a_call(&floor.floor_runs),
            more_than(&floor.name).to_owned(),
        ]
    };
    let rows: Vec<_> = results.floors.iter().map(row).collect();
    let columns = [
        "the store",
        "its floor",
        "store, a second",
        "floor, a second",
        "store by floor",
        "target",
        "store: CPU of a call",
        "floor: CPU of a call",
        "what the store does more",
    ];
    Some(Section {
        name: "floors",
        title: "Beside the floors",
        body: format!(
            "<p>What the same bytes cost where nothing is done for them, measured in the same run under the same load: in short \
             turns, one behind the other, with a ratio each. Where a target is missed, the difference between the two columns of \
             CPU time is what the store adds to a call (caller + services), and the last one says what for.</p>{}",
            table("The store and servers that do nothing else", &columns, 2, &rows)
        ),
    })
}

/// What the store does for a call that its floor does not do; this explains the difference in time.
pub(in crate::report) fn more_than(floor: &str) -> &'static str {
    match floor {
        "title_grpc" => {
            "It finds the method among its routes, reads who calls and until when from headers, watches that deadline, and \
             finds the answer that it has written before, whose texts the caller reads one by one."
        }
        "title_page_signed_in_apart" => {
            "It knows the session, checks whose identity it carries, says what the customer holds, and writes the headers \
             and counts of every answer. It remembers a film's page for half a second, and so makes one call where its \
             floor makes two."
        }
        "title_page_signed_in" => {
            "It knows the session, checks whose identity it carries, says what the customer holds, and writes the headers \
             and counts of every answer."
        }
        "title_page_guest" => {
            "It finds the page that it made a moment ago, and writes the headers and counts of every answer."
        }
        "search_page" => {
            "It finds the titles of each word, counts all that are found in six facets, puts them in order, and writes 24 of \
             them in the reader's language."
        }
        "record_stream" => {
            "It writes each record from its columns, and looks at each message's size and, now and then, at the deadline, on \
             both sides."
        }
        _ => "",
    }
}

pub(in crate::report) fn cpu_a_call(runs: &[Run]) -> String {
    let middle = |of: fn(&Run) -> f64| {
        Interval::of(runs.iter().map(of)).map_or_else(|| "–".to_owned(), |found| time(found.median))
    };
    format!(
        "{} + {}",
        middle(|run| run.cpu_us_client),
        middle(|run| run.cpu_us_server.unwrap_or(f64::NAN))
    )
}
