"""Pages of queues and users: whatever comes, a page or an error that names the field."""

from __future__ import annotations

import contextlib

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.domain.errors import PeerBrokeProtocol
from desktop.protocols.entity_pages import decode_page, encode_page

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["entities", "id", "name", "pageCount", "x"]), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(JSON)
def test_any_json_is_a_page_or_a_named_error(document: object) -> None:
    with contextlib.suppress(PeerBrokeProtocol):
        page = decode_page(msgspec.json.encode(document), "queues")
        assert page.pages >= 1
        assert all(isinstance(name, str) and key for key, name in page.names.items())


@given(st.dictionaries(st.text(min_size=1, max_size=9), st.text(max_size=9), max_size=7), st.integers(1, 4))
def test_what_one_side_writes_the_other_reads_whatever_else_stands_there(names: dict[str, str], size: int) -> None:
    read: dict[str, str] = {}
    for number in range(1, -(-len(names) // size) + 1):
        document = msgspec.json.decode(encode_page(names, page=number, size=size))
        read |= decode_page(msgspec.json.encode(document | {"nextUri": "/x", "unheard": [1]}), "queues").names
    assert read == names


@pytest.mark.parametrize("body", [b'{"entities": 7}', b'{"entities": [{"id": 7}]}', b'{"pageCount": "x"}', b"[]"])
def test_a_wrong_type_is_named(body: bytes) -> None:
    with pytest.raises(PeerBrokeProtocol, match=r"queues: .*(entities|pageCount|object)"):
        decode_page(body, "queues")
