//! Lists the folders of `languages`: each is a language, and its texts for the gateway and the mails go into the binary. Those
//! for the web app go into the app (`web/src/i18n`).

#![allow(clippy::print_stdout, reason = "a build script speaks to cargo so")]
#![allow(
    clippy::disallowed_methods,
    reason = "cargo tells a build script where to write by a variable"
)]

use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

const LANGUAGES: &str = "../../languages";
const PARTS: [&str; 2] = ["gateway", "mail"];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={LANGUAGES}");
    let mut table = "&[\n".to_owned();
    for language in names_in(Path::new(LANGUAGES))? {
        writeln!(table, "    ({language:?}, &[")?;
        for part in PARTS {
            for file in names_in(&Path::new(LANGUAGES).join(&language).join(part))? {
                let name = format!("{part}/{file}");
                let path = format!("/{LANGUAGES}/{language}/{name}");
                let text = format!("include_str!(concat!(env!(\"CARGO_MANIFEST_DIR\"), {path:?}))");
                writeln!(table, "        ({name:?}, {text}),")?;
            }
        }
        table.push_str("    ]),\n");
    }
    table.push_str("]\n");
    fs::write(PathBuf::from(env::var("OUT_DIR")?).join("languages.rs"), table)?;
    Ok(())
}

/// What is in a folder, in order; without what editors and file managers leave there.
fn names_in(folder: &Path) -> Result<Vec<String>, Box<dyn Error>> {
    let missing = |error| format!("{}: {error}", folder.display());
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(missing)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if !name.starts_with('.') && !name.ends_with('~') {
            names.push(name);
        }
    }
    names.sort_unstable();
    Ok(names)
}
