"""The nftables rules of one host: what sysctls and route metrics can't say on the wire."""

from collections.abc import Iterator

from topologies.abilities import TELNET_GROUP
from topologies.personalities import Personality
from topologies.syn_schedule import SynSchedule

# The ISN tells a new connection from a retried SYN of the same socket pair.
CONNECTION = "ip daddr . tcp sport . tcp dport . tcp sequence"
LONGEST_CONNECT_S = 100

# The words behind a SYN's MSS option are, from Linux, <nop,nop,timestamp,...> and <nop,wscale 0>;
# 4.4BSD sends them the other way round. The same words in another order have the same checksum.
TIMESTAMP, WSCALE = "0x0101080a", "0x01030300"
WSCALE_FIRST = (
    f"tcp flags syn @th,192,32 {TIMESTAMP} @th,288,32 {WSCALE}"
    " @th,288,32 set @th,256,32 @th,256,32 set @th,224,32"
    f" @th,224,32 set {TIMESTAMP} @th,192,32 set {WSCALE}"
)


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


def wscale_goes_first(personality: Personality) -> bool:
    """Whether the system's SYN has the options of 4.4BSD (RFC 1323), in another order than here."""
    return personality.timestamps and personality.window_scaling and not personality.sack


def _rules(personality: Personality, schedule: SynSchedule | None) -> Iterator[str]:
    if personality.window:
        # Linux announces multiples of the MSS only: the route asks for the next one, this caps it.
        window = personality.window
        yield f"tcp window > {window} tcp window set {window}"
    if not personality.mss_option:
        yield "tcp flags syn reset tcp option maxseg"
    if wscale_goes_first(personality):
        yield WSCALE_FIRST
    if personality.end_of_list:
        # Behind the MSS option stand NOP, NOP, SACK-permitted: SACK-permitted, end of list, 0.
        syn = "tcp flags syn tcp option maxseg exists"
        yield f"{syn} @th,192,32 0x01010402 @th,192,32 set 0x04020000"
    if personality.telnet_tos is not None:
        # The socket has a group only while telnet owns it; its port tells the later segments.
        yield "tcp flags syn delete @telnets { tcp sport }"
        yield f"meta skgid {TELNET_GROUP} tcp flags syn update @telnets {{ tcp sport }}"
        yield f"tcp sport @telnets ip dscp set {personality.telnet_tos >> 2:#x}"
    if schedule:
        yield "tcp flags & (fin | syn | rst | ack) == syn jump syn_schedule"


def _schedule(schedule: SynSchedule) -> Iterator[str]:
    """Sets and a chain that drop each SYN that the system would not send yet, or no longer.

    `sent_N` holds the connections whose Nth SYN went out, `not_yet_due` those that wait. A wait
    ends half a step before the gap does: the kernel's next retry is then the one on time.
    """
    waits = [_wait(gap_ms - schedule.step_ms / 2) for gap_ms in schedule.gaps_ms]
    last = len(waits) + 1
    for number in range(1, last + 1):
        yield _set(f"sent_{number}", LONGEST_CONNECT_S)
    yield _set("not_yet_due", LONGEST_CONNECT_S)
    yield "  chain syn_schedule {"
    yield f"    {CONNECTION} @not_yet_due drop"
    yield f"    {CONNECTION} @sent_{last} drop"
    yield f"    {CONNECTION} @sent_{last - 1} {_sent(last)}"
    for number in range(last - 2, 0, -1):
        yield f"    {CONNECTION} @sent_{number} {waits[number]} {_sent(number + 1)}"
    yield f"    {waits[0]} {_sent(1)}"
    yield "  }"


def _set(name: str, timeout_s: int) -> str:
    return f"  set {name} {{ typeof {CONNECTION}; flags dynamic,timeout; timeout {timeout_s}s; }}"


def _wait(wait_ms: float) -> str:
    return f"update @not_yet_due {{ {CONNECTION} timeout {wait_ms:.0f}ms }}"


def _sent(number: int) -> str:
    return f"add @sent_{number} {{ {CONNECTION} }} accept"
