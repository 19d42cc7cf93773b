"""The mnexec of ours, where a system has none: what Mininet's nodes ask of it."""

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.emulation.inside import in_sandbox, users

pytestmark = [pytest.mark.emulation, pytest.mark.parametrize("user", users())]

MNEXEC = "topologies/mnexec"
SHELL = ["bash", "-c", "echo up; read -r"]


def a_node() -> dict[str, Any]:
    """Start a node's shell as Mininet does, look at it, and run a command beside it."""
    inherited, other_end = os.pipe()
    os.set_inheritable(inherited, True)
    options: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([MNEXEC, "-cdn", *SHELL], close_fds=False, **options) as node:
        assert node.stdout is not None
        node.stdout.readline()
        process = Path(f"/proc/{node.pid}")
        beside = [MNEXEC, "-da", str(node.pid)]
        found = {
            "command": (process / "comm").read_text().strip(),
            "own network": _namespace("net", node.pid) != _namespace("net", os.getpid()),
            "own mounts": _namespace("mnt", node.pid) != _namespace("mnt", os.getpid()),
            "own session": os.getsid(node.pid) == node.pid,
            "inherited": (process / "fd" / str(inherited)).exists(),
            "interfaces in /sys": _output([*beside, "ls", "/sys/class/net"]),
            "network beside": _output([*beside, "readlink", "/proc/self/ns/net"])
            == _namespace("net", node.pid),
            "directory beside": _output([*beside, "pwd"]) == os.getcwd(),  # noqa: PTH109
            "status beside": subprocess.run([*beside, "false"], check=False).returncode,
            "tells its id": _output([MNEXEC, "-p", "sh", "-c", "echo $$"]).split("\n"),
        }
        node.communicate(b"\n")
    os.close(other_end)
    return found


def _namespace(kind: str, process: int) -> str:
    return str(Path(f"/proc/{process}/ns/{kind}").readlink())


def _output(command: list[str]) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip("\n")


def test_a_node_lives_in_namespaces_of_its_own(user: str) -> None:
    found = in_sandbox(user, a_node)
    said, its = found.pop("tells its id")
    assert said == f"\x01{its}"
    assert found == {
        "command": "bash",
        "own network": True,
        "own mounts": True,
        "own session": True,
        "inherited": False,
        "interfaces in /sys": "lo",
        "network beside": True,
        "directory beside": True,
        "status beside": 1,
    }
