"""The client's side of document D: golden messages, what is said again, and every way to end."""

from __future__ import annotations

import json
from typing import Any

import pytest

from desktop.domain.errors import PeerBrokeProtocol
from desktop.domain.media import Party
from desktop.domain.speech import EngineTrouble, Segment, ServiceAnalysis
from desktop.protocols.speech_conversation import SpeechConversation, Stage
from tests.protocols.test_speech_outbox import said
from tests.protocols.test_speech_stream import AUDIOHOOK_EVENT, EVENT, OPEN, OPENED

S = 1_000_000_000


def conversation(language: str = "en-US") -> SpeechConversation:
    return SpeechConversation("call", Party.CUSTOMER, "your-session-id", language)


def streaming(language: str = "en-US") -> SpeechConversation:
    talk = conversation(language)
    talk.open()
    assert talk.hear(OPENED, 0) == []
    assert talk.stage is Stage.STREAMING
    return talk


def sent(talk: SpeechConversation, now_s: float = 0.0) -> list[str | bytes]:
    out: list[str | bytes] = []
    while (message := talk.send(round(now_s * S))) is not None:
        out.append(message)
    return out


def event(value: str, **fields: Any) -> str:
    entity = {"type": "transcript", "value": value, **fields}
    return json.dumps({"version": "2", "type": "event", "id": "your-session-id", "parameters": {"entity": entity}})


def stage_of(talk: SpeechConversation) -> Stage:
    return talk.stage


def heard(talk: SpeechConversation, message: str, now_s: float = 0.0) -> list[tuple[str, bool, int, int]]:
    found = talk.hear(message, round(now_s * S))
    return [(s.text, s.is_final, s.start_ms, s.end_ms) for s in found if isinstance(s, Segment)]


# opening


def test_document_d_opens_by_the_letter_but_for_the_optional_fields() -> None:
    first = json.loads(conversation("en-US").open())
    assert first.pop("id") == "your-session-id-1"
    assert first["parameters"].pop("language") == "en-US"
    assert first["parameters"].pop("partials") is True
    golden = json.loads(OPEN)
    del golden["id"]
    assert first == golden
    assert "language" not in json.loads(conversation("").open())["parameters"]


def test_document_d_nothing_is_sent_before_opened_and_then_binary_chunks() -> None:
    talk = conversation()
    said(talk.outbox, 1000, 600)
    assert talk.wants_connection
    talk.open()
    assert (talk.send(0), talk.wants_connection, talk.backlog_ms(0)) == (None, False, 600)
    assert talk.hear(EVENT, 0) == []  # too early
    talk.hear(OPENED, 0)
    assert [len(chunk) for chunk in sent(talk)] == [16_000] * 3


def test_a_service_that_refuses_our_fields_is_asked_by_the_letter() -> None:
    talk = conversation()
    talk.open()
    talk.hear('{"type":"error","parameters":{"code":"bad","message":"what is partials"}}', 0)
    assert (talk.stage, talk.trouble, talk.asks_again) == (Stage.IDLE, None, True)
    again = json.loads(talk.open())
    assert again["parameters"] == json.loads(OPEN)["parameters"]
    assert again["id"] == "your-session-id-2"
    assert not talk.asks_again
    talk.hear('{"type":"error"}', 0)
    assert not talk.asks_again
    assert (talk.stage, talk.trouble) == (Stage.IDLE, EngineTrouble.NOT_OPENED)
    talk.open()
    talk.hear(OPENED, 0)
    assert talk.trouble is None


def test_a_service_that_hangs_up_on_our_fields_is_asked_by_the_letter() -> None:
    talk = conversation()
    talk.open()
    talk.lost(by_choice=True)
    assert json.loads(talk.open())["parameters"] == json.loads(OPEN)["parameters"]
    talk.lost()
    assert json.loads(talk.open())["parameters"] == json.loads(OPEN)["parameters"]
    talk.lost(by_choice=True)
    assert "partials" in json.loads(talk.open())["parameters"]


def test_supported_languages_are_honoured() -> None:
    german = conversation("de-DE")
    german.open()
    german.hear(OPENED, 0)
    assert (german.stage, german.trouble) == (Stage.IDLE, EngineTrouble.LANGUAGE)
    refused = conversation("de")
    refused.open()
    refused.hear('{"type":"error","parameters":{"supportedLanguages":["en","tr"]}}', 0)
    assert (refused.stage, refused.trouble) == (Stage.IDLE, EngineTrouble.LANGUAGE)
    turkish = conversation("tr-TR")
    turkish.open()
    turkish.hear('{"type":"error","parameters":{"supportedLanguages":["en","tr"]}}', 0)
    assert (turkish.stage, turkish.trouble) == (Stage.IDLE, None)
    assert json.loads(turkish.open())["parameters"]["language"] == "tr"
    turkish.hear('{"type":"error","parameters":{"supportedLanguages":["en","tr"]}}', 0)
    assert json.loads(turkish.open())["parameters"] == json.loads(OPEN)["parameters"]
    anything = conversation("")
    anything.open()
    anything.hear(OPENED, 0)
    assert anything.stage is Stage.STREAMING


@pytest.mark.parametrize(
    "parameters", ['{"startPaused":true}', '{"media":[{"type":"audio","codec":"audio/pcm","rate":8000}]}']
)
def test_a_session_that_would_hear_nothing_is_a_persons_matter(parameters: str) -> None:
    talk = conversation()
    talk.open()
    talk.hear(f'{{"type":"opened","id":"s","parameters":{parameters}}}', 0)
    assert (talk.stage, talk.trouble) == (Stage.IDLE, EngineTrouble.NOT_OPENED)


# words of a service that keeps to the letter


def test_document_d_an_event_while_speech_goes_on_is_partial_and_after_it_final() -> None:
    talk = streaming()
    said(talk.outbox, 1000, 1200, end=False)
    sent(talk)
    assert heard(talk, event("i have")) == [("i have", False, 1000, 2200)]
    assert heard(talk, event("i have")) == []
    assert talk.backlog_ms(0) == 200
    talk.outbox.end()
    assert talk.backlog_ms(0) == 200
    talk.send(0)
    assert talk.backlog_ms(0) == 1  # its end is still to be sent
    sent(talk, 4.0)
    assert talk.backlog_ms(4 * S) == 1
    assert talk.backlog_ms(6 * S) == 500  # a second is usual, once the service may have heard it all
    (final,) = talk.hear(event("been waiting"), 5 * S)
    assert isinstance(final, Segment)
    assert (final.text, final.is_final, final.segment_id, final.revision) == ("i have been waiting", True, 0, 2)
    assert [(w.text, w.start_ms, w.end_ms) for w in final.words][:2] == [("i", 1000, 1300), ("have", 1300, 1600)]
    assert (final.call, final.party, final.language, final.confidence) == ("call", Party.CUSTOMER, "en-US", 0.5)
    assert (final.trace.received, final.trace.decoded) == (2171, 2172)
    assert (final.trace.recognised, final.trace.speech_ended) == (5 * S, 2200)
    assert talk.backlog_ms(9 * S) == 0
    assert talk.tick(99 * S) == []


def test_document_d_analysis_is_handed_on_without_the_emotion_and_once() -> None:
    talk = streaming()
    said(talk.outbox, 1000, 600)
    sent(talk)
    segment, analysis = talk.hear(EVENT, 0)
    assert isinstance(segment, Segment)
    assert segment.text == "Live transcribed text here..."
    assert analysis == ServiceAnalysis("call", Party.CUSTOMER, "neutral", 4.0, "...", "...", "...", "...")
    assert "..." not in repr(analysis)
    assert talk.hear(EVENT, 0) == []
    strange = json.loads(EVENT)
    strange["parameters"] = {"analysis": {"agent_score": 17, "sentiment": None, "summary": ["a", "b"]}}
    assert talk.hear(json.dumps(strange), 0) == [ServiceAnalysis("call", Party.CUSTOMER, "", None, "a; b", "", "", "")]


def test_words_that_come_after_their_utterance_was_settled_are_shown_all_the_same() -> None:
    talk = streaming()
    said(talk.outbox, 1000, 600)
    sent(talk)
    assert heard(talk, event("first")) == [("first", True, 1000, 1600)]
    assert heard(talk, event("and more")) == [("and more", True, 1600, 2000)]


def test_an_utterance_without_an_answer_is_given_up_and_what_was_shown_of_it_stays() -> None:
    talk = streaming()
    said(talk.outbox, 1000, 600)
    assert talk.tick(0) == []
    sent(talk)
    assert talk.tick(7 * S) == []
    assert talk.backlog_ms(7 * S) > 0
    assert talk.tick(8 * S) == []
    assert talk.backlog_ms(8 * S) == 0
    said(talk.outbox, 9000, 600)
    sent(talk, 10.0)
    assert heard(talk, event("hello", isFinal=False)) == [("hello", False, 9000, 9600)]
    assert heard(talk, event("hello there", isFinal=False), 14.0) == [("hello there", False, 9000, 9600)]
    assert talk.tick(15 * S) == []
    (kept,) = talk.tick(16 * S)
    assert (kept.text, kept.is_final, kept.segment_id) == ("hello there", True, 0)


def test_entities_of_audiohook_and_words_taken_back() -> None:
    talk = streaming()
    said(talk.outbox, 1000, 600)
    sent(talk)
    assert heard(talk, AUDIOHOOK_EVENT) == [("it is broken", False, 1000, 1600)]
    assert heard(talk, event("", isFinal=True)) == [("", True, 1000, 1600)]


def test_words_of_noise_are_not_shown() -> None:
    talk = streaming()
    said(talk.outbox, 1000, 900, end=False)
    talk.send(0)
    assert heard(talk, event("the", isFinal=False)) == [("the", False, 1000, 1900)]
    talk.outbox.end(noise=True)
    assert heard(talk, event("the the", isFinal=False)) == []
    sent(talk)
    assert heard(talk, event("the the")) == [("", True, 1000, 1000)]


# words of a service that says times, as ours does


def timed(value: str, start_ms: int, end_ms: int, *, final: bool = True) -> str:
    return event(value, isFinal=final, startMs=start_ms, endMs=end_ms, confidence=0.8)


def test_times_are_led_back_to_the_calls_time_line() -> None:
    talk = streaming()
    said(talk.outbox, 10_000, 1200)
    said(talk.outbox, 60_000, 600)
    sent(talk)
    assert heard(talk, timed("hel", 100, 400, final=False)) == [("hel", False, 10_100, 10_400)]
    assert heard(talk, timed("hello there", 100, 1100)) == [("hello there", True, 10_100, 11_100)]
    (second,) = talk.hear(timed("bye", 2100, 2500), 0)
    assert isinstance(second, Segment)
    assert (second.start_ms, second.end_ms, second.segment_id, second.revision) == (60_100, 60_500, 1, 1)
    assert second.confidence == 0.8
    assert talk.backlog_ms(0) == 0


def test_a_finished_segment_is_given_once_and_an_unfinished_one_is_said_again() -> None:
    talk = streaming()
    said(talk.outbox, 10_000, 2400, end=False)
    first = sent(talk)
    assert heard(talk, timed("a finished segment", 100, 1200)) == [("a finished segment", True, 10_100, 11_200)]
    assert heard(talk, timed("and", 1600, 1800, final=False)) == [("and", False, 11_600, 11_800)]
    assert talk.lost() == []
    assert (talk.stage, talk.wants_connection) == (Stage.IDLE, True)
    talk.open()
    talk.hear(OPENED, 0)
    talk.outbox.end()
    again = sent(talk)
    assert len(first) == 4
    assert again[0] == bytes(200 * 32) + b"\1" * 300 * 32
    (final,) = talk.hear(timed("and an unfinished one", 400, 1200), 0)
    assert isinstance(final, Segment)
    assert (final.segment_id, final.revision, final.start_ms) == (1, 2, 11_400)


def test_a_partial_that_nobody_will_finish_is_taken_back() -> None:
    talk = streaming()
    said(talk.outbox, 1000, 600)
    sent(talk)
    heard(talk, timed("hello", 0, 590))
    heard(talk, timed("th", 600, 700, final=False))
    (nothing,) = talk.lost()
    assert isinstance(nothing, Segment)
    assert (nothing.text, nothing.is_final, nothing.segment_id) == ("", True, 1)


def test_a_slow_service_gets_more_patience() -> None:
    talk = streaming()
    for n in range(30):
        said(talk.outbox, n * 10_000, 600)
        sent(talk, n * 10.0)
        assert heard(talk, timed("word", n * 1500, n * 1500 + 590), n * 10.0 + 6)
    said(talk.outbox, 900_000, 600)
    sent(talk, 900.0)
    assert talk.tick(910 * S) == []
    assert talk.backlog_ms(910 * S) > 0
    talk.tick(920 * S)
    assert talk.backlog_ms(920 * S) == 0


def test_part_of_an_utterance_was_answered_and_the_rest_held_no_words() -> None:
    talk = streaming()
    said(talk.outbox, 0, 2000)
    sent(talk, 1.0)
    heard(talk, timed("well", 0, 400))
    assert talk.backlog_ms(S) > 0
    talk.tick(5 * S)
    assert talk.backlog_ms(5 * S) > 0
    talk.tick(6 * S)
    assert talk.backlog_ms(6 * S) == 0


# the end


def test_document_d_close_is_said_once_everything_is_sent() -> None:
    talk = streaming()
    said(talk.outbox, 1000, 600)
    talk.close()
    *chunks, close = sent(talk)
    assert len(chunks) == 3
    assert json.loads(str(close)) == {"type": "close", "id": "your-session-id-1", "seq": 2}
    assert talk.stage is Stage.CLOSING
    assert talk.send(99 * S) is None
    assert talk.hear('{"type":"closed","id":"your-session-id-1"}', 0) == []
    assert stage_of(talk) is Stage.OVER


def test_a_goodbye_waits_for_what_is_not_due_yet() -> None:
    talk = streaming()
    said(talk.outbox, 0, 4000)
    talk.close()
    assert len(sent(talk)) == 7
    assert talk.stage is Stage.STREAMING
    assert json.loads(str(sent(talk, 5.0)[-1]))["type"] == "close"


def test_whoever_has_nothing_open_is_over_at_once() -> None:
    talk = conversation()
    said(talk.outbox, 0, 600)
    talk.close()
    assert (talk.stage, talk.wants_connection) == (Stage.OVER, False)
    opening = conversation()
    opening.open()
    opening.close()
    assert opening.stage is Stage.OVER


def test_a_service_that_ends_the_session_by_itself_is_called_again() -> None:
    talk = streaming()
    said(talk.outbox, 1000, 600)
    before = sent(talk)
    assert talk.hear('{"type":"closed","parameters":{"reason":"shutting down"}}', 0) == []
    assert talk.wants_connection
    talk.open()
    talk.hear(OPENED, 0)
    assert sent(talk) == before


def test_a_quiet_party_keeps_its_session() -> None:
    talk = streaming()
    assert talk.send(9 * S) is None
    assert talk.send(10 * S) == bytes(16_000)
    assert talk.send(11 * S) is None


def test_what_the_service_could_not_hear_counts_as_lost() -> None:
    talk = streaming()
    for total in (400, 400, 1500, 1200):
        talk.hear(f'{{"type":"error","parameters":{{"code":"audio.lost","lostMs":{total}}}}}', 0)
    assert talk.outbox.lost_ms == 1500
    talk.lost()
    talk.open()
    talk.hear(OPENED, 0)
    talk.hear('{"type":"error","parameters":{"lostMs":100}}', 0)
    assert talk.outbox.lost_ms == 1600


def test_what_is_not_understood_changes_nothing() -> None:
    talk = streaming()
    with pytest.raises(PeerBrokeProtocol):
        talk.hear("not json", 0)
    for message in (OPENED, '{"type":"error"}', '{"type":"news"}', '{"type":"event","id":"s","parameters":{}}'):
        assert talk.hear(message, 0) == []
    assert talk.stage is Stage.STREAMING
