"""The jail of students' programs: whatever they try, they lose, and harm nothing."""

import secrets
import socket
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.emulation.hostile_programs import PROGRAMS
from tests.emulation.inside import in_sandbox, users
from tests.emulation.test_sandbox import own_addresses
from topologies.sandbox import SCRATCH

pytestmark = [pytest.mark.emulation, pytest.mark.timeout(300)]

LIMITS = {"wall_s": 6, "cpu_s": 1, "memory_mb": 64, "files_mb": 4, "output_kb": 16, "processes": 16}
SOLUTION = "the other student's solution"
# What a run directory holds, in the sandbox while a program runs.
AROUND = ("run.json", "ticket.json", "states.jsonl", "pcap/bsdi-eth0.pcap", "transcripts/svr4.txt")


def play_hostile(file: str, address: str, port: int, abstract: str) -> dict[str, Any]:
    """Run every program, one after the other; what each left, and what was there before."""
    import msgspec

    from labs.catalog import Limits
    from labs.program import Program
    from topologies.inside_cover import BOOK
    from topologies.internet import part
    from topologies.network import running

    outcomes = {}
    with running(part(BOOK, ["bsdi", "svr4"])) as network:
        # Somebody else in the sandbox, under root and under another id.
        others = [network["svr4"].start("sleep", "1000"), network["bsdi"].start("sleep", "1000")]
        others.append(network["bsdi"].start("setpriv", "--reuid=4999", "sleep", "1000"))
        for name in AROUND:
            laid = SCRATCH / "run" / name
            laid.parent.mkdir(parents=True, exist_ok=True)
            laid.write_text(SOLUTION)
            laid.chmod(0o666)
        for number, (name, hostile) in enumerate(PROGRAMS.items()):
            path = SCRATCH / f"hostile{number}.py"
            known = f"FILE, ADDRESS, PORT, ABSTRACT = {file!r}, {address!r}, {port}, {abstract!r}\n"
            path.write_bytes((known + hostile.source).encode(errors="surrogateescape"))
            path.chmod(0o644)
            before = state(network["bsdi"].pid)
            # On a busy machine a second of processors takes its time.
            wall_s = 60 if hostile.limit == "processor time" else LIMITS["wall_s"]
            limits = Limits(**LIMITS | {"wall_s": wall_s})
            program = Program(network["bsdi"], path, "", limits)
            if hostile.limit == "after SIGTERM":
                wait_for(program, "ready")
                program.stop()
            program.wait()
            record = msgspec.to_builtins(program.record())
            transcript = program.transcript
            program.close()
            after = state(network["bsdi"].pid)
            outcomes[name] = {
                "record": record,
                "shown": transcript,
                "changed": differs(before, after),
            }
        outcomes["others"] = {"alive": [one.poll() is None for one in others]}
    return outcomes


def wait_for(program: Any, text: str) -> None:
    from labs.waiting import wait_until

    wait_until(lambda: text in program.transcript, f"the program shows {text!r}")


def state(host: int) -> dict[str, list[str]]:
    """The sandbox's processes, the host's mounts, and the files on the scratch."""
    return {
        "processes": sorted(path.name for path in Path("/proc").iterdir() if runs(path)),
        "mounts": sorted(Path(f"/proc/{host}/mounts").read_text().splitlines()),
        "files": sorted(str(path) for path in SCRATCH.rglob("*")),
        "hosts": [Path("/etc/hosts").read_text()],
    }


def runs(path: Path) -> bool:
    """Whether this is a process: a zombie is none, which nobody has waited for yet."""
    try:
        state = (path / "stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return path.name.isdigit() and state not in "ZX"


def differs(before: dict[str, list[str]], after: dict[str, list[str]]) -> dict[str, list[str]]:
    return {
        name: sorted(set(before[name]) ^ set(after[name]))
        for name in before
        if before[name] != after[name]
    }


@dataclass
class Seen:
    """What the programs did, and what the machine outside noticed of it."""

    outcomes: dict[str, Any]
    secret: str
    connections: int
    datagrams: int
    files: list[str]


@pytest.fixture(scope="module", params=users())
def seen(request: pytest.FixtureRequest) -> Iterator[Seen]:
    with tempfile.TemporaryDirectory() as folder, socket.create_server(("0.0.0.0", 0)) as server:
        Path(folder).chmod(0o777)
        secret = Path(folder) / "solution.py"
        secret.write_text(SOLUTION)
        secret.chmod(0o666)
        port = server.getsockname()[1]
        name = f"\0outside {secrets.token_hex(8)}"  # such names are the whole machine's
        with (
            socket.socket(type=socket.SOCK_DGRAM) as udp,
            socket.socket(socket.AF_UNIX) as abstract,
        ):
            udp.bind(("0.0.0.0", port))
            abstract.bind(name)
            abstract.listen()
            for one in (server, udp, abstract):
                one.setblocking(False)
            outcomes = in_sandbox(
                request.param, play_hostile, str(secret), own_addresses()[0], port, name
            )
            yield Seen(
                outcomes,
                secret.read_text(),
                came(server.accept) + came(abstract.accept),
                came(lambda: udp.recvfrom(100)),
                [path.name for path in Path(folder).iterdir()],
            )


def came(receive: Any) -> int:
    try:
        receive()
    except BlockingIOError:
        return 0
    return 1


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_hostile_program_is_contained_and_its_end_is_told(seen: Seen, name: str) -> None:
    hostile, outcome = PROGRAMS[name], seen.outcomes[name]
    record, shown = outcome["record"], outcome["shown"]
    assert record["ended"] == hostile.ended, outcome
    assert hostile.limit in record["limit"], outcome
    assert hostile.shown in shown, outcome
    assert "GOT" not in shown, shown
    assert SOLUTION not in shown
    assert outcome["changed"] == {}
    assert all(c.isprintable() or c in "\n\t" for c in shown)
    assert len(shown) < 2 * LIMITS["output_kb"] * 1024


def test_nothing_else_was_harmed(seen: Seen) -> None:
    assert seen.outcomes["others"] == {"alive": [True, True, True]}
    assert seen.secret == SOLUTION
    assert (seen.connections, seen.datagrams) == (0, 0)
    assert seen.files == ["solution.py"]


TRYING = [name for name, one in PROGRAMS.items() if "print('GOT', " in one.source]


def test_every_try_was_made(seen: Seen) -> None:
    """A program that ended before its time would have been refused nothing."""
    for name in TRYING:
        tried = PROGRAMS[name].source.count("'GOT'")
        assert seen.outcomes[name]["shown"].count("\nrefused ") == tried, seen.outcomes[name][
            "shown"
        ]
