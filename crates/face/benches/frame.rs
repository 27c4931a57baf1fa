//! CPU time of one frame's analysis, stage by stage, as JSON: medians in milliseconds over all threads of this process.
//!
//! `cargo bench -p face --bench frame -- PICTURE [RUNS]`; the default picture is the counter's frame of the fixtures. The peer is measured
//! by `tools/bench/opencv_frame.py` in the same run of `tools/bench/frame.sh`.

use face::{Engine, Image, PackSource};
use std::path::{Path, PathBuf};
use testkit::cpu;

fn median_ms(runs: usize, mut stage: impl FnMut()) -> f64 {
    for _ in 0..3 {
        stage();
    }
    let mut times: Vec<f64> = (0..runs)
        .map(|_| {
            let start = cpu::spent();
            stage();
            cpu::spent().saturating_sub(start).as_secs_f64() * 1e3
        })
        .collect();
    times.sort_by(f64::total_cmp);
    (times[runs / 2] * 100.0).round() / 100.0
}

#[expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut args = std::env::args().skip(1).filter(|a| !a.starts_with("--"));
    let picture = args.next().map_or_else(|| root.join("fixtures/counter-frame.jpg"), PathBuf::from);
    let runs = args.next().map_or(Ok(15), |n| n.parse())?;
    let engine = Engine::load(&PackSource::Folder(root.join("models")))?;
    let bytes = std::fs::read(picture)?;
    let image = Image::decode(&bytes)?;
    let faces = engine.detect(&image)?;
    let face = *face::detect::dominant(&faces, &image)?;
    let mesh = engine.mesh(&image, &face)?;

    let stages = serde_json::json!({
        "width": image.width(), "height": image.height(), "faces": faces.len(), "runs": runs,
        "decode_ms": median_ms(runs, || drop(std::hint::black_box(Image::decode(&bytes)))),
        "detect_ms": median_ms(runs, || drop(std::hint::black_box(engine.detect(&image)))),
        "mesh_ms": median_ms(runs, || drop(std::hint::black_box(engine.mesh(&image, &face)))),
        "quality_ms": median_ms(runs, || drop(std::hint::black_box(engine.quality(&image, &face, &[], &mesh)))),
        "template_ms": median_ms(runs, || drop(std::hint::black_box(engine.template(&image, &mesh, 0)))),
        "whole_ms": median_ms(runs, || drop(std::hint::black_box(Image::decode(&bytes).and_then(|i| engine.analyse(&i))))),
    });
    println!("{stages}");
    Ok(())
}
