"""Run directories as students would have made them: a lab's right run with their own values.

Every run has its own ISNs and its own times between segments, as runs have.
"""

import datetime
import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import msgspec

from captures.arp import Arp
from captures.capture import Capture
from captures.reader import parse
from captures.segment import RST, SEQUENCE_SPACE, Endpoint, Segment
from checkers.answers import right_answers
from checkers.evidence import Evidence, Vantage
from checkers.recorded import Sockets
from checkers.right import Right
from grading import variants
from grading.answers import words
from grading.copies import ETHER, padded
from grading.course import Course
from labs import catalog
from labs.catalog.variant import Value, Values
from tests.captures import frames
from tests.labs.test_mutations import RIGHT
from tests.labs.varied_evidence import varied

STARTED = datetime.datetime(2026, 10, 8, 9, tzinfo=datetime.UTC)
LONGEST = datetime.timedelta(hours=2)
STARTED_NS = round(STARTED.timestamp()) * 10**9
MOST_JITTER_NS = 40_000
ETHERNET_ARP = 0x0806
OTHER_ETHER = "00:00:c0:c2:9b:26"

# path-mtu is of fragments and ICMP messages, which this writes none of.
LABS = sorted(set(RIGHT) - {"path-mtu"})


@dataclass(frozen=True)
class Made:
    """What a student hands in of a lab: the files of a run directory, and the right answers."""

    files: dict[str, bytes]
    answers: dict[str, str]

    @property
    def all_files(self) -> dict[str, bytes]:
        """The files, right answers with them."""
        return self.files | {"answers.yaml": written(self.answers)}


def written(answers: Mapping[str, str]) -> bytes:
    """An answers.yaml."""
    return "".join(f"{name}: {json.dumps(text)}\n" for name, text in answers.items()).encode()


def made(
    course: Course,
    student: str,
    lab: str,
    *,
    values_of: str = "",
    times_of: str = "",
    number: int = 1,
    base: Evidence | None = None,
) -> Made:
    """A run of a lab, right unless `base`, the run by the book that it is made from, is wrong.

    values_of: whose values it was played with, the student's own unless told. times_of: from whose
    run the times between segments are. number: which of the student's runs.
    """
    given = variants.values(course, values_of or student, lab)
    without = tuple((name, value) for name, value in given.items() if name != ETHER)
    by_the_book = _varied(lab, base, without) if base else _right(lab, without)
    book_ether = padded(str(catalog.rules(lab)[ETHER].book))
    ethers = {book_ether: padded(str(given[ETHER]))}
    addresses = {name: its for its, name in reversed([*by_the_book.names.hosts.items()])}
    seed, times = (f"{course.id} {who} {lab} {number}" for who in (student, times_of or student))
    run = _Run(seed, times, addresses, ethers)
    captures = {
        point: run.pcap(vantage.capture, 1000 * place)
        for place, (point, vantage) in enumerate(by_the_book.vantages.items())
    }
    assert by_the_book.run
    points = [
        msgspec.structs.replace(
            point, captured=(count := parse(captures[_called(point)]).frames), received=count
        )
        for point in by_the_book.run.vantage_points
        if _called(point) in captures
    ]
    its_run = msgspec.structs.replace(
        by_the_book.run,
        student=student,
        variant=given,
        started=STARTED.isoformat(),
        ended=(STARTED + LONGEST).isoformat(),
        vantage_points=points,
    )
    files = {point.file: captures[_called(point)] for point in points}
    files["run.json"] = msgspec.json.encode(its_run)
    files["states.jsonl"] = _states(by_the_book.states)
    for host, text in by_the_book.transcripts.items():
        files[f"transcripts/{host}.txt"] = text.encode()
    vantages = {point: Vantage(point, parse(data)) for point, data in captures.items()}
    seen = msgspec.structs.replace(by_the_book, vantages=vantages, run=its_run)
    return Made(files, _right_answers(lab, given, seen))


def _called(point: object) -> str:
    return f"{point.host} {point.interface}"  # type: ignore[attr-defined]


@lru_cache(maxsize=4096)
def _right(lab: str, given: tuple[tuple[str, Value], ...]) -> Evidence:
    return _varied(lab, RIGHT[lab], given)


def _varied(lab: str, base: Evidence, given: tuple[tuple[str, Value], ...]) -> Evidence:
    """A run by the book, with these values."""
    book = catalog.load(lab).values
    return varied(lab, base, book, dict(given), catalog.load(lab, given=dict(given)).values)


def _right_answers(lab: str, given: Values, evidence: Evidence) -> dict[str, str]:
    found = {}
    for question in _questions(lab, tuple(given.items())):
        rights = [one for one in right_answers(evidence, question) if isinstance(one, Right)]
        if rights:
            found[question.name] = words(question, rights[0].value)
    return found


@lru_cache(maxsize=4096)
def _questions(lab: str, given: tuple[tuple[str, Value], ...]) -> tuple[catalog.Question, ...]:
    return catalog.load(lab, given=dict(given)).questions


@dataclass
class _Run:
    """What makes a run another one than any other.

    seed: of its ISNs. times: of its times. addresses: by host. ethers: Ethernet addresses of the
    book's, and what they are here.
    """

    seed: str
    times: str
    addresses: Mapping[str, str]
    ethers: Mapping[str, str]

    def pcap(self, capture: Capture, late_ns: int) -> bytes:
        """What tcpdump would have written of it; late_ns: for how long it was on its way there."""
        segments = [self._moved(one) for one in capture]
        packets = [(one.frame, one.time_ns, self._segment(one)) for one in segments]
        packets += [(one.frame, one.time_ns, self._arp(one)) for one in capture.arps]
        packets.sort(key=lambda packet: packet[:2])
        jitter = random.Random(f"{self.times} {len(packets)}")  # noqa: S311  (no secret)
        times = []
        for _, time_ns, _ in packets:
            late_ns += jitter.randrange(1000, MOST_JITTER_NS)
            times.append(STARTED_NS + time_ns + late_ns)
        return frames.pcap([packet for *_, packet in packets], times_ns=times)

    def _moved(self, one: Segment) -> Segment:
        """The segment with this run's ISNs; a reset that answers a SYN has no number to move."""
        alone = bool(one.flags & RST) and not one.seq
        seq = one.seq if alone or one.seq is None else self._plus(one.seq, one.source, one)
        ack = None if one.ack is None else self._plus(one.ack, one.destination, one)
        return msgspec.structs.replace(one, seq=seq, ack=ack)

    def _plus(self, number: int, sender: Endpoint, one: Segment) -> int:
        receiver = one.destination if sender == one.source else one.source
        return (number + self._isn(sender, receiver)) % SEQUENCE_SPACE

    def _isn(self, sender: Endpoint, receiver: Endpoint) -> int:
        """How much higher the numbers of this direction are than the book's."""
        chance = random.Random(f"{self.seed} {sender} {receiver}")  # noqa: S311  (no secret)
        return chance.randrange(SEQUENCE_SPACE)

    def _segment(self, one: Segment) -> bytes:
        return frames.ethernet(frames.segment_packet(one))

    def _arp(self, one: Arp) -> bytes:
        ether = self.ethers.get(one.sender_ether or "", one.sender_ether) or OTHER_ETHER
        sender, target = (
            self.addresses.get(name, name) for name in (one.sender, one.target or one.sender)
        )
        packet = frames.arp(one.operation, sender, target, ether)
        return frames.ethernet(packet, kind=ETHERNET_ARP)


def _states(states: Mapping[str, Sequence[Sockets]]) -> bytes:
    """A states.jsonl."""
    lines = [
        {
            "time_ns": STARTED_NS + record.time_ns,
            "host": host,
            "sockets": [
                [
                    f"{one.local.host}.{one.local.port}",
                    f"{one.foreign.host}.{one.foreign.port}",
                    one.state,
                ]
                for one in record.sockets
            ],
            "late_ns": record.late_ns,
        }
        for host, records in states.items()
        for record in records
    ]
    lines.sort(key=lambda line: str(line["time_ns"]))
    return b"".join(msgspec.json.encode(line) + b"\n" for line in lines)
