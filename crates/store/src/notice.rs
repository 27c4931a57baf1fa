//! Notices to agencies and contacts.
