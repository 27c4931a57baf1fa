//! What every cue says about a film, and what observing a picture costs: one JSON line for each folder of pictures, and for each film whose
//! observations were kept as JSON.
//!
//! `cargo run -p face --example film -- FPS FOLDER|FILE…`. The pictures of a folder are taken in the order of their names, as if one came
//! every 1000/FPS milliseconds; nothing was asked and no colour was shown. CPU time is of this process, in milliseconds a picture, without
//! decoding.

use face::live::{Challenge, Film, Way, cues};
use face::{Engine, Image, PackSource};
use std::path::{Path, PathBuf};

/// CPU time of all threads of this process in milliseconds, from the kernel's scheduler statistics.
fn cpu_ms() -> f64 {
    let threads = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let times = threads.filter_map(|t| {
        let text = std::fs::read_to_string(t.path().join("schedstat")).ok()?;
        text.split(' ').next()?.parse::<f64>().ok()
    });
    times.sum::<f64>() / 1e6
}

/// Observes the pictures of `folder`, and how long each took, the quickest first.
fn observed(engine: &Engine, fps: f64, folder: &Path) -> Result<(Film, Vec<f64>), Box<dyn std::error::Error>> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)?.filter_map(|e| Some(e.ok()?.path())).collect();
    paths.sort();
    let challenge = Challenge::draw(Way::default(), &[0; 32]);
    let mut film = Film { challenge, shown: Vec::new(), frames: Vec::new() };
    let mut spent = Vec::new();
    for (number, path) in paths.iter().enumerate() {
        let image = Image::decode(&std::fs::read(path)?)?;
        let start = cpu_ms();
        let seen = engine.observe(&image, (number as f64 * 1000.0 / fps) as u32, film.frames.last())?;
        spent.push(cpu_ms() - start);
        film.frames.push(seen);
    }
    spent.sort_by(f64::total_cmp);
    Ok((film, spent))
}

#[expect(clippy::print_stdout, reason = "an example prints what it finds")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let engine = Engine::load_uncalibrated(&PackSource::Folder(root.join("models")))?;
    let mut args = std::env::args().skip(1);
    let fps: f64 = args.next().ok_or("how many pictures a second?")?.parse()?;
    for folder in args.map(PathBuf::from) {
        let (film, spent) = if folder.is_file() {
            (serde_json::from_slice(&std::fs::read(&folder)?)?, Vec::new())
        } else {
            observed(&engine, fps, &folder)?
        };
        let bytes: usize = film.frames.iter().filter_map(|f| serde_json::to_vec(f).ok()).map(|v| v.len()).sum();
        let start = cpu_ms();
        let cues = cues::all(&film);
        let judged = cpu_ms() - start;
        let n = film.frames.len().max(1);
        let mean = spent.iter().sum::<f64>() / n as f64;
        let said: serde_json::Map<String, serde_json::Value> = cues
            .iter()
            .filter_map(|c| {
                let said = c.value.map_or(serde_json::json!(c.why), |v| serde_json::json!((v * 100.0).round() / 100.0));
                Some((serde_json::to_value(c.kind).ok()?.as_str()?.to_owned(), said))
            })
            .collect();
        let line = serde_json::json!({
            "film": folder.file_name().map(|n| n.to_string_lossy()), "pictures": n, "faces": film.frames.iter().filter(|f| f.mesh.is_some()).count(),
            "mean_ms": (mean * 10.0).round() / 10.0, "median_ms": (spent.get(n / 2).unwrap_or(&0.0) * 10.0).round() / 10.0,
            "cues_ms": judged.round(), "bytes": bytes / n, "cues": said,
        });
        println!("{line}");
    }
    Ok(())
}
