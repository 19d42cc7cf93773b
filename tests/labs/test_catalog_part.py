"""Parts of a lab's files: each is made once for the values that stand in it, and for no others."""

from pathlib import Path

import pytest

from labs import catalog
from labs.catalog.part import MOST_KEPT, MOST_ONES_OWN, Part
from labs.catalog.yaml_file import YamlFile
from tests.labs.test_catalog_loading import LAB, QUESTIONS, write

RULES = """\
port: {book: 7777, range: [7100, 7999]}
size: {book: 1, one_of: [1, 2]}
ether: {book: "0:0:c0:6f:2d:40", low_bytes: 2}
"""
VARIED = LAB.replace("bsdi.discard: S", "bsdi.{{port}}: S").replace("Look", "Look, {{size}}, ")


def varied(directory: Path) -> Path:
    write(directory, VARIED, questions=QUESTIONS.replace("How long", "How long, {{size}}"))
    (directory / "sample" / "variant.yaml").write_text(RULES)
    return directory


def test_what_does_not_differ_is_shared(tmp_path: Path) -> None:
    directory = varied(tmp_path)
    mine = catalog.load("sample", directory, {"port": 7200, "size": 2})
    yours = catalog.load("sample", directory, {"port": 7201, "size": 2, "ether": "0:0:c0:6f:1:1"})
    assert mine.hosts is yours.hosts
    assert mine.expect[1] is yours.expect[1]
    assert all(one is other for one, other in zip(mine.questions, yours.questions, strict=True))


def test_what_differs_is_each_ones_own(tmp_path: Path) -> None:
    directory = varied(tmp_path)
    given = [{"port": port, "size": size} for port in (7200, 7201) for size in (1, 2)]
    for values in [*given, *reversed(given)]:
        lab = catalog.load("sample", directory, values)
        assert f"bsdi.{values['port']}: S" in str(lab.expect[0].parameters["timeline"])
        assert lab.expect[0].hint.startswith(f"Look, {values['size']}, ")
        assert lab.questions[1].ask == f"How long, {values['size']}?"
        assert {name: lab.values[name] for name in values} == values


@pytest.mark.parametrize(
    ("place", "name"),
    [("port", "port"), (" port2 ", "port2"), ("9-port", "port"), ("one + text.length", "text")],
)
def test_every_way_to_name_a_value_tells_parts_apart(tmp_path: Path, place: str, name: str) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(f'texts: [plain, {{in: "a {{{{{place}}}}} text"}}]\n')
    part = Part(YamlFile(path), lambda file: str(file.data), ("texts",))
    values: dict[str, int | str] = {"one": 1, "port": 7, "port2": 8, "text": "a"}
    made = {part.made({**values, name: other}) for other in (values[name], "10")}
    assert len(made) == 2


def test_no_more_is_kept_than_a_part_may_keep(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("text: for {{port}}\n")
    made: list[str] = []

    def make(file: YamlFile) -> str:
        made.append(file.data["text"])
        return made[-1]

    part = Part(YamlFile(path), make, ("text",))
    ports = range(MOST_KEPT + 1)
    assert [part.made({"port": port}) for port in ports] == [f"for {port}" for port in ports]
    assert len(made) == MOST_KEPT + 1
    assert part.made({"port": MOST_KEPT}) == made[MOST_KEPT]
    assert len(made) == MOST_KEPT + 1
    assert part.made({"port": 0}) == "for 0"
    assert len(made) == MOST_KEPT + 2


def test_what_is_anybodys_is_hardly_kept(tmp_path: Path) -> None:
    directory = varied(tmp_path)
    file = directory / "sample" / "lab.yaml"
    file.write_text(VARIED.replace("Look, {{size}}", "Look, {{size}}, {{ether}}"))

    def load(low: int) -> catalog.Lab:
        return catalog.load("sample", directory, {"ether": f"0:0:c0:6f:0:{low:x}"})

    first = load(0)
    others = [load(low) for low in range(1, MOST_ONES_OWN)]
    assert all(load(0).expect[0] is first.expect[0] is not other.expect[0] for other in others)
    load(MOST_ONES_OWN)
    assert load(0).expect[0] is not first.expect[0]
    assert load(0).expect[0].hint == first.expect[0].hint
    assert load(0).expect[1] is first.expect[1]


def test_keys_that_are_no_texts_are_no_matter_of_the_catalog(tmp_path: Path) -> None:
    lab = LAB.replace("client: svr4", "client: {no: svr4, 2: sun}")
    assert catalog.load("sample", write(tmp_path, lab)).expect[1].parameters["client"] == {
        False: "svr4",
        2: "sun",
    }
