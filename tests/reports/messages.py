"""Every sentence that reports can say, for translators: `make messages` writes the catalogs.

Sentences of templates and of `language("...")` are marked. Those of checks are found: every string
and f-string of the checkers, its values as {0}, {1} ..., since findings are plain text. So are the
titles, summaries and hints of the catalog's labs, their {{values}} in the same way.
"""

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import yaml
from babel.messages import mofile, pofile
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file

from checkers.check import COPIES
from checkers.verdict import Verdict

PROJECT = Path(__file__).parents[2]
LOCALES = PROJECT / "languages/locale"
LETTERS = re.compile(r"[A-Za-z]{2}")
VALUE = re.compile(r"\{\{[^{}]+\}\}")
# What checkers/ says to authors of labs, and not in findings.
NOT_FINDINGS = {"checks.py", "examples.py", "timeline_tokens.py", "timeline_parse.py"}
NOT_FINDINGS |= {"timeline_words.py", "timeline_write.py", "timeline_recorded.py", "errors.py"}
# Books and RFCs have the same names everywhere.
REFERENCE = re.compile(r"(RFC \d+|TCP/IP Illustrated) [\d.]+")
# Parts of sentences whose wholes are among OTHERS; what begins like a part is one.
PART = re.compile(r"[ ,;(]|.*\s$")
PARTS = {
    *("'unreachable' with code {0}", "ISNs {0} and {1}, each acknowledged{2}"),
    *("ended by itself after {0} s with status {1}{2}", "segment {0}{1}", "{0} of {1}, {2}"),
    *("number {0}", "the last", "{0} {1}, MTU {2}", "{0}/{1}.txt {2}"),
    COPIES,
}
# The name of a format, half of what an author of labs is told, and the line for Wireshark.
NOT_FINDINGS_EITHER = {
    *("tcpdump text", "looks at no capture: leave `at` out", "needs `at`"),
    "{0}: {1}expected {2}, observed {3}{4}{5}",
}
# What stands in no string of its own: words of tables, and sentences put together from parts.
OTHERS = (
    *(verdict.name for verdict in Verdict),
    *("missing", "unexpected", "direction", "gap", "flags", "window", "options", "payload"),
    "the {0} of {1} sent again by the schedule {2}, {3} times at least",
    "ISNs {0} and {1}, each acknowledged",
    "ISNs {0} and {1}, each acknowledged, with {2} retransmission(s)",
    "{0} of data from {1}, {2} in a segment",
    "segment {0} (line {1} of the time line)",
    "segment {0}",
    "{0} segments of the time line, {1} of them of any kind",
    "'{0}', differs in {1}",
    "gaps of {0}: {1} fits",
    "{0} on the terminals of {1} behind line {2}",
    "it stands in line {0}, too early",
    "the program to end by itself, with status {0}",
    "ended by itself after {0} s with status {1}",
    "ended by itself after {0} s with status {1} (signal {2})",
    "'unreachable' with code {0} from {1} to {2}, MTU {3}",
    "a capture at {0}, as it fits that best",
    "a connection number {0} from {1} to {2}",
    *("{0} of {1}, number {2}", "{0} of {1}, the last", "segment"),
    f"{{0}} {COPIES}",
    *("set", "none agreed on", "none in both SYNs"),
    *("frame {0}", "frames {0}", "{0} lines {1}", "{0} and {1}", "{0} to {1}", "{0} s"),
)


def marked() -> Iterator[tuple[str, str]]:
    """(file, sentence) of templates, and of `language("...")` in reports and cli."""
    for path in sorted((PROJECT / "reports/templates").glob("*.*ml")) + sorted(
        (PROJECT / "reports/templates").glob("*.svg")
    ):
        yield from _extracted("jinja2.ext:babel_extract", path, {"_": None})
    for room in ("reports", "cli"):
        for path in sorted((PROJECT / room).glob("*.py")):
            yield from _extracted("python", path, {"language": None})


def _extracted(method: str, path: Path, keywords: dict[str, None]) -> Iterator[tuple[str, str]]:
    options = {"trimmed": "true"}
    found = extract_from_file(method, path, keywords=keywords, options=options)
    for _, message, *_ in found:
        yield _name(path), message if isinstance(message, str) else message[0]


def _name(path: Path) -> str:
    return str(path.relative_to(PROJECT))


def of_checks() -> Iterator[tuple[str, str]]:
    """(file, sentence) of all that checks can say, labels and endings of connections too."""
    paths = [*sorted((PROJECT / "checkers").glob("*.py"))]
    paths += [PROJECT / "captures/labels.py", PROJECT / "captures/endings.py"]
    for path in paths:
        if path.name in NOT_FINDINGS:
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        unsaid = _docstrings(tree) | _raised(tree)
        for node in _strings(tree, unsaid):
            sentence = _template(node)
            if LETTERS.search(re.sub(r"\{\d\}", "", sentence)) and _said(path, sentence):
                yield _name(path), sentence


def _said(path: Path, sentence: str) -> bool:
    """Whether people read it: a word alone is a name, but for labels and endings."""
    if path.parent.name == "captures":
        return "[" not in sentence
    if PART.match(sentence) or REFERENCE.match(sentence):
        return False
    unsaid = PARTS | NOT_FINDINGS_EITHER
    return " " in sentence and "\n" not in sentence and sentence not in unsaid


def _strings(tree: ast.AST, unsaid: set[ast.AST]) -> Iterator[ast.Constant | ast.JoinedStr]:
    """The strings and f-strings, outermost only."""
    for child in ast.iter_child_nodes(tree):
        if child in unsaid:
            continue
        if isinstance(child, ast.JoinedStr):
            yield child
            yield from _strings_within(child, unsaid)
        elif isinstance(child, ast.Constant) and isinstance(child.value, str):
            yield child
        else:
            yield from _strings(child, unsaid)


def _strings_within(
    node: ast.JoinedStr, unsaid: set[ast.AST]
) -> Iterator[ast.Constant | ast.JoinedStr]:
    for part in node.values:
        if isinstance(part, ast.FormattedValue):
            yield from _strings(part, unsaid)


def _docstrings(tree: ast.AST) -> set[ast.AST]:
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef)
    return {
        node.body[0].value
        for node in ast.walk(tree)
        if isinstance(node, kinds) and node.body and isinstance(node.body[0], ast.Expr)
    }


def _raised(tree: ast.AST) -> set[ast.AST]:
    """What exceptions say isn't a finding."""
    return {node for node in ast.walk(tree) if isinstance(node, ast.Raise)}


def _template(node: ast.Constant | ast.JoinedStr) -> str:
    if isinstance(node, ast.Constant):
        return _braces(str(node.value))
    text, count = "", 0
    for part in node.values:
        if isinstance(part, ast.Constant):
            text += _braces(str(part.value))
        else:
            text += f"{{{count}}}"
            count += 1
    return text


def _braces(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


def of_labs() -> Iterator[tuple[str, str]]:
    """(file, sentence) of the labs' titles, summaries and hints."""
    for path in sorted((PROJECT / "labs/catalog").glob("*/lab.yaml")):
        lab = yaml.safe_load(path.read_text(encoding="utf-8"))
        texts = [lab["title"], lab["summary"], *(one.get("hint", "") for one in lab["expect"])]
        for text in filter(None, texts):
            count = iter(range(99))
            parts = (_braces(part) for part in VALUE.split(text.strip()))
            head, *rest = parts
            yield _name(path), head + "".join(f"{{{next(count)}}}{part}" for part in rest)


def catalog() -> Catalog:
    """All of them, without lines, so that it changes only when a sentence does."""
    found = Catalog(project="tcplab", fuzzy=False)
    others = ((_name(Path(__file__)), sentence) for sentence in OTHERS)
    for file, sentence in (*marked(), *of_labs(), *of_checks(), *others):
        found.add(sentence, locations=[(file, 0)])
    return found


def update(path: Path) -> Catalog:
    """The catalog of a language with today's sentences; translations that still fit stay."""
    with path.open("rb") as file:
        known = pofile.read_po(file)
    made = known.creation_date
    known.update(catalog(), no_fuzzy_matching=True)
    known.creation_date = made  # so that nothing changes where no sentence did
    known.obsolete.clear()
    return known


def write(path: Path, catalog: Catalog) -> None:
    """The .po, and the .mo beside it."""
    with path.open("wb") as file:
        pofile.write_po(
            file, catalog, width=100, include_lineno=False, sort_output=True, omit_header=False
        )
    with path.with_suffix(".mo").open("wb") as file:
        mofile.write_mo(file, catalog)


def languages() -> Iterable[Path]:
    """The languages' .po files."""
    return sorted(LOCALES.glob("*/LC_MESSAGES/tcplab.po"))


if __name__ == "__main__":
    for language in languages():
        write(language, update(language))
