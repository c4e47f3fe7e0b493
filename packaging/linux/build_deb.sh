#!/usr/bin/env bash
# Makes dist/sidetone_VERSION_ARCHITECTURE.deb around the frozen folder dist/sidetone (make package). The same
# folder makes the same bytes. Prints the package's path.
#
#   FROZEN=dist/sidetone            another frozen folder
#   VERSION=0.0.9                   another version than Sidetone's own (to try upgrades)
#   MAINTAINER="Name <address>"     who publishes it (the changelog's)
#
# Needs Debian's dpkg-dev and the packages of .venv.
set -euo pipefail
cd "$(dirname "$0")/../.."
here=packaging/linux
frozen=${FROZEN:-dist/sidetone}
build=build/deb
root=$build/root

die() {
    echo "deb: $*" >&2
    exit 2
}

[ -x "$frozen/sidetone" ] || die "no frozen application in $frozen. Run: make package"
command -v dpkg-parsechangelog >/dev/null || die "dpkg-parsechangelog is missing. Run: apt-get install dpkg-dev"

field() { dpkg-parsechangelog --file "$here/debian/changelog" --show-field "$1"; }
own=$(sed -n 's/^__version__ = "\(.*\)"$/\1/p' desktop/__init__.py)
version=${VERSION:-$own}
architecture=$(dpkg --print-architecture)
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(field Timestamp)} LC_ALL=C.UTF-8 TZ=UTC
day=$(date -d "@$SOURCE_DATE_EPOCH" +%F)
[ "$(field Version)" = "$own" ] || die "$here/debian/changelog is not about $own"

# ---- the files ------------------------------------------------------------------------------------------------

umask 022
rm -rf $build
mkdir -p $root/DEBIAN $root/usr/lib $root/usr/bin
cp -a "$frozen" $root/usr/lib/sidetone
cp -r $here/root/. $root/
ln -s ../lib/sidetone/sidetone $root/usr/bin/sidetone
sed -i "s/@VERSION@/$version/; s/@DATE@/$day/" $root/usr/share/metainfo/*.xml
PYTHONPATH=. .venv/bin/python $here/generated.py $root "$version" "$day"
gzip -9n $root/usr/share/man/man1/*

.venv/bin/python packaging/icons.py $build/icons
icons=$root/usr/share/icons/hicolor
for picture in $build/icons/sidetone-*.png; do
    size=${picture##*-} size=${size%.png}
    install -D "$picture" "$icons/${size}x$size/apps/sidetone.png"
done
install -D resources/icons/sidetone.svg $icons/scalable/apps/sidetone.svg

doc=$root/usr/share/doc/sidetone
mkdir -p $doc $root/usr/share/lintian/overrides
cp $here/debian/lintian-overrides $root/usr/share/lintian/overrides/sidetone
gzip -9nc $here/debian/changelog >$doc/changelog.gz
.venv/bin/python packaging/parts.py $build/parts.json
.venv/bin/python $here/debian_copyright.py $build/parts.json "$frozen/licenses" >$doc/copyright

find $root -type d -exec chmod 755 {} +
find $root -type f -exec chmod 644 {} +
chmod 755 $root/usr/lib/sidetone/sidetone $root/usr/bin/sidetone-kiosk

# ---- the package --------------------------------------------------------------------------------------------------

control=$root/DEBIAN
install -m 755 $here/debian/postinst $here/debian/prerm $here/debian/postrm $control/
(cd $root && find etc -type f | sort | sed 's|^|/|') >$control/conffiles
(cd $root && find usr etc -type f -print0 | sort -z | xargs -0 md5sum) >$control/md5sums
depends=$(.venv/bin/python $here/depends.py $root/usr/lib/sidetone)
sed -e "s|@VERSION@|$version|; s|@ARCHITECTURE@|$architecture|; s|@DEPENDS@|$depends|" \
    -e "s|@MAINTAINER@|${MAINTAINER:-$(field Maintainer)}|" \
    -e "s|@SIZE@|$(du -k --apparent-size -s --exclude=DEBIAN $root | cut -f1)|" \
    $here/debian/control.in >$control/control
find $root -newermt "@$SOURCE_DATE_EPOCH" -exec touch -hd "@$SOURCE_DATE_EPOCH" {} +
mkdir -p dist
deb=dist/sidetone_${version}_$architecture.deb
dpkg-deb --root-owner-group -Zzstd -z10 --build $root "$deb" >/dev/null
echo "$deb"
