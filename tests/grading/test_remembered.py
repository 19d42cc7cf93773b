"""What is remembered: the same results as the function's, of no more arguments than is said."""

from grading.remembered import LONGEST, Remembered


class Made:
    """A function that notes what it was asked for."""

    def __init__(self, most: int) -> None:
        self.asked: list[int] = []
        self.halves = Remembered(self._half, most)

    def _half(self, number: int) -> int:
        self.asked.append(number)
        return number // 2


def test_a_result_is_made_once_and_is_its_arguments_own() -> None:
    made = Made(most=10)
    assert [made.halves[number] for number in (4, 6, 4, 6)] == [2, 3, 2, 3]
    assert made.asked == [4, 6]


def test_no_more_are_held_than_twice_as_many() -> None:
    made = Made(most=10)
    for number in range(1, 1000):
        assert made.halves[number] == number // 2
        assert made.halves[0] == 0  # what is asked for again and again stays, false or not
        assert len(made.halves) <= 10
    assert made.asked.count(0) == 1
    assert made.halves[1] == 0
    assert made.asked.count(1) == 2  # what isn't asked for is forgotten


def test_what_was_asked_for_last_is_there_when_there_are_too_many() -> None:
    made = Made(most=1)
    for number in (4, 6, 4):
        assert made.halves[number] == number // 2
    assert made.asked == [4, 6]


def test_no_long_text_is_held() -> None:
    doubled: Remembered[str, str] = Remembered(lambda text: text * 2)
    for text in ("a" * LONGEST, "b" * (LONGEST + 1)):
        assert doubled[text] == text * 2
    assert [*doubled] == ["a" * LONGEST]
