"""The connections of a capture: a table in text, 80 columns, and the same as plain data."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

from captures import notation, seconds
from captures.connections import Connection
from captures.endings import ending
from captures.labels import WORDS, Label
from captures.names import Names
from captures.segment import FIN, MSS, SYN, Endpoint, Segment
from captures.states import Step, walk_connection
from checkers.evidence import Vantage
from checkers.parties import near
from languages.sentences import ENGLISH, Language
from languages.wrapping import padded, unpadded, wrapped

END_WIDTH = 20
INDENT = " " * 6
AGAIN = int(Label.RETRANSMISSION)
COLUMNS = ("no", "end", "ISN", "MSS", "segs", "bytes", "again", "state")


@dataclass(frozen=True, slots=True)
class End:
    """One end of a connection; None is 'the capture doesn't tell'.

    options: of its SYN, in the notation. bytes: of data, each counted once. again: segments with
    numbers that were captured before. state: the last one, and whether that is sure.
    """

    end: str
    isn: int | None
    mss: int | None
    options: str | None
    segments: int
    bytes: int
    again: int
    state: str
    sure: bool


@dataclass(frozen=True, slots=True)
class Summary:
    """One connection. lasted_ns: from its first segment to its last. labels: how many of each."""

    number: int
    client: End
    server: End
    first_frame: int
    lasted_ns: int
    ended: str
    labels: dict[str, int]
    lacks: int


def summary(connection: Connection, names: Names, near: set[Endpoint]) -> Summary:
    """What a connection was; near: the ends on the host that captured."""
    columns, rows = connection.columns, connection.rows
    labels = connection.labelled.labels
    states = {step.end: step for step in walk_connection(connection, near)}
    end = ending(connection)
    by = f" by {names.endpoint(end.by)}" if end.by else ""
    return Summary(
        number=connection.number,
        client=_end(connection, connection.client, names, states),
        server=_end(connection, connection.server, names, states),
        first_frame=columns.frame[rows[0]],
        lasted_ns=columns.time_ns[rows[-1]] - columns.time_ns[rows[0]],
        ended=end.how + by,
        labels=_counts(labels),
        lacks=sum(loss.size for loss in connection.labelled.losses),
    )


def _counts(labels: Sequence[int]) -> dict[str, int]:
    """How many segments have each label that any has."""
    found = Counter(labels)
    counts = {
        word: sum(count for label, count in found.items() if label & each)
        for each, word in WORDS.items()
    }
    return {word: count for word, count in counts.items() if count}


def _end(connection: Connection, end: Endpoint, names: Names, states: dict[Endpoint, Step]) -> End:
    columns = connection.columns
    sent = [
        (place, row)
        for place, row in enumerate(connection.rows)
        if columns.ends[columns.flow[row]][0] == end
    ]
    flags = [columns.flags[row] for _, row in sent]
    syn = next((columns.segment(row) for _, row in sent if columns.flags[row] & SYN), None)
    numbers = connection.labelled.numbers(columns.flow[sent[0][1]]) if sent else 0
    special = (syn is not None) + any(one & FIN for one in flags)
    labels = connection.labelled.labels
    step = states[end]
    return End(
        end=names.endpoint(end),
        isn=syn.seq if syn else None,
        mss=_mss(syn),
        options=None if syn is None or syn.options is None else notation.options_text(syn.options),
        segments=len(sent),
        bytes=max(0, numbers - special),
        again=sum(bool(labels[place] & AGAIN) for place, _ in sent),
        state=step.state,
        sure=step.sure,
    )


def _mss(syn: Segment | None) -> int | None:
    option = syn.option(MSS) if syn else None
    return option.value[0] if option else None


def table(
    vantage: Vantage, names: Names, longest: int, language: Language = ENGLISH
) -> Iterator[str]:
    """The connections at one vantage point, two lines each and one that says more.

    Behind the first `longest` it says how many are left out.
    """
    connections = vantage.capture.connections
    yield from map(language, _head(vantage))
    if connections:
        yield _heading(language)
    for one in connections[:longest]:
        yield from _lines(summary(one, names, near(one, vantage.point, names)), language)
    if len(connections) > longest:
        yield language(
            f"{len(connections) - longest} connections more: --longest N shows N of them"
        )


def _heading(language: Language) -> str:
    number, end, *counts, state = (padded(language(word)) for word in COLUMNS)
    isn, mss, segments, data, again = counts
    return unpadded(
        f"{number:>5} {end:{END_WIDTH}} {isn:>10} {mss:>5} {segments:>6} {data:>9} "
        f"{again:>5}  {state}"
    )


def _head(vantage: Vantage) -> Iterator[str]:
    capture = vantage.capture
    count = f"{len(capture)} segments in {len(capture.connections)} connections"
    yield f"{vantage.point}: {count}" if vantage.point else count
    if vantage.drops:
        yield f"{vantage.drops} packet(s) are known to be missing"
    if capture.cut_short:
        yield "the file is cut short"


def _lines(one: Summary, language: Language) -> Iterator[str]:
    for number, end in ((f"{one.number}", one.client), ("", one.server)):
        name = end.end
        if len(name) > END_WIDTH:
            yield f"{number:>5} {name}"
            number, name = "", ""
        isn, mss = ("-" if value is None else str(value) for value in (end.isn, end.mss))
        state = end.state if end.sure else f"{end.state}?"
        yield (
            f"{number:>5} {name:{END_WIDTH}} {isn:>10} {mss:>5} {end.segments:>6} "
            f"{end.bytes:>9} {end.again:>5}  {state}"
        )
    yield from wrapped(_remarks(one, language), INDENT, INDENT)


def _remarks(one: Summary, language: Language) -> str:
    parts = [f"{one.ended} after {seconds.text(one.lasted_ns, 6)} s"]
    options = [end.options for end in (one.client, one.server)]
    parts.append("options " + " and ".join("unknown" if o is None else f"<{o}>" for o in options))
    if one.lacks:
        parts.append(f"{one.lacks} number(s) acknowledged that the capture lacks")
    labels = [f"{language(word)} ({count})" for word, count in one.labels.items()]
    first, second, *lacks = map(language, parts)
    return "; ".join([first, second, *labels, *lacks])


def document(vantage: Vantage, names: Names, longest: int | None) -> dict[str, object]:
    """The same as plain data; `left_out`: how many connections `longest` has left out."""
    connections = vantage.capture.connections
    shown = connections if longest is None else connections[:longest]
    return {
        "point": vantage.point,
        "segments": len(vantage.capture),
        "drops": vantage.drops,
        "cut_short": vantage.capture.cut_short,
        "connections": [
            asdict(summary(one, names, near(one, vantage.point, names))) for one in shown
        ],
        "left_out": len(connections) - len(shown),
    }
