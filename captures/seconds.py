"""Seconds in decimals, as a listing prints them, to integer nanoseconds and back, exactly."""

import re

from captures.errors import CaptureError

DECIMAL = r"(-?)([0-9]{1,12})(?:\.([0-9]{1,9}))?"
SECOND_NS = 1_000_000_000


def parse(text: str) -> tuple[int, int]:
    """`0.0024` as (2400000, 4): nanoseconds, and the decimals printed. Raises CaptureError."""
    match = re.fullmatch(DECIMAL, text)
    if match is None:
        raise CaptureError(f"expected seconds such as 0.002402, found {text[:60]!r}")
    sign, whole, fraction = match[1], match[2], match[3] or ""
    size_ns = int(whole) * SECOND_NS + int(fraction.ljust(9, "0"))
    return -size_ns if sign else size_ns, len(fraction)


def text(time_ns: int, decimals: int) -> str:
    """Nanoseconds as seconds with 1 to 9 decimals, rounded half up."""
    unit_ns = 10 ** (9 - decimals)
    units = (abs(time_ns) + unit_ns // 2) // unit_ns
    whole, fraction = divmod(units, 10**decimals)
    sign = "-" if time_ns < 0 and units else ""
    return f"{sign}{whole}.{fraction:0{decimals}}"
