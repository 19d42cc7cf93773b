"""What of a student's program stays the same in a copy: its bytes, and its form.

The form is what Python parses, without what a copyist changes first: comments, layout, docstrings,
and the names that the program itself gives to things.
"""

import ast
import hashlib
import warnings
from typing import NamedTuple

LONGEST_PARSED = 1 << 16  # bytes: ten times what a lab's program takes, and a second to parse


class Likeness(NamedTuple):
    """Two programs of one `same` are the same bytes; of one `form`, the same but for names.

    same: a hash and how many bytes they are. form: a hash and how many statements; '' for what is
    no Python, or longer or deeper nested than anybody writes.
    """

    same: str
    form: str


def likeness(text: bytes) -> Likeness:
    """What of a program is found again in a copy; it is never run."""
    same = f"{hashlib.sha256(text).hexdigest()} {len(text)}"
    if len(text) > LONGEST_PARSED:
        return Likeness(same, "")
    try:
        return Likeness(same, _form(text.decode("utf-8-sig", errors="replace")))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return Likeness(same, "")


def size(key: str) -> int:
    """How many bytes or statements, of either key."""
    return int(key.rpartition(" ")[2] or 0)


def _form(text: str) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a student's odd escapes
        tree = ast.parse(text)
    _drop_texts(tree)
    _number_names(tree)
    statements = sum(isinstance(node, ast.stmt) for node in ast.walk(tree))
    return f"{hashlib.sha256(ast.dump(tree).encode()).hexdigest()} {statements}"


def _drop_texts(tree: ast.AST) -> None:
    """Take out docstrings, and whatever other text stands alone."""
    for node in ast.walk(tree):
        for _, value in ast.iter_fields(node):
            if isinstance(value, list):
                value[:] = [one for one in value if not _is_text(one)]


def _is_text(node: object) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def _number_names(tree: ast.AST) -> None:
    """Give each name that the program gives a number, in the order of the tree."""
    own = {name for node in ast.walk(tree) if (name := _given(node))}
    numbers: dict[str, str] = {}

    def numbered(name: object) -> object:
        if not isinstance(name, str) or name not in own:
            return name
        return numbers.setdefault(name, f"name {len(numbers)}")

    for node in ast.walk(tree):
        for field in NAMES:
            if hasattr(node, field):
                setattr(node, field, numbered(getattr(node, field)))
        if isinstance(node, ast.Global | ast.Nonlocal):
            node.names = [str(numbered(name)) for name in node.names]


NAMES = ("id", "attr", "name", "arg", "asname")  # the fields of the tree's nodes that hold names


def _given(node: ast.AST) -> str | None:
    """The name that a node gives to something; what is imported has its own."""
    match node:
        case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
            return name
        case ast.arg(arg=name) | ast.alias(asname=name):
            return name
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef() | ast.ExceptHandler():
            return node.name
    return None
