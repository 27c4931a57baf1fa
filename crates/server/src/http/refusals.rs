//! The refusals that a route can answer with, for the `OpenAPI` document: each status with the same body.

use crate::error::Problem;
use std::collections::BTreeMap;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{ContentBuilder, HeaderBuilder, Ref, RefOr, Response, ResponseBuilder};
use utoipa::{IntoResponses, ToSchema as _};

/// Every refusal that any route may answer with. The codes of each status are those of `docs/ERRORS.md`.
pub(crate) struct Refusals;

/// What the header `X-Request-Id` is.
pub(crate) const REQUEST_ID: &str = "Names the request in the server's log.";

const ALL: &[(&str, &str)] = &[
    ("400", "The request is not what the route expects."),
    ("401", "The token is missing, ended or not one."),
    ("403", "The caller may not do this."),
    ("404", "There is no such record, or it is not the caller's to see."),
    ("405", "This address does not know the method."),
    ("408", "The request took longer than allowed."),
    ("409", "The record's state does not allow this now."),
    ("410", "It was good once, and is no more."),
    ("413", "The body is larger than allowed."),
    ("415", "The body has another media type."),
    ("422", "A value or a picture cannot be used."),
    ("429", "Too many requests, or attempts; `Retry-After` says when to go on."),
    ("500", "Something went wrong inside; the request id leads to the log."),
    ("503", "The database or the face pipeline is too busy; `Retry-After` says when to go on."),
    ("507", "The database has no room left."),
];

impl IntoResponses for Refusals {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let refer = |status: &str| RefOr::Ref(Ref::new(format!("#/components/responses/Refusal{status}")));
        ALL.iter().map(|&(status, _)| (status.to_owned(), refer(status))).collect()
    }
}

/// What [`Refusals`] refers to, one a status.
pub(crate) fn described() -> impl Iterator<Item = (String, RefOr<Response>)> {
    let body = ContentBuilder::new().schema(Some(Ref::from_schema_name(Problem::name()))).build();
    let header = |text: &str, kind| {
        HeaderBuilder::new().description(Some(text)).schema(Some(ObjectBuilder::new().schema_type(kind))).build()
    };
    ALL.iter().map(move |&(status, text)| {
        let mut response = ResponseBuilder::new().description(text).content("application/problem+json", body.clone());
        response = response.header("X-Request-Id", header(REQUEST_ID, Type::String));
        response = match status {
            "401" => response.header("WWW-Authenticate", header("Always `Bearer`.", Type::String)),
            "405" => response.header("Allow", header("The methods that the address knows.", Type::String)),
            "409" | "429" | "503" => response.header("Retry-After", header("Seconds to wait.", Type::Integer)),
            _ => response,
        };
        (format!("Refusal{status}"), RefOr::T(response.build()))
    })
}
