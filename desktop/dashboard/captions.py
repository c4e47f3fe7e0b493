"""The fixed words on the screen: titles, buttons, tooltips and keys. Sentences that depend on state: sentences.py."""

from __future__ import annotations

APP = "Sidetone"
NEEDS_YOU = "Needs you"
LIVE = "Live"
ENDED = "Ended"

# top bar
THEME_TO_DARK = "Switch to the dark look"
THEME_TO_LIGHT = "Switch to the light look"
KEYWORDS = "Keywords"
KEYWORDS_TIP = "Edit the words and phrases to watch for"
ALERTS = "Alerts"
KEYS_TIP = "Keyboard shortcuts"

# floor figures
LIVE_CALLS = "Live calls"
AT_RISK = "At risk"
CALLS_SEEN = "Calls seen"
BEHIND_LIVE = "Behind live"
KEYWORD_VOLUME = "Keywords, last 5 min"
CALL_VOLUME = "Calls, last 5 min"
NO_KEYWORDS = "None heard yet"

# list
COLUMN_CALL = "Agent and queue"
COLUMN_TIME = "Time"
COLUMN_NOW = "Customer"
COLUMN_WORDS = "Last words"
FILTER_HINT = "Filter by agent, queue or keyword   ( / )"
FILTER_NAME = "Filter calls"
FILTER_HELP = "Words that must occur; put ! before a word that must not."
LIST_NAME = "Calls, those that need you first"
NO_MATCH = ("No call matches", "Clear the filter with Esc to see them all.", "")

# selected call
NOTHING_OPEN = ("No call selected", "Choose a call on the left, or press Space\nfor the one that needs you most.")
ACKNOWLEDGE = "Acknowledge"
UNDO = "Take back"
SNOOZE = "Snooze"
SNOOZE_MINUTES = (5, 15, 60)
CURVE_NAME = "Sentiment curve"
SPAN_RECENT = "5 min"
SPAN_ALL = "Whole call"
LANE_AGENT = "Agent"
LANE_CUSTOMER = "Customer"
LANE_BOTH = "Both at once"
LANE_SILENCE = "Silence"
LANE_KEYWORDS = "Keywords"
LANE_ALERTS = "Alerts"
LANES_NAME = "Who spoke when, silence, keywords and alerts"
TRANSCRIPT = "Transcript"
TRANSCRIPT_EMPTY = ("No words yet", "They appear here as they are recognised.")
TRANSCRIPT_SCORES = ("No words", "This connection brings scores only.")
TRANSCRIPT_NONE = ("No words", "None were recognised in this call.")
JUMP_TO_LIVE = "Jump to live"

# alert list
ALERTS_EMPTY = ("No alerts", "Nothing has needed you so far.")
ALERTS_NAME = "Alerts, open ones first"

# keyword editor
EDITOR_TITLE = "Keywords and phrases"
EDITOR_INTRO = "A phrase is one or more words as they are said. End a word with * to catch its endings: cancel*"
EDITOR_LABEL = "Label"
EDITOR_PHRASES = "Phrases, one per line"
EDITOR_SEVERITY = "How bad"
EDITOR_PARTY = "Said by"
EDITOR_ANYONE = "Anyone"
EDITOR_ADD = "Add"
EDITOR_REMOVE = "Remove"
EDITOR_RESET = "Back to the supplied list"
EDITOR_SAVE = "Save"
EDITOR_CANCEL = "Cancel"
EDITOR_NEW = "New keyword"
EDITOR_LIST = "Keyword list"

# keys
KEYS_TITLE = "Keys"
KEYS: tuple[tuple[str, str], ...] = (
    ("Space", "Open the call that needs me most"),
    ("J  K  ↓  ↑", "Next or previous call"),
    ("Enter", "Open the call"),
    ("A", "Acknowledge its alert"),
    ("S", "Snooze its alert for 5 min"),
    ("L", "Listen to the call"),
    ("C", "Connections, and back to the floor"),
    ("M", "Recognition: engines and models, and back"),
    ("/", "Filter the list"),
    ("Esc", "Clear the filter, close what is open"),
    ("?", "Show or hide these keys"),
)
