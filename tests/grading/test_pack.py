"""`tcplab pack`: the same runs give the same bytes, and what it packs is found again."""

import hashlib
import io
import json
import os
import zipfile
from pathlib import Path

import msgspec
import pytest

from cli.exits import UsageError
from cli.pack import pack_runs
from grading.packing import pack, packed_run
from tests.captures import frames
from tests.cli.command import tcplab
from tests.grading.classes import CAPTURE, COURSE, files_of, finder, found, laid, sole, ticket
from tests.labs.lab_evidence import sample_run


def played(folder: Path, lab: str, **more: bytes) -> Path:
    """A run directory as `tcplab run` leaves it."""
    run = sample_run(lab)
    captures = {point.file: CAPTURE for point in run.vantage_points}
    texts = {"transcripts/svr4.txt": b"svr4 % \n", "states.jsonl": b"", "report.json": b"{}"}
    return laid(folder, captures | texts | {"run.json": msgspec.json.encode(run)} | more)


def refusal(*runs: Path, out: Path, force: bool = False) -> str:
    """The line with which packing is refused; nothing is written."""
    before = out.read_bytes() if out.is_file() else None
    with pytest.raises(UsageError) as caught:
        pack_runs(runs, out, force)
    assert (out.read_bytes() if out.is_file() else None) == before
    assert "\n" not in str(caught.value)
    return str(caught.value)


def names(path: Path) -> list[str]:
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return archive.namelist()


def test_a_run_is_packed_with_a_manifest(tmp_path: Path) -> None:
    run = played(tmp_path / "run", "mss", **{"answers.yaml": b"lab: mss\n", "notes.txt": b"x"})
    done = tcplab("pack", str(run), "-o", str(tmp_path / "my.zip"))
    assert done.returncode == 0, done.stderr
    assert names(tmp_path / "my.zip") == [
        "manifest.json",
        "mss/answers.yaml",
        *sorted(f"mss/{point.file}" for point in sample_run("mss").vantage_points),
        "mss/run.json",
        "mss/states.jsonl",
        "mss/transcripts/svr4.txt",
    ]
    with zipfile.ZipFile(tmp_path / "my.zip") as archive:
        manifest = json.loads(archive.read("manifest.json"))
        for name, its_sum in manifest["sha256"].items():
            assert hashlib.sha256(archive.read(name)).hexdigest() == its_sum
        assert set(manifest["sha256"]) == set(archive.namelist()) - {"manifest.json"}


def test_it_says_what_is_packed_and_what_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    played(tmp_path / "runs/connection", "connection", **{"ticket.json": ticket("ahn")})
    played(tmp_path / "runs/mss", "mss", **{"answers.yaml": b"lab: mss\n"})
    assert pack_runs([tmp_path / "runs"], tmp_path / "my.zip", force=False) == 0
    first, second, third = capsys.readouterr().out.splitlines()
    assert first.startswith(f"{tmp_path}/my.zip: 2 runs, ")
    assert second == "  connection  2 captures, 6 files, no answers.yaml yet"
    assert third.startswith("  mss         ")
    assert third.endswith(", no ticket")


def test_the_same_runs_give_the_same_bytes(tmp_path: Path) -> None:
    one, other = played(tmp_path / "a", "mss"), played(tmp_path / "b/c", "mss")
    for path in other.rglob("*"):
        path.chmod(0o700)
        os.utime(path, (1_000_000_000, 1_000_000_000))
    assert pack([packed_run(one)]) == pack([packed_run(other)])
    both = [packed_run(one), packed_run(played(tmp_path / "d", "connection"))]
    assert pack(both) == pack(both[::-1])

    with zipfile.ZipFile(io.BytesIO(pack(both))) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_a_pack_is_found_as_it_was_handed_in(tmp_path: Path) -> None:
    mine = {"ticket.json": ticket("ahn"), "answers.yaml": b"lab: mss\n"}
    runs = [
        played(tmp_path / "runs/1", "mss", **mine),
        played(tmp_path / "runs/2", "connection", **mine),
    ]
    (tmp_path / "x.zip").write_bytes(pack([packed_run(run) for run in runs]))
    (handed,) = finder().handed_in([tmp_path / "x.zip"])
    with finder().opened(handed) as opened:
        assert opened.left_out == ()
        by_lab = {one.lab: one for one in opened.submissions}
        assert set(by_lab) == {"mss", "connection"} <= set(COURSE.labs)
        for run, lab in zip(runs, ("mss", "connection"), strict=True):
            assert by_lab[lab].student == "ahn"
            assert not by_lab[lab].problem
            assert files_of(by_lab[lab].place) == files_of(run) - {"report.json"}


def test_a_program_goes_with_its_run(tmp_path: Path) -> None:
    """Whoever grades runs it again: it isn't left behind, nor a submission of its own."""
    run = played(tmp_path / "run", "echo-server", **{"program.py": b"print('echo')\n"})
    (tmp_path / "my.zip").write_bytes(pack([packed_run(run)]))
    assert "echo-server/program.py" in names(tmp_path / "my.zip")
    inbox = laid(tmp_path / "inbox", {"ahn/my.zip": (tmp_path / "my.zip").read_bytes()})
    for handed in finder().handed_in([inbox]):
        with finder().opened(handed) as opened:
            one = sole(opened.submissions)
            assert (one.kind, opened.left_out) == ("run", ())
            assert (one.place / "program.py").read_bytes() == b"print('echo')\n"


def test_what_was_changed_since_it_was_packed_is_said(tmp_path: Path) -> None:
    data = pack([packed_run(played(tmp_path / "run", "connection"))])
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    changed = files["connection/run.json"].replace(b'"dropped":0', b'"dropped":9')
    assert changed != files["connection/run.json"]
    honest = laid(tmp_path / "honest/ahn", files)
    edited = laid(tmp_path / "edited/ahn", files | {"connection/run.json": changed})
    broken = laid(tmp_path / "broken/ahn", files | {"manifest.json": b"{"})
    assert [sole(found(path)).notes for path in (honest, edited, broken)] == [
        (),
        ("not as it was packed: connection/run.json",),
        (),
    ]


def test_a_file_is_replaced_only_by_force(tmp_path: Path) -> None:
    run, out = played(tmp_path / "run", "mss"), tmp_path / "my.zip"
    out.write_bytes(b"precious")
    done = tcplab("pack", str(run), "-o", str(out))
    assert (done.returncode, done.stderr) == (
        2,
        f"tcplab: {out}: is there already; replace it with --force\n",
    )
    assert out.read_bytes() == b"precious"
    assert tcplab("pack", str(run), "-o", str(out), "--force").returncode == 0
    assert "mss/run.json" in names(out)


def test_what_is_no_run_is_refused(tmp_path: Path) -> None:
    laid(tmp_path / "interrupted", {"pcap/svr4-eth0.pcap": CAPTURE})
    laid(tmp_path / "pictures", {"cat.png": b"\x89PNG"})
    broken = played(tmp_path / "broken", "mss")
    (broken / "run.json").write_bytes(b"{")
    lacking = played(tmp_path / "lacking", "connection")
    (lacking / "pcap/svr4-eth0.pcap").unlink()
    for name, line in {
        "nowhere": "no run directory (`tcplab run` leaves one",
        "interrupted": "this run was interrupted: it has no run.json; run the lab again",
        "pictures": "no run directory: it has no run.json",
        "broken": "not a run.json",
        "lacking": "run.json names pcap/svr4-eth0.pcap, but it isn't there",
    }.items():
        assert line in refusal(tmp_path / name, out=tmp_path / "out.zip")


def test_two_runs_of_a_lab_are_not_chosen_from(tmp_path: Path) -> None:
    one, other = played(tmp_path / "1", "mss"), played(tmp_path / "2", "mss")
    line = refusal(one, other, out=tmp_path / "x.zip")
    assert line == f"{one} and {other} are both runs of mss: pack one"
    assert pack_runs([one, one / "../1"], tmp_path / "x.zip", force=False) == 0


def test_what_graders_would_refuse_is_told_to_the_student(tmp_path: Path) -> None:
    run = played(tmp_path / "run", "mss")
    (run / "pcap/huge.pcap").write_bytes(frames.pcap([]) + bytes(4 << 20))
    line = refusal(run, out=tmp_path / "x.zip")
    assert line.startswith("this pack would not be graded: a file in it unpacks to")


def test_a_folder_is_no_place_for_a_zip(tmp_path: Path) -> None:
    line = refusal(played(tmp_path / "run", "mss"), out=tmp_path, force=True)
    assert line == f"{tmp_path}: is a folder; name the zip to write, such as {tmp_path}.zip"
