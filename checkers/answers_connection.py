"""Right answers that one connection of a capture holds.

The first line of a docstring is the answer. Each takes a sighting and returns a Right, or a
Finding that says why there is none.
"""

from captures import options as tcp_options
from captures.notation import OPTION_WORDS
from captures.segment import MSS, SEQUENCE_SPACE, Option, Segment
from checkers.finding import Finding
from checkers.parties import is_host
from checkers.right import Answer, Kind, Which, find, of_kind, right
from checkers.sighting import Sighting, following

FLAG_WORDS = ("FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR")


def isn(sighting: Sighting, host: str) -> Answer:
    """The initial sequence number of the host: that of its SYN."""
    syn = find(sighting, Which(host, "syn"))
    return syn if isinstance(syn, Finding) else right(sighting, syn.seq, syn)


def seq(
    sighting: Sighting, host: str, segment: Kind, nth: int = 1, relative_to: str | None = None
) -> Answer:
    """The sequence number of the host's segment, as it is or relative to a host's ISN."""
    found = find(sighting, Which(host, segment, nth))
    if isinstance(found, Finding):
        return found
    return _relative(sighting, found.seq, found, relative_to)


def ack(
    sighting: Sighting, host: str, segment: Kind, nth: int = 1, relative_to: str | None = None
) -> Answer:
    """The acknowledgment number of the host's segment, as it is or relative to a host's ISN."""
    found = find(sighting, Which(host, segment, nth))
    if isinstance(found, Finding):
        return found
    return _relative(sighting, found.ack, found, relative_to)


def fin_acknowledged(sighting: Sighting, host: str) -> Answer:
    """The acknowledgment number that answers the host's FIN, relative to the host's ISN."""
    fin = find(sighting, Which(host, "fin"))
    if isinstance(fin, Finding):
        return fin
    wanted = fin.following
    if wanted is None:
        return right(sighting, None, fin)
    for each in sighting.segments:
        if each.frame > fin.frame and each.source != fin.source and each.ack == wanted:
            return _relative(sighting, wanted, each, host)
    return sighting.absent(f"an ACK of the FIN of {host}", "no such ACK", fin)


def sender(sighting: Sighting, segment: Kind, nth: int = 1) -> Answer:
    """The host that sent the nth segment of this kind, whichever end that is."""
    found = of_kind(sighting, segment)
    place = nth - 1 if nth > 0 else len(found) + nth
    if not 0 <= place < len(found):
        return sighting.absent(f"{segment} number {nth}", f"{len(found)} of them")
    return right(sighting, sighting.host(found[place].source), found[place])


def flags(sighting: Sighting, host: str, segment: Kind, nth: int = 1) -> Answer:
    """The flags of the host's segment."""
    found = find(sighting, Which(host, segment, nth))
    if isinstance(found, Finding):
        return found
    words = tuple(name for bit, name in enumerate(FLAG_WORDS) if found.flags & (1 << bit))
    return right(sighting, words, found)


def interval(sighting: Sighting, start: Which, end: Which) -> Answer:
    """The time from one segment to another."""
    first, last = find(sighting, start), find(sighting, end)
    if isinstance(first, Finding):
        return first
    if isinstance(last, Finding):
        return last
    timed = sighting.vantage.capture.timed
    return right(sighting, last.time_ns - first.time_ns if timed else None, first, last)


def count(
    sighting: Sighting, segment: Kind, host: str | None = None, after: Which | None = None
) -> Answer:
    """How many segments of this kind came, from a host or from both, after a segment or in all."""
    found = of_kind(sighting, segment, host)
    if after is not None:
        since = find(sighting, after)
        if isinstance(since, Finding):
            return since
        found = [each for each in found if each.frame > since.frame]
    return right(sighting, len(found), *(found or sighting.segments[:1]))


def port(sighting: Sighting, host: str) -> Answer:
    """The port of the host's end."""
    for end in (sighting.client, sighting.server):
        if is_host(end, host, sighting.evidence.names):
            return right(sighting, end.port, sighting.segments[0])
    return sighting.absent(f"an end on {host}", "none")


def mss(sighting: Sighting, host: str) -> Answer:
    """The maximum segment size that the host announced in its SYN."""
    syn = find(sighting, Which(host, "syn"))
    if isinstance(syn, Finding):
        return syn
    if syn.options is None:
        return right(sighting, None, syn)
    announced = syn.option(MSS)
    if announced is None:
        return sighting.absent(f"an MSS option of {host}", "none", syn)
    return right(sighting, announced.value[0], syn)


def window(sighting: Sighting, host: str, segment: Kind, nth: int = 1) -> Answer:
    """The window of the host's segment as it stands in the header, not scaled."""
    found = find(sighting, Which(host, segment, nth))
    return found if isinstance(found, Finding) else right(sighting, found.window, found)


def options(sighting: Sighting, host: str) -> Answer:
    """The options in the host's SYN, in their order."""
    syn = find(sighting, Which(host, "syn"))
    if isinstance(syn, Finding):
        return syn
    words = None if syn.options is None else _words(syn.options)
    return right(sighting, words, syn)


def options_bytes(sighting: Sighting, host: str) -> Answer:
    """How many bytes of options the host's SYN has, padding included."""
    syn = find(sighting, Which(host, "syn"))
    if isinstance(syn, Finding):
        return syn
    if syn.options is None:
        return right(sighting, None, syn)
    listed = len(tcp_options.encode(syn.options))
    return right(sighting, -(-listed // 4) * 4, syn)  # the header's length counts words of 4 bytes


def largest(sighting: Sighting, host: str) -> Answer:
    """The most bytes of data in one segment of the host."""
    found = of_kind(sighting, "data", host)
    if not found:
        return sighting.absent(f"data of {host}", "none")
    cut = next((each for each in found if each.data is None), None)
    biggest = cut or max(found, key=lambda each: each.data or 0)
    return right(sighting, biggest.data, biggest)


def isn_step(sighting: Sighting, host: str) -> Answer:
    """How far the host's ISN in the pair's next connection is above this one's, modulo 2^32."""
    again = following(sighting)
    if again is None:
        return sighting.absent("a second connection of the same socket pair", "only one")
    first, second = find(sighting, Which(host, "syn")), find(again, Which(host, "syn"))
    if isinstance(first, Finding):
        return first
    if isinstance(second, Finding):
        return second
    if first.seq is None or second.seq is None:
        return right(sighting, None, first, second)
    return right(sighting, (second.seq - first.seq) % SEQUENCE_SPACE, first, second)


def _relative(sighting: Sighting, number: int | None, shown: Segment, host: str | None) -> Answer:
    """A sequence number, less the ISN of a host where one is given."""
    if host is None or number is None:
        return right(sighting, number, shown)
    syn = find(sighting, Which(host, "syn"))
    if isinstance(syn, Finding):
        return syn
    if syn.seq is None:
        return right(sighting, None, syn, shown)
    return right(sighting, (number - syn.seq) % SEQUENCE_SPACE, shown)


def _words(options: tuple[Option, ...]) -> tuple[str, ...]:
    return tuple(OPTION_WORDS.get(option.kind, f"opt-{option.kind}") for option in options)
