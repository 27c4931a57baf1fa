//! Every procedure of administration with every role: who may, may; who may not, changes nothing and leaves no entry.

use crate::world::{World, at, picture, worlds};
use casework::desk::access::{self, AccessRequest};
use casework::desk::agency::{self, AgencyChange, AgencyNew, SecretRenewal};
use casework::desk::attempt::{self, AttemptsReset};
use casework::desk::audit::{self, AuditSearch, PseudonymRequest};
use casework::desk::delivery;
use casework::desk::guardian::{self, GuardianNew};
use casework::desk::import::{self, ImportSource};
use casework::desk::incident;
use casework::desk::notice::{self, NoticeMark};
use casework::desk::office::{self, OfficeChange, OfficeNew};
use casework::desk::operator::{self, OperatorNew, Standing};
use casework::desk::person::{self, EventNew, PersonChange, PersonFind, PersonNew};
use casework::desk::portrait::{self, PortraitNew};
use casework::desk::station::{self, StationNew};
use casework::desk::station_alarm::{self, StationAlarmClose};
use casework::desk::{passkey, record, sign_in, system};
use casework::{Permission, Role, permission};
use store::id::{ConsentId, ImportId, IncidentId, NoticeId, OfficeId, OperatorId, PersonId, StationAlarmId, StationId};
use store::limits::Window;
use store::session::{Factor, SignedIn};

/// An id that nobody has: what is not there is a refusal of its own, after the permission.
fn nobody<T: std::str::FromStr<Err = store::Error>>() -> T {
    "01kaj0000000000000000000zz".parse().unwrap()
}

fn standing(office: &OfficeId) -> Standing {
    Standing { office: Some(office.clone()), roles: vec!["clerk".to_owned()], trained_on: None }
}

/// A procedure, what it asks for, what it answered, and how many entries it left.
type Tried = Vec<(&'static str, Permission, Result<(), casework::Error>, i64)>;

/// Tries every procedure that administers as `by`.
async fn administered(world: &World, by: &SignedIn, office: &OfficeId) -> Tried {
    let (desk, now) = (&world.desk, at(10));
    let mut tried: Tried = Vec::new();
    macro_rules! try_all {
        ($($name:literal $permission:ident $call:expr;)+) => {
            $(
                let before = world.entries().await;
                let outcome = $call.await.map(|_| ());
                tried.push(($name, Permission::$permission, outcome, world.entries().await - before));
            )+
        };
    }
    let operator =
        OperatorNew { login: format!("new-{}", by.roles()[0]), name: "n".to_owned(), standing: standing(office) };
    let new = OfficeNew { code: format!("o-{}", by.roles()[0]), name: "n".to_owned(), contacts: vec![] };
    let change = OfficeChange { name: "n".to_owned(), contacts: vec![] };
    let station = StationNew { office: office.clone(), name: format!("s-{}", by.roles()[0]), kind: "kiosk".to_owned() };
    let told = AgencyNew {
        code: format!("a-{}", by.roles()[0]),
        name: "n".to_owned(),
        endpoint: "https://hooks.example/".to_owned(),
        purpose: "p".to_owned(),
        fields: vec![],
    };
    let other = AgencyChange {
        name: "n".to_owned(),
        endpoint: "https://hooks.example/".to_owned(),
        purpose: "p".to_owned(),
        fields: vec![],
    };
    let none: OperatorId = nobody();
    try_all! {
        "office::add" OfficeManage office::add(desk, by, now, &new);
        "office::change" OfficeManage office::change(desk, by, now, office, &change);
        "office::close" OfficeManage office::close(desk, by, now, &nobody());
        "office::list" OfficeSee office::list(desk, by, now, Window::default());
        "office::get" OfficeSee office::get(desk, by, now, office);
        "station::of_office" OfficeSee station::of_office(desk, by, now, (office, Window::default()));
        "station::add" OfficeManage station::add(desk, by, now, &station);
        "station::new_code" OfficeManage station::new_code(desk, by, now, &nobody::<StationId>());
        "station::revoke" OfficeManage station::revoke(desk, by, now, &nobody::<StationId>());
        "station::list" OfficeSee station::list(desk, by, now, Window::default());
        "operator::invite" OperatorManage operator::invite(desk, by, now, &operator);
        "operator::invite_again" OperatorManage operator::invite_again(desk, by, now, &none);
        "operator::change" OperatorManage operator::change(desk, by, now, &none, &standing(office));
        "operator::disable" OperatorManage operator::disable(desk, by, now, &none);
        "operator::enable" OperatorManage operator::enable(desk, by, now, &none);
        "operator::get" OperatorManage operator::get(desk, by, now, &none);
        "operator::list" OfficeSee operator::list(desk, by, now, Window::default());
        "sign_in::sign_out_operator" OperatorManage sign_in::sign_out_operator(desk, by, now, &none);
        "agency::add" AgencyManage agency::add(desk, by, now, &told);
        "agency::change" AgencyManage agency::change(desk, by, now, &nobody(), &other);
        "agency::renew_secret" AgencyManage agency::renew_secret(desk, by, now, &nobody(), SecretRenewal { overlap_hours: 0 });
        "agency::pause" AgencyManage agency::pause(desk, by, now, &nobody());
        "agency::resume" AgencyManage agency::resume(desk, by, now, &nobody());
        "agency::list" AgencyManage agency::list(desk, by, now, Window::default());
        "agency::get" AgencyManage agency::get(desk, by, now, &nobody());
        "system::read" SystemSee system::read(desk, by, now);
        "passkey::list_of" OperatorManage passkey::list_of(desk, by, now, &none);
        "passkey::revoke_of" OperatorManage passkey::revoke_of(desk, by, now, &none, &nobody());
    }
    tried
}

/// Tries every procedure on the register as `by`.
async fn registered(world: &World, by: &SignedIn, somebody: &PersonId) -> Tried {
    let (desk, now) = (&world.desk, at(10));
    let mut tried: Tried = Vec::new();
    macro_rules! try_all {
        ($($name:literal $permission:ident $call:expr;)+) => {
            $(
                let before = world.entries().await;
                let outcome = $call.await.map(|_| ());
                tried.push(($name, Permission::$permission, outcome, world.entries().await - before));
            )+
        };
    }
    let number = format!("N-{}", by.roles()[0].len());
    let new = PersonNew { number, name: "n".into(), birth_date: "1990".into(), address: None, language: None };
    let change = PersonChange {
        why: "corrected".into(),
        number: None,
        name: "m".into(),
        birth_date: "1990".into(),
        address: None,
        language: None,
    };
    let event = EventNew { kind: "moved".into(), reason: None };
    let reset = AttemptsReset { purpose: "p".into(), reason: "identity-settled".into() };
    let guard = GuardianNew {
        guardian: nobody(),
        ground: "parent".into(),
        since: "2020-01-01".parse().unwrap(),
        until: "2030-01-01".parse().unwrap(),
    };
    let portrait =
        PortraitNew { person: nobody(), image: picture("no-face.jpg"), taken_on: None, source: "counter".into() };
    let source = ImportSource::Zip { file: "/nowhere/at-all.zip".into() };
    let none: PersonId = nobody();
    try_all! {
        "person::enrol" RegisterWrite person::enrol(desk, by, now, &new);
        "person::find" PersonFind person::find(desk, by, now, &PersonFind { number: "A1".repeat(4) });
        "person::read" PersonFind person::read(desk, by, now, somebody);
        "person::change" RegisterWrite person::change(desk, by, now, somebody, &change);
        "person::note" RegisterWrite person::note(desk, by, now, somebody, &event);
        "person::events" RegisterWrite person::events(desk, by, now, somebody);
        "attempt::list" AttemptsReset attempt::list(desk, by, now, somebody);
        "attempt::reset" AttemptsReset attempt::reset(desk, by, now, somebody, &reset);
        "guardian::set" RegisterWrite guardian::set(desk, by, now, somebody, &guard);
        "guardian::end" RegisterWrite guardian::end(desk, by, now, somebody, &nobody());
        "guardian::list" PersonFind guardian::list(desk, by, now, somebody);
        "portrait::add" RegisterWrite portrait::add(desk, by, now, portrait.clone());
        "portrait::list" PersonFind portrait::list(desk, by, now, somebody);
        "portrait::retire" RegisterWrite portrait::retire(desk, by, now, &none, "x");
        "import::run" RegisterWrite import::run(desk, Some(by), &|| at(10), &source, &mut |_| {});
        "import::imports" RegisterWrite import::imports(desk, by, now, 5);
        "import::get" RegisterWrite import::get(desk, by, now, &nobody::<ImportId>());
        "import::rejections" RegisterWrite import::rejections(desk, Some(by), now, &nobody::<ImportId>(), 0);
    }
    tried
}

/// Tries every procedure that looks back as `by`.
async fn audited(world: &World, by: &SignedIn) -> Tried {
    let (desk, now) = (&world.desk, at(10));
    let mut tried: Tried = Vec::new();
    macro_rules! try_all {
        ($($name:literal $permission:ident $call:expr;)+) => {
            $(
                let before = world.entries().await;
                let outcome = $call.await.map(|_| ());
                tried.push(($name, Permission::$permission, outcome, world.entries().await - before));
            )+
        };
    }
    let request = AccessRequest { number: "ZZ9999".to_owned() };
    let looked = StationAlarmClose { finding: "station-nothing".into() };
    let close = incident::Close { finding: "handed-over".to_owned() };
    let mut out = Vec::new();
    try_all! {
        "access::answer" AccessAnswer access::answer(desk, by, now, &request);
        "access::erase" AccessAnswer access::erase(desk, by, now, &request);
        "access::figures" StatisticsSee access::figures(desk, by, now);
        "audit::search" LedgerSee audit::search(desk, by, now, &AuditSearch::default());
        "audit::pseudonym" LedgerSee audit::pseudonym(desk, by, now, &PseudonymRequest { number: "ZZ9999".to_owned() });
        "audit::root" LedgerSee audit::root(desk, by, now);
        "audit::compare" LedgerSee audit::compare(desk, by, now, "x");
        "audit::consistency" LedgerSee audit::consistency(desk, by, now, "register", (1, 2));
        "audit::export" LedgerExport audit::export(desk, by, now, &mut out, &mut |_| {});
        "audit::checkpoints" LedgerSee audit::checkpoints(desk, by, now, "register", (None, 10));
        "record::read" ConsentSee record::read(desk, by, now, &nobody::<ConsentId>());
        "incident::list" IncidentSee incident::list(desk, by, now, &incident::List::default());
        "incident::close" IncidentClose incident::close(desk, by, now, &nobody::<IncidentId>(), &close);
        "station_alarm::list" IncidentSee station_alarm::list(desk, by, now);
        "station_alarm::close" IncidentClose station_alarm::close(desk, by, now, &nobody::<StationAlarmId>(), &looked);
        "delivery::read" NoticeHandle delivery::read(desk, by, now, &nobody());
        "delivery::resend" NoticeHandle delivery::resend(desk, by, now, &nobody());
        "notice::list" NoticeHandle notice::list(desk, by, now, Window::default());
        "notice::mark" NoticeHandle notice::mark(desk, by, now, &nobody::<NoticeId>(), &NoticeMark { state: "sent".to_owned() });
    }
    tried
}

#[tokio::test(flavor = "multi_thread")]
async fn every_procedure_with_every_role() {
    for world in worlds().await {
        let office = world.office("north").await;
        let keeper = world.somebody("keeper", Role::Supervisor, &office).await;
        let new = PersonNew {
            number: "P-100-200".into(),
            name: "n".into(),
            birth_date: "1990".into(),
            address: None,
            language: None,
        };
        let somebody = person::enrol(&world.desk, &keeper, at(1), &new).await.unwrap().id;
        let mut allowed = 0;
        for role in Role::ALL {
            let by = world.somebody(&format!("a-{role}"), *role, &office).await;
            let mut tried = administered(&world, &by, &office).await;
            tried.extend(registered(&world, &by, &somebody).await);
            tried.extend(audited(&world, &by).await);
            for (name, permission, outcome, entries) in tried {
                let may = permission::allows(casework::desk::by::roles(&by).unwrap(), permission);
                let refused = outcome.as_ref().is_err_and(|error| error.code() == "permission-missing");
                assert_eq!(may, !refused, "{role} {name}: {outcome:?}");
                assert!(may || entries == 0, "{role} {name}");
                allowed += u32::from(may);
            }
        }
        assert!(allowed > 40, "{allowed}");
        world.check().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_opens_nothing_whatever_the_role() {
    for world in worlds().await {
        let office = world.office("north").await;
        for role in Role::ALL {
            let place = (!role.stands_alone()).then_some(&office);
            let operator = world.operator(&format!("i-{role}"), &[*role], place).await;
            let by = world.session(&operator, Factor::Invitation).await;
            let before = world.entries().await;
            let mut tried = administered(&world, &by, &office).await;
            tried.extend(registered(&world, &by, &nobody()).await);
            tried.extend(audited(&world, &by).await);
            for (name, _, outcome, _) in tried {
                assert_eq!(outcome.unwrap_err().code(), "permission-missing", "{role} {name}");
            }
            assert_eq!(world.entries().await, before);
        }
    }
}
