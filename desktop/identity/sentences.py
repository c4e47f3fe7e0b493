"""What a keeper says about its token: what happened, and what a person can do about it."""

from __future__ import annotations

from typing import Final

NO_SECRET: Final = (
    "There is no client secret for this organisation in the keyring. "
    'Choose "Replace secret…" beside its sign-in on the Connections page.'
)
NOT_SIGNED_IN: Final = "Nobody is signed in to this organisation. Sign in."
NO_TOKEN: Final = (
    "There is no usable access token for this organisation. "
    'Choose "Paste a new token…" beside its sign-in on the Connections page.'
)
SIGNED_OUT: Final = "Signed out. Sign in to connect."
ENDING: Final = "This sign-in ends soon. Sign in again to stay connected."
ENDED: Final = "The sign-in has ended. Sign in again."
NOT_ACCEPTED: Final = "The platform no longer accepts this sign-in. Sign in again."
MAY_NOT: Final = (
    "The platform accepts the sign-in but not for this. "
    "An administrator can grant the permission or scope that it needs."
)
CAN_NOT_ASK: Final = (
    "The platform did not accept the sign-in just now (401), and can't be asked why. It is tried again in a moment."
)
RETRYING: Final = "The sign-in could not be renewed yet and is tried again. {problem}"
