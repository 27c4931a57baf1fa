//! Consent records and the grant that only a live consent gives.
