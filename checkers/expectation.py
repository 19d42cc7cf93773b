"""What a lab expects of a run, as checkers need it."""

from collections.abc import Hashable, Mapping
from typing import Protocol


class Expectation(Hashable, Protocol):
    """One entry of a lab's `expect`, hashable; the catalog's own type has these attributes."""

    @property
    def check(self) -> str:
        """Which check: `timeline`, or one of the named checks."""

    @property
    def name(self) -> str:
        """What the check is called in this lab; findings carry it."""

    @property
    def at(self) -> str:
        """The vantage point, `host interface`; '' for none."""

    @property
    def parameters(self) -> Mapping[str, object]:
        """The check's own parameters."""

    @property
    def hint(self) -> str:
        """What to tell whoever fails, or ''."""

    @property
    def reference(self) -> str:
        """RFC or section, or '' for the check's own."""

    @property
    def where(self) -> str:
        """Where the lab says so, for messages: `.../lab.yaml:12`."""
