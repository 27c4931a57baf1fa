#!/bin/sh
# Drives whole visits through the API and proves them as an auditor, on SQLite, or on PostgreSQL:
#
#   tools/visit/run.sh [--postgres URL | --database URL] [--kill [--seed N] [--rounds N] [--pause S]] [--keep]
#
# COUNTENANCE names the program; without it the release is built. --postgres makes a schema of its own on a server that trusts and drops it.
set -eu
here=$(dirname "$0")
if [ -z "${COUNTENANCE:-}" ]; then
    (cd "$here/../.." && cargo build --release --bin countenance)
    COUNTENANCE=${CARGO_TARGET_DIR:-$here/../../target}/release/countenance
fi
exec python3 -B "$here/visit.py" "$COUNTENANCE" "$@"
