//! Reads an index of identities: `file,person,[age],[near_duplicate],…`; all other columns are kept as group labels.

use super::{Column, DataSet, NO_LABEL, Names, Picture, folder_name, keep_groups, locate, open, stays_inside};
use crate::code::Code;
use crate::error::{Error, Result};
use crate::limits::{AGE_YEARS_MAX, GROUP_LABELS_MAX};
use crate::table::Table;
use std::collections::HashSet;
use std::io::Read;
use std::path::Path;

/// Age bands that become a group of their own when the index has ages: name and first age in years that is above it.
const AGE_BANDS: [(&str, f64); 5] =
    [("0-11", 12.0), ("12-17", 18.0), ("18-39", 40.0), ("40-59", 60.0), ("60+", f64::MAX)];

/// Reads the index `index` of the folder `root`.
///
/// # Errors
/// The `index-…` codes, `root-not-found` and `file-outside-root`; the message names the line.
pub fn read(root: &Path, index: &Path) -> Result<DataSet> {
    let path = locate(root, index)?;
    let mut data = parse(open(&path)?)?;
    data.name = folder_name(root);
    root.clone_into(&mut data.root);
    data.index = folder_name(&path);
    Ok(data)
}

struct Places {
    file: usize,
    person: usize,
    age: Option<usize>,
    near_duplicate: Option<usize>,
    groups: Vec<usize>,
}

/// Reads an index from any source; root and name are left empty.
///
/// # Errors
/// As [`read`].
pub fn parse(input: impl Read) -> Result<DataSet> {
    let mut table = Table::new(input)?;
    let places = places(&table)?;
    let mut groups: Vec<Names> = places.groups.iter().map(|_| Names::default()).collect();
    let mut persons = Names::default();
    let mut seen = HashSet::new();
    let mut pictures = Vec::new();
    let mut near_duplicates = 0;
    while table.next()? {
        let picture = picture(&table, &places, &mut persons, &mut groups)?;
        if !seen.insert(picture.file.clone()) {
            return Err(table.refuse(Code::IndexLabelsDisagree, &format!("{:?} is named twice", picture.file)));
        }
        let duplicate = places.near_duplicate.map_or(Ok(false), |at| table.flag(at))?;
        if duplicate {
            near_duplicates += 1;
        } else {
            pictures.push(picture);
            super::too_many_pictures(pictures.len())?;
        }
    }
    if pictures.is_empty() {
        return Err(Error::new(Code::IndexEmpty, format!("no usable row; {near_duplicates} near duplicates left out")));
    }
    let named = places.groups.iter().zip(groups);
    let mut columns: Vec<_> =
        named.map(|(&at, names)| Column { name: table.names()[at].clone(), labels: names.names }).collect();
    add_age_bands(&mut pictures, &mut columns);
    let (columns, ignored_columns) = keep_groups(&mut pictures, columns);
    Ok(DataSet {
        name: String::new(),
        root: std::path::PathBuf::new(),
        index: String::new(),
        index_sha256: table.sha256(),
        pictures,
        persons: persons.names,
        columns,
        ignored_columns,
        pairs: Vec::new(),
        near_duplicates,
    })
}

fn places<R: Read>(table: &Table<R>) -> Result<Places> {
    let known = ["file", "person", "age", "near_duplicate"];
    let others = table.names().iter().enumerate().filter(|(_, name)| !known.contains(&name.as_str()));
    Ok(Places {
        file: table.need("file")?,
        person: table.need("person")?,
        age: table.find("age"),
        near_duplicate: table.find("near_duplicate"),
        groups: others.map(|(at, _)| at).collect(),
    })
}

fn picture<R: Read>(table: &Table<R>, places: &Places, persons: &mut Names, groups: &mut [Names]) -> Result<Picture> {
    let file = table.field(places.file);
    if !stays_inside(file) {
        return Err(table.refuse(Code::FileOutsideRoot, &format!("{file:?} is not a path below the root")));
    }
    let person = table.field(places.person);
    if person.is_empty() {
        return Err(table.refuse(Code::IndexRowBroken, "the person is empty"));
    }
    let age_years = places.age.map_or(Ok(None), |at| age(table, at))?;
    let labels = places.groups.iter().zip(groups).map(|(&at, names)| label(names, table.field(at))).collect();
    Ok(Picture { file: file.to_owned(), line: table.line(), person: persons.number(person), age_years, labels })
}

fn age<R: Read>(table: &Table<R>, at: usize) -> Result<Option<f64>> {
    let text = table.field(at);
    if text.is_empty() {
        return Ok(None);
    }
    match text.parse::<f64>() {
        Ok(years) if (0.0..=AGE_YEARS_MAX).contains(&years) => Ok(Some(years)),
        _ => {
            Err(table.refuse(Code::IndexRowBroken, &format!("{text:?} is not an age from 0 to {AGE_YEARS_MAX} years")))
        }
    }
}

/// The number of `text` in its column; a column that already has too many labels takes no more.
fn label(names: &mut Names, text: &str) -> u16 {
    if text.is_empty() || names.names.len() > GROUP_LABELS_MAX {
        return NO_LABEL;
    }
    names.number(text) as u16
}

fn add_age_bands(pictures: &mut [Picture], columns: &mut Vec<Column>) {
    if pictures.iter().all(|picture| picture.age_years.is_none()) {
        return;
    }
    let mut names = Names::default();
    for picture in pictures.iter_mut() {
        let band = picture.age_years.and_then(|age| AGE_BANDS.iter().find(|(_, end)| age < *end));
        picture.labels.push(band.map_or(NO_LABEL, |(name, _)| label(&mut names, name)));
    }
    columns.push(Column { name: "age band".to_owned(), labels: names.names });
}
