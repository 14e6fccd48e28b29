//! Writes each service: its trait, the trait's implementations for a client and for an edge, and its routes.

use std::fmt::Write as _;

use prost_build::{Method, Service, ServiceGenerator};
use prost_reflect::{DescriptorPool, MethodDescriptor};

use crate::options::{access, answer_limit};
use crate::rest::Rest;
use crate::{answer_path, rust_path};

/// Writes a service.
pub(crate) struct Generator {
    pub(crate) pool: DescriptorPool,
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

/// Implements the service's trait for a type that carries its calls.
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

/// A method, in the terms of `rpc`.
struct Carried {
    /// The name of this kind of call in `rpc`.
    kind: &'static str,
    name: String,
    proto_name: String,
    request: String,
    response: String,
    streams_request: bool,
    streams_response: bool,
    rest: Rest,
    idempotent: bool,
    /// Rust code.
    access: String,
    /// Rust code.
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

/// `OrderService` as the name of a module: `order_service`.
pub(crate) fn snake_case(name: &str) -> String {
    name.chars().fold(String::new(), |mut written, letter| {
        if letter.is_ascii_uppercase() && !written.is_empty() {
            written.push('_');
        }
        written.push(letter.to_ascii_lowercase());
        written
    })
}
