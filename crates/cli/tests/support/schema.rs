//! Holds a JSON document against a JSON Schema: the few keywords that ours use. An unknown keyword is a failure, so nothing is silently unchecked.

use serde_json::Value;
use std::path::Path;

/// The document `text`, after it was found to fit the schema that it names.
pub(crate) fn document(text: &str) -> Value {
    let document: Value = serde_json::from_str(text).unwrap_or_else(|error| panic!("{error} in {text}"));
    let name = document["schema"].as_str().and_then(|text| text.strip_prefix("countenance.")?.strip_suffix("/1"));
    let file = format!("../../docs/schema/{}.json", name.expect("a schema's name"));
    let schema =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).expect("a documented schema");
    let problems = problems(&serde_json::from_str(&schema).expect("a schema is JSON"), &document);
    assert!(problems.is_empty(), "{problems:#?}");
    document
}

/// What is wrong with `document`, each with its place; empty when it fits.
pub(crate) fn problems(schema: &Value, document: &Value) -> Vec<String> {
    let mut found = Vec::new();
    check(schema, schema, document, "$", &mut found);
    found
}

fn check(root: &Value, schema: &Value, value: &Value, place: &str, found: &mut Vec<String>) {
    let rules = schema.as_object().expect("a schema is an object");
    for (keyword, rule) in rules {
        let fits = match keyword.as_str() {
            "$schema" | "title" | "description" | "$defs" => true,
            "$ref" => {
                let pointer = rule.as_str().and_then(|text| text.strip_prefix('#')).expect("a local reference");
                check(root, root.pointer(pointer).expect("the reference leads somewhere"), value, place, found);
                true
            }
            "type" => match rule {
                Value::Array(types) => types.iter().any(|one| is(one, value)),
                one => is(one, value),
            },
            "const" => value == rule,
            "enum" => rule.as_array().expect("a list").contains(value),
            "minimum" => value.as_f64().is_none_or(|number| number >= rule.as_f64().expect("a number")),
            "maximum" => value.as_f64().is_none_or(|number| number <= rule.as_f64().expect("a number")),
            "minItems" => value.as_array().is_none_or(|items| items.len() as u64 >= rule.as_u64().expect("a count")),
            "maxItems" => value.as_array().is_none_or(|items| items.len() as u64 <= rule.as_u64().expect("a count")),
            "items" => {
                for (i, item) in value.as_array().into_iter().flatten().enumerate() {
                    check(root, rule, item, &format!("{place}[{i}]"), found);
                }
                true
            }
            "required" => {
                let keys = rule.as_array().expect("a list").iter().filter_map(Value::as_str);
                value.as_object().is_none_or(|object| keys.into_iter().all(|key| object.contains_key(key)))
            }
            "properties" => {
                for (key, own) in rule.as_object().expect("an object") {
                    if let Some(inner) = value.get(key) {
                        check(root, own, inner, &format!("{place}.{key}"), found);
                    }
                }
                true
            }
            "additionalProperties" => {
                assert_eq!(rule, &Value::Bool(false), "only `false` is known here");
                let known = rules.get("properties").and_then(Value::as_object).expect("properties beside it");
                value.as_object().is_none_or(|object| object.keys().all(|key| known.contains_key(key)))
            }
            other => panic!("the checker does not know `{other}`"),
        };
        if !fits {
            found.push(format!("{place}: {value} does not fit {keyword} {rule}"));
        }
    }
}

fn is(kind: &Value, value: &Value) -> bool {
    match kind.as_str().expect("a type's name") {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => value.is_u64() || value.is_i64(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("the checker does not know the type `{other}`"),
    }
}
