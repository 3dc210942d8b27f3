"""Frames as RFC 6455 has them, however they are cut up on their way."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.websocket import BINARY, CLOSE, PING, FrameReader, ProtocolViolation, accepts, build_frame, unmask
from tests.support.raw import frame, payloads

MASK = b"\x0f\xf0\x55\xaa"


def read(data: bytes, cuts: list[int] | None = None, limit: int = 1_000_000) -> list[object]:
    reader = FrameReader(limit)
    found: list[object] = []
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts or []), len(data)]
    for start, end in itertools.pairwise(edges):
        reader.feed(data[start:end])
        found += reader.messages()
    return found


@given(st.lists(st.one_of(st.text(max_size=300), st.binary(max_size=300)), max_size=5), st.lists(st.integers(0, 5000), max_size=8))
def test_messages_arrive_whole_whatever_the_network_makes_of_them(messages: list[str | bytes], cuts: list[int]) -> None:
    assert read(b"".join(frame(message, mask=MASK) for message in messages), cuts) == messages


@given(st.binary(max_size=2000), st.binary(min_size=4, max_size=4))
def test_unmasking_is_exclusive_or_with_the_mask_repeated(payload: bytes, mask: bytes) -> None:
    assert unmask(payload, mask) == bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload))


@pytest.mark.parametrize("size", [0, 125, 126, 65_535, 65_536, 200_000])
def test_every_form_of_length_is_read_and_written(size: int) -> None:
    payload = b"x" * size
    assert read(frame(payload, mask=MASK)) == [payload]
    assert payloads(build_frame(BINARY, payload)) == ([payload], b"")


def fragment(first: int, payload: bytes) -> bytes:
    return bytes([first, 0x80 | len(payload)]) + b"\0\0\0\0" + payload


def test_fragments_become_one_message_with_a_ping_among_them() -> None:
    whole = fragment(0x01, "grü".encode()[:3]) + frame(b"beat", PING) + fragment(0x00, "grü".encode()[3:]) + fragment(0x80, b"n")
    assert read(whole) == [(PING, b"beat"), "grün"]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"\x81\x01a", 1002),  # not masked
        (b"\xc1\x80\0\0\0\0", 1002),  # a bit of an extension that nobody agreed on
        (b"\x83\x80\0\0\0\0", 1002),  # an unknown opcode
        (b"\x09\x80\0\0\0\0", 1002),  # half a ping
        (b"\x89\xfe\x00\x7e\0\0\0\0" + b"x" * 126, 1002),  # a long ping
        (fragment(0x80, b"x"), 1002),  # a continuation of nothing
        (fragment(0x01, b"x") + fragment(0x81, b"y"), 1002),  # a new message within another
        (frame(b"\xff\xfe", opcode=1), 1007),  # no UTF-8
        (b"\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff", 1009),  # announces 9 exabytes
        (b"".join(fragment(0x02 if not number else 0, b"x" * 100) for number in range(20)), 1009),  # too long in sum
    ],
)
def test_what_is_no_websocket_is_named_by_its_close_code(data: bytes, code: int) -> None:
    with pytest.raises(ProtocolViolation) as violation:
        read(data, limit=1_000)
    assert violation.value.code == code


def test_a_close_frame_comes_with_its_reason() -> None:
    assert read(frame(b"\x03\xe8bye", CLOSE)) == [(CLOSE, b"\x03\xe8bye")]


@pytest.mark.parametrize(
    ("version", "key", "good"),
    [
        ("13", "dGhlIHNhbXBsZSBub25jZQ==", True),
        ("8", "dGhlIHNhbXBsZSBub25jZQ==", False),
        ("13", "c2hvcnQ=", False),
        ("13", "\x80", False),
    ],
)
def test_only_a_handshake_of_the_standard_is_accepted(version: str, key: str, good: bool) -> None:
    asked = {"REQUEST_METHOD": "GET", "HTTP_SEC_WEBSOCKET_VERSION": version, "HTTP_SEC_WEBSOCKET_KEY": key}
    assert accepts(asked) is good
