"""The links between emulated hosts, as Mininet Link classes.

Ethernet cable: a veth pair into the segment's bridge. SLIP line and delay line: a user-space wire
(`wire.py`), since few kernels have slip and not all have netem. All of them can be pulled.
"""

import json
import os
import select
import socket
import subprocess
import sys
from typing import Any

from mininet.link import Intf, Link
from mininet.node import Node

from topologies import internet
from topologies.abilities import Abilities, measured
from topologies.sandbox import PROJECT
from topologies.wire import PLUG, UNPLUG

READY_DEADLINE_S = 10


class Port(Intf):  # type: ignore[misc]
    """An interface that its host configures by itself (hosts.py), all settings in one go."""

    def config(self, **_params: Any) -> dict[str, Any]:
        """Nothing to do here."""
        return {}


class Cable(Link):  # type: ignore[misc]
    """An Ethernet cable between a host (first) and the bridge that stands for the segment."""

    def __init__(self, host: Node, bridge: Node, **params: Any) -> None:
        super().__init__(host, bridge, cls1=Port, **params)

    def stop(self) -> None:
        """Remove the cable, with both its ends: one goes with the other."""
        _delete(self.intf2.name)
        for end in (self.intf1, self.intf2):
            end.node.delIntf(end)

    def pull(self) -> None:
        """Take the cable out at the segment: the host notices nothing, as in 1993."""
        _command(self.intf2.node, f"ip link set {self.intf2} nomaster")

    def plug(self) -> None:
        """Put the cable back."""
        _command(self.intf2.node, f"ip link set {self.intf2} master {self.intf2.node}")


class Line(Link):  # type: ignore[misc]
    """A point-to-point line that a wire process carries.

    A SLIP line joins two TUN devices (raw IP). Where /dev/net/tun is closed, and for delay lines,
    the wire holds the far ends of two veth pairs (Ethernet frames).
    """

    def __init__(
        self,
        node1: Node,
        node2: Node,
        facts: internet.Link,
        abilities: Abilities | None = None,
        port1: int | None = None,
        port2: int | None = None,
        intfName1: str = "",  # noqa: N803  (Mininet's names)
        intfName2: str = "",  # noqa: N803
        addr1: str = "",
        addr2: str = "",
        **_params: Any,
    ) -> None:
        self.tun = facts.kind == internet.SLIP and (abilities or measured()).tun
        ends = ((node1, port1, intfName1, addr1), (node2, port2, intfName2, addr2))
        far_ends = [
            f"tun:{node.pid}:{name}" if self.tun else _veth(node, name, ether, facts.kind)
            for node, _, name, ether in ends
        ]
        self.statistics: dict[str, Any] = {}
        self.wire = _started(facts, far_ends)
        self.intf1, self.intf2 = (
            Port(name, node=node, port=port, link=self, mac=ether, moveIntfFn=self._ignore)
            for node, port, name, ether in ends
        )

    def pull(self) -> None:
        """Take the line out: from now on the wire drops what it gets."""
        self.wire.send_signal(UNPLUG)

    def plug(self) -> None:
        """Put the line back."""
        self.wire.send_signal(PLUG)

    def stop(self) -> None:
        """End the wire and keep its counts; the devices at both hosts go with it."""
        self.wire.terminate()
        counts, _ = self.wire.communicate()
        self.statistics = json.loads(counts or b"{}")
        for end in (self.intf1, self.intf2):
            if not self.tun:
                _delete(_far(end.node, end.name))
            end.node.delIntf(end)


def _veth(node: Node, name: str, ether: str, kind: str) -> str:
    """Make a veth pair from the host to the wire's side; the wire's name for its end.

    A delay line carries Ethernet frames, ARP included. A SLIP line has no ARP: the wire takes the
    Ethernet header off, and at the other end puts on one with that host's address.
    """
    far = _far(node, name)
    _command(node, f"ip link add {name} address {ether} type veth peer {far} netns {os.getpid()}")
    subprocess.run(["ip", "link", "set", far, "up"], check=True)
    return f"packet:self:{far}:{ether}" if kind == internet.SLIP else f"packet:self:{far}"


def _far(node: Node, name: str) -> str:
    return f"{node.name}-{name}"


def _delete(device: str) -> None:
    """Delete a device of the sandbox's; it may have gone with the host at its other end."""
    done = subprocess.run(["ip", "link", "del", device], capture_output=True, check=False)
    if device in (name for _, name in socket.if_nameindex()):
        raise RuntimeError(f"{device} can't be deleted: {done.stderr.decode().strip()}")


def _started(facts: internet.Link, ends: list[str]) -> subprocess.Popen[bytes]:
    """Start a wire and wait until both its ends work; raises RuntimeError with its own words."""
    if facts.kind == internet.SLIP:
        options = ["--bit-rate", str(facts.bit_rate)]
    else:
        options = ["--delay-ms", str(facts.delay_ms)]
    wire = subprocess.Popen(
        [sys.executable, "-m", "topologies.wire", facts.kind, *ends, *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(PROJECT)},
    )
    if _says_up(wire):
        return wire
    wire.kill()
    _, errors = wire.communicate()
    raise RuntimeError(f"{facts.name}: the wire did not come up: {errors.decode().strip()}")


def _says_up(wire: subprocess.Popen[bytes]) -> bool:
    assert wire.stdout is not None  # noqa: S101  (it is a pipe)
    ready, _, _ = select.select([wire.stdout], [], [], READY_DEADLINE_S)
    return bool(ready) and wire.stdout.readline() == b"up\n"


def _command(node: Node, command: str) -> None:
    """Run a command on a node that must succeed; Mininet itself would only log the failure."""
    output, errors, status = node.pexec(command)
    if status != 0:
        raise RuntimeError(f"{node.name}: {command}: {errors or output}")
