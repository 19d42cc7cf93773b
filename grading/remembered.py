"""What a function makes of values, remembered: the end of a class is repetition, nearly all."""

from collections.abc import Callable, Hashable
from typing import TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

MOST = 1024  # of a kind: what a few students have, and with that what all of them have
LONGEST = 1000  # characters: longer texts are one submission's own, and strangers make them longer


class Remembered(dict[K, V]):
    """A pure function's results by its argument: `remembered[argument]`.

    Holds those that were asked for last: `most` of them at least, twice as many at most, and none
    of a long text. Finding one costs less than with `lru_cache`, which keeps an order.
    """

    def __init__(self, function: Callable[[K], V], most: int = MOST) -> None:
        super().__init__()
        self._function, self._most = function, most
        self._before: dict[K, V] = {}

    def __missing__(self, key: K) -> V:
        if isinstance(key, str) and len(key) > LONGEST:
            return self._function(key)
        found = self._before[key] if key in self._before else self._function(key)
        if len(self) >= self._most:
            self._before = dict(self)
            self.clear()
        self[key] = found
        return found
