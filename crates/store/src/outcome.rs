//! Outcomes, incidents and the second operator.
