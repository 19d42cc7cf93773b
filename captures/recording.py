"""What a pcap or pcapng file holds: frames as bytes, before anything is decoded."""

from dataclasses import dataclass
from typing import NamedTuple

# The most that tcpdump ever keeps of a frame; a captured length beyond it is no length.
LONGEST_FRAME = 262_144


class Frame(NamedTuple):
    """One frame: `data` is what was kept of it, `length` its size in bytes on the wire.

    number: 1-based, as Wireshark and tcpdump count. time_ns: integer nanoseconds since the epoch.
    link_type: LINKTYPE_ number of tcpdump.org's registry (1 Ethernet, 101 raw IP).
    """

    number: int
    time_ns: int
    link_type: int
    data: bytes
    length: int


@dataclass
class Recording:
    """The frames of one file in order, and what the file says of its own completeness.

    kind: pcap or pcapng. cut_short: the file ends inside a frame (the whole ones are here).
    drops: frames that the capture lost, None where the file doesn't tell.
    timed: False where frames have no time (pcapng's simple packet blocks); their time_ns is 0.
    """

    kind: str
    frames: list[Frame]
    cut_short: bool = False
    drops: int | None = None
    timed: bool = True
