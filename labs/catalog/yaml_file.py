"""YAML files that people write: typed, strict, and every mistake named with file and line."""

import copy
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import msgspec
import yaml

try:
    from yaml import CSafeLoader as FastLoader  # libyaml's, ten times as fast
except ImportError:
    from yaml import SafeLoader as FastLoader  # type: ignore[assignment]

# Nesting that libyaml's parser surely survives.
MOST_LEVELS = 1000

T = TypeVar("T")


class YamlFileError(ValueError):
    """A file that can't be read: the message begins with file and line."""


class _UniqueKeys(yaml.constructor.SafeConstructor):
    """PyYAML's safe constructor, which refuses a key that stands twice in a mapping."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[object, object]:
        seen = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.MarkedYAMLError(None, None, "a key must be a word", key.start_mark)
            if key.value in seen:
                message = f"duplicate key {key.value!r}"
                raise yaml.MarkedYAMLError(None, None, message, key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


class _Fast(_UniqueKeys, FastLoader):
    """libyaml's parser: it recurses without a limit, down to a crash of the process."""


class _Careful(_UniqueKeys, yaml.SafeLoader):
    """PyYAML's own parser, in which too deep a text is an error."""


def nests_deeply(text: str) -> bool:
    """Whether a YAML text may nest more deeply than libyaml's parser survives.

    Each level needs a bracket of its own, or begins further right than the one around it.
    """
    longest = max(map(len, text.splitlines()), default=0)
    return text.count("[") + text.count("{") + longest > MOST_LEVELS


def _loader(text: str) -> _Fast | _Careful:
    return _Careful(text) if nests_deeply(text) else _Fast(text)


class YamlFile:
    """A YAML file whose every part knows its line.

    Raises YamlFileError.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            loader = _loader(path.read_text(encoding="utf-8"))
            self.root = loader.get_single_node()
            self.data: Any = loader.construct_document(self.root) if self.root else None
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line = mark.line + 1 if mark else 1
            raise YamlFileError(f"{path}:{line}: {error.problem or error.context}") from error
        except OSError as error:
            raise YamlFileError(f"{path}:1: {error.strerror}") from error
        except (yaml.YAMLError, ValueError, RecursionError) as error:
            raise YamlFileError(f"{path}:1: not readable as YAML: {error}") from error

    def completed(self, complete: Callable[[str], object]) -> "YamlFile":
        """The same file with every text completed; what `complete` refuses is named with its line.

        complete: raises ValueError for a text that it can't complete.
        """
        other = copy.copy(self)
        other.data = self._complete(complete, self.data)
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

    def typed(self, kind: type[T], *steps: str | int) -> T:
        """The part at these steps (keys and positions), typed; raises YamlFileError."""
        value = self.data
        for step in steps:
            value = value[step]
        try:
            return msgspec.convert(value, type=kind)
        except msgspec.ValidationError as error:
            message, _, place = str(error).partition(" - at ")
            inner = re.findall(r"\.(\w+)|\[(\d+)\]", place)
            unknown = re.findall("unknown field `(.*)`", message)
            within = [name or int(position) for name, position in inner]
            named = f"{'.'.join(str(step) for step in (*steps, *within))}: " if within else ""
            self.refuse(f"{named}{message}", *steps, *within, *unknown)

    def where(self, *steps: str | int) -> str:
        """`lab.yaml:12`, with the path: the line of the part at these steps, as far as they go."""
        node, line = self.root, self.root.start_mark.line if self.root else 0
        for step in steps:
            parts = _parts(node)
            if step not in parts:
                break
            marked, node = parts[step]
            line = marked.start_mark.line
        return f"{self.path}:{line + 1}"

    def refuse(self, message: str, *steps: str | int) -> NoReturn:
        """Raise the YamlFileError that names this part's line."""
        raise YamlFileError(f"{self.where(*steps)}: {message}")


def _parts(node: yaml.Node | None) -> dict[str | int, tuple[yaml.Node, yaml.Node]]:
    """A node's parts by key or position: where each begins, and the part itself."""
    if isinstance(node, yaml.MappingNode):
        return {key.value: (key, value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return {place: (part, part) for place, part in enumerate(node.value)}
    return {}
