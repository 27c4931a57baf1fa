//! Passkeys of operators, as opaque records.
