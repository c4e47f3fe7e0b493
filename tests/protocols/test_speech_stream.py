"""Golden messages of the speech-analytics stream, written from document D, for both roles."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.domain.errors import PeerBrokeProtocol
from desktop.protocols.speech_stream import (
    DOCUMENT_MEDIA,
    Analysis,
    Close,
    Closed,
    ClosedParameters,
    Entity,
    ErrorMessage,
    ErrorParameters,
    Event,
    EventParameters,
    Media,
    Open,
    Opened,
    OpenedParameters,
    OpenParameters,
    UnknownMessage,
    decode_client_message,
    decode_service_message,
    encode,
    language_match,
    text_of,
    transcript_of,
    understood,
)

OPEN = """{
"type": "open",
"id": "your-session-id",
"seq": 1,
"parameters": {
"media": [
{ "type": "audio", "codec": "audio/pcm" }
]
}
}"""
OPENED = """{
"type": "opened",
"id": "your-session-id",
"parameters": {
"startPaused": false,
"media": [{ "type": "audio", "codec": "audio/pcm" }],
"supportedLanguages": ["en", "tr"]
}
}"""
EVENT = """{
"version": "2",
"type": "event",
"id": "your-session-id",
"parameters": {
"entity": {
"type": "transcript",
"value": "Live transcribed text here..."
},
"analysis": {
"summary": "...",
"sentiment": "neutral",
"emotion": "calm",
"agent_score": 4,
"process_issues": "...",
"repeated_problems": "...",
"marketing_mentions": "..."
}
}
}"""
AUDIOHOOK_EVENT = """{"version":"2","type":"event","seq":7,"clientseq":9,"id":"s","parameters":{"entities":[
{"type":"agentassist","data":{"id":"x"}},
{"type":"transcript","data":{"id":"u","channelId":0,"isFinal":false,"alternatives":[{"confidence":0.8,
"interpretations":[{"type":"display","transcript":"it is broken","tokens":[]}]}]}}]}}"""
ANALYSIS = Analysis("...", "neutral", "calm", 4, "...", "...", "...")


def plain(text: str) -> Any:
    return json.loads(text)


# the client's side


def test_document_d_initial_message_as_the_client_sends_it() -> None:
    assert plain(encode(Open("your-session-id", OpenParameters((DOCUMENT_MEDIA,))))) == plain(OPEN)


def test_document_d_the_client_reads_opened() -> None:
    parameters = OpenedParameters(False, (DOCUMENT_MEDIA,), ("en", "tr"))
    assert decode_service_message(OPENED) == Opened("your-session-id", parameters)


def test_document_d_the_client_reads_a_transcript_with_every_field_of_the_analysis() -> None:
    event = decode_service_message(EVENT)
    entity = Entity("transcript", "Live transcribed text here...")
    assert event == Event("your-session-id", EventParameters(entity, analysis=ANALYSIS))
    assert isinstance(event, Event)
    assert transcript_of(event) == entity


def test_document_d_the_analysis_may_be_missing() -> None:
    without = plain(EVENT)
    del without["parameters"]["analysis"]
    event = decode_service_message(json.dumps(without))
    assert isinstance(event, Event)
    assert event.parameters.analysis is None


def test_entities_of_audiohook_are_read_as_well() -> None:
    event = decode_service_message(AUDIOHOOK_EVENT)
    assert isinstance(event, Event)
    assert transcript_of(event) == Entity("transcript", "it is broken", is_final=False)


def test_the_documents_entity_in_a_list() -> None:
    event = decode_service_message(
        '{"type":"event","id":"s","parameters":{"entities":[{"type":"transcript","value":"hi","isFinal":true}]}}'
    )
    assert isinstance(event, Event)
    assert transcript_of(event) == Entity("transcript", "hi", is_final=True)


@pytest.mark.parametrize(
    "parameters", ["{}", '{"entities":[]}', '{"entity":{"type":"dtmf"}}', '{"entity":null,"entities":[]}']
)
def test_an_event_without_words(parameters: str) -> None:
    event = decode_service_message(f'{{"type":"event","id":"s","parameters":{parameters}}}')
    assert isinstance(event, Event)
    assert transcript_of(event) is None


def test_a_transcript_without_text_is_empty() -> None:
    event = decode_service_message('{"type":"event","id":"s","parameters":{"entity":{"type":"transcript"}}}')
    assert isinstance(event, Event)
    assert transcript_of(event) == Entity("transcript", "")


def test_other_services_send_lists_and_nulls_in_the_analysis() -> None:
    changed = plain(EVENT)
    changed["parameters"]["analysis"] |= {"process_issues": ["one", "two"], "emotion": None, "agent_score": 3.5}
    event = decode_service_message(json.dumps(changed))
    assert isinstance(event, Event)
    analysis = event.parameters.analysis
    assert analysis is not None
    assert (text_of(analysis.process_issues), text_of(analysis.emotion), analysis.agent_score) == ("one; two", "", 3.5)
    assert text_of("as it is") == "as it is"


def test_the_client_reads_closed_and_error() -> None:
    closed = '{"type":"closed","id":"s","parameters":{"reason":"the service is shutting down"}}'
    assert decode_service_message(closed) == Closed("s", ClosedParameters("the service is shutting down"))
    assert decode_service_message('{"type":"closed"}') == Closed()
    error = '{"type":"error","parameters":{"code":415,"message":"no","supportedLanguages":["en"]}}'
    assert decode_service_message(error) == ErrorMessage(None, ErrorParameters(415, "no", ("en",)))


# the service's side


def test_document_d_the_service_reads_the_initial_message() -> None:
    assert decode_client_message(OPEN) == Open("your-session-id", OpenParameters((Media("audio", "audio/pcm"),)), 1)


def test_the_service_reads_the_options() -> None:
    changed = plain(OPEN)
    changed["parameters"] |= {"language": "en-US", "partials": True}
    expected = Open("your-session-id", OpenParameters((DOCUMENT_MEDIA,), "en-US", True))
    assert decode_client_message(json.dumps(changed)) == expected


def test_document_d_opened_as_the_service_sends_it() -> None:
    message = Opened("your-session-id", OpenedParameters(False, (DOCUMENT_MEDIA,), ("en", "tr")))
    assert plain(encode(message)) == plain(OPENED)


def test_document_d_event_as_the_service_sends_it() -> None:
    entity = Entity("transcript", "Live transcribed text here...")
    sent = plain(encode(Event("your-session-id", EventParameters(entity, analysis=ANALYSIS))))
    assert sent["parameters"]["analysis"].pop("agent_score_reasons") == ""  # ours, always there
    assert sent == plain(EVENT)


def test_document_d_event_without_analysis_holds_the_transcript_alone() -> None:
    sent = plain(encode(Event("s", EventParameters(Entity("transcript", "hello")))))
    expected = '{"version":"2","type":"event","id":"s","parameters":{"entity":{"type":"transcript","value":"hello"}}}'
    assert sent == plain(expected)


@pytest.mark.parametrize("text", ['{"type":"close","id":"your-session-id","seq":9}', '{"type":"close"}'])
def test_document_d_close(text: str) -> None:
    message = decode_client_message(text)
    assert isinstance(message, Close)
    assert plain(encode(message)) == plain(text)
    assert plain(encode(Closed("your-session-id"))) == {"type": "closed", "id": "your-session-id"}


# both


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"id": 7}, r"open: .*\$\.id"),
        ({"id": ""}, r"open: .*\$\.id"),
        ({"seq": "1"}, r"open: .*\$\.seq"),
        ({"parameters": None}, r"open: .*\$\.parameters"),
        ({"parameters": {}}, r"open: .*`media`.*\$\.parameters"),
        ({"parameters": {"media": [{"type": "audio", "codec": 1}]}}, r"open: .*\$\.parameters\.media\[0\]\.codec"),
        ({"type": 1}, r"message: .*\$\.type"),
    ],
)
def test_wrong_types_are_named_and_values_are_not_told(change: dict[str, Any], named: str) -> None:
    with pytest.raises(PeerBrokeProtocol, match=named):
        decode_client_message(json.dumps(plain(OPEN) | change))


def test_wrong_types_of_the_service_are_named() -> None:
    changed = plain(EVENT)
    changed["parameters"]["analysis"]["summary"] = 5
    with pytest.raises(PeerBrokeProtocol, match=r"event: .*\$\.parameters\.analysis\.summary"):
        decode_service_message(json.dumps(changed))


@pytest.mark.parametrize("text", ["", "[]", "null", '{"id":"s"}', "\ud800", "[" * 100_000])
def test_what_is_no_message(text: str) -> None:
    for decode in (decode_client_message, decode_service_message):
        with pytest.raises(PeerBrokeProtocol):
            decode(text)


def test_unknown_types_are_no_error() -> None:
    assert decode_client_message('{"type":"ping","id":"s"}') == UnknownMessage()
    assert decode_service_message('{"type":"pong","id":"s"}') == UnknownMessage()


@pytest.mark.parametrize(
    ("media", "found"),
    [
        ((), None),
        ((Media("video", "audio/pcm"),), None),
        ((Media("audio", "audio/opus"), DOCUMENT_MEDIA), DOCUMENT_MEDIA),
        ((Media("audio", "audio/pcm", 8000),), None),
        ((Media("audio", "audio/pcm", 16000),), Media("audio", "audio/pcm", 16000)),
        ((Media("Audio", "Audio/PCM; rate=16000"),), Media("Audio", "Audio/PCM; rate=16000")),
    ],
)
def test_document_d_audio_input_format(media: tuple[Media, ...], found: Media | None) -> None:
    assert understood(media) == found


@pytest.mark.parametrize(
    ("wanted", "supported", "found"),
    [
        ("en", ("en", "tr"), "en"),
        ("EN-us", ("tr", "en"), "en"),
        ("en", ("en-US", "en-GB"), "en-US"),
        ("en-GB", ("en-US", "en-GB"), "en-GB"),
        ("de", ("en", "tr"), None),
    ],
)
def test_document_d_languages(wanted: str, supported: tuple[str, ...], found: str | None) -> None:
    assert language_match(wanted, supported) == found


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)
KINDS = st.sampled_from(["open", "close", "opened", "event", "closed", "error", "ping"])
FIELDS = st.fixed_dictionaries({"type": KINDS}, optional={"id": JSON, "seq": JSON, "parameters": JSON})


@given(JSON | FIELDS)
def test_arbitrary_json_raises_nothing_but_peer_broke_protocol(value: object) -> None:
    for decode in (decode_client_message, decode_service_message):
        try:
            message = decode(json.dumps(value))
        except PeerBrokeProtocol:
            continue
        if isinstance(message, Event):
            transcript_of(message)


@given(st.sampled_from([OPEN, OPENED, EVENT]), st.text(min_size=1, max_size=10), JSON)
def test_unknown_fields_are_ignored(text: str, name: str, value: object) -> None:
    decode = decode_client_message if text == OPEN else decode_service_message
    message = plain(text)
    message.setdefault(f"x-{name}", value)
    message["parameters"].setdefault(f"x-{name}", value)
    assert decode(json.dumps(message)) == decode(text)


@given(st.text(min_size=1, max_size=20), st.lists(st.text(max_size=10), max_size=3), st.booleans())
def test_what_is_encoded_is_read_the_same(session_id: str, languages: list[str], partials: bool) -> None:
    asked = Open(session_id, OpenParameters((DOCUMENT_MEDIA,), "en", partials), 3)
    assert decode_client_message(encode(asked)) == asked
    agreed = Opened(session_id, OpenedParameters(True, (DOCUMENT_MEDIA,), tuple(languages)))
    assert decode_service_message(encode(agreed)) == agreed
