"""What a function makes of values, remembered: the end of a class is repetition, nearly all."""

from collections.abc import Callable, Hashable
from typing import TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

MOST = 1024  # of a kind: what a few students have, and with that what all of them have


class Remembered(dict[K, V]):
    """A pure function's results by its argument: `remembered[argument]`, for keys that are small.

    Holds those that were asked for last: `most` of them at least, twice as many at most. Finding
    one costs less than with `lru_cache`, which keeps an order.
    """

    def __init__(self, function: Callable[[K], V], most: int = MOST) -> None:
        super().__init__()
        self._function, self._most = function, most
        self._before: dict[K, V] = {}

    def __missing__(self, key: K) -> V:
        found = self._before[key] if key in self._before else self._function(key)
        if len(self) >= self._most:
            self._before = dict(self)
            self.clear()
        self[key] = found
        return found
