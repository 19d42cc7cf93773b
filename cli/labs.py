"""Labs by name, with errors as the command line says them."""

from captures.names import BOOK_HOSTS, Names
from checkers import answers, checks
from checkers.errors import ExpectationError
from cli.exits import UsageError
from labs import catalog
from labs.catalog.variant import Values


def load(name: str, values: Values | None = None) -> catalog.Lab:
    """A lab of the catalog, its expectations and questions proven sound; raises UsageError.

    values: a student's, where they aren't the book's.
    """
    try:
        lab = catalog.load(name, given=values)
        for expectation in lab.expect:
            checks.validate(expectation)
        for question in lab.questions:
            answers.validate(question)
    except LookupError as error:
        raise UsageError(error.args[0]) from error
    except (ValueError, ExpectationError) as error:
        raise UsageError(str(error)) from error
    return lab


def book_names() -> Names:
    """What the book calls its addresses, for captures that come without a run.json."""
    return Names(hosts=BOOK_HOSTS)
