"""The ends of a wire: a TUN device (tun(4)) or a packet socket on a veth (packet(7)).

A port gives and takes either IPv4 datagrams (TUN; packet sockets that know the host's Ethernet
address) or whole Ethernet frames (packet sockets that don't).
"""

import ctypes
import errno
import fcntl
import os
import re
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple, Protocol

LARGEST_FRAME = 14 + 65535  # bytes: an Ethernet header and the largest IPv4 datagram
RECEIVE_BUFFER = 4 << 20  # bytes; frames wait there while the wire is not scheduled

ETHERNET_HEADER = 14  # bytes: destination, source, type
IPV4_TYPE = b"\x08\x00"

# <linux/sched.h>, <linux/if_tun.h>, <linux/if_packet.h>, <asm/socket.h>
CLONE_NEWNET = 0x40000000
TUNSETIFF = 0x400454CA
IFF_TUN, IFF_NO_PI = 0x0001, 0x1000
SOL_PACKET, PACKET_ADD_MEMBERSHIP, PACKET_IGNORE_OUTGOING = 263, 1, 23
PACKET_MR_PROMISC = 1
SO_RCVBUFFORCE = 33
ETH_P_ALL = 0x0003

PORT_HELP = "give tun:PID:NAME, packet:PID:NAME or packet:PID:NAME:ETHER (PID may be self)"

_PORT = re.compile(
    r"(?P<kind>tun|packet):(?P<pid>self|[1-9]\d*):(?P<device>[\w.-]{1,15})"
    r"(:(?P<ether>([0-9a-f]{2}(:[0-9a-f]{2}){5})?))?",
    re.ASCII | re.IGNORECASE,
)

_libc = ctypes.CDLL(None, use_errno=True)


class PortError(Exception):
    """A port that can't be opened: the message names the port, the reason and the mend."""


class DeviceGoneError(Exception):
    """The device under an open port was deleted; nothing will ever come from it again."""


class Port(Protocol):
    """One end of a wire, non-blocking; fileno() is what a selector watches."""

    def fileno(self) -> int:
        """The descriptor that turns readable when a frame has come."""

    def receive(self) -> bytes | None:
        """The next frame from the host, None while there is none; may raise DeviceGoneError."""

    def send(self, frame: bytes) -> bool:
        """Give the host a frame; False where it was lost, as on a device that is down."""


class PortSpec(NamedTuple):
    """Where a port is. device: in the network namespace of process `pid` (digits, or self).

    ether: six bytes, the address of the host's end, where the port carries IPv4 alone.
    """

    kind: str
    pid: str
    device: str
    ether: bytes | None

    @property
    def carries_datagrams(self) -> bool:
        """Whether IPv4 datagrams pass the port, not Ethernet frames."""
        return self.kind == "tun" or self.ether is not None


def parse(text: str) -> PortSpec:
    """Read `tun:PID:NAME` or `packet:PID:NAME[:ETHER]`; raises ValueError with what to give."""
    match = _PORT.fullmatch(text)
    if match is None or (match["kind"] == "tun" and match["ether"] is not None):
        raise ValueError(f"port {text!r}: {PORT_HELP}")
    ether = bytes.fromhex(match["ether"].replace(":", "")) if match["ether"] else None
    return PortSpec(match["kind"].lower(), match["pid"].lower(), match["device"], ether)


def open_port(spec: PortSpec) -> Port:
    """Open a port in its network namespace; raises PortError."""
    with _network_namespace(spec.pid):
        if spec.kind == "tun":
            return TunPort(spec.device)
        if spec.ether is not None:
            return DatagramPort(PacketPort(spec.device), spec.ether)
        return PacketPort(spec.device)


class TunPort:
    """A new TUN device, point-to-point and without ARP; IPv4 datagrams alone.

    The device belongs to the network namespace in which it is opened, and is deleted when the
    port's process ends. It comes up with no address: those, the MTU and `up` are the caller's.
    """

    def __init__(self, device: str) -> None:
        self._fd = _tun_descriptor()
        try:
            # Without packet information, reads and writes are datagrams and nothing else.
            fcntl.ioctl(
                self._fd, TUNSETIFF, struct.pack("16sH22x", device.encode(), IFF_TUN | IFF_NO_PI)
            )
        except OSError as error:
            raise PortError(
                f"can't make the TUN device {device}: {error.strerror}: "
                "give a name that the namespace has not yet, and run as its root"
            ) from error

    def fileno(self) -> int:
        """The TUN device's descriptor."""
        return self._fd

    def receive(self) -> bytes | None:
        """The next IPv4 datagram; others are dropped, since SLIP has no type field to tell them."""
        try:
            while True:
                datagram = os.read(self._fd, LARGEST_FRAME)
                if datagram[0] >> 4 == 4:
                    return datagram
        except BlockingIOError:
            return None
        except OSError as error:
            # A deleted device stays readable for ever: who goes on reading, spins.
            if error.errno == errno.EBADFD:
                raise DeviceGoneError from error
            raise

    def send(self, frame: bytes) -> bool:
        """Give the host a datagram; False where the device is down or gone."""
        try:
            os.write(self._fd, frame)
        except OSError:
            return False
        return True


class PacketPort:
    """An existing Ethernet device, such as one end of a veth pair; whole frames, promiscuous.

    Checksums and segmentation must not be offloaded on the device's peer (ethtool -K tx off).
    """

    def __init__(self, device: str) -> None:
        try:
            self._socket = _packet_socket(device)
        except OSError as error:
            raise PortError(
                f"can't open a packet socket on {device}: {error.strerror or error}: "
                "make the veth pair first, and run as root of its namespace"
            ) from error

    @property
    def ether(self) -> bytes:
        """The device's own Ethernet address, six bytes."""
        return bytes(self._socket.getsockname()[4])

    def fileno(self) -> int:
        """The packet socket's descriptor."""
        return self._socket.fileno()

    def receive(self) -> bytes | None:
        """The next frame that the host sent; None too when the device has just gone down."""
        try:
            return self._socket.recv(LARGEST_FRAME)
        except OSError as error:
            # The kernel reports a device's going down once, as an error of the next read.
            if error.errno in (errno.EAGAIN, errno.ENETDOWN):
                return None
            raise

    def send(self, frame: bytes) -> bool:
        """Give the host a frame; False where the device is down, gone, or its MTU too small."""
        try:
            self._socket.send(frame)
        except OSError:
            return False
        return True


class DatagramPort:
    """A packet port stripped of Ethernet: IPv4 datagrams to and from the one host beyond it.

    `ether` is that host's address: Linux's TCP takes no segment from a broadcast frame.
    """

    def __init__(self, port: PacketPort, ether: bytes) -> None:
        self._port = port
        self._header = ether + port.ether + IPV4_TYPE

    def fileno(self) -> int:
        """The packet socket's descriptor."""
        return self._port.fileno()

    def receive(self) -> bytes | None:
        """The next IPv4 datagram; frames of other types (ARP, IPv6) are dropped."""
        while (frame := self._port.receive()) is not None:
            if frame[12:ETHERNET_HEADER] == IPV4_TYPE:
                return frame[ETHERNET_HEADER:]
        return None

    def send(self, frame: bytes) -> bool:
        """Give the host a datagram in a frame addressed to it; False where it was lost."""
        return self._port.send(self._header + frame)


def _tun_descriptor() -> int:
    try:
        return os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise PortError(
            f"can't open /dev/net/tun: {error.strerror}: run as root (modprobe tun where it is "
            "absent), or give packet:PID:NAME:ETHER ports on veth pairs"
        ) from error


def _packet_socket(device: str) -> socket.socket:
    # Protocol 0 receives nothing: no frame of another device slips in before bind.
    packets = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    packets.setblocking(False)
    _enlarge_receive_buffer(packets)
    # Else what the namespace's own kernel sends out of the device would cross the wire too.
    packets.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
    membership = struct.pack("iHH8x", socket.if_nametoindex(device), PACKET_MR_PROMISC, 0)
    packets.setsockopt(SOL_PACKET, PACKET_ADD_MEMBERSHIP, membership)
    packets.bind((device, ETH_P_ALL))
    return packets


def _enlarge_receive_buffer(packets: socket.socket) -> None:
    try:
        packets.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER)
    except PermissionError:  # root of a user namespace gets what net.core.rmem_max allows
        packets.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)


@contextmanager
def _network_namespace(pid: str) -> Iterator[None]:
    """Be in the network namespace of a process for a while; raises PortError."""
    if pid == "self":
        yield
        return
    with _namespace("self") as home, _namespace(pid) as there:
        _enter(there, pid)
        try:
            yield
        finally:
            _enter(home, "self")


def _namespace(pid: str) -> BinaryIO:
    try:
        return Path(f"/proc/{pid}/ns/net").open("rb")
    except OSError as error:
        raise PortError(
            f"can't find the network namespace of process {pid}: {error.strerror}: "
            "give the pid of a running process that this user may look into"
        ) from error


def _enter(namespace: BinaryIO, pid: str) -> None:
    # os.setns came with Python 3.12; setns(2) is as old as we need.
    if _libc.setns(namespace.fileno(), CLONE_NEWNET) != 0:
        raise PortError(
            f"can't enter the network namespace of process {pid}: "
            f"{os.strerror(ctypes.get_errno())}: run as root of the user namespace that owns it"
        )
