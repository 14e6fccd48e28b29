//! The report: one HTML file without external resources, and a summary in Markdown.

mod charts;
mod factors;
mod markdown;
mod sections;
mod tables;
#[cfg(test)]
mod tests;
mod text;
mod uses;
mod verdict;

use std::fmt::Write;

use self::factors::worths;
use self::text::escaped;
use self::verdict::{Said, losses};
use crate::cell::Cell;
use crate::interval::Interval;
use crate::results::{Loop, Results};

const STYLE: &str = include_str!("style.css");

impl Results {
    /// The report, as HTML.
    pub fn report(&self) -> String {
        let worths = worths(self);
        let sections = [
            sections::at_a_glance(self),
            sections::factors(self, &worths),
            sections::wins(self),
            sections::under_load(self),
            sections::bytes(self),
            sections::cpu(self),
            sections::batches(self),
            sections::origin(self),
            sections::floors(self),
            sections::surprises(self, &worths),
            tables::cells(self),
            sections::method(self),
            sections::uses(self, &worths),
        ];
        let sections: Vec<_> = sections.into_iter().flatten().collect();
        let mut contents = String::new();
        for section in &sections {
            let _ = write!(
                contents,
                "<li><a href=\"#{}\">{}</a></li>",
                section.name,
                escaped(section.title)
            );
        }
        let mut page = format!(
            "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
             <title>gRPC against REST/JSON, measured</title><style>{STYLE}</style></head><body><main>{}\
             <nav aria-label=\"Contents\"><ul>{contents}</ul></nav>",
            self.head()
        );
        for section in sections {
            let (name, title) = (section.name, escaped(section.title));
            let _ = write!(
                page,
                "<section aria-labelledby=\"{name}\"><h2 id=\"{name}\">{title}</h2>{}</section>",
                section.body
            );
        }
        page + "</main></body></html>\n"
    }

    /// The title, the circumstances, and then first of all where gRPC is behind.
    fn head(&self) -> String {
        let mut head = format!(
            "<h1>gRPC against REST/JSON, measured</h1><p class=\"lead\">The same service, the same handlers, the same \
             answers; one factor changed at a time.</p><p class=\"facts\">{}</p>",
            escaped(&self.circumstances())
        );
        if !self.versions.release_build {
            head += "<p class=\"warning\"><strong>This is a debug build: its figures say nothing.</strong></p>";
        }
        if self.cells.is_empty() {
            return head;
        }
        let losses = losses(self);
        head += "<div class=\"key\"><h2 id=\"losses\">Where gRPC is behind</h2>";
        if losses.is_empty() {
            head += "<p>In none of the works that were measured on both sides is gRPC with Protobuf clearly behind REST \
                     with JSON, neither in rate nor in CPU time nor in bytes.</p>";
        } else {
            head += "<ul>";
            for loss in &losses {
                let _ = write!(head, "<li>{}</li>", self.said(loss));
            }
            head += "</ul>";
        }
        head + "</div>"
    }

    /// The machine, the build and the method, in a few sentences.
    fn circumstances(&self) -> String {
        let (machine, settings) = (&self.machine, &self.settings);
        let gibibytes = machine.memory_bytes / (1 << 30);
        let confidence = Interval::of(vec![1.0; settings.runs]).map_or(0.0, |interval| interval.confidence);
        let whose = match &settings.against {
            Some(host) => format!("a store elsewhere ({host})"),
            None => "the services, the load generator and the floors as processes of one machine, on the same cores"
                .to_owned(),
        };
        format!(
            "{} cores ({}), {gibibytes} GiB of memory, {}; dvs {}; {whose}; {} titles; {} runs of {} s a cell, in turns. \
             Figures are medians, with the interval in which the true median lies with {} probability{}.",
            machine.cores,
            machine.processor,
            machine.system,
            self.versions.dvs,
            text::number(f64::from(settings.records)),
            settings.runs,
            settings.seconds_per_run,
            text::percent(confidence),
            if confidence > 0.9 {
                ""
            } else {
                ", which is too little to call anything clear"
            }
        )
    }

    /// A sentence with links to its cells.
    fn said(&self, said: &Said) -> String {
        let links: Vec<_> = said.cells.iter().filter_map(|cell| self.link(cell)).collect();
        let plural = if links.len() == 1 { "cell" } else { "cells" };
        let links = if links.is_empty() {
            String::new()
        } else {
            format!(" <span class=\"note\">[{plural} {}]</span>", links.join(", "))
        };
        escaped(&said.text) + &links
    }

    /// A link to a cell by its number.
    fn link(&self, cell: &Cell) -> Option<String> {
        let number = self.number(cell)?;
        let what = escaped(&cell.to_string());
        Some(format!("<a href=\"#{}\" title=\"{what}\">{number}</a>", cell.anchor()))
    }

    fn number(&self, cell: &Cell) -> Option<usize> {
        let position = self
            .cells
            .iter()
            .position(|result| result.cell == *cell && result.r#loop == Loop::Closed);
        position.map(|position| position + 1)
    }
}

/// A part of the report.
struct Section {
    name: &'static str,
    title: &'static str,
    body: String,
}
