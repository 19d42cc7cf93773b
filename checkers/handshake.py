"""The named check `handshake`: connection establishment (TCP/IP Illustrated 18.2)."""

from captures.segment import ACK, FIN, RST, SYN, Endpoint, Segment, plus
from checkers.evidence import Evidence
from checkers.finding import Finding, Outcome
from checkers.parties import wanted
from checkers.sighting import Sighting, best_of
from checkers.verdict import Verdict

REFERENCE = "RFC 9293 3.5"


def handshake(
    evidence: Evidence, at: str, client: str, server: str, connection: int | None = None
) -> Outcome:
    """The client opens the connection with three segments: SYN, SYN+ACK, ACK.

    No SYN has FIN or RST too, and each acknowledges the other's ISN + 1. Retransmitted SYNs are
    fine if they repeat the ISN; a simultaneous open, a refusal and a changed ISN are not. The
    sequence number of the third segment is compared where the capture shows it (the book's
    listings leave it out).
    client, server: `host` or `host.port`. connection: which of several between them, from 1.
    Raises ExpectationError for an unknown service.
    """
    ends = wanted(client, evidence.names), wanted(server, evidence.names)
    return best_of(evidence, at, *ends, _judge, connection)


def _judge(sighting: Sighting) -> Outcome:
    return Outcome((_opening(sighting) or _answer(sighting),))


def _opening(sighting: Sighting) -> Finding | None:
    """What is wrong with the SYNs; None if nothing is."""
    if sighting.gaps.before:
        return sighting.absent("a SYN first", _flags_in_words(sighting.segments[0]))
    ours, theirs = (_openings(sighting, end) for end in (sighting.client, sighting.server))
    odd = _with_end(sighting, "a SYN", ours)
    if odd:
        return odd
    if theirs:
        return _opened_by_server(sighting, ours, theirs)
    for again in ours[1:]:
        if again.seq != ours[0].seq:
            expected = f"a retransmitted SYN to repeat the ISN {ours[0].seq}"
            return sighting.finding(Verdict.FAIL, expected, f"ISN {again.seq}", ours[0], again)
    return None


def _opened_by_server(sighting: Sighting, ours: list[Segment], theirs: list[Segment]) -> Finding:
    server = sighting.host(sighting.server)
    expected = f"a SYN from {sighting.host(sighting.client)} alone"
    if not ours:
        return sighting.finding(Verdict.FAIL, expected, f"a SYN from {server}", theirs[0])
    return sighting.finding(
        Verdict.FAIL,
        expected,
        f"a SYN from {server} too",
        ours[0],
        theirs[0],
        hint="Both ends did an active open at once: this is a simultaneous open (section 18.8).",
    )


def _answer(sighting: Sighting) -> Finding:
    """The SYN+ACK and what follows it."""
    syns = _openings(sighting, sighting.client)
    replies = sighting.sent_by(sighting.server)
    answers = [segment for segment in replies if segment.has(SYN | ACK)]
    if not answers:
        return _no_answer(sighting, syns, replies)
    wrong = _with_end(sighting, "a SYN+ACK", answers)
    wrong = wrong or _wrong(sighting, "SYN+ACK", answers, answers[0].seq, plus(syns[0].seq, 1))
    return wrong or _third(sighting, syns, answers)


def _no_answer(sighting: Sighting, syns: list[Segment], replies: list[Segment]) -> Finding:
    expected = f"a SYN+ACK from {sighting.host(sighting.server)}"
    resets = [segment for segment in replies if segment.has(RST)]
    if resets:
        hint = "No server listens on that port: the connection request was refused (section 18.7)."
        return sighting.finding(Verdict.FAIL, expected, "a reset", syns[0], resets[0], hint=hint)
    observed = f"no answer to {len(syns)} SYN(s)"
    later = any(not segment.has(SYN) for segment in sighting.segments)
    hint = "Is the server's host up?"
    return sighting.absent(expected, observed, *syns, hint=hint, inside=later)


def _third(sighting: Sighting, syns: list[Segment], answers: list[Segment]) -> Finding:
    """The client's first segment after the SYN+ACK, and the verdict on all three."""
    expected = f"{sighting.host(sighting.client)} to acknowledge the SYN+ACK"
    later = [
        segment
        for segment in sighting.sent_by(sighting.client)
        if segment.frame > answers[0].frame and not segment.has(SYN)
    ]
    if not later:
        return sighting.absent(expected, "no ACK", syns[0], answers[0])
    third = later[0]
    if third.has(RST) or not third.has(ACK):
        return sighting.finding(Verdict.FAIL, expected, _flags_in_words(third), third)
    wrong = _wrong(sighting, "ACK", [third], plus(syns[0].seq, 1), plus(answers[0].seq, 1))
    return wrong or _passed(sighting, syns, answers, third)


def _with_end(sighting: Sighting, name: str, segments: list[Segment]) -> Finding | None:
    """A FAIL for the first of the segments that has FIN or RST too."""
    for segment in segments:
        if segment.flags & (FIN | RST):
            expected = f"{name} alone"
            return sighting.finding(Verdict.FAIL, expected, _flags_in_words(segment), segment)
    return None


def _passed(
    sighting: Sighting, syns: list[Segment], answers: list[Segment], third: Segment
) -> Finding:
    again = [*syns[1:], *answers[1:]]
    also = f", with {len(again)} retransmission(s)" if again else ""
    observed = f"ISNs {syns[0].seq} and {answers[0].seq}, each acknowledged{also}"
    frames = [*syns, *answers, third]
    return sighting.finding(Verdict.PASS, "SYN, SYN+ACK, ACK", observed, *frames)


def _wrong(
    sighting: Sighting, name: str, segments: list[Segment], seq: int | None, ack: int | None
) -> Finding | None:
    """The first of the segments whose seq or ack is another than this."""
    for segment in segments:
        fields = [("ack", ack, segment.ack)]
        if segment.seq is not None:
            fields.append(("seq", seq, segment.seq))
        for field, expected, observed in fields:
            if expected != observed:
                told = f"{field} {observed}"
                return sighting.finding(
                    Verdict.FAIL, f"{field} {expected}", told, segment, subject=name
                )
    return None


def _openings(sighting: Sighting, end: Endpoint) -> list[Segment]:
    """The SYNs of an end that answer none."""
    return [segment for segment in sighting.sent_by(end) if segment.opens]


def _flags_in_words(segment: Segment) -> str:
    names = ((SYN, "SYN"), (FIN, "FIN"), (RST, "RST"), (ACK, "ACK"))
    flags = [name for flag, name in names if segment.has(flag)]
    return f"{'+'.join(flags) or 'no flag'} in frame {segment.frame}"
