#!/bin/bash
# Proves set-up on a bare Debian: an empty root with only python3, make and git, and this tree in it.
#
#   packaging/prove_bare.sh [ROOT]     ROOT: a new folder outside the tree (default: a temporary one, removed)
#   SUITE=trixie                       another release than this machine's
#   STEPS="user setup again demo"      which steps: user setup again venv python libs demo test package
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

second=$root.second # where only the packaged folder is taken to
x_server=

cleanup() {
    if [ -n "$x_server" ]; then kill "$x_server" || true; fi
    for folder in "$root" "$second"; do
        for mount in tmp/.X11-unix dev/shm dev/pts dev proc; do
            if mountpoint -q "$folder/$mount"; then umount -l "$folder/$mount"; fi
        done
        if [ -z "${KEEP:-}" ]; then rm -rf --one-file-system "$folder"; fi
    done
}
trap cleanup EXIT

bootstrap() { # bootstrap FOLDER: a bare Debian in it
    say "debootstrap $suite into $1"
    [ -x "$1/usr/bin/apt-get" ] || debootstrap --variant=minbase "$suite" "$1" "$mirror" >"$1.log" 2>&1 ||
        die "debootstrap (see $1.log)"
    rm -f "$1.log"
    mountpoint -q "$1/proc" || mount -t proc proc "$1/proc"
    mountpoint -q "$1/dev" || mount --bind /dev "$1/dev"
    mountpoint -q "$1/dev/pts" || mount --bind /dev/pts "$1/dev/pts"
    mkdir -p "$1/dev/shm"
    mountpoint -q "$1/dev/shm" || mount -t tmpfs tmpfs "$1/dev/shm"
}
bootstrap "$root"

# What any machine of this network has: name servers, apt's and pip's settings, certificates.
copy_along() {
    local into=$1
    shift
    for path in "$@"; do
        if [ -e "$path" ]; then
            mkdir -p "$into$(dirname "$path")"
            cp -aL "$path" "$into$(dirname "$path")/"
        fi
    done
}
copy_along "$root" /etc/resolv.conf /etc/hosts /etc/pip.conf /etc/apt/apt.conf.d /etc/ssl/certs/ca-certificates.crt \
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
import opuslib, soundfile, soxr, pocketsphinx, onnxruntime, pyqtgraph, qasync
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

step_package() {
    say "root: make package from nothing"
    time inside root 'make package'
    bootstrap "$second"
    say "dist/sidetone where there is no Python, no Opus, no font, no certificate"
    copy_along "$second" /etc/resolv.conf /etc/hosts /etc/apt/apt.conf.d /etc/ssl/certs/ca-certificates.crt
    chroot "$second" env DEBIAN_FRONTEND=noninteractive sh -c \
        'apt-get update -qq && apt-get install -y -qq --no-install-recommends libgl1 libegl1 >/dev/null' </dev/null
    rm "$second/etc/ssl/certs/ca-certificates.crt"
    if chroot "$second" sh -c 'command -v python3 || ldconfig -p | grep libopus || ls /usr/share/fonts' >/dev/null 2>&1
    then
        die "the second root is not bare"
    fi
    chroot "$second" useradd --create-home visitor
    cp -a "$root$clone/dist/sidetone" "$second/opt/sidetone"
    away 'sidetone --version && sidetone-desktop --version'
    say "off screen"
    away 'sidetone demo --seconds 20 --report demo.json --screenshot demo.png'
    cp "$second/home/visitor/demo.json" "$root/tmp/"
    inside root '.venv/bin/python packaging/check_report.py /tmp/demo.json'
    if command -v Xvfb >/dev/null; then
        say "on a display"
        Xvfb -displayfd 1 -screen 0 1600x1000x24 -nolisten tcp -noreset >"$second/display" 2>/dev/null &
        x_server=$!
        until [ -s "$second/display" ]; do sleep 0.1; done
        mkdir -p "$second/tmp/.X11-unix"
        mount --bind /tmp/.X11-unix "$second/tmp/.X11-unix"
        away "DISPLAY=:$(cat "$second/display") sidetone-desktop demo --seconds 10 --report x.json --screenshot x.png"
    fi
    mkdir -p "$tree/out/bare"
    cp "$second"/home/visitor/*.png "$second"/home/visitor/*.json "$tree/out/bare/"
    say "pictures and reports are in out/bare"
}

away() { # away COMMAND: an ordinary user's, in the second root
    chroot --userspec=visitor "$second" /usr/bin/env -i HOME=/home/visitor USER=visitor LANG=C.UTF-8 \
        PATH=/opt/sidetone:/usr/bin:/bin sh -c "cd && $1" </dev/null
}

for step in $steps; do "step_$step"; done
say "bare Debian $suite: good ($steps)"
