//! The form of an operator: who, where, what and since when trained.

use super::super::Choice;
use crate::html::shell::Shell;
use casework::Role;
use casework::desk::office::OfficeView;
use casework::desk::operator::{self, OperatorView, Standing};
use jiff::civil::Date;
use serde::Deserialize;

/// What the forms hold. A role is ticked or missing.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Filled {
    #[serde(default)]
    pub(super) login: String,
    #[serde(default)]
    pub(super) name: String,
    office: String,
    pub(super) trained_on: String,
    #[serde(default)]
    clerk: Option<String>,
    #[serde(default)]
    supervisor: Option<String>,
    #[serde(default)]
    auditor: Option<String>,
    #[serde(default)]
    administrator: Option<String>,
    #[serde(default)]
    protection_officer: Option<String>,
}

impl Filled {
    pub(super) fn of(operator: &OperatorView) -> Self {
        let ticked = |role: Role| operator.roles.iter().any(|held| held == role.as_str()).then(|| "yes".to_owned());
        Self {
            login: operator.login.clone(),
            name: operator.name.clone(),
            office: operator.office.as_ref().map_or_else(String::new, ToString::to_string),
            trained_on: operator.trained_until.map_or_else(String::new, |at| operator::training_days(at).0.to_string()),
            clerk: ticked(Role::Clerk),
            supervisor: ticked(Role::Supervisor),
            auditor: ticked(Role::Auditor),
            administrator: ticked(Role::Administrator),
            protection_officer: ticked(Role::ProtectionOfficer),
        }
    }

    fn has(&self, role: Role) -> bool {
        match role {
            Role::Clerk => &self.clerk,
            Role::Supervisor => &self.supervisor,
            Role::Auditor => &self.auditor,
            Role::Administrator => &self.administrator,
            Role::ProtectionOfficer => &self.protection_officer,
        }
        .is_some()
    }

    /// What the form asks for, or the key of what is wrong with it.
    pub(super) fn standing(&self) -> Result<Standing, &'static str> {
        let office = Some(self.office.trim()).filter(|office| !office.is_empty());
        let office = office.map(|office| office.parse().map_err(|_| "operator-office-unknown")).transpose()?;
        let day = Some(self.trained_on.trim()).filter(|day| !day.is_empty());
        let trained_on = day.map(|day| day.parse::<Date>().map_err(|_| "operator-day-wrong")).transpose()?;
        let roles = Role::ALL.iter().filter(|role| self.has(**role)).map(|role| role.as_str().to_owned()).collect();
        Ok(Standing { office, roles, trained_on })
    }

    pub(super) fn roles(&self, shell: &Shell) -> Vec<Choice> {
        let choice = |role: &Role| Choice {
            value: role.as_str().to_owned(),
            name: shell.words.of_code("role-", role.as_str()),
            chosen: self.has(*role),
        };
        Role::ALL.iter().map(choice).collect()
    }

    pub(super) fn offices(&self, offices: &[OfficeView]) -> Vec<Choice> {
        let open = offices.iter().filter(|office| office.closed_at.is_none() || office.id.as_str() == self.office);
        open.map(|office| Choice {
            value: office.id.to_string(),
            name: office.name.clone(),
            chosen: office.id.as_str() == self.office,
        })
        .collect()
    }
}
