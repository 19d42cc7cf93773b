"""What the doctor says of a machine, which is made up here."""

import shutil

import pytest

from cli import doctor
from labs import tools
from topologies.abilities import Abilities


def diagnosed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmux: bool
) -> list[str]:
    able = Abilities(True, True, True, True, True, hz=250, window_share=0.5)
    monkeypatch.setattr(doctor, "obstacle", lambda: "")
    monkeypatch.setattr(doctor, "_measured_in_sandbox", lambda: able)
    monkeypatch.setattr(tools, "missing", lambda with_program=False: [])
    monkeypatch.setattr(shutil, "which", lambda name: name if tmux else None)
    assert doctor.doctor() == 0
    return capsys.readouterr().out.splitlines()


def test_what_is_there_gets_no_mend(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    *lines, last = diagnosed(monkeypatch, capsys, tmux=True)
    assert last == "Labs can run here."
    assert all(line.startswith("fine ") for line in lines), lines


def test_what_is_missing_gets_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = diagnosed(monkeypatch, capsys, tmux=False)
    place = next(at for at, line in enumerate(lines) if line.startswith("degraded  tmux"))
    assert "install tmux" in lines[place + 1]
