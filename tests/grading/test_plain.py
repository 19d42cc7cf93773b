"""Text of strangers is harmless, one by one or several at once."""

import pytest

from grading.plain import LONGEST, plain, plains


@pytest.mark.parametrize(
    "texts",
    [
        (),
        ("",),
        ("a", "b"),
        ("a", "b\x1b[31m", "c"),
        ("a" * LONGEST, "b"),
        ("a" * (LONGEST + 1), "b"),
        ("\u202e", "\n"),
    ],
)
def test_several_texts_are_each_made_plain(texts: tuple[str, ...]) -> None:
    assert plains(*texts) == tuple(plain(text) for text in texts)
