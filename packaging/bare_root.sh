# An empty Debian root to try things in; sourced by bash scripts that have `say` and `die`. Needs root and debootstrap.
# The mirror is the one that apt uses here; its settings and pip's (files, environment, certificates) go along, as on
# any machine of this network. An archive of the fresh root is kept for a month in ~/.cache/sidetone.

bare_cache=${XDG_CACHE_HOME:-$HOME/.cache}/sidetone

# bare_root ROOT: makes it, or takes it up again, and mounts into it what programs expect. SUITE: another release.
bare_root() {
    local root=$1 mirror archive
    [ "$(id -u)" = 0 ] || die "needs root"
    command -v debootstrap >/dev/null || die "needs debootstrap"
    . /etc/os-release
    mkdir -p "$root"
    suite=${SUITE:-$VERSION_CODENAME}
    mirror=$(apt-get indextargets --format '$(REPO_URI)|$(RELEASE)|$(COMPONENT)' 'Created-By: Packages' |
        awk -F'|' -v suite="$VERSION_CODENAME" '$2 == suite && $3 == "main" {print $1; exit}')
    [ -n "$mirror" ] || die "apt has no source for $VERSION_CODENAME here"
    archive=$bare_cache/bare-$suite-$(dpkg --print-architecture).tar.gz

    if [ ! -x "$root/usr/bin/apt-get" ] && [ -n "$(find "$archive" -mtime -30 2>/dev/null)" ]; then
        say "a fresh $suite from $archive"
        tar -C "$root" -xzf "$archive" || die "$archive is damaged: remove it"
    elif [ ! -x "$root/usr/bin/apt-get" ]; then
        say "debootstrap $suite into $root"
        debootstrap --variant=minbase "$suite" "$root" "$mirror" >"$root.log" 2>&1 || die "debootstrap (see $root.log)"
        rm -f "$root.log"
        umount -l "$root/proc" "$root/sys" 2>/dev/null || true
        if mkdir -p "$bare_cache"; then
            tar -C "$root" --one-file-system -cf - . | gzip -1 >"$archive.new" && mv "$archive.new" "$archive" ||
                rm -f "$archive.new"
        fi
    fi

    chmod 755 "$root" # made by mktemp it would be closed to the users inside
    mountpoint -q "$root/proc" || mount -t proc proc "$root/proc"
    mountpoint -q "$root/dev" || mount --bind /dev "$root/dev"
    mountpoint -q "$root/dev/pts" || mount --bind /dev/pts "$root/dev/pts"
    mkdir -p "$root/dev/shm"
    mountpoint -q "$root/dev/shm" || mount -t tmpfs tmpfs "$root/dev/shm"

    for path in /etc/resolv.conf /etc/hosts /etc/pip.conf /etc/apt/apt.conf.d /etc/ssl/certs/ca-certificates.crt \
        /usr/local/share/ca-certificates; do
        if [ -e "$path" ]; then
            mkdir -p "$root$(dirname "$path")"
            cp -aL "$path" "$root$(dirname "$path")/"
        fi
    done
}

# bare_root_away ROOT: what other scripts mounted there must be unmounted before.
bare_root_away() {
    local root=$1 mount
    for mount in dev/shm dev/pts dev proc; do
        if mountpoint -q "$root/$mount"; then umount -l "$root/$mount"; fi
    done
    if [ -z "${KEEP:-}" ]; then rm -rf --one-file-system "$root"; fi
}

# inside ROOT USER COMMAND: a login's bare environment and the network's settings
inside() {
    local root=$1 user=$2 environment
    environment=$(env | grep -iE '^(PIP_|SSL_CERT_|REQUESTS_CA|CURL_CA|GIT_SSL_|https?_proxy|no_proxy|all_proxy)' |
        grep -v '^PIP_FIND_LINKS=/' || true) # local folders stay behind
    mapfile -t environment <<<"$environment"
    chroot --userspec="$user" "$root" /usr/bin/env -i HOME="$(inside_home "$user")" USER="$user" LANG=C.UTF-8 \
        PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive \
        "${environment[@]}" sh -c "$3" </dev/null
}

inside_home() { if [ "$1" = root ]; then echo /root; else echo "/home/$1"; fi; }
