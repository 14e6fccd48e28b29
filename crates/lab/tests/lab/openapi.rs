//! The OpenAPI document, and that a store serves what it describes, with a lab and without.

use std::path::Path;

use http::Method;
use serde_json::Value;

use crate::support::{UNKNOWN, World, ask};

const CHECKED_IN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../gateway/openapi.json");

#[test]
fn the_document_that_is_checked_in_is_the_one_the_handlers_write() {
    let written = lab::openapi() + "\n";
    let checked_in = std::fs::read_to_string(CHECKED_IN).unwrap_or_default();
    assert!(
        written == checked_in,
        "crates/gateway/openapi.json is old; write it with: cargo run -p dvs -- openapi > crates/gateway/openapi.json"
    );
}

/// A store without a lab, and one with a lab and a report in this folder.
fn both(comparison: &Path) -> [World; 2] {
    std::fs::write(comparison.join("report.html"), "").unwrap();
    [World::new(), crate::with_lab_and_report(comparison)]
}

async fn document(world: &World) -> Value {
    world.get("/openapi.json").await.json()
}

#[tokio::test]
async fn the_lab_is_documented_where_it_is_served() {
    let comparison = tempfile::tempdir().unwrap();
    let [without, with] = both(comparison.path());
    let paths = async |world: &World| document(world).await["paths"].as_object().unwrap().clone();
    let (without, with) = (paths(&without).await, paths(&with).await);
    let added: Vec<_> = with.keys().filter(|path| !without.contains_key(*path)).collect();
    assert_eq!(
        added,
        [
            "/api/v1/lab",
            "/api/v1/lab/calls",
            "/api/v1/lab/records",
            "/api/v1/lab/report"
        ]
    );
    assert!(without.keys().all(|path| with.contains_key(path)));
    let checked_in: Value = serde_json::from_str(&lab::openapi()).unwrap();
    assert_eq!(checked_in["paths"], Value::Object(with));
}

#[tokio::test]
async fn every_operation_of_the_document_is_served() {
    let comparison = tempfile::tempdir().unwrap();
    let [without, with] = both(comparison.path());
    assert!(served(&without).await >= 24);
    assert!(served(&with).await >= 28);
}

/// Calls each operation of the document, and counts them.
async fn served(world: &World) -> usize {
    let document = document(world).await;
    let mut operations = 0;
    for (path, verbs) in document["paths"].as_object().unwrap() {
        for (verb, operation) in verbs.as_object().unwrap() {
            let place = path.split('/').map(|part| filled(part, operation));
            let place = place.collect::<Vec<_>>().join("/");
            let method: Method = verb.to_uppercase().parse().unwrap();
            let answer = world.send(ask(method, &place).by_ana()).await;
            if !answer.status.is_success() {
                let code = answer.problem()["code"].clone();
                assert!(
                    code != "NOT_FOUND" && code != "METHOD_NOT_ALLOWED",
                    "{verb} {path}: {code}"
                );
            }
            operations += 1;
        }
    }
    operations
}

/// A part of a path with a value in place of a parameter: one of its enum, or an id that does not exist.
fn filled<'a>(part: &'a str, operation: &'a Value) -> &'a str {
    let Some(name) = part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) else {
        return part;
    };
    let mut parameters = operation["parameters"].as_array().unwrap().iter();
    let parameter = parameters.find(|parameter| parameter["name"] == name).unwrap();
    parameter["schema"]["enum"][0].as_str().unwrap_or(UNKNOWN)
}

#[tokio::test]
async fn every_operation_says_how_it_may_fail_and_has_a_name_of_its_own() {
    let comparison = tempfile::tempdir().unwrap();
    for world in both(comparison.path()) {
        operations_say_how_they_may_fail(&document(&world).await);
    }
}

fn operations_say_how_they_may_fail(document: &Value) {
    let mut names = Vec::new();
    for operation in document["paths"]
        .as_object()
        .unwrap()
        .values()
        .flat_map(|path| path.as_object().unwrap().values())
    {
        let content = &operation["responses"]["default"]["content"]["application/problem+json"];
        assert_eq!(content["schema"]["$ref"], "#/components/schemas/Problem");
        assert!(!operation["summary"].as_str().unwrap().is_empty());
        names.push(operation["operationId"].as_str().unwrap());
    }
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
}

#[tokio::test]
async fn every_schema_that_is_named_is_there() {
    let comparison = tempfile::tempdir().unwrap();
    for world in both(comparison.path()) {
        let document = document(&world).await;
        let text = document.to_string();
        let named = text
            .split("#/components/schemas/")
            .skip(1)
            .map(|rest| rest.split('"').next().unwrap());
        for name in named {
            assert!(document["components"]["schemas"].get(name).is_some(), "{name}");
        }
    }
}

#[tokio::test]
async fn the_page_of_the_document_has_no_script_of_its_own_in_it() {
    let world = World::new();
    let page = world.get("/docs").await;
    let html = String::from_utf8(page.body.to_vec()).unwrap();
    assert_eq!(html.matches("<script").count(), 1);
    assert!(html.contains("<script src=\"/docs.js\" defer></script>"));
    assert_eq!(world.get("/docs.js").await.header("content-type"), "text/javascript");
}
