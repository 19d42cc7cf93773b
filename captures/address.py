"""Addresses of the network layer as text: `140.252.13.35`, `2001:db8::1`."""

import re
from functools import lru_cache
from struct import Struct

WORDS = Struct(">8H")
ZEROS = r"(?<![^:])0(?::0)+(?![^:])"


# A capture's few hosts stand in many packets; the cache is bounded, for captures of scans.
@lru_cache(maxsize=4096)
def text(address: bytes) -> str:
    """Four bytes as an IPv4 address, sixteen as an IPv6 address (RFC 5952, 4)."""
    return "{}.{}.{}.{}".format(*address) if len(address) == 4 else _ipv6(address)


def _ipv6(address: bytes) -> str:
    if address.startswith(b"\0" * 10 + b"\xff\xff"):
        return "::ffff:" + text(address[12:])
    written = ":".join(f"{word:x}" for word in WORDS.unpack(address))
    # The longest run of zeros is left out, the first of several that are equally long.
    longest = max(re.finditer(ZEROS, written), key=lambda run: len(run[0]), default=None)
    if longest is None:
        return written
    return written[: longest.start()].rstrip(":") + "::" + written[longest.end() :].lstrip(":")
