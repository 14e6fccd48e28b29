//! Writes the types, traits, methods and routes of every contract in `proto/`.
//!
//! protox compiles the contracts, prost-build writes their types, and `Generator` writes for each service a trait, a
//! `Method` constant for each of its methods, and the trait's one-line implementations for `rpc::Client` and `rpc::Edge`.

#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a contract that cannot be generated stops the build, with its name"
)]
#![allow(
    clippy::disallowed_methods,
    reason = "cargo tells a build script where to write by a variable"
)]

use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use prost_build::{Method, Service, ServiceGenerator};
use prost_reflect::{Cardinality, DescriptorPool, DynamicMessage, FieldDescriptor, Kind, MethodDescriptor};

const CONTRACTS: &str = "../../proto";
/// The contract of the conformance suite, which has a method of every kind.
const PROBE: &str = "tests/conformance/proto";
/// Where the generated modules hang in this crate.
const ROOT: &str = "crate::contracts";
/// Messages that are written by hand, each with its type in this crate.
const BY_HAND: [(&str, &str); 1] = [("dvs.lab.v1.RecordBatch", "crate::Records")];

/// Methods whose answers a service keeps.
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
    fs::write(out.join("enumerations.rs"), enumerations(&pool))?;

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

/// The JSON of messages: absent is default, defaults stay unwritten, and enums are names.
fn json_attributes(config: &mut prost_build::Config, pool: &DescriptorPool) {
    config.message_attribute(".", "#[derive(serde::Serialize, serde::Deserialize)]");
    config.message_attribute(".", "#[serde(default)]");
    for message in pool
        .all_messages()
        .filter(|message| message.package_name().starts_with("dvs."))
    {
        for field in message.fields() {
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

/// What a method answers, as a path in this crate.
fn answer_path(contract: &MethodDescriptor) -> String {
    let path = rust_path(contract.output().full_name());
    if SHARED_ANSWERS.contains(&contract.full_name()) {
        return format!("crate::Shared<{path}>");
    }
    path
}

/// `OrderService` as the name of a module: `order_service`.
fn snake_case(name: &str) -> String {
    name.chars().fold(String::new(), |mut written, letter| {
        if letter.is_ascii_uppercase() && !written.is_empty() {
            written.push('_');
        }
        written.push(letter.to_ascii_lowercase());
        written
    })
}

/// Writes a service.
struct Generator {
    pool: DescriptorPool,
}

impl ServiceGenerator for Generator {
    fn generate(&mut self, service: Service, code: &mut String) {
        let full_name = format!("{}.{}", service.package, service.proto_name);
        let contract = self
            .pool
            .get_service_by_name(&full_name)
            .expect("the pool has every service");
        let contracts: Vec<_> = contract.methods().collect();
        let methods: Vec<_> = service
            .methods
            .iter()
            .zip(&contracts)
            .map(|(method, c)| Carried::new(method, c))
            .collect();
        let name = &service.proto_name;
        let module = snake_case(name);

        service.comments.append_with_indent(0, code);
        let _ = writeln!(
            code,
            "#[rpc::generated::async_trait]\npub trait {name}: Send + Sync + 'static {{"
        );
        for (method, carried) in service.methods.iter().zip(&methods) {
            method.comments.append_with_indent(1, code);
            let _ = writeln!(code, "    {};", carried.signature());
        }
        let _ = writeln!(
            code,
            "}}\n\n/// The methods and routes of [`{name}`].\npub mod {module} {{\n    \
             /// What the contract says about each method.\n    pub mod methods {{"
        );
        for carried in &methods {
            code.push_str(&carried.constant(&full_name));
        }
        code.push_str("    }\n");
        let _ = writeln!(
            code,
            "\n/// The service's routes over gRPC and REST.\n\
             pub fn routes(service: &std::sync::Arc<dyn super::{name}>) -> rpc::Routes {{\n    rpc::Routes::new(\"{full_name}\")"
        );
        for carried in &methods {
            let (kind, constant, method) = (carried.kind, carried.constant_name(), &carried.name);
            let _ = writeln!(
                code,
                "        .{kind}(&methods::{constant}, {{ let service = service.clone(); move |call| {{ \
                 let service = service.clone(); async move {{ service.{method}(call).await }} }} }})"
            );
        }
        code.push_str("}\n}\n");
        implementation(code, &format!("{name} for rpc::Client"), &methods, |carried| {
            format!(
                "self.{}(&{module}::methods::{}, call).await",
                carried.kind,
                carried.constant_name()
            )
        });
        let edge = format!("<S: {name} + ?Sized> {name} for rpc::Edge<S>");
        implementation(code, &edge, &methods, |carried| {
            let (kind, constant, method) = (carried.kind, carried.constant_name(), &carried.name);
            format!(
                "self.{kind}(&{module}::methods::{constant}, call, |service, call| async move {{ service.{method}(call).await }}).await"
            )
        });
    }
}

/// Writes the service's trait for a carrier of its calls.
fn implementation(code: &mut String, head: &str, methods: &[Carried], body: impl Fn(&Carried) -> String) {
    let space = if head.starts_with('<') { "" } else { " " };
    let _ = writeln!(code, "\n#[rpc::generated::async_trait]\nimpl{space}{head} {{");
    for carried in methods {
        let _ = writeln!(
            code,
            "    {} {{\n        {}\n    }}",
            carried.signature(),
            body(carried)
        );
    }
    code.push_str("}\n");
}

/// A method, as `rpc` carries it.
struct Carried {
    /// The name that `rpc` has for this kind of call.
    kind: &'static str,
    name: String,
    proto_name: String,
    request: String,
    response: String,
    streams_request: bool,
    streams_response: bool,
    rest: Rest,
    idempotent: bool,
    /// In Rust.
    access: String,
    /// In Rust.
    answer_limit_bytes: String,
}

impl Carried {
    fn new(method: &Method, contract: &MethodDescriptor) -> Self {
        let full_name = contract.full_name();
        let rest = Rest::new(contract).unwrap_or_else(|| panic!("{full_name}: write its google.api.http option"));
        let level = contract
            .options()
            .get_field_by_name("idempotency_level")
            .map(std::borrow::Cow::into_owned);
        let declared = level.is_some_and(|level| level.as_enum_number().is_some_and(|number| number != 0));
        Self {
            kind: match (method.client_streaming, method.server_streaming) {
                (false, false) => "unary",
                (false, true) => "server_streaming",
                (true, false) => "client_streaming",
                (true, true) => "bidirectional",
            },
            name: method.name.clone(),
            proto_name: method.proto_name.clone(),
            request: rust_path(contract.input().full_name()),
            response: answer_path(contract),
            streams_request: method.client_streaming,
            streams_response: method.server_streaming,
            access: access(contract),
            answer_limit_bytes: answer_limit(contract),
            idempotent: declared || matches!(rest.verb.as_str(), "Get" | "Put" | "Delete"),
            rest,
        }
    }

    fn signature(&self) -> String {
        let message = |streams, path: &str| {
            if streams {
                format!("rpc::Stream<{path}>")
            } else {
                path.to_owned()
            }
        };
        let request = message(self.streams_request, &self.request);
        let response = message(self.streams_response, &self.response);
        format!(
            "async fn {}(&self, call: rpc::Call<{request}>) -> rpc::Result<{response}>",
            self.name
        )
    }

    fn constant_name(&self) -> String {
        self.name.to_uppercase()
    }

    fn constant(&self, service: &str) -> String {
        let Self {
            proto_name,
            request,
            response,
            rest,
            idempotent,
            access,
            answer_limit_bytes,
            ..
        } = self;
        let (constant, path, verb, body) = (self.constant_name(), &rest.path, &rest.verb, rest.body());
        let (split, join) = (rest.split(), rest.join());
        format!(
            "    pub static {constant}: rpc::Method<{request}, {response}> = rpc::Method {{\n        \
             service: \"{service}\", name: \"{proto_name}\", grpc_path: \"/{service}/{proto_name}\",\n        \
             verb: rpc::Verb::{verb}, rest_path: \"{path}\", body: {body}, idempotent: {idempotent},\n        \
             access: {access},\n        \
             answer_limit_bytes: {answer_limit_bytes},\n        \
             split: {split},\n        join: {join},\n        \
             seconds: rpc::Seconds::new(),\n        response: std::marker::PhantomData,\n    }};\n"
        )
    }
}

/// Who may call a method. One whose contract does not say stops the build.
fn access(contract: &MethodDescriptor) -> String {
    let full_name = contract.full_name();
    let said = |option: &str| {
        let extension = contract.parent_pool().get_extension_by_name(option)?;
        let value = contract.options().get_extension(&extension).as_enum_number()?;
        let Kind::Enum(names) = extension.kind() else {
            return None;
        };
        names.get_value(value).map(|value| value.name().to_owned())
    };
    let access = said("dvs.rpc.v1.access").unwrap_or_default();
    let permission = said("dvs.rpc.v1.permission").unwrap_or_default();
    let permission = match permission.strip_prefix("PERMISSION_") {
        None | Some("UNSPECIFIED") => None,
        Some(name) => Some(format!("rpc::Permission::{}", camel_case(name))),
    };
    match (access.strip_prefix("ACCESS_"), permission) {
        (Some(name @ ("PUBLIC" | "CUSTOMER" | "SERVICE")), None) => format!("rpc::Access::{}", camel_case(name)),
        (Some(name @ ("STAFF" | "CUSTOMER_OR_STAFF")), Some(permission)) => {
            format!("rpc::Access::{}({permission})", camel_case(name))
        }
        _ => panic!("{full_name}: write its dvs.rpc.v1.access option, and a permission where staff may call it"),
    }
}

/// `CUSTOMER_OR_STAFF` as the name of a type: `CustomerOrStaff`.
fn camel_case(name: &str) -> String {
    name.split('_')
        .flat_map(|word| {
            let (first, rest) = word.split_at(1);
            [first.to_owned(), rest.to_lowercase()]
        })
        .collect()
}

/// The largest answer of a method: the usual one, unless its contract says another.
fn answer_limit(contract: &MethodDescriptor) -> String {
    let extension = contract
        .parent_pool()
        .get_extension_by_name("dvs.rpc.v1.answer_limit_bytes");
    let said = extension.and_then(|extension| contract.options().get_extension(&extension).as_i32());
    match said {
        None | Some(0) => "rpc::MESSAGE_LIMIT_BYTES".to_owned(),
        Some(bytes) => bytes.to_string(),
    }
}

/// The REST shape of a method, from its `google.api.http` option.
struct Rest {
    verb: String,
    path: String,
    /// `*`, the name of the field that is the body, or nothing.
    body: String,
}

impl Rest {
    fn new(contract: &MethodDescriptor) -> Option<Self> {
        let extension = contract.parent_pool().get_extension_by_name("google.api.http")?;
        let options = contract.options();
        let rule = options.get_extension(&extension);
        let rule = rule.as_message()?;
        let (verb, path) = ["Get", "Put", "Post", "Delete", "Patch"]
            .into_iter()
            .find_map(|verb| Some((verb.to_owned(), text(rule, &verb.to_lowercase())?)))
            .or_else(|| websocket(rule))?;
        Some(Self {
            verb,
            path,
            body: text(rule, "body").unwrap_or_default(),
        })
    }

    fn body(&self) -> String {
        match self.body.as_str() {
            "" => "rpc::RestBody::Query".to_owned(),
            "*" => "rpc::RestBody::Message".to_owned(),
            field => format!(
                "rpc::RestBody::Bytes {{ take: |message| std::mem::take(&mut message.{field}), \
                 put: |message, bytes| message.{field} = bytes }}"
            ),
        }
    }

    /// The path's fixed parts and the fields between them.
    fn parts(&self) -> (Vec<&str>, Vec<&str>) {
        let mut fixed = Vec::new();
        let mut fields = Vec::new();
        let mut rest = self.path.as_str();
        while let Some((before, after)) = rest.split_once('{') {
            let (field, after) = after.split_once('}').expect("a brace in a path is closed");
            fixed.push(before);
            fields.push(field);
            rest = after;
        }
        fixed.push(rest);
        (fixed, fields)
    }

    fn split(&self) -> String {
        let (fixed, fields) = self.parts();
        let takes: Vec<_> = fields
            .iter()
            .map(|field| format!("&std::mem::take(&mut message.{field})"))
            .collect();
        let message = if fields.is_empty() { "_message" } else { "message" };
        format!("|{message}| rpc::rest_path(&{fixed:?}, &[{}])", takes.join(", "))
    }

    fn join(&self) -> String {
        let (_, fields) = self.parts();
        if fields.is_empty() {
            return "|_message, _field, _value| {}".to_owned();
        }
        let arms: Vec<_> = fields
            .iter()
            .map(|field| format!("\"{field}\" => message.{field} = value,"))
            .collect();
        format!("|message, field, value| match field {{ {} _ => {{}} }}", arms.join(" "))
    }
}

fn text(rule: &DynamicMessage, field: &str) -> Option<String> {
    let value = rule.get_field_by_name(field)?;
    value.as_str().filter(|text| !text.is_empty()).map(ToOwned::to_owned)
}

fn websocket(rule: &DynamicMessage) -> Option<(String, String)> {
    let custom = rule.get_field_by_name("custom")?;
    let custom = custom.as_message()?;
    let is_websocket = text(custom, "kind").is_some_and(|kind| kind == "WEBSOCKET");
    is_websocket
        .then(|| text(custom, "path"))
        .flatten()
        .map(|path| ("WebSocket".to_owned(), path))
}
