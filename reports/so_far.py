"""What checks say in the middle of a run: verdicts in short, and the first that isn't a PASS."""

from checkers.check import Report
from checkers.verdict import Verdict, worst
from languages.sentences import ENGLISH, Language
from languages.wrapping import wrapped
from reports import terminal


def so_far(report: Report, language: Language = ENGLISH) -> str:
    """A line a verdict with the names of its checks; below, what the first one still lacks."""
    verdicts = _verdicts(report)
    lines = []
    for verdict in Verdict:
        names = ", ".join(name for name, its in verdicts.items() if its is verdict)
        if names:
            head = f"{verdict.name:<{len(terminal.INDENT)}}"
            lines += wrapped(names, head, terminal.INDENT)
    first = first_unmet(report)
    if first:
        findings = tuple(one for one in report.findings if one.check == first)
        shown = next(one for one in findings if one.verdict is not Verdict.PASS)
        lines += ["", terminal.findings(Report(report.lab, (shown,)), language)]
    return "\n".join(lines)


def first_unmet(report: Report) -> str:
    """The first check that isn't a PASS, one that FAILs before all others; '' where all pass."""
    return next(iter(unmet(report)), "")


def unmet(report: Report) -> list[str]:
    """The checks that aren't a PASS, those that FAIL before all others."""
    verdicts = _verdicts(report)
    names = [name for name, verdict in verdicts.items() if verdict is not Verdict.PASS]
    return sorted(names, key=lambda name: verdicts[name] is not Verdict.FAIL)


def _verdicts(report: Report) -> dict[str, Verdict]:
    """Each check's verdict, in the lab's order."""
    names = dict.fromkeys(one.check for one in report.findings)
    return {
        name: worst(one.verdict for one in report.findings if one.check == name) for name in names
    }
