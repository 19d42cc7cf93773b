"""An emulated host of the book: a Mininet Node that configures itself in one go."""

import os
import subprocess
from collections.abc import Iterator
from typing import Any

from mininet.node import Node

from topologies.abilities import Abilities, measured
from topologies.internet import SLIP, Host, Internet
from topologies.personalities import Personality
from topologies.sandbox import SCRATCH
from topologies.settings import Settings, settings

PROGRAMS = SCRATCH / "bin"  # what a run puts there comes first on every host's PATH

# Segments must be seen as they go over the wire: no segmentation or checksum left to a device.
IP = "ip -batch -"
OFFLOADS = "tso off gso off gro off tx off"

# What tells when a SYN is sent again, read from each host whether it was set or is the kernel's
# own; an older kernel hasn't all of them.
SYN_SYSCTLS = ("net.ipv4.tcp_syn_retries", "net.ipv4.tcp_syn_linear_timeouts")


class BookHost(Node):  # type: ignore[misc]
    """A host with its facts, its personality, and the settings that were applied.

    sysctls: dotted name to value, as read back: those that were set, and SYN_SYSCTLS.
    """

    settings: Settings
    sysctls: dict[str, str]

    def __init__(
        self,
        name: str,
        facts: Host,
        internet: Internet,
        personality: Personality,
        abilities: Abilities | None = None,
        **params: Any,
    ) -> None:
        self.facts = facts
        self.internet = internet
        self.personality = personality
        self.abilities = abilities or measured()
        super().__init__(name, **params)

    def config(self, **_params: Any) -> dict[str, Any]:
        """Apply sysctls, addresses, routes and firewall; raises RuntimeError if one is refused."""
        self.settings = settings(self.internet, self.facts, self.personality, self.abilities)
        values = self._run_script("\n".join(self._script())).splitlines()
        self._compare(values[: -len(SYN_SYSCTLS)])
        own = dict(zip(SYN_SYSCTLS, values[-len(SYN_SYSCTLS) :], strict=True))
        self.sysctls = {name: value for name, value in own.items() if value} | self.settings.sysctls
        return {}

    def restore(self, interface: str) -> None:
        """Apply what was set on one interface again: its line was laid anew."""
        commands = [line for line in self.settings.ip_commands if interface in line.split()]
        self._run_script("\n".join([*self._offloads(interface), _with_input(IP, commands)]))

    def start(self, *command: str, **options: Any) -> subprocess.Popen[bytes]:
        """Start a program on this host, found as its user would find it; Popen's own options."""
        process: subprocess.Popen[bytes] = self.popen(
            list(command), env=os.environ | self.environment, **options
        )
        return process

    @property
    def environment(self) -> dict[str, str]:
        """What the host's programs find in their environment."""
        return {
            "PATH": f"{PROGRAMS}:{os.environ['PATH']}",
            "SOCK_ACCEPT_QUEUE": self.personality.accept_queue,
        }

    def _script(self) -> Iterator[str]:
        """One shell script for everything: many small commands would cost more than the kernel."""
        yield "echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6 2>/dev/null || true"
        for name, value in self.settings.sysctls.items():
            yield f"echo '{value}' > {_file_of(name)}"
        for interface in self.facts.interfaces:
            yield from self._offloads(interface.name)
        yield _with_input(IP, self.settings.ip_commands)
        yield _with_input("nft -f -", self.settings.nftables.splitlines())
        yield " ".join(["cat", *map(_file_of, self.settings.sysctls)])
        yield from (f"cat {_file_of(name)} 2>/dev/null || echo" for name in SYN_SYSCTLS)

    def _offloads(self, name: str) -> list[str]:
        """Switch off what a veth would leave undone; a TUN device has nothing to switch off."""
        (link,) = (its.link for its in self.facts.interfaces if its.name == name)
        if self.abilities.tun and self.internet.links[link].kind == SLIP:
            return []
        return [f"ethtool -K {name} {OFFLOADS} >/dev/null"]

    def _run_script(self, script: str) -> str:
        process = self.popen(["sh", "-e"], stdin=subprocess.PIPE, stderr=subprocess.STDOUT)
        output, _ = process.communicate(script.encode())
        if process.returncode != 0:
            raise RuntimeError(f"{self.name}: can't be configured: {output.decode().strip()}")
        return str(output.decode())

    def _compare(self, values: list[str]) -> None:
        """Every sysctl must read back as it was written."""
        for (name, wanted), got in zip(self.settings.sysctls.items(), values, strict=True):
            if got != wanted:
                raise RuntimeError(f"{self.name}: {name} reads {got!r} after {wanted!r} was set")


def _file_of(sysctl: str) -> str:
    return f"/proc/sys/{sysctl.replace('.', '/')}"


def _with_input(command: str, lines: list[str]) -> str:
    return "\n".join([f"{command} <<'END'", *lines, "END"]) if lines else ""
