"""YAML to marked data: safe, strict, and every mistake with its line."""

import yaml

from labs.catalog.marked import Lines, Marked
from labs.catalog.yaml_file import MOST_LEVELS, YamlTextError, nests_deeply

try:
    from yaml import CSafeLoader as FastLoader  # libyaml's, ten times as fast
except ImportError:
    from yaml import SafeLoader as FastLoader  # type: ignore[assignment]


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


def read(text: str) -> Marked:
    """The text's data; raises YamlTextError."""
    try:
        loader = _Careful(text) if nests_deeply(text) and not _flat(text) else _Fast(text)
        root = loader.get_single_node()
        data = loader.construct_document(root) if root else None
        return Marked(data, _lines(root, root.start_mark.line if root else 0, {}))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise YamlTextError(line, str(error.problem or error.context)) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise YamlTextError(1, f"not readable as YAML: {error}") from error


def _flat(text: str) -> bool:
    """Whether libyaml's parser surely survives a text, such as the long roster of a class.

    Its events come one after the other, without recursion.
    """
    levels = 0
    try:
        for event in yaml.parse(text, Loader=FastLoader):
            levels += isinstance(event, yaml.CollectionStartEvent)
            levels -= isinstance(event, yaml.CollectionEndEvent)
            if levels > MOST_LEVELS:
                return False
    except yaml.YAMLError:
        return False  # the careful one says what is wrong
    return True


def _lines(node: yaml.Node | None, line: int, known: dict[int, Lines]) -> Lines:
    """The lines of a node that stands in this one; known: those of nodes that aliases name."""
    if not isinstance(node, yaml.CollectionNode):
        return Lines(line)
    if id(node) not in known:
        inner = known[id(node)] = Lines(line)
        for part in node.value:
            if isinstance(node, yaml.MappingNode):
                key, value = part
                inner.keys[key.value] = _lines(value, key.start_mark.line, known)
            else:
                inner.items.append(_lines(part, part.start_mark.line, known))
    inner = known[id(node)]
    return Lines(line, inner.keys, inner.items)
