//! Evaluation of face verification.
