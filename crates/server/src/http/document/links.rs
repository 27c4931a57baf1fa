//! Links of the document: an answer that names a record leads to every operation on that record. A reader sees what can be called next, and
//! a tool that follows links calls it.

use super::{each_operation, parameters, successes};
use serde_json::{Map, Value, json};

/// The operation that answers with an id, the name of that id in paths, and where it stands in the answer.
const ROWS: &[(&str, &str, &str)] = &[
    ("agency_add", "agency", "/agency/id"),
    ("guardian_set", "guardian", "/id"),
    ("import_start", "import", "/id"),
    ("incident_list", "incident", "/items/0/id"),
    ("notice_list", "notice", "/items/0/id"),
    ("office_add", "office", "/id"),
    ("operator_invite", "operator", "/operator"),
    ("person_enrol", "person", "/id"),
    ("person_find", "person", "/id"),
    ("portrait_add", "portrait", "/id"),
    ("session_passkey_add", "passkey", "/id"),
    ("station_add", "station", "/station"),
    ("visit_open", "visit", "/id"),
];

/// Adds the links.
pub(super) fn add(document: &mut Value) {
    let mut targets: Vec<(String, Vec<String>)> = Vec::new();
    each_operation(document, |_, operation| {
        let named = parameters(operation).filter(|parameter| parameter["in"] == "path");
        let named = named.filter_map(|parameter| parameter["name"].as_str().map(str::to_owned)).collect();
        targets.push((operation["operationId"].as_str().unwrap_or_default().to_owned(), named));
    });
    each_operation(document, |_, operation| {
        let id = operation["operationId"].as_str().unwrap_or_default().to_owned();
        for (_, parameter, place) in ROWS.iter().filter(|(from, ..)| *from == id) {
            let own = path_parameters(&targets, &id);
            let mut links = Map::new();
            for (target, needed) in &targets {
                // What the link does not know must have stood in the path of the call before.
                let reachable = needed.iter().all(|name| name == parameter || own.contains(name));
                if needed.iter().any(|name| name == parameter) && reachable {
                    links.insert(target.clone(), link(target, needed, (parameter, place)));
                }
            }
            for (_, answer) in successes(operation) {
                answer["links"] = Value::Object(links.clone());
            }
        }
    });
}

fn path_parameters<'t>(targets: &'t [(String, Vec<String>)], id: &str) -> &'t [String] {
    targets.iter().find(|(target, _)| target == id).map_or(&[], |(_, named)| named)
}

fn link(target: &str, needed: &[String], (parameter, place): (&str, &str)) -> Value {
    let value = |name: &String| {
        if name == parameter { format!("$response.body#{place}") } else { format!("$request.path.{name}") }
    };
    let parameters: Map<String, Value> = needed.iter().map(|name| (name.clone(), json!(value(name)))).collect();
    json!({"operationId": target, "parameters": parameters})
}
