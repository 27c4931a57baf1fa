#!/bin/sh
# Calls every route of a running debug server with what the OpenAPI document allows and with what it does not, as each role and as a station:
# no answer may be a failure inside, and none may be undocumented. Usage: tools/schemathesis/run.sh [examples per operation, default 10]
set -eu
cd "$(dirname "$0")/../.."
examples=${1:-10}
work=$(mktemp -d)
server=
trap 'if [ -n "$server" ]; then kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; fi; rm -rf "$work"' EXIT INT TERM
python3 -m venv "$work/venv"
"$work/venv/bin/pip" -q install -r tools/schemathesis/requirements.txt
cargo build -q -p countenance
port=${PORT:-18080}
url="http://127.0.0.1:$port"
target/debug/countenance init "$work/site" --listen "127.0.0.1:$port" --public-url "http://localhost:$port" >"$work/init.txt"
target/debug/countenance serve --config "$work/site/countenance.toml" >"$work/serve.txt" 2>"$work/log.txt" &
server=$!
"$work/venv/bin/python" tools/schemathesis/people.py "$url" "$work" >"$work/people.txt" || { cat "$work/log.txt"; exit 1; }
failed=0
while read -r role token; do
    echo "== $role"
    # Signing out would end the run, and an event stream does not end by itself.
    "$work/venv/bin/st" run "$url/api/v1/openapi.json" --header "Authorization: Bearer $token" \
        --checks not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,response_headers_conformance \
        --exclude-operation-id session_sign_out --exclude-operation-id session_sign_out_everywhere --exclude-operation-id event_stream \
        --phases examples,coverage,fuzzing --max-examples "$examples" --rate-limit 45/s --request-timeout 30 --seed 1 --no-color \
        >"$work/$role.txt" 2>&1 || failed=1
    tail -n 12 "$work/$role.txt"
    grep -A14 -E '^_{3,}|^- (Server error|Undocumented)' "$work/$role.txt" | head -n 120 || true
done <"$work/people.txt"
grep -c '"status":5' "$work/log.txt" || true
exit $failed
