"""The server's side of one AudioHook session, message by message, and every item of section 5 that it decides."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.domain.events import Complaint, PauseReason
from desktop.domain.media import Party
from desktop.protocols import audiohook_effects as effects
from desktop.protocols.audiohook_bodies import Open
from desktop.protocols.audiohook_entities import BargeIn
from desktop.protocols.audiohook_outlet import Outlet
from desktop.protocols.audiohook_session import AudioHookSession
from desktop.protocols.audiohook_states import Greeting, State

STEREO = {"type": "audio", "format": "PCMU", "channels": ["external", "internal"], "rate": 8000}
MONO = STEREO | {"channels": ["external"]}
L16 = STEREO | {"format": "L16"}
NULL = "00000000-0000-0000-0000-000000000000"


class Client:
    """Writes the client's messages with the right numbers unless told otherwise, and reads the answers."""

    def __init__(self, greeting: Greeting | None = None, outlet: Outlet | None = None) -> None:
        self.greeted: list[Open] = []
        self.session = AudioHookSession("S", "ORG", self._greet(greeting or Greeting()), 0.0, outlet)
        self.seq = self.server_seq = 0
        self.now_s = 0.0
        self.effects: list[effects.Effect] = []

    def _greet(self, greeting: Greeting) -> Any:
        def greet(open_: Open) -> Greeting:
            self.greeted.append(open_)
            return greeting

        return greet

    def say(self, kind: str, parameters: dict[str, Any] | None = None, **envelope: Any) -> list[dict[str, Any]]:
        self.seq += 1
        message = {
            "version": "2",
            "type": kind,
            "id": "S",
            "seq": self.seq,
            "serverseq": self.server_seq,
            "position": "PT0S",
            "parameters": parameters or {},
        }
        return self.raw(json.dumps(message | envelope))

    def raw(self, text: str | bytes) -> list[dict[str, Any]]:
        return self.take(self.session.hear(text, self.now_s))

    def sound(self, payload: bytes) -> list[effects.Effect]:
        self.effects = self.session.hear_sound(payload, self.now_s)
        return self.effects

    def take(self, found: list[effects.Effect]) -> list[dict[str, Any]]:
        """The server's messages; the rest stays in `effects`."""
        said = [json.loads(effect.text) for effect in found if isinstance(effect, effects.Send)]
        self.effects = [effect for effect in found if not isinstance(effect, effects.Send)]
        for message in said:
            assert message["seq"] == self.server_seq + 1
            assert message["clientseq"] <= self.seq
            assert message["id"] == "S"
            assert isinstance(message["parameters"], dict)
            self.server_seq = message["seq"]
        return said

    def open(self, media: list[dict[str, Any]] | None = None, **more: Any) -> dict[str, Any]:
        envelope = {"position": more.pop("position")} if "position" in more else {}
        parameters = {
            "organizationId": "ORG",
            "conversationId": "CALL",
            "participant": {"id": "P", "ani": "+1", "aniName": "N", "dnis": "+2"},
            "media": [STEREO] if media is None else media,
        } | more
        (opened,) = self.say("open", parameters, **envelope)
        return opened

    def tick(self, at_s: float) -> list[dict[str, Any]]:
        self.now_s = at_s
        return self.take(self.session.tick(at_s))

    def kinds(self) -> list[str]:
        return [type(effect).__name__ for effect in self.effects]


def opened(**more: Any) -> Client:
    client = Client()
    client.open(**more)
    return client


def disconnected(said: list[dict[str, Any]], reason: str = "error") -> bool:
    return [m["type"] for m in said] == ["disconnect"] and said[0]["parameters"]["reason"] == reason


def test_the_walk_through_of_section_1_3() -> None:
    client = Client()
    assert client.open() == {
        "version": "2",
        "type": "opened",
        "id": "S",
        "seq": 1,
        "clientseq": 1,
        "parameters": {"media": [STEREO], "startPaused": False},
    }
    (began,) = client.effects
    assert isinstance(began, effects.Began)
    assert (began.probe, began.position, began.continues) == (False, 0, ())
    (heard,) = client.sound(b"eIeIeI")
    assert heard == effects.SoundHeard(0, 3, ((Party.CUSTOMER, b"eee"), (Party.AGENT, b"III")))
    assert client.say("ping") == [
        {"version": "2", "type": "pong", "id": "S", "seq": 2, "clientseq": 2, "parameters": {}}
    ]
    assert client.session.rtt_s is None
    (pong,) = client.say("ping", {"rtt": "PT0.001753341S"})
    assert (pong["type"], pong["seq"], pong["clientseq"]) == ("pong", 3, 3)
    assert client.session.rtt_s == 0.001753341
    assert [m["type"] for m in client.say("close", {"reason": "end"})] == ["closed"]
    assert client.effects == [effects.Over("end")]
    assert client.session.state is State.CLOSED


def test_section_5_stereo_offer_in_inverted_order() -> None:
    client = Client()
    swapped = STEREO | {"channels": ["internal", "external"]}
    assert client.open([swapped])["parameters"]["media"] == [swapped]
    (heard,) = client.sound(b"IeIe")
    assert isinstance(heard, effects.SoundHeard)
    assert dict(heard.channels) == {Party.CUSTOMER: b"ee", Party.AGENT: b"II"}


def test_section_5_mono_offer() -> None:
    client = Client()
    client.open([MONO])
    assert client.sound(b"abc") == [effects.SoundHeard(0, 3, ((Party.CUSTOMER, b"abc"),))]


def test_section_5_l16_alone_and_media_empty_give_a_session_without_sound() -> None:
    for media in ([L16], []):
        client = Client()
        assert client.open(media)["parameters"]["media"] == []
        began = client.effects[0]
        assert isinstance(began, effects.Began)
        assert began.media is None
        assert client.kinds() == ["Began"]
        client.sound(b"xx")
        assert client.kinds() == ["Faulty"]
        assert client.session.counts.early == 1
        assert [m["type"] for m in client.say("ping")] == ["pong"]
        assert client.take(client.session.pause(True, 5.0)) == []
        assert [m["type"] for m in client.say("close", {"reason": "end"})] == ["closed"]


def test_supported_languages_only_if_asked() -> None:
    greeting = Greeting(languages=("en-US", "de-DE"))
    assert "supportedLanguages" not in Client(greeting).open()["parameters"]
    assert Client(greeting).open(supportedLanguages=True)["parameters"]["supportedLanguages"] == ["en-US", "de-DE"]


def test_section_5_probe_is_never_a_call() -> None:
    client = Client(Greeting(start_paused=True))
    said = client.open(conversationId=NULL, participant={"id": NULL, "ani": "", "aniName": "", "dnis": ""})
    assert said["parameters"] == {"media": [STEREO], "startPaused": False}
    began = client.effects[0]
    assert isinstance(began, effects.Began)
    assert began.probe
    assert client.session.event(BargeIn(), final=True, now_s=1.0) == []
    assert client.session.pause(True, 1.0) == []
    assert [m["type"] for m in client.say("close", {"reason": "end"})] == ["closed"]


def test_section_5_update() -> None:
    client = opened()
    assert [m["type"] for m in client.say("update", {"language": "es-ES"})] == ["updated"]
    assert client.effects == [effects.LanguageTold("es-ES")]
    assert [m["type"] for m in client.say("update")] == ["updated"]
    assert client.effects == []


def test_section_5_discarded_shifts_the_time_line() -> None:
    client = opened()
    client.sound(bytes(1600))
    assert client.say("discarded", {"start": "PT0.1S", "discarded": "PT2S"}) == []
    assert client.effects == [effects.SoundSkipped(800, 16_000, on_purpose=False)]
    (heard,) = client.sound(bytes(2))
    assert isinstance(heard, effects.SoundHeard)
    assert heard.start == 16_800
    client.say("discarded", {"start": "PT0S", "discarded": "PT1S"})  # of what is long past
    assert client.effects == []
    assert client.session.position == 16_801


def test_the_position_begins_where_open_says_and_the_drift_is_known() -> None:
    client = Client()
    client.open(position="PT40S")
    client.sound(bytes(1600))
    client.say("ping", position="PT40.1S")
    assert client.session.counts.drift == 0
    client.say("ping", position="PT40.6S")
    assert client.session.counts.drift == 4000


def test_section_5_error_is_noted_and_the_session_goes_on() -> None:
    client = opened()
    assert client.say("error", {"code": 408, "message": "Timed out waiting for opened response"}) == []
    assert client.effects == [effects.ClientComplained(408, 0.0)]
    assert client.session.state is State.OPEN


def test_section_5_429_holds_events_back_but_not_pongs() -> None:
    client = opened()
    client.say("error", {"code": 429, "message": "", "retryAfter": "PT3S"})
    assert client.take(client.session.event(BargeIn(), final=True, now_s=1.0)) == []
    assert [m["type"] for m in client.say("ping")] == ["pong"]
    assert client.tick(2.9) == []
    assert [m["type"] for m in client.tick(3.0)] == ["event"]


def test_one_entity_per_event_at_the_platforms_pace() -> None:
    client = Client(outlet=Outlet(per_second=1, burst=2))
    client.open()
    for number in range(4):
        client.take(client.session.event(BargeIn(), final=True, now_s=0.0))
        assert client.server_seq == min(number + 2, 3)
    assert client.take(client.session.event(BargeIn(), final=False, now_s=0.1)) == []
    (event,) = client.tick(1.0)
    assert event["parameters"]["entities"] == [{"type": "barge_in", "data": {}}]
    client.now_s = 2.0
    said = client.say("close", {"reason": "end"})  # what may still be said comes before the goodbye
    assert [m["type"] for m in said] == ["event", "closed"]
    assert client.session.event(BargeIn(), final=True, now_s=3.0) == []


def test_an_outlet_drops_partials_and_the_oldest_finals() -> None:
    outlet = Outlet(per_second=1, burst=1)
    assert outlet.offer(BargeIn(), final=False, now_s=0.0) == [BargeIn()]
    assert outlet.offer(BargeIn(), final=False, now_s=0.5) == []
    for _ in range(201):
        outlet.offer(BargeIn(), final=True, now_s=0.5)
    assert outlet.dropped == 1
    assert len(outlet.due(1000.0)) == 1


def test_audio_connector_messages() -> None:
    client = opened()
    for kind, parameters, effect in (
        ("dtmf", {"digit": "5"}, effects.DigitPressed("5")),
        ("playback_started", {}, effects.PlaybackTold(True)),
        ("playback_completed", {}, effects.PlaybackTold(False)),
    ):
        assert client.say(kind, parameters) == []
        assert client.effects == [effect]
    assert "5" not in repr(effects.DigitPressed("5"))


def test_unknown_types_and_fields_are_tolerated_everywhere() -> None:
    client = Client()
    assert client.say("novelty", {"x": 1}) == []
    client.open(brandNew={"a": 1})
    assert client.say("novelty", {"x": 1}, more=[1]) == []
    assert client.effects == []
    assert client.session.counts.unknown == 2
    assert client.session.state is State.OPEN


# what breaks a session


@pytest.mark.parametrize(
    ("envelope", "named"),
    [
        ({"seq": 3}, "$.seq"),
        ({"seq": 1}, "$.seq"),
        ({"serverseq": 2}, "$.serverseq"),
        ({"id": "T"}, "$.id"),
        ({"version": "1"}, "$.version"),
        ({"position": "now"}, "position"),
        ({"seq": "2"}, "$.seq"),
    ],
)
def test_section_5_sequence_gaps_and_wrong_envelopes_disconnect(envelope: dict[str, Any], named: str) -> None:
    client = opened()
    said = client.say("ping", **envelope)
    assert disconnected(said)
    assert named in said[0]["parameters"]["info"]
    assert client.session.broken
    (fault,) = client.effects
    assert isinstance(fault, effects.Faulty)
    assert fault.what is Complaint.BAD_MESSAGE
    assert [m["type"] for m in client.say("close", {"reason": "disconnect"})] == ["closed"]


def test_section_5_malformed_json_disconnects() -> None:
    for text in ("{", b"\xff\xfe", "\ud800", "[]", "null"):
        assert disconnected(opened().raw(text))


def test_section_5_64_kb_messages() -> None:
    client = opened()
    large = "x" * 63_000
    assert [m["type"] for m in client.say("ping", {"padding": large})] == ["pong"]
    client.sound(bytes(64_000))
    assert client.kinds() == ["SoundHeard"]
    client.sound(bytes(64_002))  # used, and complained about
    assert client.kinds() == ["Faulty", "SoundHeard"]
    assert client.session.counts.large == 1
    said = client.say("ping", {"padding": "x" * 66_000})
    assert disconnected(said)
    assert len(json.dumps(said)) < 1000


def test_wrong_parameters_cost_that_message_alone() -> None:
    client = opened()
    assert client.say("update", {"language": 5}) == []
    assert isinstance(client.effects[0], effects.Faulty)
    assert [m["type"] for m in client.say("ping")] == ["pong"]


def test_an_open_that_cannot_be_read_disconnects() -> None:
    client = Client()
    assert disconnected(client.say("open", {"organizationId": "ORG"}))
    assert client.greeted == []


def test_an_open_of_another_organisation_is_unauthorized() -> None:
    client = Client()
    parameters = {"organizationId": "X", "conversationId": "C", "participant": {}, "media": []}
    assert disconnected(client.say("open", parameters), "unauthorized")
    assert [m["type"] for m in client.say("close", {"reason": "disconnect"})] == ["closed"]
    assert client.effects == [effects.Over("disconnect")]


def test_a_greeting_may_refuse() -> None:
    client = Client(Greeting(refuse="full"))
    parameters = {"organizationId": "ORG", "conversationId": "C", "participant": {}, "media": []}
    assert disconnected(client.say("open", parameters))
    assert not client.session.broken


def test_anything_but_open_first_and_open_twice_disconnect() -> None:
    assert disconnected(Client().say("ping"))
    client = opened()
    parameters = {"organizationId": "ORG", "conversationId": "CALL", "participant": {}, "media": []}
    assert disconnected(client.say("open", parameters))


def test_after_a_disconnect_only_the_goodbye_counts() -> None:
    client = opened()
    assert disconnected(client.take(client.session.disconnect("completed", "", 0.0)), "completed")
    assert client.take(client.session.disconnect("error", "again", 0.0)) == []
    assert client.say("paused") == []
    assert client.effects == []
    assert client.sound(bytes(4)) == []
    assert [m["type"] for m in client.say("ping")] == ["pong"]
    assert client.raw("{") == []  # no second disconnect
    assert client.kinds() == ["Faulty"]
    assert [m["type"] for m in client.say("close", {"reason": "disconnect"})] == ["closed"]
    assert client.say("ping") == []
    assert client.sound(bytes(4)) == []
    assert client.take(client.session.reconnect()) == []
    assert client.take(client.session.pause(True, 9.0)) == []


def test_disconnect_may_come_before_open() -> None:
    client = Client()
    (said,) = client.take(client.session.disconnect("unauthorized", "", 0.0))
    assert said["parameters"] == {"reason": "unauthorized"}
    assert said["clientseq"] == 0
    assert [m["type"] for m in client.say("close", {"reason": "disconnect"})] == ["closed"]


def test_close_before_open_is_answered() -> None:
    assert [m["type"] for m in Client().say("close", {"reason": "error"})] == ["closed"]


def test_reconnect_is_asked_for() -> None:
    client = opened()
    (said,) = client.take(client.session.reconnect("maintenance"))
    assert (said["type"], said["parameters"]) == ("reconnect", {"info": "maintenance"})


# sound


def test_section_5_binary_before_open() -> None:
    client = Client()
    client.sound(bytes(1600))
    assert client.kinds() == ["Faulty"]
    assert client.session.counts.early == 1
    client.open()
    assert client.session.position == 0


def test_section_5_0_byte_and_odd_sized_frames() -> None:
    client = opened()
    assert client.sound(b"") == []
    assert client.session.counts.empty == 1
    client.sound(b"eIe")
    fault, heard = client.effects
    assert isinstance(fault, effects.Faulty)
    assert heard == effects.SoundHeard(0, 1, ((Party.CUSTOMER, b"e"), (Party.AGENT, b"I")))
    client.sound(b"x")
    assert client.kinds() == ["Faulty"]
    assert (client.session.counts.odd, client.session.position) == (2, 1)


def test_section_5_audio_while_paused_for_privacy_is_dropped_leniently() -> None:
    client = opened()
    client.say("paused")
    assert client.effects == [effects.PauseTold(True, PauseReason.PRIVACY)]
    client.say("paused")
    assert client.effects == []
    client.sound(bytes(1600))
    assert client.kinds() == ["Faulty"]
    assert (client.session.counts.while_paused, client.session.position) == (1, 0)
    assert client.session.state is State.OPEN
    client.say("resumed", {"start": "PT0S", "discarded": "PT10S"})
    assert client.effects == [
        effects.SoundSkipped(0, 80_000, on_purpose=True),
        effects.PauseTold(False, PauseReason.PRIVACY),
    ]
    client.sound(bytes(2))
    assert client.kinds() == ["SoundHeard"]


# pauses


def test_section_5_our_pause_and_resume() -> None:
    client = opened()
    assert [m["type"] for m in client.take(client.session.pause(True, 1.0))] == ["pause"]
    client.sound(bytes(2))  # still on its way
    assert client.kinds() == ["SoundHeard"]
    client.now_s = 2.0
    client.say("paused")
    assert client.effects == [effects.PauseTold(True, PauseReason.SAVING)]
    assert client.take(client.session.pause(True, 3.0)) == []
    client.now_s = 12.0
    assert [m["type"] for m in client.take(client.session.pause(False, 12.0))] == ["resume"]
    client.say("resumed", {"start": "PT1S", "discarded": "PT10S"})
    assert client.effects[-1] == effects.PauseTold(False, PauseReason.SAVING)
    assert client.session.pauses.seconds(13.0) == (3.0, 10.0)


def test_pauses_of_both_sides_are_independent() -> None:
    client = opened()
    client.session.pause(True, 1.0)
    client.server_seq = 1  # the flow pauses before the client saw ours
    client.say("paused", serverseq=1)
    assert client.effects == [effects.PauseTold(True, PauseReason.PRIVACY)]
    client.say("paused", serverseq=2)  # and this answers ours
    assert client.effects == [effects.PauseTold(True, PauseReason.SAVING)]
    client.say("resumed", {"start": "PT0S", "discarded": "PT1S"}, serverseq=2)
    assert client.effects[-1] == effects.PauseTold(False, PauseReason.PRIVACY)
    assert client.session.pauses.saving
    client.server_seq = 2
    client.now_s = 5.0
    assert [m["type"] for m in client.take(client.session.pause(False, 5.0))] == ["resume"]
    client.say("resumed", {"start": "PT1S", "discarded": "PT4S"})
    assert client.effects[-1] == effects.PauseTold(False, PauseReason.SAVING)


def test_a_pause_after_ours_was_answered_is_privacy() -> None:
    client = opened()
    client.take(client.session.pause(True, 1.0))
    client.say("paused")
    client.say("paused")
    assert client.effects == [effects.PauseTold(True, PauseReason.PRIVACY)]


def test_a_pause_after_our_resume_was_seen_is_privacy() -> None:
    client = opened()
    client.take(client.session.pause(True, 1.0))
    client.take(client.session.pause(False, 2.0))
    client.say("paused")
    assert client.effects == [effects.PauseTold(True, PauseReason.PRIVACY)]


def test_a_late_answer_to_our_pause_is_no_privacy() -> None:
    client = opened()
    client.take(client.session.pause(True, 1.0))
    client.take(client.session.pause(False, 2.0))
    client.say("paused", serverseq=2)
    assert client.effects == [effects.PauseTold(True, PauseReason.SAVING)]
    client.sound(bytes(2))  # sound says that it is over, even if `resumed` never came
    assert client.effects[0] == effects.PauseTold(False, PauseReason.SAVING)


def test_start_paused_and_a_wish_that_flickers() -> None:
    client = Client(Greeting(start_paused=True))
    assert client.open()["parameters"]["startPaused"] is True
    assert client.effects[-1] == effects.PauseTold(True, PauseReason.SAVING)
    client.say("paused")
    assert client.effects == []
    assert [m["type"] for m in client.take(client.session.pause(False, 0.5))] == ["resume"]
    assert client.take(client.session.pause(True, 0.6)) == []  # not that often
    assert client.take(client.session.pause(False, 0.7)) == []
    assert client.take(client.session.pause(True, 0.8)) == []
    assert [m["type"] for m in client.tick(1.5)] == ["pause"]


# the clock


def test_open_must_come_in_time() -> None:
    client = Client()
    assert client.tick(10.0) == []
    assert disconnected(client.tick(10.1))
    assert client.tick(20.0) == []
    client.tick(20.2)
    assert client.kinds() == ["Cut"]


def test_the_client_closes_the_connection_and_is_cut_only_if_it_does_not() -> None:
    client = opened()
    client.say("close", {"reason": "end"})
    assert client.tick(9.0) == []
    assert client.effects == []
    client.tick(10.1)
    assert client.kinds() == ["Cut"]


def test_a_silent_line_is_dead() -> None:
    client = opened()
    client.now_s = 5.0
    client.say("ping")
    client.tick(35.0)
    assert client.effects == []
    client.tick(35.1)
    assert client.kinds() == ["Cut"]


def test_time_counts_while_the_session_is_open() -> None:
    client = Client()
    assert client.session.pauses.seconds(5.0) == (0.0, 0.0)
    client.open()
    client.now_s = 60.0
    client.say("close", {"reason": "end"})
    assert client.session.pauses.seconds(100.0) == (60.0, 0.0)


def test_section_5_discard_to_is_asked_for_only_if_it_lies_ahead() -> None:
    replay = [{"id": "S0", "serverseq": 3, "clientseq": 9}]
    client = Client(Greeting(discard_to=320_000))
    said = client.open(position="PT30S", continuedSessions=replay)
    assert said["parameters"]["discardTo"] == "PT40S"
    began = client.effects[0]
    assert isinstance(began, effects.Began)
    assert (began.continues, began.position) == (("S0",), 240_000)
    client.say("discarded", {"start": "PT30S", "discarded": "PT10S"})
    assert client.session.position == 320_000
    behind = Client(Greeting(discard_to=8_000))
    assert "discardTo" not in behind.open(position="PT30S", continuedSessions=replay)["parameters"]


@given(
    st.lists(st.tuples(st.sampled_from(["ping", "paused", "resumed", "close", "open", "x", "sound"]), st.booleans()))
)
def test_whatever_comes_numbers_stay_right(steps: list[tuple[str, bool]]) -> None:
    client = opened()
    for kind, good in steps:
        if kind == "sound":
            client.sound(bytes(3))
            continue
        parameters = {"start": "PT0S", "discarded": "PT1S", "reason": "end"} if good else {"start": 3}
        client.say(kind, parameters)
    assert client.session.position >= 0


@given(
    st.lists(st.one_of(st.text(max_size=60), st.binary(max_size=60), st.integers(0, 60)), max_size=20), st.booleans()
)
def test_any_input_is_survived_and_every_answer_is_in_order(inputs: list[str | bytes | int], after_open: bool) -> None:
    client = opened() if after_open else Client()
    for step in inputs:
        if isinstance(step, int):
            client.tick(client.now_s + step)
        elif isinstance(step, bytes):
            client.sound(step)
        else:
            client.raw(step)
    assert client.server_seq <= 2
