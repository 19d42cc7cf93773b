"""SLIP framing (RFC 1055)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from topologies.rfc1055 import END, ESC, ESC_END, ESC_ESC, Decoder, encode

# Many ENDs and ESCs: the bytes that framing is about.
LINE_BYTES = st.one_of(st.sampled_from(END + ESC + ESC_END + ESC_ESC), st.integers(0, 255))
DATAGRAMS = st.lists(LINE_BYTES, min_size=1, max_size=600).map(bytes)


def test_plain_datagram_gains_an_end_on_either_side() -> None:
    assert encode(b"hello") == b"\xc0hello\xc0"


def test_end_and_esc_are_escaped() -> None:
    assert encode(b"\xc0\xdb\xdc") == b"\xc0\xdb\xdc\xdb\xdd\xdc\xc0"


@given(DATAGRAMS)
def test_no_end_within_a_frame(datagram: bytes) -> None:
    assert END not in encode(datagram)[1:-1]


@given(st.lists(DATAGRAMS, max_size=5))
def test_round_trip(datagrams: list[bytes]) -> None:
    assert Decoder().feed(b"".join(map(encode, datagrams))) == datagrams


@given(st.lists(DATAGRAMS, max_size=4), st.data())
def test_chunks_may_be_cut_anywhere(datagrams: list[bytes], data: st.DataObject) -> None:
    stream = b"".join(map(encode, datagrams))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=20)))
    decoder = Decoder()
    decoded: list[bytes] = []
    for start, stop in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        decoded += decoder.feed(stream[start:stop])
    assert decoded == datagrams


@given(st.binary(max_size=300), DATAGRAMS)
def test_noise_before_a_frame_does_not_harm_it(noise: bytes, datagram: bytes) -> None:
    assert Decoder().feed(noise + encode(datagram))[-1] == datagram


@given(st.lists(st.binary(max_size=50), max_size=20))
def test_any_bytes_decode_to_datagrams_within_the_limit(chunks: list[bytes]) -> None:
    decoder = Decoder(limit=10)
    for chunk in chunks:
        assert all(0 < len(datagram) <= 10 for datagram in decoder.feed(chunk))


def test_empty_frames_are_skipped() -> None:
    assert Decoder().feed(END * 5 + b"x" + END * 5) == [b"x"]


@pytest.mark.parametrize("filler", [b"x", END, ESC])
def test_limit_counts_decoded_bytes(filler: bytes) -> None:
    assert Decoder(limit=10).feed(encode(filler * 10)) == [filler * 10]
    assert Decoder(limit=10).feed(encode(filler * 11) + encode(b"next")) == [b"next"]


def test_an_endless_frame_is_not_kept_in_memory() -> None:
    decoder = Decoder(limit=10)
    for _ in range(1000):
        assert decoder.feed(b"x" * 1000) == []
    assert len(decoder._frame) <= 22
    assert decoder.feed(encode(b"next")) == [b"next"]


@pytest.mark.parametrize(
    ("damaged", "decoded"),
    [
        (ESC + b"x", b"x"),
        (ESC + ESC + ESC_END, ESC + ESC_END),
        (b"x" + ESC, b"x"),
    ],
)
def test_violations_lose_the_esc_alone(damaged: bytes, decoded: bytes) -> None:
    assert Decoder().feed(damaged + END + encode(b"next")) == [decoded, b"next"]
