//! The `OpenAPI` document: what the routes say of themselves, finished with what holds for all of them. One value, so that the served
//! document, the copy in `docs` and the tests are the same.

mod bounds;
mod links;

use super::refusals;
use crate::error::Problem;
use axum::Extension;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use serde_json::{Map, Value, json};
use utoipa::OpenApi;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};

/// Examples of requests and answers, by operation. They are those of one visit, so that who reads them reads a story.
const EXAMPLES: &str = include_str!("document/examples.json");

/// What stands before the list of operations: the order of calls.
const DESCRIPTION: &str = include_str!("document/description.md");

/// The head of the document; the routes add themselves.
#[derive(OpenApi)]
#[openapi(
    info(title = "Countenance", license(name = "Apache-2.0 OR MIT", identifier = "Apache-2.0 OR MIT")),
    components(schemas(Problem)),
    modifiers(&Shared)
)]
pub(super) struct Document;

/// What operations refer to: the two kinds of bearer tokens, and the refusals.
struct Shared;

impl utoipa::Modify for Shared {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let bearer = |description: &str| {
            SecurityScheme::Http(
                HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some(description)).build(),
            )
        };
        openapi.info.description = Some(DESCRIPTION.to_owned());
        let components = openapi.components.get_or_insert_default();
        components.add_security_scheme("operator", bearer("The session of a signed-in operator."));
        components.add_security_scheme("station", bearer("The token of a paired station."));
        components.responses.extend(refusals::described());
    }
}

/// The document as it is served.
#[derive(Clone)]
pub(super) struct Served(pub(super) axum::body::Bytes);

/// This document.
#[utoipa::path(
    get, path = "/api/v1/openapi.json", tag = "document",
    responses((status = 200, body = Object, content_type = "application/json"), refusals::Refusals)
)]
pub(super) async fn openapi(Extension(Served(document)): Extension<Served>) -> Response {
    let mut response = Response::new(axum::body::Body::from(document));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// What the routes say, finished.
pub(super) fn finished(routes: &utoipa::openapi::OpenApi) -> Value {
    let mut document = serde_json::to_value(routes).unwrap_or_default();
    let examples: Value = serde_json::from_str(EXAMPLES).unwrap_or_default();
    each_operation(&mut document, |method, operation| {
        name(operation);
        if method == "post" {
            takes_key(operation);
        }
        answers(method, operation);
        files(operation);
        let shown = operation["operationId"].as_str().and_then(|id| examples.get(id)).cloned();
        illustrate(operation, &shown.unwrap_or_default());
    });
    links::add(&mut document);
    bounds::add(&mut document);
    document
}

/// Does something with every operation; its method is named in lower case.
fn each_operation(document: &mut Value, mut act: impl FnMut(&str, &mut Value)) {
    for item in document.get_mut("paths").and_then(Value::as_object_mut).into_iter().flat_map(Map::values_mut) {
        for (method, operation) in item.as_object_mut().into_iter().flatten() {
            act(method, operation);
        }
    }
}

/// The parameters of an operation.
fn parameters(operation: &mut Value) -> impl Iterator<Item = &mut Value> {
    operation.get_mut("parameters").and_then(Value::as_array_mut).into_iter().flatten()
}

/// The answers of an operation that are no refusals, by status.
fn successes(operation: &mut Value) -> impl Iterator<Item = (&String, &mut Value)> {
    let all = operation.get_mut("responses").and_then(Value::as_object_mut).into_iter().flatten();
    all.filter(|(status, _)| status.starts_with('2'))
}

/// Names an operation after its noun as well: `list` alone would not be unique.
fn name(operation: &mut Value) {
    if let (Some(noun), Some(verb)) = (operation["tags"][0].as_str(), operation["operationId"].as_str()) {
        operation["operationId"] = json!(format!("{noun}_{verb}"));
    }
}

/// Every `POST` takes an idempotency key.
fn takes_key(operation: &mut Value) {
    let key = json!({
        "name": "Idempotency-Key", "in": "header", "required": false,
        "description": "Random, one for each act: sent again with the same key, the act is done once and answered twice the same.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 128, "pattern": "^[ -~]+$"}
    });
    match operation.get_mut("parameters").and_then(Value::as_array_mut) {
        Some(parameters) => parameters.push(key),
        None => operation["parameters"] = json!([key]),
    }
}

/// Says of every answer but refusals what it is and which headers it has.
fn answers(method: &str, operation: &mut Value) {
    for (status, answer) in successes(operation) {
        let text = match status.as_str() {
            "201" => "Made.",
            "202" => "Taken; it goes on by itself.",
            "204" => "Done; there is nothing to say.",
            _ => "Done.",
        };
        answer["description"] = json!(text);
        let header = |text: &str| json!({"description": text, "schema": {"type": "string"}});
        answer["headers"] = json!({"X-Request-Id": header(refusals::REQUEST_ID)});
        if method == "post" {
            let replayed = "`true` when the answer was given before, to the same idempotency key.";
            answer["headers"]["Idempotency-Replayed"] = header(replayed);
        }
    }
}

/// Says of bodies that are files that they are bytes.
fn files(operation: &mut Value) {
    let content = operation.pointer_mut("/requestBody/content").and_then(Value::as_object_mut);
    for (kind, body) in content.into_iter().flatten() {
        if kind.starts_with("image/") || ["application/zip", "application/octet-stream"].contains(&kind.as_str()) {
            body["schema"] = json!({"type": "string", "format": "binary", "contentMediaType": kind});
        }
    }
}

/// Puts the examples of an operation to its parameters, its body and its answer.
fn illustrate(operation: &mut Value, shown: &Value) {
    for parameter in parameters(operation) {
        let example = parameter["name"].as_str().and_then(|name| shown["parameters"].get(name));
        if let Some(example) = example {
            parameter["example"] = example.clone();
        }
    }
    let put = |content: Option<&mut Value>, example: Option<&Value>| {
        if let (Some(content), Some(example)) = (content, example) {
            content["example"] = example.clone();
        }
    };
    put(operation.pointer_mut("/requestBody/content/application~1json"), shown.get("request"));
    for (_, answer) in successes(operation) {
        put(answer.pointer_mut("/content/application~1json"), shown.get("answer"));
    }
}
