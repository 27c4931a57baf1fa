//! Two offices with their stations, and somebody for each role.

use super::register;
use crate::exit::{Failure, Result};
use crate::progress::Bar;
use crate::{Clock, code::Code};
use ::eval::progress::Progress as _;
use ::server::demo::{Player, Seat, Stage};
use casework::desk::invitation::{self, Acceptance, Confirmation};
use casework::desk::office::{self, ContactView, OfficeNew, OfficeView};
use casework::desk::operator::{self, OperatorNew, Standing};
use casework::desk::station::{self, PairingShown, StationNew};
use casework::desk::{Desk, Secret, sign_in};
use jiff::tz::TimeZone;
use seal::totp;
use store::office::ContactKind;
use store::session::SignedIn;

/// Code, name and number of stations of each office: 29 in all, as in the city that the idea comes from.
const OFFICES: [(&str, &str, usize); 2] =
    [("east", "East District · 東區戶政事務所", 15), ("west", "West District · 西區戶政事務所", 14)];
/// Login, name, roles, and the place of the office in [`OFFICES`].
const CAST: [(&str, &str, &[&str], Option<usize>); 7] = [
    ("clerk", "Mei · 陳美", &["clerk"], Some(0)),
    ("colleague", "Jun · 林俊", &["clerk"], Some(0)),
    ("supervisor", "Hui · 王慧", &["supervisor"], Some(0)),
    ("clerk-west", "An · 李安", &["clerk"], Some(1)),
    ("supervisor-west", "Ping · 張平", &["supervisor"], Some(1)),
    ("auditor", "Auditor · 稽核", &["auditor"], None),
    ("protection", "Protection officer · 個資保護", &["protection-officer"], None),
];
/// Groups of letters of a password, and letters of a group.
const PASSWORD_GROUPS: usize = 4;
const GROUP_LETTERS: usize = 5;
/// Letters that nobody mistakes for each other.
const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz234567890";

/// Somebody of the cast, signed in.
pub(super) struct Actor {
    pub(super) player: Player,
    pub(super) by: SignedIn,
}

/// Makes the town.
pub(super) async fn make(desk: &Desk, clock: Clock, bar: &Bar) -> Result<Stage> {
    let stations: usize = OFFICES.iter().map(|(_, _, count)| count).sum();
    bar.start("making the town", (1 + CAST.len() + stations + register::PERSONS.len()) as u64);
    let token = invitation::bootstrap(desk, clock()).await?;
    let token = token.ok_or_else(|| Failure::new(Code::FolderInUse, "the folder holds another installation"))?;
    let roles = || vec!["administrator".to_owned()];
    let first = accept(desk, clock, &token, |login, password, secret| Player {
        login,
        name: "Administrator · 系統管理".to_owned(),
        roles: roles(),
        office: None,
        password,
        secret,
    });
    let administrator = first.await?;
    bar.step();
    let mut offices = Vec::new();
    let mut stage = Stage::default();
    for (code, name, count) in OFFICES {
        let office = add_office(desk, &administrator.by, clock, (code, name)).await?;
        for number in 1..=count {
            stage.stations.push(add_station(desk, &administrator.by, clock, (&office, number)).await?);
            bar.step();
        }
        offices.push(office);
    }
    let mut supervisor = None;
    for (login, name, roles, place) in CAST {
        let new = OperatorNew {
            login: login.to_owned(),
            name: name.to_owned(),
            standing: Standing {
                office: place.map(|place| offices[place].id.clone()),
                roles: roles.iter().map(|&role| role.to_owned()).collect(),
                trained_on: Some(clock().to_zoned(TimeZone::UTC).date()),
            },
        };
        let invited = operator::invite(desk, &administrator.by, clock(), &new).await?;
        let actor = accept(desk, clock, &invited.token, |login, password, secret| Player {
            login,
            name: name.to_owned(),
            roles: roles.iter().map(|&role| role.to_owned()).collect(),
            office: place.map(|place| offices[place].name.clone()),
            password,
            secret,
        });
        let actor = actor.await?;
        stage.cast.push(actor.player.clone());
        if roles.contains(&"supervisor") && supervisor.is_none() {
            supervisor = Some(actor);
        }
        bar.step();
    }
    stage.cast.push(administrator.player);
    let supervisor = supervisor.ok_or_else(|| Failure::new(Code::ServerFailed, "the cast has no supervisor"))?;
    stage.persons = register::fill(desk, &supervisor.by, clock, bar).await?;
    bar.finish();
    Ok(stage)
}

/// Accepts an invitation as a person does: a password, and an authenticator that shows codes.
async fn accept(
    desk: &Desk,
    clock: Clock,
    token: &Secret,
    player: impl FnOnce(String, String, String) -> Player,
) -> Result<Actor> {
    let password = password(desk);
    let wanted = Acceptance { token: token.clone(), password: Secret::new(&password) };
    let offer = invitation::begin(desk, clock(), &wanted).await?;
    let secret = totp::Secret::from_base32(offer.secret.as_str())?;
    let now = clock();
    let confirmed = Confirmation {
        token: token.clone(),
        password: Secret::new(&password),
        offer: offer.offer.clone(),
        code: Secret::new(totp::code(&secret, now.as_second()).as_str()),
    };
    let opened = invitation::finish(desk, now, &confirmed).await?;
    let by = sign_in::require(desk, clock(), opened.token.as_str()).await?;
    Ok(Actor { player: player(offer.login, password, offer.secret.as_str().to_owned()), by })
}

/// A password of random letters in groups.
fn password(desk: &Desk) -> String {
    let mut bytes = [0; PASSWORD_GROUPS * GROUP_LETTERS];
    desk.random.fill(&mut bytes);
    let group = |letters: &[u8]| -> String {
        letters.iter().map(|byte| char::from(LETTERS[usize::from(*byte) % LETTERS.len()])).collect()
    };
    bytes.chunks(GROUP_LETTERS).map(group).collect::<Vec<_>>().join("-")
}

async fn add_office(desk: &Desk, by: &SignedIn, clock: Clock, (code, name): (&str, &str)) -> Result<OfficeView> {
    let contacts = [
        (ContactKind::Email, format!("duty@{code}.example")),
        (ContactKind::PublicAddress, "Demonstration, no real address · 示範用，沒有真的地址".to_owned()),
        (ContactKind::PublicPhone, "02-5550-0100".to_owned()),
    ];
    let contacts = contacts.into_iter().map(|(kind, value)| ContactView { kind, value }).collect();
    let new = OfficeNew { code: code.to_owned(), name: name.to_owned(), contacts };
    Ok(office::add(desk, by, clock(), &new).await?)
}

/// Adds a station and pairs it.
async fn add_station(desk: &Desk, by: &SignedIn, clock: Clock, (office, number): (&OfficeView, usize)) -> Result<Seat> {
    let name = format!("{number:02}");
    let new = StationNew { office: office.id.clone(), name: name.clone(), kind: "counter".to_owned() };
    let pairing = station::add(desk, by, clock(), &new).await?;
    let seated = station::pair(desk, clock(), &PairingShown { code: pairing.code }).await?;
    Ok(Seat { station: seated.station, name, office: office.name.clone(), token: seated.token.as_str().to_owned() })
}
