"""The nftables rules of one host: what sysctls and route metrics can't say on the wire."""

from collections.abc import Iterator

from topologies.abilities import TELNET_GROUP
from topologies.personalities import Personality
from topologies.syn_schedule import SynSchedule

PAIR = "ip daddr . tcp sport . tcp dport"
LONGEST_CONNECT_S = 100


def ruleset(personality: Personality, schedule: SynSchedule | None) -> str:
    """The rules for what this host itself sends, as `nft -f` reads them; "" if none is needed."""
    rules = list(_rules(personality, schedule))
    if not rules:
        return ""
    return "\n".join(
        [
            "table ip personality {",
            "  set telnets { type inet_service; flags dynamic,timeout; timeout 1h; }",
            *(_schedule(schedule) if schedule else ()),
            "  chain output {",
            "    type filter hook output priority mangle; policy accept;",
            *(f"    {rule}" for rule in rules),
            "  }",
            "}",
            "",
        ]
    )


def _rules(personality: Personality, schedule: SynSchedule | None) -> Iterator[str]:
    if personality.window:
        # Linux announces multiples of the MSS only: the route asks for the next one, this caps it.
        window = personality.window
        yield f"tcp window > {window} tcp window set {window}"
    if not personality.mss_option:
        yield "tcp flags syn reset tcp option maxseg"
    if personality.telnet_tos is not None:
        # The socket has a group only while telnet owns it; its port tells the later segments.
        yield f"meta skgid {TELNET_GROUP} tcp flags syn update @telnets {{ tcp sport }}"
        yield f"tcp sport @telnets ip dscp set {personality.telnet_tos >> 2:#x}"
    if schedule:
        yield "tcp flags & (fin | syn | rst | ack) == syn jump syn_schedule"


def _schedule(schedule: SynSchedule) -> Iterator[str]:
    """Sets and a chain that drop each SYN that the system would not send yet.

    `sent_N` holds the connections whose Nth SYN went out, `not_yet_due` those that wait. A wait
    ends one second before the gap does: the kernel's next retry is then the one on time.
    """
    last = len(schedule.gaps_s)
    for number in range(1, last + 1):
        yield _set(f"sent_{number}", LONGEST_CONNECT_S)
    yield _set("not_yet_due", LONGEST_CONNECT_S)
    yield "  chain syn_schedule {"
    yield f"    {PAIR} @not_yet_due drop"
    yield f"    {PAIR} @sent_{last} accept"
    for number in range(last - 1, 0, -1):
        yield f"    {PAIR} @sent_{number} {_wait(schedule.gaps_s[number])} {_sent(number + 1)}"
    yield f"    {_wait(schedule.gaps_s[0])} {_sent(1)}"
    yield "  }"


def _set(name: str, timeout_s: int) -> str:
    return f"  set {name} {{ typeof {PAIR}; flags dynamic,timeout; timeout {timeout_s}s; }}"


def _wait(gap_s: int) -> str:
    return f"update @not_yet_due {{ {PAIR} timeout {gap_s - 1}s }}"


def _sent(number: int) -> str:
    return f"add @sent_{number} {{ {PAIR} }} accept"
