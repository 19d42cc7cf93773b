"""Names of members: what leads out is refused, and a stranger's text is shown on one line."""

import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grading.members import (
    MemberError,
    judged_place,
    place_of,
    shown,
)


def test_a_stranger_s_text_is_shown_on_one_line() -> None:
    assert shown("a b\u00e9") == "a b\u00e9"
    assert shown("\x1b[31m\n\u202egpj.\ud800") == "\\u001b[31m\\u000a\\u202egpj.\\ud800"
    assert shown("n" * 5000) == "n" * 100 + "..."


def test_no_control_character_is_in_a_name() -> None:
    for character in map(chr, range(sys.maxunicode + 1)):
        if unicodedata.category(character) == "Cc":
            with pytest.raises(MemberError, match="a control character in its name"):
                place_of(f"a{character}b")


def test_what_moves_a_cursor_or_turns_letters_around_is_never_shown() -> None:
    for character in map(chr, range(sys.maxunicode + 1)):
        safe = unicodedata.category(character)[0] not in "CZ" or character == " "
        assert shown(character) == (character if safe else f"\\u{ord(character):04x}")


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("n" * 255, ""),
        ("n" * 256, "a name of more than 255 bytes"),
        ("/".join(["n" * 128] * 8), ""),
        ("/".join(["n" * 128] * 8 + ["n"]), "a path of 1024"),
        ("/".join("n" * 16), ""),
        ("/".join("n" * 17), "more than 16 folders deep"),
    ],
)
def test_a_name_of_the_greatest_length_is_taken(name: str, why: str) -> None:
    place, refused = judged_place(name)
    assert (place == name) is not bool(why)
    assert why in refused


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("run/pcap/bsdi-eth0.pcap", "run/pcap/bsdi-eth0.pcap"),
        ("run//./a", "run/a"),
        ("run\\a", "run/a"),
        (".a/.b", ".a/.b"),
        ("e\u0301", "\u00e9"),
        ("a/../b", ""),
        ("a/..", ""),
        ("C:a", ""),
        ("/a", ""),
        ("a\n", ""),
    ],
)
def test_an_ordinary_name_is_its_place(name: str, place: str) -> None:
    assert judged_place(name)[0] == place


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=40))
def test_no_name_leads_out(name: str) -> None:
    try:
        place = place_of(name)
    except MemberError:
        return
    base = Path("/base/of/ours")
    assert (base / place).resolve().is_relative_to(base)
    assert not {"", ".", ".."} & set(place.split("/"))
    assert place_of(place) == place


@given(st.text("./\\ab:C\x00\n", min_size=1, max_size=20))
def test_no_name_of_separators_leads_out(name: str) -> None:
    try:
        place = place_of(name)
    except MemberError:
        return
    assert (Path("/base") / place).resolve().is_relative_to("/base")
