//! What is deleted when its term has passed.
