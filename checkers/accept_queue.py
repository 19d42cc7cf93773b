"""The named check `accept_queue`: the incoming connection request queue (TCP/IP Illustrated 18.11).

A full queue is silent: the SYN is dropped, so that the client tries again. A reset would tell it
that nobody listens.
"""

from collections.abc import Iterator, Sequence
from enum import Enum
from typing import NamedTuple

from captures.connections import Connection
from captures.segment import ACK, FIN, RST, SYN, Segment
from checkers.evidence import Evidence, Vantage
from checkers.finding import Finding, Outcome
from checkers.parties import Wanted, fitting, wanted
from checkers.sighting import no_vantage_point
from checkers.verdict import Verdict

REFERENCE = "TCP/IP Illustrated 18.11"


# The verdict, what was observed, the segments that show it, a hint.
Judgement = tuple[Verdict, str, Sequence[Segment], str]


class _Queued(NamedTuple):
    """A connection whose client completed it: its SYN, and when it came into the queue and left.

    came: the frame of the ACK behind the server's last SYN+ACK; None where there is none. left: the
    frame by which it left the queue, if it did. surely: whether the server took the first ACK.
    """

    syn: Segment
    came: int | None
    left: int | None
    surely: bool


class Fate(Enum):
    """What became of a client's first SYN, in words."""

    QUEUED = "complete"
    DROPPED = "dropped"
    REFUSED = "a reset"
    RESET_LATER = "its SYN was sent again, and then answered by a reset"
    ANSWERED = "its SYN was answered, and it didn't complete the handshake"
    ALONE = "its SYN was neither answered nor sent again in this capture"
    UNSEEN = "a connection that began before the capture"


def accept_queue(evidence: Evidence, at: str, server: str, holds: int) -> Outcome:
    """So many connections are complete when the first SYN is dropped, silently.

    A SYN was dropped if the client sent it again before there was an answer. A server whose queue
    is full may not take the last ACK either, as Linux doesn't: as long as it sends its SYN+ACK
    again, that client isn't in the queue. A connection leaves the queue with the server's FIN or a
    reset. A reset as the first answer to a SYN that was sent again is no silence, unless all that
    were in the queue have left it: then the server has ended.
    Of a queue that holds none nobody can tell, so that there is no verdict.
    server: `host.port`, a server that doesn't accept meanwhile. holds: connections in its queue.
    One client more must have tried, else there is no verdict.
    Raises ExpectationError for an unknown service.
    """
    vantage = evidence.at(at)
    if vantage is None:
        return Outcome((no_vantage_point(evidence, at),))
    end = wanted(server, evidence.names)
    expected = f"{holds} connection(s) in the queue of {end.text(evidence.names)}"
    requests = list(_requests(evidence, vantage, end))
    why = vantage.damage or vantage.unseen(vantage.losses(requests))
    judged = (Verdict.INCONCLUSIVE, why, (), "") if why else _judge(requests, holds)
    if not requests and evidence.ended and not why:
        judged = Verdict.FAIL, f"no SYN to {end.text(evidence.names)}", (), ""
    verdict, observed, shown, hint = judged
    if verdict is Verdict.FAIL and not evidence.over:
        verdict = Verdict.INCONCLUSIVE  # clients may still come, and be dropped
    frames = tuple(segment.frame for segment in shown)
    finding = Finding("", verdict, expected, observed, "", frames, vantage.point, hint=hint)
    return Outcome((finding,))


def _requests(evidence: Evidence, vantage: Vantage, end: Wanted) -> Iterator[Connection]:
    """The connections that were requested of this server, in the order of their first SYNs."""
    fits = fitting(end, evidence.names)
    for connection in vantage.capture.connections:
        if fits(connection.server):
            yield connection


def _judge(requests: Sequence[Connection], holds: int) -> Judgement:
    """What is to say of the first client that wasn't queued."""
    complete: list[_Queued] = []
    for number, request in enumerate(requests, 1):
        first = request.segments[0]
        queued = _still(complete, first.frame)
        fate = _fate(request)
        if fate is Fate.RESET_LATER:
            fate = _reset_later(request, complete, holds)
        if fate is Fate.QUEUED:
            complete.append(_queued(request))
        elif fate is Fate.DROPPED:
            return _dropped(number, first, queued, holds)
        else:
            return _otherwise(fate, number, request, _surely(queued) < holds)
    return _none_dropped(complete, holds)


def _dropped(number: int, syn: Segment, queued: Sequence[_Queued], holds: int) -> Judgement:
    """What is to say of the first client whose SYN was dropped."""
    sure = _surely(queued)
    unsure = len(queued) - sure
    verdict = Verdict.PASS if sure == holds else Verdict.FAIL
    told = f"{sure} complete when the SYN of client {number} was dropped"
    if unsure:
        more = f"{unsure} more may be, whose SYN+ACK was sent again after the ACK"
        told = f"{told}; {more}"
        verdict = Verdict.INCONCLUSIVE if sure <= holds <= len(queued) else Verdict.FAIL
    return verdict, told, [*(one.syn for one in queued), syn], ""


def _reset_later(request: Connection, complete: Sequence[_Queued], holds: int) -> Fate:
    """Whether the server reset a SYN that it had dropped, or was gone by then.

    As it ends it resets what is in its queue.
    """
    if _still(complete, _answer(request).frame):
        return Fate.REFUSED
    if _still(complete, request.segments[0].frame):
        return Fate.DROPPED
    return Fate.REFUSED if holds else Fate.RESET_LATER


def _otherwise(fate: Fate, number: int, request: Connection, room: bool) -> Judgement:
    """What is to say of a client that was neither queued nor dropped."""
    shown = request.segments[:2]
    if fate in (Fate.REFUSED, Fate.RESET_LATER):
        shown = [request.segments[0], _answer(request)]
    if fate is Fate.REFUSED:
        hint = "A reset means that nobody listens; a full queue is silent."
        return Verdict.FAIL, fate.value, shown, hint
    sure = fate is Fate.ANSWERED and not room
    return (
        Verdict.FAIL if sure else Verdict.INCONCLUSIVE,
        f"client {number}: {fate.value}",
        shown,
        "",
    )


def _none_dropped(complete: list[_Queued], holds: int) -> Judgement:
    """What is to say where every client got into the queue."""
    firsts = [one.syn for one in complete]
    sure = [one for one in complete if one.surely]
    queued = _still(sure, max((one.came or 0 for one in sure), default=0))
    if len(queued) > holds:
        shown = [one.syn for one in queued]
        return Verdict.FAIL, f"{len(queued)} complete and none dropped", shown, ""
    told = f"{len(complete)} client(s), and none of their SYNs was dropped"
    hint = f"Start {holds + 1} clients while the server doesn't accept."
    return Verdict.INCONCLUSIVE, told, firsts, hint


def _still(complete: Sequence[_Queued], frame: int) -> list[_Queued]:
    """Those that are in the queue at this frame."""
    came = (one for one in complete if one.came is not None and one.came <= frame)
    return [one for one in came if one.left is None or one.left >= frame]


def _surely(queued: Sequence[_Queued]) -> int:
    return sum(one.surely for one in queued)


def _queued(connection: Connection) -> _Queued:
    """The connection of a client that completed its handshake."""
    server, segments = connection.server, connection.segments
    answers = [one.frame for one in segments if one.source == server and one.has(SYN | ACK)]
    acks = [
        one.frame
        for one in segments
        if one.source != server and one.has(ACK) and one.frame > answers[0]
    ]
    came = next((frame for frame in acks if frame > answers[-1]), None)
    return _Queued(segments[0], came, _left(connection), surely=acks[0] == came)


def _left(connection: Connection) -> int | None:
    """The frame by which the connection left the queue: a reset, or the server's FIN."""
    for segment in connection.segments:
        if segment.flags & RST or (segment.flags & FIN and segment.source == connection.server):
            return segment.frame
    return None


def _fate(connection: Connection) -> Fate:
    syn, *later = connection.segments
    if syn.flags & (SYN | ACK | RST) != SYN:
        return Fate.UNSEEN
    answered = (place for place, each in enumerate(later) if each.source == connection.server)
    place = next(answered, len(later))
    answer = later[place] if place < len(later) else None
    reset = answer is not None and answer.has(RST)
    if any(_repeats(each, syn) for each in later[:place]):
        return Fate.RESET_LATER if reset else Fate.DROPPED
    if answer is None:
        return Fate.ALONE
    if reset:
        return Fate.REFUSED
    rest = later[place + 1 :]
    third = next((each for each in rest if each.source == connection.client), None)
    if answer.has(SYN | ACK) and third and third.has(ACK) and not third.has(RST):
        return Fate.QUEUED
    return Fate.ANSWERED


def _answer(connection: Connection) -> Segment:
    """The first segment of the server, of a connection that has one."""
    return next(each for each in connection.segments if each.source == connection.server)


def _repeats(segment: Segment, syn: Segment) -> bool:
    return segment.flags == syn.flags and segment.seq == syn.seq
