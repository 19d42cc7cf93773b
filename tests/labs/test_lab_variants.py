"""Every lab with students' values: rules, places, and who passes whose expectations."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from checkers.check import Report, report
from checkers.verdict import Verdict
from grading import variants
from labs import catalog
from labs.catalog import variant
from labs.catalog.variant import Values
from tests.grading.test_variants import COURSE
from tests.labs.lab_evidence import said
from tests.labs.test_mutations import RIGHT
from tests.labs.varied_evidence import varied

# Labs of programs have tests of their own: what differs there are ports alone.
LABS = catalog.of_kind("session")
STUDENTS = ("ahn", "berg", "chen")
# What a student neither types nor sees in a hand-out's commands; half-open's checks see it.
UNTYPED = {"ether"}
# The checks ask for so much at least, so more is right as well.
LEAST = {"late_s", "size"}


def given_to(student: str, lab: str) -> dict[str, int | str]:
    return variants.values(COURSE, student, lab)


def judged_by(lab: str, owner: Values, judge: Values) -> Report:
    """A right run with one's values, by another's expectations."""
    book = catalog.load(lab).values
    run = varied(lab, RIGHT[lab], book, owner, catalog.load(lab, given=owner).values)
    return report(lab, run, catalog.load(lab, given=judge).expect)


def expected(lab: str, values: Values) -> object:
    return [(one.name, one.at, one.parameters) for one in catalog.load(lab, given=values).expect]


@pytest.mark.parametrize("lab", LABS)
@pytest.mark.parametrize("student", STUDENTS)
def test_a_students_right_run_passes_with_the_students_values(student: str, lab: str) -> None:
    mine = given_to(student, lab)
    result = judged_by(lab, mine, mine)
    texts = [said(result, verdict) for verdict in (Verdict.FAIL, Verdict.INCONCLUSIVE)]
    assert result.verdict is Verdict.PASS, texts


@pytest.mark.parametrize("lab", LABS)
def test_the_books_right_run_is_what_it_was(lab: str) -> None:
    assert judged_by(lab, {}, {}).verdict is Verdict.PASS


def pairs(lab: str) -> Iterator[tuple[Values, Values]]:
    """Whose run, and by whose expectations: the book's, and those of some students."""
    book = {name: rule.book for name, rule in variant.rules(catalog.folder(lab)).items()}
    everyone = [book, *(given_to(student, lab) for student in STUDENTS)]
    for owner in everyone:
        for judge in everyone:
            enough = {name for name in LEAST & set(book) if owner[name] >= judge[name]}  # type: ignore[operator]
            alike = owner | {name: judge[name] for name in enough}
            if expected(lab, alike) != expected(lab, judge):
                yield owner, judge


@pytest.mark.parametrize("lab", LABS)
def test_with_anybody_elses_values_it_fails(lab: str) -> None:
    others = list(pairs(lab))
    assert others
    for owner, judge in others:
        result = judged_by(lab, owner, judge)
        assert result.verdict is Verdict.FAIL, (owner, judge)


@pytest.mark.parametrize("lab", LABS)
def test_each_value_alone_is_expected(lab: str) -> None:
    """The book's run fails whichever value differs, but for addresses that no check sees."""
    rules = variant.rules(catalog.folder(lab))
    for name, rule in rules.items():
        if name == "ether" and lab != "half-open":
            continue
        for other in [one for one in map(rule.choice, range(rule.choices)) if one != rule.book][:9]:
            result = judged_by(lab, {}, {name: other})
            assert result.verdict is Verdict.FAIL, (name, other)


@pytest.mark.parametrize("lab", LABS)
def test_every_value_is_used_and_shown(lab: str) -> None:
    folder = catalog.folder(lab)
    rules = variant.rules(folder)
    assert "ether" in rules
    assert len(rules) > 1
    script = set(re.findall(r'stage\.(?:text|number)\("(\w+)"\)', read(folder / "lab.py")))
    script |= set(re.findall(r"stage\.(?:text|number)\('(\w+)'\)", read(folder / "lab.py")))
    assert script <= set(catalog.load(lab).values)
    for name, rule in rules.items():
        assert {name, *rule.implies} & (places(folder / "lab.yaml") | script), name
        if name not in UNTYPED:
            for language in ("handout.md", "handout.ko.md"):
                assert name in places(folder / language), (language, name)
    used = places(folder / "lab.yaml") | places(folder / "handout.md") | script
    assert used == set(catalog.load(lab).values)


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def places(path: Path) -> set[str]:
    """The names of the values that stand in a file."""
    texts = variant.PLACE.findall(read(path))
    return {name for text in texts for name in re.findall(r"[a-z_]+", text.replace(".length", ""))}


@pytest.mark.parametrize("lab", LABS)
def test_no_two_values_of_a_lab_can_be_one_port(lab: str) -> None:
    """Each value's ports, with those that count from it, are its own; none is a service's."""
    text = read(catalog.folder(lab) / "lab.yaml")
    taken: dict[int, str] = dict.fromkeys((7, 9, 13, 19, 23, 514), "a service")
    for name, rule in variant.rules(catalog.folder(lab)).items():
        if not isinstance(rule.book, int) or rule.book < 1024 or name == "gemini_mtu":
            continue
        more = {0, *(int(n) for n in re.findall(rf"\{{\{{{name}\+(\d+)\}}\}}", text))}
        for port in {choice + n for choice in rule.one_of or () for n in more}:  # type: ignore[operator]
            assert taken.setdefault(port, name) == name, port


@pytest.mark.parametrize("lab", LABS)
def test_a_students_address_is_no_other_hosts(lab: str) -> None:
    """Its high bytes tell the host; on ethernet-1 only the low ones differ."""
    book = str(catalog.load(lab).values["ether"])
    assert book in ("0:0:c0:6f:2d:40", "8:0:20:3:f6:42")
    (host,) = [name for name, its in catalog.load(lab).hosts.items() if its.ether]
    assert host == ("bsdi" if "bsdi" in catalog.load(lab).hosts else "sun")


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("lab", LABS)
def test_the_hand_out_shows_the_students_values(lab: str, language: str) -> None:
    mine = given_to("berg", lab)
    book, its = catalog.handout(lab, {}, language), catalog.handout(lab, mine, language)
    assert "{{" not in book + its
    unlike = {name for name in mine if mine[name] != catalog.load(lab).values[name]} - UNTYPED
    assert (book != its) == bool(unlike)
