"""What a YAML text says, and the line of each part of it."""

from typing import Any

import msgspec


class Lines(msgspec.Struct):
    """The line of a part, from 0, and those of the parts in it, by key or position.

    A key's value stands where the key does.
    """

    line: int
    keys: dict[str, "Lines"] = {}
    items: list["Lines"] = []

    def at(self, step: str | int) -> "Lines | None":
        """The part with this key or position; None where there is none."""
        if isinstance(step, str):
            return self.keys.get(step)
        return self.items[step] if 0 <= step < len(self.items) else None


class Marked(msgspec.Struct):
    """A text's data, and their lines."""

    data: Any
    lines: Lines
