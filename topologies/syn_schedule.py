"""SYN timers of the Berkeley systems: which kernel settings stand behind them.

The kernel retries a SYN at even steps, and the firewall lets out only those retries that the
system would have sent. So a gap is a whole number of steps, and the length of a step matters.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from topologies.abilities import Abilities
from topologies.personalities import Personality

FIRST_TIMEOUT_MS = 1000  # Linux's initial retransmission timeout (RFC 6298, 2.1)

# What tcp_rto_max_ms makes, at HZ 100, 250, 300 and 1000: steps of 1.6 s at each of them (15 of
# them are 24 s); 1.52, 1.504, 1.493 and 1.536 s; 1.2, 1.184, 1.2 and 1.216 s. Each is the least
# value that does, so that a timer may be late by most of a granule and the step stays the same.
CAPS_MS = (1572, 1475, 1180)

# The book's captures and the free-running 500 ms clock behind them: 5.5 to 6.0 s, then whole ones.
FIRST_GAP_MS = (5500, 6000)
TOLERANCE_MS = 150


@dataclass(frozen=True, slots=True)
class SynSchedule:
    """The kernel retries every `step_ms`, by `sysctls`; the firewall lets a SYN out at `gaps_ms`.

    gaps_ms is what will be on the wire, each a whole number of steps. exact: whether those are the
    system's own gaps, within the tolerance.
    """

    sysctls: dict[str, str]
    step_ms: float
    gaps_ms: tuple[float, ...]
    exact: bool


def syn_schedule(personality: Personality, abilities: Abilities) -> SynSchedule | None:
    """The kernel's retry series nearest to a SYN schedule; None if none is wanted, or has no means.

    Since Linux 6.15 the retransmission timer can be capped, and doubles no further. Since 6.5 the
    first timeouts can be linear: a SYN about each second.
    """
    if not personality.syn_timers or not personality.syn_gaps_s or not abilities.nftables:
        return None
    candidates = _candidates(personality, abilities)
    return min(candidates, key=lambda one: _deviation_ms(personality, one), default=None)


def _candidates(personality: Personality, abilities: Abilities) -> Iterator[SynSchedule]:
    if abilities.rto_max:
        for cap_ms in CAPS_MS:
            series = {"tcp_rto_max_ms": str(cap_ms), "tcp_syn_linear_timeouts": "0"}
            yield _schedule(personality, series, cap_ms, abilities.hz)
    elif abilities.syn_linear_timeouts:
        series = {"tcp_syn_linear_timeouts": "120"}
        yield _schedule(personality, series, FIRST_TIMEOUT_MS, abilities.hz)


def _schedule(
    personality: Personality, series: dict[str, str], timeout_ms: int, hz: int
) -> SynSchedule:
    first_ms, step_ms = fires_after_ms(FIRST_TIMEOUT_MS, hz), fires_after_ms(timeout_ms, hz)
    first_gap_ms = first_ms + step_ms * round((sum(FIRST_GAP_MS) / 2 - first_ms) / step_ms)
    _, *later_s = personality.syn_gaps_s or ()
    gaps_ms = [first_gap_ms, *(step_ms * round(gap * 1000 / step_ms) for gap in later_s)]
    retries = round((personality.connect_gives_up_s * 1000 - first_ms) / step_ms)
    sysctls = {f"net.ipv4.{name}": value for name, value in series.items()}
    sysctls["net.ipv4.tcp_syn_retries"] = str(retries)
    found = SynSchedule(sysctls, step_ms, tuple(gaps_ms), exact=False)
    return replace(found, exact=_deviation_ms(personality, found) <= TOLERANCE_MS)


def fires_after_ms(timeout_ms: int, hz: int) -> float:
    """How long a kernel timer takes that is set again and again, each time when it fires.

    The timer wheel (kernel/time/timer.c) rounds an expiry up to its level's granule: 1, 8 or 64
    ticks for timeouts below 63, 504 and 4032 ticks.
    """
    ticks = -(-timeout_ms * hz // 1000)
    granule = 1 if ticks < 63 else 8 if ticks < 504 else 64
    return (ticks // granule + 1) * granule * 1000 / hz
