//! The commands, one file each.

pub(crate) mod compare;
pub(crate) mod demonstration;
pub(crate) mod doctor;
pub(crate) mod export;
pub(crate) mod import;
pub(crate) mod keys;
pub(crate) mod lab;
pub(crate) mod media;
pub(crate) mod migrate;
pub(crate) mod offer;
pub(crate) mod sandbox;
pub(crate) mod serve;
pub(crate) mod staff;
pub(crate) mod study;

use std::fmt::Display;
use std::io::Write;

use rpc::Fault;

/// Writes one line of a tool's answer.
pub(crate) fn say(line: impl Display) -> anyhow::Result<()> {
    Ok(writeln!(std::io::stdout().lock(), "{line}")?)
}

/// A fault as a person reads it: each field that is wrong, or the one sentence.
pub(crate) fn told(fault: &Fault) -> anyhow::Error {
    if fault.fields().is_empty() {
        return anyhow::anyhow!("{} ({})", fault.message, fault.reason);
    }
    let fields: Vec<_> = fault
        .fields()
        .iter()
        .map(|field| format!("{}: {}", field.field, field.message))
        .collect();
    anyhow::anyhow!("{}", fields.join("; "))
}
