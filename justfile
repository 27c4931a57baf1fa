# Short names for the commands of every day. `just` lists them.

_list:
    @just --list

# What CI runs.
ci:
    .ci/run

# Fast feedback: format, lints, tests.
check:
    cargo fmt --all
    cargo clippy --workspace --all-targets -- -D warnings
    cargo test --workspace

# Repository checks only.
tidy:
    cargo run -q -p xtask -- tidy

# Write the generated pages.
codegen:
    cargo run -q -p xtask -- codegen

# Make the pictures of fixtures/ again.
fixtures:
    tools/fixtures/run.sh

# Make dlib's ONNX file again, and compare it with dlib.
dlib:
    tools/dlib_onnx/run.sh
    tools/dlib_onnx/check.sh
