"""The report as one HTML page: what came of each lab, and everything that shows why.

A pure function of what was found. The page needs no other file and no JavaScript.
"""

from collections.abc import Sequence
from itertools import islice
from typing import NamedTuple

from captures.run import Run
from checkers.evidence import Evidence
from checkers.finding import Finding
from checkers.parties import near
from checkers.verdict import Verdict
from languages.sentences import Language
from reports import backoff
from reports.compared import Compared, compared
from reports.connections import Summary, summary
from reports.drawing import TEMPLATES, styles
from reports.journeys import ladders
from reports.listed import Listed, listed
from reports.network import BOX, NetworkPicture, network
from reports.picture import Picture, picture
from reports.place import place
from reports.result import Result
from reports.stays import HostStates, states

MOST = 20  # connections that are drawn, and that are in a table
SIGNS = {Verdict.PASS: "✓", Verdict.INCONCLUSIVE: "?", Verdict.ERROR: "!", Verdict.FAIL: "✗"}


class Entry(NamedTuple):
    """What a page has of one lab, or of one capture. result: None where nothing was checked.

    title, section, summary: as the lab has them; '' where it isn't known.
    """

    name: str
    place: str
    evidence: Evidence | None
    result: Result | None = None
    title: str = ""
    section: str = ""
    summary: str = ""


class Scope(NamedTuple):
    """How much is shown. longest: segments of a connection, and lines of a listing.

    number: draw only this connection of each vantage point; None: the first ones.
    """

    longest: int = 60
    number: int | None = None


class View(NamedTuple):
    """An entry as the template shows it."""

    id: str
    entry: Entry
    verdict: Verdict | None
    wrong: Sequence[Finding]
    right: Sequence[Finding]
    run: Run | None
    network: NetworkPicture | None
    compared: Sequence[Compared]
    pictures: Sequence[Picture]
    more: int
    connections: Sequence[Summary]
    plots: Sequence[backoff.Plot]
    states: Sequence[HostStates]
    listings: Sequence[Listed]


def page(
    title: str,
    entries: Sequence[Entry],
    language: Language,
    code: str = "en",
    scope: Scope = Scope(),  # noqa: B008  (it can't change)
) -> str:
    """The page: a summary first, then each entry. code: the language's, as HTML wants it."""
    return TEMPLATES.get_template("page.html").render(
        _=language,
        code=code,
        title=title,
        views=[_view(place, entry, language, scope) for place, entry in enumerate(entries, 1)],
        counts=_counts(entries),
        signs=SIGNS,
        place=place,
        box=BOX,
        style=styles("colours", "page", "drawing"),
    )


def _counts(entries: Sequence[Entry]) -> list[tuple[Verdict, int]]:
    """How many results have each verdict, the worst first; those that none has are left out."""
    verdicts = [entry.result.verdict for entry in entries if entry.result]
    counts = [(verdict, verdicts.count(verdict)) for verdict in reversed(Verdict)]
    return [(verdict, count) for verdict, count in counts if count]


def _view(place: int, entry: Entry, language: Language, scope: Scope) -> View:
    report = entry.result.report if entry.result else None
    findings = report.findings if report else ()
    evidence = entry.evidence
    vantages = list(evidence.vantages.values()) if evidence else []
    run = evidence.run if evidence else None
    pictures, more = _pictures(evidence, language, scope)
    return View(
        id=f"lab-{place}",
        entry=entry,
        verdict=entry.result.verdict if entry.result else None,
        wrong=sorted(
            (one for one in findings if one.verdict is not Verdict.PASS),
            key=lambda one: one.verdict,
            reverse=True,
        ),
        right=[one for one in findings if one.verdict is Verdict.PASS],
        run=run,
        network=network(run, language) if run and run.links else None,
        compared=[compared(match, language) for match in report.matches] if report else [],
        pictures=pictures,
        more=more,
        connections=_connections(evidence),
        plots=_plots(evidence, language),
        states=states(evidence) if evidence else [],
        listings=[
            listed(one.point, one.capture, evidence.names, scope.longest)
            for one in vantages
            if evidence and len(one.capture)
        ],
    )


def _pictures(
    evidence: Evidence | None, language: Language, scope: Scope
) -> tuple[list[Picture], int]:
    """The first connections as pictures, and how many more the captures hold at most."""
    if evidence is None:
        return [], 0
    vantages = list(evidence.vantages.values())
    links = evidence.run.links if evidence.run else []
    found = ladders(vantages, evidence.names, scope.longest, links, scope.number)
    drawn = [picture(one, language) for one in islice(found, MOST)]
    more = sum(1 for _ in found) if len(drawn) == MOST else 0
    return drawn, more


def _connections(evidence: Evidence | None) -> list[Summary]:
    """The first vantage point's first connections."""
    vantage = next(iter(evidence.vantages.values()), None) if evidence else None
    if vantage is None or evidence is None:
        return []
    first = vantage.capture.connections[:MOST]
    return [summary(one, evidence.names, near(one, vantage.point, evidence.names)) for one in first]


def _plots(evidence: Evidence | None, language: Language) -> list[backoff.Plot]:
    if evidence is None:
        return []
    found = backoff.series(list(evidence.vantages.values()), evidence.names)
    return [backoff.plot(one, language) for one in found[: backoff.MOST]]
