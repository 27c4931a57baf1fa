//! The configuration file. Unknown keys are errors; secrets stand in files of their own.

use crate::html::language::Calendar;
use casework::text::Language;
use jiff::tz::TimeZone;
use serde::Deserialize;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// What a server needs to know.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where it listens and how it is called from outside.
    pub server: Server,
    /// The records.
    pub database: Database,
    /// The keys.
    pub keys: Keys,
    /// The ledger.
    pub ledger: Ledger,
    /// Sessions of operators.
    #[serde(default)]
    pub sessions: Sessions,
    /// Log lines.
    #[serde(default)]
    pub log: Log,
    /// Figures for monitoring.
    #[serde(default)]
    pub metrics: Metrics,
    /// Another folder of service definitions than the built-in one.
    #[serde(default)]
    pub services: Services,
    /// How the pages are written.
    #[serde(default)]
    pub pages: Pages,
    /// What is sent to agencies.
    #[serde(default)]
    pub webhooks: Webhooks,
}

/// Where the server listens.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    /// Address and port.
    pub listen: SocketAddr,
    /// The address that people and receipts use, such as `https://counter.example`.
    pub public_url: String,
    /// Certificate chain in PEM; without it the server speaks plain HTTP and listens on loopback only.
    pub certificate_file: Option<PathBuf>,
    /// Private key in PEM.
    pub private_key_file: Option<PathBuf>,
    /// Reverse proxies whose `X-Forwarded-For` is believed; none unless listed.
    #[serde(default)]
    pub trusted_proxies: Vec<std::net::IpAddr>,
}

/// Where the records are.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    /// `sqlite:///FILE` or `postgres://USER@HOST/NAME`.
    pub url: Option<String>,
    /// A file that holds the address, when it holds a password.
    pub url_file: Option<PathBuf>,
    /// Connections of this process.
    #[serde(default = "connections")]
    pub connections: u32,
}

/// Where the keys are.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Keys {
    /// The key ring, readable by the server's user alone.
    pub file: PathBuf,
}

/// How the ledger is named and witnessed.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ledger {
    /// The installation's name in checkpoints, such as `counter.example`.
    pub origin: String,
    /// Seconds between two signed checkpoints.
    #[serde(default = "checkpoint_s")]
    pub checkpoint_every_s: u64,
    /// A folder on another disk or machine, into which each signed root is copied: what shows that an old database was put back.
    pub witness_folder: Option<PathBuf>,
}

/// How long operators stay signed in.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Sessions {
    /// Longest session, minutes (NIST SP 800-63B §2.2.3: 24 hours at most at AAL2).
    pub longest_min: u32,
    /// Longest time without use, minutes (the same clause: 1 hour at most).
    pub idle_min: u32,
}

impl Default for Sessions {
    fn default() -> Self {
        Self { longest_min: 720, idle_min: 30 }
    }
}

/// What is logged.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    /// A filter in the form of `tracing`, such as `info` or `server=debug,info`.
    pub filter: String,
    /// One JSON object a line, or text for people.
    pub json: bool,
}

impl Default for Log {
    fn default() -> Self {
        Self { filter: "info".to_owned(), json: true }
    }
}

/// Where the figures for monitoring are.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Metrics {
    /// Address and port of `/metrics`; none, no figures.
    pub listen: Option<SocketAddr>,
}

/// What is sent to agencies.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Webhooks {
    /// True where agencies lie in private networks; else only public addresses are called.
    pub private_networks: bool,
}

/// How the pages are written.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Pages {
    /// The language where neither a person nor a browser asks for one of the three: `zh-Hant`, `zh-Hans` or `en`.
    pub language: Language,
    /// The time zone of the offices, such as `Asia/Taipei`; none, the machine's.
    pub time_zone: Option<String>,
    /// True where Chinese pages in traditional characters count years from 1912.
    pub minguo: bool,
}

impl Default for Pages {
    fn default() -> Self {
        Self { language: Language::En, time_zone: None, minguo: false }
    }
}

impl Pages {
    /// How dates are written. A time zone that is not known was refused when the file was read.
    pub(crate) fn calendar(&self) -> Calendar {
        let named = self.time_zone.as_deref().and_then(|name| TimeZone::get(name).ok());
        Calendar { zone: named.unwrap_or_else(TimeZone::system), minguo: self.minguo }
    }
}

/// Which services the office offers.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Services {
    /// A folder of `*.toml`; none, the built-in definitions.
    pub folder: Option<PathBuf>,
}

fn connections() -> u32 {
    store::db::CONNECTIONS_DEFAULT
}

fn checkpoint_s() -> u64 {
    10
}

impl Config {
    /// Reads a configuration; relative paths are those of `folder`.
    ///
    /// # Errors
    /// The place and what is wrong there.
    pub fn parse(text: &str, folder: &Path) -> Result<Self, String> {
        let mut config: Self = toml::from_str(text).map_err(|error| error.to_string())?;
        config.check()?;
        let absolute = |path: &mut PathBuf| *path = folder.join(&*path);
        absolute(&mut config.keys.file);
        [
            &mut config.server.certificate_file,
            &mut config.server.private_key_file,
            &mut config.database.url_file,
            &mut config.ledger.witness_folder,
            &mut config.services.folder,
        ]
        .into_iter()
        .flatten()
        .for_each(absolute);
        if let Some(file) = config.database.url.as_deref().and_then(|url| url.strip_prefix("sqlite://")) {
            let file = folder.join(file);
            config.database.url = Some(format!("sqlite://{}", file.display()));
        }
        Ok(config)
    }

    fn check(&self) -> Result<(), String> {
        let server = &self.server;
        let secure = server.certificate_file.is_some();
        let origin = self.ledger.origin.as_str();
        match () {
            () if secure != server.private_key_file.is_some() => {
                Err("server.certificate_file and server.private_key_file belong together".to_owned())
            }
            () if !secure && !server.listen.ip().is_loopback() => {
                Err("without a certificate the server listens on loopback only: set server.certificate_file".to_owned())
            }
            () if self.database.url.is_some() == self.database.url_file.is_some() => {
                Err("one of database.url and database.url_file is needed".to_owned())
            }
            () if !server.public_url.starts_with("https://") && !server.public_url.starts_with("http://") => {
                Err("server.public_url is not an address".to_owned())
            }
            () if origin.is_empty()
                || origin.len() > 100
                || origin.contains(|c: char| c.is_whitespace() || c == '+') =>
            {
                Err("ledger.origin is empty, too long, or holds a space or a plus sign".to_owned())
            }
            () if self.ledger.checkpoint_every_s == 0 => Err("ledger.checkpoint_every_s is 0".to_owned()),
            () if self.sessions.longest_min > 1440 || self.sessions.idle_min > 60 || self.sessions.idle_min == 0 => {
                Err("sessions: at most 1440 minutes long and 60 minutes idle".to_owned())
            }
            () if self.pages.time_zone.as_deref().is_some_and(|name| TimeZone::get(name).is_err()) => {
                Err("pages.time_zone is not one of the time zone database".to_owned())
            }
            () => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = r#"
[server]
listen = "127.0.0.1:8443"
public_url = "https://counter.example"
certificate_file = "tls.pem"
private_key_file = "tls.key"
trusted_proxies = ["127.0.0.1"]
[database]
url = "sqlite://countenance.db"
connections = 4
[keys]
file = "keys.json"
[ledger]
origin = "counter.example"
checkpoint_every_s = 10
witness_folder = "/mnt/witness"
[sessions]
longest_min = 720
idle_min = 30
[log]
filter = "info"
json = true
[metrics]
listen = "127.0.0.1:9100"
[services]
folder = "services"
"#;

    #[test]
    fn a_whole_file_is_read_and_paths_are_those_of_its_folder() {
        let config = Config::parse(WHOLE, Path::new("/etc/countenance")).unwrap();
        assert_eq!(config.keys.file, Path::new("/etc/countenance/keys.json"));
        assert_eq!(config.ledger.witness_folder.as_deref(), Some(Path::new("/mnt/witness")));
        assert_eq!(config.database.url.as_deref(), Some("sqlite:///etc/countenance/countenance.db"));
    }

    #[test]
    fn each_renamed_key_is_an_error() {
        for (number, line) in WHOLE.lines().enumerate().filter(|(_, line)| line.contains('=')) {
            let renamed: Vec<String> = WHOLE
                .lines()
                .enumerate()
                .map(|(n, l)| if n == number { format!("x{l}") } else { l.to_owned() })
                .collect();
            assert!(Config::parse(&renamed.join("\n"), Path::new("/")).is_err(), "{line}");
        }
    }

    #[test]
    fn what_would_be_unsafe_is_refused() {
        let wrong = |from: &str, to: &str| Config::parse(&WHOLE.replace(from, to), Path::new("/")).unwrap_err();
        assert!(wrong("certificate_file = \"tls.pem\"\n", "").contains("belong together"));
        let open = WHOLE.replace("certificate_file = \"tls.pem\"\nprivate_key_file = \"tls.key\"\n", "");
        assert!(Config::parse(&open, Path::new("/")).is_ok());
        assert!(Config::parse(&open.replace("127.0.0.1:8443", "0.0.0.0:8443"), Path::new("/")).is_err());
        assert!(wrong("idle_min = 30", "idle_min = 600").contains("sessions"));
        assert!(wrong("origin = \"counter.example\"", "origin = \"a b\"").contains("origin"));
        assert!(wrong("url = \"sqlite://countenance.db\"\n", "").contains("database"));
    }
}
