#!/bin/sh
# Calls every route of a running debug server with what the OpenAPI document allows and with what it does not, as each role, as a station and
# as nobody: no answer may be a failure inside, none may be undocumented, and every operation must succeed at least once.
# Usage: tools/schemathesis/run.sh [examples per operation, default 10] [callers, default all]
#   BINARY=…    the program; built if it is not given
#   DATABASE=…  an empty PostgreSQL database instead of an SQLite file; or COUNTENANCE_TEST_POSTGRES=…, in which one is made (needs psql)
#   VENV=…      a virtual environment to use and keep
# Ends with 77 when Python or PyPI is not to be had.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."
examples=${1:-10}
callers=${2:-"nobody station auditor protection-officer clerk supervisor administrator"}
work=$(mktemp -d)
server=
ended() {
    if [ -n "$server" ]; then
        kill "$server" 2>/dev/null || true
        wait "$server" 2>/dev/null || true
    fi
    if [ -n "$made" ]; then
        psql -q "$made" -c "DROP DATABASE IF EXISTS $name WITH (FORCE)" || true
    fi
    rm -rf "$work"
}
made=
trap ended EXIT
trap 'exit 1' INT TERM
venv=${VENV:-$work/venv}
case $venv in /*) ;; *) venv=$PWD/$venv ;; esac
if ! { [ -x "$venv/bin/st" ] ||
    { python3 -m venv "$venv" && "$venv/bin/pip" -q install --require-hashes -r tools/schemathesis/requirements.txt; }; }; then
    echo "Schemathesis could not be installed: Python 3 or PyPI is not to be had" >&2
    exit 77
fi
binary=${BINARY:-}
if [ -z "$binary" ]; then
    cargo build -q --locked -p countenance
    binary=${CARGO_TARGET_DIR:-target}/debug/countenance
fi
if [ -z "${DATABASE:-}" ] && [ -n "${COUNTENANCE_TEST_POSTGRES:-}" ]; then
    name=schemathesis_$$
    psql -q "$COUNTENANCE_TEST_POSTGRES" -c "CREATE DATABASE $name"
    made=$COUNTENANCE_TEST_POSTGRES
    DATABASE=${made%/*}/$name
fi
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
url="http://127.0.0.1:$port"
"$binary" init "$work/site" --listen "127.0.0.1:$port" --public-url "http://localhost:$port" ${DATABASE:+--database "$DATABASE"} >"$work/init.txt"
# The limits of an address would end the run: every call comes from another one, as this proxy tells.
sed -i.bak 's/^\[server\]$/[server]\ntrusted_proxies = ["127.0.0.1"]/' "$work/site/countenance.toml"
"$binary" serve --config "$work/site/countenance.toml" >"$work/serve.txt" 2>"$work/log.txt" &
server=$!
python3 tools/schemathesis/people.py "$url" "$work" "$work/site.json" || { tail -n 20 "$work/log.txt"; exit 1; }
export SCHEMATHESIS_HOOKS="$here/hooks.py" SCHEMATHESIS_SITE="$work/site.json" SCHEMATHESIS_URL="$url" SCHEMATHESIS_ANSWERS="$work/answers.txt"
export PYTHONPATH="$here" PYTHONDONTWRITEBYTECODE=1
failed=0
for caller in $callers; do
    token=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["tokens"].get(sys.argv[2], ""))' "$work/site.json" "$caller")
    printf '\n== %s\n' "$caller"
    # An event stream does not end by itself.
    (
        cd "$work"
        export SCHEMATHESIS_ROLE="$caller"
        "$venv/bin/st" --config-file "$here/schemathesis.toml" run "$url/api/v1/openapi.json" \
            ${token:+--header "Authorization: Bearer $token"} --exclude-operation-id event_stream \
            --max-examples "$examples" --seed 1 --request-timeout 60 --no-color
    ) >"$work/$caller.txt" 2>&1 || failed=1
    sed -n '/^=* \(FAILURES\|ERRORS\)/,$p' "$work/$caller.txt" | head -n 400
    tail -n 6 "$work/$caller.txt"
done
python3 tools/schemathesis/report.py "$work/answers.txt" docs/openapi.json || failed=1
if [ "$failed" != 0 ]; then
    grep -E '"level":"ERROR"| 500 |"status":5' "$work/log.txt" | head -n 20 || true
fi
exit "$failed"
