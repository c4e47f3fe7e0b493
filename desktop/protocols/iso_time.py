"""ISO-8601 moments on the wire, milliseconds since the Unix epoch inside (document A section 4, `startTime`)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def to_epoch_ms(moment: datetime) -> int:
    """A moment without an offset is taken as UTC, which is how the platform writes every time."""
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return (aware - _EPOCH) // _MILLISECOND


def from_epoch_ms(ms: int) -> datetime:
    """UTC. OverflowError beyond the years 1 to 9999."""
    return _EPOCH + ms * _MILLISECOND
