//! `load PROGRAM [MINUTES]`: visits as an office makes them, against `countenance demo`, and how long one waits for the evidence.
//!
//! First one station, visit after visit; then 29 stations, each with one visit a minute. What is measured is the time from the last frame's
//! leaving the station to the opened evidence: the analysis of the frames, the comparison, the judgement and the evidence's coming back.

#![expect(clippy::disallowed_methods, reason = "a load generator lives in the time of clocks, and waits for it")]

mod api;
mod town;

use api::Api;
use serde_json::json;
use std::sync::Mutex;
use std::time::{Duration, Instant};
use town::{Town, Window};

/// Visits of the single station.
const ALONE: usize = 20;
/// Visits that warm the server up and are not counted.
const WARM: usize = 2;
/// Minutes of the second part, unless asked otherwise.
const MINUTES: u64 = 3;
/// From the issue: 95 of 100 within this, with one station and with all.
const AIM_ALONE: Duration = Duration::from_millis(600);
const AIM_ALL: Duration = Duration::from_millis(1500);
/// From the issue: most memory, bytes.
const AIM_MEMORY_MB: u64 = 400;

/// Runs both parts and prints what was measured.
pub(crate) fn run(words: &[&str]) -> Result<Vec<String>, String> {
    let (program, minutes) = match words {
        [program] => (*program, MINUTES),
        [program, minutes] => (*program, minutes.parse().map_err(|_| "MINUTES is a number".to_owned())?),
        _ => return Err("usage: load PROGRAM [MINUTES]".to_owned()),
    };
    let town = Town::begin(program)?;
    let windows = town.windows()?;
    let first = windows.first().ok_or("the town has no station")?;
    let mut alone = Vec::new();
    for number in 0..WARM + ALONE {
        let waited = visit(first)?;
        if number >= WARM {
            alone.push(waited);
        }
    }
    let alone = told("1 station, visit after visit", alone);
    let all = Mutex::new(Vec::new());
    let failed = Mutex::new(Vec::new());
    let count = windows.len() as u64;
    std::thread::scope(|scope| {
        for (number, window) in windows.iter().enumerate() {
            let (all, failed) = (&all, &failed);
            scope.spawn(move || {
                let begin = Instant::now() + Duration::from_mins(1) * number as u32 / count as u32;
                for minute in 0..minutes {
                    let at = begin + Duration::from_secs(60 * minute);
                    std::thread::sleep(at.saturating_duration_since(Instant::now()));
                    match visit(window) {
                        Ok(waited) => keep(all, waited),
                        Err(error) => keep(failed, error),
                    }
                }
            });
        }
    });
    let all = told(&format!("{count} stations, one visit a minute each, {minutes} minutes"), into(all));
    let memory = town.memory_mb()?;
    say(&format!("most memory of the server: {memory} MB (aim {AIM_MEMORY_MB})"));
    let mut problems = into(failed);
    for (what, reached, aim) in [("one station", alone, AIM_ALONE), ("all stations", all, AIM_ALL)] {
        if reached > aim {
            problems.push(format!("{what}: 95 of 100 within {} ms, not {}", reached.as_millis(), aim.as_millis()));
        }
    }
    if memory > AIM_MEMORY_MB {
        problems.push(format!("memory: {memory} MB, not {AIM_MEMORY_MB}"));
    }
    Ok(problems)
}

fn keep<T>(list: &Mutex<Vec<T>>, one: T) {
    list.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(one);
}

fn into<T>(list: Mutex<Vec<T>>) -> Vec<T> {
    list.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner)
}

#[expect(clippy::print_stdout, reason = "a task for developers talks to the terminal")]
fn say(text: &str) {
    println!("{text}");
}

/// Prints the median and the 95th percentile (nearest rank), and gives the second.
fn told(what: &str, mut waited: Vec<Duration>) -> Duration {
    waited.sort();
    let rank =
        |share: usize| waited.get((waited.len() * share).div_ceil(100).saturating_sub(1)).copied().unwrap_or_default();
    let (median, high) = (rank(50), rank(95));
    say(&format!(
        "{what}: {} visits, last frame to evidence: median {} ms, 95 of 100 within {} ms",
        waited.len(),
        median.as_millis(),
        high.as_millis()
    ));
    high
}

/// One visit from the number to the outcome; how long the clerk waited for the evidence.
fn visit(window: &Window) -> Result<Duration, String> {
    let Window { api, clerk, seat, station, number, frames } = window;
    let by = |path: &str, body: &serde_json::Value| api.post(path, body, clerk);
    let new =
        json!({"service": "household.identity-card", "variant": "collect", "channel": "counter", "station": station});
    let id = Api::text(&by("/visits", &new)?, "/id")?;
    by(&format!("/visits/{id}/claim"), &json!({"person": 0, "number": number}))?;
    by(&format!("/visits/{id}/consent"), &json!({"person": 0, "language": "zh-Hant"}))?;
    let task = api.get("/station/task", seat)?;
    let answer = json!({
        "visit": id, "person": 0, "agree": true,
        "consent": Api::text(&task, "/notice/consent")?, "notice_hash": Api::text(&task, "/notice/hash")?,
    });
    api.post("/station/consent", &answer, seat)?;
    by(&format!("/visits/{id}/capture"), &json!({"person": 0}))?;
    let camera = api.post("/station/camera", &json!({"visit": id, "person": 0}), seat)?;
    let nonce = Api::text(&camera, "/nonce")?;
    let sent = Instant::now();
    api.frames(&nonce, frames, seat)?;
    let evidence = by(&format!("/visits/{id}/judgement"), &json!({"person": 0, "answer": "same"}))?;
    let waited = sent.elapsed();
    Api::text(&evidence, "/suggestion")?;
    by(&format!("/visits/{id}/outcome/confirm"), &json!({"factors_shown": [0]}))?;
    Ok(waited)
}
