//! What every page of the house shares: its words, who is signed in, where one can go, and how a refusal looks.

use super::alarm::EVENTS;
use super::asset;
use super::form;
use super::language::Words;
use crate::code::Code;
use crate::error::ApiError;
use crate::http::extract::Operator;
use crate::state::App;
use askama::Template;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use casework::desk::{alarm, by};
use casework::permission::{Permission, allows};
use casework::text::Language;
use std::fmt::Write as _;
use store::session::SignedIn;

/// A page of the menu.
pub(crate) struct Place {
    pub(crate) address: &'static str,
    /// The key of its name.
    pub(crate) name: &'static str,
    permission: Permission,
}

/// Where the alarms of an office stand.
const ALARMS: &str = "/alarms";

/// The menu: who may do something there sees the page.
const PLACES: &[Place] = &[
    Place { address: "/counter", name: "counter", permission: Permission::VisitRun },
    Place { address: ALARMS, name: "alarms", permission: Permission::IncidentSee },
    Place { address: "/notices", name: "notices", permission: Permission::NoticeHandle },
    Place { address: "/offices", name: "offices", permission: Permission::OfficeSee },
    Place { address: "/operators", name: "operators", permission: Permission::OperatorManage },
    Place { address: "/agencies", name: "agencies", permission: Permission::AgencyManage },
    Place { address: "/register", name: "register", permission: Permission::RegisterWrite },
    Place { address: "/system", name: "system", permission: Permission::SystemSee },
    Place { address: "/ledger", name: "ledger", permission: Permission::LedgerSee },
    Place { address: "/protection", name: "protection", permission: Permission::ConsentSee },
    Place { address: "/protection/figures", name: "figures", permission: Permission::StatisticsSee },
];

/// What everybody sees who works here: address, and key of its name.
const FOR_ALL: (&str, &str) = ("/services", "services");

/// The frame of a page.
#[derive(Clone, Debug)]
pub(crate) struct Shell {
    pub(crate) words: Words,
    /// The address of the page itself.
    pub(crate) here: String,
    /// True in a demonstration, which says so on every page.
    pub(crate) is_demo: bool,
    /// Who is signed in, and the addresses and names of what they may open.
    pub(crate) signed_in: Option<Present>,
}

/// Who is signed in.
#[derive(Clone, Debug)]
pub(crate) struct Present {
    /// The language of their menu; a document for a person may be in another.
    pub(crate) language: Language,
    pub(crate) places: Vec<Entry>,
}

/// An entry of the menu.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) address: &'static str,
    pub(crate) name: String,
    pub(crate) waiting: Option<Waiting>,
}

/// How many alarms wait for whoever looks.
#[derive(Clone, Debug)]
pub(crate) struct Waiting {
    pub(crate) count: u32,
    /// The same as a sentence.
    pub(crate) words: String,
    /// What may change the number.
    pub(crate) events: &'static str,
}

impl Waiting {
    /// As it is now.
    pub(crate) async fn of(app: &App, words: &Words, by: &SignedIn) -> Result<Self, casework::Error> {
        let count = alarm::waiting(&app.desk, by, app.now()).await?;
        Ok(Self { count, words: words.with("alarm-waiting", "count", count), events: EVENTS })
    }
}

impl Shell {
    /// The frame of a page for whoever looks.
    pub(crate) fn new(app: &App, words: Words, uri: &Uri) -> Self {
        let here = uri.path_and_query().map_or("/", |path| path.as_str());
        Self { words, here: form::own(here).to_owned(), is_demo: app.demo.is_some(), signed_in: None }
    }

    /// What went wrong in a form, in the reader's language.
    pub(crate) fn wrong(&self, error: &casework::Error) -> String {
        let (what, action) = self.words.refusal(&error.row());
        format!("{what} {action}")
    }

    /// What a code in the address means, in the reader's language; nothing for a code that is none.
    pub(crate) fn problem(&self, code: Option<&str>) -> Option<String> {
        let (what, action) = self.words.code(code?)?;
        Some(format!("{what} {action}"))
    }

    /// True if who is signed in sees the alarms of an office: their number in the menu is followed.
    pub(crate) fn has_alarms(&self) -> bool {
        self.signed_in.iter().flat_map(|present| &present.places).any(|entry| entry.waiting.is_some())
    }

    /// The address of a script or style.
    #[expect(clippy::unused_self, reason = "templates have the frame at hand, and nothing else")]
    pub(crate) fn asset(&self, name: &str) -> String {
        asset::address(name)
    }

    /// The languages to choose from: tag, own name, and whether it is the present one.
    pub(crate) fn languages(&self) -> [(&'static str, &'static str, bool); 3] {
        let present = self.words.language();
        [(Language::ZhHant, "繁體中文"), (Language::ZhHans, "简体中文"), (Language::En, "English")]
            .map(|(language, name)| (language.as_str(), name, language == present))
    }

    /// True if the page shown is this one or below it, and no other of the menu is nearer.
    pub(crate) fn is_at(&self, address: &str) -> bool {
        let is_below = |address: &str| {
            self.here.strip_prefix(address).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']))
        };
        let is_nearer = |place: &Place| place.address.len() > address.len() && place.address.starts_with(address);
        is_below(address) && !PLACES.iter().any(|place| is_nearer(place) && is_below(place.address))
    }
}

/// The frame for anybody.
impl FromRequestParts<App> for Shell {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
        Ok(Self::new(app, Words::of(app, &parts.headers), &parts.uri))
    }
}

/// The frame for who is signed in; anybody else is asked to sign in first.
#[derive(Debug)]
pub(crate) struct Staff {
    pub(crate) by: SignedIn,
    pub(crate) shell: Shell,
}

impl FromRequestParts<App> for Staff {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
        let mut shell = Shell::from_request_parts(parts, app).await?;
        let Operator(by) = Operator::from_request_parts(parts, app).await?;
        shell.signed_in = Some(present(app, &shell.words, &by).await?);
        Ok(Self { by, shell })
    }
}

async fn present(app: &App, words: &Words, by: &SignedIn) -> Result<Present, casework::Error> {
    let roles = by::roles(by)?;
    let open = PLACES.iter().filter(|place| allows(roles, place.permission));
    let open = open.map(|place| (place.address, place.name)).chain([FOR_ALL]);
    let mut places: Vec<Entry> =
        open.map(|(address, name)| Entry { address, name: words.t(name), waiting: None }).collect();
    if let (Some(entry), Ok(_)) = (places.iter_mut().find(|entry| entry.address == ALARMS), by::office(by)) {
        entry.waiting = Some(Waiting::of(app, words, by).await?);
    }
    Ok(Present { language: words.language(), places })
}

/// The first page for who has these permissions.
pub(crate) fn first(by: &SignedIn) -> &'static str {
    let roles = by::roles(by).unwrap_or_default();
    PLACES.iter().find(|place| allows(roles, place.permission)).map_or("/account", |place| place.address)
}

/// Why a page is not shown. It becomes a page in the reader's language on its way out; see [`refused`].
#[derive(Clone, Debug)]
pub(crate) struct Refusal(ApiError);

impl<E: Into<ApiError>> From<E> for Refusal {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = self.0.clone().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// A page that says what went wrong and what can be done.
#[derive(Template)]
#[template(path = "refused.html")]
struct Refused {
    shell: Shell,
    what: String,
    action: String,
    code: &'static str,
}

/// The middleware that turns refusals into pages. Who is not signed in is asked to, and comes back.
pub(crate) async fn refused(State(app): State<App>, request: Request, next: Next) -> Response {
    let words = Words::of(&app, request.headers());
    let shell = Shell::new(&app, words, request.uri());
    let response = next.run(request).await;
    let Some(refusal) = response.extensions().get::<Refusal>().cloned() else { return response };
    if response.status() == StatusCode::UNAUTHORIZED {
        return form::go(&format!("/sign-in?to={}", escaped(&shell.here)));
    }
    let (what, action) = shell.words.refusal(&refusal.0.row());
    let code = refusal.0.code();
    let status = response.status();
    let (parts, _) = response.into_parts();
    let mut page = (status, page(&Refused { shell, what, action, code })).into_response();
    // What the answer said of trying again stays true.
    if let Some(again) = parts.headers.get(axum::http::header::RETRY_AFTER) {
        page.headers_mut().insert(axum::http::header::RETRY_AFTER, again.clone());
    }
    page
}

/// A path and query as the value of a query.
fn escaped(path: &str) -> String {
    path.bytes().fold(String::new(), |mut text, byte| {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' => text.push(char::from(byte)),
            other => {
                // Cannot fail: a string takes everything.
                let _ = write!(text, "%{other:02X}");
            }
        }
        text
    })
}

/// A page as an answer.
pub(crate) fn page(template: &impl Template) -> Response {
    match template.render() {
        Ok(text) => Html(text).into_response(),
        Err(error) => ApiError::new(Code::Internal, error.to_string()).into_response(),
    }
}
