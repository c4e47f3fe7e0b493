"""Every word about Sidetone on this computer: how it ended, safe mode, updates, what an administrator set."""

from __future__ import annotations

ENDED_BADLY = "Sidetone ended unexpectedly the last time. A report was made; it is sent nowhere."
ENDED_OFTEN = "Sidetone ended unexpectedly {count} times in a row. Safe mode starts it without its connections."
SHOW_REPORT = "Show the report"
START_SAFELY = "Start in safe mode"
START_NORMALLY = "Start normally"
DISMISS = "Dismiss"
SAFE_MODE = (
    "Safe mode: nothing is connected, no notifications, keywords and recogniser as delivered. Your settings are kept."
)
SAFE_REFUSED = "not connected in safe mode"
REPORT_TITLE = "Report for support"
REPORT_TEXT = "This is everything that is in the report. Nothing is sent; save it if you want to give it to somebody."
SAVE_REPORT = "Save…"
CLOSE = "Close"
REPORT_FILE = "sidetone-report.txt"
REPORT_SAVED = "The report was saved."
REPORT_NOT_SAVED = "The report could not be saved there."
UNUSABLE = "The settings can't be used, so Sidetone can't start."
OPEN_FILE = "Open the file"
USE_BACKUP = "Use the backup of {when}"
RESTORED = "The settings of {when} are in use again. What was there before is kept beside them."
GONE = "The settings file is gone, so everything is as delivered. There is a backup of {when}."
