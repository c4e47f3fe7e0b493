#!/bin/sh
# All that a fresh clone needs: system packages, .venv from requirements.lock, Sidetone itself in it (editable).
#
#   packaging/setup.sh run|test|package     run: to use Sidetone; test: what its tests need as well; package: to pack it
#   PYTHON=python3.13               picks the interpreter (default: the first of 3.11-3.13 found)
#
# Exit status 2: something only a person can do; the message says what. Done twice, it checks and returns.
set -eu
cd "$(dirname "$0")/.."
purpose=${1:-test}
venv=.venv
stamp=$venv/.sidetone-setup
lists=packaging/system_packages.txt

say() { printf 'setup: %s\n' "$*"; }
stop() {
    for line in "$@"; do
        case $line in "" | " "*) printf '%s\n' "$line" ;; *) printf 'setup: %s\n' "$line" ;; esac
    done >&2
    exit 2
}

case $purpose in run | test | package) ;; *) stop "usage: packaging/setup.sh run|test|package" ;; esac

# ---- interpreter -------------------------------------------------------------------------------------------

in_range() {
    "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' >/dev/null 2>&1
}

pick_python() {
    if [ -n "${PYTHON:-}" ]; then
        in_range "$PYTHON" || stop "PYTHON=$PYTHON is not a working Python 3.11, 3.12 or 3.13."
        python=$PYTHON
        return
    fi
    for python in python3 python3.13 python3.12 python3.11; do
        if in_range "$python"; then return; fi
    done
    found=$(python3 -V 2>/dev/null || echo "no python3 at all")
    stop "Sidetone needs Python 3.11, 3.12 or 3.13; here is $found." \
        "Install one of them and run this again (PYTHON=/path/to/python3.12 make setup picks one)."
}

version_of() { "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])'; }

# ---- system packages ---------------------------------------------------------------------------------------

find_ldconfig() {
    for ldconfig in ldconfig /sbin/ldconfig /usr/sbin/ldconfig; do
        if command -v "$ldconfig" >/dev/null 2>&1; then return; fi
    done
    ldconfig=false
}

# Sets $missing to the packages of which a probe fails.
find_missing() {
    known=$("$ldconfig" -p 2>/dev/null || true)
    missing=
    while read -r when probe package; do
        case $when in "#"* | "") continue ;; test | package) [ "$purpose" = "$when" ] || continue ;; esac
        target=${probe#*:}
        case $probe in
            lib:*) case $known in *"	$target ("*) continue ;; esac ;;
            cmd:*) if command -v "$target" >/dev/null 2>&1; then continue; fi ;;
            file:*) if [ -e "$target" ]; then continue; fi ;;
        esac
        missing="$missing $package"
    done <$lists
    # A new environment needs pip's own installer, which Debian keeps apart.
    if [ ! -x $venv/bin/pip ] && ! "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
        missing="$missing python$(version_of "$python")-venv"
    fi
    # PyInstaller takes the interpreter's library along, which Debian keeps apart as well.
    if [ "$purpose" = package ] && ! "$python" -c "$has_library" >/dev/null 2>&1; then
        missing="$missing libpython$(version_of "$python")"
    fi
}

has_library='
import os, sys, sysconfig
sys.exit(not os.path.exists(os.path.join(*map(sysconfig.get_config_var, ("LIBDIR", "INSTSONAME")))))'

install_missing() {
    find_missing
    if [ -z "$missing" ]; then return; fi
    if ! command -v apt-get >/dev/null 2>&1; then
        stop "these libraries or programs are missing, named as Debian packages:$missing" \
            "There is no apt-get here: install your system's equivalents and run this again."
    fi
    install="apt-get install -y --no-install-recommends$missing"
    if [ "$(id -u)" = 0 ]; then
        sudo=
    elif command -v sudo >/dev/null 2>&1 && sudo -n true >/dev/null 2>&1; then
        sudo=sudo
    else
        stop "Debian packages are missing, and installing them needs root. Run this, then make again:" "" \
            "    sudo apt-get update && sudo $install" ""
    fi
    say "installing Debian packages:$missing"
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get update -qq </dev/null ||
        say "apt-get update had errors; trying with the package lists at hand"
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing </dev/null ||
        stop "apt-get could not install them (its messages are above). By hand: $install"
    find_missing
    [ -z "$missing" ] || stop "installed, yet still not found:$missing"
}

# ---- environment -------------------------------------------------------------------------------------------

# What the environment was made from and holds: any difference means that it is made up to date again.
fingerprint() {
    pwd
    version_of $venv/bin/python
    cksum requirements.lock pyproject.toml packaging/setup.sh
    ls $venv/lib/python3.*/site-packages | grep -F .dist-info
}

is_current() {
    [ -f $stamp ] && [ -x $venv/bin/python ] && [ -x $venv/bin/sidetone ] || return 1
    if [ -n "${PYTHON:-}" ] && [ "$(version_of "$PYTHON")" != "$(version_of $venv/bin/python)" ]; then return 1; fi
    [ "$(fingerprint 2>/dev/null)" = "$(cat $stamp)" ]
}

# The lock's entry of one package, hashes and all.
locked() { awk -v name="$1==" 'index($0, name) == 1 {on = 1; print; next} /^[^ ]/ {on = 0} on' requirements.lock; }

pip() { $venv/bin/python -m pip --disable-pip-version-check --quiet "$@"; }

make_environment() {
    say "making $venv with $("$python" -V) from requirements.lock"
    wanted=$(version_of "$python")
    if ! in_range $venv/bin/python || [ "$(version_of $venv/bin/python)" != "$wanted" ] ||
        ! sed -n 1p $venv/bin/pip 2>/dev/null | grep -qF "$(pwd)/$venv/bin/"; then
        "$python" -m venv --clear $venv
    fi
    rm -f $stamp
    # All but argparse-manpage, opuslib and srt are wheels (`make lock` proves it); those are pure Python and built by the locked
    # setuptools, not by whichever is newest today. So no compiler is needed.
    scratch=$(mktemp -d)
    trap 'rm -rf "$scratch"' EXIT
    locked setuptools >"$scratch/setuptools.txt"
    pip install --require-hashes -r "$scratch/setuptools.txt" &&
        pip install --require-hashes --no-build-isolation --use-pep517 -r requirements.lock ||
        stop "pip could not install requirements.lock (its messages are above)." \
            "No network, or no wheels for this machine? There are wheels for Linux x86-64 (glibc 2.34+)," \
            "Linux ARM (glibc 2.39+, Python 3.11 or 3.13), macOS 13+ and Windows."
    pip install --no-deps --no-build-isolation --editable .
    fingerprint >$stamp
}

case $(uname -s) in
    Linux)
        find_ldconfig
        pick_python
        install_missing
        ;;
    Darwin)
        pick_python
        [ -e /opt/homebrew/lib/libopus.dylib ] || [ -e /usr/local/lib/libopus.dylib ] ||
            stop "libopus is missing. Run this, then make again:" "" "    brew install opus" ""
        ;;
    *) stop "this script knows Linux and macOS; elsewhere install requirements.lock into .venv by hand." ;;
esac

if is_current; then exit 0; fi
make_environment
say "ready: .venv/bin/sidetone --help"
