#!/bin/sh
# Signs, packs and notarises dist/Sidetone.app into dist/Sidetone-VERSION-ARCH.dmg. Runs on macOS with Xcode's tools.
#
#   SIGNING_IDENTITY   "Developer ID Application: NAME (TEAM)", in a keychain that is open; without it the .app is signed
#                      ad hoc: it runs where it was built, others must allow it by hand, and macOS shows no
#                      notifications of it
#   NOTARY_PROFILE     name under which `xcrun notarytool store-credentials` keeps the account; without it: not notarised
set -eu
cd "$(dirname "$0")/../.."
app=dist/Sidetone.app
version=$(/usr/libexec/PlistBuddy -c 'Print :CFBundleShortVersionString' $app/Contents/Info.plist)
image=dist/Sidetone-$version-$(uname -m).dmg

# Everybody's licences, which `make package` collects beside the folder; before the seal, as it covers resources too.
rm -rf $app/Contents/Resources/licenses
cp -R dist/sidetone/licenses $app/Contents/Resources/licenses

if [ -n "${SIGNING_IDENTITY:-}" ]; then
    # Inside out: codesign --deep neither signs everything nor gives inner code its own options.
    find $app/Contents -type f \( -name '*.dylib' -o -name '*.so' \) -print0 |
        xargs -0 codesign --force --timestamp --options runtime --sign "$SIGNING_IDENTITY"
    find $app/Contents -type d -name '*.framework' -print0 |
        xargs -0 -n 1 codesign --force --timestamp --options runtime --sign "$SIGNING_IDENTITY"
    for program in $app/Contents/MacOS/*; do
        codesign --force --timestamp --options runtime --entitlements packaging/macos/entitlements.plist \
            --sign "$SIGNING_IDENTITY" "$program"
    done
    codesign --force --timestamp --options runtime --entitlements packaging/macos/entitlements.plist \
        --sign "$SIGNING_IDENTITY" $app
    codesign --verify --deep --strict --verbose=2 $app
else
    echo "sign: SIGNING_IDENTITY is not set, $app is signed ad hoc"
    codesign --force --deep --sign - $app
fi

stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
cp -R $app "$stage/"
ln -s /Applications "$stage/Applications"
rm -f "$image"
hdiutil create -volname Sidetone -srcfolder "$stage" -format UDZO -ov "$image"

if [ -n "${SIGNING_IDENTITY:-}" ] && [ -n "${NOTARY_PROFILE:-}" ]; then
    codesign --force --timestamp --sign "$SIGNING_IDENTITY" "$image"
    xcrun notarytool submit "$image" --keychain-profile "$NOTARY_PROFILE" --wait
    xcrun stapler staple "$image"
    spctl --assess --type open --context context:primary-signature --verbose "$image"
else
    echo "sign: $image is not notarised (SIGNING_IDENTITY and NOTARY_PROFILE are both needed)"
fi
echo "$image"
