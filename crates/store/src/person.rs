//! Persons: identity data, sealed; life events; guardians.
