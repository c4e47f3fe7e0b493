#!/bin/sh
# The demo for `make demo`: on the current display; where there is none, off screen for DEMO_SECONDS (60)
# with a screenshot and a report in out/. DEMO_ARGS is passed on.
set -eu
cd "$(dirname "$0")/.."

has_display() {
    [ "$(uname -s)" != Linux ] || [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] || return 1
    # A stale DISPLAY would abort the application: ask Qt in a process that may die.
    .venv/bin/python -c 'from PySide6.QtGui import QGuiApplication; QGuiApplication([])' >/dev/null 2>&1
}

if has_display; then
    # shellcheck disable=SC2086
    exec .venv/bin/sidetone demo ${DEMO_SECONDS:+--seconds "$DEMO_SECONDS"} ${DEMO_ARGS:-}
fi

# The application itself sees that there is no display, says so and where it left what.
unset DISPLAY WAYLAND_DISPLAY
mkdir -p out
rm -f out/demo.png out/demo.json
# shellcheck disable=SC2086
exec .venv/bin/sidetone demo --seconds "${DEMO_SECONDS:-60}" \
    --screenshot "$PWD/out/demo.png" --report "$PWD/out/demo.json" ${DEMO_ARGS:-}
