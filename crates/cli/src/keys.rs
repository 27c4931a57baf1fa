//! `countenance keys`: the key ring.

use crate::args::Common;
use crate::code::Code;
use crate::exit::{Failure, Result};
use crate::print::Printer;
use crate::serve::RING_EVERY_S;
use crate::site::{At, Site, block_on};
use crate::{Clock, file};
use ::server::ring;
use casework::desk::upkeep;
use clap::{Args, Subcommand, ValueEnum};
use face::code::Exit;
use seal::keys::{Domain, FileRing, KeyId, KeyRing as _, Rotate, SignUse, Usage};
use serde::Serialize;
use std::time::{Duration, SystemTime};
use store::ledger::{Act, Actor, Kind, Shard};
use store::rotation::{self, Stale};
use store::{Db, meta};

/// After so long every server that reads the ring's file has seen a change of it.
const SETTLED: Duration = Duration::from_secs(2 * RING_EVERY_S);

/// `keys`
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Name all keys, and what older keys still hold
    List(At),
    /// Make new keys and wrap everything again with them; the server goes on meanwhile
    Rotate(RotateArgs),
    /// Take an old key out of the ring, when nothing is left that needs it
    Retire(Retire),
}

/// `keys rotate`
#[derive(Debug, Args)]
pub(crate) struct RotateArgs {
    #[command(flatten)]
    at: At,
    /// Which keys
    #[arg(long, value_enum, value_delimiter = ',', required_unless_present_any = ["templates", "finish"])]
    which: Vec<Which>,
    /// The templates of this purpose: all are renewed, and a leaked one becomes useless
    #[arg(long, value_name = "PURPOSE")]
    templates: Vec<String>,
    /// Make no new keys; only do what an earlier rotation left
    #[arg(long, conflicts_with_all = ["which", "templates"])]
    finish: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Which {
    /// Names, numbers, addresses
    Identity,
    /// Portraits, templates, live pictures
    Biometric,
    /// Evidence
    Evidence,
    /// Operators' second factors
    Operator,
    /// Backups that are made from now on
    Backup,
    /// The keyed hashes by which persons are found
    Number,
    /// The ledger's signatures from now on
    Ledger,
    /// The signatures of receipts from now on
    Receipt,
}

impl Which {
    fn rotates(self) -> Rotate {
        match self {
            Self::Identity => Rotate::Domains(vec![Domain::Identity]),
            Self::Biometric => Rotate::Domains(vec![Domain::Portrait, Domain::Template, Domain::Frame]),
            Self::Evidence => Rotate::Domains(vec![Domain::Evidence]),
            Self::Operator => Rotate::Domains(vec![Domain::Operator]),
            Self::Backup => Rotate::Domains(vec![Domain::Backup]),
            Self::Number => Rotate::Number,
            Self::Ledger => Rotate::Sign(SignUse::Ledger),
            Self::Receipt => Rotate::Sign(SignUse::Receipt),
        }
    }
}

/// `keys retire`
#[derive(Debug, Args)]
pub(crate) struct Retire {
    #[command(flatten)]
    at: At,
    /// The key's name, as `countenance keys list` prints it
    #[arg(value_name = "KEY")]
    key: KeyId,
    /// For a key of backups: those that it sealed are destroyed, or may be lost
    #[arg(long)]
    backups_destroyed: bool,
}

#[derive(Serialize)]
struct Document {
    keys: Vec<KeyId>,
    new: Vec<KeyId>,
    stale: Stale,
}

/// Runs one of the commands.
pub(crate) fn run(command: &Command, common: &Common, clock: Clock, printer: &Printer) -> Result<Exit> {
    match command {
        Command::List(at) => {
            let site = Site::open(at)?;
            let stale = block_on(async { stale(&site, &site.db(clock()).await?, clock).await })?;
            tell(&site, Vec::new(), stale, printer)
        }
        Command::Rotate(args) => rotate(args, common, clock, printer),
        Command::Retire(args) => retire(args, clock, printer),
    }
}

/// Adds keys to the file, tells the database their names, and wraps everything again.
fn rotate(args: &RotateArgs, common: &Common, clock: Clock, printer: &Printer) -> Result<Exit> {
    let site = Site::open(&args.at)?;
    known_purposes(&site, &args.templates)?;
    let mut ring = read(&site)?;
    let mut new = Vec::new();
    let purposes = args.templates.iter().map(|purpose| Rotate::Template { purpose: purpose.clone() });
    for which in args.which.iter().map(|which| which.rotates()).chain(purposes) {
        new.extend(ring.rotate(&which, &ring::day(clock()), site.random.as_ref())?);
    }
    if !new.is_empty() {
        // The file first: a database that names keys which no file holds would be refused at the next start.
        ring::write(&site.config.keys.file, &ring)?;
        site.ring.refresh()?;
    }
    let stale = block_on(async {
        if args.which.contains(&Which::Number) {
            // Until it has read the new key, a server would have to refuse whom it does not find.
            settle(&site, clock).await;
        }
        let desk = site.desk(common, clock()).await?;
        if !new.is_empty() {
            announce(&site, &desk.db, &new, clock).await?;
        }
        while upkeep::rotate(&desk, clock()).await? != upkeep::RotatedView::default() {}
        Ok(upkeep::stale(&desk, clock()).await?)
    })?;
    tell(&site, new, stale, printer)
}

/// Refuses purposes of no service: their templates would not be those that were meant.
fn known_purposes(site: &Site, purposes: &[String]) -> Result<()> {
    let services = site.services()?;
    match purposes.iter().find(|purpose| !services.all().iter().any(|service| service.purpose() == purpose.as_str())) {
        Some(unknown) => Err(Failure::new(Code::Usage, format!("no service has the purpose {unknown}"))),
        None => Ok(()),
    }
}

/// Waits until every server has read the ring as it is in the file.
async fn settle(site: &Site, clock: Clock) {
    let changed = std::fs::metadata(&site.config.keys.file).and_then(|about| about.modified());
    let age = changed.ok().and_then(|at| SystemTime::from(clock()).duration_since(at).ok()).unwrap_or_default();
    tokio::time::sleep(SETTLED.saturating_sub(age)).await;
}

fn read(site: &Site) -> Result<FileRing> {
    Ok(FileRing::parse(&file::text(&site.config.keys.file)?)?)
}

/// Notes the new keys in the database and in the ledger.
async fn announce(site: &Site, db: &Db, new: &[KeyId], clock: Clock) -> Result<()> {
    let means = site.means(clock());
    let mut tx = db.write().await?;
    meta::open_check(&mut tx, &means).await?;
    let names = new.iter().map(KeyId::as_str).collect::<Vec<_>>().join(" ");
    let act = Act::new(Kind::KeysRotated, Shard::Register, &Actor::System).fact("keys", names);
    store::ledger::append(&mut tx, &means, &act).await?;
    Ok(tx.commit().await?)
}

async fn stale(site: &Site, db: &Db, clock: Clock) -> Result<Stale> {
    let mut tx = db.read().await?;
    Ok(rotation::stale(&mut tx, &site.means(clock())).await?)
}

/// Takes a key out, if nothing needs it any more.
fn retire(args: &Retire, clock: Clock, printer: &Printer) -> Result<Exit> {
    let site = Site::open(&args.at)?;
    let mut ring = read(&site)?;
    let usage = ring.usage(&args.key).cloned();
    ring.retire(&args.key)?;
    let usage = usage.ok_or_else(|| seal::Error::new(seal::Code::KeyUnknown, args.key.to_string()))?;
    if usage == Usage::Seal(Domain::Backup) && !args.backups_destroyed {
        let detail = format!("backups that {} sealed could not be restored; say --backups-destroyed if so", args.key);
        return Err(store::Error::new(store::Code::KeyNeeded, detail).into());
    }
    let stale = block_on(async {
        // A server that still seals with the old key would leave a record that nothing opens.
        settle(&site, clock).await;
        let db = site.db(clock()).await?;
        let means = site.means(clock());
        let mut tx = db.write().await?;
        rotation::retire(&mut tx, (&args.key, &usage)).await?;
        let act = Act::new(Kind::KeysRotated, Shard::Register, &Actor::System).fact("retired", args.key.as_str());
        store::ledger::append(&mut tx, &means, &act).await?;
        tx.commit().await?;
        stale(&site, &db, clock).await
    })?;
    ring::write(&site.config.keys.file, &ring)?;
    site.ring.refresh()?;
    tell(&site, Vec::new(), stale, printer)
}

fn tell(site: &Site, new: Vec<KeyId>, stale: Stale, printer: &Printer) -> Result<Exit> {
    let document = Document { keys: site.ring.key_ids(), new, stale };
    printer.result(&document, |_| {
        let mark = |key| if document.new.contains(key) { "  new" } else { "" };
        let mut lines: Vec<String> = document.keys.iter().map(|key| format!("{key}{}", mark(key))).collect();
        for (domain, count) in document.stale.wrapped.iter().filter(|(_, count)| *count > 0) {
            lines.push(format!("{count} records of {domain} are still wrapped with an older key"));
        }
        if document.stale.numbers > 0 {
            lines.push(format!("{} identity numbers are still hashed with an older key", document.stale.numbers));
        }
        lines.join("\n") + "\n"
    })?;
    Ok(Exit::Match)
}
