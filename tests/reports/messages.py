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
from grading import feedback
from tests.reports.whole_sentences import WHOLE

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
    *("number {0}", "{0} number {1}", "the last", "{0} {1}, MTU {2}", "{0}/{1}.txt {2}"),
    COPIES,
}
# The name of a format, half of what an author of labs is told, and the line for Wireshark.
NOT_FINDINGS_EITHER = {
    *("tcpdump text", "looks at no capture: leave `at` out", "needs `at`"),
    "{0}: {1}expected {2}, observed {3}{4}{5}",
}
# What the command line says to instructors and to authors of labs, who read English docs.
NOT_TRANSLATED = {"autograder.py", "cluster.py", "exporting.py", "grade.py", "show_checks.py"}
NOT_TRANSLATED |= {"variant.py"}
# What other rooms say by the command line.
REPORTS = (
    *("reports/quiz.py", "reports/predict.py", "reports/terminal.py", "reports/connections.py"),
    *("checkers/story.py", "labs/launch.py"),
)
# What no person reads, or what is said in parts.
NOT_TOLD = {
    *("bold {0}", "HOST INTERFACE", "tcplab %(version)s", "LAB or RUN", "[LAB or RUN]"),
    *("tcp or arp or icmp", "-i {0} tcp or arp or icmp", "netstat -a -n -f inet"),
    *("{0} % netstat -a -n -f inet", "tcpdump --immediate-mode -l -Z root {0}"),
    *(
        "tmux {0}: {1}",
        "{0}: {1}, {2} kB",
        "{0}: {1} of {2}\n",
        "{0} {1} {2}: {3}",
        "{0}: {1}, {2}: {3}",
        "tcplab: {0}\n",
        "999 s left",
    ),
    *(
        "order {0}",
        "no {0}",
        " by {0}",
        " to {0}",
        "{0} % python3 {1} {2}",
        "waiting {0}",
        "waiting until {0}",
    ),
    *("no attempt to count", "expected {0}, observed {1}"),
    "{0}\n  tcplab check {1}\n  tcplab show {2}    # {3}\n  tcplab pack {4} -o {5}.zip    # {6}\n",
}
# What a student's page says of a grade, and where that is made.
FEEDBACK = (
    *("feedback.py", "grade.py", "rubric.py", "late.py", "claims.py", "answers.py"),
    *("answers_file.py", "submissions.py", "pieces.py", "members.py", "archives.py", "files.py"),
    *("zip_file.py", "tar_file.py", "hand_in.py", "own_values.py"),
    *("student.py", "doubts.py", "class_run.py"),
)
# How the labs' room says what it does: by which function, in which sentence.
SAYING = {"_say": "{}", "_said": "{}", "say": "{}", "waits": "waiting {}"}
# A regular expression, and values side by side, which are a sentence put together.
PATTERN = re.compile(r"^\^|\.\*|\{1\}\{2\}")


def marked() -> Iterator[tuple[str, str]]:
    """(file, sentence) of templates, of `language("...")` in reports and cli, and of feedback."""
    yield from (("grading/feedback.py", label) for label in feedback.LABELS)
    templates = PROJECT / "reports/templates"
    for path in [*sorted(templates.glob("*.*ml")), *sorted(templates.glob("*.svg"))]:
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


def of_command_line() -> Iterator[tuple[str, str]]:
    """(file, sentence) of what the command line says, and of the help of its commands."""
    for path in [*sorted((PROJECT / "cli").glob("*.py")), *(PROJECT / one for one in REPORTS)]:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if path.name not in NOT_TRANSLATED:
            for node in _strings(tree, _docstrings(tree)):
                sentence = _template(node)
                if _told(sentence):
                    yield _name(path), sentence
        for paragraph in _helps(tree):
            yield _name(path), _braces(paragraph)


def of_grading() -> Iterator[tuple[str, str]]:
    """(file, sentence) of what a student's page says of a grade; a problem may stay English."""
    for name in FEEDBACK:
        path = PROJECT / "grading" / name
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in _strings(tree, _docstrings(tree)):
            sentence = _template(node)
            if _told(sentence) and not PART.match(sentence) and not PATTERN.search(sentence):
                yield _name(path), sentence


def _told(sentence: str) -> bool:
    """Whether people read it, and not a program, a terminal or click."""
    words = re.sub(r"\{\d\}", "", sentence)
    named = "{{" in sentence  # one that is marked, or a format
    told = " " in sentence.strip() and bool(LETTERS.search(words)) and not named
    return told and sentence not in NOT_TOLD


def _helps(tree: ast.AST) -> Iterator[str]:
    """The docstrings of commands, by paragraphs: click's, and those of the prompt."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and (_is_command(node) or node.name[:3] == "do_"):
            for paragraph in (ast.get_docstring(node) or "").split("\n\n"):
                lines = paragraph.splitlines()
                kept = lines[:1] == ["\b"]
                for told in lines[1:] if kept else [" ".join(lines)]:
                    if told and not told.startswith(("Example: ", "Examples: ", "  tcplab")):
                        yield told


def _is_command(function: ast.FunctionDef) -> bool:
    named = [each.func for each in function.decorator_list if isinstance(each, ast.Call)]
    return any(isinstance(each, ast.Attribute) and each.attr == "command" for each in named)


def of_steps() -> Iterator[tuple[str, str]]:
    """(file, sentence) of what a lab that is played says it does now."""
    rooms = "labs/*.py", "labs/catalog/*/lab.py"
    for path in sorted(path for room in rooms for path in PROJECT.glob(room)):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args and _called(node) in SAYING:
                text = node.args[0]
                if isinstance(text, ast.Constant | ast.JoinedStr):
                    sentence = SAYING[_called(node)].format(_template(text))
                    words = re.sub(r"\{\d\}", "", sentence)
                    if LETTERS.search(words) and sentence not in NOT_TOLD:
                        yield _name(path), sentence


def _called(call: ast.Call) -> str:
    return getattr(call.func, "attr", getattr(call.func, "id", ""))


def of_labs() -> Iterator[tuple[str, str]]:
    """(file, sentence) of the labs' titles, summaries, hints, questions and rubrics."""
    for path in sorted((PROJECT / "labs/catalog").glob("*/lab.yaml")):
        lab = yaml.safe_load(path.read_text(encoding="utf-8"))
        texts = [lab["title"], lab["summary"], *(one.get("hint", "") for one in lab["expect"])]
        for text in filter(None, (*texts, *_asked(path.parent))):
            count = iter(range(99))
            parts = (_braces(part) for part in VALUE.split(text.strip()))
            head, *rest = parts
            yield _name(path), head + "".join(f"{{{next(count)}}}{part}" for part in rest)


def _asked(lab: Path) -> Iterator[str]:
    """A lab's questions, and the hints of its rubric."""
    if (lab / "questions.yaml").exists():
        asked = yaml.safe_load((lab / "questions.yaml").read_text(encoding="utf-8"))
        yield from (one["ask"] for one in asked)
    items = yaml.safe_load((lab / "rubric.yaml").read_text(encoding="utf-8"))
    for item in items.values():
        yield from (*item.get("hints", ()), item.get("hint", ""))


def catalog() -> Catalog:
    """All of them, without lines, so that it changes only when a sentence does."""
    found = Catalog(project="tcplab", fuzzy=False)
    others = (("tests/reports/whole_sentences.py", sentence) for sentence in WHOLE)
    told = *marked(), *of_labs(), *of_checks(), *of_command_line(), *of_steps(), *of_grading()
    for file, sentence in (*told, *others):
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
