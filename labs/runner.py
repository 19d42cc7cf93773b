"""Inside the sandbox: build the lab's network, play its script, capture, publish the run directory.

Started by launch.py as `python -m labs.runner ASSIGNMENT OUT`. Tells its progress, and at the end
its result, as JSON lines on standard output: {"say": text, "longest_s": seconds or null},
{"built": hosts}, {"done": path}, {"lab_error": text}, {"machine_error": text}.
"""

import json
import sys
from pathlib import Path

import msgspec

from captures import run as run_json
from labs import catalog
from labs.assignment import Assignment
from labs.building import built, internet_of, prepare, scratch, script_of
from labs.catalog.program_file import program_text
from labs.errors import LabError, MachineError
from labs.publishing import STORY, TICKET
from labs.record import now, publish_run, record, recording
from labs.stage import Stage
from labs.story import Story
from labs.tcpdump import Taped
from topologies.internet import TopologyError
from topologies.network import Network, NetworkError


def play(wanted: Assignment, out: Path) -> None:
    """Play one lab and publish its run directory at `out`.

    Raises LabError where the script doesn't get what it waits for, MachineError, NetworkError or
    OSError where this machine can't play it, TopologyError where the lab asks for the impossible.
    """
    lab = catalog.load(wanted.lab, given=wanted.values)
    hosts = ", ".join(internet_of(lab).hosts)
    started = now()
    folder = scratch()
    say(f"building {hosts}")
    with built(lab) as network:
        _tell("built", hosts)
        program = _program(lab, wanted, folder)
        dumps, programs = _play_on(network, lab, wanted.pace, folder, program)
        if wanted.ticket:
            (folder / TICKET).write_text(wanted.ticket)
        publish_run(out, folder, record(network, lab, wanted, started, dumps, programs))


def _program(
    lab: catalog.Lab, wanted: Assignment, scratch: Path
) -> tuple[catalog.Program, Path] | None:
    """How the lab runs the student's program, and a copy of it under the name it has there."""
    if lab.program is None:
        return None
    file = scratch / lab.program.called
    file.write_bytes(program_text(Path(wanted.program)))
    file.chmod(0o644)  # another user is to read it
    return lab.program, file


def _play_on(
    network: Network,
    lab: catalog.Lab,
    pace: str,
    scratch: Path,
    program: tuple[catalog.Program, Path] | None,
) -> tuple[list[Taped], list[run_json.Program]]:
    script = script_of(lab)
    stage = Stage(network, pace, scratch, Story(scratch / STORY, say), lab.values, program)
    try:
        with recording(network, lab, scratch) as (dumps, _):
            prepare(script, stage)
            script.play(stage)
            if lab.program:
                stage.everybody_leaves()
            stage.quiet()
    finally:
        stage.close()
    for host, text in stage.transcripts().items():
        (scratch / "transcripts").mkdir(exist_ok=True)
        (scratch / "transcripts" / f"{host}.txt").write_text(text)
    return [dump.taped for dump in dumps], [program.record() for program in stage.programs]


def say(text: str, longest_s: float | None = None) -> None:
    """Tell the progress: what is being done or waited for, and for how long at most."""
    _tell("say", text, longest_s=longest_s)


def _tell(kind: str, text: str, **more: object) -> None:
    print(json.dumps({kind: text, **more}), flush=True)  # noqa: T201  (the protocol with launch.py)


def main() -> int:
    """Play the assignment (as JSON) for the run directory on the command line.

    Returns 0, or 1 after an error that was told.
    """
    assignment, out = sys.argv[1:]
    try:
        play(msgspec.json.decode(assignment, type=Assignment), Path(out))
    except (LabError, TopologyError) as error:
        _tell("lab_error", str(error))
    except (MachineError, NetworkError, OSError) as error:
        _tell("machine_error", str(error))
    except RuntimeError as error:  # a setting that the kernel refuses
        _tell("machine_error", str(error))
    else:
        _tell("done", out)
        return 0
    return 1


if __name__ == "__main__":
    sys.exit(main())
