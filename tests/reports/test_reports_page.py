"""The HTML report: everything that shows what came of a lab, in one file that needs no other."""

import re
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import pytest

from captures.names import Names
from captures.reader import parse
from checkers.evidence import Evidence, Vantage
from checkers.finding import Match, Pair
from checkers.verdict import Verdict
from languages.sentences import ENGLISH, language
from reports import backoff
from reports.compared import LETTER, compared
from reports.network import BOX, network
from reports.page import Entry, Scope, page
from reports.stays import states
from tests.captures import frames
from tests.captures.test_captures_labels import OPEN, c
from tests.labs import test_lab_mss_systems, test_lab_states, test_lab_syn_timeout
from tests.reports.sample_pages import SAMPLES, TOGETHER, WRONG, entry, whole_page
from tests.reports.test_reports_journeys import captured

PAGE = whole_page()


class Reader(HTMLParser):
    """What a page says, without its styles; and the elements it has."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def test_the_page_needs_nothing_else() -> None:
    read = Reader(PAGE)
    assert not {"script", "img", "iframe", "object"} & {tag for tag, _ in read.elements}
    addresses = [
        value
        for _, attributes in read.elements
        for name, value in attributes.items()
        if name in ("src", "href") and value
    ]
    assert all(value.startswith(("#", "data:")) for value in addresses)
    assert "url(" not in PAGE
    assert "@import" not in PAGE


def test_the_summary_comes_first() -> None:
    read = Reader(PAGE)
    tables = [place for place, (tag, _) in enumerate(read.elements) if tag == "table"]
    labs = [place for place, (tag, _) in enumerate(read.elements) if tag == "h2"]
    assert tables[0] < labs[0]
    links = {of["href"] for tag, of in read.elements if tag == "a"}
    headings = {f"#{of['id']}" for tag, of in read.elements if tag == "h2"}
    assert headings <= links
    assert len(headings) == len(TOGETHER) + 1


def test_every_label_points_at_an_element_and_no_id_is_twice() -> None:
    read = Reader(PAGE)
    ids = [of["id"] for _, of in read.elements if "id" in of]
    assert len(ids) == len(set(ids))
    labels = [of["aria-labelledby"] or "" for _, of in read.elements if "aria-labelledby" in of]
    assert {label for each in labels for label in each.split()} <= set(ids)


def test_findings_that_did_not_pass_have_all_that_teaches() -> None:
    text = Reader(page("mine", [entry("connection")], ENGLISH)).text
    assert "✗ FAIL timeline: segment 6" in text
    for words in ("differs in flags", "frame 6 at svr4 eth0", "RFC 9293 3.5, 3.6", "Hint: Three"):
        assert words in text
    assert "as expected" in text


def test_what_has_no_result_says_why() -> None:
    assert "no run.json" in Reader(PAGE).text
    assert "! ERROR" in Reader(PAGE).text


@pytest.mark.parametrize("lab", SAMPLES)
def test_a_lab_shows_its_time_lines_network_and_listing(lab: str) -> None:
    text = Reader(page("mine", [entry(lab)], ENGLISH)).text
    for words in ("Time line of", "Network of the run", "MTU 1500", "Listing", "Environment"):
        assert words in text


def test_the_first_difference_is_marked_beside_what_was_expected() -> None:
    (match,) = WRONG.report().matches
    drawn = compared(match, ENGLISH)
    assert [row.differs for row in drawn.rows] == ["", "", "", "", "", "flags"]
    last = drawn.rows[-1]
    assert last.expected
    assert last.expected.text.startswith("F 5001:5001(0)")
    assert last.observed
    assert last.observed.text.startswith("FP 5001:5001(0)")
    assert not last.expected.rightwards
    assert "row 6" in drawn.told
    assert drawn.ends == ("svr4.1037", "bsdi.discard")


LONG = "<mss 512,nop,wscale 0,nop,nop,timestamp 1880959064 1880959064>"


@pytest.mark.parametrize("others", [(), ("sun.7 > aix.8: . ack 1 win 4096",)])
def test_options_that_do_not_fit_above_an_arrow_go_below_it_and_rows_make_room(
    others: tuple[str, ...],
) -> None:
    """Of one connection, and of two, where the ends of each stand before the text."""
    said = [
        f"svr4.1037 > bsdi.discard: S 497236062:497236062(0) ack 4972360 win 8192 {LONG}",
        "bsdi.discard > svr4.1037: S 9:9(0) win 4096 <mss 512>",
        "svr4.1037 > bsdi.discard: . ack 10 win 4096",
        *others,
    ]
    pairs = tuple(Pair(number, text, number, text) for number, text in enumerate(said, 1))
    drawn = compared(Match("figure", "svr4 eth0", len(pairs), lambda: pairs), ENGLISH)
    first, second, third, *_ = drawn.rows
    assert first.observed
    assert second.observed
    assert first.observed.text.endswith("win 8192")
    assert first.observed.below == LONG
    assert second.observed.text.endswith("<mss 512>")
    assert not second.observed.below
    assert second.y - first.y > third.y - second.y
    for side in (side for row in drawn.rows for side in (row.expected, row.observed) if side):
        assert len(side.text) * LETTER < drawn.left[1] - drawn.left[0]


def test_a_line_without_a_segment_and_a_segment_without_a_line() -> None:
    right = WRONG.edited("FP 5001", "F 5001")
    short = right.without("7 ")
    missing = compared(short.report().matches[0], ENGLISH).rows[-1]
    assert missing.observed is None
    assert missing.expected
    assert missing.differs == "missing"
    last = "7 4.180662 svr4.1037 > bsdi.discard: . ack 5002 win 4096\n"
    long = right.edited(last, last + last.replace("7", "8", 1))
    unexpected = compared(long.report().matches[0], ENGLISH).rows[-1]
    assert unexpected.expected is None
    assert unexpected.differs == "unexpected"


def test_the_network_has_every_host_once_and_nothing_on_top_of_another() -> None:
    run = test_lab_mss_systems.RIGHT.evidence().run
    assert run
    drawn = network(run, ENGLISH)
    assert sorted(box.name for box in drawn.boxes) == sorted(run.hosts)
    for one in drawn.boxes:
        assert one.x + BOX <= drawn.width
        assert one.y + one.height <= drawn.height
        for other in drawn.boxes:
            apart = abs(one.x - other.x) >= BOX or (
                one.y + one.height <= other.y or other.y + other.height <= one.y
            )
            assert one is other or apart
    told = " ".join(wire.text for wire in drawn.wires)
    assert "slip-netb: 9600 bit/s, MTU 552" in told
    assert "internet: 61.25 ms one way" in told
    heard = {box.name for box in drawn.boxes for *_, listened in box.interfaces if listened}
    assert heard == {point.host for point in run.vantage_points}


def test_the_schedule_that_fits_is_named_and_the_others_miss() -> None:
    evidence = test_lab_syn_timeout.RIGHT.evidence()
    found = backoff.series(list(evidence.vantages.values()), evidence.names)
    by_source = {one.source.partition(".")[0]: one for one in found}
    assert set(by_source) == {"bsdi", "sun", "netb"}
    drawn = backoff.plot(by_source["bsdi"], ENGLISH)
    assert {lane.name: lane.fits for lane in drawn.lanes}["bsd"]
    kinds = {lane.name: [due.kind for due in lane.due] for lane in drawn.lanes}
    assert set(kinds["bsd"]) == {"hit", "due"} or set(kinds["bsd"]) == {"hit"}
    assert "miss" in kinds["linux-exponential"]
    assert "Schedules that fit: bsd" in drawn.told


def test_two_transmissions_have_one_gap_and_no_plot() -> None:
    twice = [*OPEN, c(1, 1, 10), c(1, 1, 10)]
    vantage = captured("", twice, (0, 10, 20, 30, 1030))
    assert backoff.series([vantage], Names()) == []
    again = captured("", [*twice, c(1, 1, 10)], (0, 10, 20, 30, 1030, 3030))
    (only,) = backoff.series([again], Names())
    assert only.what == "data"
    assert [gap // 10**6 for gap in only.gaps_ns] == [1000, 2000]


def test_states_over_time_are_those_that_were_recorded() -> None:
    found = states(test_lab_states.RIGHT.evidence())
    assert [host.host for host in found] == ["bsdi", "vangogh"]
    assert [stay.state for stay in found[0].sockets[0].stays] == [
        "SYN_SENT",
        "ESTABLISHED",
        "FIN_WAIT_1",
        "FIN_WAIT_2",
        "TIME_WAIT",
    ]
    for host in found:
        for socket in host.sockets:
            assert all(0 <= stay.left <= stay.left + stay.part <= 100.01 for stay in socket.stays)


def test_of_a_long_capture_the_page_has_the_ends_and_says_the_rest() -> None:
    segments = [*OPEN, *(c(1 + 10 * place, 1, 10) for place in range(3000))]
    vantage = captured("", segments, range(len(segments)))
    long = Entry("mine.pcap", "mine.pcap", Evidence({"": vantage}, Names()))
    html = page("mine", [long], ENGLISH)
    assert "2943 segments more" in html
    assert len(html) < 100_000
    assert len(page("mine", [long], ENGLISH, scope=Scope(10))) < len(html)


def test_what_strangers_wrote_is_escaped() -> None:
    names = Names({frames.SVR4.host: "<script>alert(1)</script>\x1b"})
    evidence = Evidence({"": Vantage("", parse(frames.pcap_of([*OPEN])))}, names)
    html = page("<b>", [Entry("<i>", "<u>", evidence)], ENGLISH)
    assert not re.search(r"<(script|b|i|u)>", html)
    assert "\x1b" not in html


def test_an_empty_page_is_no_error(tmp_path: Path) -> None:
    assert "<main" in page("nothing", [], ENGLISH)
    nothing = Evidence({"": Vantage("", parse(frames.pcap([])))}, Names())
    assert "<h2" in page("nothing", [Entry("none", "none.pcap", nothing)], ENGLISH)


def test_counts_name_the_worst_first() -> None:
    text = Reader(PAGE).text
    order = [text.index(f"{verdict.name}") for verdict in (Verdict.FAIL, Verdict.PASS)]
    assert order == sorted(order)


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("en", "Nobody told where this was captured: it fits svr4 eth0 or bsdi eth0 best."),
        ("ko", "캡처한 곳을 알리지 않았다: svr4 eth0 또는 bsdi eth0에 가장 잘 맞는다."),
    ],
)
def test_where_a_bare_capture_was_taken_is_said_on_the_page(code: str, told: str) -> None:
    its = entry("connection")
    assert its.result
    assert "taken-for" not in page("Report", [its], language(code), code)
    result = msgspec.structs.replace(its.result, taken_for=("svr4 eth0", "bsdi eth0"))
    html = page("Report", [its._replace(result=result)], language(code), code)
    assert told in Reader(html).text
