"""Named retransmission schedules: the gaps between transmissions of one segment.

Sources: TCP/IP Illustrated 18.3 and 18.11 (BSD's and SunOS's SYNs); RFC 6298, 2.1 and 5.5, and
Linux's tcp_syn_linear_timeouts (Documentation/networking/ip-sysctl.rst).
"""

from collections.abc import Sequence
from typing import NamedTuple

from checkers.evidence import Evidence
from checkers.words import ScheduleName

SECOND_NS = 1_000_000_000

# A busy machine's timers are late, never early.
LATE_NS = 250_000_000

BERKELEY_EARLY_NS = 150_000_000  # later timers of a 500 ms clock, as emulated
# Up to 32 kernel timers stand behind an emulated one, each set when the one before has fired.
BERKELEY_LATE_NS = 1_000_000_000
FIRST_NS = (5_500_000_000, 6_000_000_000)  # 12 ticks of that clock, which runs freely

LINUX_EARLY_NS = 50_000_000
LINUX_EARLY_DIVISOR = 8

SMALLEST_RTO_NS = 200_000_000  # Linux's; RFC 6298, 2.4 would have 1 s

LINEAR_TIMEOUTS = 4  # Linux's own tcp_syn_linear_timeouts
SYN_RETRIES = 6  # Linux's own tcp_syn_retries
LINEAR = "net.ipv4.tcp_syn_linear_timeouts"


class Interval(NamedTuple):
    """A gap and its tolerance, in ns, both ends included; `text` in seconds."""

    low_ns: int
    high_ns: int
    text: str


class Schedule(NamedTuple):
    """gaps: one for each retransmission, as many as there may be. None: doubling."""

    name: str
    gaps: tuple[Interval, ...] | None

    def gap(self, place: int, before_ns: int | None) -> Interval | None:
        """Gap `place` (from 0), where the one before was `before_ns`; None behind the last."""
        if self.gaps is not None:
            return self.gaps[place] if place < len(self.gaps) else None
        if before_ns is None:
            return Interval(SMALLEST_RTO_NS, 120 * SECOND_NS, "0.2 s or more")
        return _linux(2 * before_ns)


def _berkeley(*gaps_s: int) -> tuple[Interval, ...]:
    first = Interval(FIRST_NS[0], FIRST_NS[1] + LATE_NS, "5.5 to 6.0 s")
    return (first, *(_later(gap_s * SECOND_NS) for gap_s in gaps_s))


def _later(gap_ns: int) -> Interval:
    low_ns, high_ns = gap_ns - BERKELEY_EARLY_NS, gap_ns + BERKELEY_LATE_NS
    return Interval(low_ns, high_ns, f"{gap_ns / SECOND_NS:.1f} s")


def _linux(gap_ns: int) -> Interval:
    early_ns = max(LINUX_EARLY_NS, gap_ns // LINUX_EARLY_DIVISOR)
    text = f"{gap_ns / SECOND_NS:.1f} s"
    return Interval(gap_ns - early_ns, gap_ns + early_ns + LATE_NS, text)


def linear(timeouts: int, retries: int) -> tuple[Interval, ...]:
    """Linux's gaps between SYNs: 1 s for each linear timeout, then 1 s, doubled each time."""
    seconds = [1] * timeouts + [min(1 << place, 120) for place in range(retries)]
    return tuple(_linux(gap_s * SECOND_NS) for gap_s in seconds)


BSD = Schedule("bsd", _berkeley(24, 48))
SUNOS = Schedule("sunos", _berkeley(12, 24))
LINUX_EXPONENTIAL = Schedule("linux-exponential", linear(0, SYN_RETRIES))
LINUX_LINEAR = Schedule("linux-linear", linear(LINEAR_TIMEOUTS, SYN_RETRIES))
DOUBLING = Schedule("doubling", None)
FIXED = {each.name: each for each in (BSD, SUNOS, LINUX_EXPONENTIAL, LINUX_LINEAR, DOUBLING)}

# Stands for what the client's sysctls say.
LINUX = "linux"


def schedule(name: ScheduleName, evidence: Evidence, client: str) -> Schedule | None:
    """The schedule of this name for a client; None where run.json doesn't tell its sysctls.

    A kernel without tcp_syn_linear_timeouts (before 6.5) has no linear timeouts. Other numbers than
    Linux's own are a claim that nothing confirms: they don't count as told.
    """
    retries = _sysctl(evidence, client, "net.ipv4.tcp_syn_retries", (SYN_RETRIES,))
    timeouts = _sysctl(evidence, client, LINEAR, (0, LINEAR_TIMEOUTS))
    if timeouts is None and evidence.sysctl(client, LINEAR) is not None:
        retries = None
    if name == LINUX_LINEAR.name and timeouts is not None:
        return Schedule(name, linear(timeouts, retries or SYN_RETRIES))
    if name != LINUX:
        return FIXED[name]
    if retries is None:
        return None
    kind = LINUX_LINEAR if timeouts else LINUX_EXPONENTIAL
    return Schedule(kind.name, linear(timeouts or 0, retries))


def _sysctl(evidence: Evidence, host: str, name: str, own: Sequence[int]) -> int | None:
    """The setting, if it is one of Linux's own; else None."""
    value = evidence.sysctl(host, name)
    return next((each for each in own if str(each) == value), None)


class Misfit(NamedTuple):
    """Gap `place` (from 0) isn't the schedule's; expected None: there is no such gap."""

    place: int
    expected: Interval | None


def misfit(one: Schedule, gaps_ns: Sequence[int]) -> Misfit | None:
    """The first gap that isn't the schedule's; None where all are."""
    for place, gap_ns in enumerate(gaps_ns):
        expected = one.gap(place, gaps_ns[place - 1] if place else None)
        if expected is None or not expected.low_ns <= gap_ns <= expected.high_ns:
            return Misfit(place, expected)
    return None
