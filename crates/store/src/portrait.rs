//! Portraits: dated pictures of the register, sealed apart from identity data.
