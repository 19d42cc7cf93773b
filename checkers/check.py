"""Run checks on evidence: expectations in, a report out."""

from collections.abc import Callable, Container, Iterable, Mapping, Sequence

import msgspec
from msgspec import structs

from captures.errors import CaptureError
from captures.seen_twice import seen_twice, without
from checkers import tries
from checkers.checks import ready
from checkers.evidence import Evidence
from checkers.expectation import Expectation
from checkers.finding import Finding, Match, Outcome
from checkers.verdict import Verdict, worst

COPIES = (
    "segment(s) come twice within a millisecond, and without the second it is right: "
    "capture on one interface, not on `any`"
)


class Report(msgspec.Struct, frozen=True):
    """What all checks of a lab have to say, in the lab's order."""

    lab: str
    findings: tuple[Finding, ...]
    matches: tuple[Match, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """The worst of the findings' verdicts; INCONCLUSIVE where there are none."""
        return worst(finding.verdict for finding in self.findings)


def report(lab: str, evidence: Evidence, expectations: Iterable[Expectation]) -> Report:
    """Check every expectation of a lab; raises CaptureError for a malformed capture."""
    found = outcomes(evidence, list(expectations))
    return Report(
        lab,
        tuple(finding for outcome in found for finding in outcome.findings),
        tuple(match for outcome in found if (match := outcome.match)),
    )


def outcomes(evidence: Evidence, expectations: Sequence[Expectation]) -> list[Outcome]:
    """The outcome of every expectation of a lab, in their order, as `check` finds it.

    Of several connections between the same ends one counts, for all that are about it.
    Raises CaptureError for a malformed capture.
    """
    return tries.outcomes(evidence, expectations, check)


def check(evidence: Evidence, expectation: Expectation) -> Outcome:
    """Check one expectation: at least one finding, under the expectation's name.

    An expectation that makes no sense, and a check that crashes, are an ERROR that says why.
    Raises CaptureError for a malformed capture.
    """
    try:
        its = ready(expectation)
        outcome = _fair(its.run, evidence)
        return _named(_doubted(outcome, evidence.doubt), expectation, its.reference)
    except CaptureError:
        raise
    except Exception as error:  # noqa: BLE001  a broken check must never look like a verdict
        return Outcome((_error(expectation, error),))


def _fair(run: Callable[[Evidence], Outcome], evidence: Evidence) -> Outcome:
    """What the check says; INCONCLUSIVE where it fails by segments that a capture shows twice.

    A run's own captures are of one interface each, and show each segment once.
    """
    outcome = run(evidence)
    if outcome.verdict is not Verdict.FAIL or evidence.run:
        return outcome
    rows = {point: seen_twice(each.capture) for point, each in evidence.vantages.items()}
    count = sum(map(len, rows.values()))
    if not count or run(_without(evidence, rows)).verdict is Verdict.FAIL:
        return outcome
    return _unsure(outcome, (Verdict.FAIL,), f"{count} {COPIES}")


def _without(evidence: Evidence, rows: Mapping[str, set[int]]) -> Evidence:
    vantages = {
        point: structs.replace(each, capture=without(each.capture, rows[point]))
        for point, each in evidence.vantages.items()
    }
    return structs.replace(evidence, vantages=vantages)


def _doubted(outcome: Outcome, doubt: str) -> Outcome:
    """The outcome, without a verdict where the evidence may not be of one run."""
    return _unsure(outcome, (Verdict.PASS, Verdict.FAIL), doubt) if doubt else outcome


def _unsure(outcome: Outcome, verdicts: Container[Verdict], why: str) -> Outcome:
    """The outcome with INCONCLUSIVE in place of these verdicts."""
    findings = (
        structs.replace(each, verdict=Verdict.INCONCLUSIVE, observed=f"{each.observed}; {why}")
        if each.verdict in verdicts
        else each
        for each in outcome.findings
    )
    return structs.replace(outcome, findings=tuple(findings))


def _named(outcome: Outcome, expectation: Expectation, reference: str) -> Outcome:
    if not outcome.findings:
        raise RuntimeError(f"the check {expectation.check} found nothing to say")
    findings = tuple(_finding(each, expectation, reference) for each in outcome.findings)
    match = outcome.match and structs.replace(outcome.match, check=expectation.name)
    return Outcome(findings, match)


def _finding(finding: Finding, expectation: Expectation, reference: str) -> Finding:
    """The finding under the lab's name, reference and hint; a PASS needs no hint."""
    passed = finding.verdict is Verdict.PASS
    return structs.replace(
        finding,
        check=expectation.name,
        reference=expectation.reference or finding.reference or reference,
        hint="" if passed else " ".join(filter(None, (finding.hint, expectation.hint))),
    )


def _error(expectation: Expectation, error: Exception) -> Finding:
    return Finding(
        check=expectation.name,
        verdict=Verdict.ERROR,
        expected=f"the check {expectation.check} to run",
        observed=f"{type(error).__name__}: {error}",
        hint=f"The lab or the suite is broken, not the capture: see {expectation.where}.",
    )
