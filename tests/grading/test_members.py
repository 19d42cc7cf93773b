"""Names of members: what leads out is refused, and a stranger's text is shown on one line."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from grading.members import (
    MemberError,
    place_of,
    shown,
)


def test_a_stranger_s_text_is_shown_on_one_line() -> None:
    assert shown("a b\u00e9") == "a b\u00e9"
    assert shown("\x1b[31m\n\u202egpj.\ud800") == "\\u001b[31m\\u000a\\u202egpj.\\ud800"
    assert shown("n" * 5000) == "n" * 100 + "..."


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
