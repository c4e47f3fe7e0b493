#!/bin/sh
# .venv from requirements.lock on a hosted runner, where packaging/setup.sh does not look after the system: Windows (Git
# Bash) and macOS. Later steps find its programs on PATH (GITHUB_PATH). `python` is the interpreter that it is made from.
set -eu
cd "$(dirname "$0")/.."
python -m venv .venv
programs=.venv/bin
[ ! -d .venv/Scripts ] || programs=.venv/Scripts
pip() { $programs/python -m pip --disable-pip-version-check --quiet "$@"; }

# As in setup.sh: the packages without wheels are built by the locked setuptools.
mkdir -p build
awk 'index($0, "setuptools==") == 1 {on = 1; print; next} /^[^ ]/ {on = 0} on' requirements.lock >build/setuptools.txt
pip install --require-hashes -r build/setuptools.txt
pip install --require-hashes --no-build-isolation --use-pep517 -r requirements.lock
pip install --no-deps --no-build-isolation --editable .

if [ -n "${GITHUB_PATH:-}" ]; then
    if command -v cygpath >/dev/null; then cygpath -w "$PWD/$programs"; else echo "$PWD/$programs"; fi >>"$GITHUB_PATH"
fi
