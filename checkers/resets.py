"""The named checks `refused`, `abort` and `half_open`: reset segments (TCP/IP Illustrated 18.7)."""

from functools import partial

from captures.segment import ACK, FIN, RST, SYN, Endpoint, Segment, plus
from checkers.errors import ExpectationError
from checkers.evidence import Evidence
from checkers.finding import Finding, Outcome
from checkers.parties import Wanted, is_host, wanted
from checkers.sighting import Sighting, best_of
from checkers.verdict import Verdict

REFUSED_REFERENCE = "RFC 9293 3.5.2, 3.10.7.1"
ABORT_REFERENCE = "RFC 9293 3.6, 3.10.5"
HALF_OPEN_REFERENCE = "RFC 9293 3.5.1, 3.10.7.1"


def refused(
    evidence: Evidence, at: str, client: str, server: str, connection: int | None = None
) -> Outcome:
    """The client's SYN is answered by a reset: nobody listens at that port.

    The SYN carries no acknowledgment, so the reset has sequence number 0, and acknowledges ISN + 1.
    client, server: `host` or `host.port`. connection: which of several between them, from 1.
    Raises ExpectationError for an unknown service.
    """
    ends = wanted(client, evidence.names), wanted(server, evidence.names)
    return best_of(evidence, at, *ends, _refused, connection)


def _refused(sighting: Sighting) -> Outcome:
    expected = f"a reset from {sighting.host(sighting.server)} that answers the SYN"
    syn, *later = sighting.segments
    if sighting.gaps.before:
        return Outcome((sighting.absent(expected, "no SYN before it", syn),))
    answers = [each for each in later if each.source == sighting.server]
    if not answers:
        return Outcome((sighting.absent(expected, "no answer", syn),))
    reset = answers[0]
    if not reset.has(RST):
        told = f"an answer without RST, in frame {reset.frame}"
        return Outcome((sighting.finding(Verdict.FAIL, expected, told, syn, reset),))
    ack = plus(syn.seq, 1)
    wrong = _differs(sighting, reset, seq=0, ack=ack)
    told = f"seq 0, ack {ack}"
    return Outcome((wrong or sighting.finding(Verdict.PASS, expected, told, syn, reset),))


def abort(
    evidence: Evidence,
    at: str,
    client: str,
    server: str,
    by: str,
    connection: int | None = None,
) -> Outcome:
    """One end aborts an established connection by a reset in place of a FIN; nothing follows it.

    The reset has the next sequence number that this end would have used, and the ACK flag.
    client, server: `host` or `host.port`. by: the host that aborts. connection: which of several
    between them, from 1.
    Raises ExpectationError for an unknown service, or a `by` that is neither end.
    """
    ends = wanted(client, evidence.names), wanted(server, evidence.names)
    _check("by", by, ends)
    return best_of(evidence, at, *ends, partial(_aborted, by), connection)


def _aborted(host: str, sighting: Sighting) -> Outcome:
    end = _end(sighting, host)
    expected = f"a reset from {host} that aborts the connection"
    reset = next((each for each in sighting.segments if each.has(RST)), None)
    if reset is None:
        return Outcome((sighting.absent(expected, "no reset", *sighting.segments[-1:]),))
    if reset.source != end or _never_open(sighting, reset) or not reset.has(ACK):
        told = _other_reset(sighting, reset, end)
        return Outcome((sighting.finding(Verdict.FAIL, expected, told, reset),))
    before = [each for each in sighting.sent_by(end) if each.frame < reset.frame]
    fin = next((each for each in before if each.has(FIN)), None)
    if fin:
        told = f"a FIN from {host} before it"
        return Outcome((sighting.finding(Verdict.FAIL, expected, told, fin, reset),))
    after = [each for each in sighting.segments if each.frame > reset.frame]
    if after:
        told = "a segment after the reset"
        return Outcome((sighting.finding(Verdict.FAIL, "nothing more", told, reset, after[0]),))
    return Outcome((_numbered(sighting, expected, _following(before), reset, before[-1:]),))


def half_open(
    evidence: Evidence,
    at: str,
    client: str,
    server: str,
    forgot: str,
    connection: int | None = None,
) -> Outcome:
    """One end has forgotten the connection, and answers a segment of it by a reset.

    The reset's sequence number is what that segment acknowledged, and it has no ACK flag: its end
    knows no more about the connection than that segment says.
    client, server: `host` or `host.port`. forgot: the host that was rebooted. connection: which of
    several between them, from 1.
    Raises ExpectationError for an unknown service, or a `forgot` that is neither end.
    """
    ends = wanted(client, evidence.names), wanted(server, evidence.names)
    _check("forgot", forgot, ends)
    return best_of(evidence, at, *ends, partial(_forgotten, forgot), connection)


def _forgotten(host: str, sighting: Sighting) -> Outcome:
    end = _end(sighting, host)
    expected = f"a reset from {host}, which knows nothing of the connection"
    reset = next((each for each in sighting.segments if each.has(RST)), None)
    if reset is None:
        return Outcome((sighting.absent(expected, "no reset", *sighting.segments[-1:]),))
    if reset.source != end or _never_open(sighting, reset) or reset.has(ACK):
        told = _other_reset(sighting, reset, end)
        return Outcome((sighting.finding(Verdict.FAIL, expected, told, reset),))
    before = [each for each in sighting.segments if each.frame < reset.frame]
    ended = [each for each in before if each.source == end and each.has(FIN)]
    if ended:
        told = f"a FIN from {host} before it"
        return Outcome((sighting.finding(Verdict.FAIL, expected, told, ended[0], reset),))
    asked = before[-1:]
    if not asked or asked[0].source == end:
        told = "a reset that answers nothing"
        return Outcome((sighting.absent(expected, told, *asked, reset),))
    return Outcome((_numbered(sighting, expected, asked[0].ack, reset, asked),))


def _check(key: str, host: str, ends: tuple[Wanted, Wanted]) -> None:
    if host not in (end.host for end in ends):
        raise ExpectationError(f"{key}: {host} is neither {ends[0].host} nor {ends[1].host}")


def _end(sighting: Sighting, host: str) -> Endpoint:
    ours = is_host(sighting.client, host, sighting.evidence.names)
    return sighting.client if ours else sighting.server


def _never_open(sighting: Sighting, reset: Segment) -> bool:
    """Whether the capture shows that the reset came before the connection was established."""
    if sighting.gaps.before:
        return False
    before = [each for each in sighting.segments if each.frame < reset.frame]
    syns = {each.source for each in before if each.has(SYN)}
    return len(syns) < 2 or not any(each.has(ACK) and not each.has(SYN) for each in before)


def _other_reset(sighting: Sighting, reset: Segment, end: Endpoint) -> str:
    if reset.source != end:
        return f"a reset from {sighting.host(reset.source)}"
    if _never_open(sighting, reset):
        return "a reset before the connection was established"
    return f"a reset {'with' if reset.has(ACK) else 'without'} an ACK"


def _numbered(
    sighting: Sighting, expected: str, seq: int | None, reset: Segment, before: list[Segment]
) -> Finding:
    """Whether the reset has this number; INCONCLUSIVE where the capture doesn't tell."""
    if seq is None or reset.seq is None:
        told = "this capture doesn't show its sequence number"
        return sighting.finding(Verdict.INCONCLUSIVE, expected, told, *before, reset)
    if reset.seq != seq:
        told = f"seq {reset.seq}"
        return sighting.absent(f"seq {seq}", told, *before, reset, inside=True)
    return sighting.finding(Verdict.PASS, expected, f"seq {seq}", *before, reset)


def _differs(sighting: Sighting, reset: Segment, seq: int, ack: int | None) -> Finding | None:
    """What is wrong with the reset's numbers, or not shown of them."""
    if ack is None or reset.seq is None:
        told = "this capture doesn't show its numbers"
        return sighting.finding(Verdict.INCONCLUSIVE, f"seq {seq}, ack ISN+1", told, reset)
    for name, expected, observed in (("seq", seq, reset.seq), ("ack", ack, reset.ack)):
        if expected != observed:
            told = f"{name} {observed}"
            return sighting.finding(Verdict.FAIL, f"{name} {expected}", told, reset)
    return None


def _following(sent: list[Segment]) -> int | None:
    """The number that an end would use next, by the last of its segments that shows one."""
    known = [each for each in sent if each.seq is not None]
    return known[-1].following if known else None
