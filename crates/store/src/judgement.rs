//! The operator's own judgement, and the proof that it was made.
