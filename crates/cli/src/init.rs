//! `countenance init`: prepares a folder for a new installation.

use crate::code::Code;
use crate::exit::{Failure, Result};
use crate::print::Printer;
use crate::{Clock, file};
use ::server::random::OsRandom;
use ::server::ring;
use clap::Args;
use face::code::Exit;
use seal::keys::FileRing;
use serde::Serialize;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// `init`
#[derive(Debug, Args)]
pub(crate) struct Init {
    /// The folder; it is made if it is not there
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,
    /// The address that people and receipts will use
    #[arg(long, value_name = "URL", default_value = "http://localhost:8080")]
    pub(crate) public_url: String,
    /// Address and port to listen on
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    pub(crate) listen: SocketAddr,
    /// The installation's name in the ledger's checkpoints
    #[arg(long, value_name = "NAME", default_value = "countenance.local")]
    pub(crate) origin: String,
    /// The database: PostgreSQL instead of an SQLite file in the folder
    #[arg(long, value_name = "URL")]
    pub(crate) database: Option<String>,
}

/// What was written.
#[derive(Serialize)]
pub(crate) struct Document {
    pub(crate) config: PathBuf,
    keys: PathBuf,
}

/// Writes `countenance.toml` and `keys.json`.
pub(crate) fn run(args: &Init, clock: Clock, printer: &Printer) -> Result<Exit> {
    let document = prepare(&args.folder, &text(args), clock)?;
    printer.result(&document, |_| {
        format!(
            "Configuration: {}\nKeys:          {}  (keep a copy apart from the database; without it nothing opens)\n\n\
             Next: countenance serve --config {}\n",
            document.config.display(),
            document.keys.display(),
            document.config.display()
        )
    })?;
    Ok(Exit::Match)
}

/// Writes a configuration and new keys into a folder that holds neither.
pub(crate) fn prepare(folder: &Path, text: &str, clock: Clock) -> Result<Document> {
    let (config, keys) = (folder.join("countenance.toml"), folder.join("keys.json"));
    for taken in [&config, &keys] {
        if taken.exists() {
            return Err(Failure::new(Code::FolderInUse, "the file exists").in_file(taken));
        }
    }
    fs::create_dir_all(folder).map_err(|error| Failure::write(error.to_string()).in_file(folder))?;
    ::server::Config::parse(text, folder).map_err(|detail| Failure::new(Code::ConfigInvalid, detail))?;
    ring::write(&keys, &FileRing::generate(&ring::day(clock()), &OsRandom)?)?;
    file::write(&config, text.as_bytes())?;
    Ok(Document { config, keys })
}

/// The configuration that the options ask for.
pub(crate) fn text(args: &Init) -> String {
    let quoted = |text: &str| toml_text(text);
    format!(
        "# Countenance. Unknown keys are errors; relative paths are those of this folder.\n\n\
         [server]\nlisten = {}\npublic_url = {}\n\
         # With a certificate the server may listen on other addresses than loopback.\n\
         # certificate_file = \"tls.pem\"\n# private_key_file = \"tls.key\"\n\n\
         [database]\nurl = {}\n\n\
         [keys]\nfile = \"keys.json\"\n\n\
         [ledger]\norigin = {}\n\
         # Copies of signed roots; put this on another disk or machine, so that an old database that is put back is noticed.\n\
         witness_folder = \"witness\"\n",
        quoted(&args.listen.to_string()),
        quoted(&args.public_url),
        quoted(args.database.as_deref().unwrap_or("sqlite://countenance.db")),
        quoted(&args.origin),
    )
}

/// A text as TOML writes it: JSON's escapes are TOML's.
pub(crate) fn toml_text(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
