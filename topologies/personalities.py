"""How each system's TCP looks on the wire, as facts.

Sources: TCP/IP Illustrated, Volume 1: announced MSS 18.4, SYN timers 18.3 and 18.11, accept queues
18.11, TOS of telnet 18.3, options of 4.4BSD 18.10. None means: the book doesn't tell, so Linux's
own behaviour stays.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

from topologies.internet import TopologyError

BERKELEY_PORTS = (1024, 5000)  # first and last ephemeral port of the Berkeley systems


@dataclass(frozen=True, slots=True)
class Personality:
    """One system's TCP.

    mss_local, mss_nonlocal: bytes announced to hosts of the own class B network, and to others;
    never above the outgoing MTU - 40. mss_option: False leaves the option out of every SYN.
    end_of_list: its SYNs pad SACK-permitted with zeros behind it instead of NOPs before it; only
    without timestamps. window: bytes. telnet_tos: the TOS byte of what telnet sends.
    ephemeral_ports: first and last.
    syn_gaps_s: seconds between one SYN and the next. connect_gives_up_s: seconds until connect()
    fails. syn_timers: whether a lab wants that schedule (it slows all retransmission of the host).
    accept_queue: `bsd`, `solaris` or `linux`; the program sock applies it to its backlog.
    fin_wait_2_s: seconds until a closed socket leaves FIN_WAIT_2 by itself.
    """

    system: str
    mss_local: int | None = None
    mss_nonlocal: int | None = None
    mss_option: bool = True
    window: int | None = None
    sack: bool = False
    end_of_list: bool = False
    timestamps: bool = False
    window_scaling: bool = False
    path_mtu_discovery: bool = False
    telnet_tos: int | None = None
    ephemeral_ports: tuple[int, int] | None = None
    syn_gaps_s: tuple[int, ...] | None = None
    connect_gives_up_s: int = 75
    syn_timers: bool = False
    accept_queue: str = "linux"
    fin_wait_2_s: int | None = None


_SYSTEMS = (
    Personality(
        "BSD/386 1.0",
        mss_local=1024,
        mss_nonlocal=512,
        window=4096,
        telnet_tos=0x10,
        ephemeral_ports=BERKELEY_PORTS,
        syn_gaps_s=(6, 24, 48),
        accept_queue="bsd",
    ),
    Personality(
        "SVR4",
        mss_local=1024,
        mss_nonlocal=536,
        window=4096,
        telnet_tos=0,
        ephemeral_ports=BERKELEY_PORTS,
    ),
    Personality(
        "SunOS 4.1.3",
        mss_local=1460,
        mss_nonlocal=536,
        window=4096,
        telnet_tos=0,
        ephemeral_ports=BERKELEY_PORTS,
        syn_gaps_s=(6, 12, 24),
        accept_queue="bsd",
    ),
    Personality(
        "Solaris 2.2",
        mss_local=1460,
        mss_nonlocal=536,
        path_mtu_discovery=True,
        accept_queue="solaris",
    ),
    Personality("AIX 3.2.2", mss_local=1460, mss_nonlocal=512),
    Personality("4.4BSD", mss_nonlocal=512, window=8192),
    Personality(
        "4.4BSD-rfc1323",
        mss_nonlocal=512,
        window=8192,
        timestamps=True,
        window_scaling=True,
    ),
    Personality(
        "Linux",
        sack=True,
        timestamps=True,
        window_scaling=True,
        path_mtu_discovery=True,
    ),
)
SYSTEMS = {personality.system: personality for personality in _SYSTEMS}

# What a lab may say of a host beside its system.
OVERRIDES = {field.name for field in fields(Personality)} - {"system"}


def personality(system: str, overrides: Mapping[str, object] | None = None) -> Personality:
    """The personality of a system, with a lab's overrides.

    Raises TopologyError for an unknown system or override.
    """
    if system not in SYSTEMS:
        raise TopologyError(f"unknown system {system!r}: the systems are {', '.join(SYSTEMS)}")
    for override in overrides or {}:
        if override not in OVERRIDES:
            raise TopologyError(
                f"unknown override {override!r}: a host takes {', '.join(sorted(OVERRIDES))}"
            )
    return replace(SYSTEMS[system], **(overrides or {}))  # type: ignore[arg-type]
