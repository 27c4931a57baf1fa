#!/bin/sh
# Makes the README's pictures of the pages again, from a demonstration: tools/browser/pictures.sh (variables as for run.sh).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
VENV=${VENV:-$out/venv} OUT=$out/screens "$here/run.sh" in_three_languages impostor
"${VENV:-$out/venv}/bin/python" - "$out/screens" <<'PY'
import os, sys
from PIL import Image
for language in ("en", "zh-Hant"):
    for screen in ("station-notice", "visit-eye", "visit-evidence"):
        picture = Image.open(os.path.join(sys.argv[1], f"{language}-{screen}.png")).convert("RGB")
        picture.crop((0, 0, picture.width, min(picture.height, 1000))).quantize(128, dither=0).save(f"docs/images/{language}-{screen}.png", optimize=True)
picture = Image.open(os.path.join(sys.argv[1], "en-alarm-evidence.png")).convert("RGB")
picture.quantize(128, dither=0).save("docs/images/en-alarm-evidence.png", optimize=True)
PY
