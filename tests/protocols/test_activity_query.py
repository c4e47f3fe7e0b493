"""The activity query, and the lists of names beside it (genesys.md section 3)."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desktop.domain.errors import PeerBrokeProtocol
from desktop.domain.facts import CallFacts
from desktop.protocols.activity import (
    MAX_QUEUES_IN_FILTER,
    Activity,
    decode_activity,
    decode_query,
    encode_activity,
    encode_query,
)
from desktop.protocols.entity_pages import Page, decode_page, encode_page

QUERY = {
    "metrics": [
        {"metric": "oInteracting", "details": True},
        {"metric": "oAlerting", "details": True},
        {"metric": "oWaiting", "details": True},
    ],
    "groupBy": ["queueId"],
    "filter": {
        "type": "and",
        "predicates": [{"type": "dimension", "dimension": "mediaType", "operator": "matches", "value": "voice"}],
    },
}
REPLY = {
    "results": [
        {
            "group": {"queueId": "q-1"},
            "data": [{"metric": "oInteracting", "count": 1}],
            "entities": [
                {
                    "conversationId": "c-1",
                    "sessionId": "s-1",
                    "activityDate": "2026-11-20T12:00:00.000Z",
                    "queueId": "q-1",
                    "userId": "u-1",
                    "direction": "inbound",
                    "metric": "oInteracting",
                    "ani": "tel:+4912345",
                    "dnis": "tel:+4954321",
                    "participantName": "Someone Private",
                    "teamId": "t-1",
                },
                {"conversationId": "c-2", "metric": "oWaiting", "direction": "INBOUND"},
            ],
        }
    ],
    "truncated": False,
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


def decode(reply: object) -> Activity:
    return decode_activity(json.dumps(reply).encode())


def test_all_live_calls_with_agent_and_queue_in_one_request() -> None:
    assert json.loads(encode_query()) == QUERY
    activity = decode(REPLY)
    assert activity.calls == {
        "c-1": CallFacts("inbound", agent_id="u-1", queue_id="q-1"),
        "c-2": CallFacts("inbound", queue_id="q-1"),
    }
    assert not activity.truncated
    assert activity.waiting == {"c-2"}


def test_nothing_of_the_customer_is_read() -> None:
    assert "Private" not in repr(decode(REPLY))
    assert "4912345" not in repr(decode(REPLY))


def test_some_queues_only() -> None:
    query = encode_query(("q-1", "q-2"))
    assert decode_query(query) == ("q-1", "q-2")
    assert json.loads(query)["filter"]["clauses"][0]["type"] == "or"
    assert decode_query(encode_query()) == ()
    assert decode_query(b"{}") == ()


def test_too_many_queues_to_name_are_filtered_by_the_console() -> None:
    assert decode_query(encode_query([str(n) for n in range(MAX_QUEUES_IN_FILTER + 1)])) == ()


@pytest.mark.parametrize("order", [1, -1])
def test_a_call_named_twice_belongs_to_who_talks(order: int) -> None:
    """A transfer that rings: one session interacts, another alerts."""
    entities = [
        {"conversationId": "c-1", "userId": "u-1", "metric": "oInteracting"},
        {"conversationId": "c-1", "userId": "u-2", "metric": "oAlerting"},
        {"conversationId": "c-1", "metric": "oWaiting"},
    ][::order]
    assert decode({"results": [{"entities": entities}]}).calls["c-1"].agent_id == "u-1"


def test_the_reply_may_be_cut() -> None:
    assert decode({"results": [], "truncated": True}).truncated


@pytest.mark.parametrize("reply", [{}, {"results": None}, {"results": [{}]}, {"results": [{"entities": [{}]}]}])
def test_nothing_is_live(reply: object) -> None:
    assert decode(reply) == Activity({})


def test_other_media_are_left_out() -> None:
    assert decode({"results": [{"entities": [{"conversationId": "c", "mediaType": "chat"}]}]}).calls == {}


def test_an_unknown_direction_is_not_known() -> None:
    assert decode({"results": [{"entities": [{"conversationId": "c", "direction": "up"}]}]}).calls == {"c": CallFacts()}


def test_both_roles_agree() -> None:
    calls = {
        "c-1": CallFacts("inbound", agent_id="u-1", queue_id="q-1"),
        "c-2": CallFacts("outbound", queue_id="q-2"),
        "c-3": CallFacts(),
    }
    assert decode_activity(encode_activity(calls.items(), truncated=True)) == Activity(
        calls, True, frozenset({"c-2", "c-3"})
    )
    began = CallFacts("inbound", started_at_ms=1_700_000_000_000)
    assert decode_activity(encode_activity([("c", began)])).calls["c"].started_at_ms is None


def test_a_wrong_type_is_named_and_not_shown() -> None:
    with pytest.raises(PeerBrokeProtocol, match=r"entities\[0\]\.conversationId"):
        decode({"results": [{"entities": [{"conversationId": 7}]}]})
    with pytest.raises(PeerBrokeProtocol, match="activity query"):
        decode_query(b"[]")


def test_a_page_of_names() -> None:
    body = {"entities": [{"id": "q-1", "name": "Billing", "x": 1}, {"id": "q-2"}, {"name": "nobody"}], "pageCount": 3}
    assert decode_page(json.dumps(body).encode(), "queues") == Page({"q-1": "Billing", "q-2": ""}, 3)
    assert decode_page(b"{}", "queues") == Page({})
    with pytest.raises(PeerBrokeProtocol, match=r"queues.*entities\[0\]\.id"):
        decode_page(b'{"entities":[{"id":1}]}', "queues")


def test_pages_of_both_roles() -> None:
    names = {str(n): f"name {n}" for n in range(5)}
    assert decode_page(encode_page(names, page=2, size=2), "x") == Page({"2": "name 2", "3": "name 3"}, 3)


@settings(max_examples=50)
@given(JSON)
def test_arbitrary_json_raises_nothing_else(body: object) -> None:
    data = json.dumps(body).encode()
    for read in (decode_activity, decode_query, lambda data: decode_page(data, "x")):
        with suppress(PeerBrokeProtocol):
            read(data)


@given(st.dictionaries(st.text().map(lambda key: "x" + key), JSON, max_size=4))
def test_unknown_fields_are_ignored(extra: dict[str, object]) -> None:
    assert decode(REPLY | extra) == decode(REPLY)
