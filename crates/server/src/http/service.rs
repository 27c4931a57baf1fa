//! What the office offers: service definitions, and the exact texts that people are asked with.

use crate::error::Result;
use crate::http::extract::{Path, Query};
use crate::http::refusals::Refusals;
use crate::state::App;
use axum::Json;
use axum::extract::State;
use casework::desk::view::TextsView;
use casework::{Language, Service, reason};
use serde::{Deserialize, Serialize};
use store::consent::Text;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(one)).routes(routes!(notice)).routes(routes!(reasons))
}

/// A service in the list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ServiceLine {
    /// Its id.
    id: String,
    /// Its version.
    version: u32,
    /// What it is called.
    title: TextsView,
    /// Where it is offered: `counter`, `kiosk`, `gate`, `phone` and the like.
    channels: Vec<String>,
}

/// A service.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ServiceView {
    /// Its id.
    id: String,
    /// Its version.
    version: u32,
    /// SHA-256 of the definition's text, in hexadecimal.
    sha256: String,
    /// The definition, key by key as its file has it.
    #[schema(value_type = Object)]
    definition: serde_json::Value,
}

/// The whole text that is put before a person when the consent is asked.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NoticeText {
    /// The service.
    service: String,
    /// The version of the service's definition.
    version: u32,
    /// The language.
    language: String,
    /// The exact text.
    text: String,
    /// SHA-256 of service, version, language and text, a line feed between each, in hexadecimal: the hash that a station is given with the
    /// text, and that the record of a consent names.
    sha256: String,
}

/// In which language.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct InLanguage {
    /// `zh-Hant`, `zh-Hans` or `en`.
    language: String,
}

fn view(service: &Service) -> ServiceView {
    ServiceView {
        id: service.id().to_string(),
        version: service.version(),
        sha256: hex(&service.digest()),
        definition: serde_json::to_value(service.definition()).unwrap_or_default(),
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The services of this installation, each in its newest version.
#[utoipa::path(get, path = "/api/v1/services", tag = "service", responses((status = 200, body = Vec<ServiceLine>), Refusals))]
pub(crate) async fn list(State(app): State<App>) -> Json<Vec<ServiceLine>> {
    let line = |service: &Service| ServiceLine {
        id: service.id().to_string(),
        version: service.version(),
        title: (&service.definition().title).into(),
        channels: service.definition().channels.iter().map(ToString::to_string).collect(),
    };
    Json(app.desk.services.current().map(line).collect())
}

/// One service in its newest version.
#[utoipa::path(
    get, path = "/api/v1/services/{service}", tag = "service", params(("service" = String, Path)),
    responses((status = 200, body = ServiceView), Refusals)
)]
pub(crate) async fn one(State(app): State<App>, Path(id): Path<String>) -> Result<Json<ServiceView>> {
    Ok(Json(view(app.desk.services.get(&id)?)))
}

/// The text that a person is asked with, and its hash.
#[utoipa::path(
    get, path = "/api/v1/services/{service}/notice", tag = "service", params(("service" = String, Path), InLanguage),
    responses((status = 200, body = NoticeText), Refusals)
)]
pub(crate) async fn notice(
    State(app): State<App>,
    Path(id): Path<String>,
    Query(asked): Query<InLanguage>,
) -> Result<Json<NoticeText>> {
    let service = app.desk.services.get(&id)?;
    let language = Language::require(&asked.language)?;
    let (version, text) = (service.version().to_string(), service.consent_notice(language).text());
    let shown = Text { service: service.id().as_str(), version: &version, language: language.as_str(), text: &text };
    let sha256 = shown.id();
    Ok(Json(NoticeText {
        service: service.id().to_string(),
        version: service.version(),
        language: language.to_string(),
        text,
        sha256,
    }))
}

/// Why an operator decides so: a code to be sent, and its meaning.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReasonView {
    /// The code.
    code: String,
    /// For which act: `other-path`, `papers`, `refer`, `suspect-face`, `suspect-papers` or `dismiss`.
    used_for: String,
    /// The reason in words.
    title: TextsView,
}

/// The reasons that acts of a visit and of an incident take; each fits one kind of act.
#[utoipa::path(get, path = "/api/v1/reasons", tag = "service", responses((status = 200, body = Vec<ReasonView>), Refusals))]
pub(crate) async fn reasons() -> Json<Vec<ReasonView>> {
    let view = |row: &reason::Row| ReasonView {
        code: row.reason.to_string(),
        used_for: row.used_for.to_string(),
        title: TextsView {
            zh_hant: row.texts.zh_hant.to_owned(),
            zh_hans: row.texts.zh_hans.to_owned(),
            en: row.texts.en.to_owned(),
        },
    };
    Json(reason::TABLE.iter().map(view).collect())
}
