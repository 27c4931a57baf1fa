//! Operators: who works here, with which roles, and how they prove it.
