"""docs/authors.md, followed word for word in a clean checkout, makes a lab that works."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.emulation

PROJECT = Path(__file__).parents[2]
# What the guide says right before a block, the kind of block, and the block.
BLOCKS = re.compile(r"((?:^[^\n]*\n){1,2})^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"[Ii]n\s`(labs/catalog/daytime/[\w.]+)`[^`]*:\n$")


# What others made in here isn't part of a clean checkout.
OTHERS = (".git", ".venv", ".vagrant", ".hypothesis", ".*_cache", "__pycache__", "build", "runs")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the project, as if it were just cloned; .venv is the one of these tests."""
    place = tmp_path / "checkout"
    shutil.copytree(PROJECT, place, ignore=shutil.ignore_patterns(*OTHERS))
    (place / ".venv").symlink_to(sys.prefix)
    return place


def test_the_guide_makes_a_lab(checkout: Path) -> None:
    done = []
    for before, kind, block in BLOCKS.findall((PROJECT / "docs/authors.md").read_text()):
        file = FILE.search(before)
        if file:
            (checkout / file[1]).write_text(block)
        else:
            typed(checkout, block, fails=kind == "fails")
        done.append(file[1] if file else kind)
    assert done.count("") >= 6
    assert "fails" in done
    assert {Path(name).name for name in done if name.startswith("labs/")} == {
        path.name for path in (checkout / "labs/catalog/daytime").iterdir() if path.is_file()
    }


def typed(checkout: Path, block: str, fails: bool) -> None:
    """Type a block, as at a prompt; its last command says that a check failed, or all succeed."""
    done = subprocess.run(
        ["bash", "-c", 'source .venv/bin/activate; set -eo pipefail; eval "$1"', "bash", block],
        cwd=checkout,
        env=os.environ | {"PYTHONPATH": str(checkout)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == int(fails), f"{block}\n{done.stdout}{done.stderr}"
