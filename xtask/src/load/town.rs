//! The server under load: a demonstration with one person for each station.

use super::api::Api;
use seal::totp;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Pictures of one burst: what a camera of 1280×720 sends.
const BURST: usize = 3;

/// A running demonstration; it ends with this.
pub(super) struct Town {
    process: Child,
    api: Api,
    stage: Value,
    _folder: tempfile::TempDir,
}

/// A station, its clerk, and who comes to it.
pub(super) struct Window {
    pub(super) api: Api,
    pub(super) clerk: String,
    pub(super) seat: String,
    pub(super) station: String,
    pub(super) number: String,
    pub(super) frames: Vec<Vec<u8>>,
}

impl Drop for Town {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Town {
    /// Starts `program` and waits until it answers.
    pub(super) fn begin(program: &str) -> Result<Self, String> {
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let data = folder.path().join("town");
        let mut process = Command::new(program)
            .args(["demo", "--json", "--data"])
            .arg(&data)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("{program}: {error}"))?;
        let out = process.stdout.take().ok_or("the program says nothing")?;
        let mut text = String::new();
        let mut told = Err("the demonstration ended".to_owned());
        for line in BufReader::new(out).lines() {
            text += &line.map_err(|error| error.to_string())?;
            if let Ok(document) = serde_json::from_str::<Value>(&text) {
                told = Ok(document);
                break;
            }
        }
        let address = Api::text(&told?, "/address")?;
        let api = Api::new(address.trim_end_matches("/demo"));
        let stage = std::fs::read_to_string(data.join("demo.json")).map_err(|error| error.to_string())?;
        let stage = serde_json::from_str(&stage).map_err(|error| error.to_string())?;
        while api.get("/health/ready", "").is_err() {
            std::thread::sleep(Duration::from_millis(100));
        }
        Ok(Self { process, api, stage, _folder: folder })
    }

    /// Everybody in place: a person for each station, with two portraits.
    pub(super) fn windows(&self) -> Result<Vec<Window>, String> {
        let frame = fixture("counter-frame.jpg")?;
        let portraits = [("2009-09-09", fixture("obama-2.jpg")?), ("2012-12-06", fixture("obama-1.jpg")?)];
        let supervisor = self.sign_in("supervisor")?;
        let mut clerks: BTreeMap<String, String> = BTreeMap::new();
        let mut windows = Vec::new();
        for (place, seat) in list(&self.stage, "/stations")?.iter().enumerate() {
            let number = format!("F{:09}", 100_000_000 + place);
            let new = json!({"number": number, "name": format!("Load {place}"), "birth_date": "1961-08-04"});
            let id = Api::text(&self.api.post("/persons", &new, &supervisor)?, "/id")?;
            for (taken, picture) in &portraits {
                let path = format!("/persons/{id}/portraits?source=identity-card&taken_on={taken}");
                self.api.send(&path, "image/jpeg", picture, &supervisor)?;
            }
            let office = Api::text(seat, "/office")?;
            let clerk = match clerks.get(&office) {
                Some(token) => token.clone(),
                None => self.sign_in(&self.clerk_of(&office)?)?,
            };
            clerks.insert(office, clerk.clone());
            windows.push(Window {
                api: self.api.clone(),
                clerk,
                seat: format!("st_{}", Api::text(seat, "/token")?),
                station: Api::text(seat, "/station")?,
                number,
                frames: vec![frame.clone(); BURST],
            });
        }
        Ok(windows)
    }

    fn clerk_of(&self, office: &str) -> Result<String, String> {
        let cast = list(&self.stage, "/cast")?;
        let works = |player: &&Value| player["office"] == office && player["roles"][0] == "clerk";
        Api::text(cast.iter().find(works).ok_or("an office has no clerk")?, "/login")
    }

    fn sign_in(&self, login: &str) -> Result<String, String> {
        let cast = list(&self.stage, "/cast")?;
        let player = cast.iter().find(|player| player["login"] == login).ok_or("nobody has this login")?;
        let secret = totp::Secret::from_base32(&Api::text(player, "/secret")?).map_err(|error| error.to_string())?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_err(|error| error.to_string())?.as_secs();
        // The present code was used when the town was made.
        let code = totp::code(&secret, i64::try_from(now).unwrap_or(0) + 30);
        let asked = json!({"login": login, "password": player["password"], "code": code.as_str()});
        Ok(format!("op_{}", Api::text(&self.api.post("/sessions", &asked, "")?, "/token")?.trim_start_matches("op_")))
    }

    /// The most memory that the server has held, MB (Linux).
    pub(super) fn memory_mb(&self) -> Result<u64, String> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id()))
            .map_err(|error| error.to_string())?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("the system does not tell")?;
        let kb: u64 = line.trim().trim_end_matches(" kB").parse().map_err(|_| "the system does not tell")?;
        Ok(kb / 1024)
    }
}

fn list<'v>(value: &'v Value, at: &str) -> Result<&'v Vec<Value>, String> {
    value.pointer(at).and_then(Value::as_array).ok_or_else(|| format!("the town has no {at}"))
}

fn fixture(name: &str) -> Result<Vec<u8>, String> {
    let file: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures").join(name);
    std::fs::read(&file).map_err(|error| format!("{}: {error}", file.display()))
}
