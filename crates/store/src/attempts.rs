//! Failed comparisons of a person.
