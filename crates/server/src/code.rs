//! The stable codes of the server's own refusals, in one table.

pub use seal::code::Row;

macro_rules! codes {
    ($($name:ident $code:literal $status:literal $meaning:literal $action:literal;)+) => {
        /// A stable refusal code of the server.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Code { $(#[doc = $meaning] $name,)+ }

        /// The table of all codes of this crate, in the order of [`Code`].
        pub const TABLE: &[Row] = &[$(Row { code: $code, status: $status, meaning: $meaning, action: $action },)+];
    };
}

codes! {
    SignInNeeded "sign-in-needed" 401 "The call needs a signed-in operator or a paired station, and the token is missing, ended or not one." "Sign in, or pair the station again, and send the token as `Authorization: Bearer`.";
    OriginForeign "origin-foreign" 403 "Another site, or a program that does not say where it comes from, made the browser send its cookie." "Open the page itself and try again; programs send the token as `Authorization: Bearer`.";
    RouteUnknown "route-unknown" 404 "There is nothing at this address." "Look it up in /api/v1/openapi.json.";
    MethodNotAllowed "method-not-allowed" 405 "This address does not know the method." "Look it up in /api/v1/openapi.json.";
    BodyInvalid "body-invalid" 400 "The body is not what the address expects." "Compare it with /api/v1/openapi.json; the detail names the field.";
    PathInvalid "path-invalid" 400 "A part of the address is not what it should be." "Compare it with /api/v1/openapi.json.";
    QueryInvalid "query-invalid" 400 "A value after the question mark is not what it should be." "Compare it with /api/v1/openapi.json.";
    BodyTooLarge "body-too-large" 413 "The body is larger than allowed." "Send less: 64 KiB of JSON, 32 MiB a picture, 8 pictures and 24 MiB a capture.";
    MediaTypeUnsupported "media-type-unsupported" 415 "The body's media type is not the one that the address expects." "Send the media type that /api/v1/openapi.json names.";
    TooManyRequests "too-many-requests" 429 "Too many requests came from this address." "Wait as long as `Retry-After` says.";
    TooManyStreams "too-many-streams" 503 "Too many event streams are open." "Wait as long as `Retry-After` says, or ask for the visits instead.";
    TooSlow "too-slow" 408 "The request took longer than allowed." "Send it again; if it creates something, with the same `Idempotency-Key`.";
    IdempotencyKeyInvalid "idempotency-key-invalid" 400 "The idempotency key is empty, too long or not printable ASCII." "Send 1 to 128 printable characters, a new random one for each act.";
    IdempotencyMismatch "idempotency-mismatch" 422 "The idempotency key was used for another request." "Use a new key for a new request.";
    IdempotencyRunning "idempotency-running" 409 "A request with this idempotency key is being carried out." "Wait a second and send it again.";
    FormInvalid "form-invalid" 400 "The form is not what the address expects." "Send the field `nonce` first and then each picture as a part `frame`.";
    StorageFailed "storage-failed" 507 "The machine's disk took no temporary file." "Make room on the machine's disk.";
    Internal "internal" 500 "Something went wrong inside." "Look for the request id in the server's log.";
}

impl Code {
    /// The code's row in [`TABLE`].
    pub fn row(self) -> &'static Row {
        &TABLE[self as usize]
    }
}
