"""Mutations: each differs in one thing, says which, and leaves the original alone."""

from hypothesis import given
from msgspec.structs import fields, replace

from captures.mutations import delayed, mutations
from captures.segment import MSS, NOP, Option, Segment
from tests.captures.strategies import conversations
from tests.checkers.checkers_samples import segments

MILLISECOND_NS = 1_000_000


@given(conversations())
def test_each_mutation_differs_in_one_segment(observed: list[Segment]) -> None:
    before = [replace(segment) for segment in observed]
    for mutation in mutations(observed):
        changed = list(mutation.segments)
        assert changed != observed
        if mutation.kind == "lost":
            assert len(changed) == len(observed) - 1
        elif mutation.kind == "doubled":
            assert changed[mutation.place] == changed[mutation.place + 1]
        elif mutation.kind == "swapped":
            assert [each.time_ns for each in changed] == [each.time_ns for each in observed]
        else:
            pairs = zip(observed, changed, strict=True)
            differing = [place for place, (one, two) in enumerate(pairs) if one != two]
            assert differing == [mutation.place]
            assert _fields(observed[mutation.place], changed[mutation.place])
        assert f"{observed[mutation.place].frame}" in mutation.what
    assert observed == before


def _fields(one: Segment, two: Segment) -> bool:
    """Whether one field differs, or the ACK flag together with its number."""
    names = {f.name for f in fields(Segment) if getattr(one, f.name) != getattr(two, f.name)}
    return len(names) == 1 or names == {"flags", "ack"}


@given(conversations())
def test_mutations_are_all_different(observed: list[Segment]) -> None:
    seen = [(each.kind, each.place, each.what) for each in mutations(observed)]
    assert len(seen) == len(set(seen))
    assert {place for _, place, _ in seen} == set(range(len(observed)))


def test_unknown_fields_stay_unknown_and_padding_stays() -> None:
    (syn, *_) = segments()
    syn = replace(syn, seq=None, window=None, options=(Option(NOP), Option(MSS, (1024,))))
    kinds = [(each.kind, each.what) for each in mutations([syn])]
    assert not [kind for kind, _ in kinds if kind in ("seq", "window", "ack")]
    assert [what for kind, what in kinds if kind == "options"] == ["frame 1: without option 2"]
    assert [what for kind, what in kinds if kind == "mss"] == ["frame 1: MSS 1024 becomes 1025"]


def test_a_delay_moves_all_that_follows() -> None:
    observed = segments()
    late = delayed(observed, 3, 7 * MILLISECOND_NS).segments
    assert late[3].time_ns - late[2].time_ns == 7 * MILLISECOND_NS
    assert late[4].time_ns - late[3].time_ns == observed[4].time_ns - observed[3].time_ns
    assert late[:3] == tuple(observed[:3])
