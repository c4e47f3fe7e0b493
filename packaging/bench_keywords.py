"""Part of `make bench`: how well the embedded engine finds the built-in keyword rules' phrases, in both bands.

.venv/bin/python packaging/bench_keywords.py    tests/recognition/keywords, in words and by listening for phrases alone
"""

from __future__ import annotations

from pathlib import Path

from desktop.app.evaluate import by_rule, keyword_hits, said_hits
from desktop.audio.files import read_channels
from desktop.domain.media import Party
from desktop.domain.speech import Attention
from desktop.evaluation.hearing import hear
from desktop.evaluation.recordings import find_recordings
from desktop.evaluation.scores import Outcome, WordErrors, summary
from desktop.insights.keyword_defaults import DEFAULT_RULES
from desktop.insights.keyword_rules import phrases_of
from desktop.recognition.embedded import EmbeddedRecogniser
from desktop.recognition.embedded_stream import EmbeddedStream

KEYWORDS = Path(__file__).resolve().parent.parent / "tests" / "recognition" / "keywords"
BANDS = {"opus": "16 kHz", "pcmu": "8 kHz mu-law"}


class Attentive(EmbeddedRecogniser):
    """All of its streams hear this much."""

    attention = Attention.WORDS

    def open(self, call: str, party: Party, language: str) -> EmbeddedStream:
        """As the engine's, but for the attention."""
        stream = super().open(call, party, language)
        stream.attend(self.attention)
        return stream


def heard_by(engine: Attentive, through: str) -> list[Outcome]:
    """Every recording, its hits said and heard."""
    outcomes = []
    for recording in find_recordings(KEYWORDS):
        hearing = hear(engine, read_channels(recording.path)[0], Party.MIXED, through=through)
        hits = keyword_hits(DEFAULT_RULES, hearing.heard)
        outcomes.append(
            Outcome(
                recording.path.name,
                WordErrors(0),
                by_rule(said_hits(DEFAULT_RULES, recording.lines)),
                by_rule(hits),
                hearing.audio_ms,
                hearing.speech_ms,
                hearing.cpu_ms,
                keywords_by_itself=sum(hit.by_itself != "" for hit in hits),
            )
        )
    return outcomes


def main() -> None:
    """Two bands, with words and without."""
    engine = Attentive()
    engine.watch(phrases_of(DEFAULT_RULES))
    for attention in (Attention.WORDS, Attention.PHRASES):
        engine.attention = attention
        for through, band in BANDS.items():
            figures = summary(heard_by(engine, through))
            print(
                f"keywords, {attention.value}, {band}: precision {figures['keyword_precision']}, "
                f"recall {figures['keyword_recall']}, F1 {figures['keyword_f1']} of {figures['keywords_said']}, "
                f"{figures['keywords_by_itself']} heard by themselves; RTF {figures['rtf_speech']}",
                flush=True,
            )
    engine.close()


if __name__ == "__main__":
    main()
