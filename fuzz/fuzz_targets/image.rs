//! Any bytes as a picture file. The same function runs in `crates/face/tests/input_damage.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| face::image::fuzz::check(bytes));
