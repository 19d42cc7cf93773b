"""The recorder of socket states says when it came late."""

import io
import json
import threading
from types import SimpleNamespace

import pytest

from labs import sockets
from labs.sockets import Socket

LISTENING = [Socket("0.0.0.0.9", "0.0.0.0.0", "LISTEN")]


class FakeNetwork(dict[str, SimpleNamespace]):
    """One host, bsdi, which can be down."""

    def __init__(self) -> None:
        super().__init__(bsdi=SimpleNamespace(pid=1))
        self.down: set[str] = set()


def recorded(monkeypatch: pytest.MonkeyPatch, gaps_ms: list[int]) -> list[dict[str, object]]:
    """The lines of a recorder whose looks at one host are so far apart, nothing else happening."""
    clock = iter([sum(gaps_ms[:count]) * 1_000_000 for count in range(len(gaps_ms) + 1)])
    table = SimpleNamespace(read=lambda: LISTENING, close=lambda: None)
    ends = iter([False] * (len(gaps_ms) - 1) + [True])
    monkeypatch.setattr(sockets, "SocketTable", lambda pid: table)
    monkeypatch.setattr("labs.sockets.time.monotonic_ns", lambda: next(clock))
    ended = threading.Event()
    monkeypatch.setattr(ended, "wait", lambda period_s: next(ends))
    network = FakeNetwork()
    lines = io.StringIO()
    sockets._record(network, ["bsdi"], lines, ended)  # type: ignore[arg-type]
    return [json.loads(line) for line in lines.getvalue().splitlines()]


def test_a_look_that_comes_late_is_a_line_though_nothing_changed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lines = recorded(monkeypatch, [50, 50, 201, 200, 50])
    assert [line.get("late_ns") for line in lines] == [None, 201_000_000]
    assert all(line["sockets"] == [list(one) for one in LISTENING] for line in lines)
