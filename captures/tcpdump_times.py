"""The times that tcpdump prints, in each of its forms, to integer nanoseconds.

    22:13:34.000100             of the day (no -t option)
    1700000014.000100           since the epoch (-tt)
    ` 00:00:07.000100`          since the packet before (-ttt) or the first (-ttttt), in one form
    2023-11-14 22:13:34.000100  with the date (-tttt)

Source: tcpdump 4.99, util-print.c. Local time is taken for UTC: the zone isn't printed.
"""

import re
from collections.abc import Callable, Sequence
from datetime import date
from itertools import accumulate, pairwise

from captures.errors import CaptureError
from captures.notation import excerpt

SECOND_NS = 1_000_000_000
LATEST_NS = 2**63 - 1  # in April 2262
DAY_NS = 86_400 * SECOND_NS
CLOCK = r"\d\d\d?\d?:\d\d:\d\d\.\d{1,9}"
TIME = rf"(?:\d{{4}}-\d\d-\d\d {CLOCK}|[ -]?{CLOCK}|\d{{1,11}}\.\d{{1,9}})"

DATED = re.compile(r"(\d{4})-(\d\d)-(\d\d) (.*)", re.ASCII)
SINCE = re.compile(r"[ -]\d", re.ASCII)
OF_DAY = re.compile(r"\d\d:", re.ASCII)
EPOCH = re.compile(r"\d+\.", re.ASCII)


def times_ns(printed: Sequence[tuple[int, str]]) -> tuple[list[int], bool]:
    """Times of packets, each printed on a line, in ns, and whether they mean anything.

    They don't where there are none (''), and where one can't tell times since the packet before
    from times since the first: both are printed alike, and either may rise from line to line.
    Raises CaptureError where a line's form isn't that of the first.
    """
    if not printed:
        return [], True
    form = _form(printed[0][1])
    for line, text in printed:
        if _form(text) is not form:
            raise CaptureError(
                f"line {line}: the time {excerpt(text)} has another form than on "
                f"line {printed[0][0]}: print all with the same options"
            )
    found, timed = form([_checked(line, text) for line, text in printed])
    for (line, _), time_ns in zip(printed, found, strict=True):
        if abs(time_ns) > LATEST_NS:
            raise CaptureError(f"line {line}: no capture is of so far a time")
    return found, timed


Form = Callable[[list[str]], tuple[list[int], bool]]


def _form(text: str) -> Form:
    forms: tuple[tuple[re.Pattern[str], Form], ...] = (
        (DATED, _dated),
        (SINCE, _since),
        (OF_DAY, _of_day),
        (EPOCH, _epoch),
    )
    return next((form for pattern, form in forms if pattern.match(text)), _none)


def _checked(line: int, text: str) -> str:
    dated = DATED.fullmatch(text)
    if dated:
        try:
            date(int(dated[1]), int(dated[2]), int(dated[3]))
        except ValueError as error:
            raise CaptureError(f"line {line}: {text[:10]} is no day: {error}") from error
    return text


def _none(texts: list[str]) -> tuple[list[int], bool]:
    return [0] * len(texts), False


def _epoch(texts: list[str]) -> tuple[list[int], bool]:
    return [_decimal_ns(text) for text in texts], True


def _dated(texts: list[str]) -> tuple[list[int], bool]:
    epoch = date(1970, 1, 1)
    days = [(date.fromisoformat(text[:10]) - epoch).days for text in texts]
    clocks_ns = [_clock_ns(text[11:]) for text in texts]
    return [day * DAY_NS + of_day for day, of_day in zip(days, clocks_ns, strict=True)], True


def _of_day(texts: list[str]) -> tuple[list[int], bool]:
    """Times since the first day's midnight: one that falls by half a day is of the next day."""
    clocks_ns = [_clock_ns(text) for text in texts]
    falls = (before - after > DAY_NS // 2 for before, after in pairwise(clocks_ns))
    days = accumulate(falls, initial=0)
    return [day * DAY_NS + of_day for day, of_day in zip(days, clocks_ns, strict=True)], True


def _since(texts: list[str]) -> tuple[list[int], bool]:
    """Times since the packet before, if one falls; since the first they never do."""
    printed_ns = [_clock_ns(text[1:]) * (-1 if text[0] == "-" else 1) for text in texts]
    summed_ns = list(accumulate(printed_ns))
    fall = any(after < before for before, after in pairwise(printed_ns))
    if fall or summed_ns == printed_ns:
        return summed_ns, True
    return _none(texts)


def _clock_ns(text: str) -> int:
    hours, minutes, rest = text.split(":")
    return (int(hours) * 3600 + int(minutes) * 60) * SECOND_NS + _decimal_ns(rest)


def _decimal_ns(text: str) -> int:
    whole, _, fraction = text.partition(".")
    return int(whole) * SECOND_NS + int(fraction.ljust(9, "0"))
