"""`tcplab show --checks`: what checks a lab.yaml can have, and which a lab has."""

import inspect
import sys

import msgspec

from checkers.checks import CHECKS, At, Check, check_named
from checkers.errors import ExpectationError
from checkers.examples import EXAMPLES
from cli.exits import UsageError
from cli.labs import load
from labs import catalog
from labs.catalog import Item

AT = {
    At.NEEDED: "needs a vantage point (at)",
    At.OPTIONAL: "may have a vantage point (at)",
    At.NONE: "looks at no capture (no at)",
}


def print_checks(name: str | None) -> None:
    """Print one check, those of a lab, or all there are; raises UsageError for an unknown name.

    A name that a check and a lab have (`mss`) gives both.
    """
    blocks = [lab_text(name)] if name in catalog.names() else []
    if not blocks or name in CHECKS:
        named = CHECKS if name is None else {name: _check(name)}
        blocks += [check_text(each, one) for each, one in named.items()]
    sys.stdout.write("\n".join(blocks))


def _check(name: str) -> Check:
    try:
        return check_named(name)
    except ExpectationError as error:
        raise UsageError(f"{error} (and no lab is called so: `tcplab list`)") from error


def lab_text(name: str) -> str:
    """A lab's checks and questions by name, as course.yaml and overrides.yaml call them."""
    lab, rubric = load(name), catalog.load_rubric(name)
    rows = [(one.name, worth(rubric[one.name]), f"check {one.check}") for one in lab.expect]
    rows += [(one.name, worth(rubric[one.name]), "question") for one in lab.questions]
    wide, broad = (max(len(row[column]) for row in rows) for column in (0, 1))
    lines = [f"    {row[0]:{wide}}  {row[1]:{broad}}  {row[2]}".rstrip() for row in rows]
    return "\n".join([f"{name} is graded by", *lines]) + "\n"


def worth(item: Item) -> str:
    """`3 points`, with what isn't so by default: who sees it, and what it needs."""
    seen = "" if item.visibility == "visible" else item.visibility.replace("_", " ")
    needs = f"needs {', '.join(item.needs)}" if item.needs else ""
    return ", ".join(filter(None, [f"{item.points} point{'s'[: item.points != 1]}", seen, needs]))


def check_text(name: str, one: Check) -> str:
    """The check's docstring, its parameters, where it's from, an example."""
    doc = (inspect.getdoc(one.run) or "").partition("\nRaises ")[0].strip()
    blocks = [doc, _parameters(one), EXAMPLES[name].rstrip()]
    body = "\n\n".join(blocks)
    head = f"{name}: {one.reference}" if one.reference else name
    indented = "\n".join(f"    {line}".rstrip() for line in body.splitlines())
    return f"{head}\n{indented}\n"


def _parameters(one: Check) -> str:
    """Which parameters there are, and whether it may do without."""
    fields = msgspec.structs.fields(one.parameters)
    needed = [field.name for field in fields if field.required]
    optional = [field.name for field in fields if not field.required]
    parts = [
        AT[one.at],
        f"needs {', '.join(needed)}" if needed else "",
        f"may have {', '.join(optional)}" if optional else "",
    ]
    return f"It {'; '.join(filter(None, parts))}."
