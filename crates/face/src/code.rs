//! The stable codes of every refusal of this crate, in one table from which `docs/ERRORS.md` is generated.

use serde::{Serialize, Serializer};

/// How a program ends; the number is the process exit status. Statuses 0 to 2 are answers, the rest are refusals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Same person at the requested false-match rate, or the command did its work.
    Match = 0,
    /// Not the same person at the requested false-match rate.
    NoMatch = 1,
    /// The comparison cannot tell.
    Inconclusive = 2,
    /// The picture was read, but it cannot be used: face count, size or quality.
    Refused = 3,
    /// The input or the command line is wrong.
    BadInput = 4,
    /// The installation is broken: pack, models or calibration.
    BrokenInstallation = 5,
    /// A result could not be written or an internal step failed.
    Failed = 6,
}

/// One row of a code table.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The stable code, lower case with hyphens.
    pub code: &'static str,
    /// How a program ends with it.
    pub exit: Exit,
    /// What it means.
    pub meaning: &'static str,
    /// What to do about it.
    pub action: &'static str,
}

macro_rules! codes {
    ($($name:ident $code:literal $exit:ident $meaning:literal $action:literal;)+) => {
        /// A stable refusal code of the engine.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Code { $(#[doc = $meaning] $name,)+ }

        /// The table of all codes of this crate, in the order of [`Code`].
        pub const TABLE: &[Row] = &[$(Row { code: $code, exit: Exit::$exit, meaning: $meaning, action: $action },)+];
    };
}

codes! {
    ImageEmpty "image-empty" BadInput "The picture has no bytes." "Send the file again; check that the upload finished.";
    ImageTooLarge "image-too-large" BadInput "The file is larger than 32 MiB." "Send a JPEG, PNG or WebP picture of less than 32 MiB.";
    ImageTooManyPixels "image-too-many-pixels" BadInput "The picture has more than 50 million pixels or a side longer than 16,384 pixels." "Scale the picture down.";
    ImageTooSmall "image-too-small" BadInput "A side of the picture is shorter than 48 pixels." "Send the original picture, not a thumbnail.";
    ImageTooComplex "image-too-complex" BadInput "The picture would take too long or too much memory to decode." "Save it again as a baseline JPEG or as a PNG of 8 bits.";
    ImageUnsupported "image-unsupported" BadInput "The file is not a JPEG, PNG, WebP or JPEG 2000 picture, or it is animated or of a rare form." "Convert it to an ordinary JPEG, PNG or WebP file.";
    ImageTruncated "image-truncated" BadInput "The file ends before the picture is complete." "Send the file again; check that the upload finished.";
    ImageCorrupt "image-corrupt" BadInput "The file is damaged." "Take or export the picture again.";
    NoFace "no-face" Refused "No face was found." "Look at the camera; have light on the face; take off what covers it.";
    SeveralFaces "several-faces" Refused "Several faces are about equally large, so it is not clear whose is meant." "Let one person stand alone before the camera, or cut the picture to one face.";
    FaceTooSmall "face-too-small" Refused "The face has too few pixels." "Come closer to the camera.";
    FaceCut "face-cut" Refused "The face is cut off by the edge of the picture." "Move to the middle of the picture.";
    FaceTurned "face-turned" Refused "The face is turned too far from the camera." "Look straight at the camera.";
    QualityTooLow "quality-too-low" Refused "The picture is too poor to compare." "Follow the instructions of the lowest measures.";
    NothingToCompare "nothing-to-compare" BadInput "A comparison needs at least one live picture and one portrait." "Name both.";
    TooManyImages "too-many-images" BadInput "A comparison takes at most 16 live pictures and 16 portraits." "Name fewer.";
    FmrOutOfRange "fmr-out-of-range" BadInput "The requested false-match rate is outside what the calibration covers." "Ask for a rate between the two that `countenance doctor` prints.";
    AgeOutOfRange "age-out-of-range" BadInput "A portrait's age is not a number from 0 to 150 years." "Correct the date of the portrait.";
    TemplatePackMismatch "template-pack-mismatch" BadInput "The templates were made by different packs and cannot be compared." "Make the older template again with the present pack.";
    TemplateCorrupt "template-corrupt" BadInput "The template's bytes are damaged." "Make the template again from the picture.";
    PackNotFound "pack-not-found" BrokenInstallation "The pack's folder or manifest is missing." "Name the folder that holds manifest.toml with --pack.";
    PackManifestInvalid "pack-manifest-invalid" BrokenInstallation "The manifest has an unknown, missing or impossible entry." "Correct the entry that the message names.";
    PackLicenceMissing "pack-licence-missing" BrokenInstallation "A model has no licence in the manifest." "State the licence under which the model may be used.";
    PackFileMissing "pack-file-missing" BrokenInstallation "A model file that the manifest names is missing." "Copy the file into the pack's folder.";
    PackHashMismatch "pack-hash-mismatch" BrokenInstallation "A model file is not the one that the manifest names; it may be half downloaded." "Fetch the file again from its origin.";
    PackModelUnusable "pack-model-unusable" BrokenInstallation "A model cannot be run or does not have the inputs and outputs that the manifest states." "Correct the manifest or take another model.";
    CalibrationMissing "calibration-missing" BrokenInstallation "The pack has no calibration, so scores have no meaning." "Run `countenance eval calibrate` for this pack.";
    CalibrationInvalid "calibration-invalid" BrokenInstallation "The calibration file is damaged or has an unknown entry." "Run `countenance eval calibrate` again.";
    CalibrationOtherPack "calibration-other-pack" BrokenInstallation "The calibration was made for other models." "Run `countenance eval calibrate` for this pack.";
    InferenceFailed "inference-failed" Failed "A model failed while it ran." "Run `countenance doctor`; report the picture's format and size.";
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
    fn codes_are_unique_and_hyphenated() {
        let mut seen = std::collections::BTreeSet::new();
        for row in TABLE {
            assert!(row.code.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'), "{}", row.code);
            assert!(seen.insert(row.code), "{} stands twice", row.code);
            assert!(row.meaning.ends_with('.') && row.action.ends_with('.'), "{}", row.code);
        }
    }

    #[test]
    fn a_code_finds_its_own_row() {
        assert_eq!(Code::SeveralFaces.as_str(), "several-faces");
        assert_eq!(Code::InferenceFailed.row().exit, Exit::Failed);
    }
}
