//! Every key of every shipped definition is known and demanded: renamed or taken out, each in turn, the definition does not load.

use super::{BUILTIN, Definition, Service};
use crate::error::Error;
use toml::{Table, Value};

/// The way to one key: names of tables and numbers of list entries, the key's own name last.
type Way = Vec<String>;

/// The ways to all keys below `value`.
fn ways(value: &Value, here: &Way, found: &mut Vec<Way>) {
    let children: Vec<(String, &Value)> = match value {
        Value::Table(table) => table.iter().map(|(key, child)| (key.clone(), child)).collect(),
        Value::Array(list) => list.iter().enumerate().map(|(index, child)| (index.to_string(), child)).collect(),
        _ => return,
    };
    for (step, child) in children {
        let mut way = here.clone();
        way.push(step);
        if value.is_table() {
            found.push(way.clone());
        }
        ways(child, &way, found);
    }
}

/// The table in which the way's last step is a key.
fn table_of<'a>(root: &'a mut Value, way: &Way) -> &'a mut Table {
    let table = way[..way.len() - 1].iter().fold(root, |value, step| match value {
        Value::Array(list) => &mut list[step.parse::<usize>().unwrap()],
        value => &mut value[step.as_str()],
    });
    table.as_table_mut().unwrap()
}

fn load(value: Value) -> Result<Service, Error> {
    let definition: Definition =
        value.try_into().map_err(|error| Error::new(crate::Code::ServiceSyntax, error.to_string()))?;
    Service::checked(definition, [0; 32])
}

/// Loads each shipped definition once for each of its keys, changed by `change`; returns how many keys there were and what loaded.
fn survivors(change: impl Fn(&mut Table, &str)) -> (usize, Vec<String>) {
    let (mut count, mut loaded) = (0, Vec::new());
    for (name, text) in BUILTIN {
        let whole = Value::Table(text.parse().unwrap());
        assert!(load(whole.clone()).is_ok(), "{name}");
        let mut found = Vec::new();
        ways(&whole, &Vec::new(), &mut found);
        count += found.len();
        for way in found {
            let mut changed = whole.clone();
            change(table_of(&mut changed, &way), way.last().unwrap());
            if load(changed).is_ok() {
                loaded.push(format!("{name}: {}", way.join(".")));
            }
        }
    }
    (count, loaded)
}

#[test]
fn a_definition_with_any_key_renamed_does_not_load() {
    let (count, loaded) = survivors(|table, key| {
        let value = table.remove(key).unwrap();
        table.insert(format!("{key}-x"), value);
    });
    assert!(loaded.is_empty(), "{loaded:?}");
    assert!(count > 200, "{count} keys");
}

#[test]
fn a_definition_without_any_one_key_does_not_load() {
    let (_, loaded) = survivors(|table, key| {
        table.remove(key).unwrap();
    });
    assert!(loaded.is_empty(), "{loaded:?}");
}

#[test]
fn a_definition_with_one_key_more_anywhere_does_not_load() {
    let (_, loaded) = survivors(|table, _| {
        table.insert("frames-days".to_owned(), Value::Integer(30));
    });
    assert!(loaded.is_empty(), "{loaded:?}");
}

#[test]
fn a_definition_with_any_text_emptied_does_not_load() {
    let (_, loaded) = survivors(|table, key| {
        let empty = match &table[key] {
            Value::String(_) => Value::String(String::new()),
            // Numbers and lists: one below every bound.
            Value::Integer(_) => Value::Integer(-1),
            Value::Float(_) => Value::Float(0.0),
            other => Value::Array(vec![other.clone(), other.clone(), other.clone()]),
        };
        table.insert(key.to_owned(), empty);
    });
    assert!(loaded.is_empty(), "{loaded:?}");
}
