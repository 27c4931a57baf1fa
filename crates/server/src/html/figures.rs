//! The summary for an impact assessment, made from live figures: how often the face way is used, refused and left, what came of it, how long
//! what is kept, how often the comparison errs, and who may see what.

use super::evidence::{figure_name, grouped};
use super::language::Words;
use super::ledger::service;
use super::shell::{Refusal, Shell, Staff, page};
use crate::state::App;
use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use casework::desk::access::FigureView;
use casework::desk::impact::{self, DELETED_DAYS, Impact, Use};
use casework::permission::TABLE;
use face::calibration::{Calibration, Interval};
use store::ledger::Kind;

pub(crate) fn routes() -> Router<App> {
    Router::new().route("/protection/figures", get(show))
}

/// How often something happened, in words.
struct Line {
    service: String,
    what: String,
    count: String,
}

/// How a service is used; shares stand beside their numbers.
struct Used {
    service: String,
    visits: String,
    asked: String,
    refused: String,
    other_path: String,
    comparisons: String,
    withdrawn: String,
    reported: String,
}

/// How long what is kept, in days.
struct Kept {
    service: String,
    evidence: u32,
    visit: u32,
    record: u32,
    incident: u32,
}

/// Error rates with their data.
struct Rates {
    /// When and for which models it was made.
    made: String,
    /// Data set, persons, pictures, comparisons of one person and of two.
    data: Vec<[String; 5]>,
    /// What, comparisons of one person and of two, and both rates with their intervals.
    held_out: Vec<[String; 5]>,
}

/// Who may do something.
struct Right {
    what: String,
    sees: String,
    roles: String,
}

#[derive(Template)]
#[template(path = "figures.html")]
struct Page {
    shell: Shell,
    at: String,
    used: Vec<Used>,
    outcomes: Vec<Line>,
    compared: Vec<Line>,
    judged: Vec<Line>,
    incidents: Vec<Line>,
    persons: Vec<Line>,
    kept: Vec<Kept>,
    days: i64,
    deleted: Vec<(String, String)>,
    ended: Vec<(String, String)>,
    rates: Option<Rates>,
    rights: Vec<Right>,
}

impl Page {
    /// The tables of what came of it: id, title, rows.
    fn tables(&self) -> [(&'static str, String, &[Line]); 5] {
        [
            ("outcomes", "figures-outcomes", &self.outcomes),
            ("judged", "figures-judged", &self.judged),
            ("compared", "figures-compared", &self.compared),
            ("incidents", "figures-incidents", &self.incidents),
            ("persons", "figures-on-record", &self.persons),
        ]
        .map(|(id, title, rows)| (id, self.shell.words.t(title), rows.as_slice()))
    }
}

async fn show(State(app): State<App>, Staff { by, shell }: Staff) -> Result<Response, Refusal> {
    let now = app.now();
    let impact = impact::summary(&app.desk, &by, now).await?;
    let words = &shell.words;
    let counts = |figures: &[FigureView], prefix: &str| -> Vec<Line> {
        figures.iter().map(|figure| count(&app, words, figure, prefix)).collect()
    };
    let deleted = |(name, sum): (&String, &u64)| (words.known("deleted-", name), grouped(*sum));
    Ok(page(&Page {
        at: words.moment(&now),
        used: impact.uses().iter().map(|one| used(&app, words, one)).collect(),
        outcomes: counts(&impact.on_record.outcomes, "phase-"),
        compared: counts(&impact.compared, "band-"),
        judged: counts(&impact.judged, "judgement-"),
        incidents: counts(&impact.on_record.incidents, "figures-incident-"),
        persons: counts(&impact.on_record.persons, "person-state-"),
        kept: kept(&app, words),
        days: DELETED_DAYS,
        deleted: impact.deleted.iter().map(deleted).collect(),
        ended: ended(words, &impact),
        rates: app.desk.engine.calibration().map(|calibration| rates(words, calibration)),
        rights: rights(words),
        shell,
    }))
}

fn count(app: &App, words: &Words, figure: &FigureView, prefix: &str) -> Line {
    Line {
        service: figure.service.as_ref().map_or_else(String::new, |id| service(app, words, id)),
        what: words.known(prefix, &figure.what),
        count: grouped(figure.count),
    }
}

/// A number with its share of a whole: `12 (34 %)`; without a whole, the number.
fn share(part: u64, whole: u64) -> String {
    if whole == 0 {
        return grouped(part);
    }
    format!("{} ({:.0} %)", grouped(part), 100.0 * part as f64 / whole as f64)
}

fn used(app: &App, words: &Words, one: &Use) -> Used {
    Used {
        service: service(app, words, &one.service),
        visits: grouped(one.visits),
        asked: grouped(one.asked),
        refused: share(one.refused, one.given + one.refused),
        other_path: share(one.other_path, one.persons),
        comparisons: grouped(one.comparisons),
        withdrawn: share(one.withdrawn, one.given),
        reported: grouped(one.reported),
    }
}

fn kept(app: &App, words: &Words) -> Vec<Kept> {
    let of = |one: &casework::Service| {
        let terms = one.definition().retention;
        Kept {
            service: words.one_of(&(&one.definition().title).into()).to_owned(),
            evidence: terms.evidence_days,
            visit: terms.visit_days,
            record: terms.consent_record_days,
            incident: terms.incident_days,
        }
    };
    app.desk.services.current().map(of).collect()
}

/// What the ledger tells of ends, from the beginning.
fn ended(words: &Words, impact: &Impact) -> Vec<(String, String)> {
    let kinds = [
        Kind::ConsentWithdrawn,
        Kind::ConsentExpired,
        Kind::CaptureEnded,
        Kind::PortraitRetired,
        Kind::PersonErased,
        Kind::RetentionRun,
        Kind::AccessAnswered,
    ];
    kinds.into_iter().map(|kind| (words.event(kind.code()), grouped(impact.times(kind)))).collect()
}

fn rates(words: &Words, calibration: &Calibration) -> Rates {
    let pack: String = calibration.pack.to_string().chars().take(12).collect();
    let at = words.partial(&calibration.created);
    Rates {
        made: words.with_all("figures-rates-text", [("at", at.into()), ("pack", pack.into())]),
        data: calibration
            .data
            .iter()
            .map(|set| {
                let (persons, images) = (grouped(set.persons as u64), grouped(set.images as u64));
                [set.name.clone(), persons, images, grouped(set.genuine), grouped(set.impostor)]
            })
            .collect(),
        held_out: calibration
            .held_out
            .iter()
            .map(|figure| {
                let (genuine, impostor) = (grouped(figure.genuine), grouped(figure.impostor));
                [figure_name(words, &figure.name), genuine, impostor, rate(figure.fmr_at_90), rate(figure.fnmr_at_90)]
            })
            .collect(),
    }
}

/// A rate in percent with its interval.
fn rate(Interval { value, low, high }: Interval) -> String {
    let percent = |rate: f64| {
        let text = format!("{:.4}", 100.0 * rate);
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    };
    format!("{} % ({}–{} %)", percent(value), percent(low), percent(high))
}

fn rights(words: &Words) -> Vec<Right> {
    let comma = words.t("list-comma");
    let of = |row: &casework::permission::Row| {
        let roles: Vec<String> = row.roles.iter().map(|role| words.of_code("role-", role.as_str())).collect();
        Right {
            what: words.of_code("may-", row.permission.as_str()),
            sees: words.of_code("sees-", row.sees.as_str()),
            roles: roles.join(&comma),
        }
    };
    TABLE.iter().map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_stand_beside_their_numbers() {
        assert_eq!((share(1, 3).as_str(), share(2, 0).as_str()), ("1 (33 %)", "2"));
        assert_eq!(share(1_200, 1_200), "1,200 (100 %)");
    }

    #[test]
    fn rates_are_as_exact_as_they_are() {
        assert_eq!(rate(Interval { value: 1e-4, low: 2e-5, high: 0.02 }), "0.01 % (0.002–2 %)");
    }
}
