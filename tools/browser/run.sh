#!/bin/sh
# Whole visits in two windows of Debian's Chromium with a recorded camera, against `countenance demo`: genuine, refused, withdrawn, a marriage, a
# lost network, a camera that fails, somebody else with an incident; a rendered person who does what the film asks, and films that do not; with keys and voice alone, large letters, small windows, no script; passkeys; every
# page of every role, looked at by axe-core in three languages, weighed and timed. SCENARIOS of visits.py has the names.
# Usage: tools/browser/run.sh [SCENARIO...]
#   BINARY=…    the program; built if it is not given
#   CHROMIUM=…  the browser; else `chromium`, which is installed where apt-get may
#   OUT=…       where the pictures of the screens go; else a folder that is deleted
#   VENV=…      a virtual environment to use and keep
# Ends with 77 when the browser, Python or PyPI is not to be had.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
chromium=${CHROMIUM:-$(command -v chromium || true)}
if [ -z "$chromium" ] && [ "$(id -u)" = 0 ] && command -v apt-get > /dev/null; then
    { apt-get -q update && apt-get -q install -y chromium fonts-noto-cjk; } > "$work/apt.txt" 2>&1 || tail -n 3 "$work/apt.txt" >&2
    chromium=$(command -v chromium || true)
fi
if [ -z "$chromium" ]; then
    echo "no Chromium, so no page was tried in a browser" >&2
    exit 77
fi
venv=${VENV:-$work/venv}
case $venv in /*) ;; *) venv=$PWD/$venv ;; esac
if ! "$venv/bin/python" -c 'import axe_playwright_python, playwright, zxingcpp' 2> /dev/null &&
    ! { python3 -m venv "$venv" && "$venv/bin/pip" -q install --require-hashes -r tools/browser/requirements.txt; }; then
    echo "Playwright could not be installed: Python 3 or PyPI is not to be had" >&2
    exit 77
fi
binary=${BINARY:-}
if [ -z "$binary" ]; then
    cargo build -q --locked -p countenance
    binary=${CARGO_TARGET_DIR:-target}/debug/countenance
fi
PYTHONDONTWRITEBYTECODE=1 "$venv/bin/python" "$here/visits.py" "$binary" "$chromium" "${OUT:-$work/screens}" "$@"
