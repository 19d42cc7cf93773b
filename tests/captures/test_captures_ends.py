"""The ends of flows, made from the bytes of packets when they are asked for."""

import pytest

from captures.ends import Ends, reverse
from captures.segment import Endpoint

KEY = bytes([10, 0, 0, 1, 10, 0, 0, 2]) + b"\x04\x0d\0\x09"
CLIENT, SERVER = Endpoint("10.0.0.1", 1037), Endpoint("10.0.0.2", 9)


def test_each_flow_has_its_ends_and_the_next_one_runs_the_other_way() -> None:
    ends = Ends()
    ends.keys += [KEY, bytes(32) + b"\0\x01\0\x02"]
    assert len(ends) == 4
    assert [*ends] == [
        (CLIENT, SERVER),
        (SERVER, CLIENT),
        (Endpoint("::", 1), Endpoint("::", 2)),
        (Endpoint("::", 2), Endpoint("::", 1)),
    ]
    assert ends[1] == (SERVER, CLIENT)
    with pytest.raises(IndexError):
        ends[4]


def test_reverse() -> None:
    assert reverse(KEY) == bytes([10, 0, 0, 2, 10, 0, 0, 1]) + b"\0\x09\x04\x0d"
    assert reverse(reverse(KEY)) == KEY
