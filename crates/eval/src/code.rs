//! The stable codes of every refusal of the lab, in one table from which `docs/ERRORS.md` is generated.

use face::code::{Exit, Row};
use serde::{Serialize, Serializer};

macro_rules! codes {
    ($($name:ident $code:literal $exit:ident $meaning:literal $action:literal;)+) => {
        /// A stable refusal code of the lab.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Code { $(#[doc = $meaning] $name,)+ }

        /// The table of all codes of this crate, in the order of [`Code`].
        pub const TABLE: &[Row] = &[$(Row { code: $code, exit: Exit::$exit, meaning: $meaning, action: $action },)+];
    };
}

codes! {
    RootNotFound "root-not-found" BadInput "The folder named with --root does not exist." "Name the folder that holds the pictures.";
    IndexNotFound "index-not-found" BadInput "The index file does not exist or cannot be read." "Name a CSV file, as a path inside --root or as a path of its own.";
    IndexTooLarge "index-too-large" BadInput "The index has more than 5 million rows or names more than 500,000 pictures." "Split the data set.";
    IndexColumnMissing "index-column-missing" BadInput "The index lacks a column that this protocol needs." "Add the column; its name must stand in the first line.";
    IndexHeaderInvalid "index-header-invalid" BadInput "The first line of the index names a column twice, or has an empty or far too many names." "Correct the first line.";
    IndexRowBroken "index-row-broken" BadInput "A row of the index cannot be understood; the message names the line." "Correct the row; `near_duplicate` and `same` are 0 or 1, ages are years from 0 to 150.";
    IndexFieldTooLong "index-field-too-long" BadInput "A field of the index is longer than 4,096 bytes; a quotation mark may be missing." "Correct the row that the message names.";
    IndexEmpty "index-empty" BadInput "The index has no row that can be used." "Check the file; rows marked as near duplicates are left out.";
    IndexLabelsDisagree "index-labels-disagree" BadInput "Two rows of the index contradict each other about who is who." "Correct the labels that the message names.";
    FileOutsideRoot "file-outside-root" BadInput "A picture lies outside the folder named with --root." "Use paths relative to --root, without `..` and without links that leave it.";
    PictureMissing "picture-missing" BadInput "A picture that the index names does not exist or cannot be read." "Copy the picture to its place or take the row out of the index.";
    OptionOutOfRange "option-out-of-range" BadInput "An option has a value that makes no sense." "Correct the option that the message names.";
    AgesMissing "ages-missing" BadInput "The protocol asks for ages, but the index has no usable `age` column." "Add the column `age`, or leave --min-age and --min-gap out.";
    NoGenuineComparisons "no-genuine-comparisons" BadInput "The protocol yields no comparison of two pictures of one person." "Add pictures, or relax --min-age and --min-gap.";
    NoImpostorComparisons "no-impostor-comparisons" BadInput "The protocol yields no comparison of two persons." "Add persons, or relax --min-age.";
    NothingScored "nothing-scored" BadInput "Every genuine or every impostor comparison was refused, so no rate can be given." "Look at the failures to enrol: the pictures do not suit the engine.";
    TooManyComparisons "too-many-comparisons" BadInput "The protocol yields more than 300 million comparisons." "Take a part of the data set, or fewer persons.";
    ScoreNotFinite "score-not-finite" Failed "The engine gave a score that is not a number." "Run `countenance doctor`; make the calibration again.";
    CacheUnusable "cache-unusable" Failed "The cache folder cannot be made or written." "Name another folder with --cache, or check rights and free space.";
    WriteFailed "write-failed" Failed "A result could not be written; nothing was left half-written." "Check the folder, its rights and the free space.";
    OutcomeInvalid "outcome-invalid" BadInput "A file given to the report is not an outcome of an earlier run of this version." "Make it again with `countenance eval ... --json`.";
    TooLittleData "too-little-data" BadInput "A data set holds too few comparisons to fit a calibration." "Name larger data sets.";
    PortraitUnusable "portrait-unusable" BadInput "Sessions cannot be made of a portrait: it shows no single face that looks at the camera, or a small one." "Take a portrait of one person from the front, with at least 24 pixels between the eyes.";
    SessionInvalid "session-invalid" BadInput "A recorded session cannot be read, or is not one of this version." "Make it again with `countenance attack-kit`, or take its folder out.";
    ClipInvalid "clip-invalid" BadInput "A video cannot be read: it is not a whole Y4M or MJPEG file, or too large." "Convert it, for example with `ffmpeg -i in.mp4 out.y4m`.";
    NothingToMeasure "nothing-to-measure" BadInput "The folders hold no recorded session and no index of pictures and videos." "Name folders that `countenance attack-kit` made, or that have an `index.csv`.";
    PlotFailed "plot-failed" Failed "A plot could not be drawn." "Report the outcome file that led to it.";
}

impl Code {
    /// The code's row in [`TABLE`].
    pub fn row(self) -> &'static Row {
        &TABLE[self as usize]
    }

    /// The stable text of the code.
    pub fn as_str(self) -> &'static str {
        self.row().code
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_hyphenated_and_apart_from_the_engines() {
        let mut seen: std::collections::BTreeSet<_> = face::code::TABLE.iter().map(|row| row.code).collect();
        for row in TABLE {
            assert!(row.code.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'), "{}", row.code);
            assert!(seen.insert(row.code), "{} stands twice", row.code);
            assert!(row.meaning.ends_with('.') && row.action.ends_with('.'), "{}", row.code);
        }
    }

    #[test]
    fn a_code_finds_its_own_row() {
        assert_eq!(Code::RootNotFound.as_str(), "root-not-found");
        assert_eq!(Code::PlotFailed.as_str(), "plot-failed");
    }
}
