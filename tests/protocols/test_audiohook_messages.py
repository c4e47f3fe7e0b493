"""AudioHook v2's messages as the platform's client and validator write and want them; each role against literals."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.domain.errors import PeerBrokeProtocol
from desktop.domain.media import Party
from desktop.domain.speech import Segment, Trace, Word
from desktop.protocols import audiohook_bodies as bodies
from desktop.protocols.audiohook import (
    client_body,
    read_client,
    read_entities,
    read_server,
    server_body,
    write_client,
    write_entity,
    write_server,
)
from desktop.protocols.audiohook_entities import (
    AgentAssist,
    BargeIn,
    BotTurnResponse,
    Entity,
    Suggestion,
    Transcript,
    UnknownEntity,
    Utterance,
    transcript_of,
)
from desktop.protocols.audiohook_media import (
    choose,
    duration_of,
    duration_of_seconds,
    read_offers,
    samples_of,
    seconds_of,
    split_channels,
)

ORG, CALL, PART = "d7934305-0972-4844-938e-9060eef73d05", "9a1c-call", "77aa-part"
STEREO = '{"type":"audio","format":"PCMU","channels":["external","internal"],"rate":8000}'
OPEN = (
    '{"version":"2","type":"open","id":"S","seq":1,"serverseq":0,"position":"PT0S","parameters":{"organizationId":'
    f'"{ORG}","conversationId":"{CALL}","participant":{{"id":"{PART}","ani":"+15550100","aniName":"A Caller",'
    f'"dnis":"+15550199"}},"media":[{STEREO}],"language":"en-US","supportedLanguages":true,'
    '"customConfig":{"any":["thing"]},"continuedSessions":[{"id":"S0","serverseq":4,"clientseq":9}],'
    '"inputVariables":{"k":"v"}}}'
)


def client(kind: str, parameters: str, **envelope: str) -> str:
    fields = {"version": '"2"', "id": '"S"', "seq": "2", "serverseq": "1", "position": '"PT12.4S"'} | envelope
    rest = ",".join(f'"{name}":{value}' for name, value in fields.items())
    return f'{{"type":"{kind}",{rest},"parameters":{parameters}}}'


def server(kind: str, parameters: str) -> str:
    return f'{{"version":"2","type":"{kind}","id":"S","seq":3,"clientseq":2,"parameters":{parameters}}}'


def test_open_as_the_platform_sends_it() -> None:
    message = read_client(OPEN)
    assert (message.type, message.id, message.seq, message.serverseq, message.position) == ("open", "S", 1, 0, "PT0S")
    body = client_body(message)
    assert isinstance(body, bodies.Open)
    assert (body.organization_id, body.conversation_id, body.language) == (ORG, CALL, "en-US")
    assert body.participant == bodies.Participant(PART, "+15550100", "A Caller", "+15550199")
    assert body.continued_sessions == (bodies.ContinuedSession("S0", 4, 9),)
    assert body.supported_languages is True
    assert body.input_variables == {"k": "v"}
    assert bytes(body.custom_config) == b'{"any":["thing"]}'
    (offer,) = body.offers()
    assert offer.parties == (Party.CUSTOMER, Party.AGENT)
    assert offer.text.decode() == STEREO


CLIENT_GOLDEN: list[tuple[str, bodies.ClientBody]] = [
    (client("ping", "{}"), bodies.Ping()),
    (client("ping", '{"rtt":"PT0.001753341S"}'), bodies.Ping("PT0.001753341S")),
    (client("close", '{"reason":"end"}'), bodies.Close("end")),
    (client("close", '{"reason":"reconnect"}'), bodies.Close("reconnect")),
    (client("paused", "{}"), bodies.Paused()),
    (client("resumed", '{"start":"PT8S","discarded":"PT10S"}'), bodies.Resumed("PT8S", "PT10S")),
    (client("discarded", '{"start":"PT0.0S","discarded":"PT1.5S"}'), bodies.Discarded("PT0.0S", "PT1.5S")),
    (client("update", '{"language":"es-ES"}'), bodies.Update("es-ES")),
    (
        client("error", '{"code":408,"message":"Timed out waiting for opened response"}'),
        bodies.ErrorReport(408, "Timed out waiting for opened response"),
    ),
    (
        client("error", '{"code":429,"message":"slow","retryAfter":"PT3S"}'),
        bodies.ErrorReport(429, "slow", "PT3S"),
    ),
    (client("dtmf", '{"digit":"#"}'), bodies.Dtmf("#")),
    (client("playback_started", "{}"), bodies.PlaybackStarted()),
    (client("playback_completed", "{}"), bodies.PlaybackCompleted()),
]


@pytest.mark.parametrize(("text", "body"), CLIENT_GOLDEN)
def test_the_clients_messages_both_ways(text: str, body: bodies.ClientBody) -> None:
    assert client_body(read_client(text)) == body
    assert json.loads(write_client("S", 2, 1, 99_200, body)) == json.loads(text)


def test_the_client_writes_open() -> None:
    body = client_body(read_client(OPEN))
    assert json.loads(write_client("S", 1, 0, 0, body)) == json.loads(OPEN)
    least = bodies.Open("o", "c", bodies.Participant(), (msgspec.Raw(STEREO.encode()),))
    assert json.loads(write_client("S", 1, 0, 0, least))["parameters"] == {
        "organizationId": "o",
        "conversationId": "c",
        "participant": {},
        "media": [json.loads(STEREO)],
    }


SERVER_GOLDEN: list[tuple[str, bodies.ServerBody]] = [
    (
        server("opened", f'{{"media":[{STEREO}],"startPaused":false}}'),
        bodies.Opened((msgspec.Raw(STEREO.encode()),), start_paused=False),
    ),
    (
        server("opened", '{"media":[],"discardTo":"PT12.4S","supportedLanguages":["en-US"]}'),
        bodies.Opened((), discard_to="PT12.4S", supported_languages=("en-US",)),
    ),
    (server("pong", "{}"), bodies.Pong()),
    (server("closed", "{}"), bodies.Closed()),
    (server("closed", '{"outputVariables":{"k":"v"}}'), bodies.Closed({"k": "v"})),
    (server("disconnect", '{"reason":"unauthorized"}'), bodies.Disconnect("unauthorized")),
    (server("disconnect", '{"reason":"error","info":"why"}'), bodies.Disconnect("error", "why")),
    (server("pause", "{}"), bodies.Pause()),
    (server("resume", "{}"), bodies.Resume()),
    (server("updated", "{}"), bodies.Updated()),
    (server("reconnect", "{}"), bodies.Reconnect()),
    (server("reconnect", '{"info":"maintenance"}'), bodies.Reconnect("maintenance")),
    (server("event", '{"entities":[]}'), bodies.Event()),
]


@pytest.mark.parametrize(("text", "body"), SERVER_GOLDEN)
def test_the_servers_messages_both_ways(text: str, body: bodies.ServerBody) -> None:
    written = write_server("S", 3, 2, body)
    assert json.loads(written) == json.loads(text)
    message = read_server(text)
    assert (message.id, message.seq, message.clientseq) == ("S", 3, 2)
    found = server_body(message)
    assert type(found) is type(body)
    assert json.loads(write_server("S", 3, 2, found)) == json.loads(text)


@pytest.mark.parametrize(
    "body",
    [bodies.Pong(), bodies.Closed(), bodies.Pause(), bodies.Resume(), bodies.Updated(), bodies.Reconnect()],
    ids=repr,
)
def test_parameters_are_mandatory_even_when_empty(body: bodies.ServerBody) -> None:
    assert write_server("S", 1, 1, body).endswith('"parameters":{}}')


def test_the_chosen_offer_goes_back_unmodified_with_its_unknown_fields() -> None:
    offer = b'{"type":"audio", "rate":8000, "format":"PCMU","channels":["internal","external"],"new":{"x":[1]}}'
    assert offer.decode() in write_server("S", 1, 1, bodies.Opened((msgspec.Raw(offer),)))
    found = server_body(read_server(write_server("S", 1, 1, bodies.Opened((msgspec.Raw(offer),)))))
    assert isinstance(found, bodies.Opened)
    assert found.offers()[0].parties == (Party.AGENT, Party.CUSTOMER)


def test_unknown_fields_types_and_entities_are_tolerated() -> None:
    text = client("ping", '{"new":1}', extra='{"deep":[]}')
    assert client_body(read_client(text)) == bodies.Ping()
    assert client_body(read_client(client("brand_new", "[1,2]"))) == bodies.UnknownBody()
    assert server_body(read_server(server("brand_new", '"x"'))) == bodies.UnknownBody()
    assert client_body(read_client('{"type":"paused","id":"S","seq":1,"serverseq":0}')) == bodies.Paused()


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "message"),
        ("[]", "message"),
        ("{", "message"),
        ("{}", "type"),
        (client("ping", "{}", seq='"2"'), "$.seq"),
        (client("ping", "{}", seq="-1"), "$.seq"),
        (client("ping", "{}", seq="2.5"), "$.seq"),
        (client("ping", "{}", seq="true"), "$.seq"),
        (client("ping", "{}", id="7"), "$.id"),
        (client("ping", "{}", id='""'), "$.id"),
        (client("ping", "{}", version="2"), "$.version"),
        (client("ping", "{}", version='"3"'), "$.version"),
        (client("ping", "{}", position="12"), "$.position"),
        (client("ping", "{}", position='"12.4"'), "ping: position"),
        (client("brand_new", "{}", position='"x"'), "message: position"),
        ("[" * 100_000, "message"),
        ('"\\ud800"', "message"),
    ],
)
def test_a_wrong_envelope_is_named(text: str, named: str) -> None:
    with pytest.raises(PeerBrokeProtocol) as caught:
        read_client(text)
    assert named in str(caught.value)


@pytest.mark.parametrize(
    ("kind", "parameters", "named"),
    [
        ("ping", '{"rtt":1}', "$.rtt"),
        ("ping", '{"rtt":"1 s"}', "ping: rtt"),
        ("close", '{"reason":4}', "$.reason"),
        ("paused", "[]", "paused"),
        ("resumed", "{}", "start"),
        ("resumed", '{"start":"PT1S","discarded":"10"}', "resumed: discarded"),
        ("discarded", '{"start":"PTS","discarded":"PT1S"}', "discarded: start"),
        ("update", '{"language":[]}', "$.language"),
        ("error", '{"code":"408"}', "$.code"),
        ("dtmf", '{"digit":5}', "$.digit"),
        ("dtmf", "{}", "digit"),
        ("open", "{}", "organizationId"),
        ("open", '{"organizationId":"o","conversationId":"","participant":{},"media":[]}', "$.conversationId"),
        ("open", '{"organizationId":"o","conversationId":"c","participant":[],"media":[]}', "$.participant"),
        ("open", '{"organizationId":"o","conversationId":"c","participant":{},"media":{}}', "$.media"),
        ("open", '{"organizationId":"o","conversationId":"c","participant":{},"media":[3]}', "media[0]"),
        (
            "open",
            '{"organizationId":"o","conversationId":"c","participant":{},"media":[{"channels":"external"}]}',
            "media[0]: Expected `array`, got `str` - at `$.channels`",
        ),
        (
            "open",
            f'{{"organizationId":"o","conversationId":"{"é" * 40}","participant":{{}},"media":[]}}',
            "conversationId",
        ),
        (
            "open",
            f'{{"organizationId":"o","conversationId":"c","participant":{{}},"media":[{",".join(["{}"] * 51)}]}}',
            "media",
        ),
        (
            "open",
            '{"organizationId":"o","conversationId":"c","participant":{},"media":[],"customConfig":{"x":"'
            + "x" * 60_000
            + '"}}',
            "customConfig",
        ),
        (
            "open",
            '{"organizationId":"o","conversationId":"c","participant":{},"media":[],"continuedSessions":['
            + ",".join(['{"id":"s"}'] * 51)
            + "]}",
            "continuedSessions",
        ),
    ],
)
def test_wrong_parameters_of_the_client_are_named(kind: str, parameters: str, named: str) -> None:
    with pytest.raises(PeerBrokeProtocol) as caught:
        client_body(read_client(client(kind, parameters)))
    assert named in str(caught.value)
    assert kind in str(caught.value)


def test_wrong_parameters_of_the_server_are_named() -> None:
    for kind, parameters, named in (
        ("opened", "{}", "media"),
        ("opened", '{"media":[],"discardTo":"soon"}', "opened: discardTo"),
        ("disconnect", "{}", "reason"),
        ("event", '{"entities":1}', "entities"),
    ):
        with pytest.raises(PeerBrokeProtocol, match=named):
            server_body(read_server(server(kind, parameters)))
    with pytest.raises(PeerBrokeProtocol, match="version"):
        read_server(server("pong", "{}").replace('"2"', '"1"', 1))


def test_retry_after_in_every_form() -> None:
    for value, seconds in ((None, 0.0), ("PT2.5S", 2.5), (4, 4.0), (-4, 0.0), (1e9, 86_400.0), ("soon", 1.0)):
        assert bodies.ErrorReport(429, "", value).wait_s() == seconds


TRANSCRIPT = (
    '{"type":"transcript","data":{"id":"u-1","channelId":0,"isFinal":true,"alternatives":[{"confidence":0.9,'
    '"interpretations":[{"type":"display","transcript":"hello there","tokens":[{"type":"word","value":"hello",'
    '"confidence":0.8,"offset":"PT1.2S","duration":"PT0.3S"},{"type":"word","value":"there","confidence":0.9,'
    '"offset":"PT1.5S","duration":"PT0.4S"}]}],"languages":["en-US"]}],"offset":"PT1.2S","duration":"PT0.7S"}}'
)


def segment(**changes: Any) -> Segment:
    words = (Word("hello", 1200, 1500, 0.8), Word("there", 1500, 1900, 0.9))
    given_: dict[str, Any] = {
        "call": "c",
        "party": Party.CUSTOMER,
        "segment_id": 1,
        "revision": 0,
        "text": "hello there",
        "start_ms": 1200,
        "end_ms": 1900,
        "is_final": True,
        "language": "en-US",
        "confidence": 0.9,
        "words": words,
        "trace": Trace(),
    } | changes
    return Segment(**given_)


def test_a_transcript_as_the_platform_wants_it() -> None:
    entity = transcript_of(segment(), "u-1")
    assert json.loads(bytes(write_entity(entity))) == json.loads(TRANSCRIPT)
    assert read_entities((msgspec.Raw(TRANSCRIPT.encode()),)) == (entity,)
    bare = transcript_of(segment(party=Party.AGENT, words=(), language="", is_final=False), "u-2", shift_ms=-2000)
    assert json.loads(bytes(write_entity(bare)))["data"] == {
        "id": "u-2",
        "channelId": 1,
        "isFinal": False,
        "alternatives": [
            {"confidence": 0.9, "interpretations": [{"type": "display", "transcript": "hello there"}]},
        ],
        "offset": "PT0S",
        "duration": "PT0.7S",
    }


@pytest.mark.parametrize(
    ("entity", "text"),
    [
        (
            AgentAssist(
                "a",
                (Utterance("u", "PT1S", "hi", "en-US", 0.5, "EXTERNAL", True),),
                (
                    Suggestion("faq", "f", 0.7, question="q", answer="a"),
                    Suggestion("article", "g", 0.6, title="t", excerpts=("x",), document_uri="https://x"),
                ),
            ),
            '{"type":"agentassist","data":{"id":"a","utterances":[{"id":"u","position":"PT1S","text":"hi","language":'
            '"en-US","confidence":0.5,"channel":"EXTERNAL","isFinal":true}],"suggestions":[{"type":"faq","id":"f",'
            '"confidence":0.7,"question":"q","answer":"a"},{"type":"article","id":"g","confidence":0.6,"title":"t",'
            '"excerpts":["x"],"documentUri":"https://x"}]}}',
        ),
        (BargeIn(), '{"type":"barge_in","data":{}}'),
        (
            BotTurnResponse("match", "yes", 0.8),
            '{"type":"bot_turn_response","data":{"disposition":"match","text":"yes","confidence":0.8}}',
        ),
    ],
    ids=["agentassist", "barge_in", "bot_turn_response"],
)
def test_other_entities_both_ways(entity: Entity, text: str) -> None:
    assert json.loads(bytes(write_entity(entity))) == json.loads(text)
    assert read_entities((msgspec.Raw(text.encode()),)) == (entity,)


def test_entities_that_are_unknown_or_wrong() -> None:
    assert read_entities((msgspec.Raw(b'{"type":"new","data":[1]}'),)) == (UnknownEntity(),)
    with pytest.raises(PeerBrokeProtocol, match=r"entities\[1\].data"):
        read_entities((msgspec.Raw(b'{"type":"new"}'), msgspec.Raw(b'{"type":"transcript","data":{"id":1}}')))
    with pytest.raises(PeerBrokeProtocol, match="more than"):
        read_entities((msgspec.Raw(b"{}"),) * 1001)


def test_no_repr_shows_numbers_names_or_words() -> None:
    body = client_body(read_client(OPEN))
    assert isinstance(body, bodies.Open)
    for thing in (body, body.participant, read_client(OPEN), read_server(server("pong", "{}")), bodies.Dtmf("4")):
        assert not any(secret in repr(thing) for secret in ("555", "Caller", CALL, "4'"))
    entity = transcript_of(segment(), "u")
    assert isinstance(entity, Transcript)
    for quiet in (entity, entity.alternatives[0], entity.alternatives[0].interpretations[0]):
        assert "hello" not in repr(quiet)


@pytest.mark.parametrize(
    ("text", "seconds"), [("PT0S", 0), ("PT0.0S", 0), ("PT12.4S", 12.4), ("PT.5S", 0.5), ("PT007S", 7)]
)
def test_durations(text: str, seconds: float) -> None:
    assert seconds_of(text, "x") == seconds
    assert samples_of(text, "x") == round(seconds * 8000)


@pytest.mark.parametrize("text", ["", "PTS", "PT1", "PT1.S", "PT-1S", "1S", "PT1M", "PT1S\n", "PT١S", "PT" + "9" * 80])
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(PeerBrokeProtocol, match="position: not a duration"):
        seconds_of(text, "position")
    with pytest.raises(PeerBrokeProtocol):
        seconds_of("PT99999999S", "position")


@given(st.integers(0, 8000 * 100_000))
def test_positions_are_un_rounded(samples: int) -> None:
    assert samples_of(duration_of(samples), "x") == samples


def test_durations_are_written_plainly() -> None:
    assert [duration_of(n) for n in (0, 1, 99_200, 32_000)] == ["PT0S", "PT0.000125S", "PT12.4S", "PT4S"]
    assert [duration_of_seconds(s) for s in (0, 1e-9, 0.001753341, 100)] == [
        "PT0S",
        "PT0.000000001S",
        "PT0.001753341S",
        "PT100S",
    ]


def offer(channels: list[str], form: str = "PCMU", rate: float = 8000, kind: str = "audio") -> msgspec.Raw:
    fields = {"type": kind, "format": form, "channels": channels, "rate": rate}
    return msgspec.Raw(json.dumps(fields).encode())


@pytest.mark.parametrize(
    ("offers", "chosen"),
    [
        ([offer(["external"]), offer(["external", "internal"])], 1),
        ([offer(["internal", "external"])], 0),
        ([offer(["internal"]), offer(["external"])], 1),
        ([offer(["internal"])], 0),
        ([offer(["external", "internal"], "L16"), offer(["external"])], 1),
        ([offer(["external", "internal"], "L16")], None),
        ([offer(["external"], rate=16000)], None),
        ([offer(["external", "external"])], None),
        ([offer(["left", "right"]), offer([])], None),
        ([offer(["external"], kind="video")], None),
        ([], None),
    ],
)
def test_section_5_stereo_mono_inverted_and_l16_offers(offers: list[msgspec.Raw], chosen: int | None) -> None:
    found = choose(read_offers(tuple(offers), "open"))
    assert (found is None) == (chosen is None)
    assert found is None or found.text == bytes(offers[chosen or 0])


def test_bytes_are_split_by_channel_whole_samples_only() -> None:
    assert split_channels(b"aAbBcC", 2) == ([b"abc", b"ABC"], 0)
    assert split_channels(b"aAbBc", 2) == ([b"ab", b"AB"], 1)
    assert split_channels(b"abc", 1) == ([b"abc"], 0)
    assert split_channels(b"x", 2) == ([b"", b""], 1)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
KINDS = [*bodies.CLIENT_BODIES, *bodies.SERVER_BODIES, "new"]
FIELDS = ["media", "participant", "rtt", "start", "discarded", "reason", "code", "retryAfter", "digit", "entities"]
FIELDS += ["organizationId", "conversationId", "language", "discardTo", "customConfig", "continuedSessions"]


@given(st.sampled_from(KINDS), st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=6))
def test_any_parameters_are_read_or_refused_by_name(kind: str, parameters: dict[str, Any]) -> None:
    envelope = {"type": kind, "id": "S", "seq": 1, "serverseq": 0, "clientseq": 0, "parameters": parameters}
    text = json.dumps(envelope)
    assert refusal(lambda: client_body(read_client(text)), kind) in ("", kind)
    assert refusal(lambda: server_body(read_server(text)), kind) in ("", kind)


def refusal(read: Callable[[], object], kind: str) -> str:
    """Empty, or the message's type if the refusal names it."""
    try:
        read()
    except PeerBrokeProtocol as problem:
        return kind if kind in str(problem) else str(problem)
    return ""


@given(JSON)
def test_any_json_is_read_or_refused(value: Any) -> None:
    text = json.dumps(value)
    for read in (read_client, read_server):
        with pytest.raises(PeerBrokeProtocol):
            read(text)
    with pytest.raises(PeerBrokeProtocol):
        read_entities((msgspec.Raw(text.encode()),))


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with pytest.raises(PeerBrokeProtocol):
        read_client(data)
