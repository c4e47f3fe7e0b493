#!/bin/sh
# Resolves pyproject.toml (with the dev group) into requirements.lock, and packaging/tools.in into packaging/tools.lock:
# every platform, every supported Python, with hashes and without naming an index. `UPGRADE=1` moves all pins to the
# newest allowed. uv itself comes from packaging/tools.lock.
# Then proves that no platform needs a compiler: wheels exist for everything but argparse-manpage, opuslib and srt
# (Vosk's), which are pure Python.
set -eu
cd "$(dirname "$0")/.."
tool=build/tools
sh packaging/tools.sh --ready

$tool/bin/uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes \
    --no-emit-index-url --no-emit-find-links --no-strip-extras --custom-compile-command 'make lock' \
    ${UPGRADE:+--upgrade} --quiet --output-file requirements.lock

$tool/bin/uv pip compile packaging/tools.in --universal --python-version 3.11 --generate-hashes \
    --no-emit-index-url --no-emit-find-links --no-strip-extras --custom-compile-command 'make lock' \
    ${UPGRADE:+--upgrade} --quiet --output-file packaging/tools.lock

for python in 3.11 3.12 3.13; do
    for platform in x86_64-manylinux_2_34 aarch64-manylinux_2_39 x86_64-pc-windows-msvc \
        aarch64-apple-darwin x86_64-apple-darwin; do
        # PocketSphinx publishes no Linux ARM wheel for 3.12
        [ "$python $platform" != "3.12 aarch64-manylinux_2_39" ] || continue
        printf '%s %s: ' "$python" "$platform"
        $tool/bin/uv pip compile requirements.lock --python-version "$python" --python-platform "$platform" \
            --only-binary :all: --no-binary argparse-manpage --no-binary opuslib --no-binary srt \
            --no-annotate --no-header --quiet \
            --output-file build/wheels.txt >/dev/null
        grep -c == build/wheels.txt
    done
done
