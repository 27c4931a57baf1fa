//! The services: what each demands and promises, and its notice exactly as citizens see it, for everybody who works here.

use crate::html::evidence::grouped;
use crate::html::shell::{Refusal, Shell, Staff, page};
use crate::state::App;
use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use casework::Service;
use casework::service::{Definition, Section};
use casework::text::{Language, Texts};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/services", get(list)).route("/services/{service}", get(show))
}

/// A service in the list.
struct Line {
    address: String,
    title: String,
    version: u32,
    channels: String,
    rate: String,
    liveness: String,
}

#[derive(Template)]
#[template(path = "services.html")]
struct List {
    shell: Shell,
    lines: Vec<Line>,
}

/// The notice in one language.
struct Notice {
    language: &'static str,
    name: &'static str,
    sections: Vec<Section>,
    hash: String,
}

#[derive(Template)]
#[template(path = "service.html")]
struct Shown {
    shell: Shell,
    title: String,
    /// Names and values: what is demanded, and how long what stays.
    demands: Vec<(String, String)>,
    terms: Vec<(String, String)>,
    bring: String,
    steps: String,
    recipients: Vec<(String, String)>,
    notices: Vec<Notice>,
}

async fn list(State(app): State<App>, Staff { shell, .. }: Staff) -> Response {
    let lines = app.desk.services.current().map(|service| line(&shell, service)).collect();
    page(&List { shell, lines })
}

fn line(shell: &Shell, service: &Service) -> Line {
    let definition = service.definition();
    Line {
        address: format!("/services/{}", service.id()),
        title: text(shell, &definition.title),
        version: service.version(),
        channels: channels(shell, definition),
        rate: rate(shell, definition.face.fmr_max),
        liveness: shell.words.of_code("liveness-level-", definition.face.liveness.as_str()),
    }
}

fn text(shell: &Shell, texts: &Texts) -> String {
    texts.get(shell.words.language()).to_owned()
}

fn joined(shell: &Shell, names: impl Iterator<Item = String>) -> String {
    names.collect::<Vec<_>>().join(&shell.words.t("list-comma"))
}

fn channels(shell: &Shell, definition: &Definition) -> String {
    joined(shell, definition.channels.iter().map(|channel| shell.words.of_code("channel-", channel.as_str())))
}

/// A rate as *1 in so many*.
pub(super) fn rate(shell: &Shell, rate: f64) -> String {
    let strangers = (1.0 / rate.clamp(1e-12, 1.0)).round() as u64;
    shell.words.with("rate-one-in", "count", grouped(strangers))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().flat_map(|b| [b >> 4, b & 15]).filter_map(|digit| char::from_digit(digit.into(), 16)).collect()
}

async fn show(State(app): State<App>, Staff { shell, .. }: Staff, Path(id): Path<String>) -> Result<Response, Refusal> {
    let service = app.desk.services.get(&id)?;
    let definition = service.definition();
    let of = |other: &Texts| text(&shell, other);
    let other = definition.other_path.as_ref();
    let fields = |recipient: &str| {
        let named = definition.disclosures.iter().filter(|disclosure| disclosure.recipient == recipient);
        joined(&shell, named.flat_map(|d| &d.fields).map(|field| shell.words.of_code("field-", field.as_str())))
    };
    let notices = [(Language::ZhHant, "繁體中文"), (Language::ZhHans, "简体中文"), (Language::En, "English")];
    let notice = |(language, name): (Language, &'static str)| Notice {
        language: language.as_str(),
        name,
        sections: service.consent_notice(language).sections,
        hash: hex(&service.notice_hash(language)),
    };
    Ok(page(&Shown {
        title: of(&definition.title),
        demands: demands(&shell, service),
        terms: terms(&shell, definition),
        bring: other.map_or_else(String::new, |other| of(&other.bring)),
        steps: other.map_or_else(String::new, |other| of(&other.steps)),
        recipients: definition.recipients.iter().map(|r| (of(&r.name), fields(&r.id))).collect(),
        notices: notices.map(notice).into(),
        shell,
    }))
}

fn demands(shell: &Shell, service: &Service) -> Vec<(String, String)> {
    let (words, definition) = (&shell.words, service.definition());
    let face = &definition.face;
    let version = words.with_all(
        "service-version-value",
        [("id", service.id().as_str().into()), ("version", service.version().into())],
    );
    let variants = joined(shell, definition.variants.iter().map(|variant| text(shell, &variant.title)));
    vec![
        (words.t("service-version"), version),
        (words.t("service-purpose"), text(shell, &definition.purpose.text)),
        (words.t("service-basis"), text(shell, &definition.legal_basis)),
        (words.t("service-controller"), text(shell, &definition.controller.name)),
        (words.t("service-variants"), variants),
        (words.t("service-channels"), channels(shell, definition)),
        (words.t("service-rate"), rate(shell, face.fmr_max)),
        (words.t("service-liveness"), words.of_code("liveness-level-", face.liveness.as_str())),
        (words.t("service-factor"), words.of_code("factor-needed-", face.second_factor.as_str())),
        (words.t("service-portrait-age"), words.with("years", "count", face.portrait_age_years_max)),
        (words.t("service-visit-minutes"), words.with("minutes", "count", definition.visit_minutes_max)),
    ]
}

fn terms(shell: &Shell, definition: &Definition) -> Vec<(String, String)> {
    let (words, retention) = (&shell.words, &definition.retention);
    let days = |key: &str, count: u32| (words.t(key), words.with("days", "count", grouped(count.into())));
    vec![
        (words.t("term-frames"), words.t("term-frames-value")),
        (words.t("term-consent"), words.with("minutes", "count", definition.consent.validity_minutes)),
        days("term-consent-record", retention.consent_record_days),
        days("term-evidence", retention.evidence_days),
        days("term-visit", retention.visit_days),
        days("term-incident", retention.incident_days),
    ]
}
