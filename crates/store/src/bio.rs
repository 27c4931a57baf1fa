//! Links and keys of biometric data.
