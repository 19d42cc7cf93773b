"""Fuzz the readers of captures: `make fuzz`, FUZZ_SECONDS long (600), seeded by FUZZ_SEED.

Whole captures of every kind are damaged, and packed as often as not. Each must be read or refused
by a CaptureError, soon, and in memory of at most `RATIO` times its size and a constant. A finding
is written below build/fuzz/, and the exit status is 1.
"""

import gzip
import hashlib
import os
import random
import signal
import sys
import time
import traceback
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType

from captures import listing
from captures.errors import CaptureError
from captures.reader import parse
from tests.captures import seeds

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

FINDINGS = Path("build/fuzz")
RATIO = 10
# What is read at a time, the window of a decompressor, and the longest listing as it is read.
CONSTANT_BYTES = 64 << 20
LONGEST_S = 10
# Memory is measured in one of so many runs: it makes them five times slower.
MEASURED_EVERY = 20

EDGES = (
    0,
    1,
    2,
    3,
    4,
    5,
    6,
    8,
    19,
    20,
    40,
    60,
    0x7F,
    0x80,
    0xFF,
    0x7FFF,
    0xFFFF,
    0x7FFFFFFF,
    0xFFFFFFFF,
)


def use(data: bytes) -> bool:
    """Read a capture and use all of it, as the checkers would; False where it is refused."""
    try:
        capture = parse(data)
    except CaptureError:
        return False
    assert len(list(capture)) == len(capture)
    assert sum(map(len, capture.connections)) == len(capture)
    listing.write(capture, relative=True)
    return True


def damage(rng: random.Random, data: bytes, others: list[bytes]) -> bytes:
    """Some bytes of a capture replaced, removed, doubled, or taken from another one."""
    found = bytearray(data)
    for _ in range(rng.randint(1, 6)):
        rng.choice(WAYS)(rng, found, others)
    return bytes(found)


def _set_byte(rng: random.Random, data: bytearray, others: list[bytes]) -> None:
    if data:
        data[rng.randrange(len(data))] = rng.randrange(256)


def _set_number(rng: random.Random, data: bytearray, others: list[bytes]) -> None:
    size, order = rng.choice((1, 2, 4)), rng.choice(("little", "big"))
    value = rng.choice(EDGES) & (1 << size * 8) - 1
    at = rng.randrange(len(data) + 1)
    data[at : at + size] = value.to_bytes(size, order)  # type: ignore[arg-type]


def _remove(rng: random.Random, data: bytearray, others: list[bytes]) -> None:
    at = rng.randrange(len(data) + 1)
    del data[at : at + rng.randint(1, 40)]


def _double(rng: random.Random, data: bytearray, others: list[bytes]) -> None:
    at, to = rng.randrange(len(data) + 1), rng.randrange(len(data) + 1)
    data[to:to] = data[at : at + rng.randint(1, 80)]


def _splice(rng: random.Random, data: bytearray, others: list[bytes]) -> None:
    other = rng.choice(others)
    at, to = rng.randrange(len(other)), rng.randrange(len(data) + 1)
    data[to : to + rng.randint(0, 40)] = other[at : at + rng.randint(1, 200)]


def _cut(rng: random.Random, data: bytearray, others: list[bytes]) -> None:
    del data[rng.randrange(len(data) + 1) :]


WAYS = [_set_byte] * 4 + [_set_number] * 4 + [_remove, _double, _splice, _cut]


def inputs(rng: random.Random) -> Iterator[bytes]:
    """Damaged captures without end."""
    whole = seeds.captures()
    while True:
        data = damage(rng, rng.choice(whole), whole)
        pack: Callable[[bytes], bytes] | None = rng.choice(
            (None, None, None, gzip.compress, zstd.compress)
        )
        if pack:
            data = pack(data)
            if rng.random() < 0.5:
                data = damage(rng, data, whole)
        yield data


def _hangs(number: int, frame: FrameType | None) -> None:
    raise TimeoutError(f"longer than {LONGEST_S} s")


def measured(data: bytes) -> bool:
    """`use`, and the memory it takes is watched."""
    tracemalloc.start()
    try:
        read = use(data)
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    if peak_bytes > RATIO * len(data) + CONSTANT_BYTES:
        raise MemoryError(f"{peak_bytes} bytes for a file of {len(data)}")
    return read


def keep(data: bytes) -> Path:
    """Write a finding where it can be looked at."""
    FINDINGS.mkdir(parents=True, exist_ok=True)
    path = FINDINGS / hashlib.sha256(data).hexdigest()[:16]
    path.write_bytes(data)
    return path


def main() -> int:
    """Fuzz; the exit status is 1 if anything was found."""
    seconds = float(os.environ.get("FUZZ_SECONDS", "600"))
    seed = int(os.environ.get("FUZZ_SEED", str(time.time_ns() % 1_000_000)))
    signal.signal(signal.SIGALRM, _hangs)
    end, done, read, findings = time.monotonic() + seconds, 0, 0, 0
    for data in inputs(random.Random(seed)):  # noqa: S311 - to be repeated, not kept secret
        if time.monotonic() > end:
            break
        done += 1
        signal.alarm(LONGEST_S)
        try:
            read += (use if done % MEASURED_EVERY else measured)(data)
        except Exception:  # noqa: BLE001 - whatever it is, it is a finding
            findings += 1
            print(f"{keep(data)}:\n{traceback.format_exc()}")
        finally:
            signal.alarm(0)
    print(
        f"seed {seed}: {done} captures in {seconds:g} s, {read} read, {done - read - findings} ",
        end="",
    )
    print(f"refused, {findings} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
