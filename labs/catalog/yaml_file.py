"""YAML files that people write: typed, strict, and every mistake named with file and line."""

import copy
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import msgspec

from labs.catalog import kept
from labs.catalog.marked import Marked

# Nesting that libyaml's parser surely survives.
MOST_LEVELS = 1000

T = TypeVar("T")


class YamlFileError(ValueError):
    """A file that can't be read: the message begins with file and line."""


class YamlTextError(ValueError):
    """A text that is no YAML, or has a key twice; line: from 1."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


def nests_deeply(text: str) -> bool:
    """Whether a YAML text may nest more deeply than libyaml's parser survives.

    Each level needs a bracket of its own, or begins further right than the one around it.
    """
    longest = max(map(len, text.splitlines()), default=0)
    return text.count("[") + text.count("{") + longest > MOST_LEVELS


class YamlFile:
    """A YAML file whose every part knows its line.

    keep: what is read, beside Python's compiled modules, as `labs.catalog.kept` says.
    Raises YamlFileError.
    """

    def __init__(self, path: Path, *, keep: bool = False) -> None:
        self.path = path
        try:
            text = path.read_text(encoding="utf-8")
            marked = kept.read(path, text) if keep else _read(text)
        except YamlTextError as error:
            raise YamlFileError(f"{path}:{error.line}: {error}") from error
        except OSError as error:
            raise YamlFileError(f"{path}:1: {error.strerror}") from error
        except ValueError as error:
            raise YamlFileError(f"{path}:1: not readable as YAML: {error}") from error
        self.data: Any = marked.data
        self.lines = marked.lines

    def completed(self, complete: Callable[[str], object], *steps: str | int) -> "YamlFile":
        """The same file with every text in the part at these steps completed.

        complete: raises ValueError for a text that it can't complete, which is named with its line.
        All other parts are the same objects.
        """
        other = copy.copy(self)
        other.data = above = copy.copy(self.data)
        for step in steps[:-1]:
            above[step] = copy.copy(above[step])
            above = above[step]
        above[steps[-1]] = self._complete(complete, above[steps[-1]], *steps)
        return other

    def _complete(self, complete: Callable[[str], object], part: Any, *steps: str | int) -> Any:
        if isinstance(part, dict):
            return {key: self._complete(complete, part[key], *steps, key) for key in part}
        if isinstance(part, list):
            return [self._complete(complete, one, *steps, at) for at, one in enumerate(part)]
        if not isinstance(part, str):
            return part
        try:
            return complete(part)
        except ValueError as error:
            self.refuse(str(error), *steps)

    def part(self, *steps: str | int) -> Any:
        """The data at these steps: keys and positions."""
        data = self.data
        for step in steps:
            data = data[step]
        return data

    def typed(self, kind: type[T], *steps: str | int) -> T:
        """The part at these steps, typed; raises YamlFileError."""
        try:
            return msgspec.convert(self.part(*steps), type=kind)
        except msgspec.ValidationError as error:
            message, _, place = str(error).partition(" - at ")
            inner = re.findall(r"\.(\w+)|\[(\d+)\]", place)
            unknown = re.findall("unknown field `(.*)`", message)
            within = [name or int(position) for name, position in inner]
            named = f"{'.'.join(str(step) for step in (*steps, *within))}: " if within else ""
            self.refuse(f"{named}{message}", *steps, *within, *unknown)

    def where(self, *steps: str | int) -> str:
        """`lab.yaml:12`, with the path: the line of the part at these steps, as far as they go."""
        lines = self.lines
        for step in steps:
            inner = lines.at(step)
            if inner is None:
                break
            lines = inner
        return f"{self.path}:{lines.line + 1}"

    def refuse(self, message: str, *steps: str | int) -> NoReturn:
        """Raise the YamlFileError that names this part's line."""
        raise YamlFileError(f"{self.where(*steps)}: {message}")


def _read(text: str) -> Marked:
    from labs.catalog import yaml_text  # late, since it loads PyYAML

    return yaml_text.read(text)
