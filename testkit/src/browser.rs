//! A browser with an authenticator of one passkey, which other people wrote: what a page would do with the service's challenges.
#![expect(clippy::panic, reason = "a test whose browser does not work has failed")]

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use passkey::authenticator::{Authenticator, UiHint, UserCheck, UserValidationMethod};
use passkey::client::{Client, DefaultClientData};
use passkey::crypto::rust_crypto::RustCryptoBackend;
use passkey::types::Passkey;
use passkey::types::ctap2::{Aaguid, Ctap2Error};
use passkey::types::webauthn::{CredentialCreationOptions, CredentialRequestOptions};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use url::Url;

/// Somebody at the authenticator, who shows a finger or does not.
struct Finger(Arc<AtomicBool>);

#[async_trait::async_trait]
impl UserValidationMethod for Finger {
    type PasskeyItem = Passkey;

    async fn check_user<'a>(
        &self,
        _hint: UiHint<'a, Self::PasskeyItem>,
        _presence: bool,
        _verification: bool,
    ) -> Result<UserCheck, Ctap2Error> {
        Ok(UserCheck { presence: true, verification: self.0.load(Ordering::Relaxed) })
    }

    fn is_verification_enabled(&self) -> Option<bool> {
        Some(true)
    }

    fn is_presence_enabled(&self) -> bool {
        true
    }
}

/// A browser with an authenticator of one passkey.
pub struct Browser {
    passkey: Option<Passkey>,
    finger: Arc<AtomicBool>,
    origin: Url,
}

impl std::fmt::Debug for Browser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Browser({})", self.origin)
    }
}

/// What the browser's part makes of the authenticator: its type has more parameters than can be named from here.
macro_rules! client {
    ($browser:expr) => {{
        let check = Finger(Arc::clone(&$browser.finger));
        let mut authenticator =
            Authenticator::new(Aaguid::new_empty(), $browser.passkey.clone(), check, RustCryptoBackend);
        authenticator.set_make_credentials_with_signature_counter(true);
        Client::new(authenticator)
    }};
}

impl Browser {
    /// A browser that shows a page of this origin, without a passkey as yet, and with somebody who shows a finger.
    ///
    /// # Panics
    /// When the origin is none.
    pub fn at(origin: &str) -> Self {
        Self { passkey: None, finger: Arc::new(AtomicBool::new(true)), origin: url(origin) }
    }

    /// Another browser at the same page, with a copy of the passkey.
    #[must_use]
    pub fn copied(&self) -> Self {
        let finger = Arc::new(AtomicBool::new(true));
        Self { passkey: self.passkey.clone(), finger, origin: self.origin.clone() }
    }

    /// Shows a page of another origin.
    ///
    /// # Panics
    /// When the origin is none.
    pub fn go_to(&mut self, origin: &str) {
        self.origin = url(origin);
    }

    /// Whether a finger is shown from now on.
    pub fn show_finger(&self, shown: bool) {
        self.finger.store(shown, Ordering::Relaxed);
    }

    /// Makes a passkey for the options of a challenge, as `navigator.credentials.create` does; none when the browser refuses.
    ///
    /// # Panics
    /// When the options are not those of a challenge.
    pub async fn make(&mut self, options: &Value) -> Option<Value> {
        let options: CredentialCreationOptions = of_page(options);
        let mut client = client!(self);
        let made = client.register(&self.origin, options, DefaultClientData).await.ok()?;
        self.passkey.clone_from(client.authenticator().store());
        Some(as_a_page_sends_it(serde_json::to_value(made).ok()?))
    }

    /// Shows the passkey for the options of a challenge, as `navigator.credentials.get` does; none when the browser refuses.
    ///
    /// # Panics
    /// When the options are not those of a challenge.
    pub async fn show(&mut self, options: &Value) -> Option<Value> {
        let options: CredentialRequestOptions = of_page(options);
        let mut client = client!(self);
        let shown = client.authenticate(&self.origin, options, DefaultClientData).await.ok()?;
        self.passkey.clone_from(client.authenticator().store());
        Some(as_a_page_sends_it(serde_json::to_value(shown).ok()?))
    }
}

fn url(origin: &str) -> Url {
    Url::parse(origin).unwrap_or_else(|error| panic!("{origin}: {error}"))
}

fn of_page<T: serde::de::DeserializeOwned>(options: &Value) -> T {
    serde_json::from_value(json!({ "publicKey": options })).unwrap_or_else(|error| panic!("{error}"))
}

/// The answer as `PublicKeyCredential.toJSON()` gives it: bytes in base64url.
fn as_a_page_sends_it(value: Value) -> Value {
    match value {
        Value::Array(bytes) if !bytes.is_empty() && bytes.iter().all(Value::is_u64) => {
            let bytes: Vec<u8> = bytes.iter().filter_map(|byte| u8::try_from(byte.as_u64()?).ok()).collect();
            URL_SAFE_NO_PAD.encode(bytes).into()
        }
        Value::Object(fields) => fields.into_iter().map(|(name, value)| (name, as_a_page_sends_it(value))).collect(),
        other => other,
    }
}
