#!/bin/bash
# Proves set-up on a bare Debian: an empty root with only python3, make and git, and this tree in it.
#
#   packaging/prove_bare.sh [ROOT]     ROOT: a new folder outside the tree (default: a temporary one, removed)
#   SUITE=trixie                       another release than this machine's
#   STEPS="user setup again demo"      which steps: user setup again venv python libs demo test
#   KEEP=1                             leave ROOT behind
#
# Needs root and debootstrap. The mirror is the one that apt uses here; its settings and pip's (files, environment,
# certificates) go along, as on any machine of this network.
set -euo pipefail
tree=$(cd "$(dirname "$0")/.." && pwd)
root=${1:-$(mktemp -d -t sidetone-bare.XXXXXX)}
steps=${STEPS:-user setup again venv libs demo}
clone=/home/visitor/sidetone

say() { printf '\n== %s\n' "$*"; }
die() {
    echo "FAILED: $*" >&2
    exit 1
}

[ "$(id -u)" = 0 ] || die "needs root"
command -v debootstrap >/dev/null || die "needs debootstrap"

# ---- the empty root ------------------------------------------------------------------------------------------

. /etc/os-release
suite=${SUITE:-$VERSION_CODENAME}
mirror=$(apt-get indextargets --format '$(REPO_URI)|$(RELEASE)|$(COMPONENT)' 'Created-By: Packages' |
    awk -F'|' -v suite="$VERSION_CODENAME" '$2 == suite && $3 == "main" {print $1; exit}')
[ -n "$mirror" ] || die "apt has no source for $VERSION_CODENAME here"

cleanup() {
    for mount in dev/shm dev/pts dev proc; do
        if mountpoint -q "$root/$mount"; then umount -l "$root/$mount"; fi
    done
    if [ -z "${KEEP:-}" ]; then rm -rf --one-file-system "$root"; fi
}
trap cleanup EXIT

say "debootstrap $suite into $root"
[ -x "$root/usr/bin/apt-get" ] || debootstrap --variant=minbase "$suite" "$root" "$mirror" >"$root.log" 2>&1 ||
    die "debootstrap (see $root.log)"
rm -f "$root.log"
mountpoint -q "$root/proc" || mount -t proc proc "$root/proc"
mountpoint -q "$root/dev" || mount --bind /dev "$root/dev"
mountpoint -q "$root/dev/pts" || mount --bind /dev/pts "$root/dev/pts"
mkdir -p "$root/dev/shm"
mountpoint -q "$root/dev/shm" || mount -t tmpfs tmpfs "$root/dev/shm"

# What any machine of this network has: name servers, apt's and pip's settings, certificates.
copy_along() {
    for path in "$@"; do
        if [ -e "$path" ]; then
            mkdir -p "$root$(dirname "$path")"
            cp -aL "$path" "$root$(dirname "$path")/"
        fi
    done
}
copy_along /etc/resolv.conf /etc/hosts /etc/pip.conf /etc/apt/apt.conf.d /etc/ssl/certs/ca-certificates.crt \
    /usr/local/share/ca-certificates
environment=$(env | grep -iE '^(PIP_|SSL_CERT_|REQUESTS_CA|CURL_CA|GIT_SSL_|https?_proxy|no_proxy|all_proxy)' |
    grep -v '^PIP_FIND_LINKS=/' || true) # local folders stay behind
mapfile -t environment <<<"$environment"

inside() { # inside USER COMMAND: a login's bare environment and the network's settings
    local user=$1
    chroot --userspec="$user" "$root" /usr/bin/env -i HOME="/home/$user" USER="$user" LANG=C.UTF-8 \
        PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "${environment[@]}" \
        sh -c "cd $clone && $2" </dev/null
}

say "python3, make and git: nothing else"
chroot "$root" env DEBIAN_FRONTEND=noninteractive sh -c \
    'apt-get update -qq && apt-get install -y -qq --no-install-recommends python3 make git >/dev/null' </dev/null
chroot "$root" id visitor >/dev/null 2>&1 || chroot "$root" useradd --create-home visitor

rm -rf "${root:?}$clone"
mkdir -p "$root$clone"
(cd "$tree" && git ls-files -z --cached --others --exclude-standard --deduplicate |
    while IFS= read -r -d '' file; do if [ -e "$file" ]; then printf '%s\0' "$file"; fi; done |
    tar --null -T - -cf -) | tar -C "$root$clone" --no-same-owner -xf -
chroot "$root" chown -R visitor: "$clone"
chroot --userspec=visitor "$root" sh -c "export HOME=/home/visitor && cd $clone && git init -q . && git add --all"

# ---- the steps -----------------------------------------------------------------------------------------------

step_user() {
    say "an ordinary user is told the command, and nothing is left behind"
    local status=0
    inside visitor 'sh packaging/setup.sh run' >"$root/tmp/user.log" 2>&1 || status=$?
    cat "$root/tmp/user.log"
    [ "$status" = 2 ] || die "exit status $status, not 2"
    grep -q 'sudo apt-get update && sudo apt-get install' "$root/tmp/user.log" || die "no command"
    [ ! -e "$root$clone/.venv" ] || die "an environment was begun"
}

step_setup() {
    say "root: make setup from nothing"
    time inside root 'make setup FOR=run'
    inside root '.venv/bin/sidetone --version'
}

step_again() {
    say "root: make setup once more is a check"
    local begun=$EPOCHREALTIME
    inside root 'make setup FOR=run'
    awk -v begun="$begun" -v ended="$EPOCHREALTIME" 'BEGIN {
        printf "%.2f s\n", ended - begun
        exit ended - begun > 2
    }' || die "more than 2 s"
}

step_venv() {
    say "an ordinary user, packages there, an empty virtual environment"
    rm -rf "${root:?}$clone/.venv"
    chroot "$root" chown -R visitor: "$clone"
    inside visitor 'python3 -m venv .venv'
    time inside visitor 'make setup FOR=run'
    inside visitor '.venv/bin/sidetone --version'
}

step_libs() {
    say "no library of Qt's windows, of Opus or of the codecs is missing"
    inside root 'find .venv/lib -name "*.so*" -path "*PySide6/Qt/plugins*" \
        \( -name "libqxcb.so" -o -name "libqoffscreen.so" -o -name "libqwayland*.so" \) -exec ldd {} + |
        grep "not found" && exit 1 || exit 0' || die "Qt misses libraries"
    inside root '.venv/bin/python -W ignore -c "
import opuslib, soundfile, soxr, pocketsphinx, pyqtgraph, qasync
from PySide6 import QtSvg, QtOpenGLWidgets, QtTest, QtWidgets"' || die "imports"
}

step_demo() {
    say "make demo, where there is no display"
    inside visitor 'make demo DEMO_SECONDS=20'
    inside visitor '.venv/bin/python packaging/check_report.py out/demo.json'
}

step_python() {
    say "a Python that is too old or not there is named"
    if inside visitor 'PYTHON=python2.7 make setup'; then die "accepted"; fi
}

step_test() {
    say "root: make test"
    time inside root 'make test'
}

for step in $steps; do "step_$step"; done
say "bare Debian $suite: good ($steps)"
