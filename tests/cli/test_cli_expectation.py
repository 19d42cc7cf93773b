"""The expectation that a capture fulfils, as the command line asks for it."""

from pathlib import Path

import pytest
import yaml

from checkers.evidence import Evidence
from cli.exits import UsageError
from cli.expectation import expectation
from tests.checkers.checkers_samples import POINT, figure, ran, segments

PATH = Path("mine.pcap")


def test_the_time_line_of_the_only_capture() -> None:
    text = expectation(PATH, figure("18.2-connection"), None, None, lab_yaml=False)
    assert text.startswith("svr4.$c > bsdi.discard: S $J:$J(0)")


def test_an_entry_of_a_lab() -> None:
    text = expectation(PATH, ran(segments()), POINT, 1, lab_yaml=True)
    (entry,) = yaml.safe_load(text)
    assert (entry["check"], entry["at"]) == ("timeline", POINT)
    assert entry["timeline"].startswith("svr4.$c > bsdi.discard: S $J:$J(0)")


def test_what_is_not_clear_is_said() -> None:
    evidence = ran(segments())
    two = Evidence({**evidence.vantages, "svr4 eth0": evidence.vantages[POINT]}, evidence.names)
    with pytest.raises(UsageError, match="choose a vantage point with --at: bsdi eth0, svr4 eth0"):
        expectation(PATH, two, None, None, lab_yaml=False)
    with pytest.raises(UsageError, match="no connection 2 in this capture"):
        expectation(PATH, evidence, POINT, 2, lab_yaml=False)
