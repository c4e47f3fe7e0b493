#!/bin/sh
# Fuzzes for $1 seconds with Atheris, in an environment of its own under build/, and keeps the smallest corpus that
# reaches the same code. A finding is written as tests/protocols/corpus/crash-*: mend it, and keep the file.
set -eu
cd "$(dirname "$0")/.."
tool=build/fuzz
[ -x $tool/bin/python ] || {
    "${PYTHON:-python3}" -m venv $tool
    $tool/bin/python -m pip --disable-pip-version-check --quiet install 'atheris==3.0.0' 'msgspec>=0.20,<1'
}
$tool/bin/python packaging/fuzz.py "${1:-600}"
corpus=tests/protocols/corpus
rm -rf build/corpus && mv $corpus build/corpus && mkdir $corpus
$tool/bin/python packaging/fuzz.py merge build/corpus
cp build/corpus/[01]?-* build/corpus/crash-* $corpus/ 2>/dev/null || true
