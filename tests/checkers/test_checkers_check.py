"""Checks run under their names; what is broken is an ERROR, never a pass."""

import inspect
from pathlib import Path

import pytest
import yaml
from msgspec.structs import replace

from captures.errors import CaptureError
from captures.segment import MSS, Option, Segment
from checkers import checks, handshake
from checkers.check import check, report
from checkers.errors import ExpectationError
from checkers.evidence import Evidence
from checkers.examples import EXAMPLES
from checkers.finding import Outcome
from checkers.verdict import Verdict
from tests.checkers.checkers_samples import CONNECTION, Wish, changed, ran, recorded, segments

ENDS: dict[str, object] = {"client": "svr4", "server": "bsdi.discard"}
SYN = "svr4.$c > bsdi.discard: S $J:$J(0)"


def again() -> list[Segment]:
    """The connection once more, from the next port."""
    return segments(CONNECTION.replace("svr4.1037", "svr4.1038"))


def test_findings_carry_the_expectations_name_and_the_checks_reference() -> None:
    (finding,) = check(ran(segments()), Wish("handshake", ENDS, name="opening")).findings
    assert (finding.check, finding.verdict) == ("opening", Verdict.PASS)
    assert (finding.reference, finding.hint) == ("RFC 9293 3.5", "")


def test_the_labs_reference_and_hint() -> None:
    wish = Wish("handshake", ENDS, reference="18.2", hint="Count the SYNs.")
    (finding,) = check(ran(segments()), wish).findings
    assert (finding.reference, finding.hint) == ("18.2", "")
    (finding,) = check(ran(segments()[:1]), wish).findings
    assert finding.verdict is Verdict.FAIL
    assert finding.hint == "Is the server's host up? Count the SYNs."


def test_a_report() -> None:
    wishes = [
        Wish("timeline", {"timeline": f"{SYN}\nrepeat 0..9 {{ * }}"}, name="figure"),
        Wish("close", {**ENDS, "first": "svr4"}),
    ]
    good = report("connection", ran(segments()), wishes)
    assert (good.lab, good.verdict) == ("connection", Verdict.PASS)
    assert [finding.check for finding in good.findings] == ["figure", "wish", "wish", "wish"]
    assert [match.check for match in good.matches] == ["figure"]
    assert len(good.matches[0].pairs) == 7
    bad = report("connection", ran(changed(segments(), 7, ack=1)), wishes)
    assert bad.verdict is Verdict.FAIL
    assert report("empty", ran(segments()), []).verdict is Verdict.INCONCLUSIVE


def test_an_expectations_parameters_are_read_once_and_are_its_own() -> None:
    one, other = (Wish("close", {**ENDS, "first": host}) for host in ("svr4", "bsdi"))
    assert checks.ready(one) is checks.ready(one)
    verdicts = [check(ran(segments()), wish).verdict for wish in (one, other, one, other)]
    assert verdicts == [Verdict.PASS, Verdict.FAIL] * 2


@pytest.mark.parametrize(
    ("wish", "observed"),
    [
        (Wish("hand-shake", ENDS), "ExpectationError: unknown check 'hand-shake'"),
        (Wish("handshake", {"client": "svr4"}), "missing required field `server`"),
        (Wish("handshake", {**ENDS, "clinet": "x"}), "unknown field `clinet`"),
        (Wish("mss", {**ENDS, "announces": {}}), "Expected `object` of length >= 1"),
        (Wish("mss", {**ENDS, "announces": {"svr4": -1}}), "Expected `int` >= 0"),
        (Wish("timeline", {"timeline": "svr4"}), "TimelineError: line 1, column 5"),
        (Wish("timeline", {"timeline": SYN.replace("discard", "dicard")}), "unknown service"),
    ],
)
def test_a_broken_expectation_is_an_error(wish: Wish, observed: str) -> None:
    (finding,) = check(ran(segments()), wish).findings
    assert finding.verdict is Verdict.ERROR
    assert observed in finding.observed
    assert "lab.yaml:7" in finding.hint


@pytest.mark.parametrize(
    ("wish", "message"),
    [
        (Wish("handshake", ENDS, at=""), "no `at`: name the vantage point"),
        (Wish("transcript", {"host": "bsdi", "shows": ["x"]}), "looks at no capture"),
        (Wish("transcript", {"host": "bsdi"}, at=""), "shows or never: at least one text"),
        (Wish("transcript", {"host": "bsdi", "shows": [" "]}, at=""), "matching regex"),
        (Wish("lasts", {"host": "bsdi", "state": "WAIT", "seconds": 1}, at=""), "enum value"),
        (Wish("lasts", {"host": "bsdi", "state": "LISTEN", "seconds": -1}, at=""), "`float` >= 0"),
        (Wish("states", {"host": "bsdi", "path": []}), "length >= 1"),
        (Wish("states", {"host": "bsdi", "path": ["LISTEN", "CLOSING"]}), "TCP can't go from"),
        (Wish("backoff", {**ENDS, "schedule": "unix"}), "Invalid enum value 'unix'"),
        (Wish("backoff", {**ENDS, "schedule": "bsd", "of": "rst"}), "Invalid enum value 'rst'"),
        (Wish("handshake", {**ENDS, "connection": 0}), "`int` >= 1"),
    ],
)
def test_what_the_newer_checks_refuse(wish: Wish, message: str) -> None:
    with pytest.raises(ExpectationError, match=rf"^lab\.yaml:7: wish: .*{message}"):
        checks.validate(wish)


RECORDED = [
    Wish("transcript", {"host": "bsdi", "shows": ["telnet *"]}, at=""),
    Wish("lasts", {"host": "bsdi", "state": "TIME_WAIT", "seconds": 1}, at=""),
    Wish("states", {"host": "bsdi", "path": ["TIME_WAIT"], "port": 9}, at=""),
]


@pytest.mark.parametrize("wish", RECORDED)
def test_checks_that_need_no_vantage_point(wish: Wish) -> None:
    checks.validate(wish)
    states = recorded((0, ["bsdi.9 svr4.1037 TIME_WAIT"]), (1, []))
    outcome = check(replace(states, transcripts={"bsdi": "telnet svr4\n"}), wish)
    assert outcome.verdict is Verdict.PASS
    (without,) = check(ran(segments()), wish).findings
    assert (without.verdict, without.check) == (Verdict.INCONCLUSIVE, "wish")


TWO = [*segments(), *(replace(each, time_ns=10**10 + each.time_ns) for each in again())]


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("timeline", {"timeline": f"{SYN}\nrepeat 6..6 {{ * }}"}),
        ("handshake", ENDS),
        ("mss", {**ENDS, "announces": {"svr4": 1024, "bsdi": 1024}}),
        ("close", {**ENDS, "first": "svr4"}),
    ],
)
def test_one_of_several_connections(name: str, parameters: dict[str, object]) -> None:
    """The second connection breaks off after its SYN, which announces another MSS."""
    broken = ran([*TWO[:7], replace(TWO[7], options=(Option(MSS, (512,)),))])

    def verdict(evidence: Evidence, number: int | None) -> Verdict:
        wish = Wish(name, {**parameters, "connection": number} if number else parameters)
        return check(evidence, wish).verdict

    assert [verdict(ran(TWO), number) for number in (None, 1, 2)] == [Verdict.PASS] * 3
    assert [verdict(broken, number) for number in (None, 1)] == [Verdict.PASS] * 2
    assert verdict(broken, 2) is Verdict.FAIL


def test_a_connection_that_is_not_there() -> None:
    (finding,) = check(ran(TWO), Wish("handshake", {**ENDS, "connection": 3})).findings
    assert finding.verdict is Verdict.FAIL
    assert finding.expected == "a connection number 3 from svr4 to bsdi.discard"
    assert finding.observed == "2 of them"
    lacking = check(ran(TWO, drops=1), Wish("handshake", {**ENDS, "connection": 3}))
    assert lacking.verdict is Verdict.INCONCLUSIVE


def test_a_broken_expectation_can_be_refused_before_there_is_evidence() -> None:
    checks.validate(Wish("handshake", ENDS))
    checks.validate(Wish("timeline", {"timeline": SYN}))
    with pytest.raises(ExpectationError, match=r"^lab\.yaml:7: wish: handshake: .*`clinet`"):
        checks.validate(Wish("handshake", {**ENDS, "clinet": "x"}))
    with pytest.raises(ExpectationError, match=r"^lab\.yaml:7: wish: line 1, column 5"):
        checks.validate(Wish("timeline", {"timeline": "svr4"}))
    with pytest.raises(ExpectationError, match=r"^lab\.yaml:7: wish: unknown check"):
        checks.validate(Wish("hand-shake"))


def crash(evidence: Evidence, at: str) -> Outcome:
    """A check that crashes."""
    raise ZeroDivisionError(f"at {at} of {len(evidence.vantages)}")


def silence(evidence: Evidence, at: str) -> Outcome:
    """A check that says nothing."""
    del evidence, at
    return Outcome(())


def malformed(evidence: Evidence, at: str) -> Outcome:
    """A check that meets a malformed capture."""
    raise CaptureError(f"frame 7 at {at} of {len(evidence.vantages)}")


def put(monkeypatch: pytest.MonkeyPatch, function: object) -> None:
    """Make the function the check `broken`, in the place of handshake's."""
    monkeypatch.setattr(handshake, "handshake", function)
    broken = checks.Check("handshake.handshake", checks.Parameters)
    monkeypatch.setitem(checks.CHECKS, "broken", broken)


@pytest.mark.parametrize("function", [crash, silence])
def test_a_broken_check_is_an_error(monkeypatch: pytest.MonkeyPatch, function: object) -> None:
    put(monkeypatch, function)
    outcome = check(ran(segments()), Wish("broken"))
    assert outcome.verdict is Verdict.ERROR
    if function is crash:
        assert outcome.findings[0].observed == "ZeroDivisionError: at bsdi eth0 of 1"


def test_malformed_input_is_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    put(monkeypatch, malformed)
    with pytest.raises(CaptureError, match="frame 7"):
        check(ran(segments()), Wish("broken"))


@pytest.mark.parametrize("name", checks.CHECKS)
def test_every_check_takes_its_parameters(name: str) -> None:
    one = checks.CHECKS[name]
    taken = set(inspect.signature(one.run).parameters)
    at = set() if one.at is checks.At.NONE else {"at"}
    assert taken == {"evidence", *at, *one.parameters.__struct_fields__}


@pytest.mark.parametrize("name", checks.CHECKS)
def test_every_check_is_documented_with_its_parameters(name: str) -> None:
    text = (Path(__file__).parents[2] / "docs/checks.md").read_text()
    (row,) = (line for line in text.splitlines() if line.startswith(f"| `{name}` |"))
    assert f"| {checks.CHECKS[name].at.value} |" in row
    for parameter in checks.CHECKS[name].parameters.__struct_fields__:
        assert f"`{parameter}`" in row


@pytest.mark.parametrize("name", checks.CHECKS)
def test_every_check_is_documented_in_its_own_words(name: str) -> None:
    text = (Path(__file__).parents[2] / "docs/checks.md").read_text()
    assert f"- `{name}`: {checks.CHECKS[name].promise}\n" in text


@pytest.mark.parametrize("name", checks.CHECKS)
def test_every_check_has_an_example_that_makes_sense(name: str) -> None:
    (entry,) = yaml.safe_load(EXAMPLES[name])
    assert entry.pop("check") == name
    checks.validate(Wish(name, at=entry.pop("at", ""), parameters=entry))


def test_every_check_promises_something() -> None:
    promises = {name: one.promise for name, one in checks.CHECKS.items()}
    assert promises["handshake"] == (
        "The client opens the connection with three segments: SYN, SYN+ACK, ACK."
    )
    assert all(promise.endswith(".") for promise in promises.values())
