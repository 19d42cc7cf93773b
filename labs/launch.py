"""Outside the sandbox: start a lab's runner in one, and follow what it tells."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from labs.errors import LabError, MachineError
from topologies.sandbox import SandboxError, sandboxed

# What a run directory may hold: nothing else is ever removed to make room for a new run.
OF_A_RUN = {"run.json", "pcap", "transcripts", "states.jsonl", "answers.yaml", "report.json"}


Started = Callable[["subprocess.Popen[bytes]"], None]


def play(
    lab: str, out: Path, pace: str, say: Callable[[str], None], started: Started | None = None
) -> None:
    """Play a lab in a sandbox of its own; afterwards `out` is its run directory.

    say: called with each step's text. started: called with the sandbox's process, which a caller
    may kill to stop the lab. An earlier run at `out` is removed first. Raises LabError,
    MachineError, and OSError where `out` can't be written; then nothing of the run is left.
    """
    _make_room(out)
    try:
        _play(lab, out, pace, say, started)
    except BaseException:
        shutil.rmtree(out, ignore_errors=True)
        raise


def _make_room(out: Path) -> None:
    if out.is_dir() and {path.name for path in out.iterdir()} <= OF_A_RUN:
        shutil.rmtree(out)
    if out.exists():
        raise FileExistsError(f"{out} is in the way and no run directory: name another with --out")
    parent = next(folder for folder in out.resolve().parents if folder.exists())
    if not os.access(parent, os.W_OK):
        raise PermissionError(f"{parent}: not yours to write to: name another with --out")


def _play(
    lab: str, out: Path, pace: str, say: Callable[[str], None], started: Started | None
) -> None:
    command = [
        sys.executable,
        "-m",
        "labs.runner",
        lab,
        "--out",
        str(out.resolve()),
        "--pace",
        pace,
    ]
    with tempfile.TemporaryFile() as errors:
        try:
            with sandboxed(command, stdout=subprocess.PIPE, stderr=errors.fileno()) as runner:
                if started:
                    started(runner)
                assert runner.stdout is not None  # noqa: S101  (it is a pipe)
                done = any(_follow(line, say) for line in runner.stdout)
        except SandboxError as error:
            raise MachineError(str(error)) from error
        if not done:
            errors.seek(0)
            raise LabError(f"the runner ended without a result:\n{_end(errors.read())}")


def _follow(line: bytes, say: Callable[[str], None]) -> bool:
    """Pass on one line of the runner's; True once the run directory is complete."""
    try:
        told: dict[str, str] = json.loads(line)
    except ValueError:
        return False  # a program of the lab wrote to the runner's standard output
    if "say" in told:
        say(told["say"])
    if "lab_error" in told:
        raise LabError(told["lab_error"])
    if "machine_error" in told:
        raise MachineError(told["machine_error"])
    return "done" in told


def _end(text: bytes) -> str:
    return "\n".join(text.decode(errors="replace").splitlines()[-15:])
