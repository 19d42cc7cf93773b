"""The labs from end to end: played, captured, checked; and machines that can't."""

import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import msgspec
import pytest

from captures import listing, reader
from captures import run as run_json
from labs import catalog
from tests.cli.command import tcplab
from tests.emulation.inside import PROJECT, run_as, users

pytestmark = pytest.mark.emulation

# An ordinary tester becomes root of a user namespace for what only root can prepare.
AS_ROOT = () if os.geteuid() == 0 else ("unshare", "--user", "--map-root-user", "--map-auto", "--")


def run_lab(user: str, lab: str, out: Path) -> "subprocess.CompletedProcess[str]":
    arguments = ["run", lab, "--pace", "quick", "--out", str(out / user)]
    return run_as(user, "-m", "cli.main", *arguments)


@pytest.fixture
def shared() -> Iterator[Path]:
    """A folder that an ordinary user can write to as well."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o777)
        yield Path(folder)


@pytest.mark.parametrize("user", users())
@pytest.mark.parametrize("lab", ["connection", "mss"])
def test_a_lab_passes(user: str, lab: str, shared: Path) -> None:
    done = run_lab(user, lab, shared)
    assert done.returncode == 0, done.stdout + done.stderr
    directory = shared / user / lab
    schema = json.loads((PROJECT / "docs/run.schema.json").read_text())
    jsonschema.validate(json.loads((directory / "run.json").read_text()), schema)
    run = run_json.load(directory / "run.json")
    assert run.user == user
    for point in run.vantage_points:
        assert point.dropped == 0
        assert point.captured == point.received
        assert (directory / point.file).stat().st_size > 24
    states = [json.loads(line) for line in (directory / "states.jsonl").read_text().splitlines()]
    assert {"ESTABLISHED"} <= {state for line in states for _, _, state in line["sockets"]}
    assert tcplab("check", str(directory)).returncode == 0


def test_the_figure_of_section_18_2_is_the_books_segment_by_segment(shared: Path) -> None:
    """The lab's listing, with ISNs and the port set to the book's, is the book's but for times."""
    assert run_lab("ordinary", "connection", shared).returncode == 0
    directory = shared / "ordinary/connection"
    run = run_json.load(directory / "run.json")
    capture = reader.read(directory / "pcap/bsdi-eth0.pcap")
    ours = listing.write(capture, run_json.names(run), relative=True).splitlines()
    figure = reader.read(PROJECT / "tests/captures/figures/18.2-connection.txt")
    books = listing.write(figure, relative=True).splitlines()

    def shape(line: str) -> str:
        """The segment without its times, its ISNs and the client's port."""
        text = line[line.index(next(host for host in ("svr4.", "bsdi.") if host in line)) :]
        for segment in (figure.connections[0], capture.connections[0]):
            text = text.replace(f"svr4.{segment.client.port}", "svr4.PORT")
            for isn in {one.seq for one in segment.segments if one.flags & 2}:
                text = text.replace(str(isn), "ISN").replace(str((isn or 0) + 1), "ISN+1")
        return text.partition(" win ")[0]

    only_tcp = [line for line in ours if " arp " not in line]
    # Linux's ACK of a FIN can be overtaken by the FIN of a server that closes at once.
    assert sorted(map(shape, only_tcp)) == sorted(map(shape, books))
    assert list(map(shape, only_tcp))[:4] == list(map(shape, books))[:4]


@pytest.mark.slow
@pytest.mark.timeout(400)
@pytest.mark.parametrize("user", users())
def test_all_labs_at_once_as_one_json_document(user: str, shared: Path) -> None:
    arguments = ["run", "--all", "--pace", "quick", "--json", "--out", str(shared / user)]
    done = run_as(user, "-m", "cli.main", *arguments)
    document = json.loads(done.stdout)
    assert [result["lab"] for result in document["results"]] == catalog.of_kind("session")
    failed = [result for result in document["results"] if result["verdict"] != "PASS"]
    assert not failed, json.dumps(failed, indent=1)
    assert done.returncode == 0
    assert "telnet bsdi discard" in done.stderr  # the progress


def test_a_run_is_resumed_where_there_is_no_verdict(tmp_path: Path) -> None:
    assert tcplab("run", "connection", "--pace=quick", f"--out={tmp_path}").returncode == 0
    before = (tmp_path / "connection/run.json").read_bytes()
    done = tcplab("run", "connection", "mss", "--pace=quick", f"--resume={tmp_path}")
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "connection/run.json").read_bytes() == before
    assert (tmp_path / "mss/run.json").exists()
    assert "connection:" not in done.stderr


def test_run_json_of_the_future_is_still_read(shared: Path) -> None:
    assert run_lab("ordinary", "connection", shared).returncode == 0
    path = shared / "ordinary/connection/run.json"
    content = json.loads(path.read_text()) | {"a_key_of_tomorrow": 1}
    assert msgspec.convert(content, run_json.Run) == run_json.load(path)


def test_without_tcpdump_the_mend_is_named(tmp_path: Path) -> None:
    hide = (
        "for place in $(type -ap tcpdump; ls /usr/sbin/tcpdump 2>/dev/null); do "
        'mount --bind /dev/null "$(readlink -f "$place")"; done; exec "$@"'
    )
    before = (*AS_ROOT, "unshare", "--mount", "bash", "-ec", hide, "hide")
    done = tcplab("run", "connection", "--out", str(tmp_path / "out"), before=before)
    assert done.returncode == 3, done.stdout + done.stderr
    assert "tcpdump" in done.stderr
    assert "apt install tcpdump" in done.stderr
    assert not (tmp_path / "out").exists()


def test_without_the_right_to_make_namespaces_it_says_so(tmp_path: Path) -> None:
    before = (*AS_ROOT, "setpriv", "--bounding-set=-sys_admin", "--inh-caps=-sys_admin")
    done = tcplab("run", "connection", "--out", str(tmp_path / "out"), before=before)
    assert done.returncode == 3, done.stdout + done.stderr
    assert "can't make namespaces" in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()
    doctor = tcplab("doctor", before=before)
    assert doctor.returncode == 3
    assert "unfit" in doctor.stdout


def test_a_full_disk_is_said_and_nothing_is_left(tmp_path: Path) -> None:
    full = (
        f'mount -t tmpfs -o size=8k none {tmp_path}; "$@"; status=$?; '
        f"find {tmp_path} -mindepth 1 >&2; exit $status"
    )
    before = (*AS_ROOT, "unshare", "--mount", "sh", "-c", full, "full")
    out = tmp_path / "out"
    done = tcplab("run", "connection", "--pace", "quick", "--out", str(out), before=before)
    assert done.returncode == 3, done.stdout + done.stderr
    assert "No space left" in done.stdout + done.stderr
    assert str(out) not in done.stderr.split("no result")[-1]


def test_a_folder_that_is_no_run_directory_is_never_removed(tmp_path: Path) -> None:
    precious = tmp_path / "out/connection/thesis.tex"
    precious.parent.mkdir(parents=True)
    precious.write_text("years of work")
    done = tcplab("run", "connection", "--pace", "quick", "--out", str(tmp_path / "out"))
    assert done.returncode == 2
    assert "in the way" in done.stderr
    assert precious.read_text() == "years of work"


def test_a_new_run_replaces_the_old_one_but_not_the_answers(tmp_path: Path) -> None:
    arguments = ("run", "connection", "--pace", "quick", "--out", str(tmp_path))
    assert tcplab(*arguments).returncode == 0
    directory = tmp_path / "connection"
    before = (directory / "run.json").read_text()
    (directory / "answers.yaml").write_text("isn: 1")
    (directory / "report.json").write_text("{}")
    refused = tcplab(*arguments)
    assert refused.returncode == 2
    assert (directory / "run.json").read_text() == before
    done = tcplab(*arguments, "--force")
    assert done.returncode == 0
    assert "answers.yaml was written about the run before" in done.stderr
    assert (directory / "run.json").read_text() != before
    assert (directory / "answers.yaml").read_text() == "isn: 1"
    assert not (directory / "report.json").exists()


@pytest.mark.parametrize("user", users())
def test_the_doctor_finds_this_machine_fit(user: str) -> None:
    done = run_as(user, "-m", "cli.main", "doctor")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Labs can run here." in done.stdout
