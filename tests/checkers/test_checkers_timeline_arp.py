"""ARP packets in a time line: figure 18.7's half-open connection."""

import re

import pytest
from msgspec.structs import replace

from captures.reader import parse as read
from checkers.errors import TimelineError
from checkers.evidence import Evidence, Vantage
from checkers.finding import Finding
from checkers.timeline_check import timeline
from checkers.timeline_parse import parse
from checkers.timeline_write import write
from checkers.verdict import Verdict
from tests.captures import frames
from tests.checkers.checkers_samples import (
    ADDRESSES,
    FIGURES,
    NAMES,
    POINT,
    from_listing,
    sample_run,
    segments,
)

FIGURE = (FIGURES / "18.7-half-open.txt").read_text()
WHO_HAS = "arp who-has bsdi tell svr4"
REPLY = "arp reply bsdi is-at 0:0:c0:6f:2d:40"
EXPECTED = f"""\
bsdi.$c > svr4.discard: S $J:$J(0)
svr4.discard > bsdi.$c: S $K:$K(0) ack $J+1
bsdi.$c > svr4.discard: . ack $K+1
bsdi.$c > svr4.discard: P $J+1:$a($n) ack $K+1
svr4.discard > bsdi.$c: . ack $a
bsdi.$c > svr4.discard: P $a:$b($m) ack $K+1
+0~1s {WHO_HAS}
+0~1s {REPLY}
svr4.discard > bsdi.$c: R $K+1:$K+1(0)
"""
OPTIONAL = EXPECTED.replace(f"+0~1s {WHO_HAS}", f"optional {{\n {WHO_HAS}\n}}")


def lines() -> list[str]:
    """The figure's lines without the gaps, which would be wrong where a line is left out."""
    return re.sub(r"\(\d+\.\d+\) ", "", FIGURE).splitlines()


def found(listing: str, text: str = EXPECTED) -> Finding:
    (finding,) = timeline(from_listing(listing), POINT, text).findings
    return finding


def with_arps_as_pcap(*arps: tuple[int, str, str, str]) -> Evidence:
    """The figure as a run's pcap; before the reset come these ARP packets."""
    *before, reset = segments(FIGURE)
    packets = [frames.ethernet(frames.segment_packet(each)) for each in before]
    packets += [
        frames.ethernet(frames.arp(operation, ADDRESSES[sender], ADDRESSES[target], ether), 0x0806)
        for operation, sender, target, ether in arps
    ]
    packets.append(frames.ethernet(frames.segment_packet(reset)))
    capture = read(frames.pcap(packets))
    return Evidence({POINT: Vantage(POINT, capture)}, NAMES, sample_run())


SVR4, BSDI = "00:00:c0:c2:9b:26", "00:00:c0:6f:2d:40"


def test_the_figure_with_its_arp() -> None:
    finding = found(FIGURE)
    assert (finding.verdict, finding.frames) == (Verdict.PASS, tuple(range(1, 10)))


def test_arp_packets_without_a_line_are_passed_over() -> None:
    assert found(FIGURE, EXPECTED.replace(f"+0~1s {WHO_HAS}\n", "")).verdict is Verdict.PASS
    none = "".join(line for line in EXPECTED.splitlines(True) if "arp" not in line)
    assert found(FIGURE, none).verdict is Verdict.PASS


def test_in_a_pcap_with_other_arp_packets_around() -> None:
    evidence = with_arps_as_pcap(
        (1, "bsdi", "svr4", BSDI),
        (2, "svr4", "bsdi", SVR4),
        (1, "svr4", "sun", SVR4),
        (1, "svr4", "bsdi", SVR4),
        (2, "bsdi", "svr4", BSDI),
        (1, "sun", "bsdi", SVR4),
    )
    (finding,) = timeline(evidence, POINT, EXPECTED).findings
    assert (finding.verdict, finding.frames) == (Verdict.PASS, (1, 2, 3, 4, 5, 6, 10, 11, 13))


@pytest.mark.parametrize("missing", [7, 8])
def test_a_required_arp_packet(missing: int) -> None:
    listing = lines()
    del listing[missing - 1]
    finding = found("\n".join(listing))
    assert finding.verdict is Verdict.FAIL
    assert finding.subject == f"segment {missing} (line {missing} of the time line)"
    assert finding.expected == f"'{(WHO_HAS, REPLY)[missing - 7]}'"
    assert finding.observed.endswith("differs in protocol")


def test_an_optional_arp_packet() -> None:
    listing = lines()
    assert found(FIGURE, OPTIONAL).verdict is Verdict.PASS
    del listing[6]
    assert found("\n".join(listing), OPTIONAL).verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("0:0:c0:6f:2d:40", "0:0:c0:6f:2d:41", "ether"),
        ("reply bsdi", "reply sun", "sender"),
        ("tell svr4", "tell sun", "sender"),
        ("who-has bsdi", "who-has sun", "target"),
    ],
)
def test_the_field_that_differs_is_named(old: str, new: str, field: str) -> None:
    finding = found(FIGURE.replace(old, new))
    assert finding.verdict is Verdict.FAIL
    assert new in finding.observed
    assert finding.observed.endswith(f"differs in {field}")


def test_the_arp_comes_in_its_place_or_not_at_all() -> None:
    one, *rest = lines()
    request = rest.pop(5)
    reset = rest.pop()
    late = [one, *rest, reset, request.replace("7 194.914957", "10 194.92")]
    assert found("\n".join(late)).verdict is Verdict.FAIL


def test_its_gap_counts() -> None:
    finding = found(FIGURE, EXPECTED.replace(f"+0~1s {REPLY}", f"+1~2s {REPLY}"))
    assert (finding.verdict, finding.frames) == (Verdict.FAIL, (7, 8))
    assert finding.expected == "a gap of +1~2s (1.000000 s to 2.000000 s)"


def test_a_capture_with_drops_may_lack_it() -> None:
    evidence = with_arps_as_pcap((1, "svr4", "bsdi", SVR4))
    vantage = replace(evidence.vantages[POINT], drops=1)
    dropped = replace(evidence, vantages={POINT: vantage})
    assert timeline(evidence, POINT, EXPECTED).findings[0].verdict is Verdict.FAIL
    assert timeline(dropped, POINT, EXPECTED).findings[0].verdict is Verdict.INCONCLUSIVE


@pytest.mark.parametrize("text", [EXPECTED, OPTIONAL])
def test_written_and_read_again(text: str) -> None:
    assert parse(write(parse(text))) == parse(text)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("arp", "expected who-has or reply"),
        ("arp who-has bsdi", "expected tell"),
        ("arp who-has bsdi tell svr4 now", "or the end of the line"),
        ("arp reply bsdi is-at home", "expected an Ethernet address such as 0:0:c0:6f:2d:40"),
        ("arp reply bsdi 0:0:c0:6f:2d:40", "expected is-at"),
    ],
)
def test_mistakes(line: str, message: str) -> None:
    with pytest.raises(TimelineError, match=f"line 2, column .*{message}"):
        parse(f"bsdi.$c > svr4.discard: S $J:$J(0)\n{line}\n")
