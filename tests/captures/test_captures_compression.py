"""gzip and zstd: told by content, whole or refused, and never blown up."""

import gzip
import sys
import tracemalloc
from collections.abc import Callable
from io import BytesIO

import pytest

from captures import compression
from captures.errors import CaptureError
from captures.reader import parse
from captures.segment import SYN
from tests.captures import frames

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

PCAP = frames.pcap([frames.ethernet(frames.tcp(flags=SYN, seq=seq)) for seq in range(50)])
PCAPNG = frames.section() + frames.interface() + frames.packet(frames.ethernet(frames.tcp()))
LISTING = b"1 0.0 a.1 > b.2: S 7:7(0) win 4096\n"

CHECKED: dict[int, int] = {zstd.CompressionParameter.checksum_flag: 1}


def zstandard(data: bytes) -> bytes:
    return zstd.compress(data, options=CHECKED)


PACKERS = pytest.mark.parametrize("pack", [gzip.compress, zstandard])
Pack = Callable[[bytes], bytes]


def unpacked(data: bytes, start: int = 4) -> bytes:
    form = compression.format_of(data)
    assert form
    read = compression.unpacked(form, data[:start], BytesIO(data[start:]).read)
    parts = []
    while part := read(1000):
        parts.append(part)
    assert all(len(part) == 1000 for part in parts[:-1])
    return b"".join(parts)


@PACKERS
@pytest.mark.parametrize(
    ("data", "kind"), [(PCAP, "pcap"), (PCAPNG, "pcapng"), (LISTING, "listing")]
)
def test_the_content_decides(pack: Pack, data: bytes, kind: str) -> None:
    found = parse(pack(data))
    assert found.kind == kind
    assert list(found) == list(parse(data))


@PACKERS
def test_several_members_are_one_file(pack: Pack) -> None:
    assert unpacked(pack(PCAP[:100]) + pack(b"") + pack(PCAP[100:])) == PCAP
    assert unpacked(pack(PCAP) + bytes(512)) == PCAP


def test_a_frame_of_zstd_to_be_skipped() -> None:
    skipped = b"\x50\x2a\x4d\x18\4\0\0\0skip"
    assert unpacked(zstandard(PCAP) + skipped + zstandard(PCAP)) == PCAP * 2


@PACKERS
def test_data_that_ends_early_is_refused(pack: Pack) -> None:
    packed = pack(PCAP)
    for length in range(4, len(packed), 5):
        with pytest.raises(CaptureError, match=f"ends early, behind {length} bytes: hand in"):
            unpacked(packed[:length])


@PACKERS
def test_damaged_data_is_refused(pack: Pack) -> None:
    packed = pack(PCAP)
    for wrong in (packed[:-3] + b"xyz", packed + b"garbage behind"):
        with pytest.raises(CaptureError, match=r"(gzip|zstd) data: damaged before offset \d+"):
            unpacked(wrong)


@PACKERS
def test_a_bomb_is_refused_before_it_goes_off(pack: Pack) -> None:
    bomb = pack(bytes(80 << 20))
    tracemalloc.start()
    with pytest.raises(CaptureError, match="50 times as much and 32 MiB: unpack it with"):
        unpacked(bomb)
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak_bytes < compression.SLACK_BYTES + (8 << 20)


@PACKERS
def test_what_was_packed_twice_is_refused(pack: Pack) -> None:
    with pytest.raises(CaptureError, match="packed twice"):
        parse(pack(pack(PCAP)))


def test_a_window_that_takes_too_much_memory_is_refused() -> None:
    options: dict[int, int] = {zstd.CompressionParameter.window_log: 27, **CHECKED}
    compressor = zstd.ZstdCompressor(options=options)
    packed = compressor.compress(PCAP) + compressor.flush()
    with pytest.raises(CaptureError, match="requires too much memory"):
        unpacked(packed)


def test_without_the_library_the_program_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    packed = zstandard(PCAP)
    name = "compression" if sys.version_info >= (3, 14) else "backports"
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(CaptureError, match="no library for it here: unpack it with unzstd first"):
        parse(packed)


def test_what_is_not_packed_has_no_format() -> None:
    assert compression.format_of(PCAP) is None
