"""Link layers: from a frame's first byte to the IP or ARP packet in it.

`LINKS` is the slow path of the decoder: any frame of a known link type can go through it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from captures import arp, ip

if TYPE_CHECKING:
    from captures.decode import Decoded
    from captures.recording import Frame

ETHERNET, RAW_IP, RAW_IPV4 = 1, 101, 228
ETHERNET_HEADER = 14
TYPE_IPV4, TYPE_ARP = b"\x08\x00", b"\x08\x06"


def _ethernet(frame: Frame, found: Decoded) -> None:
    kind = frame.data[12:14]
    if kind == TYPE_IPV4:
        ip.ipv4(frame, ETHERNET_HEADER, found)
    elif len(kind) < 2:
        ip.short(frame, ETHERNET_HEADER, "an Ethernet header", found)
    elif kind == TYPE_ARP:
        _arp(frame, found)
    else:
        found.others += 1


def _raw(frame: Frame, found: Decoded) -> None:
    version = frame.data[0] >> 4 if frame.data else 4
    if version == 6:
        found.others += 1
    else:
        ip.ipv4(frame, 0, found)


def _arp(frame: Frame, found: Decoded) -> None:
    packet = frame.data[ETHERNET_HEADER:]
    if len(packet) < arp.SIZE and frame.length > len(frame.data):
        found.clipped += 1
        return
    one = arp.decode(frame.number, frame.time_ns, packet)
    if one is None:
        found.others += 1
    else:
        found.arps.append(one)


LINKS: dict[int, Callable[[Frame, Decoded], None]] = {
    ETHERNET: _ethernet,
    RAW_IP: _raw,
    RAW_IPV4: _raw,
}
