"""Run a function of a test module inside a sandbox, as root and as an ordinary user.

The function's arguments and result travel as JSON: it measures, the test outside asserts.
"""

import contextlib
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[2]
RESULT = "result: "
ORDINARY = 4321  # a user id that exists in the test's own /etc/passwd alone

# Everything here happens in a mount namespace of its own. The project is bound to /mnt, since a
# checkout may lie where only root can look; newuidmap reads the user's name and range of ids.
BECOME_ORDINARY = """
mount --make-rprivate /
mount --bind "$1" /mnt
for file in passwd group subuid subgid; do mount --bind "$2/$file" /etc/$file; done
eval "$3"
shift 3
cd /mnt
exec setpriv --reuid 4321 --regid 4321 --clear-groups --inh-caps=-all "$@"
"""


def users() -> list[str]:
    """Who the tests run as: an ordinary user always, root where the tests themselves are."""
    return ["root", "ordinary"] if os.geteuid() == 0 else ["ordinary"]


def run_as(
    user: str, *arguments: str, breaking: str = "", **options: Any
) -> subprocess.CompletedProcess[str]:
    """Run the project's Python with these arguments, as `root` or as an `ordinary` user."""
    with python_as(user, breaking) as (python, environment):
        return subprocess.run(
            [*python, *arguments],
            capture_output=True,
            text=True,
            check=False,
            cwd=PROJECT,
            env=os.environ | environment,
            **options,
        )


@contextlib.contextmanager
def python_as(user: str, breaking: str = "") -> Iterator[tuple[list[str], dict[str, str]]]:
    """A command line that runs the project's Python as a user, and its environment's own part.

    breaking: what root does before, in an ordinary user's own mount namespace.
    """
    if user == "root" or os.geteuid() != 0:
        yield [sys.executable], {}
        return
    with tempfile.TemporaryDirectory() as folder:
        _write_accounts(Path(folder))
        python = f"/mnt/{Path(sys.executable).relative_to(PROJECT)}"
        start = ["unshare", "--mount", "sh", "-ec", BECOME_ORDINARY, "become"]
        environment = {"HOME": "/", "PYTHONPATH": "/mnt", "PYTHONDONTWRITEBYTECODE": "1"}
        yield [*start, str(PROJECT), folder, breaking, python], environment


def _write_accounts(folder: Path) -> None:
    folder.chmod(0o755)
    for name, entry in (
        ("passwd", f"student:x:{ORDINARY}:{ORDINARY}::/:/bin/sh"),
        ("group", f"student:x:{ORDINARY}:"),
        ("subuid", "student:200000:65536"),
        ("subgid", "student:200000:65536"),
    ):
        own = Path("/etc") / name
        text = own.read_text() if own.exists() else ""
        (folder / name).write_text(f"{text.rstrip()}\n{entry}\n".lstrip())


def in_sandbox(user: str, function: Callable[..., Any], *arguments: Any) -> Any:
    """The result of `function(*arguments)`, called inside a sandbox of this user's."""
    module = Path(sys.modules[function.__module__].__file__ or "").relative_to(PROJECT)
    call = [str(module), function.__name__, json.dumps(arguments)]
    done = run_as(
        user, "-m", "topologies.sandbox", sys.executable.replace(str(PROJECT), "."),
        "-m", "tests.emulation.inside", *call,
    )  # fmt: skip
    for line in done.stdout.splitlines():
        if line.startswith(RESULT):
            return json.loads(line.removeprefix(RESULT))
    raise AssertionError(f"{call} as {user}: status {done.returncode}\n{done.stdout}{done.stderr}")


def main(file: str, function: str, arguments: str) -> None:
    """Inside: call the function and print its result."""
    specification = importlib.util.spec_from_file_location("measured", file)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    result = getattr(module, function)(*json.loads(arguments))
    print(f"\n{RESULT}{json.dumps(result)}", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
