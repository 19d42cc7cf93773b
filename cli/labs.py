"""Labs by name, with errors as the command line says them."""

from collections.abc import Iterator
from contextlib import contextmanager

from captures.names import BOOK_HOSTS, Names
from checkers import checks
from checkers.errors import ExpectationError
from cli.exits import UsageError
from labs import catalog
from labs.catalog import Expectation
from labs.catalog.variant import Values


def load(name: str, values: Values | None = None) -> catalog.Lab:
    """A lab of the catalog, its expectations and questions proven sound; raises UsageError.

    values: a student's, where they aren't the book's.
    """
    from checkers import answers  # a check doesn't ask, and needn't wait for it

    with _as_usage_error():
        lab = catalog.load(name, given=values)
        _prove(lab.expect)
        for question in lab.questions:
            answers.validate(question)
    return lab


def expectations(name: str, values: Values | None = None) -> tuple[Expectation, ...]:
    """What a lab of the catalog expects, proven sound; values, errors: as in `load`."""
    with _as_usage_error():
        expect = catalog.expectations(name, given=values)
        _prove(expect)
    return expect


def vantage_points(name: str) -> list[str]:
    """Where a lab captures, each as `host interface`; errors as in `load`."""
    with _as_usage_error():
        return [" ".join(point) for point in catalog.load(name).vantage_points]


def _prove(expect: tuple[Expectation, ...]) -> None:
    for expectation in expect:
        checks.validate(expectation)


@contextmanager
def _as_usage_error() -> Iterator[None]:
    try:
        yield
    except LookupError as error:
        raise UsageError(error.args[0]) from error
    except (ValueError, ExpectationError) as error:
        raise UsageError(str(error)) from error


def book_names() -> Names:
    """What the book calls its addresses, for captures that come without a run.json."""
    return Names(hosts=BOOK_HOSTS)
