//! Reads an index of pairs: `first,second,same,[fold]`.

use super::{DataSet, Names, Pair, Picture, folder_name, locate, open, stays_inside, too_many_pictures};
use crate::code::Code;
use crate::error::{Error, Result};
use crate::table::Table;
use std::io::Read;
use std::path::Path;

/// Largest number of a fold.
const FOLD_MAX: u32 = 1000;

/// Reads the pair index `index` of the folder `root`.
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

/// Reads a pair index from any source; root and name are left empty.
///
/// # Errors
/// As [`read`].
pub fn parse(input: impl Read) -> Result<DataSet> {
    let mut table = Table::new(input)?;
    let (first, second, same) = (table.need("first")?, table.need("second")?, table.need("same")?);
    let fold = table.find("fold");
    let mut files = Names::default();
    let mut lines = Vec::new();
    let mut pairs = Vec::new();
    while table.next()? {
        let sides = [file(&table, first)?, file(&table, second)?].map(|name| {
            let number = files.number(name);
            if number as usize == lines.len() {
                lines.push(table.line());
            }
            number
        });
        too_many_pictures(lines.len())?;
        if sides[0] == sides[1] {
            return Err(table.refuse(Code::IndexRowBroken, "a picture is paired with itself"));
        }
        let fold = fold.map_or(Ok(0), |at| fold_number(&table, at))?;
        pairs.push((Pair { first: sides[0], second: sides[1], same: table.flag(same)?, fold }, table.line()));
    }
    if pairs.is_empty() {
        return Err(Error::new(Code::IndexEmpty, "the index names no pair"));
    }
    let (owners, persons) = persons(&files.names, &pairs)?;
    let named = files.names.into_iter().zip(lines).zip(owners);
    let pictures =
        named.map(|((file, line), person)| Picture { file, line, person, age_years: None, labels: Vec::new() });
    let known = ["first", "second", "same", "fold"];
    Ok(DataSet {
        name: String::new(),
        root: std::path::PathBuf::new(),
        index: String::new(),
        pictures: pictures.collect(),
        persons,
        columns: Vec::new(),
        ignored_columns: table.names().iter().filter(|name| !known.contains(&name.as_str())).cloned().collect(),
        pairs: pairs.into_iter().map(|(pair, _)| pair).collect(),
        near_duplicates: 0,
        index_sha256: table.sha256(),
    })
}

fn file<R: Read>(table: &Table<R>, at: usize) -> Result<&str> {
    let name = table.field(at);
    if stays_inside(name) {
        return Ok(name);
    }
    Err(table.refuse(Code::FileOutsideRoot, &format!("{name:?} is not a path below the root")))
}

fn fold_number<R: Read>(table: &Table<R>, at: usize) -> Result<u32> {
    match table.field(at).parse() {
        Ok(fold) if (1..=FOLD_MAX).contains(&fold) => Ok(fold),
        _ => Err(table.refuse(Code::IndexRowBroken, &format!("the fold is not a number from 1 to {FOLD_MAX}"))),
    }
}

/// Who is in each picture: by the folder it lies in when every picture lies in one and there is more than one folder; otherwise the
/// pictures that pairs call the same person, directly or through others.
fn persons(files: &[String], pairs: &[(Pair, u64)]) -> Result<(Vec<u32>, Vec<String>)> {
    let folders: Vec<&str> = files.iter().filter_map(|file| file.rsplit_once('/').map(|(folder, _)| folder)).collect();
    let by_folder = folders.len() == files.len() && folders.iter().any(|folder| *folder != folders[0]);
    let mut names = Names::default();
    let owners = if by_folder {
        folders.into_iter().map(|folder| names.number(folder)).collect()
    } else {
        join(files.len(), pairs).into_iter().map(|root| names.number(&files[root])).collect::<Vec<_>>()
    };
    for (pair, line) in pairs {
        if pair.same != (owners[pair.first as usize] == owners[pair.second as usize]) {
            let told = if pair.same { "one person" } else { "two persons" };
            let by = if by_folder { "their folders" } else { "other pairs" };
            return Err(Error::new(
                Code::IndexLabelsDisagree,
                format!("line {line}: the pair is labelled as {told}, but {by} say otherwise"),
            ));
        }
    }
    Ok((owners, names.names))
}

/// Union-find over the pairs of one person; gives each picture the first picture of its set.
fn join(count: usize, pairs: &[(Pair, u64)]) -> Vec<usize> {
    let mut parent: Vec<usize> = (0..count).collect();
    for (pair, _) in pairs.iter().filter(|(pair, _)| pair.same) {
        let (a, b) = (find(&mut parent, pair.first as usize), find(&mut parent, pair.second as usize));
        let (low, high) = (a.min(b), a.max(b));
        parent[high] = low;
    }
    (0..count).map(|at| find(&mut parent, at)).collect()
}

fn find(parent: &mut [usize], start: usize) -> usize {
    let mut at = start;
    while parent[at] != at {
        parent[at] = parent[parent[at]];
        at = parent[at];
    }
    at
}
