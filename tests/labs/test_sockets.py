"""The recorder of socket states says when it came late."""

import io
import json
import threading
from types import SimpleNamespace

import pytest

from labs import sockets
from labs.errors import MachineError
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
    sockets._record(network, ["bsdi"], lines, ended, sockets.Looks())  # type: ignore[arg-type]
    return [json.loads(line) for line in lines.getvalue().splitlines()]


def test_a_look_that_comes_late_is_a_line_though_nothing_changed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lines = recorded(monkeypatch, [50, 50, 201, 200, 50])
    assert [line.get("late_ns") for line in lines] == [None, 201_000_000]
    assert all(line["sockets"] == [list(one) for one in LISTENING] for line in lines)


def test_who_catches_up_waits_for_a_look_that_began_later() -> None:
    looks, caught_up = sockets.Looks(), threading.Event()

    def wait() -> None:
        looks.catch_up()
        caught_up.set()

    waiting = threading.Thread(target=wait)
    waiting.start()
    while not looks._one_more._waiters:  # type: ignore[attr-defined]
        waiting.join(0.001)
    looks.note()  # this look may have begun before
    assert not caught_up.wait(0.05)
    looks.note()
    assert caught_up.wait(10)
    waiting.join()


def test_where_nobody_looks_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "DEADLINE_S", 0.01)
    with pytest.raises(MachineError, match="no look at the sockets"):
        sockets.Looks().catch_up()
