"""What a student by hand is told: verdicts so far, what to type next, hints one after another."""

from collections import Counter
from collections.abc import Mapping

from checkers.check import Report
from checkers.verdict import Verdict
from labs import catalog
from labs.catalog import Lab
from labs.catalog.session import typed
from languages.sentences import ENGLISH, Language
from languages.wrapping import filled
from reports.so_far import first_unmet, so_far, unmet

VISIBLE = "visible"


class Coach:
    """Knows a lab's rubric, and which of its hints were given already; speaks the language."""

    def __init__(self, lab: Lab, handout: str, language: Language = ENGLISH) -> None:
        self._lab, self._handout, self._language = lab, handout, language
        self._items = catalog.load_rubric(lab.name)
        self._given: Counter[str] = Counter()

    def checked(self, report: Report, transcripts: Mapping[str, str]) -> str:
        """The verdicts, and what to do next."""
        others = self._language(_not_explained(report))
        following = self._language(self._next(report, transcripts))
        told = [filled(one, whole=True) for one in (others, following) if one]
        return "\n".join([so_far(report, self._language), *told])

    def _next(self, report: Report, transcripts: Mapping[str, str]) -> str:
        if not first_unmet(report):
            return "Next: the questions (`show`), then `exit` and `tcplab pack`."
        for one in typed(self._handout, self._lab.hosts):
            if f"{one.host} % {one.command}" not in transcripts.get(one.host, ""):
                return f"Next, as the hand-out has it: {one.at_prompt}"
        return "Next: go on as the hand-out does (`show`), `fg` brings a program back; or `hint`."

    def hint(self, report: Report, name: str = "") -> str:
        """The next hint on a check or question; on the first check that isn't a PASS."""
        return filled(self._language(self._hint(report, name)), whole=True)

    def _hint(self, report: Report, name: str) -> str:
        chosen = name or first_unmet(report)
        if not chosen:
            questions = ", ".join(one.name for one in self._lab.questions)
            return f"Every check passes. Hints on questions: hint NAME, one of {questions}"
        if chosen not in self._lab.items:
            return f"{chosen}: no check or question; those are {', '.join(self._lab.items)}"
        hints = self._hints(chosen) or self._expected(report, chosen)
        number = self._given[chosen]
        self._given[chosen] += 1
        if number < len(hints):
            return f"{chosen}: {self._language(hints[number])}"
        return f"{chosen}: no more hints: `show` has the hand-out"

    def _hints(self, name: str) -> list[str]:
        """The rubric's stages, then what the rubric and the lab say to whoever fails."""
        item = self._items.get(name)
        staged: list[str] = []
        if item and item.visibility == VISIBLE:
            staged = [*item.hints, item.hint]
        own = [one.hint for one in self._lab.expect if one.name == name]
        return [hint for hint in [*staged, *own] if hint]

    def _expected(self, report: Report, name: str) -> list[str]:
        """What a check without hints still expects."""
        language = self._language
        expected, observed = language("expected"), language("observed")
        return [
            f"{expected} {language(one.expected)}, {observed} {language(one.observed)}"
            for one in report.findings
            if one.check == name and one.verdict is not Verdict.PASS
        ]


def _not_explained(report: Report) -> str:
    """How to hear of what isn't a PASS either, below what the first of them lacks."""
    first, *others = unmet(report) or [""]
    if not others:
        return ""
    names = ", ".join(f"`hint {name}`" for name in others)
    return f"That is about {first} alone: {names} for more."
