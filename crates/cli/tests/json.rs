//! Real output against the documented schemas.
#![cfg(test)]

#[path = "support/run.rs"]
mod run;
#[path = "support/schema.rs"]
mod schema;

use run::line;
use schema::document;
use serde_json::{Value, json};

#[test]
fn verify() {
    let ran = line(
        "verify obama-1.jpg obama-2.jpg obama-3.jpg --live obama-1.jpg --portrait-date 2009,unknown --on 2024-11-21 --json",
    );
    let document = document(&ran.out);
    assert_eq!(ran.status, 0);
    assert_eq!(document["schema"], "countenance.verify/1");
    assert_eq!(document["outcome"], "match");
    assert_eq!(document["live"].as_array().unwrap().len(), 2);
    assert_eq!(document["portraits"][0]["file"], "fixtures/obama-2.jpg");
    assert!((document["portraits"][0]["age_years"].as_f64().unwrap() - 15.39).abs() < 0.01);
    assert_eq!(document["portraits"][1]["age_years"], Value::Null);
    assert_eq!(document["checked_on"], "2024-11-21");
    assert_eq!(document["liveness"], "not-checked");
    assert_eq!(ran.err, "", "a program's standard error stays quiet");
}

#[test]
fn verify_of_another_person() {
    let ran = line("verify obama-1.jpg biden-1.jpg --json");
    assert_eq!((ran.status, document(&ran.out)["outcome"].as_str()), (1, Some("no-match")));
}

#[test]
fn inspect() {
    let ran = line("inspect obama-1.jpg --json");
    let document = document(&ran.out);
    assert_eq!(ran.status, 0);
    assert_eq!((&document["width"], &document["height"]), (&json!(512), &json!(640)));
    assert_eq!(document["quality"]["measures"].as_array().unwrap().len(), 28);
    assert_eq!(document["refusal"], Value::Null);
}

#[test]
fn service() {
    let example = "docs/examples/housing.withdrawal.toml";
    let checked = line(&format!("service check {example} --json"));
    let document_of = document(&checked.out);
    assert_eq!(checked.status, 0);
    assert_eq!((document_of["id"].as_str(), document_of["runs"].as_bool()), (Some("housing.withdrawal"), Some(false)));
    assert_eq!(document_of["steps"].as_array().unwrap().len(), 9);
    assert!(document_of.get("walked").is_none());
    let walked = document(&line(&format!("service simulate {example} --json --language zh-Hant")).out);
    assert_eq!(walked["title"], "提領住房公積金");
    assert_eq!(walked["walked"].as_array().unwrap().len() as u64, walked["ways"].as_u64().unwrap());
    let counted: u64 = walked["endings"].as_object().unwrap().values().filter_map(Value::as_u64).sum();
    assert_eq!(Some(counted), walked["ways"].as_u64());
    let drawn = line(&format!("service diagram {example}"));
    assert!(drawn.status == 0 && drawn.out.starts_with("<svg ") && drawn.out.trim_end().ends_with("</svg>"));
    let ours = document(&line("service check services/household.marriage.toml --json").out);
    assert_eq!(ours["runs"], true);
    for (words, code) in [
        ("service check nowhere.toml --json", "file-not-found"),
        ("service check Cargo.toml --json", "service-syntax"),
        ("service diagram services/household.marriage.toml --language de --json", "usage"),
    ] {
        let ran = line(words);
        assert_eq!(document(&ran.out)["code"], code, "{words}");
        assert!(ran.status >= 4, "{words}");
    }
}

#[test]
fn errors() {
    let two = document(&line("inspect two-faces.jpg --json").out);
    assert_eq!(two["code"], "several-faces");
    assert_eq!(two["faces"].as_array().unwrap().len(), 2);
    for (words, code, exit) in [
        ("inspect no-face.jpg --json", "no-face", 3),
        ("verify obama-1.jpg --json", "usage", 4),
        ("verify obama-1.jpg nowhere.png --json", "file-not-found", 4),
        ("inspect Cargo.toml --json", "image-unsupported", 4),
        ("doctor --pack nowhere --json", "", 5),
    ] {
        let ran = line(words);
        let document = document(&ran.out);
        assert_eq!((ran.status, document["code"].as_str().unwrap_or_default()), (exit, code), "{words}");
    }
}

#[test]
fn doctor() {
    let ran = line("doctor --json");
    let document = document(&ran.out);
    // The detector, the mesh, three experts and the attack classifier.
    assert_eq!(document["pack"]["models"].as_array().unwrap().len(), 6);
    let state = |name: &str| {
        let checks = document["checks"].as_array().unwrap();
        checks.iter().find(|check| check["name"] == name).unwrap_or_else(|| panic!("no check {name}"))["state"].clone()
    };
    for name in ["pack", "licences", "calibration", "self-test"] {
        assert_eq!(state(name), "ok", "{name}");
    }
    assert_eq!(ran.status, 0, "warnings are no failure");
}

#[test]
fn the_shipped_calibration() {
    let file = run::root().join("models/calibration.json");
    let calibration: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let printed =
        json!({"schema": "countenance.calibrate/1", "out": "models/calibration.json", "calibration": calibration});
    document(&printed.to_string());
}

#[test]
fn the_checker_finds_what_does_not_fit() {
    let schema = json!({"type": "object", "required": ["a"], "additionalProperties": false, "properties": {
        "a": {"type": ["integer", "null"], "minimum": 0, "maximum": 9},
        "b": {"type": "array", "items": {"$ref": "#/$defs/c"}, "minItems": 1}
    }, "$defs": {"c": {"enum": ["x"]}}});
    assert!(schema::problems(&schema, &json!({"a": 3, "b": ["x"]})).is_empty());
    assert!(schema::problems(&schema, &json!({"a": null})).is_empty());
    for bad in [
        json!([]),
        json!({}),
        json!({"a": 10}),
        json!({"a": 0.5}),
        json!({"a": 1, "d": 1}),
        json!({"a": 1, "b": []}),
        json!({"a": 1, "b": ["y"]}),
    ] {
        assert_eq!(schema::problems(&schema, &bad).len(), 1, "{bad}");
    }
}
