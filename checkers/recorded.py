"""What a run directory records beside captures: socket states and the users' transcripts."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Literal, NamedTuple

import msgspec

from captures.errors import CaptureError
from captures.place import Place
from captures.segment import Endpoint

STATES_FILE = "states.jsonl"
TRANSCRIPTS = "transcripts"

# RFC 9293, 3.3.2.
State = Literal[
    "CLOSED",
    "LISTEN",
    "SYN_SENT",
    "SYN_RCVD",
    "ESTABLISHED",
    "FIN_WAIT_1",
    "FIN_WAIT_2",
    "CLOSE_WAIT",
    "CLOSING",
    "LAST_ACK",
    "TIME_WAIT",
]

_End = Annotated[str, msgspec.Meta(pattern=r"^[0-9A-Za-z.:*]+\.[0-9]{1,5}$")]


class Socket(NamedTuple):
    """One TCP socket: its ends (the foreign port of a listening one is 0) and its state."""

    local: Endpoint
    foreign: Endpoint
    state: str


class Sockets(NamedTuple):
    """The TCP sockets of one host from `time_ns` (since the epoch) on, until its next entry.

    line: where it stands in states.jsonl, from 1. late_ns: how long the host hadn't been looked at
    before, where the recorder came late; else 0.
    """

    line: int
    time_ns: int
    sockets: tuple[Socket, ...]
    late_ns: int = 0


Transcripts = Mapping[str, str]
States = Mapping[str, Sequence[Sockets]]


class _Line(msgspec.Struct, frozen=True):
    """One line of states.jsonl."""

    time_ns: int
    host: str
    sockets: list[tuple[_End, _End, str]]
    late_ns: Annotated[int, msgspec.Meta(ge=0)] = 0


def states(path: Place) -> dict[str, list[Sockets]]:
    """Each host's entries of a states.jsonl, in the file's order; none where there is no file.

    Raises CaptureError that names the line.
    """
    if not path.is_file():
        return {}
    found: dict[str, list[Sockets]] = {}
    ends: dict[str, Endpoint] = {}  # a socket stands in many lines
    for number, text in enumerate(path.read_bytes().splitlines(), 1):
        try:
            line = msgspec.json.decode(text, type=_Line)
        except (ValueError, RecursionError) as error:
            raise CaptureError(f"{path}: line {number}: {error}") from error
        sockets = tuple([_socket(ends, *each) for each in line.sockets])
        found.setdefault(line.host, []).append(Sockets(number, line.time_ns, sockets, line.late_ns))
    return found


def _socket(ends: dict[str, Endpoint], local: str, foreign: str, state: str) -> Socket:
    """A socket; `ends` are those that are known by their text."""
    for text in (local, foreign):
        if text not in ends:
            host, _, port = text.rpartition(".")
            ends[text] = Endpoint(host, int(port))
    return Socket(ends[local], ends[foreign], state)


def transcripts(directory: Place, hosts: Iterable[str]) -> dict[str, str]:
    """The hosts' transcripts, `<host>.txt` in a folder; what isn't UTF-8 becomes U+FFFD.

    A link is left out: a handed-in one could lead anywhere.
    """
    if not directory.is_dir():
        return {}
    files = {file.name: file for file in directory.iterdir()}
    its = {host: files[f"{host}.txt"] for host in hosts if f"{host}.txt" in files}
    return {
        host: file.read_bytes().decode(errors="replace")
        for host, file in its.items()
        if file.is_file() and not file.is_symlink()
    }
