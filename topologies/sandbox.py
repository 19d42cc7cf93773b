"""A sandbox: private namespaces in which a run lives, and with which it vanishes.

`python3 -m topologies.sandbox COMMAND...` runs any command inside one, for instance Mininet's own
`mn`. User (where not root), net, pid, mount, uts and ipc namespaces are new; the only way out is
the file system. Whatever dies first, the rest follows:

- the command's caller holds a pipe, the lifeline; its end closes when the caller dies, however;
- the sandbox's first process watches the lifeline, and exits when it closes or the command ends;
- the kernel then kills all other processes of the pid namespace, and with the last of them go the
  interfaces, the mounts and the private tmpfs at `SCRATCH`.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

from topologies import mends
from topologies.inside_cover import etc_hosts, etc_services

PROJECT = Path(__file__).resolve().parent.parent

# Where the sandbox's own tmpfs lies: every Linux has this directory, and no project lies below it.
SCRATCH = Path("/dev/shm")  # noqa: S108  (it is private here: a mount of its own covers it)

# Names come from the book alone: a look-up in the DNS would only wait for an answer.
ETC = {
    "hosts": etc_hosts(),
    "services": etc_services(),
    "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\nservices: files\n",
    "resolv.conf": "",
}

NAMESPACES = ("--net", "--pid", "--mount", "--uts", "--ipc", "--fork", "--kill-child")
AS_ORDINARY_USER = ("--user", "--map-root-user", "--map-auto")
KILLED = 128 + signal.SIGKILL


class SandboxError(RuntimeError):
    """This machine or user can't have a sandbox: the message says why, and the mend."""


def unshare(command: Sequence[str]) -> list[str]:
    """The `unshare` command line that runs `command` in new namespaces, for this user."""
    user = () if os.geteuid() == 0 else AS_ORDINARY_USER
    return ["unshare", *user, *NAMESPACES, "--mount-proc", "--", *command]


@contextlib.contextmanager
def sandboxed(
    command: Sequence[str], stdout: int | None = None, stderr: int | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Run `command` in a sandbox of its own; leaving the context ends all that is in it.

    The command runs as (namespaced) root with `SCRATCH` as an empty tmpfs, and the book's
    /etc/hosts and /etc/services. Raises SandboxError where there can be no sandbox.
    """
    problem = obstacle()
    if problem:
        raise SandboxError(problem)
    watched, lifeline = os.pipe()
    try:
        first = [sys.executable, "-m", "topologies.sandbox", "--inside", str(watched)]
        process = subprocess.Popen(
            unshare([*first, *command]),
            stdin=None if stdout is None else subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            pass_fds=[watched],
            env=os.environ | _environment(),
            # A Ctrl-C at the terminal is the caller's to handle, not each process's in here.
            start_new_session=stdout is not None,
        )
    except BaseException:
        os.close(lifeline)
        raise
    finally:
        os.close(watched)
    try:
        yield process
    finally:
        os.close(lifeline)
        process.wait()


def _environment() -> dict[str, str]:
    environment = {"PYTHONPATH": str(PROJECT), "PATH": system_path()}
    if sys.version_info < (3, 12):
        # Mininet imports distutils; setuptools' stand-in for it takes a third of a second to load.
        environment["SETUPTOOLS_USE_DISTUTILS"] = "stdlib"
    return environment


def system_path() -> str:
    """PATH with the directories of system programs, which ordinary users often lack.

    Last is this Python's own: setup.sh puts an mnexec there where the system has none.
    """
    own = str(Path(sys.executable).parent)
    return os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin", own])


def obstacle() -> str | None:
    """Why there can be no sandbox here, and what to do about it; None where there can."""
    if shutil.which("unshare") is None:
        return "no `unshare` here\nRun\n  sudo apt install util-linux"
    # As mnexec does for each host: where that is refused, Mininet would wait for ever.
    mount = ["mount", "-t", "sysfs", "sysfs", "/sys"]
    tried = subprocess.run(unshare(mount), capture_output=True, text=True, check=False)
    if tried.returncode == 0:
        return None
    error = tried.stderr.strip().partition("\n")[0]
    return f"can't make namespaces: {error}\n{mends.of_namespaces(error)}"


def _furnish() -> None:
    """Give the sandbox its private tmpfs and the book's names."""
    _mount("-t", "tmpfs", "-o", "mode=755", "tcplab", str(SCRATCH))
    for name, text in ETC.items():
        if (Path("/etc") / name).exists():
            (SCRATCH / name).write_text(text)
            _mount("--bind", str(SCRATCH / name), f"/etc/{name}")


def _mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True)


def _watch(lifeline: int) -> None:
    """End the whole sandbox as soon as the lifeline's other end closes."""
    os.read(lifeline, 1)
    os._exit(KILLED)


def _inside(lifeline: int, command: Sequence[str]) -> int:
    """The sandbox's first process: runs the command, reaps orphans, gives the exit status."""
    threading.Thread(target=_watch, args=(lifeline,), daemon=True).start()
    signal.signal(signal.SIGINT, _leave_to_command)
    _furnish()
    child = subprocess.Popen(command)
    while True:
        pid, status = os.wait()
        if pid == child.pid:
            return os.waitstatus_to_exitcode(status) % 256


def _leave_to_command(*_: object) -> None:
    """A handler, not SIG_IGN: programs started from here would inherit that."""


def main(arguments: Sequence[str]) -> int:
    """Run a command in a sandbox, with this terminal as its own; its exit status."""
    if not arguments or arguments[0] in ("-h", "--help"):
        print(__doc__)  # noqa: T201  (this is the command's help)
        return 0 if arguments else 2
    if arguments[0] == "--inside":
        return _inside(int(arguments[1]), arguments[2:])
    try:
        with sandboxed(arguments) as process:
            return process.wait()
    except SandboxError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 3


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
