#!/usr/bin/env bash
# Proves the newest dist/sidetone_*.deb in an empty Debian root that has nothing else but what it depends on.
#
#   packaging/linux/prove_deb.sh [ROOT]     ROOT: a new folder outside the tree (default: a temporary one, removed)
#   DEB=FILE                                another package
#   SUITE=trixie                            another release than this machine's
#   STEPS="install demo upgrade"            which steps: install demo upgrade remove gateway, in this order
#   KEEP=1                                  leave ROOT behind
#
# Needs root and debootstrap (see bare_root.sh), Xvfb for demo, systemd-nspawn for gateway, the packages of .venv.
set -euo pipefail
tree=$(cd "$(dirname "$0")/../.." && pwd)
root=${1:-$(mktemp -d -t sidetone-deb.XXXXXX)}
steps=${STEPS:-install demo upgrade remove gateway}
deb=${DEB:-$(ls -t "$tree"/dist/sidetone_*.deb 2>/dev/null | head -1)}
out=$tree/out
python=$tree/.venv/bin/python
export PYTHONPATH=$tree

say() { printf '\n== %s (%d s)\n' "$*" $SECONDS; }
die() {
    echo "FAILED: $*" >&2
    exit 1
}

[ -n "$deb" ] || die "no package in dist. Run: make package deb"
. "$tree/packaging/bare_root.sh"
server= container=
leave() {
    if [ -n "$container" ]; then kill -KILL "$container" 2>/dev/null || true; fi
    if [ -n "$server" ]; then kill "$server" 2>/dev/null || true; fi
    for mount in tmp/.X11-unix var/cache/apt/archives; do
        if mountpoint -q "$root/$mount"; then umount -l "$root/$mount"; fi
    done
    bare_root_away "$root"
}
trap leave EXIT
bare_root "$root"

as() { inside "$root" "$1" "cd && $2"; } # as USER COMMAND
apt() { as root "apt-get -qq -y --no-install-recommends -o Dpkg::Use-Pty=0 $* >/dev/null"; }
mkdir -p "$out" "$bare_cache/apt"
mount --bind "$bare_cache/apt" "$root/var/cache/apt/archives"
as root 'id visitor >/dev/null 2>&1 || useradd --create-home visitor'

# What it depends on comes first, so that the lists of files before and after differ by the package alone.
say "dependencies"
apt update
apt satisfy "'$(dpkg-deb --field "$deb" Depends)'"
files() {
    as root 'find / -xdev \( -path /dev -o -path /proc -o -path /sys -o -path /run -o -path /tmp -o -path /home \
        -o -path /var/cache/apt -o -path /var/lib/apt -o -path /var/log -o -path /var/tmp -o -path /var/lib/systemd \
        -o -path /var/cache/ldconfig \) -prune -o -print | grep -vE "^/(var/lib/dpkg/[^/]*(-old)?|etc/[a-z]+-)$" | sort'
}
files >"$root/tmp/before"

# The same package as an older version would be: a file that the new one no longer has, another content of one.
cp "$deb" "$root/tmp/new.deb"
(cd "$root/tmp" && dpkg-deb -R new.deb older && sed -i 's/^Version: .*/Version: 0.0.1/' older/DEBIAN/control &&
    echo past >older/usr/lib/sidetone/of-the-past && echo '# older' >>older/usr/bin/sidetone-kiosk &&
    dpkg-deb --root-owner-group -Znone --build older older.deb >/dev/null && rm -r older)

step_install() {
    say "an older version is installed"
    apt install /tmp/older.deb
    as root 'getent passwd sidetone >/dev/null' || die "no user for the gateway"
    as root 'find /usr/lib/sidetone -name "*.so*" -type f -exec env LD_LIBRARY_PATH=/usr/lib/sidetone/_internal ldd {} + | grep "not found"' && die "libraries miss"
    as root 'find / -xdev -path /proc -prune -o \( -nouser -o -nogroup \) -print | grep .' && die "files of nobody"
    [ -z "$(as root 'find /etc/systemd -name "*sidetone*"')" ] || die "something is enabled that nobody asked for"
    as visitor 'sidetone --version && sidetone settings check'
}

step_demo() {
    say "an ordinary user sees the demo on a screen"
    mkdir -p "$root/tmp/.X11-unix" /tmp/.X11-unix
    mount --bind /tmp/.X11-unix "$root/tmp/.X11-unix"
    exec 7<><(:)
    Xvfb -displayfd 7 -screen 0 1440x900x24 -nolisten tcp >/dev/null 2>&1 &
    server=$!
    read -r -t 30 -u 7 display || die "no Xvfb"
    as visitor "DISPLAY=:$display sidetone demo --seconds 20 --report demo.json --screenshot demo.png"
    kill "$server"
    server=
    umount "$root/tmp/.X11-unix"
    cp "$root/home/visitor/demo.json" "$out/deb-demo.json"
    cp "$root/home/visitor/demo.png" "$out/deb-demo.png"
    "$python" "$tree/packaging/check_report.py" "$out/deb-demo.json"
}

step_upgrade() {
    say "an upgrade keeps what people set"
    as visitor 'mkdir -p .config/sidetone && printf "[[organisations]]\nname = \"acme\"\nregion = \"mypurecloud.ie\"\nclient_id = \"x\"\n" \
        >.config/sidetone/settings.toml'
    as root 'echo "# ours" >>/etc/sidetone/settings.toml; echo "# ours" >>/etc/default/sidetone-gateway'
    local kept='md5sum /etc/sidetone/settings.toml /etc/default/sidetone-gateway /home/visitor/.config/sidetone/settings.toml'
    local before
    before=$(as root "$kept")
    [ -e "$root/usr/lib/sidetone/of-the-past" ] || die "the older version is not there"
    apt install /tmp/new.deb
    [ "$(as root "$kept")" = "$before" ] || die "settings changed"
    [ ! -e "$root/usr/lib/sidetone/of-the-past" ] || die "a file of the older version is left"
    [ "$(as root 'dpkg-query -W -f "\${Version}" sidetone')" = "$(dpkg-deb --field "$deb" Version)" ] || die "version"
    [ "$(as root 'dpkg --verify sidetone' | grep -cv ' c /etc')" = 0 ] || die "files differ from the package's"
    as visitor 'sidetone settings check'
}

step_remove() {
    say "removal leaves what people set, purge leaves nothing"
    apt remove sidetone
    [ ! -e "$root/usr/lib/sidetone" ] && [ ! -e "$root/usr/bin/sidetone" ] || die "the program is left"
    grep -q ours "$root/etc/sidetone/settings.toml" || die "settings are gone"
    [ -e "$root/home/visitor/.config/sidetone/settings.toml" ] || die "a person's settings are gone"
    mkdir -p "$root/var/lib/sidetone/results" "$root/etc/sidetone/credentials"
    purge
}

purge() {
    apt purge sidetone
    as root 'getent passwd sidetone || getent group sidetone' && die "the user is left"
    files >"$root/tmp/after"
    diff "$root/tmp/before" "$root/tmp/after" || die "files are left"
}

# ---- a machine that boots, for the gateway ------------------------------------------------------------------------

machine() { # machine COMMAND, as root in it
    nsenter --target "$leader" --all env -i HOME=/root LANG=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin sh -c "$1" </dev/null
}
field() { machine "systemctl show --value --property=$1 sidetone-gateway"; }
gateway_call() { nsenter --target "$leader" --net "$python" "$tree/packaging/linux/call_gateway.py" call "$1" "$2"; }

step_gateway() {
    say "a gateway under systemd"
    command -v systemd-nspawn >/dev/null || die "needs systemd-nspawn (package systemd-container)"
    apt install systemd systemd-sysv dbus
    cp "$deb" "$root/srv/new.deb" # a booted machine has a /tmp of its own
    files >"$root/tmp/before"
    apt install /tmp/older.deb
    local etc=$root/etc/sidetone pems
    as root 'sidetone gateway --set-up audiohook.example.com --credentials /etc/sidetone/credentials >/dev/null'
    pems=$(mktemp -d -p "$root/tmp")
    "$python" "$tree/packaging/linux/call_gateway.py" certify "$pems"
    cp "$pems"/*.pem "$etc"
    as root 'chgrp sidetone /etc/sidetone/*.pem && chmod 640 /etc/sidetone/*.pem'
    printf 'certificate = "/etc/sidetone/fullchain.pem"\nprivate_key = "/etc/sidetone/privkey.pem"\n' >>"$etc/settings.toml"
    echo a-key-for-clients-that-ask >"$etc/credentials/analytics-keys"
    chmod 600 "$etc/credentials/analytics-keys"
    echo 'SIDETONE_GATEWAY_OPTIONS="--serve-analytics"' >"$root/etc/default/sidetone-gateway"

    for mount in dev/shm dev/pts dev proc; do umount -l "$root/$mount"; done
    systemd-nspawn --quiet --directory "$root" --boot --register=no --keep-unit --private-network --console=pipe \
        --bind "$bare_cache/apt:/var/cache/apt/archives" </dev/null >"$out/deb-boot.log" 2>&1 &
    container=$!
    for _ in $(seq 60); do
        leader=$(pgrep -P "$container" | head -1 || true)
        if [ -n "$leader" ] && machine 'systemctl is-system-running --wait' >/dev/null 2>&1; then break; fi
        if [ -n "$leader" ] && machine 'systemctl is-system-running' 2>/dev/null | grep -q degraded; then break; fi
        sleep 1
    done

    say "it starts, locked up, and takes a call"
    machine 'systemctl enable --now sidetone-gateway' || { machine 'journalctl --no-pager -u sidetone-gateway'; die "start"; }
    machine 'grep -E "^(Uid|NoNewPrivs|Seccomp|CapEff)" /proc/'"$(field MainPID)"'/status'
    machine "grep -q 'NoNewPrivs:.1' /proc/$(field MainPID)/status" || die "new privileges"
    gateway_call "$pems" "$etc/credentials"

    say "it reads its certificate again"
    "$python" "$tree/packaging/linux/call_gateway.py" certify "$pems"
    cat "$pems/fullchain.pem" >"$etc/fullchain.pem"
    cat "$pems/privkey.pem" >"$etc/privkey.pem"
    machine 'systemctl reload sidetone-gateway && sleep 2'
    gateway_call "$pems" "$etc/credentials"

    say "its recogniser hears in the same cell"
    cp "$tree"/resources/calls/happy-order.agent.opus "$root/var/lib/sidetone/call.opus"
    sed -e 's|^ExecStart=.*|ExecStart=/usr/bin/sidetone transcribe /var/lib/sidetone/call.opus|' \
        -e 's/^Type=.*/Type=oneshot/; /^Watchdog/d; /^Restart/d' \
        "$root/usr/lib/systemd/system/sidetone-gateway.service" >"$root/run-hearing.service"
    machine 'mv /run-hearing.service /run/systemd/system/hearing.service && systemctl daemon-reload &&
        systemctl start hearing; journalctl --no-pager -o cat -u hearing | tail -4; systemctl is-failed hearing || true' |
        tee "$out/deb-hearing.txt"
    grep -q '^inactive' "$out/deb-hearing.txt" || die "the recogniser"

    say "an upgrade starts it anew, a stop lets it finish, purge takes all of it away"
    local first
    first=$(field InvocationID)
    machine 'apt-get -qq -y -o Dpkg::Use-Pty=0 install /srv/new.deb >/dev/null' || die "upgrade"
    [ "$(field ActiveState)" = active ] && [ "$(field InvocationID)" != "$first" ] || die "not started anew"
    gateway_call "$pems" "$etc/credentials"
    machine 'systemctl stop sidetone-gateway'
    [ "$(field Result)" = success ] || die "it did not end well: $(field Result)"
    machine 'journalctl --no-pager -o cat -u sidetone-gateway' | tail -12
    machine 'systemctl start sidetone-gateway && rm -f /etc/sidetone/*.pem && rm -r /run/systemd/system/hearing.service'
    machine 'DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o Dpkg::Use-Pty=0 purge sidetone >/dev/null' || die "purge"
    machine 'systemctl is-active sidetone-gateway' && die "it still runs"
    machine 'systemctl poweroff' || true
    wait "$container" || true
    container=
    bare_root "$root"
    files >"$root/tmp/after"
    diff "$root/tmp/before" "$root/tmp/after" || die "files are left"
}

for step in $steps; do "step_$step"; done
say "$(basename "$deb") in an empty $suite: good ($steps)"
