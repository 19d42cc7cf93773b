"""What a lab's file says in each of its parts, made once for the values that stand there.

A part is an expectation, a question, or all that isn't one. Most have few places for values, or
none; so students share most of a lab, as long as each part is kept by its own values alone.
"""

from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import Any, Generic, NoReturn, TypeVar

from labs.catalog import variant
from labs.catalog.variant import Value, Values
from labs.catalog.yaml_file import YamlFile

# More than a part's values have combinations; and of what has a value that is anybody's, such as an
# Ethernet address, which comes once: what one submission asks for again.
MOST_KEPT, MOST_ONES_OWN = 256, 2

T = TypeVar("T")


class Part(Generic[T]):
    """A part of a file: the data below these places, each given by its steps.

    make: makes it of the file in which its values stand in their places. anybodys: the values of
    which every student may have another.
    """

    def __init__(
        self,
        file: YamlFile,
        make: Callable[[YamlFile], T],
        *places: Sequence[str | int],
        anybodys: Collection[str] = (),
    ) -> None:
        self._file = file
        self._make = make
        self._places = places
        self.names = _names([file.part(*steps) for steps in places])
        self._most_kept = MOST_KEPT if self.names.isdisjoint(anybodys) else MOST_ONES_OWN
        self._kept: dict[tuple[Value | None, ...], T] = {}

    def made(self, values: Values) -> T:
        """The part with these values; raises YamlFileError, with file and line."""
        own = tuple(map(values.get, self.names))
        if own not in self._kept:
            self._keep(own, self._make(self._filled(values)))
        return self._kept[own]

    def refuse(self, message: str, *steps: str | int) -> NoReturn:
        """Raise the YamlFileError that names the line of what stands in the part at these steps."""
        self._file.refuse(message, *self._places[0], *steps)

    def _keep(self, own: tuple[Value | None, ...], made: T) -> None:
        if len(self._kept) == self._most_kept:
            del self._kept[next(iter(self._kept))]
        self._kept[own] = made

    def _filled(self, values: Values) -> YamlFile:
        file = self._file
        for steps in self._places:
            file = file.completed(partial(variant.value_of, values=values), *steps)
        return file


def _names(data: Any) -> frozenset[str]:
    """The names of the values that stand in texts of the data."""
    if isinstance(data, str):
        return frozenset(variant.named(data))
    inner = data.values() if isinstance(data, dict) else data if isinstance(data, list) else ()
    return frozenset(name for one in inner for name in _names(one))
