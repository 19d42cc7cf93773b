"""sock's command line: the table of its letters, and what the user asked for."""

import getopt
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from .addresses import split
from .messages import UsageError

NS_PER_MS = 1_000_000
NS_PER_SECOND = 1_000_000_000
MOST = 2**31 - 1  # the largest value that a socket option holds


@dataclass(frozen=True)
class Options:
    """What the user asked for; None or False where an option was not given.

    Times are integer nanoseconds (`_ns`), sizes bytes. `host` None: every local interface.
    """

    host: str | None = None
    port: str = ""
    help: bool = False
    # who talks, and how
    server: bool = False
    udp: bool = False
    source_or_sink: bool = False
    fork: bool = False
    half_close: bool = False
    verbose: bool = False
    crlf: bool = False
    cbreak: bool = False
    unconnected: bool = False
    peek: bool = False
    ignore_write_errors: bool = False
    chunks: bool = False
    writev: bool = False
    # how much, and when
    writes: int = 1024
    read_bytes: int = 1024
    write_bytes: int = 1024
    urgent_write: int | None = None
    backlog: int = 5
    pause_each_ns: int = 0
    pause_listening_ns: int = 0
    pause_first_ns: int = 0
    pause_closing_ns: int = 0
    # addresses: text, since names are looked up when they are needed
    local_port: int | None = None
    local: tuple[str, str] | None = None
    foreign: tuple[str, str] | None = None
    group: str | None = None
    loose_route: tuple[str, ...] = ()
    strict_route: tuple[str, ...] = ()
    # options of the socket
    reuse_address: bool = False
    reuse_port: bool = False
    broadcast: bool = False
    debug: bool = False
    dont_route: bool = False
    keep_alive: bool = False
    no_delay: bool = False
    signal_io: bool = False
    destination_address: bool = False
    linger_seconds: int | None = None
    receive_timeout_ns: int | None = None
    send_timeout_ns: int | None = None
    receive_buffer: int | None = None
    send_buffer: int | None = None
    mss: int | None = None
    tos: int | None = None
    ttl: int | None = None
    multicast_ttl: int | None = None


def number(least: int, most: int = MOST) -> Callable[[str], int]:
    """A reader of numbers, decimal or 0x10, that refuses what is out of range."""

    def read(text: str) -> int:
        if not re.fullmatch(r"\d+|0[xX][0-9a-fA-F]+", text):
            raise UsageError(f"{text}: not a number")
        value = int(text, 16 if text[:2].lower() == "0x" else 10)
        if not least <= value <= most:
            raise UsageError(f"{text}: must be from {least} to {most}")
        return value

    return read


def duration(unit_ns: int) -> Callable[[str], int]:
    """A reader of times into nanoseconds: `30s`, `500ms`, or a bare number of the unit."""
    units = {"": unit_ns, "ms": NS_PER_MS, "s": NS_PER_SECOND}

    def read(text: str) -> int:
        match = re.fullmatch(r"(\d+)(ms|s|)", text)
        if match is None:
            raise UsageError(f"{text}: not a time like 30s or 500ms")
        return number(0)(match[1]) * units[match[2]]

    return read


class Letter(NamedTuple):
    """One option: the field it sets, its help, and how its value is read (None: it has none)."""

    field: str
    help: str
    read: Callable[[str], object] | None = None
    value: str = ""
    repeats: bool = False


seconds, milliseconds = duration(NS_PER_SECOND), duration(NS_PER_MS)

LETTERS = {
    "b": Letter("local_port", "bind n as the client's local port", number(0, 65535), "n"),
    "c": Letter("crlf", "convert newline to CR/LF and back"),
    "f": Letter("foreign", "server: foreign address and port", split, "a.b.c.d.p"),
    "g": Letter("loose_route", "loose source route, one -g a hop", str, "a.b.c.d", repeats=True),
    "G": Letter("strict_route", "strict source route, one -G a hop", str, "a.b.c.d", repeats=True),
    "h": Letter("half_close", "half-close on end of input, keep reading"),
    "i": Letter("source_or_sink", "source (client) or sink (server), no standard input or output"),
    "j": Letter("group", "join multicast group", str, "a.b.c.d"),
    "k": Letter("chunks", "write in chunks, four to a write"),
    "l": Letter("local", "client's local address and port", split, "a.b.c.d.p"),
    "n": Letter("writes", "number of writes of a source (1024)", number(0), "n"),
    "o": Letter("unconnected", "don't connect the UDP client"),
    "p": Letter("pause_each_ns", "pause before each read or write, ms (-i)", milliseconds, "n"),
    "q": Letter("backlog", "listen backlog (5)", number(0), "n"),
    "r": Letter("read_bytes", "bytes a read (1024)", number(1), "n"),
    "s": Letter("server", "server"),
    "t": Letter("multicast_ttl", "multicast TTL", number(0, 255), "n"),
    "u": Letter("udp", "UDP"),
    "v": Letter("verbose", "verbose"),
    "w": Letter("write_bytes", "bytes a write (1024)", number(0), "n"),
    "x": Letter("receive_timeout_ns", "SO_RCVTIMEO, ms", milliseconds, "n"),
    "y": Letter("send_timeout_ns", "SO_SNDTIMEO, ms", milliseconds, "n"),
    "A": Letter("reuse_address", "SO_REUSEADDR"),
    "B": Letter("broadcast", "SO_BROADCAST"),
    "C": Letter("cbreak", "terminal in cbreak mode"),
    "D": Letter("debug", "SO_DEBUG"),
    "E": Letter("destination_address", "receive the destination address (with -u)"),
    "F": Letter("fork", "fork after accept (concurrent server)"),
    "H": Letter("tos", "IP TOS", number(0, 255), "n"),
    "I": Letter("signal_io", "SIGIO"),
    "J": Letter("ttl", "IP TTL", number(1, 255), "n"),
    "K": Letter("keep_alive", "SO_KEEPALIVE"),
    "L": Letter("linger_seconds", "SO_LINGER, seconds; 0 aborts with RST", number(0), "n"),
    "N": Letter("no_delay", "TCP_NODELAY"),
    "O": Letter("pause_listening_ns", "pause after listen, before the first accept", seconds, "n"),
    "P": Letter("pause_first_ns", "pause before the first read or write", seconds, "n"),
    "Q": Letter("pause_closing_ns", "pause after the peer's FIN, before close", seconds, "n"),
    "R": Letter("receive_buffer", "SO_RCVBUF, before connect or listen", number(1), "n"),
    "S": Letter("send_buffer", "SO_SNDBUF, before connect or listen", number(1), "n"),
    "T": Letter("reuse_port", "SO_REUSEPORT"),
    "U": Letter("urgent_write", "urgent byte before write n of a source", number(1), "n"),
    "V": Letter("writev", "writev of the chunks (and -k)"),
    "W": Letter("ignore_write_errors", "ignore write errors"),
    "X": Letter("mss", "TCP_MAXSEG, before connect or listen", number(1, 65535), "n"),
    "Y": Letter("dont_route", "SO_DONTROUTE"),
    "Z": Letter("peek", "MSG_PEEK: look at what is there before each read"),
}

# Two letters that make no sense together, and letters that make none without another.
CONFLICTS = (("h", "u"), ("D", "u"), ("L", "u"), ("N", "u"), ("g", "G"), ("b", "l"))
NEEDS = (("B", "u"), ("E", "u"), ("j", "u"), ("o", "u"), ("f", "s"))


def parse(arguments: list[str]) -> Options:
    """What the arguments ask for; raises UsageError with a message for the user."""
    letters = "".join(letter + (":" if option.read else "") for letter, option in LETTERS.items())
    try:
        given, operands = getopt.getopt(arguments, letters, ["help"])
    except getopt.GetoptError as error:
        raise UsageError(str(error)) from error
    if ("--help", "") in given:
        return Options(help=True)
    _check_combinations({name[1:] for name, _ in given})
    options = Options(**_values(given))
    host, port = _host_and_port(operands, server=options.server)
    return replace(options, host=host, port=port, chunks=options.chunks or options.writev)


def _values(given: list[tuple[str, str]]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, text in given:
        letter = LETTERS[name[1:]]
        try:
            value = letter.read(text) if letter.read else True
        except UsageError as error:
            raise UsageError(f"{name} {error}") from error
        values[letter.field] = (*values.get(letter.field, ()), value) if letter.repeats else value
    return values


def _check_combinations(letters: set[str]) -> None:
    for one, other in CONFLICTS:
        if {one, other} <= letters:
            raise UsageError(f"can't specify -{one} and -{other}")
    for one, other in NEEDS:
        if one in letters and other not in letters:
            raise UsageError(f"can't specify -{one} without -{other}")


def _host_and_port(operands: list[str], *, server: bool) -> tuple[str | None, str]:
    match operands:
        case [host, port]:
            return host, port
        case [port] if server:
            return None, port
    wanted = "[address] port" if server else "host port"
    raise UsageError(f"expected {wanted}, got {' '.join(operands) or 'nothing'}")
