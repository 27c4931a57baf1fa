#!/usr/bin/env bash
# Measures one frame's analysis against OpenCV's YuNet + SFace on the same picture, in turn, and prints the ratio of CPU times.
# Needs python3 with venv. Usage: tools/bench/frame.sh [PICTURE] [ROUNDS]
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
picture=$(realpath "${1:-$root/fixtures/counter-frame.jpg}")
rounds=${2:-3}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q "opencv-python-headless>=4.10,<5" "numpy<2.3"
cd "$root"
cargo bench -q -p face --bench frame --no-run
for _ in $(seq "$rounds"); do
    cargo bench -q -p face --bench frame -- "$picture" | tee -a "$work/ours"
    "$work/venv/bin/python" tools/bench/opencv_frame.py models "$picture" | tee -a "$work/peer"
done
"$work/venv/bin/python" - "$work/ours" "$work/peer" <<'PY'
import json, statistics, sys
ours, peer = ([json.loads(line)["whole_ms"] for line in open(name)] for name in sys.argv[1:])
ratios = sorted(a / b for a, b in zip(ours, peer))
print(f"CPU time, ours / OpenCV: median {statistics.median(ratios):.2f} (from {ratios[0]:.2f} to {ratios[-1]:.2f})")
PY
