//! Posting a notice to an agency: one request over a connection of its own, with bounds on time and size. Redirects are not followed, and where
//! the endpoint's name leads is looked at before anything is sent.

use axum::body::Bytes;
use axum::http::{Method, Request, StatusCode, Uri, header};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use rustls::RootCertStore;
use rustls::pki_types::ServerName;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsConnector;

/// How long a call may take, from the look-up of the name to the last byte that counts.
pub const CALL: Duration = Duration::from_secs(10);
/// Most bytes of an answer that are read; what follows is left.
pub const ANSWER_BYTES_MAX: usize = 64 * 1024;
/// Most bytes of an answer's head.
const HEAD_BYTES_MAX: usize = 16 * 1024;
/// Most addresses of a name that are tried.
const ADDRESSES_MAX: usize = 4;

/// What is sent.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// Where to.
    pub endpoint: &'a str,
    /// Headers beside those that belong to the connection.
    pub headers: &'a [(&'static str, String)],
    /// The body.
    pub body: &'a [u8],
}

/// What came back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: Option<u16>,
    /// Why there was no answer, or what was wrong with it: `endpoint-unfit`, `name-unknown`, `address-refused`, `unreachable`, `tls-failed`,
    /// `not-http`, `time-over`, `answer-cut`.
    pub failure: Option<&'static str>,
    /// The body, if all of it could be read.
    pub body: Option<Vec<u8>>,
    /// The header `retry-after` in seconds.
    pub retry_after_s: Option<u32>,
}

impl Answer {
    fn failed(failure: &'static str) -> Self {
        Self { failure: Some(failure), ..Self::default() }
    }
}

/// Posts to agencies. Cheap to clone.
#[derive(Clone)]
pub struct Poster {
    tls: TlsConnector,
    private_networks: bool,
}

impl std::fmt::Debug for Poster {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Poster")
    }
}

impl Poster {
    /// One that believes the certification authorities that the machine believes. `private_networks`: whether endpoints may lie in private
    /// networks.
    ///
    /// # Errors
    /// What hinders TLS, as a lower-case fragment.
    pub fn new(private_networks: bool) -> Result<Self, String> {
        let mut roots = RootCertStore::empty();
        // A machine without any can still reach endpoints on itself; others fail with `tls-failed`, and the log says why.
        let (_, unread) = roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        if roots.is_empty() {
            tracing::warn!(unread, "the machine has no certification authorities: no agency can be reached by https");
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self { tls: TlsConnector::from(Arc::new(config)), private_networks })
    }

    /// Posts, within [`CALL`].
    pub async fn post(&self, call: &Call<'_>) -> Answer {
        let end = Instant::now() + CALL;
        let asked = async {
            let uri: Uri = call.endpoint.parse().map_err(|_| "endpoint-unfit")?;
            let scheme = uri.scheme_str().ok_or("endpoint-unfit")?;
            let host = uri.host().ok_or("endpoint-unfit")?.trim_matches(['[', ']']).to_owned();
            let is_tls = scheme == "https";
            let port = uri.port_u16().unwrap_or(if is_tls { 443 } else { 80 });
            let stream = self.connect(&host, port, is_tls).await?;
            let request = request(&uri, call).map_err(|_| "endpoint-unfit")?;
            if !is_tls {
                return Ok((stream, request, None));
            }
            let name = ServerName::try_from(host).map_err(|_| "endpoint-unfit")?;
            Ok((stream, request, Some(name)))
        };
        let (stream, request, name) = match timeout_at(end, asked).await {
            Ok(Ok(ready)) => ready,
            Ok(Err(failure)) => return Answer::failed(failure),
            Err(_) => return Answer::failed("time-over"),
        };
        match name {
            None => exchange(stream, request, end).await,
            Some(name) => match timeout_at(end, self.tls.connect(name, stream)).await {
                Ok(Ok(stream)) => exchange(stream, request, end).await,
                Ok(Err(_)) => Answer::failed("tls-failed"),
                Err(_) => Answer::failed("time-over"),
            },
        }
    }

    /// A connection to an address that was looked at: the name is not looked up a second time, so it cannot lead elsewhere by then.
    async fn connect(&self, host: &str, port: u16, is_tls: bool) -> Result<TcpStream, &'static str> {
        let found = tokio::net::lookup_host((host, port)).await.map_err(|_| "name-unknown")?;
        let found: Vec<SocketAddr> = found.take(ADDRESSES_MAX).collect();
        if found.is_empty() {
            return Err("name-unknown");
        }
        // Whoever writes a loopback address means this machine; a name that leads to it does not say so.
        let is_own = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
        if !is_tls && !is_own {
            return Err("endpoint-unfit");
        }
        let is_right = |address: &SocketAddr| {
            let address = address.ip();
            if is_own { address.is_loopback() } else { may_be_called(address, self.private_networks) }
        };
        if !found.iter().all(is_right) {
            return Err("address-refused");
        }
        for address in found {
            if let Ok(stream) = TcpStream::connect(address).await {
                return Ok(stream);
            }
        }
        Err("unreachable")
    }
}

/// Whether a notice may go to an address. Never: this machine, its own link (where clouds answer questions about the machine), everybody at
/// once, and what stands for nobody. Private networks only where the configuration says so.
fn may_be_called(address: IpAddr, private_networks: bool) -> bool {
    let address = address.to_canonical();
    let (is_never, is_private) = match address {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            let never = v4.is_unspecified()
                || v4.is_loopback()
                || v4.is_link_local()
                || v4.is_multicast()
                || v4.is_documentation()
                // 0.0.0.0/8, 192.0.0.0/24, 198.18.0.0/15, 240.0.0.0/4.
                || a == 0
                || (a == 192 && b == 0 && c == 0)
                || (a == 198 && (b == 18 || b == 19))
                || a >= 240;
            // 100.64.0.0/10 stands between providers and their customers.
            (never, v4.is_private() || (a == 100 && (64..128).contains(&b)))
        }
        IpAddr::V6(v6) => {
            let first = v6.segments()[0];
            let never = v6.is_unspecified()
                || v6.is_loopback()
                || v6.is_multicast()
                || v6.is_unicast_link_local()
                // 2001:db8::/32; 64:ff9b::/16 and 2002::/16 hide an IPv4 address; ::/96 too.
                || (first == 0x2001 && v6.segments()[1] == 0xdb8)
                || first == 0x64
                || first == 0x2002
                || first == 0;
            (never, v6.is_unique_local())
        }
    };
    !is_never && (private_networks || !is_private)
}

fn request(uri: &Uri, call: &Call<'_>) -> Result<Request<Full<Bytes>>, axum::http::Error> {
    let authority = uri.authority().map_or("", |authority| authority.as_str());
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let mut request = Request::builder()
        .method(Method::POST)
        .uri(path)
        .header(header::HOST, authority)
        .header(header::USER_AGENT, "Countenance")
        .header(header::CONNECTION, "close");
    for (name, value) in call.headers {
        request = request.header(*name, value);
    }
    request.body(Full::new(Bytes::copy_from_slice(call.body)))
}

/// Sends the request and reads the answer until `end`. The status counts as soon as it is there, whatever the body does.
async fn exchange<S>(stream: S, request: Request<Full<Bytes>>, end: Instant) -> Answer
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let mut connections = JoinSet::new();
    let asked = async {
        let mut builder = hyper::client::conn::http1::Builder::new();
        builder.max_buf_size(HEAD_BYTES_MAX);
        let (mut sender, connection) = builder.handshake(TokioIo::new(stream)).await?;
        // Ends with this call, whether the other side closes the connection or not.
        connections.spawn(connection);
        sender.send_request(request).await
    };
    let response = match timeout_at(end, asked).await {
        Ok(Ok(response)) => response,
        Ok(Err(error)) if error.is_parse() => return Answer::failed("not-http"),
        Ok(Err(_)) => return Answer::failed("unreachable"),
        Err(_) => return Answer::failed("time-over"),
    };
    let retry_after_s = response.headers().get(header::RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
    let status = Some(response.status()).filter(|status| *status != StatusCode::SWITCHING_PROTOCOLS);
    let status = status.map(|status| status.as_u16());
    match timeout_at(end, body(response.into_body())).await {
        Ok(Some(body)) => Answer { status, failure: None, body: Some(body), retry_after_s },
        Ok(None) | Err(_) => Answer { status, failure: Some("answer-cut"), body: None, retry_after_s },
    }
}

/// A body, if it ends before [`ANSWER_BYTES_MAX`].
async fn body(mut body: Incoming) -> Option<Vec<u8>> {
    let mut read = Vec::new();
    while let Some(frame) = body.frame().await {
        if let Some(data) = frame.ok()?.data_ref() {
            if read.len() + data.len() > ANSWER_BYTES_MAX {
                return None;
            }
            read.extend_from_slice(data);
        }
    }
    Some(read)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notices_go_to_public_addresses_and_where_it_is_allowed_to_private_ones() {
        let may = |text: &str, private| may_be_called(text.parse().unwrap(), private);
        for public in ["93.184.216.34", "1.1.1.1", "2606:2800:220:1::1", "::ffff:1.1.1.1"] {
            assert!(may(public, false) && may(public, true), "{public}");
        }
        for private in
            ["10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1", "fd00::1", "::ffff:10.0.0.1"]
        {
            assert!(!may(private, false) && may(private, true), "{private}");
        }
        for never in [
            "0.0.0.0",
            "0.1.2.3",
            "127.0.0.1",
            "127.8.8.8",
            "169.254.169.254",
            "224.0.0.1",
            "255.255.255.255",
            "240.0.0.1",
            "192.0.2.1",
            "192.0.0.8",
            "198.18.0.1",
            "::",
            "::1",
            "fe80::1",
            "ff02::1",
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "::7f00:1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "2001:db8::1",
        ] {
            assert!(!may(never, false) && !may(never, true), "{never}");
        }
    }

    #[tokio::test]
    async fn nothing_is_sent_where_it_must_not_go() {
        let poster = Poster::new(true).unwrap();
        for (endpoint, failure) in [
            ("https://0.0.0.0:9/", "address-refused"),
            ("https://169.254.169.254/latest/meta-data", "address-refused"),
            ("http://10.0.0.1/", "endpoint-unfit"),
            ("nonsense", "endpoint-unfit"),
            ("https://no-such-name.invalid/", "name-unknown"),
        ] {
            let answer = poster.post(&Call { endpoint, headers: &[], body: b"{}" }).await;
            assert_eq!((answer.failure, answer.status), (Some(failure), None), "{endpoint}");
        }
    }
}
