"""ARP for IPv4, as figure 18.7's listing shows it among the segments (RFC 826)."""

from struct import Struct
from typing import NamedTuple

from captures.address import text
from captures.errors import CaptureError

REQUEST, REPLY = 1, 2
ETHERNET, IPV4 = 1, 0x0800

# Hardware and protocol type, their lengths, the operation, sender and target of both.
LAYOUT = Struct(">HHBBH6s4s6s4s")
SIZE = LAYOUT.size


class Arp(NamedTuple):
    """`arp who-has TARGET tell SENDER` (request) or `arp reply SENDER is-at ETHER`.

    None is what the capture doesn't tell: a listing prints either target or Ethernet address.
    """

    frame: int
    time_ns: int
    operation: int
    sender: str
    sender_ether: str | None
    target: str | None


def decode(frame: int, time_ns: int, packet: bytes) -> Arp | None:
    """Read an ARP packet; None where it is no request or reply for IPv4 over Ethernet.

    Raises CaptureError where the packet is too short.
    """
    if len(packet) < SIZE:
        raise CaptureError(f"frame {frame}: ARP packet of {len(packet)} bytes, {SIZE} needed")
    hardware, protocol, *lengths, operation, ether, sender, _, target = LAYOUT.unpack_from(packet)
    if (hardware, protocol, lengths) != (ETHERNET, IPV4, [6, 4]):
        return None
    if operation not in (REQUEST, REPLY):
        return None
    return Arp(frame, time_ns, operation, text(sender), ether.hex(":"), text(target))
