"""Results as one JSON document, the output of `--json`."""

from collections.abc import Sequence

import msgspec

from checkers.finding import Finding, Match
from checkers.verdict import worst
from reports.result import Result

SCHEMA_VERSION = 1


def document(results: Sequence[Result]) -> dict[str, object]:
    """`schema_version`, the worst `verdict`, and `results`, one a lab, in their order.

    A result has `lab`, `place`, `taken_for`, `verdict`, `degraded`, `findings` and `matches`; where
    there is no report, `problem` instead of the last two.
    """
    return {
        "schema_version": SCHEMA_VERSION,
        "verdict": worst(result.verdict for result in results).name,
        "results": [_result(result) for result in results],
    }


def _result(result: Result) -> dict[str, object]:
    head: dict[str, object] = {
        "lab": result.lab,
        "place": result.place,
        "taken_for": list(result.taken_for),
        "verdict": result.verdict.name,
        "degraded": [
            {"host": one.host, "aspect": one.aspect, "wanted": one.wanted, "got": one.got}
            for one in result.degraded
        ],
    }
    if result.report is None:
        return head | {"problem": result.problem}
    return head | {
        "findings": [_finding(finding) for finding in result.report.findings],
        "matches": [_match(match) for match in result.report.matches],
    }


def _match(match: Match) -> dict[str, object]:
    pairs = msgspec.to_builtins(match.pairs)
    return {"check": match.check, "vantage": match.vantage, "pairs": pairs}


def _finding(finding: Finding) -> dict[str, object]:
    return msgspec.structs.asdict(finding) | {
        "verdict": finding.verdict.name,
        "sentence": finding.sentence,
    }
