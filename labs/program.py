"""A student's program on an emulated host: started in a jail, watched, and ended for certain."""

import contextlib
import hashlib
import json
import os
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from captures import run as run_json
from labs import guard, jail
from labs.catalog import Limits
from labs.errors import MachineError
from labs.seccomp import program_filter
from labs.waiting import wait_until
from topologies.hosts import BookHost
from topologies.sandbox import SCRATCH

PERIOD_S = 0.05
GRACE_S = 2  # from SIGTERM to SIGKILL
KILL_DEADLINE_S = 10


class Program:
    """A Python program in a jail of its own; `transcript` is what it printed, made harmless.

    Raises MachineError where there can be no jail.
    """

    def __init__(self, host: BookHost, file: Path, arguments: str, limits: Limits) -> None:
        self.host = host
        self.command = f"python3 {file.name} {arguments}".strip()
        self._file = file
        self.limits = limits
        self._output = bytearray()
        self._too_long = threading.Event()
        self._overdue = threading.Event()
        self._ended = threading.Event()
        self._limit, self._stopped = "", False
        self._used = guard.Usage(0, 0.0, 0)
        self._wall_s = 0.0
        self._begin = time.monotonic()
        self._directory = _mounted(host, jail_user := jail.an_id(), limits)
        self._process = self._start(jail_user, arguments.split())
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._watcher = threading.Thread(target=self._watch, daemon=True)
        self._reader.start()
        self._watcher.start()

    def _start(self, user: int, arguments: list[str]) -> "subprocess.Popen[bytes]":
        told, status_fd = os.pipe()
        seccomp_fd = _readable(program_filter())
        fds = (status_fd, seccomp_fd)
        line = jail.command(self._file, self._directory, user, self.limits, *fds)
        try:
            process = self.host.start(
                *line,
                *arguments,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                pass_fds=fds,
            )
        finally:
            os.close(status_fd)
            os.close(seccomp_fd)
        self._told = os.fdopen(told, "rb")
        first_line = self._told.readline()
        if not first_line:
            assert process.stdout is not None  # noqa: S101  (it is a pipe)
            reason = process.stdout.read().decode(errors="replace").strip()
            raise MachineError(f"can't make a jail for the program: {reason}")
        self._first = int(json.loads(first_line)["child-pid"])
        self._meter = guard.Meter(self._first)
        return process

    @property
    def transcript(self) -> str:
        """The prompt, the command and the output, with control characters spelled out."""
        text = shown(bytes(self._output))
        if self._too_long.is_set():
            text += f"\n[the rest is left out: the limit is {self.limits.output_kb} KB]"
        lines = [f"{self.host.name} % {self.command}", *text.splitlines()]
        return "".join(f"{line}\n" for line in lines)

    @property
    def running(self) -> bool:
        """Whether it hasn't ended yet."""
        return not self._ended.is_set()

    def _read(self) -> None:
        """Keep what it prints, up to the limit; what comes then is left unread."""
        assert self._process.stdout is not None  # noqa: S101  (it is a pipe)
        most = self.limits.output_kb * guard.KILOBYTE
        while data := os.read(self._process.stdout.fileno(), 65536):
            self._output += data[: most - len(self._output)]
            if len(self._output) == most:
                self._too_long.set()
                return

    def _watch(self) -> None:
        while not self._limit:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(PERIOD_S)
                break
            self._limit = self._passed()
        self._finish()

    def _passed(self) -> str:
        used = self._meter.read()
        if used.processes:
            self._used = used
        self._wall_s = time.monotonic() - self._begin
        if self._overdue.is_set():
            return f"end: still running {GRACE_S} s after SIGTERM"
        if self._too_long.is_set():
            return f"output: more than {self.limits.output_kb} KB"
        return guard.passed(self.limits, used, self._wall_s, self._bytes_in_files)

    def _bytes_in_files(self) -> int:
        return guard.files_bytes(Path(f"/proc/{self.host.pid}/root{self._directory}"))

    def _finish(self) -> None:
        """Kill what is left; with the jail's first process the kernel ends all the others."""
        self._process.kill()
        self._process.wait()
        first = Path(f"/proc/{self._first}")
        wait_until(lambda: _gone(first), f"the jail of {self.command} ends", KILL_DEADLINE_S)
        self._wall_s = time.monotonic() - self._begin
        self._reader.join()
        self._ended.set()

    def wait(self) -> None:
        """Wait until it has ended by itself, or by a limit."""
        self._watcher.join()

    def stop(self) -> None:
        """End it: SIGTERM first, and SIGKILL where it is still running 2 s later."""
        if self._process.poll() is None:
            self._stopped = True
            for process in _children(self._first):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process, signal.SIGTERM)
        self._watcher.join(GRACE_S)
        self._overdue.set()
        self._watcher.join()

    def close(self) -> None:
        """Kill it if it still runs."""
        self._process.kill()
        self._watcher.join()
        self._told.close()
        assert self._process.stdout is not None  # noqa: S101  (it is a pipe)
        self._process.stdout.close()
        if self.host.start("umount", str(self._directory)).wait() == 0:
            self._directory.rmdir()

    def record(self) -> run_json.Program:
        """How it ended, for run.json; it must have."""
        if self.running:
            raise MachineError(f"{self.host.name}: {self.command}: its end was not seen")
        return run_json.Program(
            host=self.host.name,
            command=self.command,
            sha256=hashlib.sha256(self._file.read_bytes()).hexdigest(),
            ended="limit" if self._limit else "stopped" if self._stopped else "exited",
            status=None if self._limit else self._exit_status(),
            limit=self._limit,
            wall_s=round(self._wall_s, 3),
            cpu_s=self._used.cpu_s,
            output_bytes=len(self._output),
        )

    def _exit_status(self) -> int:
        """As bubblewrap tells it: 128 and the signal's number where one ended the program."""
        code = self._process.returncode
        return code if code >= 0 else 128 - code


def shown(output: bytes) -> str:
    """A program's output as text that steers no terminal: only newlines and tabs do anything."""
    text = output.decode(errors="replace")
    return "".join(c if c.isprintable() or c in "\n\t" else repr(c)[1:-1] for c in text)


def _mounted(host: BookHost, user: int, limits: Limits) -> Path:
    """A small tmpfs for the program, in the host's own mount namespace."""
    directory = Path(tempfile.mkdtemp(prefix="program-", dir=SCRATCH))
    options = jail.directory_options(user, limits)
    mount = host.start("mount", "-t", "tmpfs", "-o", options, "program", str(directory))
    _, errors = mount.communicate()
    if mount.returncode != 0:
        raise MachineError(f"can't mount the program's directory: {errors.decode().strip()}")
    return directory


def _readable(content: bytes) -> int:
    """A descriptor from which the content can be read."""
    reader, writer = os.pipe()
    os.write(writer, content)  # less than a pipe holds
    os.close(writer)
    return reader


def _children(parent: int) -> Iterator[int]:
    """The processes whose parent this is."""
    for path in Path("/proc").iterdir():
        if path.name.isdigit():
            with contextlib.suppress(OSError):
                fields = (path / "stat").read_text().rpartition(")")[2].split()
                if int(fields[1]) == parent:
                    yield int(path.name)


def _gone(process: Path) -> bool:
    """Whether a process is no more, or a zombie: its namespace is empty then."""
    try:
        return (process / "stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True
