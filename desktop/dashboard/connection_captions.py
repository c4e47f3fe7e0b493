"""The fixed words of the Connections page, the add-connection dialog, the bars under the top bar and joining a call."""

from __future__ import annotations

# the page
CONNECTIONS = "Connections"
CONNECTIONS_TIP = "How the connections are doing, sign-ins, coverage (C)"
CONNECTIONS_LOUD = "Connections - something needs you (C)"
BACK = "Back to the floor"
BACK_TIP = "Back to the floor (Esc)"
ADD = "Add connection"
REMOVE = "Remove"
LIST_NAME = "Connections, those in trouble first"
NO_LINKS = ("No connection yet", "Add one: its state stands here, its calls on the floor.")
ADD_FIRST = "Add a connection"
SEE_WHY = "See why"
NO_LINK_CHOSEN = ("Delays and findings", "They appear here once there is a connection.")
TAB_LINK = "Details"
TAB_SIGN_INS = "Sign-ins"
TAB_COVERAGE = "Coverage"
RETRY = "Try now"

# the plot
PLOT_NAME = "Delays over time"
PLOT_TITLE = "Delays"
SPANS = (("10 min", 600_000), ("1 h", 3_600_000))
ROUND_TRIP = "Round trip"
HANDLING = "Handling"
ENGINE = "Engine"
DROP = "Drop"
NOW = "Now"
AVERAGE = "Average"
P95 = "95 % below"
DROPS = "Drops"
NOTHING_TIMED = "Nothing measured yet"

# findings
FINDINGS = "Findings"
NO_FINDINGS = "Nothing to report about this connection."
WHY_DOWN = "Connection"
REFUSED_SILENTLY = "It was refused, and no reason was given."
DOWN_SILENTLY = "It does not answer. It is tried again by itself."
REGIONS = "Regions of this organisation"

# sign-ins
SIGN_IN = "Sign in"
SIGN_OUT = "Sign out"
REPLACE_SECRET = "Replace secret…"
PASTE_TOKEN = "Paste a new token…"
CANCEL = "Cancel"
COPY_ADDRESS = "Copy address"
COPIED = "Copied"
DISMISS = "Dismiss"
NO_SIGN_INS = ("No sign-in needed", "Organisations that you sign in to are listed here.")
SESSION_ONLY = (
    "No usable keyring was found: this sign-in lasts until Sidetone is closed. Unlock or install your system's "
    "keyring to stay signed in."
)

# coverage
NO_COVERAGE = (
    "No gaps found",
    "Calls that ought to have a sentiment score and have none are listed here by queue,\nwith the reason.",
)

# joining a call
LISTEN, COACH, BARGE = "Listen", "Coach", "Barge in"
JOIN_NAME = "Join this call"
JOIN_ASKING = "Asking the platform …"

# add a connection
ADD_TITLE = "Where do the calls come from?"
ADD_SAVE = "Add connection"
NAME = "Name of this connection"
ORGANISATION = "Organisation"
ORGANISATION_NEW = "A new organisation"
NOT_OFFERED = (
    "Genesys Cloud itself does not offer this. Give the address of a gateway that does, "
    "or choose a compatible platform."
)
ORGANISATION_NAME = "Name of the organisation"
ORGANISATION_NONE = "None - an address and a token of its own"
REGION = "Region"
REGION_CUSTOM = "Another host"
REGION_HOST = "Host, without https://"
SIGN_IN_AS = "Sign in"
CLIENT_ID = "Client id"
SECRET = "Client secret"
TOKEN = "Access token"
DIALECT = "Platform"
SCOPES = "Scopes"
ADVANCED = ("▸  Advanced", "▾  Advanced")  # folded, unfolded
BASE_URL = "Address"
ENGINE_URL = "Language engine to forward messages to"
QUEUE_IDS = "Only these queues (ids)"
HEARTBEAT = "Heartbeat in seconds"
PROXY = "Proxy"
CA_FILE = "Authority file (PEM)"
OPTIONAL = "optional"
PROXY_HINT = "http://host:port - empty: the system's"
CA_HINT = "of your company's own authority"
CHOOSE_FILE = "Choose …"
URL_HINT = "https://host - empty: the organisation's own"
URL_HINT_OWN = "https://host"
SECRET_NOTE = "Kept in your system's keyring, never in a file."
SECRET_NOTE_SESSION = "No usable keyring was found: it is kept until Sidetone is closed, and nowhere else."
CLIENT_ID_NOTE = "In Genesys Cloud it stands under Admin > Integrations > OAuth; an administrator makes it there."
REDIRECT_NOTE = "http://localhost must be registered with it as an authorized redirect URI."
SECRET_TITLE = "A new client secret for {}"
TOKEN_TITLE = "A new access token for {}"
SECRET_TEXT = "The old one is forgotten, and the new one is tried at once."
SECRET_SAVE = "Replace"
SECRET_EMPTY = "is empty. Paste it first."
FORM_REMOVE_TITLE = "Remove this connection?"
FORM_REMOVE_OWN = "{}: its calls leave the floor, and its own secret is forgotten."
FORM_REMOVE_ONE = "{}: its calls leave the floor. {} and its sign-in stay for its other connections."
FORM_REMOVE_LAST = (
    "{}: its calls leave the floor. It is the last connection of {}, so that organisation goes with it: "
    "its sign-in and secret are forgotten."
)
FORM_REMOVE_YES = "Remove connection"
FORM_REMOVE_NO = "Keep it"
