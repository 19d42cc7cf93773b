"""The ends of flows, kept as the bytes of packets and made when they are asked for.

A scan has a connection for every segment: two ends with their text would take ten times the file.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import TypeAlias

from captures import address
from captures.segment import Endpoint

PORTS = 4  # bytes of both

# Source and destination.
Pair: TypeAlias = tuple[Endpoint, Endpoint]


class Ends:
    """The ends of each directed flow, by its number; flow ^ 1 runs the other way.

    keys: of each pair of flows the first's addresses, then both ports, as packets have them.
    """

    __slots__ = ("keys",)

    def __init__(self) -> None:
        self.keys: list[bytes] = []

    def __len__(self) -> int:
        return 2 * len(self.keys)

    def __getitem__(self, flow: int) -> Pair:
        return _pair(self.keys[flow >> 1])[flow & 1]

    def __iter__(self) -> Iterator[Pair]:
        for key in self.keys:
            yield from _pair(key)


def reverse(key: bytes) -> bytes:
    """The key of the flow that runs the other way."""
    size = (len(key) - PORTS) // 2
    return key[size:-PORTS] + key[:size] + key[-2:] + key[-PORTS:-2]


# Segments of a connection share their ends, and so compare quickly; bounded for scans.
@lru_cache(maxsize=4096)
def _pair(key: bytes) -> tuple[Pair, Pair]:
    """Both directions of a flow."""
    size = (len(key) - PORTS) // 2
    source = Endpoint(address.text(key[:size]), int.from_bytes(key[-4:-2], "big"))
    destination = Endpoint(address.text(key[size:-PORTS]), int.from_bytes(key[-2:], "big"))
    return (source, destination), (destination, source)
