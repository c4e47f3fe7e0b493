#!/bin/sh
# Runs a script of this folder with the release tools of packaging/tools.lock, in an environment of its own (build/tools).
#
#   packaging/tools.sh audit.py             known vulnerabilities of every pin
#   packaging/tools.sh sbom.py IN OUT       see `make sbom`
#   packaging/tools.sh --ready              only makes the environment
set -eu
cd "$(dirname "$0")/.."
tools=build/tools
stamp=$tools/.made-from

interpreter() { for python in $tools/bin/python $tools/Scripts/python.exe; do [ ! -x $python ] || return 0; done; }

if ! cksum packaging/tools.lock | cmp -s - $stamp; then
    "${PYTHON:-python3}" -m venv --clear $tools
    interpreter
    $python -m pip --disable-pip-version-check --quiet install --require-hashes --only-binary :all: \
        --requirement packaging/tools.lock
    cksum packaging/tools.lock >$stamp
fi
interpreter
[ "$1" != --ready ] || exit 0
script=$1
shift
exec $python "packaging/$script" "$@"
