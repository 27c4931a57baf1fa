//! The names that stand around an operator, which make bad passwords: login, name, office, services, installation.

use super::{Desk, Secret};
use crate::error::Result;
use store::id::OperatorId;
use store::{office, operator};

/// Refuses a password that is too weak, or made of such names, and gives the login whose it is to be.
///
/// # Errors
/// `password-too-weak`; `not-found`; the codes of the database.
pub(super) async fn fit(desk: &Desk, operator: &OperatorId, password: &Secret) -> Result<String> {
    let mut tx = desk.db.read().await?;
    let found = operator::get(&mut tx, operator).await?;
    let office = match &found.office {
        Some(id) => Some(office::get(&mut tx, id).await?),
        None => None,
    };
    drop(tx);
    let mut names = vec![&*found.login, &*found.name, &*desk.settings.origin, &*desk.settings.public_url];
    names.extend(office.iter().flat_map(|office| [&*office.code, &*office.name]));
    for service in desk.services.all() {
        let title = &service.definition().title;
        names.extend([service.id().as_str(), &*title.zh_hant, &*title.zh_hans, &*title.en]);
    }
    seal::password::check_strength(password.as_str(), &names, true)?;
    Ok(found.login)
}
