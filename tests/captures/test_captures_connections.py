"""Segments grouped into connections: who is the client, and where the next one begins."""

from typing import Any

from captures import connections
from captures.reader import parse
from captures.segment import ACK, FIN, PSH, RST, SYN, Endpoint, Segment
from tests.captures import frames

CLIENT, SERVER = frames.SVR4, frames.BSDI
OTHER = Endpoint("140.252.13.33", 1090)


def there(flags: int, seq: int = 1, source: Endpoint = CLIENT) -> bytes:
    return frames.tcp(source, SERVER, flags=flags, seq=seq)


def back(flags: int, seq: int = 1) -> bytes:
    return frames.tcp(SERVER, CLIENT, flags=flags, seq=seq)


def group(*packets: bytes) -> list[connections.Connection]:
    return parse(frames.pcap(packets, link_type=101)).connections


def frame_numbers(found: list[connections.Connection]) -> list[list[int]]:
    return [[segment.frame for segment in one.segments] for one in found]


FINS = (there(FIN | ACK), back(FIN | ACK), there(ACK))


def test_the_client_is_the_sender_of_the_first_syn() -> None:
    (one,) = group(there(SYN), back(SYN | ACK), there(ACK))
    assert (one.number, one.client, one.server, len(one)) == (1, CLIENT, SERVER, 3)


def test_segments_are_segments_of_the_capture() -> None:
    capture = parse(frames.pcap([there(SYN), back(SYN | ACK)], link_type=101))
    assert capture.connections[0].segments == list(capture)
    assert isinstance(capture.segment(0), Segment)


def test_segments_and_labels_are_made_once() -> None:
    (one,) = group(there(SYN), back(SYN | ACK))
    assert one.segments is one.segments
    assert one.labelled is one.labelled


def test_other_segments_of_a_connection_are_labelled_anew() -> None:
    (one,) = group(back(SYN | ACK), there(ACK), there(ACK))
    assert (len(one.segments), len(one.labelled.labels)) == (3, 3)
    fewer = one.of(one.rows[:2])
    assert (len(fewer.segments), len(fewer.labelled.labels)) == (2, 2)
    assert (fewer.number, fewer.client, fewer.server) == (1, CLIENT, SERVER)


def test_without_a_syn_the_first_sender_is_the_client() -> None:
    (one,) = group(back(PSH | ACK), there(ACK))
    assert one.client == SERVER


def test_the_receiver_of_a_first_syn_ack_is_the_client() -> None:
    (one,) = group(back(SYN | ACK), there(ACK))
    assert one.client == CLIENT


def test_a_syn_after_strays_makes_the_client() -> None:
    (one,) = group(back(PSH | ACK), there(SYN))
    assert one.client == CLIENT


def test_a_simultaneous_open_is_one_connection() -> None:
    (one,) = group(there(SYN, 10), back(SYN, 20), there(SYN | ACK, 10), back(SYN | ACK, 20))
    assert one.client == CLIENT


def test_connections_come_in_the_order_of_their_first_segments() -> None:
    found = group(there(SYN, source=OTHER), there(SYN), there(ACK, source=OTHER), there(ACK))
    assert [one.client for one in found] == [OTHER, CLIENT]
    assert [one.number for one in found] == [1, 2]
    assert frame_numbers(found) == [[1, 3], [2, 4]]


def test_the_next_connection_of_a_pair_comes_behind_those_of_others() -> None:
    found = group(
        *(there(SYN, 10), back(SYN | ACK, 20), *FINS),
        *(there(SYN, source=OTHER), there(SYN, 11), there(ACK, source=OTHER)),
    )
    assert frame_numbers(found) == [[1, 2, 3, 4, 5], [6, 8], [7]]


def test_another_isn_after_both_fins_is_the_next_connection() -> None:
    found = group(there(SYN, 10), back(SYN | ACK, 20), *FINS, there(SYN, 11), back(SYN | ACK, 21))
    assert frame_numbers(found) == [[1, 2, 3, 4, 5], [6, 7]]


def test_another_isn_after_a_reset_is_the_next_connection() -> None:
    found = group(there(SYN, 10), back(RST | ACK), there(SYN, 11), back(RST | ACK))
    assert frame_numbers(found) == [[1, 2], [3, 4]]


def test_the_server_can_open_the_next_connection() -> None:
    found = group(there(SYN, 10), back(SYN | ACK, 20), *FINS, back(SYN, 30))
    assert [one.client for one in found] == [CLIENT, SERVER]


def test_a_retransmitted_syn_stays() -> None:
    assert len(group(there(SYN, 10), there(SYN, 10), back(RST | ACK), there(SYN, 10))) == 1


def test_another_isn_after_an_answer_is_the_next_connection_even_before_the_end() -> None:
    one_fin = (there(FIN | ACK), there(FIN | ACK))
    found = group(there(SYN, 10), back(SYN | ACK, 20), *one_fin, there(SYN, 11))
    assert frame_numbers(found) == [[1, 2, 3, 4], [5]]


def test_another_isn_that_nobody_answered_stays_for_the_checks_to_see() -> None:
    assert len(group(there(SYN, 10), there(SYN, 11), there(SYN, 11))) == 1


def test_another_isn_of_a_syn_ack_stays() -> None:
    assert len(group(there(SYN, 10), back(SYN | ACK, 20), back(SYN | ACK, 21))) == 1


def test_a_syn_after_a_half_seen_connection_is_the_next() -> None:
    found = group(there(PSH | ACK, 10), back(ACK), there(SYN, 10))
    assert frame_numbers(found) == [[1, 2], [3]]


def test_late_segments_of_an_ended_connection_stay() -> None:
    found = group(there(SYN, 10), back(SYN | ACK, 20), *FINS, back(FIN | ACK), there(ACK))
    assert len(found) == 1


class Counted(tuple[int, ...]):
    """A column that counts how often it is looked at."""

    looks = 0

    def __getitem__(self, row: Any) -> Any:
        self.looks += 1
        return super().__getitem__(row)


def test_a_flood_of_syns_with_other_isns_costs_the_same_each() -> None:
    columns = parse(frames.pcap([there(SYN, isn) for isn in range(500)], link_type=101)).columns
    flow = Counted(columns.flow)
    assert len(connections.group(columns._replace(flow=flow))) == 1
    assert flow.looks < 5 * len(flow)


def test_an_empty_capture_has_no_connections() -> None:
    assert group() == []
