"""Several connections between the same ends: one counts, for all checks that are about it."""

from collections.abc import Sequence

from msgspec.structs import replace

from captures.reader import parse
from captures.segment import Segment
from checkers.check import outcomes, report
from checkers.evidence import Evidence, Vantage
from checkers.verdict import Verdict
from tests.captures import frames
from tests.checkers.checkers_samples import (
    CONNECTION,
    POINT,
    Wish,
    changed,
    ran,
    recorded,
    segments,
)

ENDS: dict[str, object] = {"client": "svr4", "server": "bsdi.discard"}
OPENED = Wish("handshake", ENDS, name="opened")
CLOSED = Wish("close", {**ENDS, "first": "svr4"}, name="closed")
BEGUN = Wish("timeline", {"timeline": "svr4.$c > bsdi.discard: S $J:$J(0)\nrepeat 0..9 { * }"})
OTHER_POINT = "svr4 eth0"
SOCKET: dict[str, object] = {"host": "bsdi", "port": 9}
PATH = ["SYN_RCVD", "ESTABLISHED", "CLOSE_WAIT", "LAST_ACK"]
WENT = Wish("states", {**SOCKET, "path": PATH}, name="went", at="")
SHOWN = Wish("states", {**SOCKET, "path": PATH}, name="went", at=POINT)
LASTED = Wish(
    "lasts", {**SOCKET, "state": "CLOSE_WAIT", "seconds": 60, "tolerance": 1}, name="lasted", at=""
)


def attempt(port: int) -> list[Segment]:
    """The connection of section 18.2 from this port, a second after the last one."""
    later_ns = (port - 1037) * 60_000_000_000
    found = segments(CONNECTION.replace("svr4.1037", f"svr4.{port}"))
    return [replace(one, time_ns=one.time_ns + later_ns) for one in found]


def well_opened(port: int) -> list[Segment]:
    """A try that ends too early."""
    return attempt(port)[:4]


def well_closed(port: int) -> list[Segment]:
    """A try whose handshake is wrong."""
    return changed(attempt(port), 3, ack=1)


def together(*tries: Sequence[Segment]) -> Evidence:
    return ran([segment for each in tries for segment in each])


def said(evidence: Evidence, *wishes: Wish) -> dict[str, Verdict]:
    found = outcomes(evidence, wishes)
    return {wish.name: one.verdict for wish, one in zip(wishes, found, strict=True)}


def test_two_half_right_tries_make_no_right_one() -> None:
    evidence = together(well_opened(1037), well_closed(1038))
    assert said(evidence, OPENED) == {"opened": Verdict.PASS}
    assert said(evidence, CLOSED) == {"closed": Verdict.PASS}
    both = said(evidence, OPENED, CLOSED)
    assert sorted(both.values()) == [Verdict.PASS, Verdict.FAIL]
    assert report("connection", evidence, [OPENED, CLOSED]).verdict is Verdict.FAIL


def test_a_right_second_try_makes_up_for_a_failed_first_one() -> None:
    for tries in ([well_opened(1037), attempt(1038)], [attempt(1037), well_closed(1038)]):
        evidence = together(*tries)
        right = tries.index(max(tries, key=len))
        found = report("connection", evidence, [OPENED, CLOSED, BEGUN])
        assert found.verdict is Verdict.PASS
        first = 1 + sum(map(len, tries[:right]))
        for finding in found.findings:
            assert min(finding.frames) >= first
            assert max(finding.frames) < first + 7


def test_of_failed_tries_the_one_with_the_fewest_failures_is_told() -> None:
    nothing = attempt(1037)[:1]
    evidence = together(nothing, well_opened(1038), nothing)
    assert said(evidence, OPENED, CLOSED) == {"opened": Verdict.PASS, "closed": Verdict.FAIL}


def test_who_says_which_one_gets_that_one() -> None:
    evidence = together(well_opened(1037), well_closed(1038))
    first = Wish("handshake", {**ENDS, "connection": 1}, name="first")
    second = Wish("close", {**ENDS, "connection": 2, "first": "svr4"}, name="second")
    assert set(said(evidence, first, second).values()) == {Verdict.PASS}
    assert said(evidence, first, second, OPENED, CLOSED)["first"] is Verdict.PASS


def test_checks_between_other_ends_are_about_other_connections() -> None:
    echo = [
        replace(one, **{end: getattr(one, end)._replace(port=7)})
        for one in well_closed(1039)
        for end in ("source", "destination")
        if getattr(one, end).port == 9
    ]
    other = Wish("close", {"client": "svr4", "server": "bsdi.echo", "first": "svr4"}, name="echo")
    evidence = together(well_opened(1037), attempt(1038)[:1], echo)
    assert said(evidence, OPENED, other) == {"opened": Verdict.PASS, "echo": Verdict.PASS}


def test_a_try_is_the_same_one_wherever_it_was_captured() -> None:
    """Each place saw both tries, and shows another one as right; neither was."""
    here = [*well_opened(1037), *well_closed(1038)]
    closed = replace_point(CLOSED, OTHER_POINT)
    evidence = ran(here)
    other = Vantage(OTHER_POINT, parse(frames.pcap_of(here)))
    both = replace(evidence, vantages={POINT: evidence.vantages[POINT], OTHER_POINT: other})
    assert said(both, OPENED) | said(both, closed) == dict.fromkeys(
        ("opened", "closed"), Verdict.PASS
    )
    assert Verdict.FAIL in said(both, OPENED, closed).values()


def test_a_try_that_did_not_come_to_a_place_is_missing_there() -> None:
    evidence = ran([*well_opened(1037), *attempt(1038)[:1]])
    other = Vantage(OTHER_POINT, parse(frames.pcap_of(well_closed(1039))))
    both = replace(evidence, vantages={POINT: evidence.vantages[POINT], OTHER_POINT: other})
    found = said(both, OPENED, replace_point(CLOSED, OTHER_POINT))
    assert found == {"opened": Verdict.PASS, "closed": Verdict.FAIL}


def with_sockets(evidence: Evidence, **went: str) -> Evidence:
    """Evidence with a socket of bsdi's discard for each of these ports: its states, a minute each.

    Each is gone before the next one comes; a server listens all the time.
    """
    listens = "0.0.0.0.9 0.0.0.0.0 LISTEN"
    lines: list[list[str]] = [[listens]]
    for port, states in went.items():
        lines += [[listens, f"bsdi.9 svr4.{port[1:]} {state}"] for state in states.split()]
        lines.append([listens])
    every = recorded(*((60.0 * number, line) for number, line in enumerate(lines)))
    return replace(evidence, states=every.states)


RIGHT, ABORTED = "ESTABLISHED CLOSE_WAIT LAST_ACK", "ESTABLISHED FIN_WAIT_1"


def test_a_socket_is_that_of_the_try_that_counts() -> None:
    """Each state check alone is content with the second try; the handshake with the first."""
    two = together(attempt(1037), well_closed(1038))
    evidence = with_sockets(two, p1037=ABORTED, p1038=RIGHT)
    for wish in (WENT, SHOWN, LASTED):
        assert set(said(evidence, wish).values()) == {Verdict.PASS}
        found = said(evidence, OPENED, wish)
        assert sorted(found.values()) == [Verdict.PASS, Verdict.FAIL], wish
        assert sorted(said(evidence, wish, OPENED).values()) == sorted(found.values())


def test_a_try_is_right_with_its_own_socket() -> None:
    two = together(well_closed(1037), attempt(1038))
    evidence = with_sockets(two, p1037=ABORTED, p1038=RIGHT)
    for wish in (WENT, SHOWN, LASTED):
        assert set(said(evidence, OPENED, CLOSED, wish).values()) == {Verdict.PASS}
    listened = {**SOCKET, "state": "LISTEN", "seconds": 60 * (len(evidence.states["bsdi"]) - 1)}
    listening = Wish("lasts", {**listened, "tolerance": 0.1}, name="listening", at="")
    assert said(evidence, OPENED, listening)["listening"] is Verdict.INCONCLUSIVE  # still


def test_recorded_and_shown_states_are_of_one_connection() -> None:
    """The first try's segments go all the way, the second one's socket does."""
    evidence = with_sockets(together(attempt(1037), well_opened(1038)), p1037=ABORTED, p1038=RIGHT)
    assert set(said(evidence, OPENED, SHOWN).values()) == {Verdict.PASS, Verdict.FAIL}


def test_sockets_that_are_no_end_of_it_are_their_own() -> None:
    two = together(attempt(1037), well_closed(1038))
    evidence = with_sockets(two, p1037=ABORTED, p1038=RIGHT)
    elsewhere = recorded((0.0, ["svr4.1024 sun.9 ESTABLISHED"]), host="sun")
    evidence = replace(evidence, states={**evidence.states, **elsewhere.states})
    for other in ({"port": 7}, {"host": "sun"}, {"port": None}, {"connection": 2}):
        wish = Wish("states", {**SOCKET, "path": PATH, **other}, name="went", at="")
        alone = said(evidence, wish)
        assert said(evidence, OPENED, wish) == {"opened": Verdict.PASS, **alone}


def replace_point(wish: Wish, point: str) -> Wish:
    return Wish(wish.check, wish.parameters, wish.name, point)
