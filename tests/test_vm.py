"""The course's machines: what they are made of, and what who logs in finds."""

import json
import os
import pty
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]


def test_vagrant_accepts_the_vagrantfile(tmp_path: Path) -> None:
    """`make test` installs vagrant wherever the distribution has it."""
    if shutil.which("vagrant") is None:
        pytest.skip("this distribution has no package vagrant")
    done = subprocess.run(
        ["vagrant", "validate", "--ignore-provider"],
        cwd=PROJECT,
        env=os.environ | {"VAGRANT_DOTFILE_PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_vm_works_in_a_copy_and_shares_what_is_handed_in(tmp_path: Path) -> None:
    host = tmp_path / "host"
    for name in ("vm/provision.sh", "labs/lab.py", ".venv/bin/tcplab", "runs/old", ".git/HEAD"):
        (host / name).parent.mkdir(parents=True, exist_ok=True)
        (host / name).write_text("touch ~/provisioned\n")
    home = tmp_path / "home"
    for _ in range(2):  # `vagrant provision` is for instructors who changed something
        subprocess.run(
            ["sh", "-c", _provisioning().replace("/vagrant", str(host))],
            env=os.environ | {"HOME": str(home)},
            check=True,
        )
    assert (home / "provisioned").exists()
    assert sorted(path.name for path in (home / "tcplab").iterdir()) == ["labs", "vm"]
    (home / "submissions/mine.zip").write_text("")
    assert (host / "submissions/mine.zip").exists()


def _provisioning() -> str:
    """The shell script within the Vagrantfile, with Ruby's escapes undone."""
    found = re.search(r"<<~SHELL\n(.*?)\n  SHELL", (PROJECT / "Vagrantfile").read_text(), re.DOTALL)
    assert found is not None
    return found[1].replace("\\\\", "\\")


def test_the_vm_and_the_container_are_made_by_make_setup() -> None:
    assert "make setup" in (PROJECT / "vm/provision.sh").read_text()
    for name in ("Vagrantfile", ".devcontainer/Containerfile"):
        assert "vm/provision.sh" in (PROJECT / name).read_text(), name


def test_who_logs_in_reads_what_to_type_and_has_tcplab(tmp_path: Path) -> None:
    shutil.copytree(PROJECT / "vm", tmp_path / "tcplab/vm")
    (tmp_path / "tcplab/.venv").symlink_to(sys.prefix)
    (tmp_path / ".bashrc").write_text(f". '{tmp_path}/tcplab/vm/login.sh'\n")
    screen = _logged_in(tmp_path, "pwd; type -p tcplab; bash -ic exit; exit")
    assert re.findall(r"^ {4}(tcplab \w+)", screen, re.MULTILINE) == [
        "tcplab list",
        "tcplab run",
        "tcplab start",
    ]
    assert f"{tmp_path}/tcplab\r\n" in screen
    assert f"{sys.prefix}/bin/tcplab\r\n" in screen


def _logged_in(home: Path, typed: str) -> str:
    """What a terminal shows to a user of this home who types that."""
    environment = {"HOME": str(home), "PATH": os.defpath, "TERM": "dumb"}
    pid, terminal = pty.fork()
    if pid == 0:
        os.execve("/bin/bash", ["bash", "-i"], environment)  # noqa: S606
    os.write(terminal, f"{typed}\n".encode())
    screen = b""
    try:
        while more := os.read(terminal, 65536):
            screen += more
    except OSError:  # the terminal is closed: the shell has ended
        pass
    os.waitpid(pid, 0)
    os.close(terminal)
    return screen.decode()


def test_the_container_shares_what_is_handed_in_and_nothing_else() -> None:
    container = json.loads((PROJECT / ".devcontainer/devcontainer.json").read_text())
    assert (PROJECT / ".devcontainer" / container["build"]["dockerfile"]).exists()
    assert "${localWorkspaceFolder}/submissions" in container["workspaceMount"]
    assert not any("${localWorkspaceFolder}" in mount for mount in container.get("mounts", []))
