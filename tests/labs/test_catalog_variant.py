"""variant.yaml: the rules of a lab's values, and their places in its texts."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labs import catalog
from labs.catalog import YamlFileError, variant
from labs.catalog.variant import Rule
from tests.labs.test_catalog_loading import LAB, write

RULES = """\
port: {book: 7777, range: [7100, 7999]}
text: {book: hello there, one_of: [hello there, good morning]}
ether: {book: "0:0:c0:6f:2d:40", low_bytes: 2}
"""
BOOK: dict[str, int | str] = {"port": 7777, "text": "hello there", "ether": "0:0:c0:6f:2d:40"}
VARIED = LAB.replace("mtu: {sl0: 552}", 'mtu: {sl0: "{{port-7000}}"}').replace(
    "Look at", "{{text}}, look at {{text.length+2}} bytes of {{ether}} at"
)


def varied(directory: Path, rules: str = RULES, lab: str = VARIED) -> Path:
    write(directory, lab)
    (directory / "sample" / "variant.yaml").write_text(rules)
    return directory


def test_without_a_student_every_value_is_the_books(tmp_path: Path) -> None:
    lab = catalog.load("sample", varied(tmp_path))
    assert lab.values == BOOK
    assert lab.hosts["bsdi"].mtu == {"sl0": 777}
    assert lab.expect[0].hint == "hello there, look at 13 bytes of 0:0:c0:6f:2d:40 at the SYNs."


def test_a_students_values_stand_everywhere(tmp_path: Path) -> None:
    mine: dict[str, int | str] = {"port": 7252, "text": "good morning", "ether": "0:0:c0:6f:1:ff"}
    lab = catalog.load("sample", varied(tmp_path), mine)
    assert lab.values == mine
    assert lab.hosts["bsdi"].mtu == {"sl0": 252}
    assert lab.expect[0].hint == "good morning, look at 14 bytes of 0:0:c0:6f:1:ff at the SYNs."


@pytest.mark.parametrize(
    ("claimed", "message"),
    [
        ({"port": 22}, "22 is none of the choices"),
        ({"port": "7200"}, "'7200' is none of the choices"),
        ({"text": "x}}\\nhosts: {}"}, "none of the choices"),
        ({"ether": "0:0:c0:70:2d:40"}, "none of the choices"),
        ({"ether": "0:0:c0:6f:2d:40:1"}, "none of the choices"),
        ({"ether": "0:0:c0:6f:2d:100"}, "none of the choices"),
        ({"mtu": 9}, "no value 'mtu': port, text, ether"),
    ],
)
def test_values_that_are_no_students_are_refused(
    tmp_path: Path, claimed: dict[str, int | str], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        catalog.load("sample", varied(tmp_path), claimed)


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("port: {book: 1}", "give one of one_of, range, low_bytes"),
        ("port: {book: 1, range: [1, 2], one_of: [1]}", "give one of"),
        ("port: {book: 1, range: [2, 3]}", "the book's 1 is none of the choices"),
        ("port: {book: 1, range: [3, 2]}", "nothing to choose from"),
        ("text: {book: a, one_of: []}", "nothing to choose from"),
        ('text: {book: "a: [", one_of: ["a: ["]}', "letters, digits"),
        ('text: {book: a, one_of: [a, "{{b}}"]}', "letters, digits"),
        ('text: {book: "#a", one_of: ["#a"]}', "letters, digits"),
        ("port: {book: 1, range: [1, 2], implies: {a: {1: 2}}}", "implies a: give what it is"),
        ("port: {book: 1, one_of: [1, 2], implies: {a: {1: 2}}}", "implies a: give what it is"),
        ('port: {book: 1, one_of: [1], implies: {a: {1: "$b"}}}', "letters, digits"),
        ("a: {book: 1, one_of: [1], implies: {a: {1: 2}}}", "a second value named 'a'"),
        ("port: {book: 1, rnage: [1, 2]}", "unknown field `rnage`"),
        ("port: 1", "Expected `object`"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(tmp_path: Path, rule: str, message: str) -> None:
    with pytest.raises(YamlFileError, match=rf"variant.yaml:1: .*{message}"):
        catalog.load("sample", varied(tmp_path, f"{rule}\n", LAB))


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("{{prot}}", "no value 'prot': this lab has port, text, ether"),
        ("{{text+1}}", "text is no number: write text.length"),
        ("{{port*2}}", "expected a value's name, or a sum"),
        ("{{}}", "expected a value's name"),
    ],
)
def test_a_place_that_makes_no_sense_is_refused(tmp_path: Path, place: str, message: str) -> None:
    with pytest.raises(YamlFileError, match=message):
        catalog.load("sample", varied(tmp_path, lab=LAB.replace("the SYNs", place)))


def test_sums() -> None:
    values: dict[str, int | str] = {"port": 7777, "text": "hello", "low": 3}
    assert variant.filled("{{port+low-1}} {{ text.length + text.length + 4 }}", values) == "7779 14"
    assert variant.filled("{{3-port}}", values) == "-7774"


def test_what_a_value_implies_follows_it_and_is_never_given(tmp_path: Path) -> None:
    rules = "client: {book: svr4, one_of: [svr4, sun], implies: {mss: {svr4: 1024, sun: 1460}}}\n"
    directory = varied(tmp_path, rules, LAB.replace("the SYNs", "{{client}}, {{mss-1}}"))
    assert catalog.load("sample", directory).expect[0].hint.startswith("Look at svr4, 1023")
    his = catalog.load("sample", directory, {"client": "sun"})
    assert his.expect[0].hint.startswith("Look at sun, 1459")
    assert his.values == {"client": "sun", "mss": 1460}
    with pytest.raises(ValueError, match="no value 'mss': client"):
        catalog.load("sample", directory, {"mss": 1460})


@given(st.integers(min_value=0))
def test_whatever_is_chosen_is_allowed(number: int) -> None:
    for rule in (
        Rule(7777, range=(7100, 7999)),
        Rule("a", one_of=["a", "b", "c"]),
        Rule("0:0:c0:6f:2d:40", low_bytes=3),
    ):
        assert rule.allows(rule.choice(number))


def test_every_choice_is_chosen() -> None:
    assert {Rule(1, range=(1, 4)).choice(number) for number in range(4)} == {1, 2, 3, 4}
    assert len({Rule("0:0:0:0:0:0", low_bytes=1).choice(number) for number in range(300)}) == 256
