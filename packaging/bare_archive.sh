#!/usr/bin/env bash
# Makes sure that the archive of an empty Debian root is there (see bare_root.sh), so that proofs don't wait for it.
# Needs root and debootstrap.
set -euo pipefail
cd "$(dirname "$0")"

say() { printf 'bare_archive: %s\n' "$*"; }
die() {
    echo "bare_archive: $*" >&2
    exit 1
}
. ./bare_root.sh

root=$(mktemp -d -t sidetone-bare.XXXXXX)
trap 'bare_root_away "$root"' EXIT
bare_root "$root"
