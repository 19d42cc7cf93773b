"""What a handed-in run.json claims of the student's machine, and how far that is believed.

A claim may make a check pending. It never makes one pass, unless the course says so.
"""

from collections.abc import Iterable, Mapping

import msgspec
from msgspec.structs import replace

from captures.run import Run
from checkers.check import outcomes
from checkers.evidence import Evidence
from checkers.finding import Finding
from checkers.verdict import Verdict, worst
from labs.catalog import Lab

Findings = Mapping[str, list[Finding]]

WHY = "right only by what run.json claims of this machine"
UNSEEN = "so says the student's record alone"


def findings(lab: Lab, evidence: Evidence, accept: bool, unseen: str = "") -> Findings:
    """What every check of a lab says, by its name, in the lab's order.

    accept: what run.json claims of the machine is believed. unseen: why a lab that runs a program
    needs the instructor's run of it; '' where this is one, and for other labs. Raises CaptureError
    for a malformed capture.
    """
    claimed = _unseen(lab, _by_name(lab, evidence), unseen)
    if accept or evidence.run is None or not evidence.run.degraded:
        return claimed
    proven = _unseen(lab, _by_name(lab, _without_claims(evidence, evidence.run)), unseen)
    return {name: _held(claimed[name], proven[name]) for name in claimed}


def softened(all_findings: Findings, why: str, verdict: Verdict = Verdict.FAIL) -> Findings:
    """The findings with every FAIL (or PASS) made INCONCLUSIVE: for a person to decide."""
    return {
        name: [_doubt(one, why, verdict) for one in each] for name, each in all_findings.items()
    }


def _by_name(lab: Lab, evidence: Evidence) -> Findings:
    found = outcomes(evidence, lab.expect)
    return {one.name: list(each.findings) for one, each in zip(lab.expect, found, strict=True)}


def _unseen(lab: Lab, found: Findings, why: str) -> Findings:
    """The findings, without a PASS for what no packet shows, such as how a program ended."""
    if not why:
        return found
    recorded = {one.name for one in lab.expect if not one.at}
    told = f"{UNSEEN}: {why}"
    return {
        name: [_doubt(one, told, Verdict.PASS) for one in each] if name in recorded else each
        for name, each in found.items()
    }


def _without_claims(evidence: Evidence, run: Run) -> Evidence:
    return replace(evidence, run=msgspec.structs.replace(run, degraded=[]))


def _held(claimed: list[Finding], proven: list[Finding]) -> list[Finding]:
    """A pass counts as such if it stands without the claims; otherwise it is pending."""
    if _verdict(proven) is Verdict.PASS:
        return proven
    if _verdict(claimed) is Verdict.PASS:
        return [_doubt(one, WHY, Verdict.PASS) for one in claimed]
    return claimed


def _verdict(some: Iterable[Finding]) -> Verdict:
    return worst(one.verdict for one in some)


def _doubt(finding: Finding, why: str, verdict: Verdict) -> Finding:
    if finding.verdict is not verdict:
        return finding
    told = f"{finding.observed}; {why}"
    return msgspec.structs.replace(finding, verdict=Verdict.INCONCLUSIVE, observed=told)
