"""Time as the watches of a call know it: it stands still while what they listen for is not heard."""

from __future__ import annotations

from dataclasses import dataclass

from desktop.domain.speech import Attention


@dataclass(slots=True)
class _Clock:
    stood_ms: int = 0
    since_ms: int | None = None  # standing since

    def at(self, now_ms: int) -> int:
        standing = 0 if self.since_ms is None else now_ms - self.since_ms
        return now_ms - self.stood_ms - standing

    def stand(self, still: bool, now_ms: int) -> None:
        if self.since_ms is not None:
            self.stood_ms += now_ms - self.since_ms
        self.since_ms = now_ms if still else None


class Standstill:
    """Sentiment needs words, a keyword is heard among watched phrases as well. Calls are heard until told otherwise."""

    def __init__(self) -> None:
        self._calls: dict[str, tuple[_Clock, _Clock]] = {}

    def attended(self, call: str, attention: Attention, now_ms: int) -> None:
        """So much of the call is heard from now on."""
        moods, words = self._calls.setdefault(call, (_Clock(), _Clock()))
        moods.stand(attention is not Attention.WORDS, now_ms)
        words.stand(attention is Attention.PRESENCE, now_ms)

    def for_moods(self, call: str, now_ms: int) -> int:
        """The time for whoever listens for a mood."""
        return self._calls[call][0].at(now_ms) if call in self._calls else now_ms

    def for_words(self, call: str, now_ms: int) -> int:
        """The time for whoever listens for watched words."""
        return self._calls[call][1].at(now_ms) if call in self._calls else now_ms

    def forget(self, call: str) -> None:
        """The call is gone."""
        self._calls.pop(call, None)
