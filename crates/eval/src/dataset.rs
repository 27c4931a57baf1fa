//! Data sets: the pictures, persons, ages, groups and pairs that an index names. Strict: a row that cannot be understood stops the run.

pub mod identities;
pub mod pairs;

use crate::code::Code;
use crate::error::{Error, Result};
use crate::limits::{GROUP_LABELS_MAX, PICTURES_MAX};
use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};

/// Marks a picture without a label in a group column.
pub const NO_LABEL: u16 = u16::MAX;

/// One picture of a data set.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    /// Path relative to the root, as the index has it.
    pub file: String,
    /// The line of the index that first names it.
    pub line: u64,
    /// Index into [`DataSet::persons`].
    pub person: u32,
    /// Age of the person in the picture in years.
    pub age_years: Option<f64>,
    /// One index into [`Column::labels`] a column, or [`NO_LABEL`].
    pub labels: Vec<u16>,
}

/// A column of the index whose labels divide the pictures into groups.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Name of the column.
    pub name: String,
    /// Its labels in the order of their first use.
    pub labels: Vec<String>,
}

/// A comparison that the index asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair {
    /// Index of the probe in [`DataSet::pictures`].
    pub first: u32,
    /// Index of the reference.
    pub second: u32,
    /// Whether both show one person.
    pub same: bool,
    /// Fold of the protocol; 0 when the index has no folds.
    pub fold: u32,
}

/// What an index says.
#[derive(Clone, Debug)]
pub struct DataSet {
    /// Last part of the root's path: the name in reports.
    pub name: String,
    /// The folder of the pictures.
    pub root: PathBuf,
    /// File name of the index.
    pub index: String,
    /// SHA-256 of the index, so that a report can be tied to it.
    pub index_sha256: String,
    /// The pictures in the order of the index.
    pub pictures: Vec<Picture>,
    /// Names of the persons; only their number and identity matter here.
    pub persons: Vec<String>,
    /// Group columns.
    pub columns: Vec<Column>,
    /// Columns with too many labels to be groups.
    pub ignored_columns: Vec<String>,
    /// The pairs of a pair index; empty for an index of identities.
    pub pairs: Vec<Pair>,
    /// Rows left out because they are marked as near duplicates.
    pub near_duplicates: usize,
}

impl DataSet {
    /// Whether any picture has an age.
    pub fn has_ages(&self) -> bool {
        self.pictures.iter().any(|picture| picture.age_years.is_some())
    }

    /// Years between two pictures by the ages of the persons in them.
    pub fn gap_years(&self, a: u32, b: u32) -> Option<f64> {
        let age = |at: u32| self.pictures[at as usize].age_years;
        Some((age(a)? - age(b)?).abs())
    }
}

/// The folder `root` and the index as found: `index` inside `root` first, then as a path of its own.
///
/// # Errors
/// `root-not-found`, `index-not-found`.
pub fn locate(root: &Path, index: &Path) -> Result<PathBuf> {
    if !root.is_dir() {
        return Err(Error::new(Code::RootNotFound, format!("{} is not a folder", root.display())));
    }
    [root.join(index), index.to_owned()].into_iter().find(|path| path.is_file()).ok_or_else(|| {
        let place = root.join(index);
        Error::new(Code::IndexNotFound, format!("neither {} nor {} is a file", place.display(), index.display()))
    })
}

fn open(path: &Path) -> Result<std::fs::File> {
    std::fs::File::open(path)
        .map_err(|error| Error::new(Code::IndexNotFound, format!("{} cannot be read: {error}", path.display())))
}

fn folder_name(root: &Path) -> String {
    let whole = root.canonicalize().unwrap_or_else(|_| root.to_owned());
    whole.file_name().map_or_else(|| "data".to_owned(), |name| name.to_string_lossy().into_owned())
}

/// Whether `file` names something below the root: relative, and every part an ordinary name.
pub(crate) fn stays_inside(file: &str) -> bool {
    let plain = Path::new(file).components().all(|part| matches!(part, Component::Normal(_)));
    plain && !file.is_empty() && !file.contains(['\0', '\\']) && file.split('/').all(|part| part != "." && part != "..")
}

/// Gives each text a number in the order of first use.
#[derive(Default)]
struct Names {
    numbers: HashMap<String, u32>,
    names: Vec<String>,
}

impl Names {
    fn number(&mut self, name: &str) -> u32 {
        if let Some(&number) = self.numbers.get(name) {
            return number;
        }
        let number = self.names.len() as u32;
        self.numbers.insert(name.to_owned(), number);
        self.names.push(name.to_owned());
        number
    }
}

fn too_many_pictures(count: usize) -> Result<()> {
    if count > PICTURES_MAX {
        return Err(Error::new(Code::IndexTooLarge, format!("the index names more than {PICTURES_MAX} pictures")));
    }
    Ok(())
}

/// Drops the columns that have too many labels to be groups, or just one; returns the kept columns and the names of the dropped.
fn keep_groups(pictures: &mut [Picture], columns: Vec<Column>) -> (Vec<Column>, Vec<String>) {
    let keep: Vec<bool> = columns.iter().map(|c| (2..=GROUP_LABELS_MAX).contains(&c.labels.len())).collect();
    for picture in pictures {
        let mut at = 0;
        picture.labels.retain(|_| {
            at += 1;
            keep[at - 1]
        });
    }
    let dropped = columns.iter().zip(&keep).filter(|(_, kept)| !**kept).map(|(c, _)| c.name.clone()).collect();
    let kept = columns.into_iter().zip(keep).filter(|(_, kept)| *kept).map(|(c, _)| c).collect();
    (kept, dropped)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_that_leave_the_root_are_seen() {
        for bad in
            ["", "/etc/passwd", "../a.jpg", "a/../../b.jpg", "a/..", "./a.jpg", "a\0.jpg", "a\\..\\b.jpg", "a/./b"]
        {
            assert!(!stays_inside(bad), "{bad:?}");
        }
        for good in ["a.jpg", "a/b.jpg", "..a/b..jpg", "孙中山/1.png"] {
            assert!(stays_inside(good), "{good:?}");
        }
    }

    #[test]
    fn a_root_or_index_that_is_not_there_has_its_code() {
        let folder = tempfile::tempdir().unwrap();
        let code = |root: &Path| locate(root, Path::new("no.csv")).unwrap_err().code();
        assert_eq!(code(&folder.path().join("x")), "root-not-found");
        assert_eq!(code(folder.path()), "index-not-found");
    }
}
