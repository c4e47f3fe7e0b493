#!/bin/sh
# Fuzzes for $1 seconds with Atheris, in an environment of its own under build/, from the corpus that is kept in
# tests/protocols/corpus.zip, and keeps what it found worth keeping there. A finding is a file crash-*: mend it, keep it.
set -eu
cd "$(dirname "$0")/.."
tool=build/fuzz corpus=build/corpus
[ -x $tool/bin/python ] || {
    "${PYTHON:-python3}" -m venv $tool
    $tool/bin/python -m pip --disable-pip-version-check --quiet install 'atheris==3.0.0' 'msgspec>=0.20,<1'
}
rm -rf $corpus
$tool/bin/python -m zipfile -e tests/protocols/corpus.zip $corpus
status=0
$tool/bin/python packaging/fuzz.py $corpus "${1:-600}" || status=$?
$tool/bin/python -m zipfile -c tests/protocols/corpus.zip $corpus/*
exit $status
