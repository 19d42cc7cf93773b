"""The list of programs is the same wherever it stands."""

import re
from pathlib import Path

import pytest

from labs import tools

PROJECT = Path(__file__).parents[2]


def test_setup_installs_every_program_that_labs_need() -> None:
    pairs = dict(re.findall(r"\b([a-z]+):([a-z0-9-]+)", (PROJECT / "setup.sh").read_text()))
    for program, package in tools.PACKAGES.items():
        assert pairs.get(program) == package


def test_only_labs_with_programs_need_bubblewrap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: None if name == "bwrap" else name)
    assert tools.missing() == []
    assert tools.missing(with_program=True) == ["bwrap"]
    assert tools.mend(["bwrap"]) == "sudo apt install bubblewrap"


def test_what_is_missing_is_named_with_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: None if name == "inetd" else name)
    assert tools.missing() == ["inetd"]
    assert tools.mend(["inetd", "tcpdump"]) == "sudo apt install openbsd-inetd tcpdump"


def test_labs_run_without_nftables_if_less_exactly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: None if name == "nft" else name)
    assert tools.missing() == []
