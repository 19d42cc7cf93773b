"""lab.yaml and rubric.yaml: what is read, and what is refused with file and line."""

import re
from pathlib import Path

import pytest

from checkers import answers, checks
from labs import catalog
from labs.catalog import Host, VantagePoint, YamlFileError, yaml_text
from labs.catalog.yaml_file import YamlTextError
from topologies.personalities import OVERRIDES

LAB = """\
title: Connection establishment
section: "18.2"
summary: svr4 connects to bsdi.
hosts:
  svr4: {}
  bsdi: {mss_option: false, mtu: {sl0: 552}, ephemeral_ports: [1024, 5000]}
vantage_points: [svr4 eth0, bsdi eth0]
expect:
  - check: timeline
    name: figure
    at: bsdi eth0
    hint: >-
      Look at the SYNs.
    reference: RFC 9293 3.5
    timeline: |
      svr4.$c > bsdi.discard: S $J:$J(0)
  - check: handshake
    at: svr4 eth0
    client: svr4
    server: bsdi.discard
"""
RUBRIC = """\
figure: {points: 3, hint: Count., visibility: hidden}
handshake: {points: 0}
"""


QUESTIONS = """\
- name: isn
  ask: Which ISN?
  answer: sequence
  of: isn
  at: svr4 eth0
  client: svr4
  server: bsdi.discard
  host: svr4
- name: gap
  ask: How long?
  answer: time
  tolerance: 0.5
  of: interval
  at: svr4 eth0
"""


def write(
    directory: Path, lab: str = LAB, rubric: str = RUBRIC, questions: str = QUESTIONS
) -> Path:
    """A catalog with the lab `sample`."""
    (directory / "sample").mkdir()
    (directory / "sample" / "lab.yaml").write_text(lab)
    (directory / "sample" / "rubric.yaml").write_text(rubric)
    (directory / "sample" / "questions.yaml").write_text(questions)
    return directory


def test_a_lab(tmp_path: Path) -> None:
    lab = catalog.load("sample", write(tmp_path))
    assert (lab.name, lab.title, lab.section) == ("sample", "Connection establishment", "18.2")
    assert lab.hosts["svr4"] == Host()
    assert lab.hosts["svr4"].overrides == {}
    assert lab.hosts["bsdi"].mtu == {"sl0": 552}
    assert lab.hosts["bsdi"].overrides == {"mss_option": False, "ephemeral_ports": (1024, 5000)}
    assert lab.vantage_points == (VantagePoint("svr4", "eth0"), VantagePoint("bsdi", "eth0"))


def test_expectations(tmp_path: Path) -> None:
    figure, handshake = catalog.load("sample", write(tmp_path)).expect
    assert (figure.check, figure.name, figure.at) == ("timeline", "figure", "bsdi eth0")
    assert (figure.hint, figure.reference) == ("Look at the SYNs.", "RFC 9293 3.5")
    assert figure.parameters == {"timeline": "svr4.$c > bsdi.discard: S $J:$J(0)\n"}
    assert figure.where == f"{tmp_path / 'sample' / 'lab.yaml'}:9"
    assert handshake.name == "handshake"
    assert handshake.parameters == {"client": "svr4", "server": "bsdi.discard"}
    assert handshake.where.endswith("lab.yaml:17")


def test_a_rubric(tmp_path: Path) -> None:
    rubric = catalog.load_rubric("sample", write(tmp_path))
    assert rubric["figure"] == catalog.Item(3, "Count.", "hidden")
    assert rubric["handshake"] == catalog.Item(0, "", "visible")


def test_questions(tmp_path: Path) -> None:
    lab = catalog.load("sample", write(tmp_path))
    isn, gap = lab.questions
    assert (isn.name, isn.ask, isn.answer, isn.of) == ("isn", "Which ISN?", "sequence", "isn")
    assert isn.parameters == {"client": "svr4", "server": "bsdi.discard", "host": "svr4"}
    assert isn.where == f"{tmp_path / 'sample' / 'questions.yaml'}:1"
    assert (gap.tolerance, gap.ordered, gap.parameters) == (0.5, True, {})
    assert lab.items == ("figure", "handshake", "isn", "gap")


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("name: gap", "name: isn", 9, "a second item named 'isn'"),
        ("name: gap", "name: figure", 9, "a second item named 'figure'"),
        ("name: gap", "name: mail", 9, "whose it is"),
        ("name: gap", "name: Gap 1", 9, "matching regex"),
        ("answer: time", "answer: thing", 11, "Invalid enum value 'thing'"),
        ("at: svr4 eth0", "at: sun eth0", 5, "sun eth0 is no vantage point"),
        ("answer: sequence", "answer: sequence\n  unit: bytes", 4, "only a number has one"),
        ("answer: sequence", "answer: sequence\n  tolerance: 1", 4, "only a number or a time"),
        ("tolerance: 0.5", "tolerance: -1", 12, ">= 0"),
    ],
)
def test_mistakes_in_questions(tmp_path: Path, old: str, new: str, line: int, message: str) -> None:
    assert old in QUESTIONS
    write(tmp_path, questions=QUESTIONS.replace(old, new, 1))
    with pytest.raises(YamlFileError) as caught:
        catalog.load("sample", tmp_path)
    assert str(caught.value).startswith(f"{tmp_path / 'sample' / 'questions.yaml'}:{line}: ")
    assert message in str(caught.value)


def test_overrides_are_those_of_the_personalities() -> None:
    assert set(Host.__struct_fields__) - {"system", "mtu", "ether"} == OVERRIDES


def test_names_and_unknown_labs(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "no-lab").mkdir()
    assert catalog.names(tmp_path) == ["sample"]
    assert catalog.folder("sample", tmp_path) == tmp_path / "sample"
    for name, meant in (("smaple", "did you mean sample? "), ("../sample", ""), ("x", "")):
        with pytest.raises(LookupError, match=re.escape(f"unknown lab {name!r}: {meant}")):
            catalog.load(name, tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("summary:", "sumary:", 3, "unknown field `sumary`"),
        ("section:", "title: again\nsection:", 2, "duplicate key 'title'"),
        ("    name: figure\n", "    check: again\n", 10, "duplicate key 'check'"),
        ('section: "18.2"', "section: 18.2", 2, "section: Expected `str`, got `float`"),
        ("svr4: {}", "no: {}", 4, "Expected `str`"),
        ("svr4: {}", "svr4: {ms_option: false}", 5, "unknown field `ms_option`"),
        ("mss_option: false", "mss_option: 0", 6, "hosts.bsdi.mss_option: Expected `bool`"),
        ("sl0: 552", "sl0: wide", 6, "Expected `int`, got `str`"),
        ("sl0: 552", "sl0: -1", 6, "Expected `int` >= 0"),
        ("svr4 eth0, bsdi", "svr4, bsdi", 7, r"vantage_points.0: Expected `str` matching regex"),
        ("    at: svr4 eth0", "    at: sun eth0", 18, "sun eth0 is no vantage point"),
        ("    name: figure", "    name: handshake", 17, "a second expectation named 'handshake'"),
        ("  svr4: {}", "  svr4: {", 7, "expected ',' or '}'"),
        ("  svr4: {}", "  [svr4]: {}", 5, "a key must be a word"),
        ("  svr4: {}", "  svr4: 2024-99-99", 1, "not readable as YAML: month must be"),
        (LAB, "", 1, "Expected `object`, got `null`"),
        (LAB, "- a\n- b\n", 1, "Expected `object`, got `array`"),
        (LAB, "a: \x00", 1, "not readable as YAML"),
        (LAB, "a: !!python/object:os.system x", 1, "could not determine a constructor"),
        (LAB, "[" * 5000, 1, "not readable as YAML"),
        (LAB, "[" * 100_000 + "]" * 100_000, 1, "not readable as YAML"),
        (LAB, "- " * 100_000, 1, "not readable as YAML"),
    ],
)
def test_mistakes_are_named_with_file_and_line(
    tmp_path: Path, old: str, new: str, line: int, message: str
) -> None:
    assert old in LAB
    write(tmp_path, LAB.replace(old, new, 1))
    with pytest.raises(YamlFileError) as caught:
        catalog.load("sample", tmp_path)
    assert str(caught.value).startswith(f"{tmp_path / 'sample' / 'lab.yaml'}:{line}: ")
    assert message in str(caught.value)


@pytest.mark.parametrize("one", ["[a], ", "{b: [c]}, ", '"[", '])
def test_a_long_list_is_read_by_the_fast_reader(one: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text = f"[{one * 2000}]"
    slowly = yaml_text._Careful(text).get_single_data()
    monkeypatch.setattr(yaml_text, "_Careful", None)
    assert yaml_text.read(text).data == slowly
    assert len(slowly) == 2000


@pytest.mark.parametrize("text", ["[" * 1001 + "]" * 1001, "[a, " * 2000 + "}", "- " * 1001 + "a"])
def test_what_nests_deeply_or_is_wrong_is_left_to_the_careful_one(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(yaml_text, "_Fast", None)
    with pytest.raises(YamlTextError):
        yaml_text.read(text)


@pytest.mark.parametrize(
    ("rubric", "line", "message"),
    [
        ("figure: {points: 1}\nfigrue: {points: 2}\n", 2, "'figrue' is no check or question"),
        ("figure: {points: -1}\n", 1, "figure.points: Expected `int` >= 0"),
        ("\nfigure: {}\n", 2, "missing required field `points`"),
        ("figure:\n  points: 1\n  point: 1\n", 3, "unknown field `point`"),
        ("figure: {points: 1, visibility: secret}\n", 1, "Invalid enum value 'secret'"),
        ("figure: {points: 1, needs: [hands]}\n", 1, "needs 'hands', which this lab doesn't have"),
        ("figure: {points: 1, needs: [figure]}\n", 1, "figure needs itself"),
        (
            "isn: {points: 1, needs: [figure]}\nfigure:\n  points: 1\n  needs: [isn]\n",
            1,
            "isn needs itself, by way of what it needs",
        ),
        ("figure: {points: 1, partial: {off_by_one: 50}}\n", 1, "a check has no partial credit"),
        ("gap: {points: 1, partial: {off_by_one: 50}}\n", 1, "a time has no partial credit"),
        ("isn: {points: 1, partial: {off_by_one: 100}}\n", 1, "<= 99"),
    ],
)
def test_mistakes_in_a_rubric(tmp_path: Path, rubric: str, line: int, message: str) -> None:
    write(tmp_path, rubric=rubric)
    with pytest.raises(YamlFileError) as caught:
        catalog.load_rubric("sample", tmp_path)
    assert str(caught.value).startswith(f"{tmp_path / 'sample' / 'rubric.yaml'}:{line}: ")
    assert message in str(caught.value)


def test_a_lab_without_a_rubric(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "sample" / "rubric.yaml").unlink()
    with pytest.raises(YamlFileError, match=r"rubric\.yaml:1: No such file"):
        catalog.load_rubric("sample", tmp_path)


@pytest.mark.parametrize("name", catalog.names())
def test_every_lab_of_the_catalog_can_be_checked_and_graded(name: str) -> None:
    lab = catalog.load(name)
    for expectation in lab.expect:
        checks.validate(expectation)
    for question in lab.questions:
        answers.validate(question)
    # Who grades a program runs it again: the student's own capture is another one.
    assert 2 <= len(lab.questions) <= 4 or (lab.kind == "program" and not lab.questions)
    assert set(catalog.load_rubric(name)) == set(lab.items), "each is worth something"


@pytest.mark.parametrize("name", catalog.names())
def test_hand_outs_name_every_question_by_its_key(name: str) -> None:
    english, korean = (catalog.handout(name, language=one) for one in ("en", "ko"))
    for question in catalog.load(name).questions:
        line = f"- `{question.name}`: {question.ask}"
        assert " ".join(line.split()) in " ".join(english.split())
        assert f"- `{question.name}`: " in korean


PROGRAM = """\
kind: program
program:
  called: echo.py
  host: bsdi
  starts: ["7", bsdi 7]
  limits: {wall_s: 9}
title: Connection"""


def with_program(old: str = "title", new: str = "title") -> str:
    assert old in PROGRAM
    return LAB.replace("title: Connection", PROGRAM.replace(old, new, 1), 1)


def test_a_lab_that_runs_a_program(tmp_path: Path) -> None:
    lab = catalog.load("sample", write(tmp_path, with_program()))
    assert lab.kind == "program"
    assert lab.program is not None
    assert (lab.program.called, lab.program.host) == ("echo.py", "bsdi")
    assert lab.program.starts == ("7", "bsdi 7")
    assert (lab.program.limits.wall_s, lab.program.limits.cpu_s) == (9, 5)


def test_other_labs_play_sessions(tmp_path: Path) -> None:
    lab = catalog.load("sample", write(tmp_path))
    assert (lab.kind, lab.program) == ("session", None)


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("kind: program\n", "", 1, "go together"),
        ("kind: program", "kind: programme", 1, "Invalid enum value"),
        ("host: bsdi", "host: sun", 4, "sun is none of the lab's hosts"),
        ("echo.py", "../echo.py", 3, "matching regex"),
        ("wall_s: 9", "wall_s: 0", 6, "Expected `int` >= 1"),
        ("wall_s: 9", "wall: 9", 6, "unknown field `wall`"),
        ('["7", bsdi 7]', "[]", 5, "length >= 1"),
    ],
)
def test_mistakes_in_how_a_program_is_run(
    tmp_path: Path, old: str, new: str, line: int, message: str
) -> None:
    write(tmp_path, with_program(old, new))
    with pytest.raises(YamlFileError) as caught:
        catalog.load("sample", tmp_path)
    assert str(caught.value).startswith(f"{tmp_path / 'sample' / 'lab.yaml'}:{line}: ")
    assert message in str(caught.value)


def test_every_lab_is_of_one_kind() -> None:
    sessions, programs = catalog.of_kind("session"), catalog.of_kind("program")
    assert sorted(sessions + programs) == catalog.names()
    assert programs == ["backoff-client", "echo-server"]


@pytest.mark.parametrize("lab", catalog.of_kind("program"))
def test_no_solution_lies_in_the_catalog(lab: str) -> None:
    files = {path.name for path in catalog.folder(lab).iterdir() if path.is_file()}
    assert files == {
        *("lab.yaml", "lab.py", "rubric.yaml", "variant.yaml", "handout.md", "handout.ko.md"),
    }
