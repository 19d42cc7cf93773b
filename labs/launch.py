"""Outside the sandbox: start a lab's runner in one, and follow what it tells."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Protocol

import msgspec

from labs.assignment import Assignment
from labs.errors import LabError, MachineError
from labs.publishing import OF_A_RUN, clear
from topologies.sandbox import SandboxError, sandboxed


class Listener(Protocol):
    """What hears of a lab while it is being played."""

    def started(self, sandbox: "subprocess.Popen[bytes]") -> None:
        """The sandbox's process: killing it stops the lab."""

    def built(self) -> None:
        """The network is up; from now on the lab mostly waits."""

    def says(self, text: str, longest_s: float | None) -> None:
        """A step's text, and for how many seconds it may last at most, if it waits."""


def play(wanted: Assignment, out: Path, listener: Listener) -> None:
    """Play a lab in a sandbox of its own; afterwards `out` is its run directory.

    An earlier run at `out` gives way when the new one is complete; its answers stay: whoever calls
    has asked `check_place` whether it may. Raises
    LabError, MachineError, and OSError where `out` can't be written; then nothing of the new run
    is left.
    """
    check_place(out, replace=True)
    try:
        _play(wanted, out, listener)
    except BaseException:
        if not (out / "run.json").exists():
            clear(out)
        raise


def check_place(out: Path, *, replace: bool) -> None:
    """Refuse a place where no run directory can come: raises OSError that says what to do.

    replace: whether a finished run may give way; what is left of an interrupted one always may.
    """
    if (out / "run.json").exists() and not replace:
        raise FileExistsError(
            f"{out} holds a run already: name another folder with --out, or replace it with --force"
        )
    if out.is_dir():
        strange = sorted({path.name for path in out.iterdir()} - OF_A_RUN)
        if strange:
            raise FileExistsError(
                f"{out} is in the way and no run directory (it holds {strange[0]}): "
                "name another with --out"
            )
    parent = next(folder for folder in (out, *out.resolve().parents) if folder.exists())
    if not parent.is_dir():
        raise NotADirectoryError(f"{parent} is a file: name a folder with --out")
    try:
        Path(tempfile.mkdtemp(dir=parent)).rmdir()
    except OSError as error:
        raise PermissionError(
            f"no folder can be made in {parent} ({error.strerror}): name another with --out"
        ) from error


def old_answers(out: Path) -> str:
    """What to say of answers that are about the run which gives way here; '' where there are none.

    They stay, since nobody but their writer can write them again.
    """
    answers = out / "answers.yaml"
    if not answers.exists():
        return ""
    return f"{answers} was written about the run before: its numbers aren't those of this one"


def _play(wanted: Assignment, out: Path, listener: Listener) -> None:
    assignment = msgspec.json.encode(wanted).decode()
    command = [sys.executable, "-m", "labs.runner", assignment, str(out.resolve())]
    with tempfile.TemporaryFile() as errors:
        try:
            with sandboxed(command, stdout=subprocess.PIPE, stderr=errors.fileno()) as runner:
                listener.started(runner)
                assert runner.stdout is not None  # noqa: S101  (it is a pipe)
                done = any(_follow(line, listener) for line in runner.stdout)
        except SandboxError as error:
            raise MachineError(str(error)) from error
        if not done:
            errors.seek(0)
            last_words = _end(errors.read())
            raise LabError(f"the runner ended before its time: {last_words or 'it was killed'}")


def _follow(line: bytes, listener: Listener) -> bool:
    """Pass on one line of the runner's; True once the run directory is complete."""
    try:
        told: dict[str, Any] = json.loads(line)
    except ValueError:
        return False  # a program of the lab wrote to the runner's standard output
    if "say" in told:
        listener.says(told["say"], told["longest_s"])
    if "built" in told:
        listener.built()
    if "lab_error" in told:
        raise LabError(told["lab_error"])
    if "machine_error" in told:
        raise MachineError(told["machine_error"])
    return "done" in told


def _end(text: bytes) -> str:
    return "\n".join(text.decode(errors="replace").splitlines()[-15:])
