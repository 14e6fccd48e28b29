//! Writes the types, traits, methods and routes of every contract in `proto/`.
//!
//! protox compiles the contracts, prost-build writes their types, and `Generator` writes for each service a trait, a
//! `Method` constant for each of its methods, and the trait's one-line implementations for `rpc::Client` and `rpc::Edge`.

#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a contract that cannot be generated stops the build, with its name"
)]
#![allow(clippy::print_stdout, reason = "cargo reads what a build script prints")]
#![allow(
    clippy::disallowed_methods,
    reason = "cargo tells a build script where to write by a variable"
)]

mod options;
mod rest;
mod service;

use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use prost_reflect::{Cardinality, DescriptorPool, FieldDescriptor, Kind, MethodDescriptor, OneofDescriptor};

use crate::service::{Generator, snake_case};

const CONTRACTS: &str = "../../proto";
/// The contract of the conformance suite, which has a method of every kind.
const PROBE: &str = "tests/conformance/proto";
/// The module of this crate that holds the generated modules.
const ROOT: &str = "crate::contracts";
/// Messages whose types are written by hand, each with its type in this crate.
const BY_HAND: [(&str, &str); 1] = [("dvs.lab.v1.RecordBatch", "crate::Records")];

/// Methods whose answers a service caches.
const SHARED_ANSWERS: [&str; 1] = ["dvs.catalogue.v1.CatalogueService.GetTitle"];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed={CONTRACTS}");
    println!("cargo:rerun-if-changed={PROBE}");
    let out = PathBuf::from(env::var("OUT_DIR")?);
    generate(&[CONTRACTS], &Path::new(CONTRACTS).join("dvs"), &out)?;
    generate(&[PROBE, CONTRACTS], Path::new(PROBE), &out.join("probe"))
}

/// Writes everything for the contracts in a folder: modules, names of enums, and descriptors.
fn generate(roots: &[&str], folder: &Path, out: &Path) -> Result<(), Box<dyn Error>> {
    fs::create_dir_all(out)?;
    let mut compiler = protox::Compiler::new(roots)?;
    compiler.include_imports(true).include_source_info(true);
    compiler.open_files(contract_files(folder)?)?;
    let pool = compiler.descriptor_pool();
    fs::write(out.join("descriptors.bin"), compiler.encode_file_descriptor_set())?;
    fs::write(out.join("enumerations.rs"), enumerations(&pool) + &alternatives(&pool))?;

    let mut files = compiler.file_descriptor_set();
    files.file.retain(|file| file.package().starts_with("dvs."));
    let mut config = prost_build::Config::new();
    config
        .out_dir(out)
        .include_file("contracts.rs")
        .service_generator(Box::new(Generator { pool: pool.clone() }));
    for (message, path) in BY_HAND {
        config.extern_path(format!(".{message}"), path);
    }
    json_attributes(&mut config, &pool);
    Ok(config.compile_fds(files)?)
}

fn contract_files(folder: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(contract_files(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "proto") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// The JSON form of messages: an absent field has its default value, a field with its default value is omitted, enums
/// are names, and the set field of a `oneof` is written like any other field.
fn json_attributes(config: &mut prost_build::Config, pool: &DescriptorPool) {
    config.message_attribute(".", "#[derive(serde::Serialize, serde::Deserialize)]");
    config.message_attribute(".", "#[serde(default)]");
    for message in pool
        .all_messages()
        .filter(|message| message.package_name().starts_with("dvs."))
    {
        for oneof in message.oneofs() {
            let path = format!(".{}", oneof.full_name());
            config.enum_attribute(&path, "#[derive(serde::Serialize, serde::Deserialize)]");
            config.enum_attribute(&path, "#[serde(rename_all = \"snake_case\")]");
            // Without the leading dot: with it, prost would apply the attribute to the oneof's fields as well.
            let attribute = "#[serde(flatten, deserialize_with = \"rpc::json::alternative\", \
                             skip_serializing_if = \"rpc::json::is_default\")]";
            config.field_attribute(oneof.full_name(), attribute);
        }
        for field in message.fields().filter(|field| field.containing_oneof().is_none()) {
            let path = format!(".{}", field.full_name());
            config.field_attribute(&path, "#[serde(skip_serializing_if = \"rpc::json::is_default\")]");
            if let Some(codec) = enumeration_codec(&field) {
                config.field_attribute(&path, format!("#[serde(with = \"{codec}\")]"));
            }
        }
    }
}

fn enumeration_codec(field: &FieldDescriptor) -> Option<String> {
    let Kind::Enum(enumeration) = field.kind() else {
        return None;
    };
    let codec = if field.cardinality() == Cardinality::Repeated {
        "Enumerations"
    } else {
        "Enumeration"
    };
    Some(format!("rpc::json::{codec}::<{}>", rust_path(enumeration.full_name())))
}

fn enumerations(pool: &DescriptorPool) -> String {
    let mut code = String::new();
    for enumeration in pool
        .all_enums()
        .filter(|enumeration| enumeration.package_name().starts_with("dvs."))
    {
        let path = rust_path(enumeration.full_name());
        let _ = writeln!(
            code,
            "impl rpc::json::Named for {path} {{\n    \
             fn name(&self) -> &'static str {{ self.as_str_name() }}\n    \
             fn from_name(name: &str) -> Option<Self> {{ Self::from_str_name(name) }}\n}}"
        );
    }
    code
}

/// The names of the fields of each `oneof`.
fn alternatives(pool: &DescriptorPool) -> String {
    let mut code = String::new();
    let messages = pool
        .all_messages()
        .filter(|message| message.package_name().starts_with("dvs."));
    for oneof in messages.flat_map(|message| message.oneofs().collect::<Vec<_>>()) {
        let names: Vec<_> = oneof.fields().map(|field| field.name().to_owned()).collect();
        let path = oneof_path(&oneof);
        let _ = writeln!(
            code,
            "impl rpc::json::Alternatives for {path} {{\n    const NAMES: &'static [&'static str] = &{names:?};\n}}"
        );
    }
    code
}

/// `dvs.rent.v1.PlayRequest.message` as prost names it in this crate: `dvs::rent::v1::play_request::Message`.
fn oneof_path(oneof: &OneofDescriptor) -> String {
    let message = oneof.parent_message();
    let package = message.package_name();
    let modules = message.full_name()[package.len() + 1..].split('.').map(snake_case);
    let name = oneof.name().split('_').map(|part| {
        let (first, rest) = part.split_at(1);
        first.to_ascii_uppercase() + rest
    });
    let path = modules.fold(rust_path(package), |path, module| format!("{path}::{module}"));
    format!("{path}::{}", name.collect::<String>())
}

/// `dvs.type.v1.Money` as a path in this crate.
fn rust_path(full_name: &str) -> String {
    if let Some((_, path)) = BY_HAND.iter().find(|(message, _)| *message == full_name) {
        return (*path).to_owned();
    }
    let parts = full_name
        .split('.')
        .map(|part| if part == "type" { "r#type" } else { part });
    parts.fold(ROOT.to_owned(), |path, part| format!("{path}::{part}"))
}

/// The type of a method's answer, as a path in this crate.
fn answer_path(contract: &MethodDescriptor) -> String {
    let path = rust_path(contract.output().full_name());
    if SHARED_ANSWERS.contains(&contract.full_name()) {
        return format!("crate::Shared<{path}>");
    }
    path
}
