//! Incidents: suspected impersonation, reported by one operator and confirmed or dismissed by another.
