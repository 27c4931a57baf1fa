//! `countenance keys`: the key ring.

use crate::args::Common;
use crate::exit::Result;
use crate::print::Printer;
use crate::site::{At, Site, block_on};
use crate::{Clock, file};
use ::server::ring;
use casework::desk::upkeep;
use clap::{Args, Subcommand, ValueEnum};
use face::code::Exit;
use seal::keys::{Domain, FileRing, KeyId, KeyRing as _, Rotate, SignUse};
use serde::Serialize;
use store::ledger::{Act, Actor, Kind, Shard};
use store::rotation::{self, Stale};
use store::{Db, meta};

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
    #[arg(long, value_enum, value_delimiter = ',', required_unless_present = "templates")]
    which: Vec<Which>,
    /// The templates of this purpose: all are renewed, and a leaked one becomes useless
    #[arg(long, value_name = "PURPOSE")]
    templates: Vec<String>,
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
    let mut ring = read(&site)?;
    let mut new = Vec::new();
    let purposes = args.templates.iter().map(|purpose| Rotate::Template { purpose: purpose.clone() });
    for which in args.which.iter().map(|which| which.rotates()).chain(purposes) {
        new.extend(ring.rotate(&which, &ring::day(clock()), site.random.as_ref())?);
    }
    // The file first: a database that names keys which no file holds would be refused at the next start.
    ring::write(&site.config.keys.file, &ring)?;
    site.ring.refresh()?;
    let stale = block_on(async {
        let desk = site.desk(common, clock()).await?;
        announce(&site, &desk.db, &new, clock).await?;
        upkeep::rotate(&desk, clock()).await?;
        Ok(upkeep::stale(&desk, clock()).await?)
    })?;
    tell(&site, new, stale, printer)
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
    ring.retire(&args.key)?;
    let stale = block_on(async {
        let db = site.db(clock()).await?;
        let stale = stale(&site, &db, clock).await?;
        if stale.is_none() {
            let means = site.means(clock());
            let mut tx = db.write().await?;
            meta::forget_keys(&mut tx, std::slice::from_ref(&args.key)).await?;
            let act = Act::new(Kind::KeysRotated, Shard::Register, &Actor::System).fact("retired", args.key.as_str());
            store::ledger::append(&mut tx, &means, &act).await?;
            tx.commit().await?;
        }
        Ok(stale)
    })?;
    if !stale.is_none() {
        printer.note(
            "Older keys still hold records: run `countenance keys rotate` to its end first. Nothing was retired.",
        );
        tell(&site, Vec::new(), stale, printer)?;
        return Ok(Exit::NoMatch);
    }
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
