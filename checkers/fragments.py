"""The checks `fragments` and `fragmentation_needed`: a smaller MTU in the middle (18.4)."""

from collections.abc import Sequence
from functools import partial
from itertools import groupby

from captures import options as tcp_options
from captures.fragment import Fragment
from captures.icmp import TCP, Unreachable
from captures.segment import Segment
from checkers.evidence import Evidence
from checkers.finding import Finding, Outcome
from checkers.parties import wanted
from checkers.sighting import Sighting, best_of
from checkers.verdict import Verdict

FRAGMENTS_REFERENCE = "RFC 791 3.2"
NEEDED_REFERENCE = "RFC 1191 3, 4"

HEADERS = 40  # bytes of an IPv4 and a TCP header without options
PRINTED = ("listing", "tcpdump text")
LISTING = "a listing shows neither fragments nor ICMP: look at the pcap"


def fragments(
    evidence: Evidence, at: str, client: str, server: str, mtu: int, connection: int | None = None
) -> Outcome:
    """The client's datagrams arrive in fragments, whole, and none is larger than the MTU.

    Datagrams that came unfragmented had to fit, too.
    client, server: `host` or `host.port`; the client's datagrams are meant. mtu: bytes, IP header
    included. connection: which of several between them, from 1.
    Raises ExpectationError for an unknown service.
    """
    ends = wanted(client, evidence.names), wanted(server, evidence.names)
    return best_of(evidence, at, *ends, partial(_fragmented, mtu), connection)


def fragmentation_needed(
    evidence: Evidence,
    at: str,
    client: str,
    server: str,
    router: str,
    mtu: int,
    connection: int | None = None,
) -> Outcome:
    """A router tells the client its next hop's MTU, and the client's segments become smaller.

    client, server: `host` or `host.port`; the client's segment was too large. router: who sends
    'fragmentation needed'. mtu: bytes, as the message tells it. connection: which of several
    between them, from 1. Raises ExpectationError for an unknown service.
    """
    ends = wanted(client, evidence.names), wanted(server, evidence.names)
    judge = partial(_told, router, mtu)
    return best_of(evidence, at, *ends, judge, connection)


def _fragmented(mtu: int, sighting: Sighting) -> Outcome:
    client = sighting.host(sighting.client)
    expected = f"datagrams of {client} in fragments of at most {mtu} bytes"
    pieces = _fragments_of(sighting)
    if not pieces:
        return Outcome((_none(sighting, expected, "not one fragment"),))
    datagrams = _datagrams(pieces)
    wrong = (_wrong(sighting, mtu, datagram) for datagram in datagrams)
    first = next((finding for finding in wrong if finding), None) or _whole(sighting, mtu, pieces)
    if first:
        return Outcome((first,))
    largest = max(piece.total for piece in pieces)
    observed = f"{len(datagrams)} in {len(pieces)} fragments, {largest} bytes in the largest"
    return Outcome((_finding(sighting, Verdict.PASS, expected, observed, pieces),))


def _fragments_of(sighting: Sighting) -> list[Fragment]:
    """The fragments of this connection's direction from client to server.

    Only a first fragment has ports: with it, those of the same identification belong here.
    """
    frames = {segment.frame for segment in sighting.sent_by(sighting.client)}
    ends = (sighting.client.host, sighting.server.host, TCP)
    found = [
        piece
        for piece in sighting.vantage.capture.fragments
        if (piece.source, piece.destination, piece.protocol) == ends
    ]
    ours = {piece.identification for piece in found if piece.frame in frames}
    return [piece for piece in found if piece.identification in ours]


def _datagrams(pieces: Sequence[Fragment]) -> list[list[Fragment]]:
    """The fragments of each datagram, by offset."""
    ordered = sorted(pieces, key=lambda piece: (piece.identification, piece.offset))
    return [list(group) for _, group in groupby(ordered, lambda piece: piece.identification)]


def _wrong(sighting: Sighting, mtu: int, datagram: Sequence[Fragment]) -> Finding | None:
    """What is wrong with one datagram's fragments; None if nothing is."""
    for piece in datagram:
        if piece.total > mtu:
            expected, observed = f"at most {mtu} bytes in a fragment", f"{piece.total} bytes"
            return _finding(sighting, Verdict.FAIL, expected, observed, [piece])
        if piece.dont_fragment:
            expected = "fragments of a datagram that may be fragmented"
            return _finding(sighting, Verdict.FAIL, expected, "don't fragment is set", [piece])
    return _incomplete(sighting, datagram)


def _whole(sighting: Sighting, mtu: int, pieces: Sequence[Fragment]) -> Finding | None:
    """A FAIL if a datagram that was too large came in one piece."""
    cut = {piece.frame for piece in pieces}
    for segment in sighting.sent_by(sighting.client):
        if segment.frame not in cut and _total(segment) > mtu:
            expected = f"a datagram of more than {mtu} bytes in fragments"
            observed = f"{_total(segment)} bytes in one piece"
            return _finding(sighting, Verdict.FAIL, expected, observed, [segment])
    return None


def _incomplete(sighting: Sighting, datagram: Sequence[Fragment]) -> Finding | None:
    """A finding if a datagram's fragments leave a gap; they may overlap, as retransmitted ones."""
    end = 0
    for piece in datagram:
        if piece.offset > end:
            break
        end = max(end, piece.end)
    else:
        if datagram[-1].last:
            return None
    expected = f"a fragment that begins with byte {end} of datagram {datagram[0].identification}"
    return _none(sighting, expected, "none", datagram)


def _told(router: str, mtu: int, sighting: Sighting) -> Outcome:
    client = sighting.host(sighting.client)
    expected = f"'fragmentation needed' from {router} to {client}, with an MTU of {mtu}"
    messages = [
        message
        for message in sighting.vantage.capture.unreachables
        if (message.source, message.destination) == (sighting.client, sighting.server)
    ]
    if not messages:
        return Outcome((_none(sighting, expected, "no ICMP message about this connection"),))
    message = messages[0]
    observed = _message_text(sighting, message)
    if observed != _wanted_text(router, client, mtu):
        return Outcome((_finding(sighting, Verdict.FAIL, expected, observed, [message]),))
    told = _finding(sighting, Verdict.PASS, expected, observed, [message])
    return Outcome((told, _larger(sighting, message), _smaller(sighting, mtu, message)))


def _wanted_text(router: str, client: str, mtu: int) -> str:
    return f"'fragmentation needed' from {router} to {client}, MTU {mtu}"


def _message_text(sighting: Sighting, message: Unreachable) -> str:
    names = sighting.evidence.names
    code = f"'unreachable' with code {message.code}"
    kind = "'fragmentation needed'" if message.too_big else code
    ends = f"from {names.host(message.sender)} to {names.host(message.receiver)}"
    return f"{kind} {ends}, MTU {message.mtu or 'not told'}"


def _larger(sighting: Sighting, message: Unreachable) -> Finding:
    """Whether the message is about a datagram that had a reason to be refused."""
    expected = f"it is about a datagram of more than {message.mtu} bytes with don't fragment set"
    bit = "set" if message.dont_fragment else "not set"
    observed = f"{message.total} bytes, don't fragment {bit}"
    right = message.dont_fragment and message.total > (message.mtu or 0)
    return _finding(
        sighting, Verdict.PASS if right else Verdict.FAIL, expected, observed, [message]
    )


def _smaller(sighting: Sighting, mtu: int, message: Unreachable) -> Finding:
    """Whether the lost data is sent again in datagrams that fit, and all after it fit too."""
    expected = f"the data from {message.seq} again, in datagrams of at most {mtu} bytes"
    sent = [
        segment
        for segment in sighting.sent_by(sighting.client)
        if segment.frame > message.frame and segment.payload
    ]
    again = [segment for segment in sent if segment.seq == message.seq and _total(segment) <= mtu]
    if not again:
        return _none(sighting, expected, "no smaller segment with that data", [message])
    later = [segment for segment in sent if segment.frame >= again[0].frame]
    for segment in later:
        if _total(segment) > mtu:
            observed = f"{_total(segment)} bytes after the first small one"
            return _finding(sighting, Verdict.FAIL, expected, observed, [segment])
    observed = f"{max(map(_total, later))} bytes in the largest of {len(later)}"
    return _finding(sighting, Verdict.PASS, expected, observed, later)


def _total(segment: Segment) -> int:
    """The bytes of a segment's datagram; what the capture doesn't show of options counts 0."""
    options = len(tcp_options.encode(segment.options or ()))
    return HEADERS + options + -options % 4 + segment.payload


def _none(
    sighting: Sighting, expected: str, observed: str, frames: Sequence[Fragment | Unreachable] = ()
) -> Finding:
    """A finding that something isn't there; INCONCLUSIVE where the capture can't show it."""
    lacks = sighting.gaps.earlier or sighting.evidence.goes_on
    if sighting.vantage.capture.kind in PRINTED:
        lacks = LISTING
    verdict = Verdict.INCONCLUSIVE if lacks else Verdict.FAIL
    observed = f"{observed}; {lacks}" if lacks else observed
    return _finding(sighting, verdict, expected, observed, frames)


def _finding(
    sighting: Sighting,
    verdict: Verdict,
    expected: str,
    observed: str,
    frames: Sequence[Fragment | Unreachable | Segment],
) -> Finding:
    numbers = tuple(sorted(each.frame for each in frames))
    return Finding("", verdict, expected, observed, "", numbers, sighting.vantage.point)
