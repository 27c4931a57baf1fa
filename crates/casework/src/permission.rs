//! Who may do what: five roles, one table of permissions, and the training that runs out.
//!
//! Three rules hold for the table and are tested: an auditor writes nothing, an administrator sees neither persons nor evidence, and
//! nobody can both report a suspicion and second it (the last one is also checked by operator, see [`crate::visit::apply`]).

use crate::closed::closed;
use crate::code::Code;
use crate::error::{Error, Result};
use crate::limits::TRAINING_DAYS_MAX;
use jiff::civil::Date;

closed! {
    /// What an operator is.
    pub enum Role {
        Clerk "clerk" "Works at a counter: runs visits, judges, decides, reports.";
        Supervisor "supervisor" "Seconds or dismisses reports, resets attempts, keeps the register.";
        Auditor "auditor" "Reads the ledger and writes nothing.";
        Administrator "administrator" "Keeps operators, offices, stations and the installation; sees no person and no evidence.";
        ProtectionOfficer "protection-officer" "Sees consents and withdrawals, answers persons' requests.";
    }
}

impl Role {
    /// The role with this text.
    ///
    /// # Errors
    /// `role-unknown`.
    pub fn require(text: &str) -> Result<Self> {
        Self::parse(text).ok_or_else(|| Error::new(Code::RoleUnknown, "not in the list of roles"))
    }

    /// True if an operator with this role has no other: whoever checks, administers or protects takes no part in the casework.
    pub fn stands_alone(self) -> bool {
        !matches!(self, Self::Clerk | Self::Supervisor)
    }
}

closed! {
    /// The most private thing that a permission opens.
    pub enum Sees {
        Nothing "nothing" "No personal data.";
        Ledger "ledger" "Entries of the ledger: persons by their pseudonyms, operators by name, no pictures.";
        Consents "consents" "Consents and withdrawals.";
        Persons "persons" "Persons of the register, numbers masked.";
        Evidence "evidence" "Pictures, judgements and evidence.";
    }
}

/// One row of the table of permissions.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The permission.
    pub permission: Permission,
    /// True if it changes anything but the ledger's own entry of the use.
    pub writes: bool,
    /// The most private thing that it opens.
    pub sees: Sees,
    /// Who has it.
    pub roles: &'static [Role],
}

macro_rules! permissions {
    ($($name:ident $text:literal $writes:literal $sees:ident [$($role:ident)+] $doc:literal;)+) => {
        closed! {
            /// One thing that an operator may be allowed to do.
            pub enum Permission { $($name $text $doc;)+ }
        }

        /// The table of permissions, in the order of [`Permission`].
        pub const TABLE: &[Row] = &[$(Row {
            permission: Permission::$name,
            writes: $writes,
            sees: Sees::$sees,
            roles: &[$(Role::$role),+],
        },)+];
    };
}

permissions! {
    PersonFind "person-find" false Persons [Clerk Supervisor] "Find one person by number or name; numbers stay masked.";
    VisitSee "visit-see" false Persons [Clerk Supervisor] "See the visits of the own office.";
    VisitRun "visit-run" true Persons [Clerk] "Open a visit, claim a person, ask for consent, start a capture, end the visit.";
    EvidenceJudge "evidence-judge" true Evidence [Clerk] "Judge live and stored pictures; after that, open the evidence.";
    OutcomeDecide "outcome-decide" true Persons [Clerk] "Check papers, confirm or refer.";
    ReportMake "report-make" true Evidence [Clerk] "Report a suspected impersonation, with a reason.";
    ReportSecond "report-second" true Evidence [Supervisor] "Second or dismiss another operator's report.";
    IncidentSee "incident-see" false Evidence [Supervisor] "See the incidents of the own office.";
    IncidentExport "incident-export" false Evidence [Supervisor] "Export the case file of an incident.";
    IncidentClose "incident-close" true Evidence [Supervisor] "Close a confirmed incident that was followed up; not one's own report.";
    NoticeHandle "notice-handle" true Persons [Supervisor] "See the notices of the own office and note what became of them.";
    AttemptsReset "attempts-reset" true Persons [Supervisor] "Reset a person's failed attempts.";
    RegisterWrite "register-write" true Persons [Supervisor] "Import persons and portraits; record life events.";
    ConsentSee "consent-see" false Consents [ProtectionOfficer] "See consents, their notices, and withdrawals.";
    ConsentWithdraw "consent-withdraw" true Consents [Clerk ProtectionOfficer] "Record a withdrawal that a person declares.";
    AccessAnswer "access-answer" true Consents [ProtectionOfficer] "See and answer a person's request: what is held, who looked, delete it.";
    LedgerSee "ledger-see" false Ledger [Auditor] "Read the ledger, its proofs and checkpoints.";
    LedgerExport "ledger-export" false Ledger [Auditor] "Export the ledger for a check elsewhere.";
    StatisticsSee "statistics-see" false Nothing [Supervisor Auditor ProtectionOfficer] "See counts by service and outcome.";
    OperatorManage "operator-manage" true Nothing [Administrator] "Add, change and end operators, their roles and training dates.";
    OfficeSee "office-see" false Nothing [Supervisor Administrator] "See the own office, its stations and operators; an administrator all of them.";
    OfficeManage "office-manage" true Nothing [Administrator] "Add and change offices and stations.";
    AgencyManage "agency-manage" true Nothing [Administrator] "Add, change and pause agencies that are told something, and renew their secrets.";
    SystemSee "system-see" false Nothing [Administrator] "See health, keys' names, background work and versions.";
}

impl Permission {
    /// The permission's row in [`TABLE`].
    pub fn row(self) -> &'static Row {
        &TABLE[self as usize]
    }

    /// True for what NIST SP 800-63A §3.12 asks training for: comparing faces and acting on it.
    pub fn needs_training(self) -> bool {
        matches!(self, Self::EvidenceJudge | Self::ReportMake | Self::ReportSecond)
    }
}

/// The roles of one operator.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Roles(u8);

impl Roles {
    /// The set of `roles`, if one operator may hold them together.
    ///
    /// # Errors
    /// `roles-conflict`: auditor, administrator and protection officer hold no second role.
    pub fn of(roles: &[Role]) -> Result<Self> {
        let set = Self(roles.iter().fold(0, |bits, role| bits | role.bit()));
        match set.iter().find(|role| role.stands_alone()) {
            Some(alone) if set.0 != alone.bit() => {
                Err(Error::new(Code::RolesConflict, format!("{alone} holds no second role")))
            }
            _ => Ok(set),
        }
    }

    /// The roles of a stored text: names, separated by single commas, in the order of [`Role`].
    ///
    /// # Errors
    /// `role-unknown`, `roles-conflict`.
    pub fn parse(text: &str) -> Result<Self> {
        if text.is_empty() {
            return Ok(Self::default());
        }
        let roles: Vec<Role> = text.split(',').map(Role::require).collect::<Result<_>>()?;
        if roles.windows(2).any(|pair| pair[0] >= pair[1]) {
            return Err(Error::new(Code::RoleUnknown, "roles out of order or twice"));
        }
        Self::of(&roles)
    }

    /// True if `role` is among them.
    pub fn has(self, role: Role) -> bool {
        self.0 & role.bit() != 0
    }

    /// The roles, in the order of [`Role`].
    pub fn iter(self) -> impl Iterator<Item = Role> {
        Role::ALL.iter().copied().filter(move |role| self.has(*role))
    }

    /// Everything these roles allow, in the order of [`Permission`].
    pub fn permissions(self) -> impl Iterator<Item = Permission> {
        Permission::ALL.iter().copied().filter(move |&permission| allows(self, permission))
    }
}

impl Role {
    fn bit(self) -> u8 {
        1 << (self as u8)
    }
}

impl std::fmt::Display for Roles {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<&str> = self.iter().map(Role::as_str).collect();
        f.write_str(&names.join(","))
    }
}

/// True if one of `roles` has `permission`.
pub fn allows(roles: Roles, permission: Permission) -> bool {
    permission.row().roles.iter().any(|role| roles.has(*role))
}

/// Refuses unless one of `roles` has `permission`.
///
/// # Errors
/// `permission-missing`.
pub fn require(roles: Roles, permission: Permission) -> Result<()> {
    if allows(roles, permission) {
        return Ok(());
    }
    Err(Error::new(Code::PermissionMissing, format!("{permission} is not among the operator's permissions")))
}

/// The last day on which a training counts that was assessed on `assessed`: [`TRAINING_DAYS_MAX`] days, the first included.
pub fn training_ends(assessed: Date) -> Date {
    assessed.saturating_add(jiff::Span::new().days(TRAINING_DAYS_MAX - 1))
}

/// True if a training that counts until `until`, that day included, counts on `today` (both in the office's time zone).
pub fn trained(until: Option<Date>, today: Date) -> bool {
    until.is_some_and(|until| today <= until)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use std::collections::BTreeSet;

    fn of(role: Role) -> BTreeSet<Permission> {
        Roles::of(&[role]).unwrap().permissions().collect()
    }

    #[test]
    fn the_table_says_who_may_do_what() {
        let table: String = TABLE.iter().fold(String::new(), |text, row| {
            let roles: Vec<&str> = row.roles.iter().map(|role| role.as_str()).collect();
            let writes = if row.writes { "writes" } else { "reads" };
            format!("{text}{}: {writes}, {}, {}\n", row.permission, row.sees, roles.join(" "))
        });
        insta::assert_snapshot!(table, @"
        person-find: reads, persons, clerk supervisor
        visit-see: reads, persons, clerk supervisor
        visit-run: writes, persons, clerk
        evidence-judge: writes, evidence, clerk
        outcome-decide: writes, persons, clerk
        report-make: writes, evidence, clerk
        report-second: writes, evidence, supervisor
        incident-see: reads, evidence, supervisor
        incident-export: reads, evidence, supervisor
        incident-close: writes, evidence, supervisor
        notice-handle: writes, persons, supervisor
        attempts-reset: writes, persons, supervisor
        register-write: writes, persons, supervisor
        consent-see: reads, consents, protection-officer
        consent-withdraw: writes, consents, clerk protection-officer
        access-answer: writes, consents, protection-officer
        ledger-see: reads, ledger, auditor
        ledger-export: reads, ledger, auditor
        statistics-see: reads, nothing, supervisor auditor protection-officer
        operator-manage: writes, nothing, administrator
        office-see: reads, nothing, supervisor administrator
        office-manage: writes, nothing, administrator
        agency-manage: writes, nothing, administrator
        system-see: reads, nothing, administrator
        ");
        assert!(TABLE.iter().zip(Permission::ALL).all(|(row, permission)| row.permission == *permission));
    }

    #[test]
    fn an_auditor_reads_the_ledger_and_writes_nothing() {
        for permission in of(Role::Auditor) {
            let row = permission.row();
            assert!(!row.writes && matches!(row.sees, Sees::Ledger | Sees::Nothing), "{permission}");
        }
        assert!(of(Role::Auditor).contains(&Permission::LedgerSee));
    }

    #[test]
    fn an_administrator_sees_no_person_and_no_evidence() {
        assert!(of(Role::Administrator).iter().all(|permission| permission.row().sees == Sees::Nothing));
        assert!(of(Role::Administrator).contains(&Permission::OperatorManage));
    }

    #[test]
    fn a_protection_officer_sees_consents_and_no_evidence() {
        let seen = of(Role::ProtectionOfficer);
        assert!(seen.iter().all(|permission| matches!(permission.row().sees, Sees::Consents | Sees::Nothing)));
        assert!(seen.contains(&Permission::ConsentSee) && seen.contains(&Permission::AccessAnswer));
    }

    #[test]
    fn no_role_both_reports_and_seconds() {
        for role in Role::ALL {
            let seen = of(*role);
            assert!(!(seen.contains(&Permission::ReportMake) && seen.contains(&Permission::ReportSecond)), "{role}");
            assert!(!seen.is_empty(), "{role}");
        }
        assert!(Permission::ALL.iter().all(|permission| !permission.row().roles.is_empty()));
    }

    #[test]
    fn who_checks_takes_no_part() {
        for a in Role::ALL {
            for b in Role::ALL {
                let conflict = a != b && (a.stands_alone() || b.stands_alone());
                assert_eq!(Roles::of(&[*a, *b]).is_err(), conflict, "{a} {b}");
            }
        }
        assert!(Roles::of(Role::ALL).is_err());
    }

    #[test]
    fn roles_survive_storage() {
        for roles in [&[][..], &[Role::Clerk], &[Role::Clerk, Role::Supervisor], &[Role::Auditor]] {
            let set = Roles::of(roles).unwrap();
            assert_eq!(Roles::parse(&set.to_string()), Ok(set));
            assert_eq!(set.iter().collect::<Vec<_>>(), roles);
        }
        for bad in
            ["clerk,", ",", "clerk,clerk", "supervisor,clerk", "Clerk", "root", "clerk,auditor", "clerk, supervisor"]
        {
            assert!(Roles::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn nobody_without_a_role_may_do_anything() {
        assert_eq!(Roles::default().permissions().count(), 0);
        let refused = require(Roles::default(), Permission::LedgerSee).unwrap_err();
        assert_eq!(refused.code(), "permission-missing");
        assert_eq!(require(Roles::of(&[Role::Auditor]).unwrap(), Permission::LedgerSee), Ok(()));
    }

    #[test]
    fn training_runs_out_after_its_last_day() {
        let until = training_ends(date(2027, 2, 1));
        assert_eq!(until, date(2028, 2, 1));
        assert!(trained(Some(until), until) && trained(Some(until), date(2027, 2, 1)));
        assert!(!trained(Some(until), date(2028, 2, 2)));
        assert!(!trained(None, date(2027, 2, 1)));
        assert_eq!(training_ends(Date::MAX), Date::MAX);
    }
}
