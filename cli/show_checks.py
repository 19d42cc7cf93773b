"""`tcplab show --checks`: what each check of a lab.yaml promises, and how it is written."""

import inspect
import sys

import msgspec

from checkers.checks import CHECKS, At, Check, check_named
from checkers.errors import ExpectationError
from checkers.examples import EXAMPLES
from cli.exits import UsageError

AT = {
    At.NEEDED: "needs a vantage point (at)",
    At.OPTIONAL: "may have a vantage point (at)",
    At.NONE: "looks at no capture (no at)",
}


def print_checks(name: str | None) -> None:
    """Print one check, or all of them; raises UsageError for an unknown one."""
    try:
        named = CHECKS if name is None else {name: check_named(name)}
    except ExpectationError as error:
        raise UsageError(str(error)) from error
    sys.stdout.write("\n".join(check_text(name, one) for name, one in named.items()))


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
