"""Once all is set up, `make labs` and `make test` need no network to find that out."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.browser import program
from topologies.sandbox import AS_ORDINARY_USER

pytestmark = pytest.mark.emulation

PROJECT = Path(__file__).parents[2]


@pytest.mark.skipif(Path(sys.prefix) != PROJECT / ".venv", reason="these tests run by another venv")
def test_setting_up_again_installs_nothing_and_needs_no_network() -> None:
    # Else it would set up anew, under the feet of the tests that run beside this one.
    installed_from = PROJECT / ".venv/.installed-from"
    assert installed_from.read_bytes() == (PROJECT / "pyproject.toml").read_bytes(), "make setup"
    tests = ["--tests"] if program.there() else []  # a browser that is missing would be fetched
    alone = ["unshare", *(() if os.geteuid() == 0 else AS_ORDINARY_USER), "--net"]
    done = subprocess.run(
        [*alone, "./setup.sh", *tests], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
