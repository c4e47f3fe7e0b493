#!/bin/sh
# Installs the wheel as its users do, with pipx, into an environment that has nothing of this checkout, and has the
# smoke test judge what was installed. Needs `make wheel` before and a package index.
#
#   packaging/smoke_wheel.sh [OUT]      OUT: report and pictures (out/smoke-wheel)
set -eu
cd "$(dirname "$0")/.."
out=${1:-out/smoke-wheel}
python=.venv/bin/python
set -- dist/sidetone-*.whl
[ $# = 1 ] && [ -f "$1" ] || {
    echo "smoke-wheel: dist must hold one wheel: make wheel" >&2
    exit 2
}

place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
# The versions that the lock names, without its hashes, which pip wants for all or nothing.
sed -n 's/^\([a-zA-Z0-9._-]*\)\(\[[^]]*\]\)\{0,1\}==\([^ \\]*\)\( ; [^\\]*\)\{0,1\}.*/\1==\3\4/p' requirements.lock >"$place/constraints.txt"
$python -m venv "$place/pipx"
"$place/pipx/bin/python" -m pip --disable-pip-version-check --quiet install pipx
export PIPX_HOME="$place/home" PIPX_BIN_DIR="$place/bin" PIPX_DEFAULT_PYTHON="$PWD/$python" PIP_CONSTRAINT="$place/constraints.txt"
"$place/pipx/bin/pipx" install --quiet "$1"
unset PIP_CONSTRAINT

cd "$place"
inside=$("$place"/home/venvs/sidetone/bin/python -c '
import desktop, desktop.bundled
print(desktop.__file__, desktop.bundled.resources_folder())')
case $inside in
*"$OLDPWD"*)
    echo "smoke-wheel: the checkout is used instead of what was installed: $inside" >&2
    exit 1
    ;;
esac
cd "$OLDPWD"
$python packaging/smoke.py "$place/bin/sidetone" "$out" --only version demo transcribe keyring
