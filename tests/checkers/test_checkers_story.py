"""The story of a run: steps with what passed and changed after each."""

from pathlib import Path

import pytest

from captures.arp import Arp
from captures.errors import CaptureError
from captures.segment import Segment
from checkers.story import BEGINNING, Change, Step, scenes, steps
from tests.labs.lab_evidence import Played

LISTING = """\
1 1.0 svr4.1037 > bsdi.discard: S 1000:1000(0) win 4096
2 1.1 bsdi.discard > svr4.1037: S 5000:5000(0) ack 1001 win 4096
3 3.0 svr4.1037 > bsdi.discard: F 1001:1001(0) ack 5001 win 4096
"""
STATES = """\
1.05 140.252.13.34.1037 140.252.13.35.9 SYN_SENT
3.1 140.252.13.34.1037 140.252.13.35.9 FIN_WAIT_1
"""
SECOND_NS = 1_000_000_000


def told(*times_s: float) -> list[tuple[str, list[object]]]:
    played = Played("connection", {"svr4 eth0": LISTING}, states={"svr4": STATES})
    evidence = played.evidence()
    story = [Step(round(at * SECOND_NS), f"at {at:g}") for at in times_s]
    found = scenes(story, evidence, evidence.vantages["svr4 eth0"])
    return [
        (scene.text, [e.state if isinstance(e, Change) else e.frame for e in scene.events])
        for scene in found
    ]


def test_each_step_has_what_came_before_the_next() -> None:
    assert told(0.5, 2, 3.05) == [
        ("at 0.5", [1, "SYN_SENT", 2]),
        ("at 2", [3]),
        ("at 3.05", ["FIN_WAIT_1"]),
    ]


def test_arp_packets_are_told_too() -> None:
    lines = LISTING.replace("3 3.0", "4 3.0").replace("2 1.1", "3 1.1").replace("1 1.0", "2 1.0")
    with_arp = f"1 0.9 arp who-has bsdi tell svr4\n{lines}"
    played = Played("connection", {"svr4 eth0": with_arp})
    evidence = played.evidence()
    (scene,) = scenes([Step(0, "all")], evidence, evidence.vantages["svr4 eth0"])
    assert [type(event) for event in scene.events] == [Arp, Segment, Segment, Segment]


def test_what_passed_before_the_first_step_is_told_first() -> None:
    assert told(1.08) == [(BEGINNING, [1, "SYN_SENT"]), ("at 1.08", [2, 3, "FIN_WAIT_1"])]


def test_a_change_names_host_and_socket() -> None:
    played = Played("connection", {"svr4 eth0": LISTING}, states={"svr4": STATES})
    evidence = played.evidence()
    (scene,) = scenes([Step(0, "all")], evidence, evidence.vantages["svr4 eth0"])
    changes = [event for event in scene.events if isinstance(event, Change)]
    assert (changes[0].host, changes[0].socket) == ("svr4", "svr4.1037 to bsdi.discard")


def test_a_story_is_read_and_a_damaged_one_refused(tmp_path: Path) -> None:
    file = tmp_path / "story.jsonl"
    assert steps(file) == []
    file.write_text('{"time_ns": 5, "text": "svr4 % date"}\n')
    assert steps(file) == [Step(5, "svr4 % date")]
    for damaged in (b"{}\n", b'{"time_ns": 5, "text": "\xff"}\n', b'{"a":' * 5000):
        file.write_bytes(damaged)
        with pytest.raises(CaptureError, match=r"story\.jsonl"):
            steps(file)
