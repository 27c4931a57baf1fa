//! Listening: TLS by rustls, or plain HTTP on loopback; a graceful stop.

use crate::config::Server;
use crate::limits::STOP_TIMEOUT;
use axum::Router;
use axum_server::Handle;
use axum_server::tls_rustls::RustlsConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

/// Serves `app` until `handle` is told to stop.
///
/// # Errors
/// What hinders listening, as a lower-case fragment.
pub async fn serve(config: &Server, app: Router, handle: Handle<SocketAddr>) -> Result<(), String> {
    let service = app.into_make_service_with_connect_info::<SocketAddr>();
    let listen = config.listen;
    let ended = match (&config.certificate_file, &config.private_key_file) {
        (Some(certificate), Some(key)) => {
            let tls = RustlsConfig::from_config(Arc::new(tls(certificate, key)?));
            axum_server::bind_rustls(listen, tls).handle(handle).serve(service).await
        }
        _ => axum_server::bind(listen).handle(handle).serve(service).await,
    };
    ended.map_err(|error| format!("cannot listen on {listen}: {error}"))
}

/// Tells `handle` to stop when the process is asked to end: no new connections, and [`STOP_TIMEOUT`] for those that are open.
pub async fn stop_on_signal(handle: Handle<SocketAddr>) {
    wait_for_signal().await;
    tracing::info!("stopping");
    handle.graceful_shutdown(Some(STOP_TIMEOUT));
}

/// Ends when the process is asked to end (SIGTERM or Ctrl-C).
async fn wait_for_signal() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    if let Ok(mut terminate) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        tokio::select! {
            _ = interrupt => {}
            _ = terminate.recv() => {}
        }
        return;
    }
    let _ = interrupt.await;
}

/// TLS 1.2 and 1.3 with the ring provider, no client certificates, HTTP/2 and HTTP/1.1.
fn tls(certificate: &Path, key: &Path) -> Result<rustls::ServerConfig, String> {
    let unreadable = |path: &Path| format!("{} holds no PEM that can be used", path.display());
    let chain: Vec<CertificateDer<'static>> =
        CertificateDer::pem_file_iter(certificate).and_then(Iterator::collect).map_err(|_| unreadable(certificate))?;
    let key = PrivateKeyDer::from_pem_file(key).map_err(|_| unreadable(key))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(|error| format!("certificate and private key: {error}"))?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}
