"""Extension headers, between an IP header and the segment in it (RFC 8200, 4; RFC 4302, 2)."""

from typing import NamedTuple

HOP_BY_HOP, ROUTING, FRAGMENT, AUTHENTICATION, DESTINATION, SHIM6 = 0, 43, 44, 51, 60, 140
EXTENSIONS = {HOP_BY_HOP, ROUTING, FRAGMENT, AUTHENTICATION, DESTINATION, SHIM6}
# In IPv4 only this one stands behind the header.
IPV4_EXTENSIONS = {AUTHENTICATION}

SHORTEST = 8  # bytes


class Extension(NamedTuple):
    """One extension header: its size in bytes, and the protocol of what follows it."""

    protocol: int
    size: int


def decode(data: bytes, protocol: int, at: int) -> Extension:
    """The header of kind `protocol` at `at`, of which at least two bytes must be there."""
    if protocol == FRAGMENT:
        return Extension(data[at], SHORTEST)
    if protocol == AUTHENTICATION:
        return Extension(data[at], (data[at + 1] + 2) * 4)
    return Extension(data[at], (data[at + 1] + 1) * 8)
