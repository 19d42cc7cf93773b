"""The named check `options`: what each SYN offers, and what both ends then use (18.10)."""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial

from captures import options as tcp_options
from captures.notation import OPTION_WORDS
from captures.segment import (
    END_OF_LIST,
    RST,
    SACK,
    SACK_PERMITTED,
    SYN,
    TIMESTAMP,
    WINDOW_SCALE,
    Endpoint,
    Segment,
)
from checkers.errors import ExpectationError
from checkers.evidence import Evidence
from checkers.finding import Finding, Outcome
from checkers.parties import is_host, wanted
from checkers.sighting import Sighting, best_of
from checkers.verdict import Verdict
from checkers.words import ONLY_IN_SYNS, Negotiable, Word

REFERENCE = "RFC 9293 3.1, 3.2; RFC 7323 2.2, 3.2; RFC 2018 2"

NEGOTIABLE = (WINDOW_SCALE, SACK_PERMITTED, TIMESTAMP)
WORD_BYTES = 4  # the data offset counts the header's length in words of 32 bits


def options(
    evidence: Evidence,
    at: str,
    client: str,
    server: str,
    syn: Mapping[str, Sequence[Word]],
    agreed: Sequence[Negotiable],
    connection: int | None = None,
) -> Outcome:
    """Each SYN carries these options; what both offer is used afterwards, and nothing else.

    client, server: `host` or `host.port`. syn: host to the options of its SYN, in their order.
    agreed: those of window scale, SACK-permitted and timestamp that both SYNs carry. connection:
    which of several between them, from 1.
    Raises ExpectationError for an unknown service or a host that is neither end.
    """
    ends = wanted(client, evidence.names), wanted(server, evidence.names)
    hosts = [end.host for end in ends]
    strangers = sorted(set(syn).difference(hosts))
    if strangers:
        raise ExpectationError(f"{', '.join(strangers)}: neither {' nor '.join(hosts)}")
    judge = partial(_judge, syn, frozenset(agreed))
    return best_of(evidence, at, *ends, judge, connection)


def _judge(syn: Mapping[str, Sequence[str]], agreed: frozenset[str], sighting: Sighting) -> Outcome:
    blind = _blind(sighting)
    if blind:
        return Outcome((blind,))
    findings = [
        _offered(sighting, end, host, options)
        for host, options in syn.items()
        for end in (sighting.client, sighting.server)
        if is_host(end, host, sighting.evidence.names)
    ]
    findings += [_agreed(sighting, agreed), _used(sighting), _padded(sighting)]
    return Outcome(tuple(findings))


def _blind(sighting: Sighting) -> Finding | None:
    """A finding if a segment's options are unknown, or not those that this host was to send."""
    expected = "the options of every segment"
    unknown = [segment for segment in sighting.segments if segment.options is None]
    if unknown:
        observed = "this capture doesn't show them"
        return sighting.finding(Verdict.INCONCLUSIVE, expected, observed, *unknown)
    for end in (sighting.client, sighting.server):
        why = sighting.evidence.why_degraded("options", "mss", host=sighting.host(end))
        if why:
            return sighting.finding(Verdict.INCONCLUSIVE, expected, why)
    return None


def _kinds(segments: Iterable[Segment]) -> set[int]:
    return {option.kind for segment in segments for option in segment.options or ()}


def _words(kinds: Iterable[int]) -> str:
    words = ",".join(_word(kind) for kind in kinds)
    return f"<{words}>" if words else "none"


def _word(kind: int) -> str:
    return "sack" if kind == SACK else OPTION_WORDS.get(kind, f"opt-{kind}")


def _offered(sighting: Sighting, end: Endpoint, host: str, wanted: Sequence[str]) -> Finding:
    """Whether every SYN of an end carries just these options."""
    expected = f"<{','.join(wanted)}> in the SYN of {host}" if wanted else f"no option of {host}"
    syns = sighting.syns_of(end)
    if not syns:
        inside = bool(sighting.sent_by(end))
        return sighting.absent(expected, f"no SYN from {host}", inside=inside)
    for syn in syns:
        kinds = [option.kind for option in syn.options or ()]
        if [_word(kind) for kind in kinds] != list(wanted):
            return sighting.finding(Verdict.FAIL, expected, _words(kinds), syn)
    return sighting.finding(Verdict.PASS, expected, "just these", *syns)


def _agreed(sighting: Sighting, agreed: frozenset[str]) -> Finding:
    """Whether the SYN+ACK answers only what the SYN offers, and both offer what was to be agreed.

    RFC 7323, 2.2 and 3.2: the option may be in a SYN+ACK only if it was in the SYN.
    """
    ours, theirs = (sighting.syns_of(end) for end in (sighting.client, sighting.server))
    expected = f"{_words_of(agreed)} agreed on"
    if not (ours and theirs):
        return sighting.absent(expected, "not a SYN from each end", *ours, *theirs)
    offered, answered = ({*NEGOTIABLE} & _kinds(syns) for syns in (ours, theirs))
    unasked = sorted(answered - offered)
    if unasked:
        observed = f"the answer has {_words(unasked)}, which the SYN doesn't offer"
        return sighting.finding(Verdict.FAIL, expected, observed, *ours, *theirs)
    both = sorted(offered & answered)
    verdict = Verdict.PASS if {_word(kind) for kind in both} == agreed else Verdict.FAIL
    return sighting.finding(verdict, expected, f"{_words(both)} in both SYNs", *ours, *theirs)


def _words_of(agreed: frozenset[str]) -> str:
    return _words(kind for kind in NEGOTIABLE if _word(kind) in agreed)


def _used(sighting: Sighting) -> Finding:
    """Whether the segments after the SYNs carry what was agreed on, and only that."""
    ours, theirs = (sighting.syns_of(end) for end in (sighting.client, sighting.server))
    both = _kinds(ours) & _kinds(theirs)
    # RFC 7323, 3.2: a timestamp in every segment but an RST, once both SYNs had one.
    required = {TIMESTAMP} & both
    allowed = required | ({SACK} if SACK_PERMITTED in both else set())
    expected = f"{_words(sorted(required))} in every segment behind the SYNs"
    later = [segment for segment in sighting.segments if not segment.flags & (SYN | RST)]
    if not later:
        return sighting.absent(expected, "no segment behind the SYNs")
    for segment in later:
        kinds = _kinds([segment]) & {*ONLY_IN_SYNS, TIMESTAMP, SACK}
        if kinds - allowed or required - kinds:
            return sighting.finding(Verdict.FAIL, expected, _words(sorted(kinds)), segment)
    return sighting.finding(Verdict.PASS, expected, f"so in all {len(later)}", *later)


def _padded(sighting: Sighting) -> Finding:
    """Whether each segment's options fill whole words: by NOPs, or by zeros behind their end."""
    expected = f"options padded to a multiple of {WORD_BYTES} bytes"
    rows, columns = sighting.connection.rows, sighting.connection.columns
    carrying = [row for row in rows if columns.options[row]]
    if not carrying:
        told = "not one segment with options"
        syns = [sighting.syns_of(end) for end in (sighting.client, sighting.server)]
        if all(syns):  # whether they should have some, others say
            return sighting.finding(Verdict.PASS, expected, told, *sighting.segments)
        return sighting.absent(expected, told)
    for row in carrying:
        raw, listed = columns.options[row] or b"", columns.segment(row).options or ()
        ended = listed[-1].kind == END_OF_LIST
        padding = raw[len(tcp_options.encode(listed)) :]
        if any(padding) or (not ended and len(raw) % WORD_BYTES):
            observed = f"{len(raw)} bytes that end in {raw[-WORD_BYTES:].hex(' ')}"
            return sighting.finding(Verdict.FAIL, expected, observed, columns.segment(row))
    lengths = sorted({len(columns.options[row] or b"") for row in carrying})
    observed = f"{', '.join(map(str, lengths))} bytes"
    return sighting.finding(
        Verdict.PASS, expected, observed, *(columns.segment(row) for row in carrying)
    )
