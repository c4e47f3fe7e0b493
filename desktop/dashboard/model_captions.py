"""The fixed words of the Recognition page."""

from __future__ import annotations

from desktop.domain.speech_model import EngineKind, Trust

RECOGNITION = "Recognition"
RECOGNITION_TIP = "What turns speech into words: engines and models (M)"
RECOGNITION_LOUD = "Recognition - what the settings ask for can't be used (M)"
RECOGNITION_LESS = "Recognition - words are heard less well than they should be (M)"
MODELS = "Models"
IMPORT = "Import…"
IMPORT_FOLDER = "A folder…"
IMPORT_ARCHIVE = "An archive (.zip, .tar.bz2)…"
IMPORT_TIP = "A model that somebody brought, for sites without internet"
INSTALL = "Install"
INSTALL_AGAIN = "Install again"
GO_ON = "Go on"
CANCEL = "Cancel"
USE = "Use this one"
MEASURE = "Measure speed"
MEASURE_AGAIN = "Measure again"
VERIFY = "Verify"
REMOVE = "Remove"
DISCARD = "Discard"
IN_FORCE = "In force"
ARCHIVES = "Archives (*.zip *.tar.bz2 *.tar.gz *.tgz *.tar.xz *.tar)"
LOADING = "Looking for models …"
REMOVE_TITLE = "Remove this model?"
REMOVE_TEXT = "{}: its files are deleted from this computer. It can be installed again."
REMOVE_IN_FORCE = (
    "{}: the settings use it. Without it calls are listed without words until you choose another one; "
    "its files are deleted from this computer."
)
REMOVE_YES = "Remove model"
REMOVE_NO = "Keep it"

ENGINES = {
    EngineKind.EMBEDDED: "embedded engine",
    EngineKind.SHERPA: "sherpa-onnx",
    EngineKind.VOSK: "Vosk",
    EngineKind.SPEECH_SERVICE: "speech service",
}
TRUSTS = {
    Trust.PUBLISHED: "checksum as published",
    Trust.FIRST_USE: "no published checksum; the first download's counts",
    Trust.LOCAL: "imported here",
}
TRUSTS_BEFORE = {
    Trust.PUBLISHED: "compared with its publisher's checksum",
    Trust.FIRST_USE: "no published checksum: the first download's will count",
    Trust.LOCAL: "",
}
LANGUAGES = {
    "en-US": "English (US)",
    "de-DE": "German",
    "es-ES": "Spanish",
    "fr-FR": "French",
    "it-IT": "Italian",
}
ADVICE_EMBEDDED = (
    "The embedded engine knows English only, and of people who mumble, talk at once or have a strong accent it gets "
    "many words wrong: trust its keywords and the trend of a call before a single sentence. “sidetone evaluate” tells "
    "how well it and the models listed hear your own recordings."
)
ADVICE_SERVICE = (
    "It hears only while it can be reached. “sidetone evaluate” compares it with other engines on your own recordings."
)
ADVICE_OTHER = (
    "How well a model hears your calls shows only when it is tried: “sidetone evaluate” compares engines on your own "
    "recordings. Models trained on 16 kHz speech hear the telephone's 8 kHz less well."
)
