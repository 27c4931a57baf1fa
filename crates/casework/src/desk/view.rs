//! A visit as pages see it: what happened, who is in it with a masked number, and which acts are open to whoever looks. Never a picture.

use super::{Desk, attempt, by, scene};
use crate::error::Result;
use crate::permission;
use crate::service::Service;
use crate::text::Texts;
use crate::throttle::Gate;
use crate::visit::{self, Outcome, PersonState, Phase, State};
use jiff::Timestamp;
use serde::Serialize;
use store::id::{ConsentId, OfficeId, OperatorId, PersonId, StationId, VisitId};
use store::session::SignedIn;
use store::visit::{Visit, VisitPerson};
use store::{Tx, person, portrait};
use utoipa::ToSchema;

/// How many characters of an identity number are shown.
const NUMBER_SHOWN: usize = 3;

/// A visit.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct VisitView {
    /// Its id.
    pub id: VisitId,
    /// The office.
    pub office: OfficeId,
    /// The station whose camera it uses, once one is chosen.
    pub station: Option<StationId>,
    /// The service.
    pub service: String,
    /// The version of the service's definition under which it was opened.
    pub service_version: String,
    /// What the service is called.
    pub title: TextsView,
    /// The variant of the service.
    pub variant: String,
    /// The channel.
    pub channel: String,
    /// `open`, `reported`, or the outcome.
    pub phase: String,
    /// The suspicion that was reported, if one was.
    pub report: Option<ReportView>,
    /// When it was opened.
    #[schema(value_type = String, format = DateTime)]
    pub opened: Timestamp,
    /// When it ends by itself.
    #[schema(value_type = String, format = DateTime)]
    pub expires: Timestamp,
    /// When it was closed.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub closed: Option<Timestamp>,
    /// Counted up with every change.
    pub revision: i64,
    /// The places for persons, in the order of the service's roles.
    pub persons: Vec<PlaceView>,
    /// What whoever looks may do now; facts such as a delay may still refuse it.
    pub offers: Vec<OfferView>,
}

/// A text in the three languages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct TextsView {
    /// Chinese in traditional characters.
    #[serde(rename = "zh-Hant")]
    pub zh_hant: String,
    /// Chinese in simplified characters.
    #[serde(rename = "zh-Hans")]
    pub zh_hans: String,
    /// English.
    pub en: String,
}

/// A suspicion that was reported.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ReportView {
    /// Which place it concerns, from 0.
    pub person: u32,
    /// The reason code.
    pub reason: String,
    /// True if whoever looks reported it, and so cannot second it.
    pub by_you: bool,
}

/// A place for a person in a visit.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PlaceView {
    /// The place, from 0.
    pub person: u32,
    /// The role.
    pub role: String,
    /// The role in words.
    pub title: TextsView,
    /// How far this person has come.
    pub state: String,
    /// Who is claimed; none while nobody is.
    pub claimed: Option<ClaimedView>,
}

/// A claimed person.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ClaimedView {
    /// The person.
    pub id: PersonId,
    /// The name; none once the visit is closed.
    pub name: Option<String>,
    /// The identity number, all but its last three characters masked; none once the visit is closed.
    pub number: Option<String>,
    /// True if a guardian answers for this person.
    pub guardian_answers: bool,
    /// The consent on which the visit stands for this person.
    pub consent: Option<ConsentId>,
    /// The portraits on file that are in use, without their pictures, newest first.
    pub portraits: Vec<PortraitView>,
    /// False if there is nothing to compare with; the other path is the way.
    pub comparable: bool,
    /// From when on the camera may be asked for again, if too much has failed of late for this person, at the station or from its address. The other
    /// path is open at once.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub camera_from: Option<Timestamp>,
    /// True if the attempts of this person are used up until somebody resets them.
    pub camera_off: bool,
}

/// A portrait without its picture.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PortraitView {
    /// When it was taken, as far as it is known: `YYYY`, `YYYY-MM` or `YYYY-MM-DD`.
    pub taken_on: Option<String>,
    /// Where it comes from.
    pub source: String,
    /// Its quality, 0 to 100.
    pub quality: i64,
}

/// An act that is open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct OfferView {
    /// The act.
    pub act: String,
    /// The place that it concerns, if it concerns one.
    pub person: Option<u32>,
}

/// One line of an office's list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct VisitLine {
    /// The visit.
    pub id: VisitId,
    /// The station, once one is chosen.
    pub station: Option<StationId>,
    /// The service.
    pub service: String,
    /// The variant of the service.
    pub variant: String,
    /// `open`, `reported`, or the outcome.
    pub phase: String,
    /// How far each person has come.
    pub persons: Vec<String>,
    /// When it was opened.
    #[schema(value_type = String, format = DateTime)]
    pub opened: Timestamp,
    /// When it was closed.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub closed: Option<Timestamp>,
    /// Counted up with every change.
    pub revision: i64,
}

impl From<&Texts> for TextsView {
    fn from(texts: &Texts) -> Self {
        Self { zh_hant: texts.zh_hant.clone(), zh_hans: texts.zh_hans.clone(), en: texts.en.clone() }
    }
}

impl VisitLine {
    pub(super) fn new(line: store::visit::Line) -> Result<Self> {
        let state = State::parse(&line.state)?;
        Ok(Self {
            id: line.id,
            station: line.station,
            service: line.service,
            variant: line.variant,
            phase: state.phase().as_str().to_owned(),
            persons: state.persons().iter().map(|person| person.as_str().to_owned()).collect(),
            opened: line.opened,
            closed: line.closed,
            revision: line.revision,
        })
    }
}

/// The visit as whoever is signed in sees it. That name and number are shown while it is open is what the entry of the claim speaks for.
pub(super) async fn of(tx: &mut Tx, desk: &Desk, by: &SignedIn, now: Timestamp, visit: &Visit) -> Result<VisitView> {
    let (state, service) = scene::read(desk, visit)?;
    let mut persons = Vec::new();
    for (index, role) in service.definition().persons.iter().enumerate() {
        let claimed = match scene::at(visit, service, index as u32) {
            Some(place) => {
                let gate = gate(tx, desk, now, (visit, place, state.person(index)?, service)).await?;
                Some(claimed(tx, desk, now, (place, visit.closed.is_none(), service, gate)).await?)
            }
            None => None,
        };
        persons.push(PlaceView {
            person: index as u32,
            role: role.role.clone(),
            title: (&role.title).into(),
            state: state.person(index)?.as_str().to_owned(),
            claimed,
        });
    }
    Ok(VisitView {
        id: visit.id.clone(),
        office: visit.office.clone(),
        station: visit.station.clone(),
        service: visit.service.clone(),
        service_version: visit.service_version.clone(),
        title: (&service.definition().title).into(),
        variant: visit.variant.clone(),
        channel: visit.channel.clone(),
        phase: state.phase().as_str().to_owned(),
        report: report(&state, by.operator()),
        opened: visit.opened,
        expires: visit.expires,
        closed: visit.closed,
        revision: visit.revision,
        persons,
        offers: offers(by, &state, now)?,
    })
}

/// Whether the camera may be asked for, where that can be the next thing; whether it may be opened, where it was asked for. Nothing while evidence waits
/// for a judgement: it would tell what the evidence says.
async fn gate(
    tx: &mut Tx,
    desk: &Desk,
    now: Timestamp,
    (visit, place, state, service): (&Visit, &VisitPerson, PersonState, &Service),
) -> Result<Gate> {
    if visit.closed.is_some()
        || !matches!(state, PersonState::ConsentGiven | PersonState::Capturing | PersonState::EvidenceOpen(_))
    {
        return Ok(Gate::Open);
    }
    let at_station = match &visit.station {
        Some(station) => attempt::at_station(tx, &desk.means(now), (station, None)).await?,
        None => Gate::Open,
    };
    if state == PersonState::Capturing {
        return Ok(at_station);
    }
    Ok(attempt::of_person(tx, &place.person, service.purpose(), now).await?.and(at_station))
}

async fn claimed(
    tx: &mut Tx,
    desk: &Desk,
    now: Timestamp,
    (place, is_open, service, gate): (&VisitPerson, bool, &Service, Gate),
) -> Result<ClaimedView> {
    let means = desk.means(now);
    let portraits = usable(tx, desk, now, (&place.person, service)).await?;
    let shown = if is_open { Some(person::read(tx, &means, &place.person).await?) } else { None };
    Ok(ClaimedView {
        id: place.person.clone(),
        name: shown.as_ref().map(|data| data.name.clone()),
        number: shown.as_ref().map(|data| masked(&data.number)),
        guardian_answers: !person::guardian::guardians_of(tx, &means, &place.person).await?.is_empty(),
        consent: place.consent.clone(),
        comparable: !portraits.is_empty(),
        camera_from: if let Gate::Wait(until) = gate { Some(until) } else { None },
        camera_off: gate == Gate::Off,
        portraits: portraits
            .into_iter()
            .map(|portrait| PortraitView {
                taken_on: portrait.taken_on,
                source: portrait.source,
                quality: portrait.quality,
            })
            .collect(),
    })
}

/// The portraits of a person that a service compares with: in use and not too old; newest first, at most as many as the engine takes. None for
/// a person of whom the register notes that there is no usable one.
pub(super) async fn usable(
    tx: &mut Tx,
    desk: &Desk,
    now: Timestamp,
    (id, service): (&PersonId, &Service),
) -> Result<Vec<portrait::Portrait>> {
    if person::get(tx, id).await?.portrait_exception.is_some() {
        return Ok(Vec::new());
    }
    let oldest = f64::from(service.definition().face.portrait_age_years_max);
    let today = today(now);
    let young = |portrait: &portrait::Portrait| {
        let age = super::evidence::age_years(portrait.taken_on.as_deref(), today);
        portrait.retired_on.is_none() && age.is_none_or(|age| age <= oldest)
    };
    let mut portraits = portrait::list(tx, &desk.means(now), id).await?;
    portraits.retain(young);
    portraits.truncate(face::limits::PORTRAITS_MAX);
    Ok(portraits)
}

/// The day of a moment. Ages in years do not depend on where it is today already.
pub(super) fn today(now: Timestamp) -> jiff::civil::Date {
    now.to_zoned(jiff::tz::TimeZone::UTC).date()
}

/// A number of which only the last characters can be read.
pub(super) fn masked(number: &str) -> String {
    let hidden = number.chars().count().saturating_sub(NUMBER_SHOWN);
    number.chars().enumerate().map(|(index, c)| if index < hidden { '•' } else { c }).collect()
}

fn report(state: &State, operator: &OperatorId) -> Option<ReportView> {
    let (Phase::Reported(report) | Phase::Decided(Outcome::SuspectedImpersonation { report, .. })) = state.phase()
    else {
        return None;
    };
    Some(ReportView {
        person: report.person as u32,
        reason: report.reason.as_str().to_owned(),
        by_you: report.by.as_str() == operator.as_str(),
    })
}

/// The acts that the state allows and for which whoever looks has the permission and the training.
fn offers(by: &SignedIn, state: &State, now: Timestamp) -> Result<Vec<OfferView>> {
    let roles = by::roles(by)?;
    let trained = by::trained(by, now);
    let may = |offer: &visit::Offer| {
        let permission = offer.kind.permission();
        permission.is_some_and(|needed| permission::allows(roles, needed) && (trained || !needed.needs_training()))
    };
    let view = |offer: visit::Offer| OfferView {
        act: offer.kind.as_str().to_owned(),
        person: offer.person.map(|person| person as u32),
    };
    Ok(visit::offers(state).into_iter().filter(may).map(view).collect())
}

#[cfg(test)]
mod tests {
    use super::masked;

    #[test]
    fn a_number_shows_its_last_three_characters() {
        for (number, shown) in [("A123456789", "•••••••789"), ("1234", "•234"), ("123", "123"), ("", "")]
        {
            assert_eq!(masked(number), shown);
        }
    }
}
