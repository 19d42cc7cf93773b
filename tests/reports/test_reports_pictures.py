"""Pictures of time lines: everything in its place, to scale, as SVG that has its text as text."""

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from captures import listing
from captures.names import Names
from captures.reader import parse
from checkers.evidence import Vantage
from languages.sentences import ENGLISH
from reports.drawing import timelines_svg
from reports.journeys import ladders
from reports.picture import ROW, Picture, picture
from tests.captures import frames
from tests.captures.test_captures_labels import OPEN, c
from tests.cli.cli_samples import RIGHT
from tests.reports.test_reports_journeys import captured

FIGURES = Path(__file__).parents[1] / "captures/figures"
SVG = "{http://www.w3.org/2000/svg}"
EVERY = sorted(path.name for path in FIGURES.iterdir())


def pictures(*vantages: Vantage, names: Names | None = None) -> list[Picture]:
    return [picture(one, ENGLISH) for one in ladders(vantages, names or Names(), 100)]


def figure(name: str) -> list[Picture]:
    return pictures(Vantage("", listing.read((FIGURES / name).read_text())))


def texts(svg: str) -> Iterator[str]:
    for element in ET.fromstring(svg).iter(f"{SVG}text"):
        yield "".join(element.itertext())


@pytest.mark.parametrize("name", EVERY)
def test_every_figure_has_its_segments_in_the_books_order(name: str) -> None:
    capture = listing.read((FIGURES / name).read_text())
    drawn = pictures(Vantage("", capture))
    numbers = [[number for *_, number in a.numbers] for one in drawn for a in one.arrows]
    each = [[segment.frame] for one in capture.connections for segment in one.segments]
    assert numbers == each
    for one in drawn:
        starts = [arrow.points[0][1] for arrow in one.arrows]
        assert starts == sorted(starts)
        heights = [y for y, *_ in one.times]
        assert all(low + 11 <= high for low, high in pairwise(heights))


@pytest.mark.parametrize("name", EVERY)
def test_every_figure_is_svg_with_title_description_and_text(name: str) -> None:
    drawn = figure(name)
    svg = timelines_svg(drawn)
    root = ET.fromstring(svg)
    assert len(root.findall(f".//{SVG}desc")) == len(drawn)
    said = " ".join(texts(svg))
    assert all(arrow.text in said for one in drawn for arrow in one.arrows)
    assert all(state.text in said for one in drawn for _, state in one.states)


@pytest.mark.parametrize("name", EVERY)
def test_nothing_lies_outside_the_picture(name: str) -> None:
    for one in figure(name):
        for arrow in one.arrows:
            assert all(0 < x < one.width and 0 < y < one.bottom for x, y in arrow.points)
        assert all(0 < state.y < one.height for _, state in one.states)


def test_a_long_pause_is_cut_and_its_time_said() -> None:
    (first,) = figure("18.2-connection.txt")
    assert [cut.text for cut in first.cuts] == ["4.15 s"]
    (timeout,) = figure("18.3-timeout.txt")
    assert not timeout.cuts  # 5.8 s and 24 s


def test_pauses_that_are_not_cut_are_to_scale() -> None:
    (timeout,) = figure("18.3-timeout.txt")
    one, two, three = (arrow.points[0][1] for arrow in timeout.arrows)
    stretch = [after - before - ROW for before, after in ((one, two), (two, three))]
    assert stretch[1] / stretch[0] == pytest.approx(24.0 / 5.8148, rel=0.01)


def test_slopes_are_true_where_both_ends_were_seen() -> None:
    client = captured("svr4 eth0", OPEN, (10, 200, 210))
    server = captured("bsdi eth0", OPEN, (20, 180, 215))
    (one,) = pictures(
        client, server, names=Names({frames.SVR4.host: "svr4", frames.BSDI.host: "bsdi"})
    )
    fall = [arrow.points[-1][1] - arrow.points[0][1] for arrow in one.arrows]
    assert fall[1] > fall[0] > fall[2] > 0
    assert "on one clock" in one.note


def test_a_lost_segment_ends_in_a_cross_between_the_hosts() -> None:
    names = Names({frames.SVR4.host: "svr4", frames.BSDI.host: "bsdi"})
    client = captured("svr4 eth0", [*OPEN, c(1, 1, 10)], (10, 40, 50, 60))
    server = captured("bsdi eth0", OPEN, (20, 30, 55))
    (one,) = pictures(client, server, names=names)
    last = one.arrows[-1]
    assert last.kind == "lost"
    assert "lost" in last.told
    assert one.lines[0] < last.points[-1][0] < one.lines[-1]
    assert timelines_svg([one]).count('class="cross"') == 1


def test_segments_of_one_moment_and_a_capture_without_times_are_drawn_one_below_the_other() -> None:
    (at_once,) = pictures(captured("", OPEN, (10, 10, 10)))
    untimed = b"".join([frames.section(), frames.interface(), *map(frames.simple_packet, RIGHT)])
    (timeless,) = pictures(Vantage("", parse(untimed)))
    for one in (at_once, timeless):
        starts = [arrow.points[0][1] for arrow in one.arrows]
        assert all(low + ROW <= high for low, high in pairwise(starts))
    assert len(at_once.times) == 3
    assert timeless.times == ()
    assert [state.text for _, state in timeless.states][:2] == ["CLOSED", "SYN_SENT"]


def test_what_is_left_out_is_said_in_the_picture() -> None:
    segments = [*OPEN, *(c(1 + 10 * place, 1, 10) for place in range(9))]
    vantage = captured("", segments, range(1, 13))
    (one,) = ladders([vantage], Names(), 4)
    assert "8 segments more in 9 ms" in [cut.text for cut in picture(one, ENGLISH).cuts]


def test_what_strangers_wrote_is_escaped() -> None:
    names = Names({frames.SVR4.host: '<script>"&\x1b'})
    vantage = Vantage("", parse(frames.pcap_of([*OPEN])))
    svg = timelines_svg(pictures(vantage, names=names))
    assert "<script>" not in svg
    assert "\\x1b" in svg
    ET.fromstring(svg)
