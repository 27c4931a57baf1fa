//! Stills and videos of an index: JPEG, PNG and WebP pictures, Y4M and MJPEG films, folders of pictures, and what `ffmpeg` can read.

use super::session::Label;
use super::y4m;
use crate::code::Code;
use crate::error::{Error, Result};
use face::Image;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Pictures a second that are taken of a video.
const RATE: f32 = 15.0;
/// Largest video in bytes that is read, also of what `ffmpeg` sends.
const CLIP_BYTES_MAX: u64 = 2 * 1024 * 1024 * 1024;
/// A video is read for so long at most, in seconds.
const SECONDS_MAX: u32 = 20;
/// Endings of files that need `ffmpeg`.
const FOREIGN: [&str; 6] = ["mp4", "mov", "mkv", "webm", "avi", "m4v"];

/// A still or a video.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clip {
    /// The file, or a folder of pictures.
    pub path: PathBuf,
    /// Whether a person was there.
    pub label: Label,
    /// The kind of attack; empty for a person.
    pub species: String,
}

/// What an index names.
#[derive(Clone, Debug, Default)]
pub struct Index {
    /// What can be read.
    pub clips: Vec<Clip>,
    /// Files that need `ffmpeg`, which is not there.
    pub skipped: Vec<String>,
}

/// Reads `folder`'s `index.csv` with the columns `file`, `label` and `species`; rows of recorded sessions are left out, because those
/// are found by their own files. Nothing without an index.
///
/// # Errors
/// `index-…` codes, `file-outside-root`.
pub fn index(folder: &Path, ffmpeg: bool) -> Result<Index> {
    let path = folder.join("index.csv");
    let mut index = Index::default();
    if !path.is_file() {
        return Ok(index);
    }
    let broken = |why: String| Error::new(Code::IndexRowBroken, format!("{}: {why}", path.display()));
    let mut reader = csv::Reader::from_path(&path).map_err(|e| broken(e.to_string()))?;
    let head = reader.headers().map_err(|e| broken(e.to_string()))?.clone();
    let column = |name: &str| head.iter().position(|h| h.trim() == name);
    let (Some(file), Some(label)) = (column("file"), column("label")) else {
        let why = format!("{} needs the columns file and label", path.display());
        return Err(Error::new(Code::IndexColumnMissing, why));
    };
    for row in reader.records() {
        let row = row.map_err(|e| broken(e.to_string()))?;
        let cell = |at: Option<usize>| at.and_then(|at| row.get(at)).unwrap_or_default().trim();
        if cell(column("kind")) == "session" {
            continue;
        }
        let name = cell(Some(file));
        if !crate::dataset::stays_inside(name) {
            return Err(Error::new(Code::FileOutsideRoot, format!("{}: {name:?}", path.display())));
        }
        let label = match cell(Some(label)) {
            "bona_fide" | "bona-fide" => Label::BonaFide,
            "attack" => Label::Attack,
            other => return Err(broken(format!("{name:?} has the label {other:?}; it is bona_fide or attack"))),
        };
        let clip = Clip { path: folder.join(name), label, species: cell(column("species")).to_owned() };
        if foreign(&clip.path) && !ffmpeg {
            index.skipped.push(name.to_owned());
        } else {
            index.clips.push(clip);
        }
    }
    Ok(index)
}

fn foreign(path: &Path) -> bool {
    let ending = path.extension().and_then(OsStr::to_str).map(str::to_ascii_lowercase);
    ending.is_some_and(|e| FOREIGN.contains(&e.as_str()))
}

/// Whether `ffmpeg` can be run.
pub fn has_ffmpeg() -> bool {
    let mut run = Command::new("ffmpeg");
    run.arg("-version").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    run.status().is_ok_and(|status| status.success())
}

impl Clip {
    /// Its pictures with their times in ms, at most 15 a second and the first 20 seconds.
    ///
    /// # Errors
    /// `clip-invalid`, `picture-missing`.
    pub fn pictures(&self) -> Result<Vec<(u32, Image)>> {
        let named = |error: Error| Error::new(Code::ClipInvalid, format!("{}: {error}", self.path.display()));
        if self.path.is_dir() {
            return self.folder().map_err(named);
        }
        let bytes = if foreign(&self.path) { self.convert()? } else { self.bytes()? };
        if face::image::Format::of(&bytes).is_some() && !is_film(&self.path) {
            return Ok(vec![(0, Image::decode(&bytes).map_err(|e| named(e.into()))?)]);
        }
        y4m::read(&bytes, RATE).map_err(named)
    }

    fn bytes(&self) -> Result<Vec<u8>> {
        let missing = |why: String| Error::new(Code::PictureMissing, format!("{}: {why}", self.path.display()));
        let size = std::fs::metadata(&self.path).map_err(|e| missing(e.to_string()))?.len();
        if size > CLIP_BYTES_MAX {
            return Err(Error::new(Code::ClipInvalid, format!("{}: {size} bytes", self.path.display())));
        }
        std::fs::read(&self.path).map_err(|e| missing(e.to_string()))
    }

    /// The pictures of a folder in the order of their names, 15 a second.
    fn folder(&self) -> Result<Vec<(u32, Image)>> {
        let missing = |e: std::io::Error| Error::new(Code::PictureMissing, e.to_string());
        let entries = std::fs::read_dir(&self.path).map_err(missing)?;
        let mut paths: Vec<PathBuf> = entries.map(|e| Ok(e.map_err(missing)?.path())).collect::<Result<_>>()?;
        paths.sort();
        let picture = |(number, path): (usize, &PathBuf)| {
            let bytes = std::fs::read(path).map_err(missing)?;
            Ok(((number as f32 * 1000.0 / RATE) as u32, Image::decode(&bytes)?))
        };
        paths.iter().take(crate::limits::SESSION_FRAMES_MAX).enumerate().map(picture).collect()
    }

    /// The video as Y4M, by `ffmpeg`, at most 640 pixels high.
    fn convert(&self) -> Result<Vec<u8>> {
        let failed = |why: String| Error::new(Code::ClipInvalid, format!("{}: {why}", self.path.display()));
        let filter = format!("fps={RATE},scale=-2:'min(640,ih)'");
        let run = Command::new("ffmpeg")
            .args(["-v", "error", "-nostdin", "-t"])
            .arg(SECONDS_MAX.to_string())
            .arg("-i")
            .arg(&self.path)
            .args(["-vf", &filter, "-pix_fmt", "yuv420p", "-f", "yuv4mpegpipe", "-"])
            .stdin(Stdio::null())
            .output()
            .map_err(|e| failed(format!("ffmpeg could not be run: {e}")))?;
        if run.status.success() {
            Ok(run.stdout)
        } else {
            Err(failed(String::from_utf8_lossy(&run.stderr).into_owned()))
        }
    }
}

/// Rows of JPEG files look like one JPEG file; only the name tells.
fn is_film(path: &Path) -> bool {
    path.extension().and_then(OsStr::to_str).is_some_and(|e| matches!(e, "mjpeg" | "mjpg" | "y4m"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, ffmpeg: bool) -> Result<Index> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("index.csv"), text).unwrap();
        index(folder.path(), ffmpeg)
    }

    #[test]
    fn what_needs_ffmpeg_is_named_when_it_is_not_there() {
        let text = "file,kind,label,species\na.mp4,video,bona_fide,\nb.jpg,still,attack,screen\nc,session,attack,x\n";
        let found = read(text, false).unwrap();
        assert_eq!((found.clips.len(), found.skipped.as_slice()), (1, &["a.mp4".to_owned()][..]));
        assert_eq!((found.clips[0].label, found.clips[0].species.as_str()), (Label::Attack, "screen"));
        assert_eq!(read(text, true).unwrap().clips.len(), 2);
    }

    #[test]
    fn rows_that_cannot_be_understood_stop_the_run() {
        let code = |text: &str| read(text, false).unwrap_err().code();
        assert_eq!(code("file,label\na.jpg,perhaps\n"), "index-row-broken");
        assert_eq!(code("file,label\n../a.jpg,attack\n"), "file-outside-root");
        assert_eq!(code("file,species\na.jpg,x\n"), "index-column-missing");
        assert!(index(Path::new("nowhere"), false).unwrap().clips.is_empty());
    }
}
