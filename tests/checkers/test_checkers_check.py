"""Checks run under their names; what is broken is an ERROR, never a pass."""

import pytest

from captures.errors import CaptureError
from checkers import checks
from checkers.check import check, report
from checkers.errors import ExpectationError
from checkers.evidence import Evidence
from checkers.finding import Outcome
from checkers.verdict import Verdict
from tests.checkers.checkers_samples import Wish, changed, ran, segments

ENDS: dict[str, object] = {"client": "svr4", "server": "bsdi.discard"}
SYN = "svr4.$c > bsdi.discard: S $J:$J(0)"


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


@pytest.mark.parametrize("function", [crash, silence])
def test_a_broken_check_is_an_error(monkeypatch: pytest.MonkeyPatch, function: object) -> None:
    broken = checks.Check(function, checks.Parameters)  # type: ignore[arg-type]
    monkeypatch.setitem(checks.CHECKS, "broken", broken)
    outcome = check(ran(segments()), Wish("broken"))
    assert outcome.verdict is Verdict.ERROR
    if function is crash:
        assert outcome.findings[0].observed == "ZeroDivisionError: at bsdi eth0 of 1"


def test_malformed_input_is_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(checks.CHECKS, "broken", checks.Check(malformed, checks.Parameters))
    with pytest.raises(CaptureError, match="frame 7"):
        check(ran(segments()), Wish("broken"))


def test_every_check_promises_something() -> None:
    promises = {name: one.promise for name, one in checks.CHECKS.items()}
    assert promises["handshake"] == (
        "The client opens the connection with three segments: SYN, SYN+ACK, ACK."
    )
    assert all(promise.endswith(".") for promise in promises.values())
