"""numpy, where it is installed and worth its loading."""

from types import ModuleType


def vectors() -> ModuleType | None:
    """The module `captures.vectors`; None where numpy isn't installed."""
    try:
        from captures import vectors
    except ModuleNotFoundError as error:
        if error.name != "numpy":
            raise
        return None
    return vectors
