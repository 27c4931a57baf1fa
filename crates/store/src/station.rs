//! Stations: cameras at counters, kiosks and gates, paired once by a code.
