"""Each label by a hand-made connection, with its near misses; and what no label may depend on."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from captures.connections import Connection
from captures.labelling import seamless
from captures.labels import Label, words
from captures.reader import parse
from captures.segment import ACK, FIN, MSS, PSH, RST, SYN, WINDOW_SCALE, Option, Segment
from tests.captures import frames
from tests.captures.strategies import conversations
from tests.captures.troubled import troubled

J, K = 1000, 5000  # the ISNs of client and server
OFFER = (Option(MSS, (100,)),)


def sent(
    client: bool,
    flags: int,
    seq: int,
    ack: int | None = None,
    size: int = 0,
    window: int = 1000,
    options: tuple[Option, ...] = (),
) -> Segment:
    """A segment, numbers relative to the ISNs; frame and time come from its place."""
    ends = (frames.SVR4, frames.BSDI) if client else (frames.BSDI, frames.SVR4)
    own, other = (J, K) if client else (K, J)
    number = None if ack is None else (other + ack) % 2**32
    return Segment(0, 0, *ends, flags, (own + seq) % 2**32, number, size, window, options, 0)


def c(seq: int, ack: int, size: int = 0, window: int = 1000, flags: int = ACK) -> Segment:
    return sent(True, flags, seq, ack, size, window)


def s(seq: int, ack: int, size: int = 0, window: int = 1000, flags: int = ACK) -> Segment:
    return sent(False, flags, seq, ack, size, window)


SYN_C = sent(True, SYN, 0, options=OFFER)
SYN_S = sent(False, SYN | ACK, 0, 1, options=OFFER)
OPEN = (SYN_C, SYN_S, c(1, 1))


def connection(observed: Sequence[Segment], gap_ns: int = 10_000_000) -> Connection:
    placed = [
        replace(one, frame=place, time_ns=one.time_ns or place * gap_ns)
        for place, one in enumerate(observed, 1)
    ]
    (only,) = parse(frames.pcap_of(placed)).connections
    return only


def labels(*observed: Segment) -> list[str]:
    return ["; ".join(words(each)) for each in connection(observed).labelled.labels]


def last(*observed: Segment) -> str:
    """The label of the last segment behind a handshake; those before it have none."""
    *before, final = labels(*OPEN, *observed)
    assert not any(before), before
    return final


def losses(*observed: Segment) -> list[tuple[int, int]]:
    """First number, relative to its ISN if it is the server's or the client's, and how many."""
    found = connection(observed)
    assert [*found.losses] == [*found.labelled.losses]
    return [(loss.first - (K if loss.first >= K else J), loss.size) for loss in found.losses]


def test_an_ordinary_connection_has_no_labels() -> None:
    fins = (c(11, 1, flags=FIN | ACK), s(1, 12), s(1, 12, flags=FIN | ACK), c(12, 2))
    assert last(c(1, 1, 10), s(1, 11), *fins) == ""
    found = connection([*OPEN, c(1, 1, 10)]).labelled
    assert (found.numbers(0), found.numbers(1)) == (11, 1)


@pytest.mark.parametrize(
    ("again", "label"),
    [
        (c(1, 1, 10), "retransmission"),
        (c(1, 1, 5), "retransmission"),
        (c(6, 1, 5), "retransmission"),
        (c(11, 1, 10), ""),
        (c(1, 1, 15), "retransmission; partly new"),
        (c(6, 1, 10), "retransmission; partly new"),
        (c(1, 1, 10, flags=FIN | ACK), "retransmission; partly new"),
    ],
)
def test_numbers_that_were_captured_before_are_a_retransmission(again: Segment, label: str) -> None:
    assert last(c(1, 1, 10), again) == label


def test_a_syn_and_a_fin_can_be_sent_again() -> None:
    assert labels(SYN_C, SYN_C, SYN_S, SYN_S) == [
        *("", "retransmission", "", "retransmission"),
    ]
    fin = c(1, 1, flags=FIN | ACK)
    assert last(fin, replace(fin)) == "retransmission"


def test_a_retransmission_of_what_was_acknowledged_is_spurious() -> None:
    assert last(c(1, 1, 10), s(1, 11), c(1, 1, 10)) == "spurious retransmission"
    assert last(c(1, 1, 10), s(1, 6), c(1, 1, 10)) == "retransmission"


def test_three_duplicate_acks_start_a_fast_retransmission() -> None:
    data = [c(1, 1, 10), s(1, 11), c(11, 1, 10), c(21, 1, 10)]
    for copies, label in ((3, "fast retransmission"), (2, "retransmission")):
        found = labels(*OPEN, *data, *[s(1, 11)] * copies, c(11, 1, 10))
        assert found[-1 - copies :] == ["duplicate ACK"] * copies + [label]
    assert labels(*OPEN, *data, *[s(1, 11)] * 3, c(21, 1, 10))[-1] == "retransmission"


def test_a_copy_right_behind_the_first_is_a_duplicate() -> None:
    data = c(1, 1, 10)
    for gap_ns, label in ((999_999, "duplicate"), (1_000_000, "retransmission")):
        copy = replace(data, time_ns=40_000_000 + gap_ns)
        assert last(data, copy) == label
    other = replace(data, time_ns=40_000_001, window=999)
    assert last(data, other) == "retransmission"


def test_numbers_that_fill_a_gap_are_out_of_order() -> None:
    found = labels(*OPEN, c(11, 1, 10), c(1, 1, 10), c(21, 1, 10))
    assert found[3:] == ["after a gap", "out of order", ""]
    found = labels(*OPEN, c(11, 1, 10), c(1, 1, 20))
    assert found[3:] == ["after a gap", "retransmission; partly new; out of order"]


def test_a_pure_ack_shows_a_gap_before_it() -> None:
    assert last(c(11, 1)) == "after a gap"


def test_what_is_acknowledged_and_never_captured_is_lost() -> None:
    lost = [*OPEN, c(11, 1, 10), s(1, 21)]
    assert labels(*lost)[3:] == ["after a gap", ""]
    assert losses(*lost) == [(1, 10)]
    assert losses(*lost[:4], s(1, 6)) == [(1, 5)]
    assert losses(*lost[:4], s(1, 1)) == []
    assert losses(*lost, c(1, 1, 4)) == [(5, 6)]
    assert losses(*lost, c(1, 1, 10)) == []


def test_an_ack_of_data_that_is_not_there() -> None:
    assert last(s(1, 11)) == "ACK of data not captured"
    assert losses(*OPEN, s(1, 11)) == [(1, 10)]
    assert losses(*OPEN, s(1, 11), c(1, 1, 10)) == []
    assert last(s(1, 1)) == ""


def test_a_fin_that_is_acknowledged_and_not_there_is_lost() -> None:
    assert losses(*OPEN, s(1, 2), s(1, 2, flags=FIN | ACK), c(2, 2)) == [(1, 1)]


def test_a_syn_ack_that_is_acknowledged_and_not_there_is_lost() -> None:
    assert losses(SYN_C, c(1, 1)) == [(0, 1)]


def test_what_comes_before_a_capture_is_not_lost() -> None:
    middle = [s(501, 1, 10), c(1, 511), s(401, 1, 10), s(511, 1, 10), c(1, 521)]
    assert labels(*middle) == ["", "", "out of order", "", ""]
    assert losses(*middle) == []
    assert losses(SYN_S, c(1, 1)) == []
    # The first ACK may be of data before the capture's beginning, and overtake some after it.
    assert losses(c(1, 100), s(500, 1, 10), c(1, 510)) == []


def test_after_a_reset_an_odd_ack_proves_nothing() -> None:
    reset = sent(True, RST, 1)
    assert losses(*OPEN, reset, s(1, 11)) == []
    assert losses(*OPEN, s(1, 11), reset) == [(1, 10)]


def test_duplicate_acks_are_those_of_rfc_5681() -> None:
    data = [c(1, 1, 10), s(1, 11), c(11, 1, 10)]
    assert last(*data, s(1, 11)) == "duplicate ACK"
    assert last(*data, s(1, 11, window=999)) == ""
    assert last(*data, s(1, 11, 5)) == ""
    assert last(*data, s(1, 21)) == ""
    assert last(*data, s(1, 11, flags=FIN | ACK)) == ""
    assert last(*data[:2], s(1, 11)) == ""  # nothing is outstanding


@pytest.mark.parametrize("size", [0, 1])
def test_keep_alives(size: int) -> None:
    data = [*OPEN, c(1, 1, 10), s(1, 11)]
    found = labels(*data, c(10, 1, size), s(1, 11), s(1, 11))
    assert found[5:] == ["keep-alive", "answer to keep-alive", ""]
    assert labels(*data, c(10, 1, 2))[-1] == "retransmission; partly new"
    assert labels(*data, c(11, 1, size))[-1] == ""


def test_a_byte_that_is_not_acknowledged_yet_is_no_keep_alive() -> None:
    assert last(c(1, 1, 1), c(1, 1, 1)) == "retransmission"


def test_an_ack_that_was_overtaken_is_no_keep_alive() -> None:
    """The server acknowledges data, and then sends a FIN, which comes first."""
    fin, ack = s(1, 11, flags=FIN | ACK), s(1, 11, window=900)
    assert last(c(1, 1, 10), fin, ack) == ""
    assert labels(*OPEN, c(1, 1, 10), fin, ack, c(11, 2))[-1] == ""  # it answers no keep-alive


@pytest.mark.parametrize(("window", "label"), [(1000, "keep-alive"), (0, "window probe")])
def test_without_a_byte_it_asks_only_where_all_is_acknowledged(window: int, label: str) -> None:
    data, asks = c(1, 1, 10), c(10, 1)
    assert labels(*OPEN, data, s(1, 11, window=window), asks)[-1] == label
    assert labels(*OPEN, data, s(1, 10, window=window), asks)[-1] == ""


def test_a_zero_window_its_probes_and_their_answers() -> None:
    shut = [*OPEN, c(1, 1, 10), s(1, 11, window=0)]
    assert labels(*shut)[-1] == "zero window"
    probed = labels(*shut, c(11, 1, 1), s(1, 11, window=0), c(11, 1, 1), s(1, 12))
    assert probed[5:] == [
        "window probe",
        "answer to window probe; zero window",
        "window probe",
        "",
    ]
    assert labels(*shut, c(10, 1))[-1] == "window probe"
    assert labels(*shut, c(11, 1, 2))[-1] == ""  # it was allowed before the window was taken back
    narrow = [SYN_C, replace(SYN_S, window=10), *shut[2:]]
    assert labels(*narrow, c(11, 1, 2))[-1] == "beyond the window"
    assert labels(*shut, s(1, 11), c(11, 1, 1))[5:] == ["", ""]
    assert losses(*shut, c(11, 1, 1), s(1, 12), c(12, 1, 5)) == []


def test_the_window_of_a_reset_means_nothing() -> None:
    assert last(sent(False, RST | ACK, 1, 1, window=0)) == ""


@pytest.mark.parametrize(
    ("size", "label"), [(29, ""), (30, "window full"), (31, "beyond the window")]
)
def test_a_window_that_is_full_or_overrun(size: int, label: str) -> None:
    offered = replace(SYN_S, window=30)
    assert labels(SYN_C, offered, c(1, 1), c(1, 1, size))[-1] == label


def test_a_window_that_was_taken_back_convicts_nobody() -> None:
    assert last(c(1, 1, 10), s(1, 11, window=5), c(11, 1, 50)) == ""


def test_windows_count_only_where_the_scale_is_known() -> None:
    scaled = [replace(one, options=(Option(WINDOW_SCALE, (2,)),)) for one in (SYN_C, SYN_S)]
    small = s(1, 1, window=10)
    assert labels(*scaled, c(1, 1), small, c(1, 1, 40))[-1] == ""
    middle = [s(1, 1, 1, window=10), c(1, 2, 40)]
    assert labels(*middle) == ["", ""]
    one_sided = [scaled[0], replace(SYN_S, window=10)]
    assert labels(*one_sided, c(1, 1), c(1, 1, 10))[-1] == "window full"
    both = [scaled[0], replace(scaled[1], window=10)]
    assert labels(*both, c(1, 1), s(1, 1, 1, window=10), c(1, 2, 40))[-1] == "window full"


@pytest.mark.parametrize(("size", "label"), [(100, ""), (101, "larger than the MSS")])
def test_a_segment_larger_than_the_mss(size: int, label: str) -> None:
    assert last(c(1, 1, size)) == label


def test_without_an_mss_option_it_is_536_and_without_a_syn_unknown() -> None:
    plain = [replace(one, options=(), window=5000) for one in (SYN_C, SYN_S)]
    assert labels(*plain, c(1, 1), c(1, 1, 536), c(537, 1, 537))[3:] == ["", "larger than the MSS"]
    assert labels(c(1, 1, 900), s(1, 901)) == ["", ""]


def test_isns_that_contradict_each_other() -> None:
    assert labels(SYN_C, sent(False, SYN | ACK, 0, 2))[-1] == "wrong ISN"
    assert labels(SYN_C, SYN_S, sent(False, SYN | ACK, 1, 1))[-1] == "wrong ISN"
    # A host that knows only an older connection answers a SYN with what it expects (half-open).
    assert labels(SYN_C, s(900, 700), s(900, 700)) == ["", "wrong ISN", "wrong ISN"]
    assert losses(SYN_C, s(900, 700)) == []
    assert labels(SYN_C, s(1, 1)) == ["", ""]


def test_a_simultaneous_open_sends_nothing_again() -> None:
    syns = [sent(True, SYN, 0), sent(False, SYN, 0)]
    answers = [sent(True, SYN | ACK, 0, 1), sent(False, SYN | ACK, 0, 1)]
    assert labels(*syns, *answers) == ["", "", "", ""]
    assert labels(*syns, *answers, answers[0])[-1] == "spurious retransmission"


def test_a_half_closed_connection_goes_on() -> None:
    assert last(c(1, 1, flags=FIN | ACK), s(1, 2), s(1, 2, 50), c(2, 51), s(51, 2, 50)) == ""


def test_a_listing_that_prints_no_seq_is_labelled_by_what_it_prints() -> None:
    text = (
        "1 0.0 a.1024 > b.9: S 100:100(0) win 1000\n"
        "2 0.1 b.9 > a.1024: S 500:500(0) ack 101 win 1000\n"
        "3 0.2 a.1024 > b.9: . ack 501 win 1000\n"
        "4 0.3 a.1024 > b.9: P 101:111(10) ack 501 win 1000\n"
        "5 1.3 a.1024 > b.9: P 101:111(10) ack 501 win 1000\n"
        "6 1.4 b.9 > a.1024: . ack 121 win 1000\n"
    )
    (one,) = parse(text.encode()).connections
    assert [words(each) for each in one.labelled.labels[3:]] == [
        *([], ["retransmission"], ["ACK of data not captured"]),
    ]


def shifted(observed: Sequence[Segment], by: tuple[int, int]) -> list[Segment]:
    """The same with other ISNs: what each end's numbers are moved by."""

    def move(one: Segment) -> Segment:
        own, other = by if one.source == frames.SVR4 else by[::-1]
        ack = None if one.ack is None else (one.ack + other) % 2**32
        return replace(one, seq=((one.seq or 0) + own) % 2**32, ack=ack)

    return [move(one) for one in observed]


@st.composite
def rough(draw: st.DrawFn) -> list[Segment]:
    """A conversation of which segments are lost, doubled and swapped."""
    observed = draw(conversations())
    for _ in range(draw(st.integers(0, 5))):
        place = draw(st.integers(0, len(observed) - 1))
        change = draw(st.sampled_from(["lose", "double", "swap"]))
        if change == "lose" and len(observed) > 1:
            del observed[place]
        elif change == "double":
            observed.insert(draw(st.integers(place, len(observed))), observed[place])
        else:
            other = draw(st.integers(0, len(observed) - 1))
            observed[place], observed[other] = observed[other], observed[place]
    return [replace(one, frame=n, time_ns=n * 10**7) for n, one in enumerate(observed, 1)]


@settings(max_examples=150)
@given(st.one_of(rough(), troubled(), conversations()), st.sets(st.integers(0, 30), max_size=2))
def test_losses_are_those_that_the_labels_tell(observed: list[Segment], cut: set[int]) -> None:
    left = [one for place, one in enumerate(observed) if place not in cut]
    for one in parse(frames.pcap_of(left)).connections:
        short = [*one.losses]
        assert short == [*one.labelled.losses]


def test_an_ordinary_connection_is_not_labelled_for_its_losses() -> None:
    rows = range(len(OPEN) + 3)
    ordinary = connection([*OPEN, c(1, 1, 10), s(1, 11), c(11, 1, flags=RST)])
    assert seamless(ordinary.columns, rows)
    for odd in (c(2, 1), c(1, 2), c(1, 1, window=0), s(1, 12)):
        assert not seamless(connection([*OPEN, c(1, 1, 10), s(1, 11), odd]).columns, rows)


def all_labels(observed: Sequence[Segment]) -> list[list[int]]:
    capture = parse(frames.pcap_of(observed))
    return [[*one.labelled.labels] for one in capture.connections]


@settings(max_examples=150)
@given(rough(), st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1)))
def test_labels_do_not_depend_on_the_isns(observed: list[Segment], by: tuple[int, int]) -> None:
    """So sequence numbers may wrap anywhere."""
    assert all_labels(shifted(observed, by)) == all_labels(observed)


@settings(max_examples=50)
@given(rough(), st.integers(1, 10**18))
def test_labels_do_not_depend_on_the_time(observed: list[Segment], by_ns: int) -> None:
    later = [replace(one, time_ns=(one.time_ns + by_ns) % (2**31 * 10**9)) for one in observed]
    if later[0].time_ns < later[-1].time_ns:
        assert all_labels(later) == all_labels(observed)


SUSPICIOUS = int(
    Label.RETRANSMISSION
    | Label.OUT_OF_ORDER
    | Label.AFTER_GAP
    | Label.ACKED_UNSEEN
    | Label.DUPLICATE_ACK
    | Label.ISN_MISMATCH
)


@settings(max_examples=150)
@given(conversations())
def test_a_lossless_exchange_is_never_suspected(observed: list[Segment]) -> None:
    """Every segment is acknowledged by the next of the other end, as in `conversations`."""
    capture = parse(frames.pcap_of(observed))
    for one in capture.connections:
        assert not any(label & SUSPICIOUS for label in one.labelled.labels)
    assert not capture.losses


def test_every_label_has_words() -> None:
    assert all(words(each) for each in Label)
    assert words(int(PSH) & 0) == []
