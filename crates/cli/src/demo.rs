//! `countenance demo`: a whole town in one folder, with credentials that anyone may read. It is made by the same procedures as a real one.

mod register;
mod stage;

use crate::args::Common;
use crate::code::Code;
use crate::exit::{Failure, Result};
use crate::init::{self, Init};
use crate::print::{self, Printer};
use crate::progress::Bar;
use crate::site::{At, Site, block_on};
use crate::{Clock, file, serve};
use ::server::demo::{Demo as Town, Stage};
use ::server::{App, logs};
use clap::Args;
use face::code::Exit;
use serde::Serialize;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Ports that are tried when none is asked for.
const PORTS: std::ops::Range<u16> = 8080..8100;
/// The file of a kept demonstration that holds what anyone may know.
const STAGE_FILE: &str = "demo.json";

/// `demo`
#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// Keep everything in this folder, and go on there the next time [default: a folder that is deleted at the end]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// The port of this machine to listen on [default: the first free one from 8080]
    #[arg(long, value_name = "PORT")]
    port: Option<u16>,
    /// Offer the services of the definitions in this folder instead of the built-in ones
    #[arg(long, value_name = "DIR")]
    services: Option<PathBuf>,
}

#[derive(Serialize)]
struct Document<'a> {
    address: String,
    folder: &'a Path,
    kept: bool,
    cast: &'a [::server::demo::Player],
}

/// A folder that goes with the demonstration, unless it was asked for by name.
struct Folder {
    path: PathBuf,
    kept: bool,
}

impl Drop for Folder {
    fn drop(&mut self) {
        if !self.kept {
            // What cannot be deleted lies in the system's folder for such things.
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}

/// Makes the town, or finds it again, and serves it until the process is asked to end.
pub(crate) fn run(args: &Demo, common: &Common, clock: Clock, printer: &Printer) -> Result<Exit> {
    let folder = match &args.data {
        Some(path) => Folder { path: path.clone(), kept: true },
        None => {
            Folder { path: std::env::temp_dir().join(format!("countenance-demo-{}", std::process::id())), kept: false }
        }
    };
    let port = port(args.port)?;
    let address = format!("http://localhost:{port}");
    let mut text = config(&folder.path, port, &address);
    if let Some(services) = &args.services {
        let whole = std::path::absolute(services).unwrap_or_else(|_| services.clone());
        text = format!("{text}\n[services]\nfolder = {}\n", init::toml_text(&whole.to_string_lossy()));
    }
    let site = site(&folder.path, &text, clock)?;
    let failed = |detail: String| Failure::new(Code::ServerFailed, detail);
    logs::begin(&site.config.log).map_err(failed)?;
    block_on(async {
        let desk = site.desk(common, clock()).await?;
        let known = folder.path.join(STAGE_FILE);
        let stage = if known.exists() {
            let text = file::text(&known)?;
            serde_json::from_str(&text)
                .map_err(|error| Failure::new(Code::ConfigInvalid, error.to_string()).in_file(&known))?
        } else {
            let bar = Bar::new(printer.watched, printer.talk.unicode);
            printer.note("Making two offices, 29 stations, the operators and the register.");
            let stage = stage::make(&desk, clock, &bar).await?;
            keep(&known, &stage)?;
            stage
        };
        let document =
            Document { address: format!("{address}/demo"), folder: &folder.path, kept: folder.kept, cast: &stage.cast };
        printer.result(&document, |_| words(&document))?;
        let town = Town::new(stage, register::RECORDINGS.to_vec());
        let app = App::demonstration(desk, site.config.clone(), Arc::new(clock), town);
        serve::until_stopped(&app).await
    })?;
    if folder.kept {
        print::say(&format!("Everything stays in {}.", folder.path.display()));
    }
    Ok(Exit::Match)
}

fn keep(file: &Path, stage: &Stage) -> Result<()> {
    let text = serde_json::to_vec_pretty(stage).map_err(|error| Failure::write(error.to_string()).in_file(file))?;
    file::write(file, &text)
}

/// The asked port, or the first free one.
fn port(asked: Option<u16>) -> Result<u16> {
    let free = |port: &u16| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok();
    let busy = |detail: String| Failure::new(Code::ServerFailed, detail);
    match asked {
        Some(port) if free(&port) => Ok(port),
        Some(port) => Err(busy(format!("another program uses port {port}: choose another with --port"))),
        None => PORTS.into_iter().find(free).ok_or_else(|| {
            busy(format!("ports {} to {} are all in use: choose one with --port", PORTS.start, PORTS.end - 1))
        }),
    }
}

/// The configuration of an installation in the folder.
fn config(folder: &Path, port: u16, address: &str) -> String {
    let init = Init {
        folder: folder.to_path_buf(),
        public_url: address.to_owned(),
        listen: SocketAddr::from((Ipv4Addr::LOCALHOST, port)),
        origin: "demo.countenance.local".to_owned(),
        database: None,
    };
    format!("{}\n[log]\nfilter = \"warn\"\njson = false\n", init::text(&init))
}

/// The installation in the folder; a new one where there is none. The configuration is written anew: the port may be another than the last time.
fn site(folder: &Path, text: &str, clock: Clock) -> Result<Site> {
    let config = folder.join("countenance.toml");
    if folder.join(STAGE_FILE).exists() {
        file::write(&config, text.as_bytes())?;
    } else {
        init::prepare(folder, text, clock)?;
    }
    Site::open(&At { config })
}

fn words(document: &Document<'_>) -> String {
    let column = |text: &str, width: usize| format!("{text:<width$}");
    let rows = document.cast.iter().map(|player| {
        let roles = player.roles.join(", ");
        format!("  {} {} {}\n", column(&player.login, 16), column(&player.password, 26), roles)
    });
    let end = if document.kept { "Ctrl-C ends it; the data stays." } else { "Ctrl-C ends it and deletes everything." };
    format!(
        "\n  Open {}\n\n  {} {} roles\n{}\n  The page shows the one-time codes, signs you in with one click, and tells what to try.\n  {end}\n\n",
        document.address,
        column("login", 16),
        column("password", 26),
        rows.collect::<String>(),
    )
}
