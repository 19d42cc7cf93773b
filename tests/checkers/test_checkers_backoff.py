"""The check `backoff`: schedules, near misses on either side, and what can't tell."""

from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from captures.segment import ACK, FIN, PSH, RST, SYN, Endpoint, Segment
from checkers.backoff import backoff
from checkers.evidence import Evidence, Vantage
from checkers.finding import Finding, Outcome
from checkers.schedules import linear
from checkers.verdict import Verdict
from checkers.words import ScheduleName
from tests.checkers.checkers_samples import (
    ADDRESSES,
    POINT,
    changed,
    degraded,
    figure,
    ran,
    without,
)

CLIENT, SERVER = Endpoint(ADDRESSES["bsdi"], 1024), Endpoint(ADDRESSES["svr4"], 9)
SYN_RETRIES = "net.ipv4.tcp_syn_retries"
LINEAR = "net.ipv4.tcp_syn_linear_timeouts"


def sent(*gaps_s: float, flags: int = SYN, payload: int = 0) -> list[Segment]:
    """A segment of the client's, sent again after each of these gaps."""
    times_s = [sum(gaps_s[:place]) for place in range(len(gaps_s) + 1)]
    return [
        Segment(
            frame=number,
            time_ns=round(time_s * 1e9),
            source=CLIENT,
            destination=SERVER,
            flags=flags,
            seq=1000,
            ack=5000 if flags & ACK else None,
            payload=payload,
            window=4096,
            options=(),
            tos=0,
        )
        for number, time_s in enumerate(times_s, 1)
    ]


def checked(evidence: Evidence, schedule: ScheduleName, **parameters: object) -> Outcome:
    return backoff(evidence, POINT, "bsdi", "svr4.discard", schedule, **parameters)  # type: ignore[arg-type]


def series(gaps_s: Sequence[float], schedule: ScheduleName) -> Finding:
    (finding,) = checked(ran(sent(*gaps_s)), schedule).findings
    return finding


def test_the_figure_is_bsd() -> None:
    outcome = checked(figure("18.3-timeout"), "bsd", retransmissions=2, only=True)
    assert [each.verdict for each in outcome.findings] == [Verdict.PASS] * 2
    assert outcome.findings[0].frames == (1, 2, 3)
    told = outcome.findings[0].observed
    assert told.startswith("gaps of 5.815, 24.001 s: bsd fits; sunos: gap 2 would be 12.0 s;")
    assert "linux-exponential: gap 1 would be 1.0 s" in told


def test_the_figure_is_no_other() -> None:
    (finding,) = checked(figure("18.3-timeout"), "sunos").findings
    assert (finding.verdict, finding.subject, finding.frames) == (Verdict.FAIL, "gap 2", (2, 3))
    assert finding.expected == "12.0 s (11.850 to 13.000) by sunos"
    assert finding.observed == "24.001 s; bsd would fit"


def test_the_incoming_queue_figure_is_sunos() -> None:
    evidence = figure("18.11-incoming-queue")
    outcome = backoff(evidence, POINT, "sun.1092", "bsdi.7777", "sunos", retransmissions=3)
    assert outcome.verdict is Verdict.PASS


RIGHT: list[tuple[ScheduleName, list[float]]] = [
    ("bsd", [5.5, 24.0]),
    ("bsd", [6.0, 24.0, 48.0]),
    ("bsd", [5.52, 24.1]),
    ("sunos", [5.564, 12.0, 24.0]),
    ("linux-exponential", [1.0, 2.0, 4.0, 8.0, 16.0, 32.0]),
    ("linux-linear", [1.0, 1.0, 1.0, 1.0, 1.0, 2.0, 4.0]),
    ("doubling", [0.3, 0.6, 1.2, 2.4]),
]


@pytest.mark.parametrize(("schedule", "gaps_s"), RIGHT)
def test_right(schedule: ScheduleName, gaps_s: list[float]) -> None:
    assert series(gaps_s, schedule).verdict is Verdict.PASS


@pytest.mark.parametrize(("schedule", "gaps_s"), RIGHT)
def test_each_gap_20_percent_too_soon(schedule: ScheduleName, gaps_s: list[float]) -> None:
    for place in range(1, len(gaps_s)):
        early = [*gaps_s[:place], gaps_s[place] * 0.8, *gaps_s[place + 1 :]]
        finding = series(early, schedule)
        assert (finding.verdict, finding.subject) == (Verdict.FAIL, f"gap {place + 1}")


@pytest.mark.parametrize(
    ("schedule", "gaps_s", "good"),
    [
        ("bsd", [5.499, 24], False),
        ("bsd", [5.501, 24], True),
        ("bsd", [6.249, 24], True),
        ("bsd", [6.251, 24], False),
        ("bsd", [5.8, 23.849], False),
        ("bsd", [5.8, 23.851], True),
        ("bsd", [5.8, 24.999], True),
        ("bsd", [5.8, 25.001], False),
        ("linux-exponential", [0.874, 2], False),
        ("linux-exponential", [0.876, 2], True),
        ("linux-exponential", [1.374, 2], True),
        ("linux-exponential", [1.376, 2], False),
        ("doubling", [0.199], False),
        ("doubling", [0.201], True),
        ("doubling", [0.3, 0.524], False),
        ("doubling", [0.3, 0.526], True),
    ],
)
def test_near_misses(schedule: ScheduleName, gaps_s: list[float], good: bool) -> None:
    assert (series(gaps_s, schedule).verdict is Verdict.PASS) == good


def test_one_retransmission_more_than_the_schedule_has() -> None:
    finding = series([5.8, 24, 48, 48], "bsd")
    assert (finding.verdict, finding.subject) == (Verdict.FAIL, "gap 4")
    assert finding.expected == "no further retransmission by bsd"


SYSTEMS: list[tuple[ScheduleName, ScheduleName, list[float], list[float]]] = [
    ("bsd", "sunos", [5.8], [24, 12]),
    ("linux-exponential", "linux-linear", [1], [2, 1]),
]


@pytest.mark.parametrize(("one", "other", "alike", "next_s"), SYSTEMS)
def test_it_takes_a_gap_that_the_other_system_hasnt(
    one: ScheduleName, other: ScheduleName, alike: list[float], next_s: list[float]
) -> None:
    """One retransmission fits both, and so proves neither; the second one tells them apart."""
    for name, another, after_s in ((one, other, next_s[0]), (other, one, next_s[1])):
        finding = series(alike, name)
        assert finding.verdict is Verdict.INCONCLUSIVE
        assert finding.observed.endswith(f"which fit {another} as well")
        assert series([*alike, after_s], name).verdict is Verdict.PASS
        assert series([*alike, after_s], another).verdict is Verdict.FAIL


def test_what_is_asked_for_at_least_doesnt_make_one_gap_enough() -> None:
    (finding,) = checked(ran(sent(5.8)), "bsd", retransmissions=1).findings
    assert finding.verdict is Verdict.INCONCLUSIVE


@pytest.mark.parametrize("gap_s", [11.849, 12.999, 13.001, 23.849, 23.851])
def test_no_second_gap_fits_both(gap_s: float) -> None:
    systems: tuple[ScheduleName, ...] = ("bsd", "sunos")
    fits = [name for name in systems if series([5.8, gap_s], name).verdict is Verdict.PASS]
    assert fits == {12.999: ["sunos"], 23.851: ["bsd"]}.get(gap_s, [])


def test_linux_by_its_sysctls_is_told_already() -> None:
    evidence = ran(sent(1), sysctls={SYN_RETRIES: "6", LINEAR: "4"})
    (finding,) = checked(evidence, "linux").findings
    assert finding.verdict is Verdict.PASS
    assert "linux-exponential would fit too" in finding.observed


@pytest.mark.parametrize(
    ("sysctls", "gaps_s", "verdict"),
    [
        ({SYN_RETRIES: "6", LINEAR: "4"}, [1, 1, 1, 1, 1, 2, 4], Verdict.PASS),
        ({SYN_RETRIES: "6", LINEAR: "4"}, [1, 2, 4], Verdict.FAIL),
        ({SYN_RETRIES: "6", LINEAR: "0"}, [1, 2, 4], Verdict.PASS),
        ({SYN_RETRIES: "6"}, [1, 2, 4], Verdict.PASS),
        ({SYN_RETRIES: "2"}, [1, 2], Verdict.INCONCLUSIVE),
        ({SYN_RETRIES: "06"}, [1, 2], Verdict.INCONCLUSIVE),
        ({SYN_RETRIES: "6", LINEAR: "1"}, [1, 1, 2], Verdict.INCONCLUSIVE),
        ({SYN_RETRIES: "6", LINEAR: "9"}, [1, 1, 1, 1, 1, 1], Verdict.INCONCLUSIVE),
        ({LINEAR: "4"}, [1, 1, 1], Verdict.INCONCLUSIVE),
        ({SYN_RETRIES: "many"}, [1, 2], Verdict.INCONCLUSIVE),
        ({}, [1, 2], Verdict.INCONCLUSIVE),
    ],
)
def test_linux_goes_by_its_sysctls(
    sysctls: dict[str, str], gaps_s: list[float], verdict: Verdict
) -> None:
    (finding,) = checked(ran(sent(*gaps_s), sysctls=sysctls), "linux").findings
    assert finding.verdict is verdict


def test_the_named_linear_schedule_takes_the_number_of_linear_timeouts() -> None:
    for told, verdict in ({LINEAR: "0"}, Verdict.PASS), ({LINEAR: "1"}, Verdict.FAIL):
        evidence = ran(sent(1, 2), sysctls=told)
        assert checked(evidence, "linux-linear").verdict is verdict


def test_a_linux_client_without_recorded_sysctls_says_what_would_fit() -> None:
    (finding,) = checked(ran(sent(1, 2)), "linux").findings
    assert finding.observed == (
        "run.json doesn't tell tcp_syn sysctls of bsdi that are Linux's; "
        "linux-exponential and doubling would fit"
    )


def test_the_kernels_series() -> None:
    def times_s(timeouts: int) -> list[int]:
        gaps_s = [int(float(gap.text.split()[0])) for gap in linear(timeouts, 6)]
        return [sum(gaps_s[: place + 1]) for place in range(len(gaps_s))]

    assert times_s(0) == [1, 3, 7, 15, 31, 63]
    assert times_s(4) == [1, 2, 3, 4, 5, 7, 11, 19, 35, 67]


def test_another_isn() -> None:
    (finding,) = checked(ran(changed(sent(5.8, 24), 3, seq=1001)), "bsd").findings
    assert (finding.verdict, finding.frames) == (Verdict.FAIL, (1, 3))
    assert finding.expected == "a retransmission to repeat the ISN 1000"
    assert finding.observed == "1001"


def test_too_few() -> None:
    assert checked(ran(sent()), "bsd").verdict is Verdict.INCONCLUSIVE
    assert checked(ran(sent(5.8)), "bsd", retransmissions=2).verdict is Verdict.FAIL
    assert checked(ran(sent()), "bsd", retransmissions=1).verdict is Verdict.FAIL
    assert (
        checked(ran(sent(5.8), drops=1), "bsd", retransmissions=2).verdict is Verdict.INCONCLUSIVE
    )
    assert checked(ran(sent(5.8, 24), cut=True), "bsd", retransmissions=2).verdict is (
        Verdict.INCONCLUSIVE
    )


def test_drops_may_explain_a_long_gap_but_no_short_one() -> None:
    lost = without(sent(5.8, 12, 24), 2)
    assert checked(ran(lost), "sunos").verdict is Verdict.FAIL
    assert checked(ran(lost, drops=1), "sunos").verdict is Verdict.INCONCLUSIVE
    assert checked(ran(sent(4, 12, 24), drops=1), "sunos").verdict is Verdict.FAIL


def test_degraded_timers() -> None:
    aspects = [degraded("bsdi", "syn_timers")]
    (finding,) = checked(ran(sent(1, 2), degraded=aspects), "bsd").findings
    assert finding.verdict is Verdict.INCONCLUSIVE
    assert finding.observed.startswith("syn_timers of bsdi is degraded")
    others = [degraded("svr4", "syn_timers")]
    assert checked(ran(sent(1, 2), degraded=others), "bsd").verdict is Verdict.FAIL


def test_few_retransmissions_with_degraded_timers() -> None:
    evidence = ran(sent(1), degraded=[degraded("bsdi", "syn_timers")])
    (finding,) = checked(evidence, "bsd", retransmissions=2).findings
    assert finding.verdict is Verdict.INCONCLUSIVE


def test_a_capture_without_times() -> None:
    evidence = ran(sent(5.8, 24))
    untimed = replace(evidence.vantages[POINT].capture, timed=False)
    blind = replace(evidence, vantages={POINT: Vantage(POINT, untimed)})
    assert checked(blind, "bsd").verdict is Verdict.INCONCLUSIVE


@pytest.mark.parametrize("flags", [ACK, FIN, SYN | FIN, RST | ACK])
def test_only_and_a_second_attempt(flags: int) -> None:
    """Another attempt in vain is no other segment; what isn't a SYN alone is."""
    syns = sent(5.8, 24)
    second, later_ns = Endpoint(CLIENT.host, 1025), 100 * 10**9
    again = [
        replace(each, source=second, frame=each.frame + 3, seq=7, time_ns=each.time_ns + later_ns)
        for each in syns
    ]
    assert checked(ran([*syns, *again]), "bsd", only=True).verdict is Verdict.PASS
    again[-1] = replace(again[-1], flags=flags, ack=1 if flags & ACK else None)
    assert checked(ran([*syns, *again]), "bsd", only=True).findings[1].verdict is Verdict.FAIL


@pytest.mark.parametrize(("seq", "port"), [(5000, 1024), (1, 1025)])
def test_only(seq: int, port: int) -> None:
    """An answer is another segment, and so is a connection at another port."""
    syns = sent(5.8, 24)
    source = Endpoint(CLIENT.host, port)
    other = replace(sent()[0], frame=4, time_ns=syns[-1].time_ns + 1, source=source, seq=seq)
    if port == CLIENT.port:
        other = replace(other, source=SERVER, destination=CLIENT, flags=SYN | ACK, ack=1001)
    else:
        other = replace(other, flags=ACK, ack=1)
    outcome = checked(ran([*syns, other]), "bsd", only=True)
    assert [each.verdict for each in outcome.findings] == [Verdict.PASS, Verdict.FAIL]
    assert outcome.findings[1].observed == "1 other segment(s)"
    assert outcome.findings[1].frames == (4,)
    assert checked(ran([*syns, other]), "bsd").verdict is Verdict.PASS


def test_only_in_a_capture_with_drops() -> None:
    outcome = checked(ran(sent(5.8, 24), drops=1), "bsd", only=True)
    assert [each.verdict for each in outcome.findings] == [Verdict.PASS, Verdict.INCONCLUSIVE]


def test_of_a_fin() -> None:
    fins = sent(0.4, 0.8, flags=FIN | ACK)
    assert checked(ran(fins), "doubling", of="fin").verdict is Verdict.PASS
    assert checked(ran(changed(fins, 2, seq=1001)), "doubling", of="fin").verdict is Verdict.FAIL
    assert checked(ran(fins), "doubling", of="data").verdict is Verdict.INCONCLUSIVE


def test_of_the_data_sent_most_often() -> None:
    first, *again = sent(1, 2, flags=PSH | ACK, payload=10)
    other = replace(first, seq=990)
    assert checked(ran([other, first, *again]), "doubling", of="data").verdict is Verdict.PASS


def test_no_connection_and_no_vantage_point() -> None:
    evidence = ran(sent(5.8, 24))
    assert backoff(evidence, POINT, "sun", "svr4.discard", "bsd").verdict is Verdict.FAIL
    assert backoff(evidence, "sun eth0", "bsdi", "svr4", "bsd").verdict is Verdict.INCONCLUSIVE
