//! Agencies that are told something, as administrators keep them.

use super::incident::CONTACTS;
use super::{Desk, Secret, by, in_transaction};
use crate::code::Code;
use crate::error::{Error, Result};
use crate::permission::Permission;
use crate::service::Field;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use store::agency::{self as rows, Agency, Facts, SecretFacts, Why};
use store::id::AgencyId;
use store::ledger::{self, Act, Kind, Shard};
use store::limits::Window;
use store::session::SignedIn;
use store::{Means, Tx};
use url::{Host, Url};
use utoipa::ToSchema;

/// Longest time for which an old secret signs beside a new one, in hours: a month.
pub const OVERLAP_HOURS_MAX: u32 = 31 * 24;

/// An agency that is to be added.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AgencyNew {
    /// The recipient's id in the service definitions: lower-case letters, digits, inner dots and hyphens.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Where its notices go: an https address, or plain http to this machine itself.
    pub endpoint: String,
    /// What it is told for, in words.
    pub purpose: String,
    /// The fields that it may receive; what the service's definition does not disclose it does not receive all the same.
    #[schema(value_type = Vec<String>)]
    pub fields: Vec<Field>,
}

/// What changes about an agency.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AgencyChange {
    /// Its name.
    pub name: String,
    /// Where its notices go: an https address, or plain http to this machine itself.
    pub endpoint: String,
    /// What it is told for, in words.
    pub purpose: String,
    /// The fields that it may receive.
    #[schema(value_type = Vec<String>)]
    pub fields: Vec<Field>,
}

/// A new secret is wanted.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SecretRenewal {
    /// For so many hours the old secret signs beside the new one; 0 when it has become known to others.
    pub overlap_hours: u32,
}

/// One of an agency's secrets, without the secret.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct SecretView {
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// From when on it signs no more; none for the newest.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub ends_at: Option<Timestamp>,
}

/// An agency.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AgencyView {
    /// Its id.
    pub id: AgencyId,
    /// The recipient's id in the service definitions.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Where its notices go.
    pub endpoint: String,
    /// What it is told for.
    pub purpose: String,
    /// The fields that it may receive.
    pub fields: Vec<String>,
    /// `active` or `paused`.
    pub state: String,
    /// Why it is paused: `by-hand`, or `gone` when it answered so.
    pub paused_why: Option<String>,
    /// Since when it is paused.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub paused_at: Option<Timestamp>,
    /// What its notices are signed with, the newest first.
    pub secrets: Vec<SecretView>,
    /// When it was added.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it was last changed.
    #[schema(value_type = String, format = DateTime)]
    pub changed_at: Timestamp,
}

/// An agency and the secret that is shown once.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AgencySecret {
    /// The agency.
    pub agency: AgencyView,
    /// `whsec_…`: what the agency verifies signatures with. It is never shown again.
    pub secret: Secret,
}

async fn view(tx: &mut Tx, means: &Means<'_>, agency: Agency) -> Result<AgencyView> {
    let signing = |facts: &SecretFacts| facts.ends_at.is_none_or(|ends| ends > means.now);
    let secrets = rows::secret_facts(tx, &agency.id).await?;
    let secrets = secrets.into_iter().filter(signing);
    Ok(AgencyView {
        secrets: secrets.map(|SecretFacts { created_at, ends_at }| SecretView { created_at, ends_at }).collect(),
        id: agency.id,
        code: agency.code,
        name: agency.name,
        endpoint: agency.endpoint,
        purpose: agency.purpose,
        fields: agency.fields,
        state: if agency.paused.is_some() { "paused" } else { "active" }.to_owned(),
        paused_why: agency.paused.map(|(_, why)| why.as_str().to_owned()),
        paused_at: agency.paused.map(|(at, _)| at),
        created_at: agency.created_at,
        changed_at: agency.changed_at,
    })
}

/// An endpoint's address in its normal form. Which addresses its name leads to is looked at when something is sent.
fn endpoint(text: &str) -> Result<String> {
    let unfit = |detail: &str| Error::new(Code::EndpointUnfit, detail);
    let url = Url::parse(text.trim()).map_err(|_| unfit("it is not an absolute address"))?;
    let is_own = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => return Err(unfit("it names no host")),
    };
    if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
        return Err(unfit("it holds a user, a password or a fragment"));
    }
    match url.scheme() {
        "https" => Ok(url.into()),
        "http" if is_own => Ok(url.into()),
        _ => Err(unfit("it is neither https nor http to this machine")),
    }
}

fn fields(fields: &[Field]) -> Vec<String> {
    fields.iter().map(|field| field.as_str().to_owned()).collect()
}

async fn tell(tx: &mut Tx, means: &Means<'_>, by: &SignedIn, (kind, agency): (Kind, &Agency)) -> Result<()> {
    let actor = by::ledger(by);
    let act = Act::new(kind, Shard::Register, &actor)
        .fact("agency", agency.code.as_str())
        .fact("fields", agency.fields.join(", "))
        .fact("endpoint", shortened(&agency.endpoint));
    ledger::append(tx, means, &act).await?;
    Ok(())
}

/// Longest text of a fact that says where notices go.
const FACT_BYTES_MAX: usize = 200;

/// An endpoint as the ledger tells it: without what stands after the path, which may hold a key, and short.
fn shortened(endpoint: &str) -> String {
    let path = endpoint.split('?').next().unwrap_or_default();
    path.char_indices().take_while(|(at, c)| at + c.len_utf8() <= FACT_BYTES_MAX).map(|(_, c)| c).collect()
}

/// Adds an agency and makes its secret.
///
/// # Errors
/// `permission-missing`; `endpoint-unfit`; `already-exists`, `row-invalid`, `text-too-long`; the codes of the key ring and the database.
pub async fn add(desk: &Desk, by: &SignedIn, now: Timestamp, request: &AgencyNew) -> Result<AgencySecret> {
    by::require(by, Permission::AgencyManage, now)?;
    if request.code == CONTACTS {
        return Err(store::Error::new(store::Code::RowInvalid, "this code stands for the office's own contacts").into());
    }
    let (means, endpoint, fields) = (desk.means(now), endpoint(&request.endpoint)?, fields(&request.fields));
    let facts = Facts { name: &request.name, endpoint: &endpoint, purpose: &request.purpose, fields: &fields };
    in_transaction!(desk, tx => async {
        let id = rows::add(tx, &means, &request.code, &facts).await?;
        let secret = rows::renew_secret(tx, &means, &id, SignedDuration::ZERO).await?;
        let agency = rows::get(tx, &id).await?;
        tell(tx, &means, by, (Kind::AgencyAdded, &agency)).await?;
        Ok(AgencySecret { agency: view(tx, &means, agency).await?, secret: Secret::new(secret.to_text().as_str()) })
    }.await)
}

/// Changes an agency's name, endpoint, purpose and fields. Its code stays: service definitions know it by that.
///
/// # Errors
/// `permission-missing`; `endpoint-unfit`; `not-found`, `row-invalid`, `text-too-long`; the codes of the database.
pub async fn change(
    desk: &Desk,
    by: &SignedIn,
    now: Timestamp,
    id: &AgencyId,
    request: &AgencyChange,
) -> Result<AgencyView> {
    by::require(by, Permission::AgencyManage, now)?;
    let (means, endpoint, fields) = (desk.means(now), endpoint(&request.endpoint)?, fields(&request.fields));
    let facts = Facts { name: &request.name, endpoint: &endpoint, purpose: &request.purpose, fields: &fields };
    in_transaction!(desk, tx => async {
        rows::change(tx, &means, id, &facts).await?;
        let agency = rows::get(tx, id).await?;
        tell(tx, &means, by, (Kind::AgencyChanged, &agency)).await?;
        view(tx, &means, agency).await
    }.await)
}

/// Makes a new secret. The one before signs beside it for a while, so that the agency can take the new one in without losing a notice.
///
/// # Errors
/// `permission-missing`; `row-invalid` for more than [`OVERLAP_HOURS_MAX`]; `not-found`; the codes of the key ring and the database.
pub async fn renew_secret(
    desk: &Desk,
    by: &SignedIn,
    now: Timestamp,
    id: &AgencyId,
    request: SecretRenewal,
) -> Result<AgencySecret> {
    by::require(by, Permission::AgencyManage, now)?;
    if request.overlap_hours > OVERLAP_HOURS_MAX {
        let detail = format!("an old secret signs for at most {OVERLAP_HOURS_MAX} hours more");
        return Err(store::Error::new(store::Code::RowInvalid, detail).into());
    }
    let (means, overlap) = (desk.means(now), SignedDuration::from_hours(i64::from(request.overlap_hours)));
    in_transaction!(desk, tx => async {
        let secret = rows::renew_secret(tx, &means, id, overlap).await?;
        let agency = rows::get(tx, id).await?;
        let actor = by::ledger(by);
        let act = Act::new(Kind::AgencySecretRenewed, Shard::Register, &actor)
            .fact("agency", agency.code.as_str())
            .fact("overlap_hours", request.overlap_hours);
        ledger::append(tx, &means, &act).await?;
        Ok(AgencySecret { agency: view(tx, &means, agency).await?, secret: Secret::new(secret.to_text().as_str()) })
    }.await)
}

/// Sends nothing to an agency until it is resumed; its notices wait. Where nothing is sent already, nothing changes.
///
/// # Errors
/// `permission-missing`; `not-found`; the codes of the database.
pub async fn pause(desk: &Desk, by: &SignedIn, now: Timestamp, id: &AgencyId) -> Result<AgencyView> {
    by::require(by, Permission::AgencyManage, now)?;
    let means = desk.means(now);
    in_transaction!(desk, tx => async {
        let changed = rows::pause(tx, &means, id, Why::ByHand).await?;
        let agency = rows::get(tx, id).await?;
        if changed {
            let actor = by::ledger(by);
            let act = Act::new(Kind::AgencyPaused, Shard::Register, &actor).fact("agency", agency.code.as_str());
            ledger::append(tx, &means, &act.fact("why", Why::ByHand.as_str())).await?;
        }
        view(tx, &means, agency).await
    }.await)
}

/// Sends to an agency again; what waited begins anew, with all its tries. Where it was not paused, nothing changes.
///
/// # Errors
/// `permission-missing`; `not-found`; the codes of the database.
pub async fn resume(desk: &Desk, by: &SignedIn, now: Timestamp, id: &AgencyId) -> Result<AgencyView> {
    by::require(by, Permission::AgencyManage, now)?;
    let means = desk.means(now);
    in_transaction!(desk, tx => async {
        let changed = rows::resume(tx, &means, id).await?;
        let agency = rows::get(tx, id).await?;
        if changed {
            tell(tx, &means, by, (Kind::AgencyResumed, &agency)).await?;
        }
        view(tx, &means, agency).await
    }.await)
}

/// A page of all agencies, in the order of their codes.
///
/// # Errors
/// `permission-missing`; the codes of the database.
pub async fn list(desk: &Desk, by: &SignedIn, now: Timestamp, window: Window<'_, AgencyId>) -> Result<Vec<AgencyView>> {
    by::require(by, Permission::AgencyManage, now)?;
    let mut tx = desk.db.read().await?;
    let mut views = Vec::new();
    for agency in rows::list(&mut tx, window).await? {
        views.push(view(&mut tx, &desk.means(now), agency).await?);
    }
    Ok(views)
}

/// One agency.
///
/// # Errors
/// `permission-missing`; `not-found`; the codes of the database.
pub async fn get(desk: &Desk, by: &SignedIn, now: Timestamp, id: &AgencyId) -> Result<AgencyView> {
    by::require(by, Permission::AgencyManage, now)?;
    let mut tx = desk.db.read().await?;
    let agency = rows::get(&mut tx, id).await?;
    view(&mut tx, &desk.means(now), agency).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_https_or_on_this_machine() {
        for (right, normal) in [
            ("https://hooks.example.gov/in", "https://hooks.example.gov/in"),
            (" https://Hooks.Example.gov:8443/in?of=1 ", "https://hooks.example.gov:8443/in?of=1"),
            ("http://127.0.0.1:9000/", "http://127.0.0.1:9000/"),
            ("http://[::1]:9000", "http://[::1]:9000/"),
            ("http://localhost/in", "http://localhost/in"),
        ] {
            assert_eq!(endpoint(right).unwrap(), normal);
        }
        for wrong in [
            "",
            "hooks.example.gov",
            "/in",
            "ftp://hooks.example.gov",
            "file:///etc/passwd",
            "http://hooks.example.gov/in",
            "http://127.0.0.1.example.gov/",
            "http://localhost.example.gov/",
            "http://10.0.0.1/",
            "https://user@hooks.example.gov/",
            "https://user:word@hooks.example.gov/",
            "https://hooks.example.gov/#part",
            "https://",
        ] {
            assert_eq!(endpoint(wrong).unwrap_err().code(), "endpoint-unfit", "{wrong}");
        }
    }

    #[test]
    fn the_ledger_tells_of_an_endpoint_without_what_may_be_a_key() {
        assert_eq!(shortened("https://a.example/in?key=secret"), "https://a.example/in");
        assert_eq!(shortened(&format!("https://a.example/{}", "x".repeat(400))).len(), FACT_BYTES_MAX);
    }
}
