"""`./setup.sh --tests` where the system offers no Chromium: playwright's own, or what to do."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.browser import program

PROJECT = Path(__file__).parents[1]
TOOLS = "awk cat cmp dirname env grep id install ls mkdir mktemp readlink sort touch".split()
NEEDED = """apt-get bwrap brctl ethtool ifconfig inetd ip mnexec newuidmap nft ping setpriv sudo
    sysctl tcpdump telnet tmux tshark unshare vagrant""".split()
COPIED = ("setup.sh", "pyproject.toml", "topologies/unshare.apparmor")
DOWNLOAD = """[ "$1" = --version ] && exit
    echo "$*" >> {asked}
    mkdir -p $PLAYWRIGHT_BROWSERS_PATH/chromium_headless_shell-1
    touch $PLAYWRIGHT_BROWSERS_PATH/chromium_headless_shell-1/INSTALLATION_COMPLETE"""
WITH_DEPS, AGAIN = "install --with-deps --only-shell chromium", "install --only-shell chromium"


def script(path: Path, commands: str) -> None:
    path.unlink(missing_ok=True)
    path.write_text(f"#!/bin/sh\n{commands}\n")
    path.chmod(0o755)


class Machine:
    """A checkout that is set up but for a browser, on a system whose apt offers none."""

    def __init__(self, home: Path) -> None:
        self.checkout, self.programs, self._asked = home / "tcplab", home / "bin", home / "asked"
        self.programs.mkdir()
        for name in TOOLS:
            (self.programs / name).symlink_to(f"/usr/bin/{name}")
        for name in COPIED:
            (self.checkout / name).parent.mkdir(exist_ok=True)
            shutil.copy(PROJECT / name, self.checkout / name)
        self.venv = self.checkout / ".venv"
        (self.venv / "bin").mkdir(parents=True)
        shutil.copy(PROJECT / "pyproject.toml", self.venv / ".installed-from")
        for path in (self.venv / "bin/python", self.venv / "bin/tcplab"):
            script(path, "exit 0")
        for name in NEEDED:
            script(self.programs / name, "exit 0")
        script(self.programs / "fc-list", "echo a Korean font")
        script(self.programs / "apt-cache", "echo '  Candidate: (none)'")
        self.playwright(DOWNLOAD.format(asked=self._asked))

    def playwright(self, commands: str) -> None:
        script(self.venv / "bin/playwright", commands)

    def set_up(self) -> str:
        """What is said."""
        done = subprocess.run(
            ["./setup.sh", "--tests"],
            cwd=self.checkout,
            env={"PATH": str(self.programs)},
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout + done.stderr

    def asked(self) -> list[str]:
        """What playwright was called with, so far."""
        return self._asked.read_text().splitlines() if self._asked.exists() else []


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_playwrights_own_chromium_is_installed_once(machine: Machine) -> None:
    assert "playwright's own Chromium" in machine.set_up()
    assert machine.asked() == [WITH_DEPS]
    # Again, playwright looks whether it is the one of its version, and nobody says a word.
    assert machine.set_up() == ""
    assert machine.asked() == [WITH_DEPS, AGAIN]


def test_a_snap_is_no_chromium(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    script(machine.programs / "snap", "exit 0")
    (machine.programs / "chromium").symlink_to("snap")
    machine.set_up()
    assert machine.asked() == [WITH_DEPS]
    monkeypatch.setenv("PATH", str(machine.programs))
    assert program.packaged() is None


def test_a_chromium_of_the_system_will_do(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    script(machine.programs / "chromium", "exit 0")
    machine.set_up()
    assert machine.asked() == []
    monkeypatch.setenv("PATH", str(machine.programs))
    assert program.packaged() == str(machine.programs / "chromium")


def test_without_a_browser_the_rest_is_set_up_and_told_what_to_do(machine: Machine) -> None:
    machine.playwright("echo 'Download failed' >&2; exit 1")
    said = machine.set_up()
    for words in ("Download failed", "all others can be run", "PLAYWRIGHT_DOWNLOAD_HOST", "PATH"):
        assert words in said


def test_what_setup_brings_is_what_the_tests_look_for(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert program.BROWSERS == PROJECT / ".venv/browsers"
    monkeypatch.setenv("PATH", str(machine.programs))
    monkeypatch.setattr(program, "BROWSERS", machine.venv / "browsers")
    assert not program.there()
    machine.set_up()
    assert program.there()


def test_what_playwrights_node_lacks_is_installed(machine: Machine) -> None:
    machine.playwright("echo 'libatomic.so.1: cannot open shared object file' >&2; exit 127")
    assert "installing libatomic1" in machine.set_up()


def test_a_program_that_is_nowhere_is_installed(machine: Machine) -> None:
    """Whatever this system's readlink says of no name at all."""
    (machine.programs / "readlink").unlink()
    script(machine.programs / "readlink", 'echo "$PWD"')
    (machine.programs / "tmux").unlink()
    assert "installing chromium tmux\n" in machine.set_up()
