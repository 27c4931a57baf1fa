#!/usr/bin/env bash
# Makes models/dlib_resnet_fp16.onnx again from dlib's weights; takes about two minutes. Usage: tools/dlib_onnx/run.sh [OUT.onnx]
set -euo pipefail
out=$(realpath -m "${1:-$(dirname "$0")/../../models/dlib_resnet_fp16.onnx}")
. "$(dirname "$0")/prepare.sh"
./dump xml "$weights" net.xml
venv/bin/python "$here/convert.py" net.xml "$out.partial"
mv "$out.partial" "$out"
sha256sum "$out"
