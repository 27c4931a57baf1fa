//! Visits and their persons.
