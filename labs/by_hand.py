"""A lab by hand: its network with captures on, for whoever types; in the end a run directory."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from captures.run import Run
from labs import catalog
from labs.assignment import Assignment
from labs.building import built, internet_of, prepare, scratch, script_of
from labs.errors import LabError
from labs.plain import plain
from labs.publishing import STORY, TICKET
from labs.record import now, publish_run, record, recording, text_of
from labs.sockets import Looks
from labs.stage import Say, Stage
from labs.story import Story
from labs.tcpdump import Taped, Tcpdump, joined
from topologies.links import Cable, Line
from topologies.network import Network

LONGEST_REST_S = 10


class ByHand:
    """A lab's network while somebody plays it by hand.

    stage: its hosts' terminals. home: a folder of its own in the sandbox. at_rest: whether, at
    the end, every connection has ended.
    """

    def __init__(
        self, lab: catalog.Lab, wanted: Assignment, network: Network, stage: Stage, home: Path
    ) -> None:
        self.lab, self.network, self.stage = lab, network, stage
        self.home = home
        self.dumps: list[Tcpdump] = []
        self.looks: Looks  # there once it is recorded
        self.at_rest = False
        self._wanted = wanted
        self._started = now()
        self._earlier: dict[str, list[Taped]] = {}  # of a host that crashed, by interface

    @property
    def handout(self) -> str:
        """The lab's hand-out, with the student's own values."""
        return catalog.handout(self.lab.name, self._wanted.values, self._wanted.language)

    @property
    def hosts(self) -> list[str]:
        """The names of all hosts of the network, routers in between included."""
        return list(self.network.internet.hosts)

    def is_down(self, host: str) -> bool:
        """Whether a host has crashed and wasn't started again."""
        return host in self.network.down

    def crash(self, host: str) -> None:
        """Cut a host's power; what was captured there until now stays.

        Its links go first: what it sent once nobody captures any more would be seen elsewhere.
        """
        self.pull(host)
        for dump in self._dumps_at(host):
            dump.stop()
        self.stage.crashes(host)

    def reboot(self, host: str) -> None:
        """Start a crashed host again, with its inetd and captures; its links are plugged in."""
        self.stage.boots(host)
        self._capture_again(host)
        self.stage.comes_up(host, self._off_the_pane(host))

    def _off_the_pane(self, host: str) -> str:
        """What a pane recorded of a host until it crashed; its record begins anew."""
        record = self.panes / f"{host}.txt"
        shown = record.read_text(errors="replace") if record.exists() else ""
        record.unlink(missing_ok=True)
        return shown

    def _capture_again(self, host: str) -> None:
        for dump in self._dumps_at(host):
            pieces = self._earlier.setdefault(f"{host} {dump.interface}", [])
            pieces.append(dump.taped)
            file = dump.file.with_name(f"{dump.file.stem}.{len(pieces)}.pcap")
            again = Tcpdump(self.network, host, dump.interface, file)
            self.dumps[self.dumps.index(dump)] = again
            again.wait_listening()

    def pull(self, name: str) -> None:
        """Take out a link, or all links of a host: the hosts stay up, and notice nothing."""
        for link in self._links(name):
            link.pull()

    def plug(self, name: str) -> None:
        """Put back a link, or all links of a host."""
        for link in self._links(name):
            link.plug()

    def _links(self, name: str) -> list[Cable | Line]:
        internet = self.network.internet
        if name in internet.links:
            ends = [(host.name, host.on(name).name) for host in internet.on(name)]
        else:
            ends = [(name, its.name) for its in internet.hosts[name].interfaces]
        up = [end for end in ends if not self.is_down(end[0])]
        # A line is one thing with two ends, a segment has a cable for each host.
        return list({id(link): link for link in (self.network.link(*end) for end in up)}.values())

    def _dumps_at(self, host: str) -> list[Tcpdump]:
        return [dump for dump in self.dumps if dump.host == host]

    def transcripts(self) -> dict[str, str]:
        """What each host's terminals showed until now, those in panes of their own last."""
        texts = self.stage.transcripts()
        for pane in self.panes.glob("*.txt"):
            texts[pane.stem] = texts.get(pane.stem, "") + pane.read_text(errors="replace")
        return {host: plain(text) for host, text in texts.items()}

    @property
    def panes(self) -> Path:
        """Where panes of tmux record what a host's shell shows."""
        folder = self.home / "panes"
        folder.mkdir(exist_ok=True)
        return folder

    def so_far(self) -> Path:
        """A run directory of what was seen until now; the one before it is overwritten."""
        taped = [dump.so_far() for dump in self.dumps]
        self.looks.catch_up()
        self._seen(taped)
        return self._folder

    def publish(self, out: Path) -> None:
        """Publish the run directory, once the captures have stopped; raises OSError."""
        seen = self._seen([dump.taped for dump in self.dumps])
        if self._wanted.ticket:
            (self._folder / TICKET).write_text(self._wanted.ticket)
        publish_run(out, self._folder, seen)

    @property
    def _folder(self) -> Path:
        return self.home / "seen"

    def _seen(self, taped: list[Taped]) -> Run:
        """Fill the folder with what was captured and recorded; the run.json that it got."""
        for name in ("pcap", "transcripts"):
            (self._folder / name).mkdir(parents=True, exist_ok=True)
        captures = [self._whole(each) for each in taped]
        states = (self.home / "states.jsonl").read_bytes()
        whole_lines = states[: states.rfind(b"\n") + 1]  # the last may just be being written
        (self._folder / "states.jsonl").write_bytes(whole_lines)
        (self._folder / STORY).write_bytes((self.home / STORY).read_bytes())
        for host, text in self.transcripts().items():
            (self._folder / "transcripts" / f"{host}.txt").write_text(text)
        its = record(
            self.network, self.lab, self._wanted, self._started, captures, at_rest=self.at_rest
        )
        (self._folder / "run.json").write_bytes(text_of(its))
        return its

    def _whole(self, taped: Taped) -> Taped:
        """A capture, with what was captured there before the host crashed."""
        earlier = self._earlier.get(f"{taped.host} {taped.interface}", [])
        name = f"{taped.host}-{taped.interface}.pcap"
        return joined([*earlier, taped], self._folder / "pcap" / name)


@contextlib.contextmanager
def by_hand(wanted: Assignment, out: Path, say: Say) -> Iterator[ByHand]:
    """Build a lab's network for somebody to type at; a regular exit publishes the run at `out`.

    Raises what `runner.play` does.
    """
    lab = catalog.load(wanted.lab, given=wanted.values)
    home = scratch()
    say(f"building {', '.join(internet_of(lab).hosts)}")
    with built(lab) as network:
        stage = Stage(network, wanted.pace, home, Story(home / STORY, say), lab.values)
        session = ByHand(lab, wanted, network, stage, home)
        try:
            with recording(network, lab, home) as (session.dumps, session.looks):
                prepare(script_of(lab), stage)
                yield session
                stage.everybody_leaves()
                session.at_rest = _comes_to_rest(stage, say)
        finally:
            stage.close()
        session.publish(out)


def _comes_to_rest(stage: Stage, say: Say) -> bool:
    """Wait until every connection has ended; whether all of them did.

    The captures are stopped one after the other: what passes meanwhile would be in some of them
    only. A connection whose other end is cut off goes on for minutes, for which nobody is to wait.
    """
    try:
        stage.quiet(LONGEST_REST_S)
    except LabError:
        say("some didn't: the captures lack how they end")
        return False
    return True
