//! The commands, one file each.

pub(crate) mod collection;
pub(crate) mod compare;
pub(crate) mod demonstration;
pub(crate) mod doctor;
pub(crate) mod export;
mod find;
pub(crate) mod folder;
pub(crate) mod import;
pub(crate) mod jobs;
pub(crate) mod keys;
pub(crate) mod lab;
pub(crate) mod ledger;
pub(crate) mod mail;
pub(crate) mod media;
pub(crate) mod migrate;
mod namesakes;
pub(crate) mod offer;
pub(crate) mod order;
pub(crate) mod sandbox;
pub(crate) mod serve;
pub(crate) mod settings;
pub(crate) mod staff;
pub(crate) mod study;
pub(crate) mod title;
mod unavailable;

use std::fmt::Display;
use std::io::Write;
use std::path::Path;

use anyhow::{Result, ensure};
use rpc::{Code, Fault};

pub(crate) use self::find::find;

/// Writes one line of a tool's answer to standard output.
pub(crate) fn say(line: impl Display) -> Result<()> {
    Ok(writeln!(std::io::stdout().lock(), "{line}")?)
}

/// A fault as a person reads it: each wrong field with its reason, or the one message.
pub(crate) fn told(fault: &Fault) -> anyhow::Error {
    if fault.fields().is_empty() {
        let hint = match fault.code {
            Code::Unauthenticated => {
                " Over the network a tool needs the store's service token: DVS_SERVICE_TOKEN or --service-token-file."
            }
            _ if fault.reason == "DEAD_LETTER_NOT_FOUND" => " The jobs that failed permanently: dvs jobs list.",
            Code::Unimplemented => " Is this the address of another service, or of another version of the store?",
            _ => "",
        };
        return anyhow::anyhow!("{} ({}){hint}", fault.message, fault.reason);
    }
    let fields: Vec<_> = fault
        .fields()
        .iter()
        .map(|field| match field.field.as_str() {
            // The field is the whole file, whose name comes before this message.
            "bytes" => field.message.clone(),
            name => format!("{name}: {}", field.message),
        })
        .collect();
    anyhow::anyhow!("{}", fields.join("; "))
}

/// Writes a line to standard error: for a person, not for a program that reads the answer.
pub(crate) fn note(line: impl Display) -> Result<()> {
    Ok(writeln!(std::io::stderr().lock(), "{line}")?)
}

/// A number with its noun: `1 film`, `2 films`.
pub(crate) fn counted<N: Copy + Display + PartialEq + From<u8>>(number: N, one: &str, several: &str) -> String {
    let things = if number == N::from(1) { one } else { several };
    format!("{number} {things}")
}

/// Refuses an output file that cannot be written, before any work is done for it; an existing file is replaced only if `overwrite` is set.
pub(crate) fn ensure_writable(path: &Path, overwrite: bool) -> Result<()> {
    let at = path.display();
    ensure!(
        overwrite || !path.exists(),
        "{at} is there already: give another name (--output), or replace it (--overwrite)"
    );
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    ensure!(
        folder.is_none_or(Path::is_dir),
        "cannot write {at}: its folder is not there"
    );
    Ok(())
}

/// The name of an enum's value without its prefix, in lower case.
pub(crate) fn word(name: &str, prefix: &str) -> String {
    name.trim_start_matches(prefix).to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_thing_is_not_several() {
        assert_eq!(counted(0_usize, "batch", "batches"), "0 batches");
        assert_eq!(counted(1_i64, "batch", "batches"), "1 batch");
        assert_eq!(counted(2_u64, "batch", "batches"), "2 batches");
    }

    #[test]
    fn a_file_that_is_there_is_replaced_only_where_that_is_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("films.csv");
        assert!(ensure_writable(&file, false).is_ok());
        std::fs::write(&file, "a person's").unwrap();
        let refusal = ensure_writable(&file, false).unwrap_err().to_string();
        assert!(
            refusal.contains("films.csv") && refusal.contains("--overwrite"),
            "{refusal}"
        );
        assert!(ensure_writable(&file, true).is_ok());
        assert!(ensure_writable(Path::new("films.csv"), true).is_ok());
        let nowhere = ensure_writable(&folder.path().join("none/films.csv"), false);
        assert!(nowhere.unwrap_err().to_string().contains("folder is not there"));
    }

    #[test]
    fn a_tool_without_a_token_is_told_which_one_it_needs() {
        let stranger = Fault::new(Code::Unauthenticated, "UNAUTHENTICATED", "Sign in to do this.");
        assert!(told(&stranger).to_string().contains("--service-token-file"));
        let other = Fault::new(
            Code::Unimplemented,
            "UNIMPLEMENTED",
            "The service does not know this method.",
        );
        assert!(told(&other).to_string().contains("address"));
    }
}
