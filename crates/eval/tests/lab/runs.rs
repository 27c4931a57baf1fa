//! Whole runs: figures by hand, refusals, cache, scores file, report.

use crate::fakes::{Counter, FakeEngine, common, data_set};
use eval::collect::Policy;
use eval::{Analyse, IdentitiesOptions, PairsOptions, Quiet, Summary, run_identities, run_pairs};
use std::path::Path;
use std::sync::atomic::Ordering;

/// Two persons around 0 and 100, a third near the first, one refused picture and one without a face.
const PICTURES: [(&str, &str); 8] = [
    ("a1", "0.0 80"),
    ("a2", "0.5 70"),
    ("a3", "4.0 20"),
    ("b1", "100 90"),
    ("b2", "100.5 90 face-turned"),
    ("c1", "0.75 60"),
    ("c2", "none"),
    ("d,1", "50 10"),
];
const INDEX: &str = "file,person,group,age\na1,a,x,20\na2,a,x,30\na3,a,x,45\nb1,b,y,20\nb2,b,y,21\nc1,c,x,50\nc2,c,x,51\n\"d,1\",d,y,33\n";

fn identities(root: &Path, portraits: usize) -> IdentitiesOptions {
    let common = common(root);
    IdentitiesOptions { common, portraits, min_age_years: 0.0, min_gap_years: 0.0, all_pairs: false }
}

fn all_pairs(root: &Path) -> IdentitiesOptions {
    IdentitiesOptions { all_pairs: true, ..identities(root, 1) }
}

#[test]
fn all_pairs_figures_by_hand() {
    let folder = data_set(INDEX, &PICTURES);
    let summary = run_identities(&FakeEngine::default(), &all_pairs(folder.path()), &Quiet).unwrap();
    // Genuine: a1a2 9.5, a1a3 6, a2a3 6.5; b1b2 refused with 9.5; c1c2 refused without a score.
    let headline = &summary.headline;
    assert_eq!((headline.genuine, headline.fnmr_at_90.hits), (3, 2));
    // Impostor, not refused: 6 usable pictures make 15 pairs, less the 3 genuine; a1c1 9.25 and a2c1 9.75 match, a3c1 6.75 does not.
    assert_eq!((headline.impostor, headline.fmr_at_90.hits), (12, 2));
    let generalised = &summary.generalised;
    assert_eq!((generalised.genuine, generalised.fnmr_at_90.hits), (5, 4));
    assert_eq!((generalised.impostor, generalised.fmr_at_90.hits), (23, 2));
    let ignored = &summary.quality_ignored;
    assert_eq!((ignored.genuine, ignored.fnmr_at_90.hits), (5, 3));
    assert_eq!((summary.genuine_refused, summary.impostor_refused), (2, 11));
    assert_eq!(
        summary.enrolment.by_code.iter().map(|(c, n)| (c.as_str(), *n)).collect::<Vec<_>>(),
        [("face-turned", 1), ("no-face", 1)]
    );
    assert_eq!(summary.enrolment.without_template, 1);
    // Group x (a and c): 3 impostor pairs within, 2 match.
    let x = summary.groups.iter().find(|group| group.label == "x").unwrap();
    assert_eq!((x.fmr_at_90.hits, x.fmr_at_90.trials, x.persons), (2, 3, 2));
    // Gaps of 10, 25 and 15 years: one match of three in the bins.
    let bins: Vec<_> = summary.ageing.iter().map(|bin| (bin.years.as_str(), bin.fnmr_at_90.hits)).collect();
    assert_eq!(bins, [("10-20", 1), ("20+", 1)]);
    assert_eq!(summary.costs.len(), 2);
    assert!((summary.costs[0].median_ms - 1.0).abs() < 1e-9);
    assert_eq!(summary.similarity.genuine.iter().sum::<u64>(), 3);
    assert_eq!(summary.similarity.impostor.iter().sum::<u64>(), 12);
}

/// Anyone can recompute the figures from the scores file.
#[test]
fn the_scores_file_carries_every_figure() {
    let folder = data_set(INDEX, &PICTURES);
    let mut options = identities(folder.path(), 2);
    let scores = folder.path().join("scores.csv");
    options.common.scores = Some(scores.clone());
    let summary = run_identities(&FakeEngine::default(), &options, &Quiet).unwrap();
    let mut reader = csv::Reader::from_path(&scores).unwrap();
    assert_eq!(reader.headers().unwrap(), vec!["probe", "reference", "same", "similarity", "llr", "refused"]);
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let accepted = |same: &str| rows.iter().filter(|r| &r[2] == same && r[5].is_empty()).collect::<Vec<_>>();
    let reach = |row: &&csv::StringRecord| row[3].parse::<f64>().unwrap() >= 90.0;
    assert_eq!(accepted("0").len() as u64, summary.headline.impostor);
    assert_eq!(accepted("1").len() as u64, summary.headline.genuine);
    assert_eq!(accepted("0").into_iter().filter(reach).count() as u64, summary.headline.fmr_at_90.hits);
    let matched = accepted("1").into_iter().filter(reach).count() as u64;
    assert_eq!(summary.headline.genuine - matched, summary.headline.fnmr_at_90.hits);
    assert_eq!(rows.len() as u64, summary.generalised.genuine + summary.generalised.impostor);
    // Refused for quality, yet scored; without a face, no score; two references; a quoted name.
    assert!(rows.iter().any(|r| &r[5] == "face-turned" && r[4].parse::<f32>().is_ok()));
    assert!(rows.iter().all(|r| (&r[5] == "no-face") == r[4].is_empty() && r[3].is_empty() == r[4].is_empty()));
    assert!(rows.iter().any(|r| r[1].split('+').count() == 2));
    assert!(rows.iter().any(|r| &r[0] == "d,1"));
    // A refused portrait leaves its set: nobody but the refused probe itself is compared with b2 where b1 is there too.
    assert!(rows.iter().all(|r| !r[1].contains("b2") || (&r[0] == "b1" && &r[5] == "face-turned")));
}

#[test]
fn several_portraits_are_set_against_one() {
    let folder = data_set(INDEX, &PICTURES);
    let summary = run_identities(&FakeEngine::default(), &identities(folder.path(), 3), &Quiet).unwrap();
    let portraits = summary.portraits.unwrap();
    assert_eq!(portraits.one.genuine, summary.headline.genuine);
    let sizes: Vec<u8> = portraits.by_count.iter().map(|size| size.portraits).collect();
    assert_eq!(sizes, [1, 2, 3]);
    assert!(run_identities(&FakeEngine::default(), &identities(folder.path(), 1), &Quiet).unwrap().portraits.is_none());
}

#[test]
fn folds_follow_each_policy() {
    let index = "first,second,same,fold\nA/1,A/2,1,1\nA/1,B/1,0,1\nC/1,C/2,1,2\nC/1,D/1,0,2\nC/1,C/3,1,2\n";
    let pictures = [
        ("A/1", "0 50"),
        ("A/2", "1 50"),
        ("B/1", "9 50"),
        ("C/1", "0 50"),
        ("C/2", "1 50"),
        ("C/3", "1 50 face-cut"),
        ("D/1", "9 50"),
    ];
    let folder = data_set(index, &pictures);
    let options = PairsOptions { common: common(folder.path()), all_pairs: false };
    let summary = run_pairs(&FakeEngine::default(), &options, &Quiet).unwrap();
    let means: Vec<(Policy, f64)> = summary.folds.iter().map(|folds| (folds.refusals, folds.mean)).collect();
    assert_eq!(means[0], (Policy::Excluded, 1.0));
    assert!((means[1].1 - 5.0 / 6.0).abs() < 1e-12);
    assert_eq!(means[2], (Policy::Ignored, 1.0));
    assert!(summary.command.starts_with("countenance eval pairs --root "), "{}", summary.command);
    let all = PairsOptions { all_pairs: true, ..options };
    let summary = run_pairs(&FakeEngine::default(), &all, &Quiet).unwrap();
    assert_eq!(summary.generalised.genuine + summary.generalised.impostor, 21);
    assert!(summary.folds.is_empty());
}

#[test]
fn a_second_run_takes_everything_from_the_cache_and_a_damaged_entry_is_made_again() {
    let folder = data_set(INDEX, &PICTURES);
    let cache = folder.path().join("cache");
    let mut options = all_pairs(folder.path());
    options.common.cache = Some(cache.clone());
    let engine = FakeEngine::default();
    let first = run_identities(&engine, &options, &Quiet).unwrap();
    let second = run_identities(&engine, &options, &Quiet).unwrap();
    assert_eq!(engine.analysed.load(Ordering::Relaxed), 8);
    assert_eq!((first.from_cache, second.from_cache), (0, 8));
    assert_eq!(first.headline, second.headline);
    let entry = entries(&cache).pop().unwrap();
    let bytes = std::fs::read(&entry).unwrap();
    std::fs::write(&entry, &bytes[..bytes.len() / 2]).unwrap();
    let third = run_identities(&engine, &options, &Quiet).unwrap();
    assert_eq!((third.from_cache, engine.analysed.load(Ordering::Relaxed)), (7, 9));
    assert_eq!(std::fs::read(&entry).unwrap(), bytes);
}

fn entries(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(entries(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

#[test]
fn a_broken_engine_stops_the_run_and_what_was_done_stays_in_the_cache() {
    let mut pictures = PICTURES.to_vec();
    pictures[7] = ("d,1", "broken");
    let folder = data_set(INDEX, &pictures);
    let mut options = all_pairs(folder.path());
    options.common.scores = Some(folder.path().join("scores.csv"));
    let error = run_identities(&FakeEngine::default(), &options, &Quiet).unwrap_err();
    assert_eq!(error.code(), "inference-failed");
    let left: Vec<_> = entries(folder.path()).into_iter().filter(|p| p.to_string_lossy().contains("scores")).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn progress_reaches_its_end() {
    let folder = data_set(INDEX, &PICTURES);
    let counter = Counter::default();
    run_identities(&FakeEngine::default(), &identities(folder.path(), 2), &counter).unwrap();
    assert_eq!(counter.steps.load(Ordering::Relaxed), counter.expected.load(Ordering::Relaxed));
    assert_eq!(counter.steps.load(Ordering::Relaxed), 24);
}

#[test]
fn runs_that_cannot_give_rates_have_their_codes() {
    let code = |index: &str, pictures: &[(&str, &str)]| {
        let folder = data_set(index, pictures);
        run_identities(&FakeEngine::default(), &all_pairs(folder.path()), &Quiet).unwrap_err().code()
    };
    assert_eq!(code("file,person\na,1\nb,2\n", &[("a", "1"), ("b", "2")]), "no-genuine-comparisons");
    assert_eq!(code("file,person\na,1\nb,1\n", &[("a", "1"), ("b", "2")]), "no-impostor-comparisons");
    let three = "file,person\na,1\nb,1\nc,2\n";
    assert_eq!(code(three, &[("a", "1"), ("b", "none"), ("c", "1")]), "nothing-scored");
    assert_eq!(code(three, &[("a", "1"), ("c", "1")]), "picture-missing");
    assert_eq!(code(three, &[("a", "1"), ("b", "NaN"), ("c", "1")]), "score-not-finite");
    let folder = data_set(three, &[("a", "1"), ("b", "1"), ("c", "1")]);
    let options = IdentitiesOptions { portraits: 2, ..all_pairs(folder.path()) };
    assert_eq!(run_identities(&FakeEngine::default(), &options, &Quiet).unwrap_err().code(), "option-out-of-range");
    let mut options = all_pairs(folder.path());
    options.common.scores = Some(folder.path().join("no/such/folder.csv"));
    let engine = FakeEngine::default();
    assert_eq!(run_identities(&engine, &options, &Quiet).unwrap_err().code(), "write-failed");
    assert_eq!(engine.analysed.load(Ordering::Relaxed), 0, "the scores file is tried before the long work");
}

#[cfg(unix)]
#[test]
fn a_link_that_leaves_the_root_is_refused() {
    let outside = tempfile::NamedTempFile::new().unwrap();
    let folder = data_set("file,person\na,1\nb,1\nc,2\n", &[("b", "1"), ("c", "1")]);
    std::os::unix::fs::symlink(outside.path(), folder.path().join("a")).unwrap();
    let error = run_identities(&FakeEngine::default(), &all_pairs(folder.path()), &Quiet).unwrap_err();
    assert_eq!(error.code(), "file-outside-root");
}

#[test]
fn the_outcome_goes_through_json_and_becomes_a_page_that_needs_nothing_else() {
    let index = INDEX.replace(",x,", ",<script>alert(1)</script>,");
    let folder = data_set(&index, &PICTURES);
    let summary = run_identities(&FakeEngine::default(), &identities(folder.path(), 2), &Quiet).unwrap();
    let file = folder.path().join("outcome.json");
    eval::write_whole(&file, summary.to_json().unwrap().as_bytes()).unwrap();
    let read = Summary::read(&file).unwrap();
    assert_eq!(read.headline, summary.headline);
    let page = eval::report::html("Evaluation <of> a pack", &[read.clone(), read]).unwrap();
    assert!(page.contains("Of 10,000 strangers about "));
    assert!(!page.contains("<script"), "labels must be escaped");
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
    for outside in ["http://", "https://", "src=", "@import", "url("] {
        assert!(!page.contains(outside), "{outside}");
    }
    assert_eq!(page.matches("<svg").count(), page.matches("</svg>").count());
    assert_eq!(page.matches("<svg").count(), 8);
    assert!(page.contains("One portrait against several") && page.contains("too few to say"));
    let text = eval::text::text(&summary);
    assert!(text.contains("similarity 90: FMR") && text.lines().all(|line| !line.is_empty()), "{text}");
}

#[test]
fn outcomes_that_are_none_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("outcome.json");
    assert_eq!(Summary::read(&file).unwrap_err().code(), "outcome-invalid");
    for text in ["", "{}", "[1]", "{\"schema\": 9}"] {
        std::fs::write(&file, text).unwrap();
        assert_eq!(Summary::read(&file).unwrap_err().code(), "outcome-invalid");
    }
    assert_eq!(eval::report::html("x", &[]).unwrap_err().code(), "outcome-invalid");
}

/// An engine that waits for another thread pool, as inference does, and notices when its thread begins another picture meanwhile.
struct Waiting {
    pool: rayon::ThreadPool,
    busy: std::sync::Mutex<std::collections::HashSet<std::thread::ThreadId>>,
}

impl Analyse for Waiting {
    fn key(&self) -> String {
        "waiting".to_owned()
    }

    fn pack(&self) -> String {
        "waiting".to_owned()
    }

    fn sample(&self, bytes: &[u8]) -> eval::Result<eval::Sample> {
        let me = std::thread::current().id();
        assert!(self.busy.lock().unwrap().insert(me), "a picture was begun inside another");
        self.pool.install(|| std::hint::black_box((0..200_000_u64).map(std::hint::black_box).sum::<u64>()));
        self.busy.lock().unwrap().remove(&me);
        FakeEngine::default().sample(bytes)
    }
}

#[test]
fn no_thread_works_on_two_pictures_at_once() {
    let names: Vec<String> = (0..60).map(|at| format!("{at}")).collect();
    let rows: Vec<String> = names.iter().map(|name| format!("{name},{name}")).collect();
    let pictures: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "1")).collect();
    let folder = data_set(&format!("file,person\n{}\n", rows.join("\n")), &pictures);
    let data = eval::dataset::identities::read(folder.path(), Path::new("index.csv")).unwrap();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let engine = Waiting { pool, busy: std::sync::Mutex::default() };
    let wanted: Vec<u32> = (0..60).collect();
    let extracted = eval::extract::extract(&data, &wanted, &engine, None, &Quiet).unwrap();
    assert_eq!(extracted.samples.iter().flatten().count(), 60);
}
