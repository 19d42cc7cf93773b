"""What a lab says of its delay lines."""

from pathlib import Path

import pytest

from labs import catalog
from topologies.inside_cover import BOOK
from topologies.internet import TopologyError, with_delays

LAB = """\
title: A lab
section: "18.8"
summary: Two hosts far apart.
hosts: {bsdi: {}, vangogh: {}}
links:
  internet: {DELAY}
vantage_points: [bsdi eth0]
expect: []
"""


def test_a_delay_line_gets_the_labs_delay_and_all_else_stays() -> None:
    slower = with_delays(BOOK, {"internet": 200.0})
    assert slower.links["internet"].delay_ms == 200.0
    unchanged = {name: link for name, link in BOOK.links.items() if name != "internet"}
    assert {name: slower.links[name] for name in unchanged} == unchanged
    assert slower.hosts == BOOK.hosts


@pytest.mark.parametrize("link", ["ethernet-13", "slip-bsdi", "nowhere"])
def test_only_delay_lines_have_a_delay(link: str) -> None:
    with pytest.raises(TopologyError, match=link):
        with_delays(BOOK, {link: 10.0})


def test_a_lab_names_its_delays(tmp_path: Path) -> None:
    assert _lab(tmp_path, "delay_ms: 200").links == {"internet": catalog.Link(200)}


@pytest.mark.parametrize("wrong", ["delay_ms: -1", "delay_ms: long", "delay_s: 1"])
def test_a_wrong_delay_is_refused_with_its_line(tmp_path: Path, wrong: str) -> None:
    with pytest.raises(catalog.YamlFileError, match=r"lab\.yaml:6: "):
        _lab(tmp_path, wrong)


def _lab(folder: Path, delay: str) -> catalog.Lab:
    (folder / "far").mkdir()
    (folder / "far" / "lab.yaml").write_text(LAB.replace("DELAY", delay))
    return catalog.load("far", folder)
