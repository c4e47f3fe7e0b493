"""Live text: partials, finals, both channels, duplicates, latecomers, and everything that may be missing."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.domain.errors import PeerBrokeProtocol
from desktop.domain.media import Party
from desktop.domain.speech import Segment, Trace, Word
from desktop.protocols.transcription import (
    MAX_REMEMBERED,
    Transcript,
    decode_transcription,
    status_body,
    transcription_body,
)

BEGAN = 1_700_000_000_000
GOLDEN: dict[str, Any] = {
    "eventTime": "2026-11-20T12:00:05.000Z",
    "organizationId": "o-1",
    "conversationId": "c-1",
    "communicationId": "leg-1",
    "sessionStartTimeMs": BEGAN,
    "transcriptionStartTimeMs": BEGAN + 500,
    "transcripts": [
        {
            "utteranceId": "ut-1",
            "isFinal": True,
            "channel": "EXTERNAL",
            "alternatives": [
                {
                    "confidence": 0.85,
                    "offsetMs": 1200,
                    "durationMs": 900,
                    "transcript": "my bill",
                    "words": [
                        {
                            "word": "my",
                            "confidence": 0.9,
                            "startTimeMs": BEGAN + 1200,
                            "offsetMs": 1200,
                            "durationMs": 300,
                        },
                        {
                            "word": "bill",
                            "confidence": 0.8,
                            "startTimeMs": BEGAN + 1500,
                            "offsetMs": 1500,
                            "durationMs": 600,
                        },
                    ],
                    "decoratedTranscript": "My bill.",
                    "decoratedWords": [{"word": "My"}, {"word": "bill."}],
                }
            ],
            "engineProvider": "GENESYS",
            "engineId": "r2d2",
            "engineName": "GENESYS",
            "dialect": "en-GB",
            "agentAssistantId": "aa",
            "speechTextAnalyticsProgramId": "pr",
            "agentAssistEnabled": False,
            "voiceTranscriptionEnabled": True,
        }
    ],
    "status": {"offsetMs": 2100, "status": "SESSION_ONGOING"},
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


def said(text: str, name: str | None = "ut-1", *, final: bool = False, channel: str = "EXTERNAL", at: int = 0) -> Any:
    alternative = {"confidence": 0.9, "offsetMs": at, "durationMs": 1000, "transcript": text}
    return {"utteranceId": name, "isFinal": final, "channel": channel, "alternatives": [alternative]}


def message(*utterances: Any, **more: Any) -> bytes:
    return json.dumps({"conversationId": "c-1", "transcripts": utterances} | more).encode()


def hear(transcript: Transcript, *utterances: Any, **more: Any) -> list[Segment]:
    return transcript.hear(decode_transcription(message(*utterances, **more)))


def test_the_golden_message() -> None:
    told = decode_transcription(json.dumps(GOLDEN).encode())
    (segment,) = Transcript("c-1").hear(told, 77)
    assert segment == Segment(
        call="c-1",
        party=Party.CUSTOMER,
        segment_id=0,
        revision=0,
        text="my bill",
        start_ms=1200,
        end_ms=2100,
        is_final=True,
        language="en-GB",
        confidence=0.85,
        words=(Word("my", 1200, 1500, 0.9), Word("bill", 1500, 2100, 0.8)),
        trace=Trace(received=77, recognised=77),
    )
    assert not told.session_ended


def test_text_is_in_no_repr() -> None:
    assert "bill" not in repr(decode_transcription(json.dumps(GOLDEN).encode()))


@pytest.mark.parametrize(
    ("channel", "party"),
    [
        ("EXTERNAL", Party.CUSTOMER),
        ("INTERNAL", Party.AGENT),
        ("BOTH", Party.MIXED),
        ("UNKNOWN", Party.MIXED),
        ("SOMETHING_NEW", Party.MIXED),
        (None, Party.MIXED),
    ],
)
def test_whose_words(channel: Any, party: Party) -> None:
    assert hear(Transcript("c-1"), said("hello", final=True, channel=channel))[0].party is party


def test_a_partial_is_replaced_and_a_final_stays() -> None:
    transcript = Transcript("c-1")
    told = [hear(transcript, said("my"))[0], hear(transcript, said("my bill"))[0]]
    told.append(hear(transcript, said("my bill is", final=True))[0])
    assert [(s.segment_id, s.revision, s.is_final) for s in told] == [(0, 0, False), (0, 1, False), (0, 2, True)]


def test_a_late_partial_and_a_duplicate_final_are_dropped() -> None:
    transcript = Transcript("c-1")
    hear(transcript, said("my bill", final=True))
    assert hear(transcript, said("my bill", final=True)) == []
    assert hear(transcript, said("my")) == []


def test_a_duplicate_partial_is_dropped() -> None:
    transcript = Transcript("c-1")
    hear(transcript, said("my"))
    assert hear(transcript, said("my")) == []


def test_segment_ids_rise_per_party() -> None:
    transcript = Transcript("c-1")
    told = hear(
        transcript,
        said("one", "ut-1", final=True),
        said("two", "ut-2", final=True, channel="INTERNAL"),
        said("three", "ut-3", final=True),
    )
    assert [(s.party, s.segment_id) for s in told] == [(Party.CUSTOMER, 0), (Party.AGENT, 0), (Party.CUSTOMER, 1)]


def test_empty_ongoing_at_start_and_every_five_minutes() -> None:
    told = decode_transcription(json.dumps(status_body("c-1", BEGAN)).encode())
    assert (Transcript("c-1").hear(told), told.session_ended) == ([], False)
    assert Transcript("c-1").hear(decode_transcription(b"{}")) == []


def test_session_ended() -> None:
    assert decode_transcription(json.dumps(status_body("c-1", BEGAN, ended=True)).encode()).session_ended
    assert not decode_transcription(b'{"status":{}}').session_ended


def test_exactly_one_alternative_but_it_stays_a_list() -> None:
    two = said("first", final=True)
    two["alternatives"].append({"transcript": "second"})
    assert hear(Transcript("c-1"), two)[0].text == "first"
    none = said("x", final=True) | {"alternatives": []}
    assert hear(Transcript("c-1"), none) == []


def test_words_that_have_no_times_are_spread_evenly() -> None:
    (segment,) = hear(Transcript("c-1"), said("a  b", final=True, at=500))
    assert segment.text == "a b"
    assert [(w.start_ms, w.end_ms) for w in segment.words] == [(500, 1000), (1000, 1500)]


def test_word_offsets_without_moments() -> None:
    utterance = said("", final=True)
    utterance["alternatives"][0] = {
        "words": [{"word": "New York", "offsetMs": 700, "durationMs": 200}, {"offsetMs": 1}]
    }
    (segment,) = hear(Transcript("c-1"), utterance, sessionStartTimeMs=BEGAN)
    assert (segment.text, segment.start_ms, segment.end_ms, segment.confidence) == ("New York", 700, 900, 0.0)
    assert [w.text for w in segment.words] == ["New", "York"]


def test_the_second_leg_of_a_call_goes_on_where_the_first_began() -> None:
    """After a transfer the next session counts its offsets from its own start."""
    transcript = Transcript("c-1")
    hear(transcript, said("one", final=True, at=1000), communicationId="leg-1", sessionStartTimeMs=BEGAN)
    (second,) = hear(
        transcript, said("two", final=True, at=1000), communicationId="leg-2", sessionStartTimeMs=BEGAN + 60_000
    )
    assert (second.segment_id, second.start_ms, second.words[0].start_ms) == (1, 61_000, 61_000)
    assert transcript.began_ms == BEGAN


def test_utterances_without_an_id() -> None:
    transcript = Transcript("c-1")
    assert hear(transcript, said("partial", None)) == []
    assert len(hear(transcript, said("final", None, final=True, at=10))) == 1
    assert hear(transcript, said("final", None, final=True, at=10)) == []
    assert len(hear(transcript, said("final", None, final=True, at=20))) == 1


def test_a_partial_that_came_to_nothing_is_taken_back() -> None:
    transcript = Transcript("c-1")
    hear(transcript, said("uh"))
    (final,) = hear(transcript, said("", final=True))
    assert (final.text, final.revision, final.is_final, final.words) == ("", 1, True, ())


def test_a_final_without_words_is_nothing() -> None:
    assert hear(Transcript("c-1"), said("", final=True)) == []


@pytest.mark.parametrize("value", [1e300, -5, None])
def test_times_beyond_any_call(value: Any) -> None:
    utterance = said("hello", final=True)
    utterance["alternatives"][0] |= {"offsetMs": value, "durationMs": value, "confidence": 7}
    (segment,) = hear(Transcript("c-1"), utterance)
    assert (segment.start_ms, segment.end_ms, segment.confidence) == (0, 0, 1.0)


def test_a_long_call_is_remembered_within_bounds() -> None:
    transcript = Transcript("c-1")
    for nth in range(MAX_REMEMBERED + 5):
        hear(transcript, said("x", f"ut-{nth}", final=True))
    assert len(transcript._known) == MAX_REMEMBERED


def test_both_roles_agree() -> None:
    words = (Word("my", 100, 300, 0.5), Word("bill", 300, 900, 0.7))
    segment = Segment("c-1", Party.AGENT, 0, 0, "my bill", 100, 900, True, "en-US", 0.6, words, Trace())
    body = transcription_body("c-1", segment, utterance_id="u", session_start_ms=BEGAN)
    assert Transcript("c-1").hear(decode_transcription(json.dumps(body).encode())) == [segment]


def test_a_wrong_type_is_named_and_not_shown() -> None:
    with pytest.raises(PeerBrokeProtocol, match=r"transcripts\[0\]\.alternatives\[0\]\.transcript") as caught:
        decode_transcription(message({"alternatives": [{"transcript": ["my", "secret"]}]}))
    assert "secret" not in str(caught.value)


@given(JSON)
def test_arbitrary_json_raises_nothing_else(body: object) -> None:
    with suppress(PeerBrokeProtocol):
        Transcript("c-1").hear(decode_transcription(json.dumps(body).encode()))


@given(
    st.lists(
        st.fixed_dictionaries(
            {},
            optional={
                "utteranceId": st.sampled_from(["a", "b"]),
                "isFinal": st.booleans(),
                "channel": st.sampled_from(["EXTERNAL", "INTERNAL", "BOTH"]),
                "alternatives": st.lists(
                    st.fixed_dictionaries(
                        {},
                        optional={
                            "transcript": st.text(max_size=20),
                            "offsetMs": st.integers() | st.floats(allow_nan=False, allow_infinity=False),
                            "durationMs": st.integers(),
                            "words": st.lists(st.fixed_dictionaries({}, optional={"word": st.text(max_size=5)})),
                        },
                    ),
                    max_size=2,
                ),
            },
        ),
        max_size=6,
    )
)
def test_whatever_is_said_segments_are_sound(utterances: list[Any]) -> None:
    """A final is the last of its segment, revisions rise, text is its words, times don't run backwards."""
    transcript = Transcript("c-1")
    over: set[tuple[Party, int]] = set()
    revisions: dict[tuple[Party, int], int] = {}
    for utterance in utterances:
        try:
            told = hear(transcript, utterance)
        except PeerBrokeProtocol:
            continue
        for segment in told:
            key = (segment.party, segment.segment_id)
            assert key not in over
            assert segment.revision == revisions.get(key, -1) + 1
            assert segment.text == " ".join(word.text for word in segment.words)
            assert 0 <= segment.start_ms <= segment.end_ms
            revisions[key] = segment.revision
            if segment.is_final:
                over.add(key)


@given(st.dictionaries(st.text().map(lambda key: "x" + key), JSON, max_size=4))
def test_unknown_fields_are_ignored(extra: dict[str, object]) -> None:
    told = Transcript("c-1").hear(decode_transcription(json.dumps(GOLDEN | extra).encode()))
    assert [segment.text for segment in told] == ["my bill"]
