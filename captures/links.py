"""Link layers: from a frame's first byte to the IP or ARP packet in it.

`LINKS` is the slow path of the decoder: any frame of a known link type can go through it.
The link types are those of tcpdump.org's registry, where their headers are described too.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

from captures import arp, ip
from captures.errors import CaptureError

if TYPE_CHECKING:
    from captures.decode import Decoded
    from captures.recording import Frame

NULL, ETHERNET, SLIP, PPP, PPP_HDLC, LOOP = 0, 1, 8, 9, 50, 108
# The first two are what BSDs write for 101.
RAW_BSD, RAW_OPENBSD, RAW_IP, RAW_IPV4, RAW_IPV6 = 12, 14, 101, 228, 229
COOKED, COOKED_2 = 113, 276

ETHERNET_HEADER, SLIP_HEADER, NULL_HEADER = 14, 16, 4
COOKED_HEADER, COOKED_2_HEADER = 16, 20

# Ethernet types (IEEE 802): below 0x600 they are lengths of an 802.3 frame.
TYPE_IPV4, TYPE_ARP, TYPE_IPV6 = 0x0800, 0x0806, 0x86DD
VLAN_TAGS = {0x8100, 0x88A8, 0x9100}
VLAN_TAG = 4  # bytes

# How systems number the address family of IPv6: NetBSD and OpenBSD, FreeBSD, macOS.
FAMILY_IPV4, FAMILIES_IPV6 = 2, {24, 28, 30}

# With a control byte behind it; no protocol has this number.
PPP_ADDRESS = b"\xff"
CISCO_ADDRESSES = {0x0F, 0x8F}
PPP_IPV4, PPP_IPV6 = 0x21, 0x57


def unknown_link(frame: Frame) -> CaptureError:
    """What to tell whose capture has a link type that no reader is for."""
    return CaptureError(
        f"frame {frame.number}: link type {frame.link_type} is unknown here (known are Ethernet, "
        "Linux cooked, raw IP, loopback, PPP and SLIP): capture IP packets on such an interface"
    )


def _by_type(frame: Frame, kind: int, at: int, found: Decoded) -> None:
    """Decode what the Ethernet type announces at `at`, behind any VLAN tags."""
    while kind in VLAN_TAGS:
        if not _holds(frame, at + VLAN_TAG, "a VLAN tag", found):
            return
        kind, at = _number(frame, at + 2), at + VLAN_TAG
    if kind == TYPE_IPV4:
        ip.ipv4(frame, at, found)
    elif kind == TYPE_IPV6:
        ip.ipv6(frame, at, found)
    elif kind == TYPE_ARP:
        _arp(frame, at, found)
    else:
        found.others += 1


def _arp(frame: Frame, at: int, found: Decoded) -> None:
    packet = frame.data[at:]
    if len(packet) < arp.SIZE and frame.length > len(frame.data):
        found.clipped += 1
        return
    one = arp.decode(frame.number, frame.time_ns, packet)
    if one is None:
        found.others += 1
    else:
        found.arps.append(one)


def _holds(frame: Frame, size: int, what: str, found: Decoded) -> bool:
    if len(frame.data) >= size:
        return True
    ip.short(frame, size, what, found)
    return False


def _number(frame: Frame, at: int) -> int:
    return int.from_bytes(frame.data[at : at + 2], "big")


def _ethernet(frame: Frame, found: Decoded) -> None:
    if _holds(frame, ETHERNET_HEADER, "an Ethernet header", found):
        _by_type(frame, _number(frame, 12), ETHERNET_HEADER, found)


def _cooked(frame: Frame, found: Decoded) -> None:
    if _holds(frame, COOKED_HEADER, "a Linux cooked header", found):
        _by_type(frame, _number(frame, 14), COOKED_HEADER, found)


def _cooked_2(frame: Frame, found: Decoded) -> None:
    if _holds(frame, COOKED_2_HEADER, "a Linux cooked header", found):
        _by_type(frame, _number(frame, 0), COOKED_2_HEADER, found)


def _raw(frame: Frame, found: Decoded) -> None:
    ip.either(frame, 0, found)


def _slip(frame: Frame, found: Decoded) -> None:
    """The kernel has undone Van Jacobson's compression; its bytes stand in the pseudo-header."""
    if _holds(frame, SLIP_HEADER, "a SLIP pseudo-header", found):
        ip.either(frame, SLIP_HEADER, found)


def _null(frame: Frame, found: Decoded) -> None:
    """The address family is in the byte order of the machine that captured."""
    little = int.from_bytes(frame.data[:NULL_HEADER], "little")
    _loopback(frame, "little" if little <= 0xFFFF else "big", found)


def _loop(frame: Frame, found: Decoded) -> None:
    _loopback(frame, "big", found)


def _loopback(frame: Frame, order: Literal["little", "big"], found: Decoded) -> None:
    if not _holds(frame, NULL_HEADER, "a loopback header", found):
        return
    family = int.from_bytes(frame.data[:NULL_HEADER], order)
    if family == FAMILY_IPV4:
        ip.ipv4(frame, NULL_HEADER, found)
    elif family in FAMILIES_IPV6:
        ip.ipv6(frame, NULL_HEADER, found)
    else:
        found.others += 1


def _ppp(frame: Frame, found: Decoded) -> None:
    """PPP with or without HDLC's address and control, or Cisco's HDLC (RFC 1661, RFC 1662)."""
    if frame.data[:1] and frame.data[0] in CISCO_ADDRESSES:
        if _holds(frame, 4, "a Cisco HDLC header", found):
            _by_type(frame, _number(frame, 2), 4, found)
        return
    at = 2 if frame.data[:1] == PPP_ADDRESS else 0
    if not _holds(frame, at + 1, "a PPP header", found):
        return
    # A compressed protocol number is one byte, and only the last byte of a number is odd.
    size = 1 if frame.data[at] & 1 else 2
    if _holds(frame, at + size, "a PPP header", found):
        _by_ppp_protocol(frame, at, size, found)


def _by_ppp_protocol(frame: Frame, at: int, size: int, found: Decoded) -> None:
    protocol = int.from_bytes(frame.data[at : at + size], "big")
    if protocol == PPP_IPV4:
        ip.ipv4(frame, at + size, found)
    elif protocol == PPP_IPV6:
        ip.ipv6(frame, at + size, found)
    else:
        found.others += 1


LINKS: dict[int, Callable[[Frame, Decoded], None]] = {
    NULL: _null,
    ETHERNET: _ethernet,
    SLIP: _slip,
    PPP: _ppp,
    RAW_BSD: _raw,
    RAW_OPENBSD: _raw,
    PPP_HDLC: _ppp,
    RAW_IP: _raw,
    LOOP: _loop,
    COOKED: _cooked,
    RAW_IPV4: _raw,
    RAW_IPV6: _raw,
    COOKED_2: _cooked_2,
}
