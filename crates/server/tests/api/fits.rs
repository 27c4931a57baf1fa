//! Whether a value fits a schema of the document: the keywords that ours use. An unknown one fails the test, so that nothing is passed over.

use serde_json::Value;

/// What does not fit, each with its place.
pub(crate) fn problems(document: &Value, schema: &Value, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    check(document, schema, value, "$", &mut found);
    found
}

fn check(document: &Value, schema: &Value, value: &Value, place: &str, found: &mut Vec<String>) {
    for (keyword, rule) in schema.as_object().unwrap() {
        let fits = match keyword.as_str() {
            "description" | "default" | "format" | "pattern" | "example" | "contentMediaType" => true,
            "$ref" => {
                let target = document.pointer(rule.as_str().unwrap().trim_start_matches('#')).unwrap();
                check(document, target, value, place, found);
                true
            }
            "type" => match rule {
                Value::Array(types) => types.iter().any(|one| is(one, value)),
                one => is(one, value),
            },
            "enum" => rule.as_array().unwrap().contains(value),
            "oneOf" => rule.as_array().unwrap().iter().any(|one| problems(document, one, value).is_empty()),
            "minimum" => value.as_f64().is_none_or(|number| number >= rule.as_f64().unwrap()),
            "maximum" => value.as_f64().is_none_or(|number| number <= rule.as_f64().unwrap()),
            "minLength" => value.as_str().is_none_or(|text| text.chars().count() as u64 >= rule.as_u64().unwrap()),
            "maxLength" => value.as_str().is_none_or(|text| text.chars().count() as u64 <= rule.as_u64().unwrap()),
            "minItems" => value.as_array().is_none_or(|items| items.len() as u64 >= rule.as_u64().unwrap()),
            "maxItems" => value.as_array().is_none_or(|items| items.len() as u64 <= rule.as_u64().unwrap()),
            "items" => {
                for (number, item) in value.as_array().into_iter().flatten().enumerate() {
                    check(document, rule, item, &format!("{place}/{number}"), found);
                }
                true
            }
            "required" => rule
                .as_array()
                .unwrap()
                .iter()
                .all(|key| value.as_object().is_none_or(|fields| fields.contains_key(key.as_str().unwrap()))),
            "properties" => {
                for (key, own) in rule.as_object().unwrap() {
                    if let Some(inner) = value.get(key) {
                        check(document, own, inner, &format!("{place}/{key}"), found);
                    }
                }
                // An answer may have more in it one day; an example may not.
                value.as_object().is_none_or(|fields| fields.keys().all(|key| rule.get(key).is_some()))
            }
            "additionalProperties" => rule == false,
            other => panic!("`{other}` is not known here"),
        };
        if !fits {
            found.push(format!("{place}: {value} does not fit {keyword} {rule}"));
        }
    }
}

fn is(kind: &Value, value: &Value) -> bool {
    match kind.as_str().unwrap() {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => value.is_u64() || value.is_i64(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("no type `{other}`"),
    }
}
