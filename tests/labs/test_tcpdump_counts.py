"""What tcpdump says of itself."""

import pytest

from labs.tcpdump import Counts, counts_in

IN_ONE_LINE = (
    "tcpdump: 3 packets captured, 4 packets received by filter, 0 packets dropped by kernel"
)
END = """
7 packets captured
9 packets received by filter
2 packets dropped by kernel
"""


@pytest.mark.parametrize(
    ("messages", "counts"),
    [
        ("", None),
        ("tcpdump: listening on eth0, link-type EN10MB (Ethernet)\n", None),
        ("7 packets captured\n9 packets received by filter\n", None),
        (END, Counts(7, 9, 2)),
        (
            "1 packet captured\n1 packet received by filter\n0 packets dropped by kernel",
            Counts(1, 1, 0),
        ),
        (
            IN_ONE_LINE,
            Counts(3, 4, 0),
        ),
        (
            "3 packets captured\n3 packets received by filter\n0 packets dropped by kernel\n" + END,
            Counts(7, 9, 2),
        ),
    ],
)
def test_the_last_counts_are_the_ones_that_hold(messages: str, counts: Counts | None) -> None:
    assert counts_in(messages) == counts
