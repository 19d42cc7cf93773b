"""states.jsonl and transcripts of a run directory; what is refused, and in which words."""

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captures.errors import CaptureError
from captures.segment import Endpoint
from checkers.evidence import from_capture, from_run_directory
from checkers.recorded import Socket, Sockets, states
from tests.captures import frames
from tests.checkers.checkers_samples import NAMES, segments, write_run

GOOD = (
    '{"time_ns": 5, "host": "bsdi", "sockets": [["0.0.0.0.9", "0.0.0.0.0", "LISTEN"]]}\n'
    '{"time_ns": 6, "host": "svr4", "sockets": []}\n'
    '{"time_ns": 7, "host": "bsdi", "sockets": [], "later": true}\n'
)


def run_with(directory: Path, states_jsonl: str = GOOD) -> Path:
    run = write_run(directory / "run", segments())
    (run / "states.jsonl").write_text(states_jsonl)
    return run


def test_states_by_host(tmp_path: Path) -> None:
    evidence = from_run_directory(run_with(tmp_path))
    listening = Socket(Endpoint("0.0.0.0", 9), Endpoint("0.0.0.0", 0), "LISTEN")
    assert evidence.states == {
        "bsdi": [Sockets(1, 5, (listening,)), Sockets(3, 7, ())],
        "svr4": [Sockets(2, 6, ())],
    }


def test_a_run_directory_without_states_or_transcripts(tmp_path: Path) -> None:
    evidence = from_run_directory(write_run(tmp_path / "run", segments()))
    assert (evidence.states, evidence.transcripts) == ({}, {})


def test_a_bare_capture_has_none(tmp_path: Path) -> None:
    (tmp_path / "capture").write_bytes(frames.pcap_of(segments()))
    evidence = from_capture(tmp_path / "capture", NAMES)
    assert (evidence.states, evidence.transcripts) == ({}, {})


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "line 4: Input data was truncated"),
        ("", "line 4: "),
        ('{"time_ns": 1, "host": "bsdi"}', "line 4: .* `sockets`"),
        ('{"time_ns": "1", "host": "bsdi", "sockets": []}', "line 4: Expected `int`"),
        ('{"time_ns": 1, "host": "bsdi", "sockets": [["a", "b.1", "LISTEN"]]}', "line 4: .*regex"),
        ('{"time_ns": 1, "host": "bsdi", "sockets": [["a.1", "b.1"]]}', "line 4: .*length 3"),
        ("\xff", "line 4: "),
        ('{"a":' * 5000, "line 4: "),
    ],
)
def test_a_malformed_line_is_named(tmp_path: Path, line: str, message: str) -> None:
    with pytest.raises(CaptureError, match=rf"states\.jsonl: {message}"):
        from_run_directory(run_with(tmp_path, f"{GOOD}{line}\n"))


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    path = tmp_path_factory.mktemp("states") / "states.jsonl"
    path.write_bytes(data)
    with contextlib.suppress(CaptureError):
        states(path)


def test_transcripts_by_host(tmp_path: Path) -> None:
    run = run_with(tmp_path)
    (run / "transcripts").mkdir()
    (run / "transcripts" / "bsdi.txt").write_bytes(b"bsdi % date\n\xff\n")
    (run / "transcripts" / "stranger.txt").write_text("no host of this run\n")
    assert from_run_directory(run).transcripts == {"bsdi": "bsdi % date\n\ufffd\n"}


def test_a_link_is_no_transcript(tmp_path: Path) -> None:
    run = run_with(tmp_path)
    (tmp_path / "secret").write_text("secret")
    (run / "transcripts").mkdir()
    (run / "transcripts" / "bsdi.txt").symlink_to(tmp_path / "secret")
    assert from_run_directory(run).transcripts == {}


@pytest.mark.parametrize("name", ["transcripts", "states.jsonl"])
def test_nor_does_a_link_lead_out_of_the_run(tmp_path: Path, name: str) -> None:
    run = write_run(tmp_path / "run", segments())
    (tmp_path / "elsewhere").mkdir()
    (run / name).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ValueError, match="lies outside the run directory"):
        from_run_directory(run)
