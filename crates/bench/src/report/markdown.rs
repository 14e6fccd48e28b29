//! The summary: the statements of the report on a page of Markdown.

use std::fmt::Write;

use super::factors::worths;
use super::sections::{cpu_a_call, more_than};
use super::text::{bytes, interval, percent};
use super::uses::uses;
use super::verdict::{Said, capital, kind, losses, wire};
use crate::interval::Interval;
use crate::results::{Results, to_f64};

impl Results {
    /// The summary, as Markdown.
    pub fn summary(&self) -> String {
        let mut text = format!("# gRPC against REST/JSON, measured\n\n{}\n", self.circumstances());
        if !self.versions.release_build {
            text += "\n**This is a debug build: its figures say nothing.**\n";
        }
        if !self.cells.is_empty() {
            self.behind(&mut text);
        }
        let worths = worths(self);
        let uses = uses(self, &worths);
        if !uses.is_empty() {
            text += "\n## Use this when\n\n| when | use | because |\n|---|---|---|\n";
            for one in &uses {
                let (when, choice, because) = (capital(one.when), &one.choice, self.plain(&one.because));
                let _ = writeln!(text, "| {when} | {choice} | {because} |");
            }
        }
        if !worths.is_empty() {
            text += "\n## What each factor is worth\n\nThe rate after by the rate before.\n\n| factor | kind | from | to | ratio |\n|---|---|---|---|---:|\n";
            for worth in &worths {
                let (factor, kind, ratio) = (worth.factor, kind(worth.kind), interval(&worth.ratio));
                let _ = writeln!(text, "| {factor} | {kind} | {} | {} | {ratio} |", worth.from, worth.to);
            }
        }
        self.origin_and_floors(&mut text);
        self.all_cells(&mut text);
        text
    }

    fn behind(&self, text: &mut String) {
        *text += "\n## Where gRPC is behind\n\n";
        let losses = losses(self);
        if losses.is_empty() {
            *text += "In none of the works that were measured on both sides is that sure.\n";
        }
        for loss in &losses {
            let _ = writeln!(text, "- {}", self.plain(loss));
        }
    }

    fn origin_and_floors(&self, text: &mut String) {
        if !self.origin_table.is_empty() {
            *text += "\n## The origin's table\n\n| records | way | a message | ms | origin's laptop, s | origin, two cores, s | most memory |\n|---:|---|---:|---:|---:|---:|---:|\n";
        }
        for row in &self.origin_table {
            let seconds = Interval::of(row.seconds.iter().map(|seconds| seconds * 1_000.0))
                .map_or_else(String::new, |ms| interval(&ms));
            let theirs = |seconds: Option<f64>| seconds.map_or_else(String::new, |seconds| seconds.to_string());
            let batch = row.batch.map_or_else(String::new, |batch| batch.to_string());
            let _ = writeln!(
                text,
                "| {} | {} | {batch} | {seconds} | {} | {} | {} |",
                row.records,
                row.way.in_words(),
                theirs(row.origin_laptop_seconds),
                theirs(row.origin_seconds),
                row.peak_rss.map_or_else(String::new, |peak| bytes(to_f64(peak)))
            );
        }
        if !self.floors.is_empty() {
            *text += "\n## Beside the floors\n\n| the store | its floor | store by floor | target | CPU of a call, store | floor | what the store does more |\n|---|---|---:|---:|---:|---:|---|\n";
        }
        for floor in &self.floors {
            let ratio = floor.ratio().map_or_else(String::new, |ratio| {
                format!(
                    "{} ({} to {})",
                    percent(ratio.median),
                    percent(ratio.low),
                    percent(ratio.high)
                )
            });
            let target = floor.target.map_or_else(String::new, percent);
            let _ = writeln!(
                text,
                "| {} | {} | {ratio} | {target} | {} | {} | {} |",
                floor.store,
                floor.floor,
                cpu_a_call(&floor.store_runs),
                cpu_a_call(&floor.floor_runs),
                more_than(&floor.name)
            );
        }
    }

    fn all_cells(&self, text: &mut String) {
        *text += "\n## All cells\n\n| | cell | load | calls a second | p50 µs | p99 µs | bytes | marks |\n|---:|---|---|---:|---:|---:|---:|---|\n";
        for (index, result) in self.cells.iter().enumerate() {
            let middle =
                |of: &dyn Fn(&crate::results::Run) -> f64| result.interval(of).map_or(f64::NAN, |found| found.median);
            let rate = result
                .interval(|run| run.per_second)
                .map_or_else(String::new, |rate| interval(&rate));
            let load = result.share_of_peak.map_or_else(|| "closed".to_owned(), percent);
            let marks = [(result.noisy, "noisy"), (result.is_saturated(), "caller saturated")];
            let marks: Vec<_> = marks
                .into_iter()
                .filter(|(is_so, _)| *is_so)
                .map(|(_, mark)| mark)
                .collect();
            let _ = writeln!(
                text,
                "| {} | {} | {load} | {rate} | {:.0} | {:.0} | {} | {} |",
                index + 1,
                result.cell,
                middle(&|run| to_f64(run.p50_us)),
                middle(&|run| to_f64(run.p99_us)),
                bytes(middle(&wire)),
                marks.join(", ")
            );
        }
    }

    fn plain(&self, said: &Said) -> String {
        let numbers: Vec<_> = said
            .cells
            .iter()
            .filter_map(|cell| self.number(cell))
            .map(|number| number.to_string())
            .collect();
        if numbers.is_empty() {
            return said.text.clone();
        }
        format!("{} [cells {}]", said.text, numbers.join(", "))
    }
}
