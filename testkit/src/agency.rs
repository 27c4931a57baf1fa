//! An agency that is told something: a server on loopback that verifies signatures with code of its own and remembers what came, and that is
//! slow, wrong, down or hostile on command.
#![expect(clippy::panic, reason = "a test whose agency cannot begin has failed")]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// Most bytes of a request that the agency reads.
const REQUEST_BYTES_MAX: usize = 1 << 20;

/// What the agency does with what comes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Manner {
    /// Takes it in: 200 and a short text.
    Accepts,
    /// Answers with this status.
    Status(u16),
    /// Answers with this status and this further header.
    Header(u16, String),
    /// Takes it in, after a while.
    Slow(Duration),
    /// Answers what is no HTTP.
    Garbage,
    /// Closes the connection after it has read the request.
    HangsUp,
    /// Says yes, and then never stops talking.
    Endless,
    /// Says yes, and then sends a byte of the answer a second.
    DripsBody,
    /// Sends a byte of the head a second.
    DripsHead,
    /// Sends a head without end.
    EndlessHead,
}

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Received {
    /// The request line's method and path.
    pub line: String,
    /// The header `webhook-id`.
    pub id: String,
    /// The header `webhook-timestamp`.
    pub timestamp: String,
    /// The header `webhook-signature`.
    pub signature: String,
    /// The header `content-type`.
    pub content_type: String,
    /// The body, letter for letter.
    pub body: Vec<u8>,
    /// Which of the agency's secrets fit, by their place.
    pub verified: Vec<usize>,
}

impl Received {
    /// The body as JSON; null when it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

#[derive(Debug)]
struct State {
    /// What is done next; the last one is done from then on.
    manners: Vec<Manner>,
    secrets: Vec<String>,
    received: Vec<Received>,
    open: usize,
    open_most: usize,
}

/// The agency.
#[derive(Debug)]
pub struct Agency {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    serving: Option<JoinHandle<()>>,
}

impl Drop for Agency {
    fn drop(&mut self) {
        self.down();
    }
}

impl Agency {
    /// An agency that accepts what comes.
    ///
    /// # Panics
    /// When no port is free.
    pub async fn begin() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap_or_else(|error| panic!("{error}"));
        let address = listener.local_addr().unwrap_or_else(|error| panic!("{error}"));
        let state = State { manners: vec![Manner::Accepts], secrets: vec![], received: vec![], open: 0, open_most: 0 };
        let state = Arc::new(Mutex::new(state));
        let serving = Some(tokio::spawn(serve(listener, Arc::clone(&state))));
        Self { address, state, serving }
    }

    /// Where it listens.
    pub fn endpoint(&self) -> String {
        format!("http://{}/hooks", self.address)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        locked(&self.state)
    }

    /// What it does from now on: one manner a request, the last one for all that follow.
    ///
    /// # Panics
    /// Without any.
    pub fn behave(&self, manners: &[Manner]) {
        assert!(!manners.is_empty(), "an agency does something");
        self.state().manners = manners.to_vec();
    }

    /// The secrets with which it verifies, as `whsec_…`.
    pub fn hold(&self, secrets: &[&str]) {
        self.state().secrets = secrets.iter().map(|&secret| secret.to_owned()).collect();
    }

    /// What came, in its order.
    pub fn received(&self) -> Vec<Received> {
        self.state().received.clone()
    }

    /// How many requests were open at the same time, at most.
    pub fn open_most(&self) -> usize {
        self.state().open_most
    }

    /// Refuses connections from now on.
    pub fn down(&mut self) {
        if let Some(serving) = self.serving.take() {
            serving.abort();
        }
    }

    /// Listens again, at the same address.
    ///
    /// # Panics
    /// When the address is taken.
    pub async fn up(&mut self) {
        let listener = TcpListener::bind(self.address).await.unwrap_or_else(|error| panic!("{error}"));
        self.serving = Some(tokio::spawn(serve(listener, Arc::clone(&self.state))));
    }
}

fn locked(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn serve(listener: TcpListener, state: Arc<Mutex<State>>) {
    while let Ok((stream, _)) = listener.accept().await {
        let state = Arc::clone(&state);
        tokio::spawn(async move {
            // A caller who goes away is none of the agency's business.
            let _ = one(stream, &state).await;
        });
    }
}

async fn one(mut stream: TcpStream, state: &Mutex<State>) -> std::io::Result<()> {
    let Some((head, body)) = read(&mut stream).await? else { return Ok(()) };
    let manner = {
        let mut state = locked(state);
        let received = received(&head, body, &state.secrets);
        state.received.push(received);
        state.open += 1;
        state.open_most = state.open_most.max(state.open);
        if state.manners.len() > 1 { state.manners.remove(0) } else { state.manners[0].clone() }
    };
    let answered = answer(&mut stream, &manner).await;
    locked(state).open -= 1;
    answered
}

/// Head and body of a request whose length is given.
async fn read(stream: &mut TcpStream) -> std::io::Result<Option<(String, Vec<u8>)>> {
    let mut bytes = Vec::new();
    let mut piece = [0; 4096];
    loop {
        let end = bytes.windows(4).position(|part| part == b"\r\n\r\n");
        if let Some(end) = end {
            let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
            let length: usize = header(&head, "content-length").parse().unwrap_or(0);
            if bytes.len() >= end + 4 + length {
                return Ok(Some((head, bytes[end + 4..end + 4 + length].to_vec())));
            }
        }
        let count = stream.read(&mut piece).await?;
        if count == 0 || bytes.len() > REQUEST_BYTES_MAX {
            return Ok(None);
        }
        bytes.extend_from_slice(&piece[..count]);
    }
}

fn header(head: &str, name: &str) -> String {
    let lines = head.lines().skip(1).filter_map(|line| line.split_once(':'));
    let found = lines.filter(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim().to_owned());
    found.last().unwrap_or_default()
}

fn received(head: &str, body: Vec<u8>, secrets: &[String]) -> Received {
    let [id, timestamp, signature, content_type] =
        ["webhook-id", "webhook-timestamp", "webhook-signature", "content-type"].map(|name| header(head, name));
    let signed = [format!("{id}.{timestamp}.").as_bytes(), &body].concat();
    let fits = |secret: &String| signature.split(' ').any(|one| one == sign(secret, &signed));
    let verified = secrets.iter().enumerate().filter(|(_, secret)| fits(secret)).map(|(place, _)| place).collect();
    let line = head.lines().next().unwrap_or_default().to_owned();
    Received { line, id, timestamp, signature, content_type, body, verified }
}

/// The signature after the specification, from `whsec_` on; nothing that fits when the secret has no such form.
fn sign(secret: &str, signed: &[u8]) -> String {
    let key = secret.strip_prefix("whsec_").and_then(|coded| STANDARD.decode(coded).ok());
    let mac = key.and_then(|key| Hmac::<Sha256>::new_from_slice(&key).ok());
    let coded = mac.map(|mut mac| {
        mac.update(signed);
        STANDARD.encode(mac.finalize().into_bytes())
    });
    coded.map_or_else(String::new, |coded| format!("v1,{coded}"))
}

async fn answer(stream: &mut TcpStream, manner: &Manner) -> std::io::Result<()> {
    let whole = |status: u16, more: &str, body: &str| {
        format!("HTTP/1.1 {status} X\r\n{more}content-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())
    };
    match manner {
        Manner::Accepts => stream.write_all(whole(200, "", "taken in").as_bytes()).await,
        Manner::Status(status) => stream.write_all(whole(*status, "", "no").as_bytes()).await,
        Manner::Header(status, header) => {
            stream.write_all(whole(*status, &format!("{header}\r\n"), "no").as_bytes()).await
        }
        Manner::Slow(time) => {
            tokio::time::sleep(*time).await;
            stream.write_all(whole(200, "", "at last").as_bytes()).await
        }
        Manner::Garbage => stream.write_all(b"\x00\x01 who is there?\r\n\r\n").await,
        Manner::HangsUp => Ok(()),
        Manner::Endless => {
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await?;
            loop {
                stream.write_all(&[b'x'; 4096]).await?;
            }
        }
        Manner::EndlessHead => {
            stream.write_all(b"HTTP/1.1 200 OK\r\n").await?;
            loop {
                stream.write_all(b"x-more: and more\r\n").await?;
            }
        }
        Manner::DripsBody => {
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n").await?;
            drip(stream, b'x').await
        }
        Manner::DripsHead => drip(stream, b'H').await,
    }
}

async fn drip(stream: &mut TcpStream, byte: u8) -> std::io::Result<()> {
    loop {
        stream.write_all(&[byte]).await?;
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}
