"""Whom names mean, in any writing; and what claims decide together."""

import unicodedata
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from grading.course import Student
from grading.roster import Phrases, Roster, words
from grading.submissions import Claim, decided
from tests.grading.classes import (
    COURSE,
    files_of,
    laid,
    run,
)


def test_a_phrase_inside_a_longer_one_does_not_count() -> None:
    phrases = Phrases([(words("mss"), "mss"), (words("mss-systems"), "mss-systems")])
    assert phrases.meant("lab 4: MSS_Systems (final).zip") == ("mss-systems",)
    assert phrases.meant("mss and mss-systems") == ("mss", "mss-systems")
    assert phrases.meant("mssx") == ()
    assert phrases.meant("") == ()


NAME = st.lists(
    st.text(st.characters(categories=["Lu", "Ll", "Lo"]), min_size=2, max_size=8),
    min_size=2,
    max_size=3,
    unique=True,
)


@given(NAME, st.sampled_from([" ", "_", "-", ", ", "  "]), st.sampled_from(["NFC", "NFD"]))
def test_a_full_name_is_found_in_any_writing(parts: list[str], between: str, form: str) -> None:
    name = " ".join(parts)
    student = type(COURSE.students["ahn"])("x1", name)
    roster = Roster({"x1": student})
    if len(words(name)) < 2:
        return
    for written in (name, between.join([*parts[-1:], *parts[:-1]]), name.upper()):
        text = unicodedata.normalize(form, written)  # type: ignore[arg-type]
        if sorted(words(text)) == sorted(words(name)):
            assert roster.named(f"hand-in of {text}, final") == ("x1",)


@given(st.text(max_size=60))
def test_no_name_breaks_the_roster(text: str) -> None:
    roster = Roster(COURSE.students)
    assert set(roster.named(text)) <= set(COURSE.students)
    assert set(roster.lastfirst(text)) <= set(COURSE.students)


@given(st.lists(st.sampled_from([(), ("ahn",), ("berg",), ("ahn", "berg")]), max_size=4))
def test_a_decision_contradicts_no_claim(named: list[tuple[str, ...]]) -> None:
    claims = [Claim("it", "text", students) for students in named]
    student, problem = decided(claims)
    assert (student is None) == bool(problem)
    if student:
        assert all(student in claim.students for claim in claims if claim.students)


def test_an_id_or_mail_address_is_known_in_any_writing() -> None:
    roster = Roster({"Ahn": Student("Ahn", "Ahn Jihoon", " Jose\u0301@example.org")})
    for text in ("ahn", "AHN ", "jos\u00e9@EXAMPLE.org", "jose\u0301@example.org"):
        assert roster.known(text) == "Ahn"
    assert roster.known("") is None


def test_helpers_lay_a_whole_run(tmp_path: Path) -> None:
    assert files_of(laid(tmp_path, run("mss"))) == set(run("mss"))
