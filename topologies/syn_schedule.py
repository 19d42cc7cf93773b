"""SYN timers of the Berkeley systems: which kernel settings stand behind them."""

from dataclasses import dataclass

from topologies.abilities import Abilities
from topologies.personalities import Personality

FIRST_TIMEOUT_MS = 1000  # Linux's initial retransmission timeout (RFC 6298, 2.1)


@dataclass(frozen=True, slots=True)
class SynSchedule:
    """The kernel retries every `step_ms`, by `sysctls`; the firewall lets a SYN out at `gaps_s`."""

    sysctls: dict[str, str]
    step_ms: int
    gaps_s: tuple[int, ...]


def syn_schedule(personality: Personality, abilities: Abilities) -> SynSchedule | None:
    """The kernel's retry series behind a SYN schedule; None if none is wanted, or has no means.

    Since Linux 6.15 the retransmission timer can be capped, here at 1.5 s: SYNs after 1.0, 2.5,
    4.0, 5.5 s, and so on. Since 6.5 the first timeouts can be linear: a SYN each second.
    """
    if not personality.syn_timers or not personality.syn_gaps_s or not abilities.nftables:
        return None
    if abilities.rto_max:
        step_ms = 1500
        series = {"tcp_rto_max_ms": str(step_ms), "tcp_syn_linear_timeouts": "0"}
    elif abilities.syn_linear_timeouts:
        step_ms = 1000
        series = {"tcp_syn_linear_timeouts": "120"}
    else:
        return None
    retries = (personality.connect_gives_up_s * 1000 - FIRST_TIMEOUT_MS) // step_ms
    series["tcp_syn_retries"] = str(retries)
    sysctls = {f"net.ipv4.{name}": value for name, value in series.items()}
    return SynSchedule(sysctls, step_ms, personality.syn_gaps_s)
