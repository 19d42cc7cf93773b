"""SYN timers of the Berkeley systems: which kernel settings stand behind them.

The kernel retries a SYN at even steps, and the firewall lets out only those retries that the
system would have sent. So a gap is a whole number of steps, and a step must have the right length.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from topologies.abilities import Abilities
from topologies.personalities import Personality

FIRST_TIMEOUT_MS = 1000  # Linux's initial retransmission timeout (RFC 6298, 2.1)

# What tcp_rto_max_ms makes, at HZ 100, 250, 300 and 1000: steps of 1.6 s at each of them (15 of
# them are 24 s); 1.52, 1.504, 1.493 and 1.536 s; 1.2, 1.184, 1.2 and 1.216 s. Each leaves 10 to
# 20 ms to the end of the granule: a timer may fire so late, and the next is on time again.
CAPS_MS = (1580, 1480, 1190)

# tcp_syn_retries, and the doubled timeouts that are left of them behind the linear ones: the
# kernel gives up at the first timeout after 63 s, which is what 5 retries take by themselves.
LINEAR_RETRIES = 5
DOUBLED_MS = (2000, 4000, 8000, 16000)

# A system's first SYN timer is 12 ticks of a free-running 500 ms clock, so it fires after 5.5 to
# 6.0 s (TCP/IP Illustrated, section 18.3); the later ones are whole ticks.
FIRST_GAP_MS, FIRST_TOLERANCE_MS = 5750, 250
TOLERANCE_MS = 150


@dataclass(frozen=True, slots=True)
class SynSchedule:
    """The kernel retries every `step_ms`, by `sysctls`; the firewall lets a SYN out at `gaps_ms`.

    gaps_ms: what will be on the wire, in the order of the system's own gaps. gives_up_ms: when
    connect() fails. exact: whether each gap is the system's own, within the tolerance.
    """

    sysctls: dict[str, str]
    step_ms: float
    gaps_ms: tuple[float, ...]
    gives_up_ms: float
    exact: bool


def syn_schedule(personality: Personality, abilities: Abilities) -> SynSchedule | None:
    """The kernel's retry series nearest to a SYN schedule; None if none is wanted, or has no means.

    Since Linux 6.15 the retransmission timer can be capped, and then doubles no further. Since 6.5
    the first timeouts can be linear: a SYN about each second.
    """
    if not personality.syn_timers or not personality.syn_gaps_s or not abilities.nftables:
        return None
    if abilities.rto_max:
        schedules = [_capped(personality, cap_ms, abilities.hz) for cap_ms in CAPS_MS]
        return min(schedules, key=lambda one: _deviation(personality, one.gaps_ms))
    return _linear(personality, abilities.hz) if abilities.syn_linear_timeouts else None


def _capped(personality: Personality, cap_ms: int, hz: int) -> SynSchedule:
    """A step is the capped timeout.

    The kernel gives up by count, and also by time: `retries` times the cap after the first timeout.
    So that time must come between the last two retries.
    """
    first_ms, step_ms = fires_after_ms(FIRST_TIMEOUT_MS, hz), fires_after_ms(cap_ms, hz)
    steps = round((personality.connect_gives_up_s * 1000 - first_ms) / step_ms)
    gives_up_ms = first_ms + steps * step_ms
    latest_ms = gives_up_ms - step_ms / 4 - FIRST_TIMEOUT_MS
    sysctls = {
        "net.ipv4.tcp_rto_max_ms": str(cap_ms),
        "net.ipv4.tcp_syn_linear_timeouts": "0",
        "net.ipv4.tcp_syn_retries": str(max(steps, int(latest_ms / cap_ms))),
    }
    return _schedule(personality, sysctls, first_ms, step_ms, gives_up_ms)


def _linear(personality: Personality, hz: int) -> SynSchedule:
    """A step is the first timeout again and again; at the end come a few doubled ones."""
    step_ms = fires_after_ms(FIRST_TIMEOUT_MS, hz)
    doubled_ms = sum(fires_after_ms(timeout_ms, hz) for timeout_ms in DOUBLED_MS)
    steps = round((personality.connect_gives_up_s * 1000 - doubled_ms) / step_ms)
    sysctls = {
        "net.ipv4.tcp_syn_linear_timeouts": str(steps - 1),
        "net.ipv4.tcp_syn_retries": str(LINEAR_RETRIES),
    }
    return _schedule(personality, sysctls, step_ms, step_ms, steps * step_ms + doubled_ms)


def _schedule(
    personality: Personality,
    sysctls: dict[str, str],
    first_ms: float,
    step_ms: float,
    gives_up_ms: float,
) -> SynSchedule:
    (first_gap_ms, _), *later = _wanted(personality)
    gaps_ms = (
        first_ms + _nearest(first_gap_ms - first_ms, step_ms),
        *(_nearest(gap_ms, step_ms) for gap_ms, _ in later),
    )
    exact = _deviation(personality, gaps_ms) <= 1
    return SynSchedule(sysctls, step_ms, gaps_ms, gives_up_ms, exact)


def fires_after_ms(timeout_ms: int, hz: int) -> float:
    """How long a kernel timer takes that is set anew whenever it fires.

    The timer wheel (Linux, kernel/time/timer.c) rounds up to granules of 1, 8, 64 or 512 ticks,
    for timeouts below 63, 504, 4032 and 32256 ticks.
    """
    ticks = math.ceil(timeout_ms * hz / 1000)
    granule = next(granule for granule in (1, 8, 64, 512) if ticks < 63 * granule)
    return (ticks // granule + 1) * granule * 1000 / hz


def _wanted(personality: Personality) -> list[tuple[int, int]]:
    """Each gap of the system and its tolerance, ms."""
    _, *later_s = personality.syn_gaps_s or ()
    return [(FIRST_GAP_MS, FIRST_TOLERANCE_MS), *((gap * 1000, TOLERANCE_MS) for gap in later_s)]


def _nearest(gap_ms: float, step_ms: float) -> float:
    return step_ms * round(gap_ms / step_ms)


def _deviation(personality: Personality, gaps_ms: Sequence[float]) -> float:
    """How far the worst gap is off, in tolerances."""
    pairs = zip(_wanted(personality), gaps_ms, strict=True)
    return max(abs(got - wanted) / tolerance for (wanted, tolerance), got in pairs)
