//! The document and the routes say the same.

use crate::fits::problems;
use axum::http::Method;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use testkit::app::{Faces, TestApp};

fn checked_in() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json")
}

/// The document, its keys sorted whatever features the workspace is built with.
pub(crate) fn document() -> Value {
    let mut document = server::http::document();
    document.sort_all_objects();
    document
}

fn text() -> String {
    format!("{:#}\n", document())
}

/// Writes `docs/openapi.json`: `cargo test -p server --test api write -- --ignored`.
#[test]
#[ignore = "writes a file of the repository"]
fn write() {
    std::fs::write(checked_in(), text()).unwrap();
}

#[test]
fn the_copy_in_docs_is_up_to_date() {
    let copy = std::fs::read_to_string(checked_in()).unwrap_or_default();
    assert!(copy == text(), "run: cargo test -p server --test api openapi::write -- --ignored");
}

/// Every operation with its path and method.
pub(crate) fn operations(document: &Value) -> Vec<(String, Method, Value)> {
    let mut all = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            all.push((path.clone(), Method::from_bytes(method.to_uppercase().as_bytes()).unwrap(), operation.clone()));
        }
    }
    all
}

#[tokio::test]
async fn every_described_route_is_there() {
    for app in TestApp::each(Faces::Fake).await {
        let served = app.get("/api/v1/openapi.json").send().await.with(200).json();
        assert_eq!(served, document());
        for (path, method, _) in operations(&served) {
            let path: String = path
                .split('/')
                .map(|part| if part.starts_with('{') { "00000000000000000000000000" } else { part })
                .collect::<Vec<_>>()
                .join("/");
            let answer = app.call(method.clone(), &path).send().await;
            assert!(!["route-unknown", "method-not-allowed"].contains(&answer.code().as_str()), "{method} {path}");
            assert!(answer.status != 500, "{method} {path}");
        }
    }
}

#[test]
fn every_operation_is_described_whole() {
    let mut ids = BTreeSet::new();
    let document = document();
    for (path, method, operation) in operations(&document) {
        let place = format!("{method} {path}");
        let id = operation["operationId"].as_str().unwrap().to_owned();
        assert!(ids.insert(id.clone()), "{place}: {id} stands twice");
        assert!(operation["summary"].as_str().is_some_and(|text| !text.is_empty()), "{place}");
        assert_eq!(operation["tags"].as_array().map(Vec::len), Some(1), "{place}");
        let responses = operation["responses"].as_object().unwrap();
        assert!(responses.keys().any(|status| status.starts_with('2')), "{place}");
        for (status, response) in responses {
            let referred = response["$ref"].as_str().and_then(|reference| document.pointer(&reference[1..]));
            let content = &referred.unwrap_or(response)["content"];
            let wants_problem = status.parse::<u16>().unwrap() >= 400;
            let is_problem = content.get("application/problem+json").is_some();
            assert_eq!(is_problem, wants_problem, "{place} {status}");
            assert!(
                status == "204" || content.as_object().is_some_and(|content| !content.is_empty()),
                "{place} {status}"
            );
        }
        let named = path.matches('{').count();
        let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
        assert_eq!(parameters.iter().filter(|parameter| parameter["in"] == "path").count(), named, "{place}");
        let keyed = parameters.iter().any(|parameter| parameter["name"] == "Idempotency-Key");
        assert_eq!(keyed, method == Method::POST, "{place}");
    }
}

/// Everything that the document refers to is in it.
#[test]
fn every_reference_resolves() {
    let document = document();
    let mut found = BTreeSet::new();
    references(&document, &mut found);
    for reference in &found {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some_and(Value::is_object), "{reference}");
    }
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
}

fn references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::String(reference)) = fields.get("$ref") {
                found.insert(reference.clone());
            }
            fields.values().for_each(|value| references(value, found));
        }
        Value::Array(values) => values.iter().for_each(|value| references(value, found)),
        _ => {}
    }
}

/// Two types of one name would be one schema: whichever came last.
#[test]
fn every_described_type_has_a_name_of_its_own() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let document = document();
    let described_types = document["components"]["schemas"].as_object().unwrap();
    let mut names = BTreeSet::new();
    let mut folders = vec![root.join("src"), root.join("../casework/src"), root.join("../store/src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            for described in
                text.split("#[derive(").skip(1).filter(|rest| rest.split(')').next().unwrap().contains("ToSchema"))
            {
                let declared = described
                    .lines()
                    .find(|line| line.contains("struct ") || line.contains("enum "))
                    .unwrap_or_default();
                let renamed = described.split("pub").next().and_then(|head| head.split_once("#[schema(as = "));
                let name = declared.split_once("struct ").or(declared.split_once("enum ")).unwrap_or_default().1;
                let name = renamed.map_or(name, |(_, name)| name);
                let name: String = name.chars().take_while(|c| c.is_alphanumeric()).collect();
                let is_used = described_types.contains_key(&name);
                assert!(!is_used || names.insert(name.clone()), "{name} in {} stands twice", path.display());
            }
        }
    }
    assert!(names.len() > 20);
}

/// Each status that a code of any crate's table has is described.
#[test]
fn every_refusals_status_is_described() {
    let mut statuses: BTreeSet<u16> = server::code::TABLE.iter().map(|row| row.status).collect();
    statuses.extend(casework::code::TABLE.iter().map(|row| row.status));
    statuses.extend(store::code::TABLE.iter().map(|row| row.status));
    statuses.extend(seal::TABLE.iter().map(|row| row.status));
    for (path, method, operation) in operations(&document()) {
        for status in &statuses {
            assert!(operation["responses"].get(status.to_string()).is_some(), "{method} {path} {status}");
        }
    }
}

/// Every example fits its schema, and every request of them is one that the server reads.
#[tokio::test]
async fn every_example_is_one() {
    let document = document();
    let mut count = 0;
    for (path, method, operation) in operations(&document) {
        let answers = operation["responses"].as_object().unwrap().values();
        let bodies =
            answers.chain([&operation["requestBody"]]).filter_map(|body| body.pointer("/content/application~1json"));
        for body in bodies.filter(|body| body.get("example").is_some()) {
            assert_eq!(problems(&document, &body["schema"], &body["example"]), [""; 0], "{method} {path}");
            count += 1;
        }
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            if let Some(example) = parameter.get("example") {
                assert_eq!(problems(&document, &parameter["schema"], example), [""; 0], "{method} {path}");
            }
        }
    }
    assert!(count >= 40, "{count}");
    let app = TestApp::each(Faces::Fake).await.remove(0);
    for (path, method, operation) in operations(&document) {
        if let Some(request) = operation.pointer("/requestBody/content/application~1json/example") {
            let by = if path.contains("/station/") { &app.people.seat } else { &app.people.both.token };
            let path: String =
                path.replace("{visit}", "00000000000000000000000000").replace("{person}", "00000000000000000000000000");
            let answer = app.call(method.clone(), &path).by(by).json(request).send().await;
            assert!(answer.status < 500 && answer.code() != "body-invalid", "{method} {path}: {}", answer.text());
        }
    }
}

/// A file is described by an example of its operation's name, and a link leads to an operation that there is.
#[test]
fn examples_and_links_name_operations() {
    let document = document();
    let known: BTreeSet<String> = operations(&document)
        .iter()
        .map(|(.., operation)| operation["operationId"].as_str().unwrap().to_owned())
        .collect();
    let examples = include_str!("../../src/http/document/examples.json");
    for name in serde_json::from_str::<Value>(examples).unwrap().as_object().unwrap().keys() {
        assert!(known.contains(name), "{name}");
    }
    let mut links = 0;
    for (.., operation) in operations(&document) {
        for answer in operation["responses"].as_object().unwrap().values() {
            for link in answer["links"].as_object().into_iter().flat_map(|links| links.values()) {
                assert!(known.contains(link["operationId"].as_str().unwrap()), "{link}");
                links += 1;
            }
        }
    }
    assert!(links >= 40, "{links}");
    let description = document["info"]["description"].as_str().unwrap();
    for name in description
        .split('`')
        .filter(|word| word.contains('_') && word.chars().all(|c| c.is_ascii_lowercase() || c == '_'))
    {
        assert!(known.contains(name), "{name} of the description");
    }
}
