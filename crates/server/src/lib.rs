//! HTTP: the JSON API of Countenance.
