"""The fixed words of the speech service's form on the Recognition page."""

from __future__ import annotations

from desktop.domain.speech_service import KeyPlace

FOLD = ("▸  Speech service", "▾  Speech service")  # folded, unfolded
INTRO = (
    "A service hears the calls, and this computer needs no model. Its administrator gives you an address and a key; "
    "it has to speak the speech analytics WebSocket protocol."
)
PRIVACY = (
    "What customers and agents say leaves this computer then, sound and words. Make sure that you may send it there."
)
URL = "Address"
URL_HINT = "wss://speech.example.com/path"
KEY = "API key"
KEY_HINTS = {
    KeyPlace.UNKNOWN: "",
    KeyPlace.NOWHERE: "",
    KeyPlace.KEYRING: "in the keyring - type to replace it",
    KeyPlace.SESSION: "kept for this session - type to replace it",
}
KEY_EMPTY = "is empty. The service's administrator has it."
KEY_ELSEWHERE = "is kept for another host and is not sent to this one. Paste this one's."
LANGUAGE = "Language of the calls"
LANGUAGE_HINT = "like en-US - empty: the service detects it"
LANGUAGES = {
    "de": "German",
    "en": "English",
    "es": "Spanish",
    "fr": "French",
    "it": "Italian",
    "nl": "Dutch",
    "pt": "Portuguese",
    "tr": "Turkish",
}
NO_FILE = "is not there. Choose the PEM file."
TEST = "Test the connection"
CANCEL = "Cancel"
USE = "Use this service"
APPLY = "Apply changes"
USE_TIP = "It is tested first; nothing changes unless it answers."
