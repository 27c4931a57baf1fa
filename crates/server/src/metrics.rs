//! Figures for monitoring, on a port of their own. None is about a person: counts and times only.

use axum::Router;
use axum::routing::get;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use std::net::SocketAddr;

/// Upper ends of the buckets of times, seconds.
const SECONDS: &[f64] = &[0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0];

/// Begins to count.
///
/// # Errors
/// When counting has begun already.
pub fn begin() -> Result<PrometheusHandle, String> {
    PrometheusBuilder::new()
        .set_buckets(SECONDS)
        .and_then(PrometheusBuilder::install_recorder)
        .map_err(|error| error.to_string())
}

/// Serves `/metrics` in the text form of Prometheus until the process ends.
///
/// # Errors
/// What hinders listening, as a lower-case fragment.
pub async fn serve(listen: SocketAddr, handle: PrometheusHandle) -> Result<(), String> {
    let app = Router::new().route("/metrics", get(async move || handle.render()));
    axum_server::bind(listen)
        .serve(app.into_make_service())
        .await
        .map_err(|error| format!("cannot listen on {listen}: {error}"))
}
