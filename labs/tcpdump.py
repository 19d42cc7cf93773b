"""tcpdump at every vantage point: listening before the first packet, complete after the last."""

import contextlib
import re
import select
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from labs.errors import LabError, MachineError
from topologies.network import Network

DEADLINE_S = 10
PCAP_HEADER = 24  # bytes before the first packet's record
_COUNTS = re.compile(
    r"(\d+) packets? captured.*?(\d+) packets? received by filter.*?(\d+) packets? dropped",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Counts:
    """tcpdump's own counts of packets: written, seen by the filter, dropped by the kernel."""

    captured: int
    received: int
    dropped: int


class Taped(NamedTuple):
    """What tcpdump has written of one interface, and its counts."""

    host: str
    interface: str
    file: Path
    counts: Counts


class Tcpdump:
    """A running tcpdump on one interface of one host, writing to one file."""

    def __init__(self, network: Network, host: str, interface: str, file: Path) -> None:
        self.host, self.interface, self.file = host, interface, file
        self.counts: Counts | None = None
        # --immediate-mode and -U: each packet goes to the file as it comes, also under load.
        options = ["--immediate-mode", "-U", "-n", "-i", interface, "-w", str(file)]
        if not network[host].abilities.many_groups:
            options += ["-Z", "root"]  # there is no other user for it to become
        self._process = network[host].start(
            "tcpdump", *options, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        self._messages = ""

    def wait_listening(self) -> None:
        """Return when packets are being captured; raises MachineError with tcpdump's words."""
        self._read_until(lambda: "listening on" in self._messages)
        if "listening on" not in self._messages:
            raise MachineError(
                f"tcpdump can't listen on {self.host} {self.interface}: {self._last_words()}"
            )

    def _last_words(self) -> str:
        """Its message; of one that said nothing, how it ended."""
        if words := self._messages.strip():
            return words
        with contextlib.suppress(subprocess.TimeoutExpired):
            status = self._process.wait(1)  # its standard error is closed already, or never will be
            return (
                f"it ended without a word (status {status}); `sudo apt install tcpdump` updates it"
            )
        return f"it said nothing for {DEADLINE_S} s"

    @property
    def taped(self) -> Taped:
        """What it has written, once it has stopped or was asked for its counts."""
        assert self.counts is not None  # noqa: S101
        return Taped(self.host, self.interface, self.file, self.counts)

    def so_far(self) -> Taped:
        """Wait until every packet seen is written; what there is then."""
        if self._process.poll() is None:
            self._drain()
            self.counts = counts_in(self._messages) or Counts(0, 0, 0)
        return self.taped

    def stop(self) -> Counts:
        """Wait until every packet seen is written, end tcpdump, and return its counts."""
        if self.counts is not None and self._process.poll() is not None:
            return self.counts
        self._drain()
        self._process.send_signal(signal.SIGINT)
        _, rest = self._process.communicate(timeout=DEADLINE_S)
        counts = counts_in(self._messages + rest.decode())
        if counts is None:
            raise LabError(
                f"tcpdump on {self.host} {self.interface} gave no counts: {rest.decode()}"
            )
        self.counts = counts
        return counts

    def kill(self) -> None:
        """End tcpdump at once, whatever it has written."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.communicate()

    def _drain(self) -> None:
        """SIGUSR1 makes tcpdump print its counts: all received packets must be captured ones."""
        give_up = time.monotonic() + DEADLINE_S
        while time.monotonic() < give_up and self._process.poll() is None:
            self._messages = ""
            self._process.send_signal(signal.SIGUSR1)
            self._read_until(lambda: counts_in(self._messages) is not None)
            counts = counts_in(self._messages)
            if counts and counts.captured >= counts.received:
                return

    def _read_until(self, done: Callable[[], bool]) -> None:
        """Collect tcpdump's messages until `done()`, its end, or the deadline."""
        assert self._process.stderr is not None  # noqa: S101  (it is a pipe)
        give_up = time.monotonic() + DEADLINE_S
        while not done():
            left = give_up - time.monotonic()
            ready, _, _ = select.select([self._process.stderr], [], [], max(0.0, left))
            data = self._process.stderr.read1(4096) if ready else b""  # type: ignore[attr-defined]
            if not data:
                return
            self._messages += data.decode(errors="replace")


def counts_in(messages: str) -> Counts | None:
    """The last counts that tcpdump has printed among its messages; None if there are none yet."""
    found = _COUNTS.findall(messages)
    return Counts(*map(int, found[-1])) if found else None


def joined(pieces: Sequence[Taped], file: Path) -> Taped:
    """Several captures of one interface as one, in `file`, in the format of the first."""
    records = [piece.file.read_bytes() for piece in pieces]
    file.write_bytes(b"".join([records[0], *(each[PCAP_HEADER:] for each in records[1:])]))
    every = [piece.counts for piece in pieces]
    counts = Counts(
        sum(each.captured for each in every),
        sum(each.received for each in every),
        sum(each.dropped for each in every),
    )
    return Taped(pieces[0].host, pieces[0].interface, file, counts)


@contextlib.contextmanager
def capturing(
    network: Network, vantage_points: Sequence[tuple[str, str]], directory: Path
) -> Iterator[list[Tcpdump]]:
    """Capture at each (host, interface) into `directory/<host>-<interface>.pcap`.

    On entry all of them listen; after a regular exit all have stopped and have counts.
    """
    directory.mkdir(parents=True, exist_ok=True)
    dumps: list[Tcpdump] = []
    try:
        for host, interface in vantage_points:
            file = directory / f"{host}-{interface}.pcap"
            dumps.append(Tcpdump(network, host, interface, file))
        for dump in dumps:
            dump.wait_listening()
        yield dumps
        for dump in dumps:
            dump.stop()
    finally:
        for dump in dumps:
            dump.kill()
