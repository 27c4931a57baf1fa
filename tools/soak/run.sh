#!/bin/sh
# Kills a working process again and again and looks at what is left.
#
#   tools/soak/run.sh [KILLS] [sqlite|postgres|both]
#
# 500 kills on SQLite when nothing is said. PostgreSQL is looked for where the tests look for it (COUNTENANCE_TEST_POSTGRES).
# COUNTENANCE_SOAK_SEED chooses other moments.
set -eu
cd "$(dirname "$0")/../.."
kills=${1:-500}
case ${2:-sqlite} in
    sqlite) tests=killer::kills_on_sqlite ;;
    postgres) tests=killer::kills_on_postgres ;;
    both) tests='killer::kills_on_sqlite killer::kills_on_postgres' ;;
    *) echo "usage: $0 [KILLS] [sqlite|postgres|both]" >&2; exit 2 ;;
esac
# One after the other, so that each has the machine to itself.
# shellcheck disable=SC2086
COUNTENANCE_SOAK_KILLS=$kills cargo test --release -p casework --test soak -- --exact --nocapture --test-threads=1 $tests
