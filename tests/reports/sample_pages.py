"""Pages to look at: labs as hand-written evidence has them, right and wrong."""

from collections.abc import Callable

from checkers.evidence import Evidence
from labs import catalog
from languages.sentences import language
from reports.page import Entry, page
from reports.result import Result
from tests.labs import (
    test_lab_backlog,
    test_lab_connection,
    test_lab_last_ack_lost,
    test_lab_path_mtu,
    test_lab_simultaneous_open,
    test_lab_states,
    test_lab_syn_timeout,
)
from tests.labs.lab_evidence import judged

WRONG = test_lab_connection.RIGHT.edited("F 5001:5001(0)", "FP 5001:5001(0)")
SAMPLES: dict[str, Callable[[], Evidence]] = {
    "connection": WRONG.evidence,
    "backlog": test_lab_backlog.RIGHT.evidence,
    "last-ack-lost": test_lab_last_ack_lost.RIGHT.evidence,
    "path-mtu": lambda: test_lab_path_mtu.evidence(test_lab_path_mtu.RIGHT),
    "simultaneous-open": test_lab_simultaneous_open.RIGHT.evidence,
    "states": test_lab_states.RIGHT.evidence,
    "syn-timeout": test_lab_syn_timeout.RIGHT.evidence,
}


TOGETHER = ("connection", "states", "syn-timeout")


def entry(lab: str) -> Entry:
    """One lab with its findings."""
    evidence = SAMPLES[lab]()
    told = catalog.load(lab)
    result = Result(lab, f"runs/mine/{lab}", judged(lab, evidence))
    return Entry(lab, result.place, evidence, result, told.title, told.section, told.summary)


def broken() -> Entry:
    """A lab without a result."""
    return Entry(
        "mss", "runs/mine/mss", None, Result("mss", "runs/mine/mss", problem="no run.json")
    )


def whole_page(code: str = "en") -> str:
    """Some of them on one page, and a lab without a result."""
    return page("Report", [*map(entry, TOGETHER), broken()], language(code), code)


def lab_page(lab: str, code: str = "en") -> str:
    """One of the samples on a page of its own."""
    return page(f"Report: {lab}", [entry(lab)], language(code), code)
