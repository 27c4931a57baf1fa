#!/usr/bin/env bash
# Compares the ONNX file with dlib itself on a made-up picture; takes about two minutes. Usage: tools/dlib_onnx/check.sh [FILE.onnx]
set -euo pipefail
model=$(realpath "${1:-$(dirname "$0")/../../models/dlib_resnet_fp16.onnx}")
. "$(dirname "$0")/prepare.sh"
venv/bin/python "$here/check.py" make chip.raw
./dump template "$weights" chip.raw > template.txt
venv/bin/python "$here/check.py" compare "$model" chip.raw template.txt
