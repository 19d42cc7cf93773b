"""Programs as nobody should hand them in: each is played as it is, or is a line."""

import os
from pathlib import Path

import pytest

from cli.exits import NO_VERDICT, PASSED
from tests.cli.test_play import LAB, Class, Machine, pretending, run_of
from tests.grading.classes import laid
from tests.grading.hostile import everything, special_zip, zipped


@pytest.fixture
def small(tmp_path: Path) -> Class:
    return Class(tmp_path)


@pytest.fixture
def machine(small: Class, monkeypatch: pytest.MonkeyPatch) -> Machine:
    return pretending(small.course, monkeypatch)


TEXT = b"print('mine')\n"
ODD = b"\xff\xfe\0print(1)\r\n"

# The files in a zip of ahn's; which programs are played; words of what isn't.
HAND_INS: dict[str, tuple[dict[str, bytes], list[bytes], str]] = {
    "a capital ending": ({"Echo Server (final).PY": TEXT}, [TEXT], ""),
    "an odd name": ({"echo-server v2 \u202egpj.py": TEXT}, [TEXT], ""),
    "an escape": ({"echo-server \x1b.py": TEXT}, [], "a control character in its name"),
    "a text's ending": ({"echo-server.py.txt": TEXT}, [], "nothing to grade in it"),
    "a folder": ({"echo-server/my work/echo.py": TEXT}, [TEXT], ""),
    "two programs": ({"echo-server/a.py": TEXT, "echo-server/b.py": ODD}, [TEXT, ODD], ""),
    "one program twice": ({"echo-server/a.py": TEXT, "echo-server/b.py": TEXT}, [TEXT], ""),
    "neither UTF-8 nor text": ({"echo-server.py": ODD}, [ODD], ""),
    "nothing in it": ({"echo-server.py": b""}, [], "echo-server.py (an empty file)"),
    "a name that leads out": ({"../../echo-server.py": TEXT}, [], "leads out of its folder"),
    "too long": ({"echo-server.py": TEXT * 20_000}, [], "longer than 256 KB"),
    "100 MB": ({"echo-server.py": bytes(100 << 20)}, [], "zip bomb"),
    "a zip in it": ({"echo-server.py": zipped({"notes": TEXT})}, [], "notes (neither"),
}


@pytest.mark.parametrize("kind", HAND_INS)
def test_odd_hand_ins_of_programs(
    small: Class, machine: Machine, tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    files, played, told = HAND_INS[kind]
    inbox = laid(tmp_path / "odd", {"ahn/mine.zip": zipped(files), f"berg/{LAB}.py": b"print(9)"})
    before = everything(inbox)
    assert small.play(paths=[inbox]) == (NO_VERDICT if told else PASSED)
    assert sorted(machine.texts("ahn")) == sorted(played)
    assert machine.texts("berg") == [b"print(9)"]
    out = capsys.readouterr().out
    assert told in out
    assert all(c.isprintable() or c == "\n" for c in out)
    small.graded(paths=[inbox])
    assert everything(inbox) == before


def test_a_program_that_is_no_file(
    small: Class, machine: Machine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A link to another's, a link out of a zip, a folder, a pipe, a sparse file of 100 MB."""
    inbox = tmp_path / "odd"
    run = run_of(small.course, "ahn", LAB, TEXT)
    laid(inbox / "ahn" / LAB, run)
    (inbox / "ahn" / LAB / "program.py").unlink()
    (inbox / "ahn" / LAB / "program.py").symlink_to(small.inbox / "berg" / LAB / "program.py")
    without = run_of(small.course, "berg", LAB, TEXT)
    del without["program.py"]
    laid(inbox / "berg" / LAB, without | {"program.py/inner.txt": TEXT})
    laid(inbox, {f"berg/link {LAB}.zip": special_zip(f"{LAB}.py", 0o120000)})
    os.mkfifo(inbox / "berg" / f"pipe {LAB}.py")
    (inbox / "chen").mkdir()
    with (inbox / "chen" / f"{LAB}.py").open("wb") as file:
        file.truncate(100 << 20)
    assert small.play(paths=[inbox]) == NO_VERDICT
    assert machine.played == []
    out = capsys.readouterr().out
    assert "odd/ahn/echo-server: no program came with it" in out
    assert "odd/berg/echo-server: no program came with it" in out
    assert "odd/chen/echo-server.py: longer than 256 KB" in out
    assert small.graded(paths=[inbox]) == NO_VERDICT
    assert small.copies(small.out) == []
