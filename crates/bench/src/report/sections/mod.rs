//! The sections of the report; each is none if there are no results for it.

mod beside;
mod costs;
mod curves;
mod ratios;
mod words;

pub(super) use beside::{cpu_a_call, floors, more_than, origin};
pub(super) use costs::{bytes, cpu};
pub(super) use curves::{batches, under_load};
pub(super) use ratios::{at_a_glance, factors, wins};
pub(super) use words::{method, surprises, uses};

fn heading(text: &str) -> String {
    format!("<h3>{}</h3>", super::text::escaped(text))
}

/// A list whose items are already HTML.
fn list(items: impl IntoIterator<Item = String>) -> String {
    let items = items
        .into_iter()
        .fold(String::new(), |list, item| list + "<li>" + &item + "</li>");
    format!("<ul>{items}</ul>")
}

/// A chart and its caption, which is empty if the table below it says the same.
fn figure(chart: &str, caption: &str) -> String {
    if caption.is_empty() {
        return format!("<figure>{chart}</figure>");
    }
    let caption = super::text::escaped(caption);
    format!("<figure>{chart}<figcaption>{caption}</figcaption></figure>")
}
