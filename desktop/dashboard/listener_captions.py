"""The fixed words of a connection that Genesys dials (AudioHook): adding it, its set-up, its figures, its capacity."""

from __future__ import annotations

# adding it
INTRO = (
    "Genesys Cloud opens a connection to this computer for every call. So it must be reachable from the internet under "
    "a name, with a certificate that a public authority signed."
)
ALREADY = "Already set up as {}. Its set-up and state are on the Connections page."
SUGGESTION = "Genesys AudioHook"
PUBLIC_HOST = "Public host name"
PUBLIC_HOST_HINT = "audiohook.example.com"
TLS = "Certificate"
TLS_HERE = "Files on this computer"
TLS_PROXY = "A proxy in front takes care of it"
PROXY_NOTE = (
    "The proxy passes WebSocket connections on to this port without TLS. If it runs on this computer, listen on "
    "127.0.0.1 (Advanced)."
)
PORT = "Port on this computer"
PORT_NOTE = (
    "Genesys dials port 443 and no other. With another port here, a proxy or router has to take 443 and pass it on."
)
CERTIFICATE = "Certificate file with the whole chain (PEM)"
PRIVATE_KEY = "Private key file (PEM)"
NAMES = "Agent and queue names from"
NAMES_NONE = "Nowhere - calls stay without names"
NAMES_NOTE = (
    "Genesys sends no names with the sound. A live list of one of your organisations knows them; add "
    "Genesys Cloud - live list and transcription first, if it isn't there yet."
)
PATH = "Path of the address"
LISTEN_ON = "Listen on"
PROXIES = "Addresses of your proxies"
ALLOW = "Only from these addresses"
RANGES_HINT = "203.0.113.0/24, … - empty: all"
PROXIES_HINT = "their X-Forwarded-For is believed"
WAITING = "While a caller waits (menu, queue, hold)"
WAITING_PAUSE = "Pause the call: streamed minutes cost money"
WAITING_STREAM = "Stream it all the same"
BACK = "Send recognised words to Genesys"
BACK_OFF = "No - words stay on this computer"
BACK_FINALS = "Finished utterances"
BACK_ALL = "Everything, while it is being said"
BACK_NOTE = "What customers and agents say then leaves this computer as text. Make sure that you may send it."
NEXT = "Next"

# its set-up
SETUP_TITLE = "Set up AudioHook in Genesys Cloud"
SETUP_INTRO = "Copy these into the AudioHook integration, under Admin > Integrations."
URI = "Connection URI"
API_KEY = "API key"
CLIENT_SECRET = "Client secret"
CUSTOM_CONFIG = "Custom configuration (Advanced)"
COPY, COPIED = "Copy", "Copied"
SHOW, HIDE = "Show", "Hide"
STEPS = "Steps"
PROBE_TITLE = "What Genesys found"
PROBE_WAITING = "Waiting for Genesys to try it. It does so when the integration is switched on."
SECRET_NOTE = "Once this is closed, the secret is shown again only by Show set-up on the Connections page."
WORDS_LEAVE = "Recognised words are sent back to Genesys: they leave this computer."
CLOSE = "Close"
SHOW_SETUP = "Show set-up"

# its figures
CALLS_NOW = "Calls now"
OPENED_P50, OPENED_P95 = "Opened in, half below", "95 % below"
OPENED = "Opened in"
ROUND_TRIP_NOW = "Round trip"
DETAIL = ("▸  Details", "▾  Details")  # folded, unfolded
DETAIL_NAME = "Details of {}"

# its capacity
TAB_CAPACITY = "Capacity"
CAPACITY_TITLE = "How many calls can this computer take in?"
AT_ONCE = "Calls at once"
NETWORK, CPU, MEMORY = "Network", "Processor", "Memory"
FIRST = "gives out first"
MOST_CALLS = 2_000
USUAL_CALLS = 100
STEP_CALLS = 10
FEWER, MORE = "10 fewer", "10 more"
UNMEASURED = (
    "Not measured on this computer yet. Measuring takes about ten seconds: 24 made-up calls are dialled in and taken "
    "in by the same code as real ones. Nothing leaves this computer."
)
MEASURE, MEASURE_AGAIN, STOP_MEASURING = "Measure now", "Measure again", "Stop"
MEASURING = "Measuring with 24 calls …"
