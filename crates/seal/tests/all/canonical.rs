//! Canonical JSON.

use proptest::collection::vec;
use proptest::prelude::*;
use seal::Code;
use seal::canonical::{is_canonical, to_string};
use serde_json::{Map, Value, json};

fn text(value: &Value) -> String {
    to_string(value).unwrap()
}

/// RFC 8785 §3.2.2 without its fractions, and §3.2.3.
#[test]
fn the_examples_of_the_standard() {
    let value: Value = serde_json::from_str(
        r#"{"string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/", "literals": [null, true, false]}"#,
    )
    .unwrap();
    assert_eq!(text(&value), r#"{"literals":[null,true,false],"string":"€$\u000f\nA'B\"\\\\\"/"}"#);
    let value: Value = serde_json::from_str(
        r#"{"\u20ac": "Euro Sign", "\r": "Carriage Return", "\ufb33": "Hebrew Letter Dalet With Dagesh", "1": "One",
            "\ud83d\ude00": "Emoji: Grinning Face", "\u0080": "Control", "\u00f6": "Latin Small Letter O With Diaeresis"}"#,
    )
    .unwrap();
    let expected = "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u{80}\":\"Control\",\"ö\":\"Latin Small Letter O With Diaeresis\",\
                    \"€\":\"Euro Sign\",\"😀\":\"Emoji: Grinning Face\",\"\u{fb33}\":\"Hebrew Letter Dalet With Dagesh\"}";
    assert_eq!(text(&value), expected);
    assert!(is_canonical(expected));
}

#[test]
fn every_control_character_has_its_one_escape() {
    for code in 0..0x20_u8 {
        let expected = match code {
            8 => "\\b".to_owned(),
            9 => "\\t".to_owned(),
            10 => "\\n".to_owned(),
            12 => "\\f".to_owned(),
            13 => "\\r".to_owned(),
            _ => format!("\\u{code:04x}"),
        };
        assert_eq!(text(&json!(char::from(code).to_string())), format!("\"{expected}\""));
    }
    assert_eq!(text(&json!("\u{7f}\u{2028}/")), "\"\u{7f}\u{2028}/\"");
}

#[test]
fn numbers_are_integers_that_all_readers_hold() {
    let most = (1_i64 << 53) - 1;
    for number in [0, 1, -1, most, -most] {
        assert_eq!(text(&json!(number)), number.to_string());
    }
    for refused in
        [json!(most + 1), json!(-most - 1), json!(u64::MAX), json!(i64::MIN), json!(0.5), json!(1.0), json!(1e300)]
    {
        assert_eq!(to_string(&json!({ "a": [refused] })).unwrap_err().code, Code::EntryNotCanonical);
    }
}

#[test]
fn nesting_has_an_end() {
    let nested = |depth| (0..depth).fold(json!(1), |value, _| json!([value]));
    assert!(to_string(&nested(32)).is_ok());
    assert_eq!(to_string(&nested(33)).unwrap_err().code, Code::EntryNotCanonical);
    assert!(!is_canonical(&format!("{}{}", "[".repeat(100_000), "]".repeat(100_000))));
}

#[test]
fn other_texts_of_a_value_are_not_canonical() {
    for text in [
        "",
        " 1",
        "1 ",
        "01",
        "-0",
        "1.0",
        "1e1",
        "+1",
        "[1, 2]",
        "{\"b\":1,\"a\":2}",
        "{\"a\":1,\"a\":1}",
        "{\"a\":1,\"a\":2}",
        "\"\\u0041\"",
        "\"\\/\"",
        "\"\\u000A\"",
        "\"\\u000F\"",
        "\"\u{9}\"",
        "nul",
        "[1,]",
        "1\n",
        "'a'",
        "\u{feff}1",
        "9007199254740992",
    ] {
        assert!(!is_canonical(text), "{text}");
    }
    for text in ["0", "-1", "null", "[]", "{}", "\"\"", "{\"a\":{\"b\":[1,\"\\n\"]},\"b\":false}"] {
        assert!(is_canonical(text), "{text}");
    }
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-9_007_199_254_740_991_i64..=9_007_199_254_740_991).prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Value::from),
            vec((any::<String>(), inner), 0..6)
                .prop_map(|members| Value::from(members.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

proptest! {
    #[test]
    fn the_text_is_canonical_and_gives_the_value_back(value in value()) {
        let text = text(&value);
        prop_assert!(is_canonical(&text));
        prop_assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value.clone());
        let spaced = [format!("{text} "), format!(" {text}")];
        prop_assert!(!spaced.iter().any(|text| is_canonical(text)));
        let pretty = serde_json::to_string_pretty(&value).unwrap();
        prop_assert_eq!(is_canonical(&pretty), pretty == text);
    }

    #[test]
    fn two_values_never_have_one_text(a in value(), b in value()) {
        prop_assert_eq!(text(&a) == text(&b), a == b);
    }

    #[test]
    fn no_text_stops_the_reader(text in "[\\[\\]{}\",:0-9a-u\\\\ .-]{0,40}") {
        let _ = is_canonical(&text);
    }
}
