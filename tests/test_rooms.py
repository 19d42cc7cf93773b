"""The arrows between the rooms, held by reading every import."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]
ROOMS = {"topologies", "labs", "captures", "checkers", "grading", "languages", "reports", "cli"}

# room: what it may import beside itself. `labs.catalog` and `captures.run` are rooms of their own
# here: the catalog is data that both halves read, run.json the door between them. So is
# `labs.publishing`: how a file is written whole or not at all.
MAY_IMPORT = {
    "topologies": set(),
    "labs": {"topologies", "captures.run", "labs.catalog"},
    "labs.catalog": set(),
    "labs.programs": set(),
    "captures": set(),
    "checkers": {"captures"},
    "grading": {"checkers", "captures", "labs.catalog", "labs.publishing", "languages"},
    "languages": set(),
    "reports": {"checkers", "captures", "grading", "languages"},
    "cli": ROOMS,
}
PURE = {"captures", "checkers", "languages", "reports"}
IMPURE_MODULES = {"subprocess", "socket", "time", "random", "os", "threading", "tempfile", "shutil"}


def sources(room: str) -> Iterator[Path]:
    for path in sorted((PROJECT / room.replace(".", "/")).rglob("*.py")):
        inner = ".".join(path.relative_to(PROJECT).parts[:2])
        if room == "labs" and inner in MAY_IMPORT:
            continue
        if room == "labs.catalog" and path.name == "lab.py":
            continue  # a lab's script belongs to labs
        yield path


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def allowed(room: str, module: str) -> bool:
    own = module == room or module.startswith(f"{room}.")
    return own or any(module == name or module.startswith(f"{name}.") for name in MAY_IMPORT[room])


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_rooms_import_only_along_the_arrows(room: str) -> None:
    for path in sources(room):
        names = [name for name in imports(path) if name.partition(".")[0] in ROOMS]
        parents = {name.rpartition(".")[0] for name in names}
        for name in names:
            if name not in parents and name != "captures":  # `from x import y` says x and x.y
                assert allowed(room, name), f"{path} imports {name}"


@pytest.mark.parametrize("room", sorted(PURE))
def test_pure_rooms_touch_no_machine(room: str) -> None:
    for path in sources(room):
        impure = {name.partition(".")[0] for name in imports(path)} & IMPURE_MODULES
        assert not impure, f"{path} imports {sorted(impure)}"


def test_only_topologies_knows_mininet_but_for_its_version() -> None:
    for path in PROJECT.rglob("*.py"):
        if ".venv" in path.parts or path.relative_to(PROJECT).parts[0] in {"topologies", "bench"}:
            continue
        found = [name for name in imports(path) if name.partition(".")[0] == "mininet"]
        assert not found, f"{path} imports {found}"


def test_nothing_ends_processes_by_name() -> None:
    forbidden = ("pki" + "ll", "killa" + "ll", "mn " + "-c", "mininet." + "clean")
    for path in [*PROJECT.rglob("*.py"), *PROJECT.glob("*.sh"), PROJECT / "Makefile"]:
        if ".venv" not in path.parts:
            text = path.read_text()
            assert not [word for word in forbidden if word in text], path
